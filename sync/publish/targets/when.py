"""The period of a target: one of the calendar, or each one. The company's year begins with its first month (``kpis.fiscal_year_start``)."""

import re
from datetime import date
from typing import NamedTuple

from kpi.periods import Period

_EACH = re.compile(r"each\s+(month|quarter|year)", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})[- ]?Q(\d)", re.IGNORECASE)
_YEAR = re.compile(r"(?:year\s+)?(\d{4})", re.IGNORECASE)

FORMS = "write a month (2026-10), a quarter (2026-Q4) or a year (2026), or `each month`, `each quarter`, `each year`"


class When(NamedTuple):
    """``start`` None: each period of that kind."""

    period: Period
    start: date | None


def when(text: str, first_month: int) -> When | None:
    """The period that is meant; None for what is none. ``2026`` is the company's year that begins in 2026."""
    if found := _EACH.fullmatch(text):
        return When(_period(found[1].casefold()), None)
    if found := _QUARTER.fullmatch(text):
        if not 1 <= int(found[2]) <= 4:
            return None
        return _begin("quarter", int(found[1]), first_month + 3 * (int(found[2]) - 1))
    if found := _MONTH.fullmatch(text):
        return _begin("month", int(found[1]), int(found[2])) if 1 <= int(found[2]) <= 12 else None
    if found := _YEAR.fullmatch(text):
        return _begin("year", int(found[1]), first_month)
    return None


def _begin(period: Period, year: int, month: int) -> When | None:
    more, month = divmod(month - 1, 12)
    return When(period, date(year + more, month + 1, 1)) if 2000 <= year < 2200 else None


def _period(word: str) -> Period:
    return "month" if word == "month" else "quarter" if word == "quarter" else "year"


def running_start(period: Period, today: date, first_month: int) -> date:
    """First day of the period that a day lies in."""
    if period == "month":
        return today.replace(day=1)
    length = 3 if period == "quarter" else 12
    since = (today.month - first_month) % length
    month = today.month - 1 - since
    return date(today.year + month // 12, month % 12 + 1, 1)


def before(period: Period, start: date) -> date:
    """First day of the period before the one that begins on ``start``."""
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    place = start.year * 12 + start.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def name_of(period: Period, start: date, first_month: int) -> str:
    """As the settings write it: 2026-10, 2026-Q4, 2026."""
    if period == "month":
        return f"{start:%Y-%m}"
    begun = start.year if start.month >= first_month else start.year - 1
    if period == "year":
        return str(begun)
    return f"{begun}-Q{(start.month - first_month) % 12 // 3 + 1}"
