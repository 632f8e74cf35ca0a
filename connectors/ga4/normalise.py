"""GA4's rows in the words of the common schema. Pure.

Every value arrives as text. Special values such as ``(not set)`` and ``(other)`` stay as they are: they are buckets of
their own, which :mod:`kpi.joins` never matches with a deal.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.ga4.periods import Grain
from connectors.ga4.streams import (
    EVENT,
    GROUP,
    SCOPES_OF_ATTRIBUTION,
    TRAFFIC_DIMENSIONS,
    TRAFFIC_METRICS,
    commerce_id,
    event_id,
    landing_id,
    traffic_id,
    users_id,
)
from connectors.values import is_currency
from kpi.channels import channel_of_ga4_group

RATE = "sessionKeyEventRate"

RATE_TOLERANCE = Decimal("1e-6")
"""Rate times sessions is whole up to how the rate was printed; a miss of this share of the sessions is another number."""


def traffic_row(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    yield (
        "web_traffic_daily",
        {
            "source_id": traffic_id(record),
            "channel": channel_of_ga4_group(record["sessionDefaultChannelGroup"]),
            "campaign_name": record["sessionCampaignName"],
            "campaign_id": record["sessionCampaignId"],
            "source_medium": record["sessionSourceMedium"],
            **_sessions(record, context.facts),
        },
    )


def landing_row(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    yield (
        "web_landing_daily",
        {
            "source_id": landing_id(record),
            "landing_page": record["landingPage"],
            "device_category": record["deviceCategory"],
            **_sessions(record, context.facts),
        },
    )


def commerce_row(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    """What was bought in one scope; what was not answered in it stays unknown."""
    currency = _currency(record, context.facts)
    day = _day(record["date"])
    _, rate, rate_on = context.fx(Decimal(1), currency, day) or (None, None, None)
    yield (
        "web_commerce_daily",
        {
            "source_id": commerce_id(record),
            "scope": record["scope"],
            "channel": channel_of_ga4_group(record[SCOPES_OF_ATTRIBUTION[record["scope"]]]),
            "currency": currency,
            "carts": whole(record, "addToCarts") if "addToCarts" in record else None,
            "checkouts": whole(record, "checkouts") if "checkouts" in record else None,
            "purchases": _known(record, "ecommercePurchases"),
            "gross_revenue": _known(record, "grossPurchaseRevenue"),
            "refunds": _known(record, "refundAmount"),
            "revenue": _known(record, "purchaseRevenue"),
            "fx_rate": rate,
            "fx_on": rate_on,
            **_of_day(record, context.facts),
        },
    )


def event_row(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    yield (
        "web_event_daily",
        {
            "source_id": event_id(record),
            "channel": channel_of_ga4_group(record[GROUP]),
            "event_name": record[EVENT],
            "sessions": whole(record, "sessions"),
            "events": whole(record, "eventCount"),
            "key_events": decimal(record, "keyEvents"),
            **_of_day(record, context.facts),
        },
    )


def _sessions(record: Raw, facts: Mapping[str, Any]) -> dict[str, Any]:
    sessions = whole(record, "sessions")
    return {
        "sessions": sessions,
        "engaged_sessions": whole(record, "engagedSessions"),
        "key_event_sessions": _key_event_sessions(record, sessions),
        "key_events": decimal(record, "keyEvents"),
        **_of_day(record, facts),
    }


def _of_day(record: Raw, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What every row of a day says alike."""
    return {
        "property_id": record["property_id"],
        "visit_on": _day(record["date"]),
        "property_zone": facts.get("zone"),
        "is_sampled": record["is_sampled"],
        "is_thresholded": record["is_thresholded"],
        "has_other_row": record["has_other_row"],
    }


def _currency(record: Raw, facts: Mapping[str, Any]) -> str:
    """Of the report itself; of the property where an answer did not say."""
    code = str(record.get("currency") or facts.get("currency") or "").upper()
    if not is_currency(code):
        raise BadValue(f"currencyCode: {code!r} is not an ISO 4217 currency code such as EUR")
    return code


def _known(record: Raw, name: str) -> Decimal | None:
    return decimal(record, name) if name in record else None


def users_row(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    by = record["by"]
    yield (
        "web_users",
        {
            "source_id": users_id(record),
            "property_id": record["property_id"],
            "period": record["period"],
            "period_start": PERIOD_START[record["period"]](record),
            "by": by,
            "member": _MEMBER[by](record),
            "users": whole(record, "totalUsers"),
            "is_sampled": record["is_sampled"],
            "is_thresholded": record["is_thresholded"],
        },
    )


def one_record_a_channel(
    records: Iterable[Raw],
    dimensions: tuple[str, ...] = TRAFFIC_DIMENSIONS,
    metrics: tuple[str, ...] = TRAFFIC_METRICS,
    group: str = GROUP,
) -> list[Raw]:
    """Records of GA4 groups that are one channel of ours (``Unassigned``, ``(not set)``) and alike in all other dimensions,
    added: they are one row. What is counted adds up; the rate is that of both. Other records are as they came."""
    found: dict[tuple[str, ...], Raw] = {}
    for record in records:
        place = (*(record[name] for name in dimensions if name != group), channel_of_ga4_group(record[group]))
        before = found.get(place)
        try:
            found[place] = record if before is None else _added(before, record, metrics)
        except BadValue:
            # One of them cannot be read: both stay, and normalising says why.
            found[(*place, record[group])] = record
    return list(found.values())


def _added(one: Raw, other: Raw, metrics: tuple[str, ...]) -> Raw:
    sums = {name: decimal(one, name) + decimal(other, name) for name in metrics if name in one}
    if RATE in sums and sums["sessions"]:
        weighted = sum(decimal(record, RATE) * decimal(record, "sessions") for record in (one, other))
        sums[RATE] = weighted / sums["sessions"]
    flags = {name: one[name] or other[name] for name in ("is_sampled", "is_thresholded", "has_other_row")}
    return one | {name: format(value, "f") for name, value in sums.items()} | flags


def _key_event_sessions(record: Raw, sessions: int) -> int:
    """The count behind ``sessionKeyEventRate``. A sampled rate is an estimate and need not give a whole number."""
    exact = decimal(record, RATE) * sessions
    count = int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
    if abs(exact - count) > RATE_TOLERANCE * sessions and not record["is_sampled"]:
        raise BadValue(f"sessionKeyEventRate x sessions is {exact}, not a whole number of sessions")
    return count


def decimal(record: Raw, name: str) -> Decimal:
    """A metric's text as a finite number."""
    text = record[name]
    try:
        value = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        raise BadValue(f"{name}: {text!r} is not a number") from None
    if not value.is_finite():
        raise BadValue(f"{name}: {text!r} is not a number")
    return value


def whole(record: Raw, name: str) -> int:
    """A count."""
    value = decimal(record, name)
    if value != value.to_integral_value():
        raise BadValue(f"{name}: {record[name]!r} is not a whole number")
    return int(value)


def _day(text: str) -> date:
    """``20261121``; ``(other)`` and the like have no day."""
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day of the property, not an instant
    except (TypeError, ValueError):
        raise BadValue(f"date: {text!r} is not a day") from None


def _week(text: str) -> date:
    """``202647``: the Monday of ISO week 47 of ISO year 2026."""
    try:
        return date.fromisocalendar(int(text[:4]), int(text[4:]), 1)
    except (TypeError, ValueError):
        raise BadValue(f"isoYearIsoWeek: {text!r} is not a week") from None


def _month(text: str) -> date:
    """``202611``."""
    return _day(f"{text}01")


PERIOD_START: Mapping[Grain, Callable[[Raw], date]] = MappingProxyType(
    {
        "day": lambda record: _day(record["date"]),
        "week": lambda record: _week(record["isoYearIsoWeek"]),
        "month": lambda record: _month(record["yearMonth"]),
        "quarter": lambda record: date.fromisoformat(record["dateRange"]),
        "year": lambda record: date.fromisoformat(record["dateRange"]),
        "all": lambda record: date.fromisoformat(record["dateRange"]),
    }
)
"""How a period's first day is told: by the period's dimension, else by the date range, which is named after it."""

_MEMBER: Mapping[str, Callable[[Raw], str]] = MappingProxyType(
    {
        "total": lambda _: "",
        "channel": lambda record: channel_of_ga4_group(record["sessionDefaultChannelGroup"]),
        "campaign": lambda record: str(record["sessionCampaignName"]),
    }
)
