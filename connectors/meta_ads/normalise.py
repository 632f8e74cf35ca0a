"""Meta's records in the words of the common schema. Pure.

All numbers arrive as text, in whole units of the account's currency. A row that is answered leaves out what is 0: only there is a
missing count zero.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from connectors.ads.accounts import described
from connectors.ads.rows import CampaignDay
from connectors.ads.rows import campaign_day as rows_of
from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.meta_ads.settings import MetaAdsSettings
from connectors.meta_ads.streams import campaign_day_id, social_day_id
from connectors.values import currency, day, number, part, text, whole

PLATFORM = "meta_ads"


def campaign_day(record: Raw, context: NormaliseContext, settings: MetaAdsSettings) -> Iterator[Row]:
    """The campaign, and its figures of one day of the ad account's zone."""
    on = day(record.get("date_start"), "date_start")
    if day(record.get("date_stop"), "date_stop") != on:
        raise BadValue(f"date_stop: {record['date_stop']!r} is not the day of date_start, {on}: the row is of several days")
    account = described(context.facts, text(record, "account_id"))
    windows = settings.attribution_windows
    return rows_of(
        CampaignDay(
            source_id=campaign_day_id(record),
            platform=PLATFORM,
            account_id=account.id,
            account_zone=account.zone,
            campaign_id=text(record, "campaign_id"),
            campaign_name=record.get("campaign_name"),
            channel=settings.channel,
            day=on,
            currency=currency(record, "account_currency"),
            spend=number(text(record, "spend"), "spend"),
            impressions=whole(record.get("impressions") or 0, "impressions"),
            clicks=whole(record.get("clicks") or 0, "clicks"),
            conversions=counted(record, "actions", settings.conversion_actions, windows),
            conversions_value=counted(record, "action_values", settings.conversion_actions, windows),
            leads=counted(record, "actions", settings.lead_actions, windows),
            attribution=",".join(windows),
        ),
        context,
    )


def counted(record: Raw, name: str, types: Sequence[str], windows: Sequence[str]) -> Decimal:
    """What the actions of these types add up to in these windows. ``value`` is not used: it is of the window that each ad set
    happens to have. An action bears no key for a window in which nothing happened."""
    total = Decimal(0)
    actions = record.get(name) or []
    if not isinstance(actions, list):
        raise BadValue(f"{name}: {str(actions)[:40]!r} is not a list")
    for action in actions:
        if not isinstance(action, dict):
            raise BadValue(f"{name}: {str(action)[:40]!r} is not an action")
        if action.get("action_type") in types:
            total += sum((number(action[w], f"{name}.{w}") for w in windows if w in action), Decimal(0))
    return total


def social_day(record: Raw) -> Iterator[Row]:
    """A day of a page or of an Instagram account."""
    values = part(record, "values")
    known: dict[str, Any] = {
        "source_id": social_day_id(record),
        "network": text(record, "network"),
        "account_id": text(record, "account_id"),
        "stats_on": day(record.get("day"), "day"),
    }
    if record["network"] == "facebook":
        told = {
            "followers": _count(values, "page_follows"),
            "impressions": _count(values, "page_media_view"),
            "reach": _count(values, "page_total_media_view_unique"),
            "engagements": _count(values, "page_post_engagements"),
        }
    else:
        told = {
            "followers": _count(record, "followers"),
            "impressions": _count(values, "views"),
            "reach": _count(values, "reach"),
            "likes": _count(values, "likes"),
            "comments": _count(values, "comments"),
            "shares": _count(values, "shares"),
        }
    yield "social_stats_daily", known | told


def _count(values: Any, name: str) -> int | None:
    """None: the network did not tell it."""
    value = values.get(name)
    return None if value is None else whole(value, name)
