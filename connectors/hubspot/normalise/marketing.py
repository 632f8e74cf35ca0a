"""Campaigns of the CRM's own, marketing e-mails, and what came of e-mails day by day. Counters only, ratios are not copied."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.hubspot.normalise.common import Rows, archived_at, properties_of, stamp
from connectors.hubspot.values import day_of, impersonal, moment, without_person

PLATFORM = "hubspot"

COUNTERS: Mapping[str, str] = MappingProxyType(
    {
        "selected": "selected",
        "sent": "sent",
        "delivered": "delivered",
        "opened": "open",
        "clicked": "click",
        "bounced": "bounce",
        "hard_bounced": "hardbounced",
        "soft_bounced": "softbounced",
        "unsubscribed": "unsubscribed",
        "reported_as_spam": "spamreport",
        "contacts_lost": "contactslost",
        "dropped": "dropped",
        "not_sent": "notsent",
        "pending": "pending",
        "replied": "reply",
        "suppressed": "suppressed",
    }
)
"""Our column -> HubSpot's counter (FACTS §10.1)."""


def campaigns(context: NormaliseContext) -> Rows:
    account_id = str(context.facts.get("portal_id"))

    def rows(record: Raw) -> Iterator[Row]:
        properties, campaign_id = properties_of(record), str(record["id"])
        yield (
            "campaign",
            {
                "source_id": campaign_id,
                "platform": PLATFORM,
                "account_id": account_id,
                "campaign_id": campaign_id,
                "campaign_name": impersonal(properties, "hs_name") or campaign_id,
                "channel": None,  # it groups e-mails, pages, ads: it buys no channel of its own
            },
        )

    return rows


def emails(context: NormaliseContext) -> Rows:
    account_id, zone = str(context.facts.get("portal_id")), context.zone

    def rows(record: Raw) -> Iterator[Row]:
        email_id, published_at = str(record["id"]), stamp(record, "publishDate")
        counted = (record.get("stats") or {}).get("counters")
        yield (
            "marketing_email",
            {
                "source_id": email_id,
                "account_id": account_id,
                "email_id": email_id,
                "email_name": without_person(_text(record, "name")),
                "email_type": _text(record, "type"),
                "state": _text(record, "state"),
                "campaign_id": _text(record, "campaign"),
                "published_at": published_at,
                "published_on": day_of(published_at, zone),
                **(_counters(counted) if counted is not None else {}),
                "archived_at": archived_at(record),
            },
        )

    return rows


def statistics(context: NormaliseContext) -> Rows:
    account_id = str(context.facts.get("portal_id"))
    account_zone = str(context.facts.get("zone") or "UTC")

    def rows(record: Raw) -> Iterator[Row]:
        start = moment(str(record["interval"]["start"]), "interval.start")
        zone = day_zone(start, account_zone)
        yield (
            "email_stats_daily",
            {
                "source_id": f"{account_id}/{start.isoformat()}",
                "account_id": account_id,
                "stats_on": start.astimezone(ZoneInfo(zone)).date(),
                "day_zone": zone,
                **_counters((record.get("aggregations") or {}).get("counters") or {}),
            },
        )

    return rows


def day_zone(start: datetime, account_zone: str) -> str:
    """In which zone a day that begins at ``start`` was cut: the account's, or UTC (which of them HubSpot takes is UNVERIFIED)."""
    return account_zone if start.astimezone(ZoneInfo(account_zone)).time() == time() else "UTC"


def _counters(counted: Any) -> dict[str, int]:
    """A counter that is not there is nought."""
    if not isinstance(counted, Mapping):
        raise BadValue("counters: not an object")
    found = {column: counted.get(name) or 0 for column, name in COUNTERS.items()}
    for column, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValue(f"counters.{COUNTERS[column]}: {value!r} is not a whole number")
    return found


def _text(record: Raw, key: str) -> str | None:
    value = record.get(key)
    return str(value) if value not in (None, "") else None
