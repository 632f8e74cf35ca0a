"""Which periods to ask users for. Pure arithmetic of days.

Users of a week are not the sum of its days, so each period is asked for by itself. After a first read only the
periods that hold a day which may have changed are asked again. The rows of every period lie in one table under
the period's first day, and a read replaces whole *first days* (``connectors.base.Days``): so whatever else begins on one
of these days is asked again too, and nothing is replaced that was not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Grain = Literal["day", "week", "month", "quarter", "year", "all"]

CALENDAR_GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Span:
    """Days from ``first`` to ``last``, both inclusive, as GA4 takes them."""

    first: date
    last: date


def first_day(grain: Grain, day: date) -> date:
    """The first day of the calendar period that ``day`` lies in; weeks are ISO weeks and start on Monday."""
    match grain:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def last_day(grain: Grain, first: date) -> date:
    """The last day of the calendar period that starts on ``first``."""
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[grain]
    inside_next = first + timedelta(days=longest)
    return first_day(grain, inside_next) - ONE_DAY


def months(first: date, last: date) -> Iterator[Span]:
    """The days from ``first`` to ``last`` cut at calendar months."""
    while first <= last:
        end = min(last_day("month", first_day("month", first)), last)
        yield Span(first, end)
        first = end + ONE_DAY


def starts(since: date, today: date, changed_since: date | None, former_since: date | None) -> frozenset[date]:
    """First days of the periods to ask for.

    ``changed_since``: first day that may have changed; None asks for everything from ``since``. ``former_since`` is
    where the period ``all`` began at the last read: when it has moved, the old one must go.
    """
    begin = since if changed_since is None else max(since, changed_since)
    days = [begin + timedelta(days=n) for n in range((today - begin).days + 1)]
    firsts = {first_day(grain, day) for grain in CALENDAR_GRAINS for day in days}
    return frozenset(firsts | {since} | ({former_since} if former_since else set()))


def spans(grain: Grain, chosen: frozenset[date], since: date, today: date) -> list[Span]:
    """The periods of ``grain`` that start on a chosen day, up to ``today``, oldest first."""
    if grain == "all":
        return [Span(since, today)]
    begin = first_day(grain, since)
    firsts = sorted(day for day in chosen if begin <= day <= today and first_day(grain, day) == day)
    return [Span(first, min(last_day(grain, first), today)) for first in firsts]


def joined(parts: list[Span]) -> list[Span]:
    """Spans that follow one another made one."""
    out: list[Span] = []
    for span in parts:
        if out and out[-1].last + ONE_DAY == span.first:
            out[-1] = Span(out[-1].first, span.last)
        else:
            out.append(span)
    return out


def runs_of_days(days: frozenset[date]) -> list[Span]:
    """The days as spans, oldest first."""
    return joined([Span(day, day) for day in sorted(days)])


def fours(parts: list[Span]) -> list[tuple[Span, ...]]:
    """As many spans at a time as one request takes (4 date ranges)."""
    return [tuple(parts[n : n + 4]) for n in range(0, len(parts), 4)]
