"""A value held against another: by how much, and whether that is good."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from kpi.card import Better
from kpi.periods import ROLLING
from sync.publish.shelf import Figure, Shelf
from sync.publish.web.filters import Compare

Tone = Literal["good", "bad", "even"]


@dataclass(frozen=True)
class Change:
    """``share`` None: there is nothing to hold it against, or that was 0."""

    before: Figure | None
    difference: Decimal | None
    share: Decimal | None
    tone: Tone
    is_points: bool
    """A rate's change is told in points: from 10 % to 12 % is +2 points, not +20 %."""
    is_early: bool = False
    """The period is not over: part of one is held against a whole one, and says nothing of good or bad yet."""


def change(now: Figure | None, before: Figure | None, better: Better) -> Change:
    if now is None or before is None or now.value is None or before.value is None:
        return Change(before, None, None, "even", False)
    difference = now.value - before.value
    share = difference / abs(before.value) if before.value else None
    is_points = now.unit == "ratio"
    if is_points:
        share = difference
    is_early = now.is_partial and not before.is_partial
    is_news = bool(difference) and better != "none" and not is_early
    tone: Tone = "even" if not is_news else "good" if (difference > 0) == (better == "up") else "bad"
    return Change(before, difference, share, tone, is_points, is_early)


def comparable(shelf: Shelf, figure: Figure, compare: Compare) -> Figure | None:
    """The same KPI in the period before, or a year before; None where there is none. A running period is held against a whole
    one only by who says so: its flag ``partial_period`` stands beside it."""
    if compare == "none" or figure.period == "all" or figure.period in ROLLING:
        return None
    start = start_before(figure.period, figure.start, compare)
    return (
        None
        if start is None
        else shelf.figure(figure.kpi, by=figure.by, key=figure.key, period=figure.period, start=start, model=figure.model)
    )


def start_before(period: str, start: date, compare: Compare) -> date | None:
    """First day of the period that one is held against; None where there is none."""
    if compare == "none":
        return None
    if compare == "last_year":
        if period == "week":
            return date.fromordinal(start.toordinal() - 364)
        return _same_day(start, start.year - 1)
    steps = {"day": 1, "week": 7}
    if period in steps:
        return date.fromordinal(start.toordinal() - steps[period])
    months = {"month": 1, "quarter": 3, "year": 12}.get(period)
    if months is None:
        return None
    years, month = divmod(start.year * 12 + start.month - 1 - months, 12)
    return date(years, month + 1, 1)


def _same_day(start: date, year: int) -> date:
    return start.replace(year=year, day=min(start.day, 28)) if start.month == 2 and start.day == 29 else start.replace(year=year)
