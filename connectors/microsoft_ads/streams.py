"""What is read from Microsoft Advertising: declarations only."""

from collections.abc import Mapping
from types import MappingProxyType

from connectors.base import Raw, RawAmount, Shape, Stream
from connectors.microsoft_ads.oauth import SCOPE
from connectors.microsoft_ads.settings import MicrosoftAdsSettings
from connectors.values import number

API_VERSION = "v13"

HISTORY_MONTHS = 36
"""Daily figures are asked for no further back than this; how far Microsoft keeps them is not confirmed."""

PAGE_ROWS = 5_000

COLUMNS = (
    "TimePeriod",
    "AccountId",
    "CampaignId",
    "CampaignName",
    "CampaignType",
    "CurrencyCode",
    "Impressions",
    "Clicks",
    "Spend",
    "Conversions",
    "ConversionsQualified",
    "Revenue",
)
"""Of a CampaignPerformanceReport. None of them excludes another."""

CHANNEL_OF_TYPE: Mapping[str, str] = MappingProxyType(
    {
        "search": "paid_search",
        "searchcontent": "paid_search",
        "dynamicsearchads": "paid_search",
        "hotel": "paid_search",
        "lodging": "paid_search",
        "shopping": "paid_shopping",
        "audience": "display",
        "display": "display",
        "video": "paid_video",
        "onlinevideo": "paid_video",
        "connectedtv": "paid_video",
        "performancemax": "cross_network",
        "app": "cross_network",
        "smart": "cross_network",
    }
)
"""``CampaignType`` in small letters without anything between them -> the channel GA4 counts its visits in. How Microsoft spells the
types in a report (``Search & content``, ``PerformanceMax``) is not confirmed."""

SHAPE = Shape(required=frozenset(COLUMNS))


def campaign_day_id(record: Raw) -> str:
    return f"{record['AccountId']}|{record['CampaignId']}|{record['TimePeriod']}"


def streams(settings: MicrosoftAdsSettings) -> tuple[Stream, ...]:
    return (
        Stream(
            name="campaigns_daily",
            mode="window",
            tables=("campaign", "ad_spend_daily"),
            record_id=campaign_day_id,
            docs_url="https://learn.microsoft.com/advertising/reporting-service/campaignperformancereportrequest",
            api_version=API_VERSION,
            scopes=(SCOPE,),
            page_size=PAGE_ROWS,
            lookback_days=settings.lookback_days,
            amount=RawAmount(
                "ad_spend_daily",
                "spend",
                lambda record, _: number(record["Spend"], "Spend"),
                "spend_on",
                lambda record: str(record["TimePeriod"]),
            ),
            shape=SHAPE,
            keeps_days=True,
        ),
    )
