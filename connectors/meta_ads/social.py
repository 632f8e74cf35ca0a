"""What a Facebook page and an Instagram account had and did, day by day.

Page insights answer a metric with its days, at most 90 days a call
(https://docs.aws.amazon.com/glue/latest/dg/facebook-page-insights-connector-limitations.html, 2026-11-21). Instagram answers totals over
what it is asked for, so each day is a call. It tells the followers of this moment only: those of earlier days are what was read
then, and :class:`Levels` remembers them until their days are read no more.

A metric that Meta has given up refuses the whole call (page impressions and fans went on 2025-11-15). Then each is asked for alone,
and the others go on.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from connectors.ads.days import ONE_DAY, Span
from connectors.base import Cursor, Raw
from connectors.errors import ContractError
from connectors.meta_ads.client import Graph
from connectors.meta_ads.errors import Asked, ParameterRefused
from connectors.meta_ads.oauth import INSTAGRAM_SCOPES, PAGE_SCOPES

log = logging.getLogger("cadran.meta_ads")

ZONE = ZoneInfo("America/Los_Angeles")
"""In which Meta cuts the days of pages and of Instagram (not confirmed)."""

PAGE_METRICS = ("page_follows", "page_media_view", "page_total_media_view_unique", "page_post_engagements")
"""Followers, views, people who viewed, engagements (the last is not confirmed to live on)."""
PAGE_CALL_DAYS = 86
"""With two days around them: which ends of a range are inclusive is not confirmed."""
PAGE_MONTHS = 24
PAGE_LOOKBACK_DAYS = 3

INSTAGRAM_METRICS = ("views", "reach", "likes", "comments", "shares")
INSTAGRAM_DAYS = 28
"""Days of the first read, each a request."""
INSTAGRAM_LOOKBACK_DAYS = 2


class Metrics:
    """Those of a set that Meta still gives."""

    def __init__(self, names: Sequence[str], version: str) -> None:
        self._names = list(names)
        self._version = version

    def ask(self, graph: Graph, path: str, fields: Mapping[str, str], asked: Asked, token: str | None = None) -> list[Raw]:
        """The metrics' answers. Raises :class:`ContractError` when none is left."""

        def of(names: Sequence[str]) -> list[Raw]:
            answer = graph.get(path, {**fields, "metric": ",".join(names)}, asked, token).get("data")
            if not isinstance(answer, list) or not all(isinstance(metric, dict) for metric in answer):
                raise ContractError(graph.source_id, f"{path} did not answer a list of metrics")
            return answer

        try:
            return of(self._names)
        except ParameterRefused:
            if len(self._names) == 1:
                raise
        found: list[Raw] = []
        for name in tuple(self._names):
            try:
                found += of([name])
            except ParameterRefused as refused:
                log.warning("%s; %s is no longer read (API version %s)", refused, name, self._version)
                self._names.remove(name)
                if not self._names:
                    raise
        return found


class Levels:
    """A cursor: of each account the last day read and the followers that were seen on the days before it, as JSON."""

    def __init__(self, cursor: Cursor) -> None:
        self._kept: dict[str, dict[str, Any]] = orjson.loads(cursor) if cursor else {}

    def day(self, account_id: str) -> date | None:
        """The last day read, inclusive."""
        kept = self._kept.get(account_id)
        return date.fromisoformat(kept["day"]) if kept else None

    def followers(self, account_id: str, day: date) -> int | None:
        """As seen on that day; None: nobody looked."""
        found: Mapping[str, int] = self._kept.get(account_id, {}).get("followers", {})
        return found.get(str(day))

    def see(self, account_id: str, day: date, followers: int | None) -> None:
        """Followers of this moment, which is on ``day``."""
        kept = self._kept.setdefault(account_id, {"day": str(day - timedelta(days=INSTAGRAM_DAYS)), "followers": {}})
        seen = kept["followers"] | ({str(day): followers} if followers is not None else {})
        # The last day read, those behind it that are read again, and this one.
        kept["followers"] = dict(sorted(seen.items())[-(INSTAGRAM_LOOKBACK_DAYS + 2) :])

    def move(self, account_id: str, day: date) -> None:
        kept = self._kept[account_id]
        kept["day"] = max(kept["day"], str(day))

    def __str__(self) -> str:
        return orjson.dumps(self._kept, option=orjson.OPT_SORT_KEYS).decode()


def page_node(graph: Graph, page_id: str) -> Raw:
    """Name, and the page's own token where the login may have it: page insights may want that one (not confirmed)."""
    return graph.get(page_id, {"fields": "name,followers_count,access_token"}, Asked(f"see page {page_id}", PAGE_SCOPES))


def page_days(graph: Graph, metrics: Metrics, page_id: str, token: str | None, span: Span) -> list[Raw]:
    """One record a day that Meta answered, the oldest first."""
    fields = {"period": "day", "since": str(span.first - ONE_DAY), "until": str(span.until + ONE_DAY)}
    asked = Asked(f"read the statistics of page {page_id}", PAGE_SCOPES)
    days: dict[date, dict[str, Any]] = {}
    for metric in metrics.ask(graph, f"{page_id}/insights", fields, asked, token):
        for value in metric.get("values") or ():
            day = _ended(graph.source_id, value)
            if span.first <= day <= span.last:
                days.setdefault(day, {})[str(metric.get("name"))] = value.get("value")
    return [{"network": "facebook", "account_id": page_id, "day": str(day), "values": days[day]} for day in sorted(days)]


def instagram_node(graph: Graph, account_id: str) -> Raw:
    asked = Asked(f"see Instagram account {account_id}", INSTAGRAM_SCOPES)
    return graph.get(account_id, {"fields": "username,followers_count"}, asked)


def instagram_day(graph: Graph, metrics: Metrics, account_id: str, day: date, followers: int | None) -> Raw:
    """The record of one day."""
    fields = {"period": "day", "metric_type": "total_value", "since": str(day), "until": str(day + ONE_DAY)}
    asked = Asked(f"read the statistics of Instagram account {account_id}", INSTAGRAM_SCOPES)
    told = metrics.ask(graph, f"{account_id}/insights", fields, asked)
    values = {str(metric.get("name")): (metric.get("total_value") or {}).get("value") for metric in told}
    return {"network": "instagram", "account_id": account_id, "day": str(day), "followers": followers, "values": values}


def days_of(span: Span) -> Iterator[date]:
    """Every day of a span."""
    return (span.first + timedelta(days=n) for n in range(span.days))


def _ended(source_id: str, value: Any) -> date:
    """The day that ended at a value's instant, in whichever zone it was cut: a moment before the end it is that day in Los Angeles,
    for the ends of days from there to Europe."""
    told = value.get("end_time") if isinstance(value, dict) else value
    try:
        ended = datetime.fromisoformat(str(told))
    except ValueError:
        ended = None
    if ended is None or ended.tzinfo is None:
        raise ContractError(source_id, f"end_time {told!r} of a page statistic is no instant")
    return (ended - timedelta(seconds=1)).astimezone(ZONE).date()
