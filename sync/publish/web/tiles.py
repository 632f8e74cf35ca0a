"""A KPI on one square: its value, course, comparison and maturity. The macro ``tile`` draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kpi.targets import STATES
from kpi.text import Text
from sync.publish.shelf import Figure
from sync.publish.targets.standing import TargetStatus, statuses
from sync.publish.targets.when import name_of
from sync.publish.web.change import Change, change, comparable
from sync.publish.web.page import Look

COURSE = 13
"""How many periods a tile's line shows: a year and the month before it."""


@dataclass(frozen=True)
class Tile:
    kpi: str
    title: str
    figure: Figure | None
    is_now: bool
    """Its value is of today, or of all time: it has none by this kind of period."""
    change: Change
    course: Sequence[Decimal | None]
    is_partial: bool
    target: str | None
    mature: str | None


def is_calendar(period: str) -> bool:
    return period in ("week", "month", "quarter", "year")


def tile(look: Look, kpi: str, start: date | None, target: TargetStatus | None = None) -> Tile:
    """Of the period that the filters name, which begins on ``start`` (None: the running one). ``target``: of that KPI, where it has
    one."""
    filters, shelf = look.filters, look.shelf
    figure = shelf.figure(kpi, period=filters.period, start=start, model=filters.model)
    is_now = figure is None
    if figure is None:
        figure = shelf.figure(kpi, model=filters.model)
    before = comparable(shelf, figure, filters.compare) if figure else None
    period = filters.period if is_calendar(filters.period) else "month"
    until = start or shelf.today
    course = [one for one in shelf.series(kpi, period=period, model=filters.model) if until is None or one.start <= until][
        -COURSE:
    ]
    return Tile(
        kpi=kpi,
        title=look.title(kpi),
        figure=figure,
        is_now=is_now,
        change=change(figure, before, look.catalogue.definition(kpi).better),
        course=[one.value for one in course],
        is_partial=bool(course) and course[-1].is_partial,
        target=_told(look, target) if target else None,
        mature=mature(look, figure),
    )


def targets(look: Look) -> dict[str, TargetStatus]:
    """KPI -> how its target for the whole company stands."""
    return {one.target.kpi: one for one in statuses(look.house, look.shelf) if one.target.by == "total"}


def _told(look: Look, status: TargetStatus) -> str:
    """target ≥ €250,000.00 in 2026-Q3: at risk"""
    target = status.target
    sign = "≥" if target.direction == "at_least" else "≤"
    wanted = look.language.amount(target.value, status.unit, status.currency)
    period = name_of(target.period, status.start, look.house.settings.kpis.fiscal_year_start)
    words = Text(f"target {sign} {wanted} in {period}: ", f"objectif {sign} {wanted} en {period} : ")
    return words.in_(look.locale) + STATES[status.state].in_(look.locale)


def mature(look: Look, figure: Figure | None) -> str | None:
    """What an unripe value is expected to come to."""
    expected = figure.at_maturity if figure else None
    if figure is None or expected is None or expected.value is None or expected.maturity == 1:
        return None
    return look.language.amount(expected.value, figure.unit, figure.currency)
