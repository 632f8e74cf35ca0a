"""Statistics of Facebook pages and Instagram accounts.

Both keep days as ``{"date", <metric>: number}``; Instagram's have ``followers`` too. A page answers each metric with its days by the
instant they ended, midnight in California; Instagram answers totals over what it is asked for. A metric of ``metrics_gone`` refuses
the whole call, as page impressions did on 2025-11-15.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.meta_ads.errors import invalid
from connectors.sandbox.world import AccountWorld

ZONE = ZoneInfo("America/Los_Angeles")
PAGE_METRICS = frozenset({"page_follows", "page_media_view", "page_total_media_view_unique", "page_post_engagements"})
INSTAGRAM_METRICS = frozenset({"views", "reach", "likes", "comments", "shares", "saved", "total_interactions"})
LONGEST_DAYS = 90


def page_insights(page: AccountWorld, told: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Values of the days that end after ``since`` and not after ``until``; today's is not there yet."""
    names, (since, until) = _metrics(page, told, PAGE_METRICS), _range(told)
    if (until - since).days > LONGEST_DAYS:
        raise invalid("There cannot be more than 90 days (7776000 s) between since and until")
    days = [row for row in _days(page, now, with_today=False) if since < _end(row["date"]).astimezone(ZONE).date() <= until]
    return {
        "data": [
            {
                "name": name,
                "period": "day",
                "values": [
                    {"value": row[name], "end_time": f"{_end(row['date']):%Y-%m-%dT%H:%M:%S+0000}"} for row in days if name in row
                ],
                "id": f"insights/{name}/day",
            }
            for name in names
        ]
    }


def instagram_insights(account: AccountWorld, told: Mapping[str, str], now: datetime) -> dict[str, Any]:
    names, (since, until) = _metrics(account, told, INSTAGRAM_METRICS), _range(told)
    if told.get("metric_type") != "total_value":
        raise invalid("The following metrics should be specified with parameter metric_type=total_value")
    days = [row for row in _days(account, now, with_today=True) if str(since) <= row["date"] < str(until)]
    return {
        "data": [
            {"name": name, "period": "day", "total_value": {"value": sum(int(row.get(name, 0)) for row in days)}}
            for name in names
        ]
    }


def followers(account: AccountWorld, now: datetime) -> int | None:
    """Of this moment."""
    days = [row for row in _days(account, now, with_today=True) if "followers" in row]
    return max(days, key=lambda row: str(row["date"]))["followers"] if days else None


def _metrics(account: AccountWorld, told: Mapping[str, str], known: frozenset[str]) -> list[str]:
    names = [name for name in told.get("metric", "").split(",") if name]
    alive = known - set(account.about.get("metrics_gone", ()))
    if not names or not set(names) <= alive:
        raise invalid("The value must be a valid insights metric")
    if told.get("period") != "day":
        raise invalid("The sandbox has figures by day only.")
    return names


def _range(told: Mapping[str, str]) -> tuple[date, date]:
    try:
        return date.fromisoformat(told.get("since", "")), date.fromisoformat(told.get("until", ""))
    except ValueError:
        raise invalid("since and until must be dates") from None


def _days(account: AccountWorld, now: datetime, *, with_today: bool) -> list[dict[str, Any]]:
    today = str(now.astimezone(ZONE).date())
    return [row for row in account.tables.get("days", ()) if row["date"] < today or (with_today and row["date"] == today)]


def _end(day: str) -> datetime:
    """The midnight after it, UTC."""
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), ZONE).astimezone(UTC)
