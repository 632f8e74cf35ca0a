"""What is read from LinkedIn, and what it is asked for: declarations only."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from connectors.base import Raw, RawAmount, Shape, Stream
from connectors.linkedin_ads.oauth import SCOPES
from connectors.linkedin_ads.settings import ORGANIC_SCOPES, LinkedInAdsSettings
from connectors.values import number

HISTORY_MONTHS = 120
"""Figures of campaigns go back ten years (constants of a public connector, 2026-11-21)."""

ORGANIC_MONTHS = 12
"""How far back a page's daily statistics are asked for. Not confirmed; what is older is not asked for."""

CUT = 15_000
"""Rows that one answer holds at most; what is more is left out without a word
(https://adriennevermorel.com/notes/linkedin-ads-analytics-endpoint, 2026-11-21)."""
SAFE = 10_000
"""Rows that a call is planned to stay below: an answer of so many held more than was counted on, and may have been cut."""

MONEY = "costInLocalCurrency"

FIELDS = (
    "dateRange",
    "pivotValues",
    MONEY,
    "impressions",
    "clicks",
    "externalWebsiteConversions",
    "conversionValueInLocalCurrency",
    "oneClickLeads",
)
"""A call may ask for 20 at most (https://learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/ads-reporting-schema,
2026-11-21). ``externalWebsiteConversions`` already holds those after a click and those after a view."""


@dataclass(frozen=True)
class Level:
    """How LinkedIn calls what is a campaign here."""

    path: str
    pivot: str
    facet: str
    """Parameter that narrows a report down to some of them."""
    urn: str


LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        "campaign_group": Level("adCampaignGroups", "CAMPAIGN_GROUP", "campaignGroups", "urn:li:sponsoredCampaignGroup:"),
        "campaign": Level("adCampaigns", "CAMPAIGN", "campaigns", "urn:li:sponsoredCampaign:"),
    }
)
"""By the setting ``campaign_level``."""

_DATE_PARTS = frozenset(f"dateRange.{end}.{part}" for end in ("start", "end") for part in ("year", "month", "day"))

CAMPAIGN_SHAPE = Shape(
    # What only some answers bear is optional: LinkedIn may leave out a figure that is 0.
    required=frozenset({"account", "campaign", "pivotValues", MONEY, "impressions", "clicks"}) | _DATE_PARTS,
    optional=frozenset(
        {"externalWebsiteConversions", "conversionValueInLocalCurrency", "oneClickLeads", "dateRange", "campaignName"}
    ),
)


def campaign_day_id(record: Raw) -> str:
    """Account, campaign and day; also of a record that cannot be read."""
    return f"{record.get('account')}|{record.get('campaign')}|{written_day(record)}"


def written_day(record: Raw) -> str:
    """The first day of a row, as YYYY-MM-DD; what stands there where it is none."""
    start = (record.get("dateRange") or {}).get("start") or {}
    try:
        return f"{int(start['year']):04d}-{int(start['month']):02d}-{int(start['day']):02d}"
    except (KeyError, TypeError, ValueError):
        return str(start)


def page_day_id(record: Raw) -> str:
    return f"{record['organization']}|{record['day']}"


def figure(record: Mapping[str, Any], name: str) -> Decimal:
    """A figure of an answered row; 0 where it is left out. Raises :class:`connectors.base.BadValue`."""
    value = record.get(name)
    return Decimal(0) if value is None else number(value, name)


def streams(settings: LinkedInAdsSettings) -> tuple[Stream, ...]:
    """Those that the settings give something to read for."""
    campaigns = Stream(
        name="campaigns_daily",
        mode="window",
        tables=("campaign", "ad_spend_daily"),
        record_id=campaign_day_id,
        docs_url="https://learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/ads-reporting-schema",
        api_version=settings.api_version,
        scopes=SCOPES,
        page_size=SAFE,
        lookback_days=settings.lookback_days,
        amount=RawAmount("ad_spend_daily", "spend", lambda record, _: figure(record, MONEY), "spend_on", written_day),
        shape=CAMPAIGN_SHAPE,
        keeps_days=True,
    )
    pages = Stream(
        name="pages_daily",
        mode="window",
        tables=("social_stats_daily",),
        record_id=page_day_id,
        docs_url="https://learn.microsoft.com/linkedin/marketing/community-management/organizations/share-statistics",
        api_version=settings.api_version,
        scopes=ORGANIC_SCOPES,
        page_size=366,
        lookback_days=settings.lookback_days,
        keeps_days=True,
        is_optional=True,
    )
    return ((campaigns,) if settings.account_ids else ()) + ((pages,) if settings.organizations else ())
