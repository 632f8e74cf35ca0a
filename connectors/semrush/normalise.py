"""From a SEMrush line to a row of ``seo_estimate``. Pure."""

import calendar
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.semrush.streams import month_of, record_id
from connectors.values import number

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
            "counts_as_spend": bool(context.facts.get(COUNTS_AS_SPEND, False)) and not record.get("is_competitor"),
            "is_competitor": bool(record.get("is_competitor", False)),
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


def keywords(record: Raw) -> Iterator[Row]:
    """The keywords that bring a domain traffic, as they stood on the day they were read."""
    kind = "organic" if record["report"] == "domain_organic" else "paid"
    about = {"listing": record["listing"], "domain": record["domain"], "database": record["database"], "kind": kind}
    for line in record["lines"]:
        yield (
            "seo_keyword",
            {
                **about,
                "source_id": record["listing"],
                "keyword": line["Ph"],
                "url": line["Ur"],
                "position": _count(line, "Po"),
                "previous_position": _count(line, "Pp") or None,  # 0: it was not there
                "search_volume": _count(line, "Nq"),
                "cpc": _money(line, "Cp"),
                "currency": CURRENCY,
                "traffic_percent": _money(line, "Tr"),
                "traffic_cost_percent": _money(line, "Tc"),
                "competition": _money(line, "Co"),
                "read_on": date.fromisoformat(record["read_on"]),
            },
        )


def visibility(record: Raw) -> Iterator[Row]:
    """The days of a tracked URL mask."""
    for line in record["lines"]:
        if not re.fullmatch(r"\d{8}", str(line["Dt"])):
            raise BadValue(f"Dt: expected a date such as 20261115, got {line['Dt']!r}")
        try:
            seen_on = date.fromisoformat(line["Dt"])
        except ValueError:
            raise BadValue(f"Dt: there is no such day: {line['Dt']!r}") from None
        yield (
            "seo_visibility_daily",
            {
                "source_id": record["listing"],
                "listing": record["listing"],
                "campaign_id": record["campaign"],
                "url": record["url"],
                "seen_on": seen_on,
                "visibility_percent": _figure(line, "Vr", record["url"]),
                "average_position": _figure(line, "Av", record["url"]),
                "share_of_voice_percent": _figure(line, "Sov", record["url"]),
                "traffic": _figure(line, "Tr", record["url"]),
                "read_on": date.fromisoformat(record["read_on"]),
            },
        )


def _figure(line: Raw, code: str, url: str) -> Decimal | None:
    """A number, which may stand alone or under the URL mask (which of the two is not documented for every report)."""
    value = line.get(code)
    if isinstance(value, dict):
        value = value.get(url)
    return None if value in (None, "", "-") else number(value, code)
