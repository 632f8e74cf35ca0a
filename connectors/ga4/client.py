"""Calls to one GA4 property: the Data API through Google's own client, the Admin API by plain HTTP.

This module imports ``google-analytics-data`` (0.6 s), so nothing imports it before a call is made. The client has no
retry of its own and raises classes of ``google.api_core`` and of ``requests`` alike; :meth:`Ga4Client._call` is the one place
that turns them into ours. The allowance that every answer carries is kept and obeyed (:class:`Allowance`).
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from json import JSONDecodeError
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import requests
from google.analytics import data_v1beta as ga
from google.analytics.data_v1beta.services.beta_analytics_data.transports import BetaAnalyticsDataRestTransport
from google.analytics.data_v1beta.services.beta_analytics_data.transports.rest import BetaAnalyticsDataRestInterceptor
from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError, TransportError
from google.protobuf.json_format import ParseError

from connectors.base import Raw
from connectors.errors import (
    AuthenticationError,
    CadranError,
    ConfigurationError,
    ContractError,
    MissingScope,
    QuotaExhausted,
    TransientError,
)
from connectors.ga4.periods import Span
from connectors.ga4.settings import Ga4Settings
from connectors.ga4.streams import SCOPES
from connectors.google_auth import GoogleToken, error_for_reason
from connectors.transport import TRANSIENT_STATUS, Response, RetryRule, Transport, error_for_status, redact, retrying

log = logging.getLogger("cadran.ga4")
T = TypeVar("T")

RULE = RetryRule(attempts=3, total_s=180.0)
"""Three tries: ten server errors in an hour close the property to this project
(https://developers.google.com/analytics/devguides/reporting/data/v1/quotas, 2026-11-21)."""

TIMEOUT_S = 60.0
BATCH = 5
"""Most reports in one batchRunReports."""

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Where the day of the token allowance begins."""

LONGEST_WAIT = timedelta(seconds=60)
"""A longer wait ends the stream instead of blocking the run."""

WAITS: tuple[tuple[str, timedelta | None], ...] = (
    ("concurrent requests", timedelta(seconds=30)),
    ("thresholded requests", timedelta(minutes=30)),
    ("server errors", timedelta(minutes=60)),
    ("per hour", timedelta(minutes=30)),
    ("per day", None),
)
"""Words in a 429's message -> how long to wait; None: until midnight Pacific. Google gives nothing but the message to tell
them apart (https://developers.google.com/analytics/devguides/reporting/data/v1/quotas, 2026-11-21; waits as in other connectors)."""

TOKENS = ("tokens_per_day", "tokens_per_hour", "tokens_per_project_per_hour")
OBEYED = (*TOKENS, "server_errors_per_project_per_hour", "potentially_thresholded_requests_per_hour")

SIZES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "tokens_per_day": (200_000, 2_000_000),
        "tokens_per_hour": (40_000, 400_000),
        "tokens_per_project_per_hour": (14_000, 140_000),
    }
)
"""Tokens of a standard property and of a 360 one: answers tell only what is left
(https://developers.google.com/analytics/devguides/reporting/data/v1/quotas, 2026-11-21)."""

SLOW_BELOW = 10
"""Per cent of the tokens seen first; below, every call waits first."""
PAUSE_S = 2.0


@dataclass(frozen=True)
class Ask:
    """One report. Users of several channel groups together are asked with ``any_of`` and no channel dimension."""

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    spans: tuple[Span, ...]
    """1 to 4 date ranges; each is named after its first day in the answer's ``dateRange``, which is there when they are several."""
    any_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Fields and values: what has none of them is left out. None: nothing is."""
    has_money: bool = False
    """Whether its records are to say the report's ``currency``."""


@dataclass(frozen=True)
class Answer:
    """One page of a report."""

    records: list[Raw]
    """Dimension and metric names -> text, ``property_id`` and the flags of the whole report."""
    row_count: int
    """Rows of the whole report, whatever the page."""
    currency: str
    zone: str


@dataclass(frozen=True)
class Property:
    """What the property says of itself."""

    name: str
    currency: str
    zone: str
    key_events: tuple[str, ...] | None
    """Null when the Admin API may not be read."""


class NotCompatible(ContractError):
    """The property does not answer these fields together."""


class Allowance:
    """What is left of the property's quota, from the last answer that told. ``share``: per cent of its tokens that are ours."""

    def __init__(self, share: int = 100) -> None:
        self.remaining: dict[str, int] = {}
        self._first: dict[str, int] = {}
        self._share = share

    def note(self, quota: Any) -> None:
        """Keep a ``PropertyQuota`` message. A field that is not in it reads as 0 all the same, so presence is asked for."""
        for name in OBEYED:
            status = getattr(quota, name)
            if status.HasField("remaining"):
                self.remaining[name] = status.remaining
                self._first.setdefault(name, status.remaining)

    def used_up(self) -> str | None:
        """Name of an allowance that is at zero; any one closes the property."""
        return next((name for name in OBEYED if self.remaining.get(name) == 0), None)

    def left_to_others(self) -> str | None:
        """Name of an allowance of tokens of which no more than the others' part is left."""
        for name in TOKENS:
            if name in self.remaining:
                whole = next((size for size in SIZES[name] if size >= self._first[name]), self._first[name])
                if 100 * self.remaining[name] < whole * (100 - self._share):
                    return name
        return None

    def is_low(self) -> bool:
        return any(100 * self.remaining[name] < SLOW_BELOW * self._first[name] for name in TOKENS if name in self.remaining)


class Ga4Client:
    """A property, ready to be asked. ``pause`` sleeps seconds."""

    def __init__(
        self, source_id: str, settings: Ga4Settings, token: GoogleToken, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.source_id = source_id
        self.allowance = Allowance(settings.token_share)
        self.requests_sent = 0
        self.refused_429 = 0
        self._settings = settings
        self._token = token
        self._pause = pause
        self._vendor_now: datetime | None = None
        self._admin = Transport(source_id, settings.admin_url, rule=RULE)
        self._data = ga.BetaAnalyticsDataClient(
            transport=BetaAnalyticsDataRestTransport(
                host=settings.base_url.rstrip("/"), credentials=token.credentials, interceptor=_Clock(self._heard)
            )
        )

    def pages(self, ask: Ask, page_size: int) -> Iterator[Answer]:
        """Every page of one report, in the order of its dimensions.

        Raises :class:`TransientError` when the report changed between two pages, since rows may then be missing.
        """
        yield from self._rest(ask, self._run(ask, page_size, 0), page_size)

    def batch(self, asks: Sequence[Ask], page_size: int) -> Iterator[tuple[Ask, Answer]]:
        """Every page of up to five reports, asked in one call; further pages one by one."""
        request = ga.BatchRunReportsRequest(property=self._property, requests=[self._request(ask, page_size, 0) for ask in asks])
        response = self._call(lambda: self._data.batch_run_reports(request, timeout=TIMEOUT_S))
        if len(response.reports) != len(asks):
            raise ContractError(self.source_id, f"{len(asks)} reports were asked in a batch and {len(response.reports)} answered")
        for ask, report in zip(asks, ga.BatchRunReportsResponse.pb(response).reports, strict=True):
            for answer in self._rest(ask, self._read(ask, report), page_size):
                yield ask, answer

    def touch(self) -> Answer:
        """The cheapest report there is: yesterday's sessions."""
        ask = ga.RunReportRequest(
            property=self._property,
            metrics=[ga.Metric(name="sessions")],
            date_ranges=[ga.DateRange(start_date="yesterday", end_date="yesterday")],
            limit=1,
            return_property_quota=True,
        )
        response = ga.RunReportResponse.pb(self._call(lambda: self._data.run_report(ask, timeout=TIMEOUT_S)))
        self.allowance.note(response.property_quota)
        return Answer([], response.row_count, response.metadata.currency_code, response.metadata.time_zone)

    def fields(self) -> frozenset[str]:
        """Names of the dimensions and metrics that the property answers."""
        name = f"{self._property}/metadata"
        metadata = ga.Metadata.pb(self._call(lambda: self._data.get_metadata(name=name, timeout=TIMEOUT_S)))
        return frozenset(field.api_name for field in (*metadata.dimensions, *metadata.metrics))

    def check(self, dimensions: Sequence[str], metrics: Sequence[str]) -> None:
        """Ask whether the metrics go with the dimensions, before a report is (``checkCompatibility``, one call).

        Raises :class:`NotCompatible`, whose sentence names the metrics that do not.
        """
        request = ga.CheckCompatibilityRequest(
            property=self._property,
            dimensions=[ga.Dimension(name=name) for name in dimensions],
            compatibility_filter=ga.Compatibility.INCOMPATIBLE,
        )
        found = ga.CheckCompatibilityResponse.pb(
            self._call(lambda: self._data.check_compatibility(request, timeout=TIMEOUT_S))
        ).metric_compatibilities
        refused = {one.metric_metadata.api_name for one in found} & {*metrics}
        if refused:
            names = " and ".join(sorted(refused))
            raise NotCompatible(self.source_id, f"the property does not answer {names} together with {', '.join(dimensions)}")

    def about(self) -> Property:
        """Name, currency, zone and key events. Without the Admin API (it is enabled apart), what a report tells."""
        try:
            about = self._admin_get(f"/v1beta/{self._property}")
            events = self._admin_get(f"/v1beta/{self._property}/keyEvents", pageSize="200")
        except (ConfigurationError, MissingScope) as error:
            log.info("%s: the Admin API may not be read, the report's own metadata is used: %s", self.source_id, error)
            answer = self.touch()
            return Property(f"property {self._settings.property_id}", answer.currency, answer.zone, None)
        try:
            return Property(
                str(about["displayName"]),
                str(about["currencyCode"]),
                str(about["timeZone"]),
                tuple(str(event["eventName"]) for event in events.get("keyEvents", ())),
            )
        except (KeyError, TypeError) as error:
            raise ContractError(self.source_id, f"the Admin API's answer lacks {error}") from None

    def close(self) -> None:
        self._admin.close()
        self._data.transport.close()  # type: ignore[no-untyped-call]

    # --- the Data API ---------------------------------------------------------------------------------------

    @property
    def _property(self) -> str:
        return f"properties/{self._settings.property_id}"

    def _run(self, ask: Ask, page_size: int, offset: int) -> Answer:
        request = self._request(ask, page_size, offset)
        response = self._call(lambda: self._data.run_report(request, timeout=TIMEOUT_S))
        return self._read(ask, ga.RunReportResponse.pb(response))

    def _rest(self, ask: Ask, answer: Answer, page_size: int) -> Iterator[Answer]:
        """The first page and those after it. The vendor may cap a page, so what came is what counts."""
        offset, count = 0, answer.row_count
        while True:
            yield answer
            offset += len(answer.records)
            if offset >= count or not answer.records:
                return
            answer = self._run(ask, page_size, offset)
            if answer.row_count != count:
                raise TransientError(self.source_id, "the report changed between two of its pages; the next run reads it again")

    def _request(self, ask: Ask, page_size: int, offset: int) -> ga.RunReportRequest:
        dimensions = ask.dimensions if len(ask.spans) == 1 else (*ask.dimensions, "dateRange")
        wanted = [
            ga.FilterExpression(
                filter=ga.Filter(field_name=name, in_list_filter=ga.Filter.InListFilter(values=values, case_sensitive=True))
            )
            for name, values in ask.any_of
        ]
        only = ga.FilterExpression(or_group=ga.FilterExpressionList(expressions=wanted))
        return ga.RunReportRequest(
            property=self._property,
            dimensions=[ga.Dimension(name=name) for name in dimensions],
            metrics=[ga.Metric(name=name) for name in ask.metrics],
            date_ranges=[
                ga.DateRange(start_date=span.first.isoformat(), end_date=span.last.isoformat(), name=span.first.isoformat())
                for span in ask.spans
            ],
            dimension_filter=only if wanted else None,
            # Pages are cut by position, and no order is promised without one.
            order_bys=[ga.OrderBy(dimension=ga.OrderBy.DimensionOrderBy(dimension_name=name)) for name in dimensions],
            limit=page_size,
            offset=offset,
            return_property_quota=True,
        )

    def _read(self, ask: Ask, report: Any) -> Answer:
        """A page as flat records. ``report`` is the plain protobuf message: its wrapper costs ten times as much a row."""
        self.allowance.note(report.property_quota)
        dimensions = [header.name for header in report.dimension_headers]
        metrics = [header.name for header in report.metric_headers]
        if report.rows and not {*ask.dimensions, *ask.metrics} <= {*dimensions, *metrics}:
            raise ContractError(self.source_id, f"a report answered the columns {', '.join([*dimensions, *metrics])}")
        metadata = report.metadata
        common: Raw = {
            "property_id": self._settings.property_id,
            "is_sampled": bool(metadata.sampling_metadatas),
            "is_thresholded": metadata.subject_to_thresholding,
            "has_other_row": metadata.data_loss_from_other_row,
        }
        if ask.has_money:
            common["currency"] = metadata.currency_code
        # What the login's role may not see is answered as 0, which it need not be.
        hidden = {one.metric_name for one in metadata.schema_restriction_response.active_metric_restrictions}
        records = [
            common
            | dict(zip(dimensions, (value.value for value in row.dimension_values), strict=True))
            | dict(zip(metrics, (value.value for value in row.metric_values), strict=True))
            for row in report.rows
        ]
        if hidden:
            log.warning("%s: the login's role may not see %s; left unknown", self.source_id, ", ".join(sorted(hidden)))
            records = [{name: value for name, value in record.items() if name not in hidden} for record in records]
        return Answer(records, report.row_count, metadata.currency_code, metadata.time_zone)

    def _call(self, call: Callable[[], T]) -> T:
        """``call()`` within the allowance, again where that helps, and its failures as ours."""
        if (name := self.allowance.used_up()) is not None:
            raise self._stopped(name, f"the property's allowance {name} is used up")
        if (name := self.allowance.left_to_others()) is not None:
            share = self._settings.token_share
            raise self._stopped(name, f"token_share {share} % of the property's {name} are used, the rest is left to others")
        if self.allowance.is_low():
            log.info("%s: less than %d %% of the tokens are left; slowing down", self.source_id, SLOW_BELOW)
            self._pause(PAUSE_S)

        # Here, so that the token end point's own tries are not multiplied by ours.
        self._token.bearer()

        def attempt() -> T:
            self.requests_sent += 1
            try:
                return call()
            except GoogleAPICallError as error:
                raise self._error(error) from None
            except TransportError:
                raise TransientError(self.source_id, "the token end point does not answer") from None
            except GoogleAuthError as error:
                raise self._token.refusal(error) from None
            except requests.RequestException as error:
                raise TransientError(self.source_id, f"no answer from the Data API ({type(error).__name__})") from None
            except ParseError as error:
                raise self._unreadable(error) from None

        return retrying(attempt, RULE)

    def _stopped(self, allowance: str, what: str) -> QuotaExhausted:
        """Ahead of the vendor's refusal, so that no call is spent on it; the next run goes on from the cursor."""
        return QuotaExhausted(
            self.source_id, what, self._again("per day" if allowance == TOKENS[0] else "per hour", self._vendor_now)
        )

    # --- what refusals mean -----------------------------------------------------------------------------------

    def _error(self, error: GoogleAPICallError) -> CadranError:
        """A refusal of the Data API (Google's error model: https://cloud.google.com/apis/design/errors, 2026-11-21)."""
        status = int(error.code or 0)
        message = str(error.message)
        if status == 429:
            self.refused_429 += 1
            return self._quota_error(message, _date_of(error.response))
        return self._refusal(status, error.reason, message)

    def _unreadable(self, error: ParseError) -> CadranError:
        """A 2xx answer that is no report. An empty one may be whole next time; a cut one never gets here (``requests`` raises)."""
        broken = error.__cause__
        if isinstance(broken, JSONDecodeError) and not broken.doc:
            return TransientError(self.source_id, "the Data API's answer is empty")
        return ContractError(self.source_id, "the Data API's answer is not the JSON of a report")

    def _refusal(self, status: int, reason: str | None, message: str) -> CadranError:
        who = self._token.who
        if status == 401:
            return AuthenticationError(self.source_id, f"Google does not accept the access token of {who}.")
        if status in {403, 404}:
            known = error_for_reason(
                self.source_id, reason, scopes=SCOPES, action="read Analytics reports", api="Google Analytics Data API"
            )
            return known or ConfigurationError(
                f"{self.source_id}: {who} may not read property {self._settings.property_id}, or there is no such property. Give it "
                "the role Viewer (Google Analytics > Admin > Property access management), or correct property_id."
            )
        if status in TRANSIENT_STATUS:
            return TransientError(self.source_id, "the Data API failed", status=status)
        # The vendor has no code of its own for this, only the sentence.
        kind = NotCompatible if "incompatible" in message else ContractError
        return kind(self.source_id, f"the Data API refused a report: {redact(message)[:300]}", status=status)

    def _quota_error(self, message: str, now: datetime | None) -> CadranError:
        for words, wait in WAITS:
            if words in message:
                if wait is not None and wait <= LONGEST_WAIT:
                    return TransientError(
                        self.source_id, "too many requests at once", status=429, retry_after_s=wait.total_seconds()
                    )
                return QuotaExhausted(self.source_id, f"the property's allowance is used up ({words})", self._again(words, now))
        return TransientError(self.source_id, "too many requests", status=429)

    @staticmethod
    def _again(words: str, now: datetime | None) -> datetime | None:
        """When an allowance is free again, UTC; ``now`` is the vendor's clock, if it has been heard."""
        if now is None:
            return None
        wait = dict(WAITS)[words]
        if wait is not None:
            return now + wait
        midnight = datetime.combine(now.astimezone(PACIFIC).date() + timedelta(days=1), datetime.min.time(), PACIFIC)
        return midnight.astimezone(UTC)

    # --- the Admin API ---------------------------------------------------------------------------------------

    def _admin_get(self, path: str, **params: str) -> dict[str, Any]:
        answer = self._admin.request(
            "GET",
            path,
            what="read the property's settings",
            params=params,
            headers={"Authorization": f"Bearer {self._token.bearer()}"},
            classify=self._admin_error,
        )
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ContractError(self.source_id, "the Admin API's answer is not a JSON object")
        return body

    def _admin_error(self, response: Response) -> CadranError | None:
        if response.status in {401, 403, 404}:
            return self._refusal(response.status, _reason(response), "")
        if response.status >= 400:
            return error_for_status(self.source_id, response.status, what="reading the property's settings", body=response.body)
        return None

    def _heard(self, at: datetime) -> None:
        self._vendor_now = at


class _Clock(BetaAnalyticsDataRestInterceptor):
    """Listens for the vendor's clock in the headers of every answer."""

    def __init__(self, heard: Callable[[datetime], None]) -> None:
        self._heard = heard

    def post_run_report_with_metadata(self, response: Any, metadata: Any) -> Any:
        self._listen(metadata)
        return response, metadata

    def post_batch_run_reports_with_metadata(self, response: Any, metadata: Any) -> Any:
        self._listen(metadata)
        return response, metadata

    def _listen(self, metadata: Sequence[tuple[str, str]]) -> None:
        text = next((value for name, value in metadata if name.lower() == "date"), None)
        if (at := _instant(text)) is not None:
            self._heard(at)


def _instant(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def _date_of(response: Any) -> datetime | None:
    return _instant(response.headers.get("Date")) if response is not None else None


def _reason(response: Response) -> str | None:
    """``google.rpc.ErrorInfo.reason`` of a refusal, if it has one."""
    try:
        details = response.json()["error"].get("details", ())
        return next((detail["reason"] for detail in details if "reason" in detail), None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
