"""From what a visit left on a contact to the campaign and channel that brought it.

A contact carries marks of its first and of its latest visit, and sometimes an ad's click id. They are tried from the
most exact to the least, and the first that answers decides (vendors' sources: HubSpot's ad tracking parameters
https://knowledge.hubspot.com/ads/ad-tracking-in-hubspot, GA4's ``utm_id`` https://support.google.com/analytics/answer/10917952,
both read 2026-11-21):

1. click id, joined to the ad click it came from;
2. the platform's campaign id in ``hsa_cam`` or ``utm_id``;
3. ``utm_campaign`` equal to the name of one campaign, once both are written the same way;
4. HubSpot's own source, else the UTM tags: a channel, no campaign.

Nothing is guessed: a name that fits two campaigns, or one whose tags contradict it (a newsletter that borrows the
name of a search campaign), names no campaign. What no rule places is ``unattributed``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple
from unicodedata import combining, normalize
from urllib.parse import unquote_plus

from kpi.channels import OTHER_CAMPAIGNS, PAID, UNATTRIBUTED, channel_of_hubspot_source, channel_of_utm, platform_of_source

CRM = "hubspot"
"""Platform of campaigns that the CRM groups its marketing by. They buy nothing."""
SPEND_FILE = "spend_file"
"""Platform of campaigns that only the spend file names."""

Rule = Literal["click_id", "campaign_id", "utm_campaign", "ambiguous_name", "original_source", "utm_channel", "unattributed"]
"""What placed a visit. ``ambiguous_name``: its ``utm_campaign`` fits several campaigns, so only the channel is kept."""

_DEFAULT_CHANNELS: Mapping[str, str] = MappingProxyType(
    {
        "google_ads": "paid_search",
        "microsoft_ads": "paid_search",
        "meta_ads": "paid_social",
        "linkedin_ads": "paid_social",
        "tiktok_ads": "paid_social",
        CRM: OTHER_CAMPAIGNS,
        SPEND_FILE: OTHER_CAMPAIGNS,
    }
)
"""Channel of a campaign whose platform does not say what it buys."""

_SEPARATORS = re.compile(r"[\s_|\u2010-\u2015-]+")
_MACRO = re.compile(r"\{[^{}]*\}|__[A-Z][A-Z_]*__")
_NOT_SET = frozenset({"", "(not set)", "(none)"})


class Marks(NamedTuple):
    """What one visit left on a contact; the columns ``first_*`` or ``last_*`` of :class:`kpi.schema.Contact`."""

    source: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_id: str | None = None
    hsa_cam: str | None = None
    hsa_net: str | None = None
    clicked_campaign: str | None = None
    """Campaign key of the ad click whose id the contact carries, when that click was this visit."""


class Place(NamedTuple):
    """Where a visit belongs. ``campaign`` is a campaign key or ``unattributed``."""

    channel: str
    campaign: str
    rule: Rule


NOWHERE = Place(UNATTRIBUTED, UNATTRIBUTED, "unattributed")


class KnownName(NamedTuple):
    """A name that a platform's campaign has or had. Several per campaign when it was renamed; the current one first."""

    platform: str
    campaign_id: str
    name: str | None
    channel: str | None


class FileCampaign(NamedTuple):
    """A campaign that an entry of the spend file names."""

    name: str
    channel: str | None


@dataclass(frozen=True)
class CampaignInfo:
    """A campaign as it is shown. ``key`` is ``<platform>/<campaign id>``, or ``spend_file/<match key of its name>``."""

    key: str
    platform: str
    channel: str
    title: str


@dataclass(frozen=True)
class CampaignIndex:
    """Every campaign that is known, by key, by platform id and by name."""

    campaigns: Mapping[str, CampaignInfo] = field(default_factory=dict)
    by_id: Mapping[str, tuple[CampaignInfo, ...]] = field(default_factory=dict)
    """Platform's campaign id -> the campaigns that carry it (two platforms may use one number)."""
    by_name: Mapping[str, tuple[CampaignInfo, ...]] = field(default_factory=dict)
    """Match key -> the campaigns that have or had this name."""

    def of_file(self, entry: FileCampaign) -> CampaignInfo:
        """The campaign that a spend-file entry pays for.

        A platform's campaign of that name, if it is the only one and the entry claims no other channel (the CRM's claim none): an agency's fee for
        "Brand FR" belongs to "Brand FR". Else the file's own campaign.
        """
        name = match_key(entry.name)
        bought = tuple(c for c in self.by_name.get(name, ()) if c.platform != SPEND_FILE)
        if len(bought) == 1 and (entry.channel in {None, bought[0].channel} or bought[0].platform == CRM):
            return bought[0]
        return self.campaigns[f"{SPEND_FILE}/{name}"]


def match_key(name: str) -> str:
    """How a campaign's name is compared: percent-decoded, without case or accents, every separator one space."""
    text = normalize("NFKC", unquote_plus(name)).casefold()
    bare = "".join(c for c in normalize("NFKD", text) if not combining(c))
    return _SEPARATORS.sub(" ", bare).strip()


def campaign_index(platform_names: Iterable[KnownName], file_campaigns: Iterable[FileCampaign] = ()) -> CampaignIndex:
    """The index of all campaigns. Every name a campaign ever had points at it; its title is the first one given.

    One of the CRM's that is called like a platform's is that one: visits through it must not become ambiguous.
    """
    campaigns: dict[str, CampaignInfo] = {}
    by_id: dict[str, tuple[CampaignInfo, ...]] = {}
    by_name: dict[str, tuple[CampaignInfo, ...]] = {}
    for known in sorted(_campaigns_first_channel(platform_names), key=lambda known: known.platform == CRM):
        if known.platform == CRM and any(c.platform != CRM for c in by_name.get(match_key(known.name or ""), ())):
            continue
        key = f"{known.platform}/{known.campaign_id}"
        if key not in campaigns:
            channel = known.channel or _DEFAULT_CHANNELS.get(known.platform, "paid_other")
            info = campaigns[key] = CampaignInfo(key, known.platform, channel, known.name or known.campaign_id)
            by_id[known.campaign_id] = (*by_id.get(known.campaign_id, ()), info)
        _name(by_name, known.name, campaigns[key])
    index = CampaignIndex(campaigns, by_id, by_name)
    for entry in sorted(file_campaigns, key=lambda e: e.channel is None):
        name = match_key(entry.name)
        key = f"{SPEND_FILE}/{name}"
        campaigns.setdefault(key, CampaignInfo(key, SPEND_FILE, entry.channel or OTHER_CAMPAIGNS, entry.name.strip()))
        if index.of_file(entry).key == key:
            _name(by_name, entry.name, campaigns[key])
    return index


def _campaigns_first_channel(names: Iterable[KnownName]) -> list[KnownName]:
    """The same names, each with the channel of the first row of its campaign that has one."""
    rows = list(names)
    channels: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.channel:
            channels.setdefault((row.platform, row.campaign_id), row.channel)
    return [row._replace(channel=channels.get((row.platform, row.campaign_id))) for row in rows]


def _name(by_name: dict[str, tuple[CampaignInfo, ...]], name: str | None, campaign: CampaignInfo) -> None:
    key = match_key(name or "")
    if key and campaign not in by_name.get(key, ()):
        by_name[key] = (*by_name.get(key, ()), campaign)


def place(marks: Marks, index: CampaignIndex) -> Place:
    """The channel and campaign of a visit, and the rule that found them."""
    campaign = index.campaigns.get(marks.clicked_campaign or "")
    if campaign is not None:
        return Place(campaign.channel, campaign.key, "click_id")
    campaign = _by_id(marks, index)
    if campaign is not None:
        return Place(campaign.channel, campaign.key, "campaign_id")
    named = _by_name(marks, index)
    if len(named) == 1:
        return Place(named[0].channel, named[0].key, "utm_campaign")
    fallback = _channel_only(marks)
    if named:
        channels = {c.channel for c in named}
        channel = channels.pop() if len(channels) == 1 else fallback.channel
        return Place(channel, UNATTRIBUTED, "ambiguous_name")
    return fallback


def tagging_faults(marks: Marks) -> tuple[str, ...]:
    """Marks that hold a macro the ad platform never filled in, such as ``{campaignid}``; they count as missing."""
    return tuple(name for name, value in marks._asdict().items() if value is not None and _MACRO.search(unquote_plus(value)))


def _by_id(marks: Marks, index: CampaignIndex) -> CampaignInfo | None:
    """The campaign whose id a tag carries: of the platform the tags name, or of any when they name none."""
    net, source = platform_of_source(_clean(marks.hsa_net)), platform_of_source(_clean(marks.utm_source))
    for campaign_id, platform in ((_clean(marks.hsa_cam), net or source), (_clean(marks.utm_id), source or net)):
        found = [c for c in index.by_id.get(campaign_id or "", ()) if platform in {None, c.platform}]
        if len(found) == 1:
            return found[0]
    return None


def _by_name(marks: Marks, index: CampaignIndex) -> tuple[CampaignInfo, ...]:
    """Campaigns called like ``utm_campaign`` that the other tags do not contradict."""
    name = _clean(marks.utm_campaign)
    if name is None:
        return ()
    platform = platform_of_source(_clean(marks.utm_source)) or platform_of_source(_clean(marks.hsa_net))
    medium = _clean(marks.utm_medium)
    channel = channel_of_utm(_clean(marks.utm_source), medium, None)
    is_unpaid = medium is not None and channel not in PAID and channel != UNATTRIBUTED
    fitting = [c for c in index.by_name.get(match_key(name), ()) if not (is_unpaid and c.channel in PAID)]
    if platform is not None:
        same = [c for c in fitting if c.platform == platform]
        fitting = same or [c for c in fitting if c.platform in {SPEND_FILE, CRM}]
    return tuple(fitting)


def _channel_only(marks: Marks) -> Place:
    channel = channel_of_hubspot_source(marks.source)
    if channel != UNATTRIBUTED:
        return Place(channel, UNATTRIBUTED, "original_source")
    channel = channel_of_utm(_clean(marks.utm_source), _clean(marks.utm_medium), _clean(marks.utm_campaign))
    if channel != UNATTRIBUTED:
        return Place(channel, UNATTRIBUTED, "utm_channel")
    return NOWHERE


def _clean(value: str | None) -> str | None:
    """The tag, or None when it is empty or holds a macro that was never filled in."""
    text = (value or "").strip()
    if text.casefold() in _NOT_SET or _MACRO.search(unquote_plus(text)):
        return None
    return text
