"""Channels: one list of words for where people and money come from, whoever says it.

Our channels are GA4's default channel groups written as slugs, so that web figures need no translation, plus what
only a CRM or a spend file knows (offline, events, other campaigns) and ``unattributed`` for what matches nothing.
Every function here gives a slug of :data:`TITLES`; none raises.

Sources are recognised by short lists of the names that people put in links, not by GA4's 800 domains: what the CRM
hands us are UTM tags and its own source categories. The rules are those of GA4's default channel group
(https://support.google.com/analytics/answer/9756891, read 2026-11-21), in its order, with one addition of ours:
assistants such as ChatGPT are ``ai_assistant`` before they are referrals.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from unicodedata import combining, normalize

from kpi.text import Text

UNATTRIBUTED = "unattributed"
OTHER_CAMPAIGNS = "other_campaigns"

TITLES: Mapping[str, Text] = MappingProxyType(
    {
        "paid_search": Text("Paid search", "Recherche payante"),
        "organic_search": Text("Organic search", "Recherche naturelle"),
        "paid_social": Text("Paid social", "Réseaux sociaux payants"),
        "organic_social": Text("Organic social", "Réseaux sociaux"),
        "email": Text("E-mail", "E-mail"),
        "referral": Text("Referral", "Sites référents"),
        "direct": Text("Direct", "Accès direct"),
        "display": Text("Display", "Display"),
        "paid_video": Text("Paid video", "Vidéo payante"),
        "organic_video": Text("Organic video", "Vidéo"),
        "paid_shopping": Text("Paid shopping", "Shopping payant"),
        "organic_shopping": Text("Organic shopping", "Shopping"),
        "cross_network": Text("Cross-network", "Multi-réseaux"),
        "paid_other": Text("Paid, other", "Autre payant"),
        "affiliates": Text("Affiliates", "Affiliation"),
        "audio": Text("Audio", "Audio"),
        "sms": Text("SMS", "SMS"),
        "mobile_push": Text("Mobile push", "Notifications mobiles"),
        "ai_assistant": Text("AI assistants", "Assistants IA"),
        "offline": Text("Offline", "Hors ligne"),
        "events": Text("Events", "Événements"),
        OTHER_CAMPAIGNS: Text("Other campaigns", "Autres campagnes"),
        UNATTRIBUTED: Text("Unattributed", "Non attribué"),
    }
)
"""Every channel, in the order it is shown."""

CHANNELS: tuple[str, ...] = tuple(TITLES)

PAID: frozenset[str] = frozenset(
    {"paid_search", "paid_social", "display", "paid_video", "paid_shopping", "cross_network", "paid_other", "affiliates", "audio"}
)
"""Channels where visits are bought: what ``cac_paid`` counts. An event or a mailing costs money too, but buys no visit."""


# --- Names that others use -----------------------------------------------------------------------------

_GA4_GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "mobile_push_notifications": "mobile_push",
        "ai_assistants": "ai_assistant",
        "unassigned": UNATTRIBUTED,
        "affiliate": "affiliates",
    }
)
"""GA4 groups whose slug is not simply their name."""

_HUBSPOT_SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "ORGANIC_SEARCH": "organic_search",
        "PAID_SEARCH": "paid_search",
        "EMAIL_MARKETING": "email",
        "SOCIAL_MEDIA": "organic_social",
        "PAID_SOCIAL": "paid_social",
        "REFERRALS": "referral",
        "OTHER_CAMPAIGNS": OTHER_CAMPAIGNS,
        "DIRECT_TRAFFIC": "direct",
        "OFFLINE": "offline",
        "AI_REFERRALS": "ai_assistant",
    }
)
"""``hs_analytics_source`` (https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide, 2026-11-21).
``AI_REFERRALS`` is newer than that page."""

_SEARCH = frozenset({"google", "adwords", "bing", "microsoft", "yahoo", "duckduckgo", "ecosia", "qwant", "baidu", "yandex"})
_SOCIAL = frozenset(
    {"facebook", "fb", "meta", "instagram", "ig", "linkedin", "li", "lnkd", "tiktok", "tt", "x", "twitter", "pinterest", "reddit"}
)
_VIDEO = frozenset({"youtube", "vimeo", "dailymotion", "twitch"})
_SHOPPING = frozenset({"amazon", "ebay", "etsy", "alibaba", "shopify", "idealo", "shopping"})
_AI = frozenset({"chatgpt", "openai", "perplexity", "gemini", "copilot", "claude", "mistral"})

_PLATFORMS: Mapping[str, str] = MappingProxyType(
    {
        "google": "google_ads",
        "adwords": "google_ads",
        "youtube": "google_ads",
        "bing": "microsoft_ads",
        "microsoft": "microsoft_ads",
        "facebook": "meta_ads",
        "fb": "meta_ads",
        "meta": "meta_ads",
        "instagram": "meta_ads",
        "ig": "meta_ads",
        "linkedin": "linkedin_ads",
        "li": "linkedin_ads",
        "tiktok": "tiktok_ads",
        "tt": "tiktok_ads",
    }
)
"""Names of an ad platform in ``utm_source`` and ``hsa_net``, by the connector that reads its spend."""

_PAID_MEDIUM = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$")
_SHOP_CAMPAIGN = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$")
_SOCIAL_MEDIUM = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_DISPLAY_MEDIUM = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_EMAIL = frozenset({"email", "e-mail", "e_mail", "e mail"})
_EMPTY = frozenset({"", "(none)", "(not set)"})
_SMS, _FIREBASE, _DIRECT = "sms", "firebase", "(direct)"

SOURCE_NAMES: frozenset[str] = frozenset(
    {*_SEARCH, *_SOCIAL, *_VIDEO, *_SHOPPING, *_AI, *_PLATFORMS, *_EMAIL, _SMS, _FIREBASE, _DIRECT}
)
"""Every name in a source that a rule here knows, in lower case. A source without any of them is like every other such source."""


def channel_of_ga4_group(name: str | None) -> str:
    """The channel of a GA4 default channel group such as ``Paid Search``.

    ``Unassigned``, ``(other)`` and a custom group that we have no word for are ``unattributed``.
    """
    slug = _slug(name or "")
    slug = _GA4_GROUPS.get(slug, slug)
    return slug if slug in TITLES else UNATTRIBUTED


def channel_of_hubspot_source(source: str | None) -> str:
    """The channel of HubSpot's original or latest source such as ``PAID_SEARCH``; a value we do not know is ``unattributed``."""
    return _HUBSPOT_SOURCES.get((source or "").strip().upper(), UNATTRIBUTED)


def channel_of_utm(source: str | None, medium: str | None, campaign: str | None) -> str:
    """The channel of a visit's UTM tags, by GA4's rules; ``unattributed`` when no rule fits or nothing is tagged."""
    src, med, cam = _tag(source), _tag(medium), _tag(campaign)
    if not (src or med or cam):
        return UNATTRIBUTED
    names = _names(src)
    paid = bool(_PAID_MEDIUM.match(med))
    shopping = bool(names & _SHOPPING) or bool(_SHOP_CAMPAIGN.match(cam))
    rules: tuple[tuple[bool, str], ...] = (
        (src == _DIRECT and med in _EMPTY, "direct"),
        ("cross-network" in cam, "cross_network"),
        (shopping and paid, "paid_shopping"),
        (bool(names & _SEARCH) and paid, "paid_search"),
        (bool(names & _SOCIAL) and paid, "paid_social"),
        (bool(names & _VIDEO) and paid, "paid_video"),
        (med in _DISPLAY_MEDIUM, "display"),
        (paid, "paid_other"),
        (shopping, "organic_shopping"),
        (bool(names & _SOCIAL) or med in _SOCIAL_MEDIUM, "organic_social"),
        (bool(names & _VIDEO) or "video" in med, "organic_video"),
        (bool(names & _AI), "ai_assistant"),
        (bool(names & _SEARCH) or med == "organic", "organic_search"),
        (med in {"referral", "app", "link"}, "referral"),
        (src in _EMAIL or med in _EMAIL, "email"),
        (med == "affiliate", "affiliates"),
        (med == "audio", "audio"),
        (_SMS in {src, med}, "sms"),
        (med.endswith("push") or "mobile" in med or "notification" in med or src == _FIREBASE, "mobile_push"),
    )
    return next((channel for applies, channel in rules if applies), UNATTRIBUTED)


_PHRASES: tuple[tuple[str, str], ...] = (
    (r"google ads|adwords|bing ads|microsoft ads|\bsea\b|\bsem\b|\bppc\b|search ads|liens sponsorises", "paid_search"),
    (r"(facebook|meta|instagram|linkedin|tiktok|twitter|social|sociaux).*(ads?|pub|paid|payant)|paid social", "paid_social"),
    (r"youtube ads|video ads|paid video|pub(licite)? video", "paid_video"),
    (r"performance max|\bpmax\b|cross network|multi reseaux", "cross_network"),
    (r"shopping", "paid_shopping"),
    (r"display|banner|banniere|retargeting|programmatic|programmatique", "display"),
    (r"affiliat", "affiliates"),
    (r"podcast|radio|spotify|audio", "audio"),
    (r"e ?mail|newsletter|mailing|infolettre", "email"),
    (r"\bsms\b|texto", "sms"),
    (r"\bseo\b|referencement|search engine optimi[sz]ation", "organic_search"),
    (r"facebook|instagram|linkedin|tiktok|social|sociaux", "organic_social"),
    (r"event|evenement|trade ?(fair|show)|\bfairs?\b|salons?\b|foires?\b|webinar|webinaire|conference|congres", "events"),
    (r"partner|partenaire|referral|parrainage", "referral"),
    (r"print|presse|\btv\b|television|affichage|billboard|courrier|offline|hors ligne|phone|telephone", "offline"),
)
"""What people write in a spend file, first match wins; tried on text without accents or separators."""


def channel_of_text(text: str | None) -> str:
    """The channel that a person meant in a spend file: our slug, a title in English or French, or a usual name.

    Text that nothing matches is ``other_campaigns``: its spend is shown there, neither lost nor guessed into
    a channel where it would change a cost per lead. No text at all is ``unattributed``.
    """
    words = _plain(text or "")
    if not words:
        return UNATTRIBUTED
    if words in _BY_TITLE:
        return _BY_TITLE[words]
    return next((channel for pattern, channel in _PHRASES if re.search(pattern, words)), OTHER_CAMPAIGNS)


def platform_of_source(source: str | None) -> str | None:
    """The ad platform that ``utm_source`` or ``hsa_net`` names (``google_ads``, ``meta_ads`` …), or None."""
    return next((_PLATFORMS[name] for name in _ordered_names(_tag(source)) if name in _PLATFORMS), None)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def _tag(value: str | None) -> str:
    return (value or "").strip().casefold()


def _ordered_names(source: str) -> list[str]:
    """The source itself and the parts of a host name, so that ``m.facebook.com`` is known by ``facebook``."""
    return [source, *re.split(r"[.\s_/-]+", source)]


def _names(source: str) -> frozenset[str]:
    return frozenset(_ordered_names(source))


def _plain(text: str) -> str:
    """Lower case, without accents, separators as single spaces."""
    bare = "".join(c for c in normalize("NFKD", text) if not combining(c)).casefold()
    return re.sub(r"[\W_]+", " ", bare).strip()


_BY_TITLE: Mapping[str, str] = MappingProxyType(
    {_plain(words): slug for slug, title in TITLES.items() for words in (slug, title.en, title.fr)}
)
