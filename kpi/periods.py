"""Calendar periods by their first day. Pure: where a week or a fiscal year begins is in the calendar mart already.

A period is half-open: it holds its ``start`` and every day before its ``end``, which is the next period's start.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal, get_args

Period = Literal["all", "year", "quarter", "month", "week", "day", "last_30_days", "last_90_days", "last_365_days"]
"""``all`` is one period from the first day that is known to today; ``last_…`` ends with yesterday, as today is not over; the
others are cut by the calendar."""

ROLLING: Mapping[Period, int] = MappingProxyType({"last_30_days": 30, "last_90_days": 90, "last_365_days": 365})
"""Periods that move on with each day, and how many days they have."""

PERIODS: tuple[Period, ...] = tuple(period for period in get_args(Period) if period not in ROLLING)

WEEKS_UP: tuple[Period, ...] = tuple(period for period in PERIODS if period != "day")
"""Periods of a KPI whose figure of a single day says nothing."""

MONTHS_UP: tuple[Period, ...] = tuple(period for period in WEEKS_UP if period != "week")
"""Periods of a KPI that rests on too few cases in a week."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS: Mapping[Period, int] = {"day": 1, "week": 7, **ROLLING}


def period_end(period: Period, start: date) -> date:
    """The exclusive end of the period that begins on ``start``. ``all`` has no end of its own: ValueError."""
    if period in _DAYS:
        return start + timedelta(days=_DAYS[period])
    if period in _MONTHS:
        return _months_later(start, _MONTHS[period])
    raise ValueError(f"{period} has no calendar end")


def starts_between(period: Period, first: date, last: date) -> Iterator[date]:
    """The starts of the periods from the one beginning on ``first`` to the one beginning on ``last``, both included."""
    start = first
    while start <= last:
        yield start
        start = period_end(period, start)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
