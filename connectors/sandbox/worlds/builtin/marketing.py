"""Where visitors come from: channels, the dozen campaigns, and the marks that a visit leaves in GA4 and in the CRM.

The awkward ones are here on purpose: a campaign renamed half-way under one id, two campaigns of one name, links tagged
with another spelling of the name, with an unexpanded macro, or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import quote

from connectors.sandbox.worlds.builtin.dice import Dice, Weighted
from connectors.sandbox.worlds.builtin.timeline import DAYS, day_index

SITE = "https://www.atelier-lumen.example"
GOOGLE_ADS_CUSTOMER = "1234567890"


class Channel(StrEnum):
    """Channels, by GA4's name for them; ``OFFLINE`` is what only the CRM knows."""

    PAID_SEARCH = "Paid Search"
    PAID_SOCIAL = "Paid Social"
    ORGANIC_SEARCH = "Organic Search"
    EMAIL = "Email"
    REFERRAL = "Referral"
    DIRECT = "Direct"
    OFFLINE = "Offline"


HUBSPOT_SOURCES = {
    Channel.PAID_SEARCH: "PAID_SEARCH",
    Channel.PAID_SOCIAL: "PAID_SOCIAL",
    Channel.ORGANIC_SEARCH: "ORGANIC_SEARCH",
    Channel.EMAIL: "EMAIL_MARKETING",
    Channel.REFERRAL: "REFERRALS",
    Channel.DIRECT: "DIRECT_TRAFFIC",
    Channel.OFFLINE: "OFFLINE",
}


@dataclass(frozen=True)
class Campaign:
    """One campaign of one platform; ``id`` is the platform's own."""

    id: str
    name: str
    channel: Channel
    source: str
    medium: str
    slug: str
    """``utm_campaign`` as it was meant."""
    other_spelling: str
    """``utm_campaign`` as somebody typed it elsewhere, already encoded for a link."""
    weight: int
    first_day: int = 0
    last_day: int = DAYS - 1
    cpc_cents: int = 0
    weekly_cents: int = 0
    """Spend of a paid-social week before season and chance."""
    renamed_on: int | None = None
    new_name: str = ""

    def name_on(self, day: int) -> str:
        """The platform's name for it on that day."""
        return self.new_name if self.renamed_on is not None and day >= self.renamed_on else self.name

    def runs_on(self, day: int) -> bool:
        return self.first_day <= day <= self.last_day

    @property
    def is_google(self) -> bool:
        return self.source == "google"


def _google(
    id: str,
    name: str,
    slug: str,
    other: str,
    weight: int,
    cpc_cents: int,
    *,
    first_day: int = 0,
    last_day: int = DAYS - 1,
    renamed: tuple[int | None, str] = (None, ""),
) -> Campaign:
    day, new = renamed
    return Campaign(
        id, name, Channel.PAID_SEARCH, "google", "cpc", slug, other, weight, first_day, last_day, cpc_cents, 0, day, new
    )


def _social(
    id: str,
    name: str,
    source: str,
    slug: str,
    other: str,
    weight: int,
    weekly_cents: int,
    *,
    first_day: int = 0,
    last_day: int = DAYS - 1,
) -> Campaign:
    return Campaign(
        id, name, Channel.PAID_SOCIAL, source, "paid_social", slug, other, weight, first_day, last_day, 0, weekly_cents
    )


_RELAUNCH = day_index(date(2025, 10, 1))

GOOGLE_CAMPAIGNS: tuple[Campaign, ...] = (
    _google("20011001001", "Brand FR", "brand_fr", "Brand+FR", 30, 95),
    _google(
        "20011001002",
        "Generic Office Lighting",
        "generic_office",
        "Generic+Office+Lighting",
        26,
        235,
        renamed=(day_index(date(2025, 6, 1)), "Search Bureaux FR"),
    ),
    _google("20011001003", "Competitors FR", "competitors_fr", "competitors-fr", 12, 320, first_day=day_index(date(2025, 3, 3))),
    _google("20011001004", "Retail Lighting", "retail_lighting", "Retail+Lighting", 16, 210, last_day=_RELAUNCH - 1),
    _google("20011001005", "Retail Lighting", "retail_lighting", "RETAIL%20LIGHTING", 18, 225, first_day=_RELAUNCH),
    _google("20011001006", "Architects FR", "architects_fr", "Architects%20FR", 10, 275),
)
"""The fourth and fifth share their name: the second was launched anew. The second of all was renamed under its id."""

SOCIAL_CAMPAIGNS: tuple[Campaign, ...] = (
    _social("610002001", "LinkedIn Décideurs", "linkedin", "linkedin_decideurs", "LinkedIn+D%C3%A9cideurs", 10, 18_500),
    _social(
        "610002002", "LinkedIn Architectes", "linkedin", "linkedin_architectes", "linkedin-architectes", 7, 12_500, first_day=150
    ),
    _social("120208770000001", "Meta Retargeting", "facebook", "meta_retargeting", "META_Retargeting", 12, 9_000),
    _social(
        "120208770000002",
        "Meta Showroom Paris",
        "facebook",
        "meta_showroom_paris",
        "Meta+Showroom+Paris",
        8,
        11_000,
        last_day=520,
    ),
)

EMAIL_CAMPAIGNS: tuple[Campaign, ...] = (
    Campaign(
        "3001", "Newsletter mensuelle", Channel.EMAIL, "hubspot", "email", "newsletter_mensuelle", "Newsletter+mensuelle", 7
    ),
    Campaign("3002", "Relance catalogue", Channel.EMAIL, "hubspot", "email", "relance_catalogue", "relance-catalogue", 4),
)

CAMPAIGNS: tuple[Campaign, ...] = GOOGLE_CAMPAIGNS + SOCIAL_CAMPAIGNS + EMAIL_CAMPAIGNS
_BY_CHANNEL = {
    Channel.PAID_SEARCH: GOOGLE_CAMPAIGNS,
    Channel.PAID_SOCIAL: SOCIAL_CAMPAIGNS,
    Channel.EMAIL: EMAIL_CAMPAIGNS,
}


@dataclass(frozen=True)
class Touch:
    """What brought one visit."""

    channel: Channel
    source: str
    medium: str
    campaign: Campaign | None = None


_DIRECT = Touch(Channel.DIRECT, "(direct)", "(none)")
_ORGANIC = Weighted(
    (Touch(Channel.ORGANIC_SEARCH, "google", "organic"), 88),
    (Touch(Channel.ORGANIC_SEARCH, "bing", "organic"), 8),
    (Touch(Channel.ORGANIC_SEARCH, "qwant", "organic"), 4),
)
_REFERRAL = Weighted(
    *(
        (Touch(Channel.REFERRAL, site, "referral"), weight)
        for site, weight in (("architectes-associes.example", 5), ("annuaire-led.example", 3), ("salon-lumiville.example", 2))
    )
)
_BY_CAMPAIGN = {campaign.id: Touch(campaign.channel, campaign.source, campaign.medium, campaign) for campaign in CAMPAIGNS}


def touch(dice: Dice, channel: Channel, day: int) -> Touch:
    """A visit through ``channel`` on that day; through one of the campaigns that run then, where the channel has any."""
    if channel is Channel.ORGANIC_SEARCH:
        return dice.draw(_ORGANIC)
    if channel is Channel.REFERRAL:
        return dice.draw(_REFERRAL)
    running = [campaign for campaign in _BY_CHANNEL.get(channel, ()) if campaign.runs_on(day)]
    if not running:
        return _DIRECT
    return _BY_CAMPAIGN[dice.draw(Weighted(*((campaign, campaign.weight) for campaign in running))).id]


# --- What GA4 sees -------------------------------------------------------------------------------------


def ga4_dimensions(seen: Touch, day: int, scope: str) -> dict[str, str]:
    """GA4's traffic-source dimensions in one scope, ``session`` or ``firstUser``.

    Names from https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema (2026-11-21). A Google
    Ads click is known by the ads link: it shows the campaign's name of that day, whatever the link's tags say.
    """
    campaign = seen.campaign
    if campaign is None:
        name, campaign_id = {"organic": "(organic)", "referral": "(referral)"}.get(seen.medium, "(direct)"), "(not set)"
    else:
        name, campaign_id = campaign.name_on(day) if campaign.is_google else campaign.slug, campaign.id
    is_google = campaign is not None and campaign.is_google
    values = {
        "DefaultChannelGroup": str(seen.channel),
        "Source": seen.source,
        "Medium": seen.medium,
        "SourceMedium": f"{seen.source} / {seen.medium}",
        "CampaignName": name,
        "CampaignId": campaign_id,
        "ManualCampaignId": "(not set)" if is_google else campaign_id,
        "GoogleAdsCampaignId": campaign_id if is_google else "(not set)",
        "GoogleAdsCampaignName": name if is_google else "(not set)",
        "GoogleAdsCustomerId": GOOGLE_ADS_CUSTOMER if is_google else "(not set)",
    }
    return {scope + key: value for key, value in values.items()}


# --- What the CRM keeps --------------------------------------------------------------------------------


class Tagging(StrEnum):
    """How the link of a visit was tagged."""

    FULL = "utm tags with id, and hsa"
    UTM_ID = "utm tags with id"
    HSA = "hsa, no campaign name"
    NAME = "utm_campaign in another spelling, no id"
    MACRO = "an unexpanded macro for an id"
    NONE = "nothing"


TAGGINGS: dict[Channel, Weighted[Tagging]] = {
    Channel.PAID_SEARCH: Weighted(
        (Tagging.FULL, 34), (Tagging.UTM_ID, 20), (Tagging.HSA, 12), (Tagging.NAME, 18), (Tagging.MACRO, 4), (Tagging.NONE, 12)
    ),
    Channel.PAID_SOCIAL: Weighted((Tagging.FULL, 38), (Tagging.UTM_ID, 26), (Tagging.NAME, 24), (Tagging.NONE, 12)),
    Channel.EMAIL: Weighted((Tagging.UTM_ID, 50), (Tagging.NAME, 36), (Tagging.NONE, 14)),
}

_HSA_NETS = {"google": "adwords", "linkedin": "linkedin", "facebook": "facebook"}


def link(seen: Touch, tagging: Tagging, page: str, gclid: str | None = None) -> str:
    """The address that the CRM recorded for a visit: the page with the tags that survived."""
    campaign = seen.campaign
    tags: list[tuple[str, str]] = []
    if campaign is not None:
        tags = _tags(campaign, tagging)
    if gclid is not None:
        tags.append(("gclid", gclid))
    query = "&".join(f"{key}={value}" for key, value in tags)
    return f"{SITE}{page}?{query}" if query else f"{SITE}{page}"


def _tags(campaign: Campaign, tagging: Tagging) -> list[tuple[str, str]]:
    origin = [("utm_source", campaign.source), ("utm_medium", campaign.medium)]
    name, id = ("utm_campaign", quote(campaign.slug)), ("utm_id", campaign.id)
    hsa = [
        ("hsa_acc", GOOGLE_ADS_CUSTOMER if campaign.is_google else "500300200"),
        ("hsa_cam", campaign.id),
        ("hsa_net", _HSA_NETS.get(campaign.source, campaign.source)),
        ("hsa_ver", "3"),
    ]
    by_tagging: dict[Tagging, Sequence[tuple[str, str]]] = {
        Tagging.FULL: [*origin, name, id, *hsa],
        Tagging.UTM_ID: [*origin, name, id],
        Tagging.HSA: [*origin, *hsa],
        Tagging.NAME: [*origin, ("utm_campaign", campaign.other_spelling)],
        Tagging.MACRO: [*origin, ("utm_id", "{campaignid}")],
        Tagging.NONE: [],
    }
    return list(by_tagging[tagging])


def source_data(seen: Touch, day: int, page: str) -> tuple[str, str]:
    """HubSpot's two drill-downs of a source; what they hold depends on the source."""
    campaign = seen.campaign
    if seen.channel is Channel.PAID_SEARCH and campaign is not None:
        return campaign.name_on(day), "Unknown keywords (SSL)"
    if seen.channel is Channel.PAID_SOCIAL and campaign is not None:
        return {"linkedin": "LinkedIn"}.get(seen.source, "Facebook"), campaign.name
    if seen.channel is Channel.EMAIL and campaign is not None:
        return campaign.name, "hubspot"
    if seen.channel is Channel.ORGANIC_SEARCH:
        return "Unknown keywords (SSL)", seen.source
    if seen.channel is Channel.REFERRAL:
        return seen.source, f"{seen.source}/liens"
    return f"www.atelier-lumen.example{page}", ""
