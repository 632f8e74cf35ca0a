"""What is read from TikTok: declarations only."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.base import Raw, RawAmount, Shape, Stream
from connectors.tiktok_ads.oauth import SCOPES
from connectors.tiktok_ads.settings import TikTokAdsSettings
from connectors.values import number, optional

API_VERSION = "v1.3"

SLICE_DAYS = 30
"""Days of one query by day (https://business-api.tiktok.com/portal/docs?id=1740302848100353, 2026-11-21)."""

PAGE_ROWS = 1_000
"""The most of one answer."""

DIMENSIONS = ("campaign_id", "stat_time_day")
METRICS = (
    "campaign_name",
    "spend",
    "impressions",
    "clicks",
    "conversion",
    "real_time_conversion",
    "total_purchase_value",
    "total_sales_lead_value",
)
"""Attributes such as the name are asked for like metrics."""

ABSENT = frozenset({None, "", "-"})
"""What stands for a figure that there is none of."""

SHAPE = Shape(
    required=frozenset({"advertiser_id", "dimensions.campaign_id", "dimensions.stat_time_day", "metrics.spend"}),
    optional=frozenset(f"metrics.{name}" for name in METRICS),
)


def figure(metrics: Mapping[str, Any], name: str) -> Decimal | None:
    """None where TikTok writes ``-``."""
    return optional(metrics, name, ABSENT)


def campaign_day_id(record: Raw) -> str:
    dimensions = record["dimensions"]
    return f"{record['advertiser_id']}|{dimensions['campaign_id']}|{str(dimensions['stat_time_day'])[:10]}"


def streams(settings: TikTokAdsSettings) -> tuple[Stream, ...]:
    return (
        Stream(
            name="campaigns_daily",
            mode="window",
            tables=("campaign", "ad_spend_daily"),
            record_id=campaign_day_id,
            docs_url="https://business-api.tiktok.com/portal/docs?id=1740302848100353",
            api_version=API_VERSION,
            scopes=SCOPES,
            page_size=PAGE_ROWS,
            lookback_days=settings.lookback_days,
            amount=RawAmount(
                "ad_spend_daily",
                "spend",
                lambda record, _: number(record["metrics"].get("spend"), "spend"),
                "spend_on",
                lambda record: str(record["dimensions"]["stat_time_day"])[:10],
            ),
            shape=SHAPE,
            keeps_days=True,
        ),
    )
