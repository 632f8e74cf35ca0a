"""TikTok's rows in the words of the common schema. Pure.

Figures are text in whole units of the advertiser's currency, which the advertiser says and no row does. ``-`` is a figure that there is
none of: for counts and values of an answered row that is nought; a row without its spend cannot be read.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from connectors.ads.accounts import described
from connectors.ads.rows import CampaignDay
from connectors.ads.rows import campaign_day as rows_of
from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.tiktok_ads.settings import TikTokAdsSettings
from connectors.tiktok_ads.streams import ABSENT, campaign_day_id, figure
from connectors.values import currency, day, part, text, whole

PLATFORM = "tiktok_ads"

ATTRIBUTION: Mapping[str, str] = MappingProxyType(
    {
        "conversion": "conversion: day of the click or view",
        "real_time_conversion": "real_time_conversion: day of the event",
    }
)
"""Setting ``conversions`` -> how they are dated (https://github.com/singer-io/tap-tiktok-ads, 2025-09; the wording is not confirmed)."""

NOUGHT = Decimal(0)


def campaign_day(record: Raw, context: NormaliseContext, settings: TikTokAdsSettings) -> Iterator[Row]:
    """The campaign, and its figures of one day of the advertiser's zone."""
    dimensions, metrics = part(record, "dimensions"), part(record, "metrics")
    account = described(context.facts, text(record, "advertiser_id"))
    spend = figure(metrics, "spend")
    if spend is None:
        raise BadValue(f"spend: {metrics.get('spend')!r} is not a number")
    name = metrics.get("campaign_name")
    return rows_of(
        CampaignDay(
            source_id=campaign_day_id(record),
            platform=PLATFORM,
            account_id=account.id,
            account_zone=account.zone,
            campaign_id=text(dimensions, "campaign_id"),
            campaign_name=None if name in ABSENT else str(name),
            channel=settings.channel,
            day=day(dimensions.get("stat_time_day"), "stat_time_day"),
            currency=currency({"currency": account.currency}, "currency"),
            spend=spend,
            impressions=_count(metrics, "impressions"),
            clicks=_count(metrics, "clicks"),
            conversions=figure(metrics, settings.conversions) or NOUGHT,
            conversions_value=(figure(metrics, "total_purchase_value") or NOUGHT)
            + (figure(metrics, "total_sales_lead_value") or NOUGHT),
            attribution=ATTRIBUTION[settings.conversions],
        ),
        context,
    )


def _count(metrics: Mapping[str, Any], name: str) -> int:
    value = metrics.get(name)
    return 0 if value in ABSENT else whole(value, name)
