"""What is read from Google Ads, and the queries it is read with: declarations only."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from connectors.base import Raw, RawAmount, Shape, Stream
from connectors.google_ads.settings import CLICK_DAYS, LOOKBACK_DAYS, GoogleAdsSettings
from connectors.values import whole

SCOPES = ("https://www.googleapis.com/auth/adwords",)

HISTORY_MONTHS = 37
"""Daily figures go back this far (https://developers.google.com/google-ads/api/docs/reporting/zero-metrics, 2026-11-21)."""

SLICE_DAYS = 93
"""Days in one query for costs. Each query is one operation of the day's allowance, whatever its rows; an answer is held in memory
whole. Reading the longest conversion window (90 days) again is one query even when a day was missed."""

CLICK_LOOKBACK_DAYS = 1
"""Clicks show up within about three hours and are not restated; the day before the last is complete on the next run."""


def campaigns_query(first: date, last: date) -> str:
    """Cost by campaign and day, both ends inclusive. No filter on ``campaign.status``: removed campaigns carry past cost."""
    return (
        "SELECT customer.id, customer.currency_code, customer.time_zone, campaign.id, campaign.name, "
        "campaign.advertising_channel_type, segments.date, metrics.cost_micros, metrics.clicks, metrics.impressions, "
        "metrics.conversions, metrics.conversions_value "
        f"FROM campaign WHERE segments.date BETWEEN '{first}' AND '{last}'"
    )


def ad_groups_query(first: date, last: date) -> str:
    """The same by ad group. Performance Max and other types without ad groups are not in the answer."""
    return (
        "SELECT customer.id, customer.currency_code, customer.time_zone, campaign.id, ad_group.id, ad_group.name, "
        "segments.date, metrics.cost_micros, metrics.clicks, metrics.impressions, "
        "metrics.conversions, metrics.conversions_value "
        f"FROM ad_group WHERE segments.date BETWEEN '{first}' AND '{last}'"
    )


WINDOWS_QUERY = (
    "SELECT conversion_action.id, conversion_action.name, conversion_action.click_through_lookback_window_days, "
    "conversion_action.view_through_lookback_window_days FROM conversion_action WHERE conversion_action.status = 'ENABLED'"
)
"""How long after its click each conversion action still counts
(https://developers.google.com/google-ads/api/fields/v26/conversion_action; not confirmed on an account: where it is refused, or
answers nothing, :data:`connectors.google_ads.settings.LOOKBACK_DAYS` stand)."""


def clicks_query(day: date) -> str:
    """Click ids of one day; more is refused."""
    return f"SELECT customer.id, click_view.gclid, campaign.id, segments.date FROM click_view WHERE segments.date = '{day}'"


ACCOUNT_QUERY = "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, customer.manager FROM customer LIMIT 1"

CLIENTS_QUERY = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.currency_code, customer_client.time_zone, "
    "customer_client.manager FROM customer_client WHERE customer_client.status = 'ENABLED'"
)
"""Accounts below a manager, the whole tree with itself at level 0."""


MICROS = -6
"""``cost_micros`` is millionths of the account's currency."""


def cost(metrics: Mapping[str, Any]) -> Decimal:
    """In the account's currency; 0 when it is not in the row."""
    return Decimal(whole(metrics.get("costMicros", 0), "costMicros")).scaleb(MICROS)


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

_KEYS = frozenset({"customer.id", "customer.currencyCode", "customer.timeZone", "campaign.id", "segments.date"})
_FIGURES = frozenset(
    {
        "customer.resourceName",
        "campaign.resourceName",
        "metrics.costMicros",
        "metrics.clicks",
        "metrics.impressions",
        "metrics.conversions",
        "metrics.conversionsValue",
    }
)
"""What only some answers bear: a figure that is 0 may be left out of a row."""

CAMPAIGN_SHAPE = Shape(
    required=_KEYS,
    optional=_FIGURES | {"campaign.name", "campaign.advertisingChannelType"},
    words={"campaign.advertisingChannelType": frozenset(CHANNEL_OF_TYPE)},
)

AD_GROUP_SHAPE = Shape(required=_KEYS | {"adGroup.id"}, optional=_FIGURES | {"adGroup.resourceName", "adGroup.name"})


def campaign_day_id(record: Raw) -> str:
    return f"{record['customer']['id']}|{record['campaign']['id']}|{record['segments']['date']}"


def ad_group_day_id(record: Raw) -> str:
    return f"{record['customer']['id']}|{record['adGroup']['id']}|{record['segments']['date']}"


def click_id(record: Raw) -> str:
    """The vendor's own key is customer, day and click id."""
    return f"{record['customer']['id']}|{record['segments']['date']}|{record['clickView']['gclid']}"


def streams(settings: GoogleAdsSettings) -> tuple[Stream, ...]:
    campaigns = Stream(
        name="campaigns_daily",
        mode="window",
        tables=("campaign", "ad_spend_daily"),
        record_id=campaign_day_id,
        docs_url="https://developers.google.com/google-ads/api/fields/v26/campaign",
        api_version=settings.api_version,
        scopes=SCOPES,
        page_size=10_000,
        lookback_days=LOOKBACK_DAYS if settings.lookback_days is None else settings.lookback_days,
        amount=_spend_in("ad_spend_daily"),
        shape=CAMPAIGN_SHAPE,
        keeps_days=True,
    )
    ad_groups = replace(
        campaigns,
        name="ad_groups_daily",
        tables=("ad_group_daily",),
        record_id=ad_group_day_id,
        docs_url="https://developers.google.com/google-ads/api/fields/v26/ad_group",
        amount=_spend_in("ad_group_daily"),
        shape=AD_GROUP_SHAPE,
    )
    clicks = Stream(
        name="clicks",
        mode="window",
        tables=("ad_click",),
        record_id=click_id,
        docs_url="https://developers.google.com/google-ads/api/fields/v26/click_view",
        api_version=settings.api_version,
        scopes=SCOPES,
        page_size=10_000,
        lookback_days=CLICK_LOOKBACK_DAYS,
        # A click id is a personal identifier: the raw one is kept no longer than Google itself gives it out.
        raw_days=CLICK_DAYS,
    )
    return (campaigns, *((ad_groups,) if settings.ad_groups else ()), *((clicks,) if settings.click_history_days else ()))


def _spend_in(table: str) -> RawAmount:
    return RawAmount(
        table,
        "spend",
        lambda record, _: cost(record["metrics"]),
        "spend_on",
        lambda record: str(record["segments"]["date"]),
    )
