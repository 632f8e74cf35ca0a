"""Microsoft's rows in the words of the common schema. Pure.

Everything in a report is text. Money is in whole units of the account's currency, which every row names.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from connectors.ads.accounts import described
from connectors.ads.rows import CampaignDay
from connectors.ads.rows import campaign_day as rows_of
from connectors.base import NormaliseContext, Raw, Row
from connectors.microsoft_ads.streams import CHANNEL_OF_TYPE, campaign_day_id
from connectors.values import currency, day, number, optional, text, whole

PLATFORM = "microsoft_ads"

OTHER_CHANNEL = "paid_other"
"""Channel of a campaign type that is newer than the table."""

ATTRIBUTION = "conversion goal, day of the click"
"""Each conversion goal has its own window and model; that a conversion is booked on the day of its click is not confirmed."""

CONVERSIONS = ("Conversions", "ConversionsQualified")
"""The same count in two columns, of which one may be empty (https://github.com/fivetran/dbt_microsoft_ads, 2026-05)."""


def campaign_day(record: Raw, context: NormaliseContext, channel: str | None) -> Iterator[Row]:
    """The campaign, and its cost of one day. ``channel`` is the setting that overrides the campaign's type."""
    account = described(context.facts, text(record, "AccountId"))
    return rows_of(
        CampaignDay(
            source_id=campaign_day_id(record),
            platform=PLATFORM,
            account_id=account.id,
            account_zone=account.zone,
            campaign_id=text(record, "CampaignId"),
            campaign_name=record.get("CampaignName") or None,
            channel=channel or channel_of(str(record.get("CampaignType") or "")),
            day=day(record.get("TimePeriod"), "TimePeriod"),
            currency=currency(record, "CurrencyCode"),
            spend=number(text(record, "Spend"), "Spend"),
            impressions=whole(record.get("Impressions") or 0, "Impressions"),
            clicks=whole(record.get("Clicks") or 0, "Clicks"),
            conversions=_conversions(record),
            conversions_value=optional(record, "Revenue") or Decimal(0),
            attribution=ATTRIBUTION,
        ),
        context,
    )


def channel_of(campaign_type: str) -> str:
    """The channel of a campaign of this type, however it is spelt."""
    return CHANNEL_OF_TYPE.get(re.sub(r"[^a-z]", "", campaign_type.lower()), OTHER_CHANNEL)


def _conversions(record: Raw) -> Decimal:
    told = (optional(record, name) for name in CONVERSIONS)
    return next((count for count in told if count is not None), Decimal(0))
