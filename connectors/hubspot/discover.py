"""What an account has of what we ask for: details, scopes, property names, and which stage a timing property is about.

Names of stage-timing properties are found, never composed: a stage id stands in them in lower case with ``_`` for
what is not a letter or digit (UUIDs), and HubSpot may append a number of its own (FACTS §9.1, both UNVERIFIED: either
is fine). Everything here is JSON, so that it can be stored beside the raw records.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.base import Raw
from connectors.errors import MissingScope
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.streams import KINDS, OPTIONAL, OWN_PREFIX, PRODUCT_TYPE

_FAMILIES = ("hs_v2_date_entered_", "hs_date_entered_")
"""When a deal entered a stage: the present family and the one it replaces."""


def discover(client: HubSpotClient, product_category: str) -> dict[str, Any]:
    """Facts about the account. ``product_category``: the account's own property for a product's category, if it has it.

    ``portal_id, name, currency, zone, ui_domain``; ``app_id`` and ``scopes`` (null where HubSpot does not tell);
    ``properties``: object -> names to ask for; ``stage_entered``: deal property -> stage id; ``product_category``: the
    property that holds it, or null; ``notes``: sentences for a person.
    An object whose definitions the key may not read keeps the standard names; reading its records then says the scope.
    """
    notes: list[str] = []
    properties: dict[str, list[str]] = {}
    stage_entered: dict[str, str] = {}
    category: str | None = None
    for kind in KINDS.values():
        try:
            present = {str(d["name"]) for d in client.property_definitions(kind.plural)}
        except MissingScope as missing:
            notes.append(f"{kind.plural}: {missing}")
            properties[kind.plural] = list(kind.properties)
            continue
        names = [name for name in kind.properties if name in present]
        absent = [name for name in kind.properties if name not in present and name not in OPTIONAL]
        if absent:
            notes.append(f"{kind.plural}: this account has no property {', '.join(absent)}")
        if kind.plural == "deals":
            stage_entered = stages_by_property(present, _stage_ids(client))
            names += stage_entered
        if kind.plural == "products":
            category = next((name for name in (product_category, PRODUCT_TYPE) if name in present), None)
            names += [category] if category else []
        if kind.has_ours:
            names += sorted(name for name in present if name.startswith(OWN_PREFIX))
        properties[kind.plural] = names
    account = client.account()
    token = client.token_info()
    return {
        **account_facts(account),
        "app_id": None if token is None else token.get("appId"),
        "scopes": None if token is None else sorted(map(str, token.get("scopes") or ())),
        "properties": properties,
        "stage_entered": stage_entered,
        "product_category": category,
        "notes": notes,
    }


def account_facts(account: Raw) -> dict[str, str]:
    """The account's details in our words."""
    portal_id = str(account["portalId"])
    return {
        "portal_id": portal_id,
        "name": str(account.get("portalName") or f"HubSpot account {portal_id}"),
        "currency": str(account["companyCurrency"]),
        "zone": str(account["timeZone"]),
        "ui_domain": str(account.get("uiDomain") or "app.hubspot.com"),
    }


def _stage_ids(client: HubSpotClient) -> list[str]:
    return [str(stage["id"]) for pipeline in client.pipelines("deals") for stage in pipeline.get("stages") or ()]


def stages_by_property(names: Iterable[str], stage_ids: Sequence[str]) -> dict[str, str]:
    """Timing property -> stage id, for each stage its present family where there is one, else the old one.

    A name that fits a stage as it stands wins over one that fits with a number appended: stage ids may end in numbers
    themselves.
    """
    names = set(names)
    found: dict[str, str] = {}
    for family in _FAMILIES:
        timed = set(found.values())
        fresh = {
            name: stage
            for name in sorted(names)
            if name.startswith(family) and (stage := _stage_of(name.removeprefix(family), stage_ids)) and stage not in timed
        }
        found |= fresh
    return found


def _stage_of(tail: str, stage_ids: Sequence[str]) -> str | None:
    by_tail: Mapping[str, str] = {_spelling(stage): stage for stage in stage_ids}
    return by_tail.get(tail) or by_tail.get(re.sub(r"_\d+$", "", tail))


def _spelling(stage_id: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", stage_id.lower())
