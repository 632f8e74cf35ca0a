"""The built-in world: two years of Atelier Lumen, a French maker of lighting that sells to companies.

Generated from a seed, the same to the byte on every machine. One story is told once and then seen by every vendor:
visitors come to the site (GA4), some by an ad that is charged (Google Ads), some leave an address (contacts), ask for an offer
(deals, line items) and buy or don't. So the vendors agree where they should, and disagree as they do in life.

Each module tells one part, in this order: ``timeline``, ``marketing``, ``visits``, ``ads``, ``company``, ``names``, ``people``, ``sales``,
``dirt``, ``records``, ``commerce``, ``service``, ``mailings``, ``spend``, ``counts``.
"""

from dataclasses import dataclass
from typing import Any

from connectors.sandbox.world import GoogleAdsWorld, HubSpotWorld, World
from connectors.sandbox.worlds.builtin import (
    ads,
    commerce,
    counts,
    dirt,
    mailings,
    people,
    records,
    sales,
    service,
    spend,
    visits,
)
from connectors.sandbox.worlds.builtin.company import GA4_PROPERTY, SETTINGS_YAML
from connectors.sandbox.worlds.builtin.dice import Dice
from connectors.sandbox.worlds.builtin.marketing import GOOGLE_ADS_CUSTOMER
from connectors.sandbox.worlds.builtin.timeline import NOW

DEFAULT_SEED = 1

__all__ = ["DEFAULT_SEED", "build", "truth"]


@dataclass(frozen=True)
class _Story:
    visitors: list[visits.Visitor]
    google_ads: GoogleAdsWorld
    companies: list[people.Company]
    contacts: list[people.Contact]
    deals: list[sales.Deal]
    dirt: dirt.Dirt


def build(seed: int = DEFAULT_SEED) -> World:
    """The world of a seed (0 or more)."""
    story = _tell(seed)
    return World(
        name=f"builtin:{seed}",
        now=NOW,
        hubspot=_hubspot(seed, story),
        ga4={GA4_PROPERTY: ads.ga4(story.visitors)},
        google_ads={GOOGLE_ADS_CUSTOMER: story.google_ads},
        semrush=spend.semrush(Dice(seed, "semrush")),
        costs_csv=spend.costs_csv(Dice(seed, "costs")),
        settings_yaml=SETTINGS_YAML,
    )


def truth(seed: int = DEFAULT_SEED) -> dict[str, Any]:
    """What is true in the world of a seed: sizes, counts by first touch, and the ids of the dirt (:mod:`.counts`).

    Money is text in euros; channels are GA4's names, ``Offline`` beside them; campaigns are the platforms' ids.
    """
    story = _tell(seed)
    return counts.true_counts(story.visitors, story.companies, story.contacts, story.deals, story.google_ads, story.dirt)


def _hubspot(seed: int, story: _Story) -> HubSpotWorld:
    """The CRM: sales first, then what came of them, told by chances of its own so that it moves nothing else."""
    world = records.hubspot(story.companies, story.contacts, story.deals)
    world.objects |= commerce.commerce(Dice(seed, "commerce"), story.deals, story.contacts)
    world.objects |= service.service(Dice(seed, "service"), story.deals, story.contacts)
    campaigns, world.marketing_emails = mailings.mailings(Dice(seed, "mailings"), story.contacts)
    world.objects["campaigns"] = campaigns
    world.properties[service.INSTALLATIONS] = service.INSTALLATION_PROPERTIES
    world.schemas[service.INSTALLATIONS] = service.INSTALLATION_SCHEMA
    return world


def _tell(seed: int) -> _Story:
    visitors = visits.visitors(Dice(seed, "visits"))
    google_ads = ads.google_ads(Dice(seed, "ads"), visitors)
    companies, contacts = people.companies_and_contacts(Dice(seed, "people"), visitors)
    deals = sales.deals(Dice(seed, "sales"), contacts, companies)
    sales.stamp_lifecycle(deals)
    spoilt = dirt.soil(Dice(seed, "dirt"), deals, contacts, companies)
    return _Story(visitors, google_ads, companies, contacts, deals, spoilt)
