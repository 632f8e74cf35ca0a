"""What is read from Meta: declarations only."""

from connectors.base import Raw, RawAmount, Shape, Stream
from connectors.meta_ads.client import PAGE_ROWS
from connectors.meta_ads.oauth import ADS_SCOPES, INSTAGRAM_SCOPES, PAGE_SCOPES
from connectors.meta_ads.settings import MetaAdsSettings
from connectors.meta_ads.social import INSTAGRAM_LOOKBACK_DAYS, INSTAGRAM_METRICS, PAGE_LOOKBACK_DAYS, PAGE_METRICS
from connectors.values import number

HISTORY_MONTHS = 37
"""Daily figures go back this far (https://github.com/airbytehq/airbyte docs/integrations/sources/facebook-marketing.md, 2026-11)."""

CAMPAIGNS, PAGES, INSTAGRAM = "campaigns_daily", "facebook_daily", "instagram_daily"

CAMPAIGN_SHAPE = Shape(
    required=frozenset({"account_id", "account_currency", "campaign_id", "date_start", "date_stop", "spend", "impressions"}),
    # Lists of actions and counts that are 0 may be left out of a row.
    optional=frozenset(
        {
            "campaign_name",
            "objective",
            "attribution_setting",
            "clicks",
            "inline_link_clicks",
            "actions",
            "action_values",
        }
    ),
)


def campaign_day_id(record: Raw) -> str:
    """Also of a record that lacks one of them, which is then set aside under what is left."""
    return f"{record.get('account_id')}|{record.get('campaign_id')}|{record.get('date_start')}"


def social_day_id(record: Raw) -> str:
    return f"{record['network']}|{record['account_id']}|{record['day']}"


def _social_shape(metrics: tuple[str, ...], *more: str) -> Shape:
    return Shape(frozenset({"network", "account_id", "day", *more, *(f"values.{name}" for name in metrics)}))


def streams(settings: MetaAdsSettings) -> tuple[Stream, ...]:
    """Those of which the settings name accounts."""
    campaigns = Stream(
        name=CAMPAIGNS,
        mode="window",
        tables=("campaign", "ad_spend_daily"),
        record_id=campaign_day_id,
        docs_url="https://developers.facebook.com/docs/marketing-api/insights",
        api_version=settings.api_version,
        scopes=ADS_SCOPES,
        page_size=PAGE_ROWS,
        lookback_days=settings.lookback_days,
        amount=RawAmount(
            "ad_spend_daily",
            "spend",
            lambda record, _: number(record.get("spend"), "spend"),
            "spend_on",
            lambda record: str(record["date_start"]),
        ),
        shape=CAMPAIGN_SHAPE,
        keeps_days=True,
    )
    pages = Stream(
        name=PAGES,
        mode="window",
        tables=("social_stats_daily",),
        record_id=social_day_id,
        docs_url="https://developers.facebook.com/docs/graph-api/reference/page/insights",
        api_version=settings.api_version,
        scopes=PAGE_SCOPES,
        lookback_days=PAGE_LOOKBACK_DAYS,
        shape=_social_shape(PAGE_METRICS),
        keeps_days=True,
        is_optional=True,
    )
    instagram = Stream(
        name=INSTAGRAM,
        mode="window",
        tables=("social_stats_daily",),
        record_id=social_day_id,
        docs_url="https://developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights",
        api_version=settings.api_version,
        scopes=INSTAGRAM_SCOPES,
        lookback_days=INSTAGRAM_LOOKBACK_DAYS,
        shape=_social_shape(INSTAGRAM_METRICS, "followers"),
        is_optional=True,
    )
    wanted = ((campaigns, settings.account_ids), (pages, settings.pages), (instagram, settings.instagram))
    return tuple(stream for stream, ids in wanted if ids)
