"""Cohorts by age, as a triangle: a row for each month in which customers began, a column for each month of their age."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sync.publish.shelf import Figure, Shelf

DARKEST = 35
"""Per cent of the accent colour behind the highest value: ink stays readable on it, light and dark."""
LAST = 24
"""Cohorts, the newest."""


@dataclass(frozen=True)
class Cell:
    figure: Figure
    shade: int
    """Per cent of the accent colour, 0 for the lowest value."""


@dataclass(frozen=True)
class Cohort:
    first: Figure
    """Of any age: it bears the cohort's month."""
    size: int | None
    cells: Sequence[Cell | None]
    """By age in months; None: not yet, or not known."""


@dataclass(frozen=True)
class Triangle:
    ages: Sequence[int]
    cohorts: Sequence[Cohort]
    all: Sequence[Cell | None]
    """Over all cohorts."""


def triangle(shelf: Shelf, kpi: str) -> Triangle | None:
    """None where nothing was computed."""
    months = [one for one in shelf.history([kpi], by="cohort", period="month") if one.key.isdigit()]
    if not months:
        return None
    starts = sorted({one.start for one in months})[-LAST:]
    months = [one for one in months if one.start >= starts[0]]
    ages = range(max(int(one.key) for one in months) + 1)
    whole = {int(key): row[kpi] for key, row in shelf.cut([kpi], by="cohort").items() if key.isdigit()}
    # Everybody is there at the age of 0: that column is no measure for the shades of the others.
    known = [one.value for one in months if one.value is not None and (one.unit != "ratio" or one.key != "0")]
    low, high = min(known, default=Decimal(0)), max(known, default=Decimal(0))
    by_start = {start: {int(one.key): one for one in months if one.start == start} for start in starts}
    return Triangle(
        ages=ages,
        cohorts=[
            Cohort(
                first=next(iter(row.values())),
                size=max((one.n for one in row.values() if one.n is not None), default=None),
                cells=[_cell(row.get(age), low, high) for age in ages],
            )
            for row in by_start.values()
        ],
        all=[_cell(whole.get(age), low, high) for age in ages],
    )


def _cell(figure: Figure | None, low: Decimal, high: Decimal) -> Cell | None:
    if figure is None:
        return None
    if figure.value is None or high <= low:
        return Cell(figure, 0)
    share = min(max((figure.value - low) / (high - low), Decimal(0)), Decimal(1))
    return Cell(figure, int(share * DARKEST))
