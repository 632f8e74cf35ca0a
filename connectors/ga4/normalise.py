"""GA4's rows in the words of the common schema. Pure.

Every value arrives as text. Special values such as ``(not set)`` and ``(other)`` stay as they are: they are buckets of
their own, which :mod:`kpi.joins` never matches with a deal.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from connectors.base import BadValue, Raw, Row
from connectors.ga4.periods import Grain
from connectors.ga4.streams import GROUP, TRAFFIC_DIMENSIONS, TRAFFIC_METRICS, landing_id, traffic_id, users_id
from kpi.channels import channel_of_ga4_group

RATE = "sessionKeyEventRate"

RATE_TOLERANCE = Decimal("1e-6")
"""Rate times sessions is whole up to how the rate was printed; a miss of this share of the sessions is another number."""


def traffic_row(record: Raw, facts: Mapping[str, Any]) -> Iterator[Row]:
    yield (
        "web_traffic_daily",
        {
            "source_id": traffic_id(record),
            "channel": channel_of_ga4_group(record["sessionDefaultChannelGroup"]),
            "campaign_name": record["sessionCampaignName"],
            "campaign_id": record["sessionCampaignId"],
            "source_medium": record["sessionSourceMedium"],
            **_sessions(record, facts),
        },
    )


def landing_row(record: Raw, facts: Mapping[str, Any]) -> Iterator[Row]:
    yield (
        "web_landing_daily",
        {
            "source_id": landing_id(record),
            "landing_page": record["landingPage"],
            "device_category": record["deviceCategory"],
            **_sessions(record, facts),
        },
    )


def _sessions(record: Raw, facts: Mapping[str, Any]) -> dict[str, Any]:
    sessions = whole(record, "sessions")
    return {
        "property_id": record["property_id"],
        "visit_on": _day(record["date"]),
        "property_zone": facts.get("zone"),
        "sessions": sessions,
        "engaged_sessions": whole(record, "engagedSessions"),
        "key_event_sessions": _key_event_sessions(record, sessions),
        "key_events": decimal(record, "keyEvents"),
        "is_sampled": record["is_sampled"],
        "is_thresholded": record["is_thresholded"],
        "has_other_row": record["has_other_row"],
    }


def users_row(record: Raw, facts: Mapping[str, Any]) -> Iterator[Row]:
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


def one_record_a_channel(records: Iterable[Raw]) -> list[Raw]:
    """Sessions of GA4 groups that are one channel of ours (``Unassigned``, ``(not set)``) at the same date, campaign and
    source, added: they are one row. Sessions add up; the rate is that of both. Other records are as they came."""
    found: dict[tuple[str, ...], Raw] = {}
    for record in records:
        place = (*(record[name] for name in TRAFFIC_DIMENSIONS if name != GROUP), channel_of_ga4_group(record[GROUP]))
        before = found.get(place)
        try:
            found[place] = record if before is None else _added(before, record)
        except BadValue:
            # One of them cannot be read: both stay, and normalising says why.
            found[(*place, record[GROUP])] = record
    return list(found.values())


def _added(one: Raw, other: Raw) -> Raw:
    sums = {name: decimal(one, name) + decimal(other, name) for name in TRAFFIC_METRICS}
    if sums["sessions"]:
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
