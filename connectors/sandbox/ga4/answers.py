"""Answers of the Data API and of the Admin API as JSON.

Field names and types follow the discovery documents ``analyticsdata.v1beta`` and ``analyticsadmin.v1beta`` (2026-11-21).
"""

from collections.abc import Sequence
from typing import Any

from connectors.sandbox.ga4.counting import Row, text
from connectors.sandbox.ga4.fields import METRIC_TYPE_NUMBERS, METRICS, current_name
from connectors.sandbox.ga4.report import Report
from connectors.sandbox.ga4.request import Aggregation, ReportRequest
from connectors.sandbox.google_errors import invalid
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import Ga4World

Json = dict[str, Any]

ACCOUNT = "accounts/1"
"""The one Analytics account of the sandbox's login."""


def metric_type(name: str, quirks: Quirks) -> str:
    current = current_name(name)
    if current == "keyEvents" and not quirks.ga4_key_events_are_float:
        return "TYPE_INTEGER"
    return METRICS[current].type


def report(request: ReportRequest, counted: Report, world: Ga4World, quirks: Quirks, *, enums_are_numbers: bool) -> Json:
    """A ``RunReportResponse``. Without a row there is no ``rows``, as with every empty list in Google's JSON."""
    if request.offset < 0 or request.limit < 0:
        raise invalid("Limit and offset must not be negative.")
    types = {name: metric_type(name, quirks) for name in counted.metrics}
    hidden = {place for place, name in enumerate(counted.metrics) if world.hides_revenue and types[name] == "TYPE_CURRENCY"}
    body: Json = {
        "dimensionHeaders": [{"name": name} for name in counted.dimensions],
        "metricHeaders": [
            {"name": name, "type": METRIC_TYPE_NUMBERS[types[name]] if enums_are_numbers else types[name]}
            for name in counted.metrics
        ],
        "rows": [_row(_shown(row, hidden)) for row in counted.rows[request.offset : request.offset + request.page_size]],
        **_aggregates(request, counted),
        "rowCount": len(counted.rows),
        "metadata": _metadata(counted, world, quirks) | _restricted([counted.metrics[place] for place in sorted(hidden)]),
        "kind": "analyticsData#runReport",
    }
    return {name: value for name, value in body.items() if value not in ([], 0)}


def _shown(row: Row, hidden: set[int]) -> Row:
    """A metric that the role may not see is answered as 0."""
    dimensions, metrics = row
    return (dimensions, tuple(0 if place in hidden else value for place, value in enumerate(metrics))) if hidden else row


def _restricted(names: list[str]) -> Json:
    """``SchemaRestrictionResponse`` of the discovery document."""
    found = [{"metricName": name, "restrictedMetricTypes": ["REVENUE_DATA"]} for name in names]
    return {"schemaRestrictionResponse": {"activeMetricRestrictions": found}} if found else {}


def _row(row: Row) -> Json:
    dimensions, metrics = row
    body: Json = {}
    if dimensions:
        body["dimensionValues"] = [{"value": value} for value in dimensions]
    if metrics:
        body["metricValues"] = [{"value": text(value)} for value in metrics]
    return body


def _aggregates(request: ReportRequest, counted: Report) -> Json:
    body: Json = {}
    for aggregation in request.metric_aggregations:
        if aggregation is Aggregation.TOTAL:
            body["totals"] = [_row(row) for row in counted.totals]
        elif aggregation in (Aggregation.MINIMUM, Aggregation.MAXIMUM) and counted.metrics:
            extreme = min if aggregation is Aggregation.MINIMUM else max
            values = tuple(extreme(column) for column in zip(*(row[1] for row in counted.rows), strict=True))
            labels = (f"RESERVED_{'MIN' if extreme is min else 'MAX'}",) * len(counted.dimensions)
            body[f"{aggregation.name.lower()}s"] = [_row((labels, values))] if values else []
    return body


def _metadata(counted: Report, world: Ga4World, quirks: Quirks) -> Json:
    body: Json = {"currencyCode": world.currency, "timeZone": world.zone}
    if counted.has_other_row:
        body["dataLossFromOtherRow"] = True
    if counted.is_thresholded:
        body["subjectToThresholding"] = True
    if counted.samples:
        body["samplingMetadatas"] = [
            {"samplesReadCount": str(read), "samplingSpaceSize": str(in_all)} for read, in_all in counted.samples
        ]
    return body


def admin_property(property_id: str, world: Ga4World, service_level: str) -> Json:
    """A ``Property`` of the Admin API."""
    return {
        "name": f"properties/{property_id}",
        "parent": ACCOUNT,
        "account": ACCOUNT,
        "displayName": world.name,
        "currencyCode": world.currency,
        "timeZone": world.zone,
        "propertyType": "PROPERTY_TYPE_ORDINARY",
        "serviceLevel": service_level,
        "createTime": "2023-01-01T00:00:00Z",
        "updateTime": "2023-01-01T00:00:00Z",
    }


def key_events(property_id: str, world: Ga4World) -> list[Json]:
    return [
        {
            "name": f"properties/{property_id}/keyEvents/{number}",
            "eventName": event,
            "createTime": "2023-01-01T00:00:00Z",
            "deletable": True,
            "custom": event != "purchase",
            "countingMethod": "ONCE_PER_EVENT",
        }
        for number, event in enumerate(world.key_events, start=1)
    ]


def account_summaries(worlds: dict[str, Ga4World]) -> list[Json]:
    if not worlds:
        return []
    return [
        {
            "name": f"accountSummaries/{ACCOUNT.removeprefix('accounts/')}",
            "account": ACCOUNT,
            "displayName": "Sandbox",
            "propertySummaries": [
                {
                    "property": f"properties/{property_id}",
                    "displayName": world.name,
                    "propertyType": "PROPERTY_TYPE_ORDINARY",
                    "parent": ACCOUNT,
                }
                for property_id, world in sorted(worlds.items())
            ],
        }
    ]


def page(name: str, items: Sequence[Json], size: int, token: str) -> Json:
    """One page of an Admin API list; ``token`` is what the page before gave out."""
    if token and not token.isdigit():
        raise invalid("The page token is invalid.")
    start = int(token or 0)
    body: Json = {name: list(items[start : start + size])} if items else {}
    if start + size < len(items):
        body["nextPageToken"] = str(start + size)
    return body
