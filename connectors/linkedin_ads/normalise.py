"""LinkedIn's rows in the words of the common schema. Pure.

A figure that LinkedIn leaves out of an answered row is zero: rows without any figure are not answered at all
(https://learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/ads-reporting-schema, 2026-11-21).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from connectors.ads.accounts import described
from connectors.ads.rows import CampaignDay
from connectors.ads.rows import campaign_day as rows_of
from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.linkedin_ads.streams import MONEY, campaign_day_id, figure, page_day_id
from connectors.values import currency, part, text, whole
from connectors.values import day as day_of

PLATFORM = "linkedin_ads"
NETWORK = "linkedin"

ATTRIBUTION = "post-click and post-view"
"""``externalWebsiteConversions``; how long after a click or a view is set for each conversion in Campaign Manager."""


def campaign_day(record: Raw, context: NormaliseContext, channel: str) -> Iterator[Row]:
    """The campaign, and its cost of one day of UTC."""
    account = described(context.facts, text(record, "account"))
    clicks = whole(figure(record, "clicks"), "clicks")
    if clicks and record.get(MONEY) is None:
        # A click is charged. Were the field gone for good, all spend would turn into nothing without a word.
        raise BadValue(f"{MONEY}: missing, though there were {clicks} clicks")
    return rows_of(
        CampaignDay(
            source_id=campaign_day_id(record),
            platform=PLATFORM,
            account_id=account.id,
            account_zone=account.zone,
            campaign_id=text(record, "campaign"),
            campaign_name=record.get("campaignName"),
            channel=channel,
            day=_day(record),
            currency=currency({"currency": account.currency}, "currency"),
            spend=figure(record, MONEY),
            impressions=whole(figure(record, "impressions"), "impressions"),
            clicks=clicks,
            conversions=figure(record, "externalWebsiteConversions"),
            conversions_value=figure(record, "conversionValueInLocalCurrency"),
            leads=figure(record, "oneClickLeads"),
            attribution=ATTRIBUTION,
        ),
        context,
    )


def page_day(record: Raw) -> Iterator[Row]:
    """What a company page had and did on one day."""
    shares = record.get("shareStatistics") or {}
    yield (
        "social_stats_daily",
        {
            "source_id": page_day_id(record),
            "network": NETWORK,
            "account_id": text(record, "organization"),
            "stats_on": day_of(record.get("day"), "day"),
            "followers": record.get("followers"),
            "impressions": _count(shares, "impressionCount"),
            "reach": _count(shares, "uniqueImpressionsCount"),
            "likes": _count(shares, "likeCount"),
            "comments": _count(shares, "commentCount"),
            "shares": _count(shares, "shareCount"),
            "clicks": _count(shares, "clickCount"),
        },
    )


def _day(record: Raw) -> date:
    """The one day of a row. Raises :class:`BadValue` for a row of several, which a whole read would count on its first."""
    span = part(record, "dateRange")
    first, last = (_date(part(span, end), f"dateRange.{end}") for end in ("start", "end"))
    if first != last:
        raise BadValue(f"dateRange: {first} to {last} is not one day")
    return first


def _date(parts: Mapping[str, Any], name: str) -> date:
    year, month, day = (whole(parts.get(one), f"{name}.{one}") for one in ("year", "month", "day"))
    try:
        return date(year, month, day)
    except ValueError:
        raise BadValue(f"{name}: {dict(parts)} is not a day") from None


def _count(shares: Mapping[str, Any], name: str) -> int | None:
    """Null is what LinkedIn does not tell."""
    value = shares.get(name)
    return None if value is None else whole(value, f"totalShareStatistics.{name}")
