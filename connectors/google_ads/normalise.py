"""Google Ads' rows in the words of the common schema. Pure.

64-bit numbers arrive as text, and a field whose value is zero may be missing from its row: inside an answered row, and only
there, a missing figure is zero.
"""

from collections.abc import Callable, Iterator
from datetime import date

from connectors.ads.rows import CampaignDay
from connectors.ads.rows import campaign_day as rows_of
from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.google_ads.streams import CHANNEL_OF_TYPE, ad_group_day_id, campaign_day_id, cost
from connectors.values import currency, number, part, text, whole

PLATFORM = "google_ads"

OTHER_CHANNEL = "paid_other"
"""Channel of a campaign type that is newer than this table."""

ATTRIBUTION = "conversion action, day of the click"
"""Each conversion action has its own model and window in Google Ads; a conversion is booked on the day of its click
(https://support.google.com/google-ads/answer/2544985, 2026-11-21)."""


def campaign_day(record: Raw, context: NormaliseContext, channel: str | None) -> Iterator[Row]:
    """The campaign, and its cost of one day. ``channel`` is the setting that overrides the campaign's type."""
    customer, campaign, metrics = part(record, "customer"), part(record, "campaign"), record.get("metrics") or {}
    return rows_of(
        CampaignDay(
            source_id=campaign_day_id(record),
            platform=PLATFORM,
            account_id=text(customer, "id"),
            account_zone=text(customer, "timeZone"),
            campaign_id=text(campaign, "id"),
            campaign_name=campaign.get("name"),
            channel=channel or CHANNEL_OF_TYPE.get(campaign.get("advertisingChannelType", ""), OTHER_CHANNEL),
            day=_day(record),
            currency=currency(customer, "currencyCode"),
            spend=cost(metrics),
            impressions=whole(metrics.get("impressions", 0), "impressions"),
            clicks=whole(metrics.get("clicks", 0), "clicks"),
            conversions=number(metrics.get("conversions", 0), "conversions"),
            conversions_value=number(metrics.get("conversionsValue", 0), "conversionsValue"),
            attribution=ATTRIBUTION,
        ),
        context,
    )


def ad_group_day(record: Raw) -> Iterator[Row]:
    """What one ad group cost and brought on one day."""
    customer, group, metrics = part(record, "customer"), part(record, "adGroup"), record.get("metrics") or {}
    group_id = text(group, "id")
    yield (
        "ad_group_daily",
        {
            "source_id": ad_group_day_id(record),
            "platform": PLATFORM,
            "account_id": text(customer, "id"),
            "account_zone": text(customer, "timeZone"),
            "campaign_id": text(part(record, "campaign"), "id"),
            "ad_group_id": group_id,
            "ad_group_name": group.get("name") or group_id,
            "spend_on": _day(record),
            "currency": currency(customer, "currencyCode"),
            "spend": cost(metrics),
            "impressions": whole(metrics.get("impressions", 0), "impressions"),
            "clicks": whole(metrics.get("clicks", 0), "clicks"),
            "conversions": number(metrics.get("conversions", 0), "conversions"),
            "conversions_value": number(metrics.get("conversionsValue", 0), "conversionsValue"),
        },
    )


def click(record: Raw, pseudonym: Callable[[str], str]) -> Iterator[Row]:
    """Which campaign a click id belongs to; the id itself stays out of the facts.

    The row's own id is the hash too, where the vendor's would carry the click id.
    """
    account_id = text(part(record, "customer"), "id")
    hashed = pseudonym(text(part(record, "clickView"), "gclid"))
    yield (
        "ad_click",
        {
            "source_id": hashed,
            "platform": PLATFORM,
            "account_id": account_id,
            "click_hash": hashed,
            "campaign_id": text(part(record, "campaign"), "id"),
            "clicked_on": _day(record),
        },
    )


def _day(record: Raw) -> date:
    written = text(part(record, "segments"), "date")
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadValue(f"segments.date: {written!r} is not a day") from None
