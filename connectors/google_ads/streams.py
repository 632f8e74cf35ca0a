"""What is read from Google Ads, and the queries it is read with: declarations only."""

from datetime import date

from connectors.base import Raw, Stream
from connectors.google_ads.settings import CLICK_DAYS, GoogleAdsSettings

SCOPES = ("https://www.googleapis.com/auth/adwords",)

HISTORY_MONTHS = 37
"""Daily figures go back this far (https://developers.google.com/google-ads/api/docs/reporting/zero-metrics, 2026-11-21)."""

SLICE_DAYS = 90
"""Days in one query for costs. Each query is one operation of the day's allowance, whatever its rows."""

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


def clicks_query(day: date) -> str:
    """Click ids of one day; more is refused."""
    return f"SELECT customer.id, click_view.gclid, campaign.id, segments.date FROM click_view WHERE segments.date = '{day}'"


ACCOUNT_QUERY = "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, customer.manager FROM customer LIMIT 1"

CLIENTS_QUERY = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.currency_code, customer_client.time_zone, "
    "customer_client.manager FROM customer_client WHERE customer_client.status = 'ENABLED'"
)
"""Accounts below a manager, the whole tree with itself at level 0."""


def campaign_day_id(record: Raw) -> str:
    return f"{record['customer']['id']}|{record['campaign']['id']}|{record['segments']['date']}"


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
        lookback_days=settings.lookback_days,
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
    return (campaigns, clicks) if settings.click_history_days else (campaigns,)
