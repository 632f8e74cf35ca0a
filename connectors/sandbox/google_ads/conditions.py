"""WHERE: which rows pass, and which days a query asks for."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.google_ads.errors import query_error
from connectors.sandbox.google_ads.fields import FIELDS
from connectors.sandbox.google_ads.gaql import Condition

DATE = "segments.date"
CORE_DATE_SEGMENTS = frozenset({DATE, "segments.week", "segments.month", "segments.quarter", "segments.year"})


@dataclass(frozen=True)
class Days:
    """The days that a query asks for, both inclusive; None where it leaves an end open."""

    first: date | None = None
    last: date | None = None

    @property
    def is_finite(self) -> bool:
        return self.first is not None and self.last is not None

    def within(self, first: date | None, last: date | None) -> "Days":
        firsts = [day for day in (self.first, first) if day]
        lasts = [day for day in (self.last, last) if day]
        return Days(max(firsts, default=None), min(lasts, default=None))


def days_of(conditions: Sequence[Condition], today: date) -> Days:
    """What the conditions on ``segments.date`` say together. ``today`` is the account's."""
    days = Days()
    for condition in conditions:
        if condition.field == DATE:
            days = days.within(*_days(condition, today))
    return days


def _days(condition: Condition, today: date) -> tuple[date | None, date | None]:
    if condition.operator == "DURING":
        return _during(condition.values[0], today)
    values = [_day(value) for value in condition.values]
    one_day = timedelta(days=1)
    match condition.operator:
        case "=":
            return values[0], values[0]
        case "BETWEEN":
            return values[0], values[1]
        case ">=":
            return values[0], None
        case ">":
            return values[0] + one_day, None
        case "<=":
            return None, values[0]
        case "<":
            return None, values[0] - one_day
    raise query_error("BAD_OPERATOR", f"Operator {condition.operator} cannot be used with {DATE}.")


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise query_error("INVALID_DATE_FORMAT", f"Invalid date literal supplied for filtering: {value}.") from None


def _during(name: str, today: date) -> tuple[date, date]:
    """A named range (https://developers.google.com/google-ads/api/docs/query/date-ranges, 2026-11-21)."""
    yesterday = today - timedelta(days=1)
    if last := re.fullmatch(r"LAST_(7|14|30)_DAYS", name):
        return today - timedelta(days=int(last.group(1))), yesterday
    match name:
        case "TODAY":
            return today, today
        case "YESTERDAY":
            return yesterday, yesterday
        case "THIS_MONTH":
            return today.replace(day=1), today
        case "LAST_MONTH":
            end = today.replace(day=1) - timedelta(days=1)
            return end.replace(day=1), end
    raise query_error("INVALID_VALUE_WITH_DURING_OPERATOR", f"Invalid date range {name}.")


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month where it is shorter."""
    month = day.year * 12 + day.month - 1 - months
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def holds(condition: Condition, row: Mapping[str, Any], today: date) -> bool:
    """Whether a row, by GAQL names, passes."""
    if condition.field == DATE:
        days, day = days_of([condition], today), date.fromisoformat(row[DATE])
        return (days.first is None or days.first <= day) and (days.last is None or day <= days.last)
    value = row[condition.field]
    wanted = [_typed(condition.field, text) for text in condition.values]
    match condition.operator:
        case "=":
            return bool(value == wanted[0])
        case "!=":
            return bool(value != wanted[0])
        case "IN":
            return value in wanted
        case "NOT IN":
            return value not in wanted
        case "LIKE":
            pattern = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in str(wanted[0]))
            return re.fullmatch(pattern, str(value), re.IGNORECASE) is not None
        case "<":
            return bool(value < wanted[0])
        case "<=":
            return bool(value <= wanted[0])
        case ">":
            return bool(value > wanted[0])
        case ">=":
            return bool(value >= wanted[0])
        case "BETWEEN":
            return bool(wanted[0] <= value <= wanted[1])
    raise query_error("BAD_OPERATOR", f"Operator {condition.operator} cannot be used with {condition.field}.")


def _typed(field: str, text: str) -> Any:
    kind = FIELDS[field]
    if kind == "bool":
        return text.lower() == "true"
    if kind in ("int64", "int32", "double"):
        try:
            return float(text)
        except ValueError:
            raise query_error("BAD_NUMBER", f"Invalid number {text} for {field}.") from None
    return text
