"""What the generator knows and the vendors only hint at: the counts that a pull, however clever, cannot exceed.

Counts are of what the vendors answer at the start: merged-away contacts and archived deals are out, and so is all
traffic and spend after now. A deal's first touch is the first of its contacts' first touches, also where the tags that would
tell the campaign were lost; a deal without contacts is ``none``.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from connectors.sandbox.world import GoogleAdsWorld
from connectors.sandbox.worlds.builtin.company import NEW_BUSINESS, RENEWALS
from connectors.sandbox.worlds.builtin.dirt import Dirt
from connectors.sandbox.worlds.builtin.people import Company, Contact
from connectors.sandbox.worlds.builtin.records import money
from connectors.sandbox.worlds.builtin.sales import Deal
from connectors.sandbox.worlds.builtin.timeline import NOW_AT, TODAY, date_text
from connectors.sandbox.worlds.builtin.visits import Visitor

NONE = "none"


def true_counts(
    people: Iterable[Visitor],
    companies: Sequence[Company],
    contacts: Sequence[Contact],
    deals: Sequence[Deal],
    ads: GoogleAdsWorld,
    dirt: Dirt,
) -> dict[str, Any]:
    """See :func:`connectors.sandbox.worlds.builtin.truth`."""
    present = [contact for contact in contacts if contact.merged_into is None]
    living = [deal for deal in deals if deal.archived_at is None]
    won = [deal for deal in living if deal.is_won]
    visits = [visit for person in people for visit in person.visits if visit.at < NOW_AT]
    until_yesterday = [row for row in ads.rows if row["date"] < date_text(TODAY)]
    micros = sum(row["cost_micros"] for row in until_yesterday)
    return {
        "contacts": len(present),
        "companies": len(companies),
        "deals": len(living),
        "line_items": sum(len(deal.lines) for deal in deals),
        "sessions": len(visits),
        "leads_on_the_site": sum(visit.is_lead for visit in visits),
        "contacts_by_first_channel": _counted(contact.first_channel for contact in present),
        "contacts_by_first_campaign": _counted(_campaign(contact) for contact in present),
        "sessions_by_channel": _counted(visit.touch.channel for visit in visits),
        "deals_won": len(won),
        "deals_lost": sum(deal.is_closed and not deal.is_won for deal in living),
        "deals_open": sum(not deal.is_closed for deal in living),
        "deals_won_by_pipeline": {
            pipeline.id: sum(deal.pipeline is pipeline for deal in won) for pipeline in (NEW_BUSINESS, RENEWALS)
        },
        "deals_won_by_first_channel": _counted(_channel(deal) for deal in won),
        "deals_won_by_first_campaign": _counted(_campaign(_first(deal)) for deal in won),
        "revenue_won": money(sum(deal.home_cents or 0 for deal in won)),
        "google_ads_spend_until_yesterday": money(micros // 10_000),
        "google_ads_clicks_until_yesterday": sum(row["clicks"] for row in until_yesterday),
        "dirt": asdict(dirt),
    }


def _first(deal: Deal) -> Contact | None:
    return min(deal.contacts, key=lambda contact: contact.first_seen_at, default=None)


def _channel(deal: Deal) -> str:
    first = _first(deal)
    return str(first.first_channel) if first else NONE


def _campaign(contact: Contact | None) -> str:
    visit = contact.first_visit if contact else None
    return visit.touch.campaign.id if visit and visit.touch.campaign else NONE


def _counted(keys: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(map(str, keys)).items()))
