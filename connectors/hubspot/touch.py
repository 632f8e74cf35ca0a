"""The marks that a contact's first and latest visit left: tags in the page's address, HubSpot's source, click ids.

HubSpot keeps the landing pages' addresses and has no standard ``utm_*`` properties (FACTS §9.2, 2026-11-21); its ad
tracking adds ``hsa_*``, of which ``hsa_cam`` is the platform's campaign id (ADS_AND_OTHERS §9). Parsing stops here:
which campaign a tag means is decided where contacts are joined to spend.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from connectors.hubspot.values import Properties, impersonal, instant, text, without_person

_TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_id", "hsa_cam", "hsa_net")

_UNEXPANDED = re.compile(r"\{[^{}]*\}|__[A-Z0-9_]+__")
"""A platform's macro that was never filled in: ``{campaignid}``, ``{{campaign.id}}``, ``__CAMPAIGN_ID__``."""

CLICK_IDS: Mapping[str, str] = MappingProxyType(
    {
        "hs_google_click_id": "google_ads",
        "hs_bing_click_id": "microsoft_ads",
        "hs_linkedin_click_id": "linkedin_ads",
        "hs_tiktok_click_id": "tiktok_ads",
        "hs_facebook_click_id": "meta_ads",
    }
)
"""Property -> platform. Facebook comes last: its click id is on organic links too (ADS_AND_OTHERS §9)."""


def tags(url: str | None) -> dict[str, str | None]:
    """The campaign tags of an address, percent-decoded; the first of each name counts. A macro never filled in is nothing."""
    found: dict[str, str] = {}
    if url:
        try:
            query = urlsplit(url).query
        except ValueError:
            query = ""
        for name, value in parse_qsl(query):
            found.setdefault(name.lower(), value)
    return {tag: _filled(found.get(tag)) for tag in _TAGS}


def _filled(value: str | None) -> str | None:
    value = (value or "").strip()
    return None if not value or _UNEXPANDED.search(value) else without_person(value)


def first_and_last(properties: Properties) -> dict[str, object]:
    """The ``first_*`` and ``last_*`` columns of a contact."""
    marks: dict[str, object] = {
        "first_touch_at": instant(properties, "hs_analytics_first_timestamp"),
        "last_touch_at": instant(properties, "hs_latest_source_timestamp"),
    }
    for side, source in (("first", "hs_analytics_source"), ("last", "hs_latest_source")):
        marks[f"{side}_source"] = text(properties, source)
        for part in ("data_1", "data_2"):
            marks[f"{side}_source_{part}"] = impersonal(properties, f"{source}_{part}")
        for tag, value in tags(text(properties, f"hs_analytics_{side}_url")).items():
            marks[f"{side}_{tag}"] = value
    return marks


def click(properties: Properties, pseudonym: Callable[[str], str]) -> dict[str, str | None]:
    """``click_platform`` and ``click_hash`` of the click id that the contact carries."""
    for name, platform in CLICK_IDS.items():
        value = text(properties, name)
        if value is not None and not _UNEXPANDED.fullmatch(value):
            return {"click_platform": platform, "click_hash": pseudonym(value)}
    return {"click_platform": None, "click_hash": None}
