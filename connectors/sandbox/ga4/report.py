"""One report: check the request, count, filter, sort. Paging and JSON are in :mod:`connectors.sandbox.ga4.answers`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from connectors.sandbox.ga4.counting import Counted, Counts, Number, Question, Row, text
from connectors.sandbox.ga4.fields import METRICS, current_name, is_campaign_dimension
from connectors.sandbox.ga4.filters import fields_of, passes
from connectors.sandbox.ga4.request import CompatibilityRequest, DateRange, OrderBy, OrderType, ReportRequest
from connectors.sandbox.google_errors import GoogleError, incompatible, invalid
from connectors.sandbox.quirks import Quirks

MOST_DIMENSIONS = 9
MOST_METRICS = 10
MOST_DATE_RANGES = 4
"""https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport (2026-11-21)"""

DATE_RANGE = "dateRange"
"""The dimension that GA adds when there are several ranges."""
RESERVED_TOTAL = "RESERVED_TOTAL"

ONE_IN = 4
"""Sampling reads one session in so many."""
TABLE_SIZE = 20
"""With the "(other)" row, so many values of a dimension keep their names."""
THRESHOLD_USERS = 5
"""With thresholding, a row of fewer users is withheld. The vendor publishes no number."""


@dataclass(frozen=True)
class Report:
    """A counted report, all its rows in order."""

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    """Both as the request spells them."""
    rows: list[Row]
    totals: list[Row]
    """One for each date range."""
    days: int
    samples: list[tuple[int, int]]
    """For each date range, records read and records there are; empty when all were read."""
    is_thresholded: bool
    has_other_row: bool


def check(request: ReportRequest | CompatibilityRequest, counts: Counts) -> None:
    """Raises the vendor's 400 for too many fields, an unknown one, or fields that do not go together."""
    dimensions = [dimension.name for dimension in request.dimensions]
    metrics = [metric.name for metric in request.metrics]
    if not dimensions and not metrics:
        raise invalid("Requests must contain at least one dimension or metric.")
    _limit(dimensions, MOST_DIMENSIONS, "dimensions")
    _limit(metrics, MOST_METRICS, "metrics")
    known_dimensions = counts.dimensions | {DATE_RANGE}
    for name in (*dimensions, *fields_of(request.dimension_filter)):
        if current_name(name) not in known_dimensions:
            raise _unknown(name, "dimension")
    for name in (*metrics, *fields_of(request.metric_filter)):
        if current_name(name) not in counts.metrics:
            raise _unknown(name, "metric")
    for name in fields_of(request.metric_filter):
        if name not in metrics:
            raise invalid(f"The metric filter's field {name} must be one of the requested metrics.")
    if needs_campaign(dimensions, metrics):
        raise incompatible("Please add sessionCampaignName to make the request compatible.")
    counts.check([current_name(name) for name in dimensions], [current_name(name) for name in metrics])


def needs_campaign(dimensions: Sequence[str], metrics: Sequence[str]) -> bool:
    """Ad cost is refused without a dimension that tells the campaign."""
    asks_cost = any(METRICS[current_name(name)].is_advertiser for name in metrics)
    return asks_cost and not any(is_campaign_dimension(name) for name in dimensions)


def _limit(names: Sequence[str], most: int, what: str) -> None:
    if len(names) > most:
        raise invalid(f"Requests are limited to {most} {what} within a nested request. This request is for {len(names)} {what}.")
    if len(set(names)) < len(names):
        raise invalid(f"Requests must not name one of their {what} twice.")


def _unknown(name: str, what: str) -> GoogleError:
    return invalid(
        f"Field {name} is not a valid {what}. For a list of valid dimensions and metrics, see "
        "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema ."
    )


def days_of(request: ReportRequest, today: date) -> list[tuple[str, tuple[date, date]]]:
    """Name and days (both inclusive) of each date range. ``today`` is the property's."""
    if not request.date_ranges:
        raise invalid("Requests must contain at least one date range.")
    _limit([f"{number}" for number in range(len(request.date_ranges))], MOST_DATE_RANGES, "date ranges")
    return [
        (date_range.name or f"date_range_{number}", _days(date_range, today))
        for number, date_range in enumerate(request.date_ranges)
    ]


def _days(date_range: DateRange, today: date) -> tuple[date, date]:
    if date_range.name.startswith(("date_range_", "RESERVED_")):
        raise invalid(f"Date range name {date_range.name} must not begin with date_range_ or RESERVED_.")
    first, last = _day(date_range.start_date, today), _day(date_range.end_date, today)
    if first > last:
        raise invalid(f"The start date {date_range.start_date} is after the end date {date_range.end_date}.")
    return first, last


def _day(spelled: str, today: date) -> date:
    if spelled == "today":
        return today
    if spelled == "yesterday":
        return today - timedelta(days=1)
    ago = spelled.removesuffix("daysAgo")
    if ago != spelled and ago.isdigit():
        return today - timedelta(days=int(ago))
    try:
        return datetime.strptime(spelled, "%Y-%m-%d").date()  # noqa: DTZ007 - a day of the property, not an instant
    except ValueError:
        raise invalid(
            f"Invalid date: {spelled}. Dates are YYYY-MM-DD, yesterday, today, or NdaysAgo where N is a positive integer."
        ) from None


def run(request: ReportRequest, counts: Counts, now: datetime, quirks: Quirks) -> Report:
    """Count a checked request. ``now`` is the property's local time, without zone."""
    ranges = days_of(request, now.date())
    asked = tuple(dimension.name for dimension in request.dimensions)
    headers = asked if len(ranges) == 1 or DATE_RANGE in asked else (*asked, DATE_RANGE)
    metrics = tuple(metric.name for metric in request.metrics)
    rows: list[Row] = []
    totals: list[Row] = []
    counted_ranges: list[Counted] = []
    for name, (first, last) in ranges:
        counted = counts.count(
            Question(
                dimensions=tuple(current_name(header) for header in headers if header != DATE_RANGE),
                metrics=tuple(current_name(metric) for metric in metrics),
                first=first,
                last=last,
                now=now,
                filter=request.dimension_filter,
                every=ONE_IN if quirks.ga4_is_sampled else 1,
                table_size=TABLE_SIZE if quirks.ga4_has_other_row else None,
                min_users=THRESHOLD_USERS if quirks.ga4_is_thresholded else 0,
            )
        )
        rows += [(_with_range(key, headers, name), values) for key, values in counted.rows]
        total = tuple(_estimated(value) for value in counted.total) if quirks.ga4_totals_drift else counted.total
        totals.append((_with_range((RESERVED_TOTAL,) * (len(headers) - (DATE_RANGE in headers)), headers, name), total))
        counted_ranges.append(counted)
    if metrics and not request.keep_empty_rows:
        rows = [row for row in rows if any(row[1])]
    return Report(
        dimensions=headers,
        metrics=metrics,
        rows=_ordered(_passing(rows, request, metrics), request.order_bys, headers, metrics),
        totals=totals,
        days=sum((last - first).days + 1 for _, (first, last) in ranges),
        samples=[(counted.records, counted.records_in_all) for counted in counted_ranges] if quirks.ga4_is_sampled else [],
        is_thresholded=any(counted.is_thresholded for counted in counted_ranges),
        has_other_row=any(counted.has_other_row for counted in counted_ranges),
    )


def _with_range(key: tuple[str, ...], headers: tuple[str, ...], name: str) -> tuple[str, ...]:
    """``key`` with the name of its date range at the place of that dimension."""
    if DATE_RANGE not in headers:
        return key
    place = headers.index(DATE_RANGE)
    return (*key[:place], name, *key[place:])


def _estimated(value: Number) -> Number:
    """Half a per cent off, as unique counts by HyperLogLog++ are; small counts and rates are exact.

    https://developers.google.com/analytics/devguides/reporting/data/v1/reporting-data-expectations (2026-11-21)
    """
    return value + value // 200 if isinstance(value, int) else value


def _passing(rows: list[Row], request: ReportRequest, metrics: tuple[str, ...]) -> list[Row]:
    if request.metric_filter is None:
        return rows
    mask = passes(request.metric_filter, lambda field: [text(values[metrics.index(field)]) for _, values in rows])
    return [row for row, passed in zip(rows, mask, strict=True) if passed]


def _ordered(rows: list[Row], order_bys: Sequence[OrderBy], headers: tuple[str, ...], metrics: tuple[str, ...]) -> list[Row]:
    """Rows in the order asked; what that leaves open goes by the first metric, biggest first, as in the product."""
    rows = sorted(rows)
    if metrics:
        rows.sort(key=lambda row: row[1][0], reverse=True)
    for order_by in reversed(order_bys):
        rows.sort(key=_sort_key(order_by, headers, metrics), reverse=order_by.desc)
    return rows


def _sort_key(order_by: OrderBy, headers: tuple[str, ...], metrics: tuple[str, ...]) -> Callable[[Row], Any]:
    if (order_by.dimension is None) == (order_by.metric is None):
        raise invalid("An orderBy must name either a dimension or a metric.")
    if order_by.metric:
        name = order_by.metric.metric_name
        if name not in metrics:
            raise invalid(f"The orderBy metric {name} must be one of the requested metrics.")
        place = metrics.index(name)
        return lambda row: row[1][place]
    dimension = order_by.dimension
    if dimension is None or dimension.dimension_name not in headers:
        raise invalid("The orderBy dimension must be one of the requested dimensions.")
    place = headers.index(dimension.dimension_name)
    if dimension.order_type is OrderType.NUMERIC:
        return lambda row: (1, float(row[0][place])) if row[0][place].isdigit() else (0, 0.0)
    if dimension.order_type is OrderType.CASE_INSENSITIVE_ALPHANUMERIC:
        return lambda row: row[0][place].lower()
    return lambda row: row[0][place]
