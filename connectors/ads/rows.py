"""A campaign's day as rows of the common schema. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.base import NormaliseContext, Row


@dataclass(frozen=True)
class CampaignDay:
    """What a platform says of one campaign on one day of its account's zone, in the words of the common schema."""

    source_id: str
    """The vendor's id of the record."""
    platform: str
    account_id: str
    account_zone: str
    campaign_id: str
    campaign_name: str | None
    """None where the platform says none: the id stands in."""
    channel: str
    day: date
    currency: str
    """ISO 4217, of the account."""
    spend: Decimal
    impressions: int
    clicks: int
    conversions: Decimal
    conversions_value: Decimal
    """In ``currency``."""
    leads: Decimal | None = None
    """Leads that the platform claims, which may be among its conversions; None: it counts none apart."""
    attribution: str | None = None
    """How the platform counted the conversions, in its own words: ``7d_click,1d_view``."""


def campaign_day(of: CampaignDay, context: NormaliseContext) -> Iterator[Row]:
    """The campaign, and its day. Converted at the ECB's rate of the day; without a known rate ``spend_home`` stays undefined."""
    converted = context.fx(of.spend, of.currency, of.day)
    spend_home, rate, rate_on = converted or (None, None, None)
    known = {
        "platform": of.platform,
        "account_id": of.account_id,
        "campaign_id": of.campaign_id,
        "campaign_name": of.campaign_name or of.campaign_id,
        "channel": of.channel,
    }
    yield "campaign", {"source_id": f"{of.account_id}|{of.campaign_id}"} | known
    yield (
        "ad_spend_daily",
        known
        | {
            "source_id": of.source_id,
            "spend_on": of.day,
            "account_zone": of.account_zone,
            "currency": of.currency,
            "spend": of.spend,
            "spend_home": spend_home,
            "fx_rate": rate,
            "fx_on": rate_on,
            "fx_source": "ecb" if converted and of.currency != context.home_currency else None,
            "impressions": of.impressions,
            "clicks": of.clicks,
            "conversions": of.conversions,
            "conversions_value": of.conversions_value,
            "leads": of.leads,
            "attribution": of.attribution,
            "cost_class": "platform_reported",
        },
    )
