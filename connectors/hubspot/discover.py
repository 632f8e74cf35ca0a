"""What an account has of what we ask for: details, scopes, objects, property names, and which stage a timing property is about.

Names of stage-timing properties are found, never composed: a stage id stands in them in lower case with ``_`` for
what is not a letter or digit (UUIDs), and HubSpot may append a number of its own (FACTS §9.1, both UNVERIFIED: either
is fine). Everything here is JSON, so that it can be stored beside the raw records.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.mapping import Property, Settled, offers_of, settle
from connectors.base import Raw
from connectors.errors import ContractError, MissingScope, NotInTier
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.kinds import CUSTOM_PREFIX, KINDS, OFFERS, OWN_PREFIX, PRODUCT_TYPE, Kind, custom_kind
from connectors.hubspot.linking import is_offered
from connectors.hubspot.scopes import lacking, not_in_tier, without_scope
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.streams import STREAMS, custom_streams

_FAMILIES = ("hs_v2_date_entered_", "hs_date_entered_")
"""When a deal entered a stage: the present family and the one it replaces."""

_UNKNOWN_OBJECT = (400, 404)
"""How HubSpot answers about an object type that the account does not have: it asks for definitions and nothing else, so
that nothing else can be meant. Whether an account of a lower tier answers so, or with 403, is UNVERIFIED."""

NAMED_AT_MOST = 8
"""Custom properties of one object that a note names; the others are counted."""


@dataclass
class _Found:
    """What is gathered object by object."""

    properties: dict[str, list[str]] = field(default_factory=dict)
    mapped: dict[str, dict[str, str]] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    own: dict[str, list[str]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    stage_entered: dict[str, str] = field(default_factory=dict)
    product_category: str | None = None


def discover(
    client: HubSpotClient,
    settings: HubSpotSettings,
    known: Mapping[str, Any] | None = None,
    stage_ids: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Facts about the account. ``known``: those of the last time, by whose labels a renamed property is recognised;
    ``stage_ids``: of all deal stages, None where the key may not read pipelines.

    ``portal_id, name, currency, zone, ui_domain``; ``app_id`` and ``scopes`` (null where HubSpot does not tell);
    ``properties``: stream -> names to ask for; ``mapped``: stream -> our column -> the account's property, where it is not the
    standard one; ``links``: optional stream -> objects whose associations can be read; ``custom_objects``: name -> type id of the
    account's own objects; ``custom_properties``: stream -> the account's own properties; ``skipped``: stream -> the line that
    says why it is not read; ``stage_entered``: deal property -> stage id; ``product_category``: the property that holds it, or
    null; ``labels``: what a later discovery needs; ``notes``: sentences for a person.

    A stream whose scope is missing is skipped without a call. Where HubSpot does not tell the scopes, reading says so. An
    object whose definitions the key may not read keeps the standard names.
    """
    account, token = client.account(), client.token_info()
    scopes = None if token is None else sorted(map(str, token.get("scopes") or ()))
    found = _Found()
    for stream in STREAMS:
        if stream.is_optional and scopes is not None and (absent := lacking(stream.scopes, scopes)):
            found.skipped[stream.name] = without_scope(stream, absent)
    custom = custom_objects(client, settings.custom_objects, scopes, found.skipped)
    own = [custom_kind(name, type_id) for name, type_id in custom.items()]
    off = {*settings.skip_streams, *found.skipped}
    kinds = [kind for kind in (*KINDS.values(), *own) if kind.stream not in off]
    before: Mapping[str, Mapping[str, str]] = (known or {}).get("labels", {})
    for kind in kinds:
        _look_at(client, kind, settings, before.get(kind.stream, {}), stage_ids or (), found)
    read = [kind for kind in kinds if kind.stream not in found.skipped]
    links = {
        kind.stream: _links(client, kind, scopes, off | found.skipped.keys(), found.notes) for kind in read if kind.is_optional
    }
    notes = [*found.notes, *_custom_note(found.own)]
    return {
        **account_facts(account),
        "app_id": None if token is None else token.get("appId"),
        "scopes": scopes,
        "properties": found.properties,
        "mapped": found.mapped,
        "rates": settings.rates,
        "labels": found.labels,
        "links": links,
        "custom_objects": custom,
        "custom_properties": found.own,
        "skipped": found.skipped,
        "stage_entered": found.stage_entered,
        "product_category": found.product_category,
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


# --- objects of the account's own ---------------------------------------------------------------------------------


def custom_objects(
    client: HubSpotClient, wanted: Sequence[str] | None, scopes: Collection[str] | None, skipped: dict[str, str]
) -> dict[str, str]:
    """Name -> type id of the wanted objects (None: all there are), one call. Ours are not among them. Why one that is wanted
    cannot be read is put into ``skipped``."""
    names = [f"{CUSTOM_PREFIX}{name}" for name in wanted or ()]
    if wanted is not None and not wanted:
        return {}
    [stream] = custom_streams([custom_kind("", "")])
    absent = () if scopes is None else lacking((*stream.scopes, "crm.schemas.custom.read"), scopes)
    if absent:
        # Nobody asked for any by name: an account without such objects is not told about them.
        skipped |= {name: without_scope(one, absent) for name, one in _as_streams(names).items()}
        return {}
    try:
        schemas = client.results(client.ask_json(lambda: client.wire.send("GET", _SCHEMAS), what=_WHAT), _WHAT)
    except (MissingScope, NotInTier, ContractError) as refused:
        if isinstance(refused, ContractError) and refused.status not in _UNKNOWN_OBJECT:
            raise
        skipped |= {name: not_in_tier(name) for name in names}
        return {}
    there = {str(one["name"]): str(one["objectTypeId"]) for one in schemas if not str(one["name"]).startswith(OWN_PREFIX)}
    for name in wanted or ():
        if name not in there:
            known = f"its objects are {', '.join(sorted(there))}" if there else "it has none"
            skipped[f"{CUSTOM_PREFIX}{name}"] = f"the account has no object {name}; {known}."
    return {name: type_id for name, type_id in sorted(there.items()) if wanted is None or name in wanted}


_SCHEMAS = "/crm-object-schemas/v3/schemas"
_WHAT = "read the definitions of the account's own objects"


def _as_streams(names: Iterable[str]) -> dict[str, Any]:
    return {name: custom_streams([custom_kind(name.removeprefix(CUSTOM_PREFIX), "")])[0] for name in names}


def _links(
    client: HubSpotClient, kind: Kind, scopes: Collection[str] | None, skipped: Collection[str], notes: list[str]
) -> list[str]:
    """Associations need the scope of both ends; to an object that is not there, there are none. What the account does not
    offer is a note."""
    found = [
        name for name in kind.links if name not in skipped and (scopes is None or not lacking((KINDS[name].read_scope,), scopes))
    ]
    absent = [name for name in found if name in kind.doubtful_links and not is_offered(client, kind.plural, name)]
    notes += [
        f"{kind.stream}: this account offers no association with {name}; theirs are known by their other links" for name in absent
    ]
    return [name for name in found if name not in absent]


# --- one object's properties ------------------------------------------------------------------------------------------


def _look_at(
    client: HubSpotClient,
    kind: Kind,
    settings: HubSpotSettings,
    labels: Mapping[str, str],
    stage_ids: Sequence[str],
    found: _Found,
) -> None:
    try:
        definitions = client.property_definitions(kind.plural)
    except NotInTier:
        if not kind.is_optional:
            raise
        found.skipped[kind.stream] = not_in_tier(kind.stream)
        return
    except MissingScope as missing:
        found.notes.append(f"{kind.stream}: {missing}")
        found.properties[kind.stream] = list(kind.properties)
        return
    except ContractError as refused:
        if not kind.is_optional or refused.status not in _UNKNOWN_OBJECT:
            raise
        found.skipped[kind.stream] = not_in_tier(kind.stream)
        return
    present = {str(one["name"]): one for one in definitions}
    settled = settled_of(client, kind.stream, kind.plural, settings, definitions, labels)
    found.notes += settled.notes
    if settled.columns:
        found.mapped[kind.stream] = dict(settled.columns)
    if settled.labels:
        found.labels[kind.stream] = dict(settled.labels)
    replaced = {f.standard for f in kind.fields if f.column in settled.columns}
    wanted = [name for name in kind.properties if name not in replaced]
    absent = [name for name in wanted if name not in present and name not in kind.doubtful]
    if absent:
        found.notes.append(f"{kind.stream}: this account has no property {', '.join(absent)}")
    names = [name for name in wanted if name in present]
    names += [name for name in settled.columns.values() if name not in names]
    if kind.plural == "deals":
        found.stage_entered = stages_by_property(present, stage_ids)
        names += found.stage_entered
    if kind.plural == "products":
        found.product_category = next((name for name in (settings.product_category, PRODUCT_TYPE) if name in present), None)
        names += [found.product_category] if found.product_category else []
    own = sorted(name for name in present if name.startswith(OWN_PREFIX))
    found.properties[kind.stream] = names + own if kind.has_ours else names
    theirs = sorted(name for name, one in present.items() if one.get("hubspotDefined") is False and name not in own)
    if theirs:
        found.own[kind.stream] = theirs


def settled_of(
    client: HubSpotClient,
    stream: str,
    object: str,
    settings: HubSpotSettings,
    definitions: Iterable[Raw],
    labels: Mapping[str, str],
) -> Settled:
    """What the settings' mapping of one object comes to. Archived properties are asked for only where one is missing."""
    chosen = settings.mapping.get(stream, {})
    if not chosen:
        return Settled()

    def archived() -> Mapping[str, Property]:
        return _defined(client.property_definitions(object, archived=True))

    return settle(stream, chosen, offers_of(stream, OFFERS) or (), _defined(definitions), archived, labels)


def mapping_notes(client: HubSpotClient, settings: HubSpotSettings) -> Iterator[str]:
    """What of the settings' mapping cannot be followed in this account: a call for each standard object that it names."""
    for stream in settings.mapping:
        if stream in KINDS:
            try:
                yield from settled_of(client, stream, stream, settings, client.property_definitions(stream), {}).notes
            except (MissingScope, NotInTier, ContractError) as refused:
                yield f"mapping of {stream}: {refused}"


def _defined(definitions: Iterable[Raw]) -> dict[str, Property]:
    return {
        str(one["name"]): Property(str(one["name"]), str(one.get("label") or ""), str(one.get("type"))) for one in definitions
    }


def _custom_note(own: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """One line on what the account added itself, so that a person sees what could be mapped."""
    if own:
        total = sum(map(len, own.values()))
        yield f"the account's own properties ({total}): " + "; ".join(f"{name} {_some(names)}" for name, names in own.items())


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED_AT_MOST])
    return shown if len(names) <= NAMED_AT_MOST else f"{shown} and {len(names) - NAMED_AT_MOST} more"


# --- stages -------------------------------------------------------------------------------------------------------------


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
