"""GA4's paths: who may ask, what it costs, and which answer."""

import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.core import Sandbox
from connectors.sandbox.ga4 import answers
from connectors.sandbox.ga4.counting import Counts
from connectors.sandbox.ga4.fields import DIMENSIONS, METRICS
from connectors.sandbox.ga4.quota import Ga4Limits, PropertyQuota, price
from connectors.sandbox.ga4.report import Report, check, needs_campaign, run
from connectors.sandbox.ga4.request import BatchRequest, Compatibility, CompatibilityRequest, ReportRequest, read
from connectors.sandbox.ga4.rows import Rows
from connectors.sandbox.ga4.sessions import Sessions
from connectors.sandbox.google_errors import GoogleError, invalid
from connectors.sandbox.oauth import ANALYTICS_SCOPE, demand
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import Ga4World

Json = dict[str, Any]
Work = Callable[[Request, bytes], Json]

DATA_SERVICE = "analyticsdata.googleapis.com"
ADMIN_SERVICE = "analyticsadmin.googleapis.com"

MOST_REPORTS = 5
"""Requests in a batch."""
REMEMBERED_REPORTS = 32
"""Counted reports kept, so that the pages of one cost nothing."""

NO_ACCESS = (
    "User does not have sufficient permissions for this property. To learn more about Property ID, see "
    "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id."
)


@dataclass
class Property:
    """One property as it is served: its records ready to count, its quota, and the reports counted last."""

    world: Ga4World
    counts: Counts
    quota: PropertyQuota
    size: int
    """Records when they were indexed; a world that grew is indexed again."""
    reports: OrderedDict[object, Report] = field(default_factory=OrderedDict)

    def report(self, request: ReportRequest, now: datetime, quirks: Quirks) -> Report:
        """The counted report; counted anew once a record or a day has come since."""
        key = (
            request.model_dump_json(exclude={"limit", "offset", "return_property_quota"}),
            self.counts.visible(now),
            now.date(),
            quirks,
        )
        if key not in self.reports:
            self.reports[key] = run(request, self.counts, now, quirks)
            if len(self.reports) > REMEMBERED_REPORTS:
                self.reports.popitem(last=False)
        self.reports.move_to_end(key)
        return self.reports[key]


class Service:
    """GA4 over one sandbox."""

    def __init__(self, sandbox: Sandbox, limits: Ga4Limits) -> None:
        self._sandbox = sandbox
        self._limits = limits
        self._properties: dict[str, Property] = {}
        self._counting = threading.Lock()
        """Held while records are indexed or counted. Not the sandbox's lock: the other vendors would stand still meanwhile."""

    def _property(self, request: Request) -> Property:
        """The property in the path. Raises 400 for what is no id (a ``G-`` measurement id) and 403 for one out of reach."""
        property_id = request.path_params["property"]
        if not property_id.isdigit():
            raise invalid(
                f"Invalid property ID: {property_id}. A numeric Property ID is required. To learn more about Property ID, see "
                "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id."
            )
        world = self._sandbox.world.ga4.get(property_id)
        if world is None:
            raise GoogleError(403, NO_ACCESS)
        size = len(world.sessions if world.sessions is not None else world.rows or ())
        with self._counting:
            known = self._properties.get(property_id)
            if known is None or known.world is not world or known.size != size:
                quota = known.quota if known else PropertyQuota(self._limits, self._sandbox.clock.now)
                counts: Counts = Sessions(world) if world.sessions is not None else Rows(world)
                known = self._properties[property_id] = Property(world, counts, quota, size)
        return known

    def _answer(self, subject: Property, asked: ReportRequest, request: Request) -> Json:
        if asked.currency_code and asked.currency_code != subject.world.currency:
            raise invalid(
                f"The sandbox reports in the property's currency, {subject.world.currency}, and converts into no other."
            )
        check(asked, subject.counts)
        quirks = self._sandbox.quirks
        now = self._sandbox.clock.now().astimezone(ZoneInfo(subject.world.zone)).replace(tzinfo=None)
        with self._counting:
            counted = subject.report(asked, now, quirks)
        body = answers.report(
            asked,
            counted,
            subject.world,
            quirks,
            enums_are_numbers="enum-encoding=int" in request.query_params.get("$alt", ""),
        )
        columns = len(counted.dimensions) + len(counted.metrics)
        tokens = price(len(body.get("rows", ())), columns, counted.days)
        quota = subject.quota.charge(tokens, is_thresholded=quirks.ga4_is_thresholded)
        return body | {"propertyQuota": quota} if asked.return_property_quota else body

    def run_report(self, request: Request, body: bytes) -> Json:
        subject = self._property(request)
        with subject.quota.admitted():
            return self._answer(subject, read(ReportRequest, body), request)

    def batch_run_reports(self, request: Request, body: bytes) -> Json:
        subject = self._property(request)
        with subject.quota.admitted():
            batch = read(BatchRequest, body)
            if len(batch.requests) > MOST_REPORTS:
                raise invalid(f"Batch requests are limited to {MOST_REPORTS} reports. This request is for {len(batch.requests)}.")
            reports = [self._answer(subject, asked, request) for asked in batch.requests]
        return {"reports": reports, "kind": "analyticsData#batchRunReports"}

    def metadata(self, request: Request, _body: bytes) -> Json:
        """Property 0 has the fields that all properties have."""
        if request.path_params["property"] == "0":
            dimensions, metrics = frozenset(DIMENSIONS), frozenset(METRICS)
        else:
            subject = self._property(request)
            with subject.quota.admitted():
                subject.quota.charge(1)
            dimensions, metrics = subject.counts.dimensions, subject.counts.metrics
        return {
            "name": f"properties/{request.path_params['property']}/metadata",
            "dimensions": [_dimension(name) for name in sorted(dimensions)],
            "metrics": [self._metric(name) for name in sorted(metrics)],
        }

    def check_compatibility(self, request: Request, body: bytes) -> Json:
        """Which fields could still be added. A request that is incompatible already is refused."""
        subject = self._property(request)
        with subject.quota.admitted():
            asked = read(CompatibilityRequest, body)
            check(asked, subject.counts)
            subject.quota.charge(1)
        dimensions = [dimension.name for dimension in asked.dimensions]
        verdicts = {True: Compatibility.COMPATIBLE, False: Compatibility.INCOMPATIBLE}
        wanted = asked.compatibility_filter
        answer: Json = {"dimensionCompatibilities": [], "metricCompatibilities": []}
        for name in sorted(subject.counts.dimensions):
            if wanted in (Compatibility.COMPATIBILITY_UNSPECIFIED, Compatibility.COMPATIBLE):
                answer["dimensionCompatibilities"].append(
                    {"dimensionMetadata": _dimension(name), "compatibility": Compatibility.COMPATIBLE.name}
                )
        for name in sorted(subject.counts.metrics):
            verdict = verdicts[self._goes_with(subject, dimensions, name)]
            if wanted in (Compatibility.COMPATIBILITY_UNSPECIFIED, verdict):
                answer["metricCompatibilities"].append({"metricMetadata": self._metric(name), "compatibility": verdict.name})
        return {name: found for name, found in answer.items() if found}

    @staticmethod
    def _goes_with(subject: Property, dimensions: list[str], metric: str) -> bool:
        try:
            subject.counts.check(dimensions, [metric])
        except GoogleError:
            return False
        return not needs_campaign(dimensions, [metric])

    def admin_property(self, request: Request, _body: bytes) -> Json:
        subject = self._property(request)
        return answers.admin_property(request.path_params["property"], subject.world, self._limits.service_level)

    def key_events(self, request: Request, _body: bytes) -> Json:
        subject = self._property(request)
        return _listed("keyEvents", answers.key_events(request.path_params["property"], subject.world), request)

    def google_ads_links(self, request: Request, _body: bytes) -> Json:
        """No property of a world is linked, so ad cost is 0 in its reports."""
        self._property(request)
        return {}

    def account_summaries(self, request: Request, _body: bytes) -> Json:
        return _listed("accountSummaries", answers.account_summaries(self._sandbox.world.ga4), request)

    def _metric(self, name: str) -> Json:
        return METRICS[name].as_json() | {"type": answers.metric_type(name, self._sandbox.quirks)}

    def endpoint(self, work: Work, service: str) -> Callable[[Request], Awaitable[Response]]:
        """``work`` behind the token check, in a thread, with Google's refusals turned into answers."""

        async def handle(request: Request) -> Response:
            body = await request.body()
            try:
                demand(request.headers.get("authorization"), ANALYTICS_SCOPE, self._sandbox.clock.now(), service)
                answer = await run_in_threadpool(work, request, body)
            except GoogleError as refusal:
                return refusal.response()
            return Response(orjson.dumps(answer), media_type="application/json; charset=UTF-8")

        return handle


def _dimension(name: str) -> Json:
    known = DIMENSIONS.get(name)
    return known.as_json() if known else {"apiName": name, "uiName": name, "description": f"{name}.", "customDefinition": True}


def _listed(name: str, items: list[Json], request: Request) -> Json:
    size = request.query_params.get("pageSize", "")
    return answers.page(
        name, items, min(int(size), 200) if size.isdigit() and size != "0" else 50, request.query_params.get("pageToken", "")
    )


def routes(sandbox: Sandbox, limits: Ga4Limits = Ga4Limits()) -> list[BaseRoute]:  # noqa: B008 - frozen
    """The paths of GA4's Data API and Admin API (https://developers.google.com/analytics/devguides/reporting/data/v1, 2026-11-21)."""
    service = Service(sandbox, limits)
    at_property = "/v1beta/properties/{property}"
    table: list[tuple[str, str, Work, str, str]] = [
        ("POST", f"{at_property}:runReport", service.run_report, DATA_SERVICE, "runReport"),
        ("POST", f"{at_property}:batchRunReports", service.batch_run_reports, DATA_SERVICE, "batchRunReports"),
        ("POST", f"{at_property}:checkCompatibility", service.check_compatibility, DATA_SERVICE, "checkCompatibility"),
        ("GET", f"{at_property}/metadata", service.metadata, DATA_SERVICE, "getMetadata"),
        ("GET", f"{at_property}/keyEvents", service.key_events, ADMIN_SERVICE, "keyEvents"),
        ("GET", f"{at_property}/googleAdsLinks", service.google_ads_links, ADMIN_SERVICE, "googleAdsLinks"),
        ("GET", at_property, service.admin_property, ADMIN_SERVICE, "getProperty"),
        ("GET", "/v1beta/accountSummaries", service.account_summaries, ADMIN_SERVICE, "accountSummaries"),
    ]
    return [Route(path, service.endpoint(work, host), methods=[method], name=name) for method, path, work, host, name in table]
