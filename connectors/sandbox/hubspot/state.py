"""The present state as a world again, so that it can be saved and served with nothing lost."""

from typing import Any

from connectors.sandbox.core import Sandbox
from connectors.sandbox.hubspot.account import definitions_of, timed_stages, timing_names
from connectors.sandbox.hubspot.loading import Event
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.properties import Definitions
from connectors.sandbox.hubspot.records import Records, Stored, versions
from connectors.sandbox.hubspot.standard import Definition
from connectors.sandbox.hubspot.values import instant_text
from connectors.sandbox.world import HubSpotWorld, Record, World


def snapshot(sandbox: Sandbox) -> World:
    """The world as it stands at the clock. What still lies ahead is in it, dated as before; the other vendors are unchanged."""
    with sandbox.lock:
        now = sandbox.portal.now()
        world = sandbox.world
        return World(
            name=world.name,
            now=now,
            hubspot=_hubspot(sandbox.portal),
            ga4=world.ga4,
            google_ads=world.google_ads,
            semrush=world.semrush,
            accounts=world.accounts,
            costs_csv=world.costs_csv,
            settings_yaml=world.settings_yaml,
        )


def _hubspot(portal: Portal) -> HubSpotWorld:
    back = {plural: {name: world_name for world_name, name in names.items()} for plural, names in portal.renamed.items()}
    ahead: dict[tuple[str, str], list[Event]] = {}
    for event in portal.pending():
        ahead.setdefault((event.object, event.record_id), []).append(event)
    objects = {}
    guid_of = {number: guid for guid, number in portal.guids.items()}
    for plural, records in portal.records.items():
        stood = [
            _record(portal, records, record, back[plural], ahead.get((plural, record.id), []))
            for record in records.by_id.values()
        ]
        if plural == "campaigns":
            stood = [raw | {"id": guid_of[raw["id"]]} for raw in stood]
        unborn = [event.raw for event in portal.pending() if event.object == plural and event.action == "born"]
        objects[plural] = stood + unborn
    return HubSpotWorld(
        account=dict(portal.account),
        owners=portal.owners,
        pipelines=portal.pipelines,
        properties={
            plural: found for plural, records in portal.records.items() if (found := _properties(portal, records.definitions))
        },
        objects={plural: raws for plural, raws in objects.items() if raws},
        groups={plural: found for plural, records in portal.records.items() if (found := _groups(records.definitions))},
        marketing_emails=list(portal.marketing_emails),
        rules=list(portal.rules),
        schemas=dict(portal.schemas),
    )


def _properties(portal: Portal, definitions: Definitions) -> list[Definition]:
    """Custom definitions, archived ones included, and standard ones that differ from what any such account begins with."""
    bare = HubSpotWorld(account=portal.account, pipelines=portal.pipelines)
    kind = definitions.kind
    begun = definitions_of(kind, bare, portal.quirks, portal.lags).active
    timing = {
        name for stage_id, _ in timed_stages(kind, bare, definitions) for name in timing_names(stage_id, portal.quirks).values()
    }
    everything = (*definitions.active.values(), *definitions.archived.values())
    return [one for one in everything if one != begun.get(one["name"]) and one["name"] not in timing]


def _groups(definitions: Definitions) -> list[Definition]:
    return [group for name, group in definitions.groups.items() if name != definitions.kind.group]


def _record(portal: Portal, records: Records, record: Stored, back: dict[str, str], ahead: list[Event]) -> Record:
    history = {name: list(entries) for name, entries in record.history.items()}
    for event in ahead:
        if event.action == "set":
            past = history.get(event.name) or list(versions(record, event.name))
            history[event.name] = [{"value": event.value, "timestamp": instant_text(event.at), **event.source}, *past]
    raw: dict[str, Any] = {
        "id": record.id,
        "properties": {back.get(name, name): value for name, value in record.values.items()},
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
        "associations": _associations(portal, records.kind.plural, record.id),
    }
    if history:
        raw["history"] = {back.get(name, name): entries for name, entries in history.items()}
    end = next((event for event in ahead if event.action in ("archive", "merge")), None)
    archived_at = instant_text(end.at) if end else record.archived_at
    merged_into = end.value if end and end.action == "merge" else record.merged_into
    return raw | {key: value for key, value in (("archivedAt", archived_at), ("mergedInto", merged_into)) if value}


def _associations(portal: Portal, plural: str, record_id: str) -> dict[str, list[str]]:
    """Ids by object, the primary company first."""
    found = {}
    for source, target in portal.links.pairs():
        links = portal.links.of((source, target), record_id) if source == plural else {}
        if links:
            found[target] = sorted(links, key=lambda other, links=links: not links[other])  # type: ignore[misc]
    return found
