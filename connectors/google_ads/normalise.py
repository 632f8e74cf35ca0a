"""Google Ads' rows in the words of the common schema. Pure.

64-bit numbers arrive as text, and a field whose value is zero may be missing from its row: inside an answered row, and only
there, a missing figure is zero.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.google_ads.streams import campaign_day_id

PLATFORM = "google_ads"

MICROS = -6
"""``cost_micros`` is millionths of the account's currency."""

CHANNEL_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "SEARCH": "paid_search",
        "DISPLAY": "display",
        "VIDEO": "paid_video",
        "SHOPPING": "paid_shopping",
        "PERFORMANCE_MAX": "cross_network",
        "DEMAND_GEN": "cross_network",
        "MULTI_CHANNEL": "cross_network",
        "SMART": "cross_network",
        "LOCAL": "cross_network",
        "LOCAL_SERVICES": "paid_search",
        "HOTEL": "paid_search",
        "TRAVEL": "paid_search",
    }
)
"""``campaign.advertising_channel_type`` -> the channel GA4 counts its visits in, so that cost and sessions meet.
MULTI_CHANNEL is app campaigns."""

OTHER_CHANNEL = "paid_other"
"""Channel of a campaign type that is newer than this table."""


def campaign_day(record: Raw, context: NormaliseContext, channel: str | None) -> Iterator[Row]:
    """The campaign, and its cost of one day. ``channel`` is the setting that overrides the campaign's type."""
    customer, campaign, metrics = _part(record, "customer"), _part(record, "campaign"), record.get("metrics") or {}
    account_id, campaign_id = _text(customer, "id"), _text(campaign, "id")
    currency = _text(customer, "currencyCode")
    day = _day(record)
    spend = _whole(metrics, "costMicros").scaleb(MICROS)
    converted = context.fx(spend, currency, day)
    spend_home, rate, rate_on = converted or (None, None, None)
    known = {
        "platform": PLATFORM,
        "account_id": account_id,
        "campaign_id": campaign_id,
        "campaign_name": campaign.get("name") or campaign_id,
        "channel": channel or CHANNEL_OF_TYPE.get(campaign.get("advertisingChannelType", ""), OTHER_CHANNEL),
    }
    yield "campaign", {"source_id": f"{account_id}|{campaign_id}"} | known
    yield (
        "ad_spend_daily",
        known
        | {
            "source_id": campaign_day_id(record),
            "spend_on": day,
            "account_zone": customer.get("timeZone"),
            "currency": currency,
            "spend": spend,
            "spend_home": spend_home,
            "fx_rate": rate,
            "fx_on": rate_on,
            "fx_source": "ecb" if converted and currency != context.home_currency else None,
            "impressions": int(_whole(metrics, "impressions")),
            "clicks": int(_whole(metrics, "clicks")),
            "conversions": _number(metrics, "conversions"),
            "conversions_value": _number(metrics, "conversionsValue"),
            "cost_class": "platform_reported",
        },
    )


def click(record: Raw, pseudonym: Callable[[str], str]) -> Iterator[Row]:
    """Which campaign a click id belongs to; the id itself stays out of the facts.

    The row's own id is the hash too, where the vendor's would carry the click id.
    """
    account_id = _text(_part(record, "customer"), "id")
    hashed = pseudonym(_text(_part(record, "clickView"), "gclid"))
    yield (
        "ad_click",
        {
            "source_id": hashed,
            "platform": PLATFORM,
            "account_id": account_id,
            "click_hash": hashed,
            "campaign_id": _text(_part(record, "campaign"), "id"),
            "clicked_on": _day(record),
        },
    )


def _part(record: Raw, name: str) -> Mapping[str, Any]:
    part = record.get(name)
    if not isinstance(part, dict):
        raise BadValue(f"{name}: missing")
    return part


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    if value is None or value == "":
        raise BadValue(f"{name}: missing")
    return str(value)


def _day(record: Raw) -> date:
    text = _text(_part(record, "segments"), "date")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadValue(f"segments.date: {text!r} is not a day") from None


def _number(metrics: Mapping[str, Any], name: str) -> Decimal:
    """A figure; 0 when it is not in the row. Doubles are taken by their shortest text."""
    value = metrics.get(name, 0)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise BadValue(f"{name}: {value!r} is not a number") from None
    if not number.is_finite():
        raise BadValue(f"{name}: {value!r} is not a number")
    return number


def _whole(metrics: Mapping[str, Any], name: str) -> Decimal:
    number = _number(metrics, name)
    if number != number.to_integral_value():
        raise BadValue(f"{name}: {metrics[name]!r} is not a whole number")
    return number
