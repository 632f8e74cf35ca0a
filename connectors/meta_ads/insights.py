"""Ad figures by campaign and day, in as few requests as Meta allows.

A month is asked for directly; more is one report that Meta makes in the background, so that a first read of 24 months costs an order,
its polls and the pages. Meta documents no size that is too much: what it finds so in one way is asked for in the other, then in
halves, and each part that was read whole is told, so that it is kept whatever becomes of the rest.

Deleted and archived campaigns have spent money too. Whether they are answered unless a filter names their states is not confirmed, nor
that the filter is taken in this form: it is sent. What Meta refuses is asked for without the fields that nobody reads, then without the filter.
"""

import logging
from collections.abc import Iterator, Sequence

import orjson

from connectors.ads.days import Span
from connectors.ads.reports import when_ready
from connectors.base import Raw
from connectors.errors import ContractError, TransientError
from connectors.meta_ads.client import Graph
from connectors.meta_ads.errors import Asked, ParameterRefused, TooMuch
from connectors.meta_ads.oauth import ADS_SCOPES

log = logging.getLogger("cadran.meta_ads")

DIRECT_DAYS = 31
"""Days that are asked for without a report: a run's lookback, with some to spare."""

FIELDS = (
    "account_id",
    "account_currency",
    "campaign_id",
    "campaign_name",
    "date_start",
    "date_stop",
    "spend",
    "impressions",
    "clicks",
    "actions",
    "action_values",
)
KEPT_ONLY = ("objective", "attribution_setting", "inline_link_clicks")
"""Fields that stay in the raw record and are read by nobody: one that Meta gives up costs no figure."""

EVERY_STATE = orjson.dumps(
    [
        {
            "field": "campaign.effective_status",
            "operator": "IN",
            "value": ["ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES"],
        }
    ]
).decode()
"""The states that a campaign can be in."""

SPARE_FIELDS = f"the fields {', '.join(KEPT_ONLY)}"
STATES = "the filter by state: campaigns that were deleted may be missing"

INVALID = 100
"""Code of a parameter that is not taken."""


Part = tuple[list[Raw], Span | None]
"""A page of rows, and the days that are complete with it."""


class Insights:
    """The campaigns' days of ad accounts, in the attribution windows that are asked for."""

    def __init__(self, graph: Graph, windows: Sequence[str]) -> None:
        self._graph = graph
        self._windows = tuple(windows)
        self._spared = [SPARE_FIELDS, STATES]
        """What can still be left out, should Meta refuse it."""

    def days(self, account_id: str, span: Span) -> Iterator[Part]:
        """Those of a span, a page at a time, the oldest part first. A page that was given before Meta found the rest too much comes
        again.

        Raises :class:`TransientError` when even the report of a single day fails.
        """
        while True:
            try:
                yield from self._days(account_id, span)
            except ParameterRefused as refused:
                if not self._spared:
                    raise
                what = self._spared.pop(0)
                log.warning("%s; asking without %s", refused, what)
            else:
                return

    def _days(self, account_id: str, span: Span) -> Iterator[Part]:
        if span.days <= DIRECT_DAYS:
            try:
                yield from self._pages(f"act_{account_id}/insights", self._fields(span), account_id)
            except TooMuch as refused:
                log.info("%s; it is to be a report", refused)
            else:
                yield [], span
                return
        yield from self._in_background(account_id, span)

    def _in_background(self, account_id: str, span: Span) -> Iterator[Part]:
        graph, asked = self._graph, _asked(account_id)
        what = f"the report of ad account {account_id} from {span.first} to {span.last}"
        try:
            report_id = graph.post(f"act_{account_id}/insights", self._fields(span), asked).get("report_run_id")
            if not report_id:
                raise ContractError(graph.source_id, "the order of a report was answered without report_run_id")
            when_ready(graph.source_id, what, lambda: _is_ready(graph, str(report_id), what, asked))
            yield from self._pages(f"{report_id}/insights", {}, account_id)
        except TooMuch as refused:
            halves = span.halves()
            if halves is None:
                raise TransientError(graph.source_id, f"{what} failed: {refused}") from None
            log.info("%s; each half of it is asked for alone", refused)
            for half in halves:
                yield from self._days(account_id, half)
        else:
            yield [], span

    def _pages(self, path: str, fields: dict[str, str], account_id: str) -> Iterator[Part]:
        for rows in self._graph.pages(path, fields, _asked(account_id)):
            yield rows, None

    def _fields(self, span: Span) -> dict[str, str]:
        asked = {
            "level": "campaign",
            "time_increment": "1",
            "time_range": orjson.dumps({"since": str(span.first), "until": str(span.last)}).decode(),
            "fields": ",".join(FIELDS + (KEPT_ONLY if SPARE_FIELDS in self._spared else ())),
            "action_attribution_windows": orjson.dumps(self._windows).decode(),
        }
        return asked | ({"filtering": EVERY_STATE} if STATES in self._spared else {})


def _is_ready(graph: Graph, report_id: str, what: str, asked: Asked) -> bool | None:
    """Complete *and* at 100 %: it may say the one before the other, and give a part of the rows until then. None: not yet."""
    run = graph.get(report_id, {"fields": "async_status,async_percent_completion,error_code,error_subcode"}, asked)
    status = str(run.get("async_status", "")).removeprefix("Job ")
    if status in ("Failed", "Skipped"):
        sentence = f"{what} was not made ({status}, code {run.get('error_code')}/{run.get('error_subcode')})"
        if run.get("error_code") == INVALID:
            raise ParameterRefused(graph.source_id, sentence)
        raise TooMuch(f"{graph.source_id}: {sentence}")
    done = graph.whole(run.get("async_percent_completion", 0), "async_percent_completion")
    return True if status == "Completed" and done >= 100 else None


def _asked(account_id: str) -> Asked:
    return Asked(f"read the figures of ad account {account_id}", ADS_SCOPES)
