"""A synchronous report: what a query asks for, out of an advertiser's days.

An advertiser keeps its days as ``{"date", "campaign_id", "campaign_name", "spend" (text), "impressions", "clicks", "conversion",
"real_time_conversion", "total_purchase_value", "total_sales_lead_value"}``; a metric that a row lacks is answered as ``-``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from connectors.sandbox.tiktok_ads.envelope import invalid
from connectors.sandbox.world import AccountWorld, Record

METRICS = frozenset(
    {
        "campaign_name",
        "spend",
        "impressions",
        "clicks",
        "ctr",
        "cpc",
        "reach",
        "conversion",
        "cost_per_conversion",
        "real_time_conversion",
        "result",
        "likes",
        "comments",
        "shares",
        "follows",
        "profile_visits",
        "video_play_actions",
        "total_purchase_value",
        "total_sales_lead_value",
    }
)
DIMENSIONS = frozenset({"campaign_id", "stat_time_day"})
DEFAULT_ROWS, MOST_ROWS = 10, 1_000
MOST_DAYS = 30
PARAMETERS = frozenset(
    {
        "advertiser_id",
        "service_type",
        "report_type",
        "data_level",
        "dimensions",
        "metrics",
        "start_date",
        "end_date",
        "page",
        "page_size",
    }
)
"""Those that the sandbox understands."""


@dataclass(frozen=True)
class Query:
    """A query, understood."""

    advertiser_id: str
    first: date
    last: date
    """Inclusive."""
    metrics: tuple[str, ...]
    page: int
    page_size: int

    @staticmethod
    def of(told: Mapping[str, str]) -> "Query":
        if unknown := sorted(set(told) - PARAMETERS):
            raise invalid(f"The sandbox does not know the parameter {unknown[0]}.")
        for name, wanted in (("service_type", "AUCTION"), ("report_type", "BASIC"), ("data_level", "AUCTION_CAMPAIGN")):
            if told.get(name) != wanted:
                raise invalid(f"{name}: the sandbox has {wanted} only.")
        if set(_list(told, "dimensions")) != DIMENSIONS:
            raise invalid("dimensions: the sandbox has campaign_id by stat_time_day only.")
        metrics = tuple(_list(told, "metrics"))
        if unknown := [name for name in metrics if name not in METRICS]:
            raise invalid(f"metrics: invalid metric {unknown[0]}")
        first, last = _day(told, "start_date"), _day(told, "end_date")
        if first > last:
            raise invalid("start_date is after end_date")
        if (last - first).days + 1 > MOST_DAYS:
            raise invalid("With stat_time_day, the time range must not exceed 30 days.")
        return Query(
            told.get("advertiser_id", ""),
            first,
            last,
            metrics,
            _whole(told, "page", 1, 1_000_000),
            _whole(told, "page_size", DEFAULT_ROWS, MOST_ROWS),
        )


def found(query: Query, account: AccountWorld, today: date) -> list[Record]:
    """The rows of a query: what happened until today."""
    first, last = str(query.first), str(min(query.last, today))
    return [row for row in account.tables.get("days", ()) if first <= row["date"] <= last]


def answered(query: Query, rows: list[Record], *, absent: str | None, ids_are_numbers: bool, days_have_midnight: bool) -> Record:
    """A page of rows as TikTok words them: figures are text."""
    start = (query.page - 1) * query.page_size
    listed = [
        {
            "dimensions": {
                "campaign_id": int(row["campaign_id"]) if ids_are_numbers else str(row["campaign_id"]),
                "stat_time_day": f"{row['date']} 00:00:00" if days_have_midnight else row["date"],
            },
            "metrics": {name: str(row[name]) if name in row else absent for name in query.metrics},
        }
        for row in rows[start : start + query.page_size]
    ]
    info = {
        "page": query.page,
        "page_size": query.page_size,
        "total_number": len(rows),
        "total_page": -(-len(rows) // query.page_size),
    }
    return {"list": listed, "page_info": info}


def _list(told: Mapping[str, str], name: str) -> list[Any]:
    try:
        value = orjson.loads(told.get(name, ""))
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise invalid(f"{name}: not a JSON array of strings")
    return value


def _day(told: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(told.get(name, ""))
    except ValueError:
        raise invalid(f"{name}: not a day as YYYY-MM-DD") from None


def _whole(told: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = told.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid(f"{name}: must be between 1 and {most}")
    return int(text)
