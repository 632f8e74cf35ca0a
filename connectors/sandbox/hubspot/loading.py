"""From a world's raw records to stored ones, and what they have in store for later.

A world may hold records, values and ends dated after the clock: they become :class:`Event` s, so that time can pass
in a test. Nothing is refused for being dirty; only an id or an instant that cannot be read stops the loading.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from connectors.sandbox.hubspot.kinds import Kind
from connectors.sandbox.hubspot.records import Change, Records, Stored
from connectors.sandbox.hubspot.values import instant_text, loaded, parse_instant, sortable
from connectors.sandbox.world import Record, WorldError

PERSON: Change = {"sourceType": "CRM_UI", "sourceId": "userId:1", "updatedByUserId": 1}
"""The source of what a person changes in the vendor's pages."""
CALCULATED: Change = {"sourceType": "CALCULATED", "sourceId": "CalculatedPropertyComputer"}

Complete = Callable[[Stored], Mapping[str, str]]
"""What the vendor would compute for a record; an empty text for what it leaves empty."""


@dataclass(frozen=True)
class Event:
    """Something that happens to a record when the clock reaches ``at``."""

    at: datetime
    object: str
    record_id: str
    action: Literal["born", "set", "archive", "merge"]
    name: str = ""
    """``set``: the property."""
    value: str = ""
    """``set``: its new value, empty to clear. ``merge``: the survivor's id."""
    source: Change = field(default_factory=dict)
    raw: Record = field(default_factory=dict)
    """``born``: the record as the world has it."""


@dataclass(frozen=True)
class Reading:
    """What reading a record needs to know of its account."""

    records: Records
    now: datetime
    renamed: Mapping[str, str]
    """World name -> account name of properties whose name a quirk changes."""
    complete: Complete


def read_record(raw: Record, reading: Reading) -> tuple[Stored | None, list[Event]]:
    """The record as it stands now (None: not born yet) and its future. Raises :class:`WorldError`."""
    kind, now, record_id = reading.records.kind, reading.now, str(raw["id"])
    if not record_id.isdecimal():
        raise WorldError(f"hubspot/{kind.plural}.jsonl: id {record_id!r} is not a whole number")
    given: dict[str, Any] = {reading.renamed.get(name, name): value for name, value in raw.get("properties", {}).items()}
    created_at = _instant(str(raw.get("createdAt") or given.get(kind.created) or instant_text(now)), kind, record_id)
    if created_at > now:
        return None, [Event(created_at, kind.plural, record_id, "born", raw=raw)]
    record = Stored(record_id, int(record_id), {}, instant_text(created_at), instant_text(created_at))
    events = _read_history(raw.get("history", {}), record, given, reading)
    _read_values(record, given, reading)
    events += _hold_back_stamps(record, kind, now)
    _stamp(record, raw, given, reading)
    for name, value in reading.complete(record).items():
        if value and name not in given:
            record.values[name] = value
    record.indexed = record.values
    return record, events + _read_end(record, raw, kind, now)


def _read_history(history: Mapping[str, list[Change]], record: Stored, given: dict[str, Any], reading: Reading) -> list[Event]:
    """Past entries are history and the newest of them is the value; later ones are events."""
    events = []
    kind, now = reading.records.kind, reading.now
    for world_name, entries in history.items():
        name = reading.renamed.get(world_name, world_name)
        dated = [(_instant(str(entry["timestamp"]), kind, record.id), entry) for entry in entries]
        dated.sort(key=lambda pair: pair[0], reverse=True)
        past = [{**_source(entry), **entry, "timestamp": instant_text(at)} for at, entry in dated if at <= now]
        for at, entry in reversed(dated):
            if at > now:
                events.append(Event(at, kind.plural, record.id, "set", name, str(entry.get("value") or ""), _source(entry)))
        if past:
            record.history[name] = past
            given[name] = past[0]["value"]
        elif dated:
            given.pop(name, None)
    return events


def _source(entry: Change) -> Change:
    """Who made a change: what its entry says, or else a person."""
    said = {key: value for key, value in entry.items() if key not in ("value", "timestamp")}
    return said if "sourceType" in said else PERSON


def _read_values(record: Stored, given: Mapping[str, Any], reading: Reading) -> None:
    definitions = reading.records.definitions
    for name, value in given.items():
        definition = definitions.active.get(name) or definitions.archived.get(name)
        if definition is None:
            # No account holds a value without a definition; a world may leave out the definition of plain text.
            definitions.load({"name": name, "groupName": reading.records.kind.group})
            definition = definitions.active[name]
        text = loaded(definition, value)
        if text is not None:
            record.values[name] = text


def _hold_back_stamps(record: Stored, kind: Kind, now: datetime) -> list[Event]:
    """A stage that a world says is entered after now has not been entered yet."""
    stamp, events = sortable(instant_text(now)), []
    for name, value in list(record.values.items()):
        if name.startswith(("hs_v2_date_entered_", "hs_v2_date_exited_")) and sortable(value) > stamp:
            del record.values[name]
            events.append(Event(_instant(value, kind, record.id), kind.plural, record.id, "set", name, value, CALCULATED))
    return events


def _stamp(record: Stored, raw: Record, given: Mapping[str, Any], reading: Reading) -> None:
    """The modified date, in all its copies. One after now falls back to the newest change before now."""
    kind = reading.records.kind
    updated_at = _instant(str(raw.get("updatedAt") or given.get(kind.modified) or record.created_at), kind, record.id)
    if updated_at > reading.now:
        newest = [entries[0]["timestamp"] for entries in record.history.values()]
        updated_at = max(map(parse_instant, [record.created_at, *newest]))
    record.updated_at = instant_text(updated_at)
    record.values |= {"hs_object_id": record.id, kind.modified: record.updated_at}
    for name, value in ((kind.created, record.created_at), ("hs_createdate", record.created_at)):
        record.values.setdefault(name, value)
    record.values.setdefault("hs_lastmodifieddate", record.updated_at)


def _read_end(record: Stored, raw: Record, kind: Kind, now: datetime) -> list[Event]:
    """Archived and merged-away records, now or later."""
    archived_at, survivor = raw.get("archivedAt"), raw.get("mergedInto")
    at = _instant(str(archived_at), kind, record.id) if archived_at else now
    if at > now:
        return [Event(at, kind.plural, record.id, "merge" if survivor else "archive", value=str(survivor or ""))]
    if survivor:
        record.merged_into = str(survivor)
    elif archived_at:
        record.archived_at = instant_text(at)
    return []


def _instant(text: str, kind: Kind, record_id: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise WorldError(f"hubspot/{kind.plural}.jsonl: record {record_id}: {text!r} is no instant with a zone") from error
