"""From a SEMrush line to a row of ``seo_estimate``. Pure."""

import calendar
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.semrush.streams import month_of, record_id

CURRENCY = "USD"
"""Semrush's money is in US dollars (documented for CPC, by convention for the costs: vendor page of columns, 2026-11-21)."""

COUNTS_AS_SPEND = "counts_as_spend"
"""Key of the source's description: whether the company opted in."""


def rows(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    """One row a line. An empty cell is undefined, never 0.

    The cost is that of a whole month, so it is converted at the rate of the month's last day, or of the day it was read where the
    month was not over. Raises :class:`BadValue` naming the column.
    """
    month_on = _month(record)
    paid_cost = _money(record, "Ac")
    converted = context.fx(paid_cost, CURRENCY, _rate_day(record, month_on)) if paid_cost is not None else None
    yield (
        "seo_estimate",
        {
            "source_id": record_id(record),
            "domain": record["domain"],
            "database": record["database"],
            "month_on": month_on,
            "organic_keywords": _count(record, "Or"),
            "organic_traffic": _count(record, "Ot"),
            "organic_cost": _money(record, "Oc"),
            "paid_keywords": _count(record, "Ad"),
            "paid_traffic": _count(record, "At"),
            "paid_cost": paid_cost,
            "paid_cost_home": converted[0] if converted else None,
            "currency": CURRENCY,
            "cost_class": "estimate",
            "counts_as_spend": bool(context.facts.get(COUNTS_AS_SPEND, False)),
        },
    )


def _month(record: Raw) -> date:
    if record["Dt"] and not re.fullmatch(r"\d{8}", record["Dt"]):
        raise BadValue(f"Dt: expected a date such as 20261115, got {record['Dt']!r}")
    try:
        return date.fromisoformat(month_of(record) + "-01")
    except ValueError:
        raise BadValue(f"Dt: there is no such month: {record['Dt']!r}") from None


def _rate_day(record: Raw, month_on: date) -> date:
    month_end = month_on.replace(day=calendar.monthrange(month_on.year, month_on.month)[1])
    return min(month_end, date.fromisoformat(record["read_on"]))


def _count(record: Raw, code: str) -> int | None:
    text = record[code]
    if text == "":
        return None
    if not re.fullmatch(r"\d{1,15}", text):
        raise BadValue(f"{code}: expected a whole number, got {text!r}")
    return int(text)


def _money(record: Raw, code: str) -> Decimal | None:
    text = record[code]
    if text == "":
        return None
    if not re.fullmatch(r"\d{1,12}(\.\d+)?", text):
        raise BadValue(f"{code}: expected an amount, got {text!r}")
    return Decimal(text)
