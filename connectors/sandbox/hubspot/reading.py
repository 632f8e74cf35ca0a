"""Reading records: list, single, batch read and search.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis (2026-11-21)
"""

from collections.abc import Sequence
from typing import Any

from connectors.sandbox.hubspot.auth import object_scope
from connectors.sandbox.hubspot.errors import Body, batch_error, invalid, not_found
from connectors.sandbox.hubspot.gate import Answer, Call
from connectors.sandbox.hubspot.inputs import batch_answer, inputs_of, known_keys, text_of, texts_of
from connectors.sandbox.hubspot.kinds import Kind
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.records import Records, Stored, body_of, history_of
from connectors.sandbox.hubspot.search import search

LIST_MAX = 100
HISTORY_MAX = 50
"""Records of a page or a batch when history is asked for."""
ASSOCIATIONS_SHOWN = 100
"""Associated ids of one record inside a list."""
HISTORY_TOO_MANY = (
    f"The maximum number of inputs supported in a batch request for property histories is {HISTORY_MAX}, "
    "please reduce the number of inputs"
)

_READ = ("limit", "after", "properties", "propertiesWithHistory", "associations", "archived")


def shown_names(portal: Portal, records: Records, asked: Sequence[str] | None) -> tuple[str, ...]:
    """The properties of an answer: the asked ones that exist and are visible (or the defaults), and those always there."""
    kind, now = records.kind, portal.clock.now()
    visible = records.definitions.visible
    wanted = kind.defaults if asked is None else asked
    return tuple(sorted({name for name in wanted if visible(name, now)} | set(kind.always)))


def _asked(call: Call, key: str) -> list[str] | None:
    """Names out of the query, by repeated keys or commas; None when the key is absent."""
    values = call.query.getlist(key)
    return [name for value in values for name in value.split(",") if name] if values else None


def listed(call: Call) -> Answer:
    call.expect_query(*_READ)
    records = call.records
    call.grant.demand((object_scope(records.kind, "read"),))
    history = _asked(call, "propertiesWithHistory")
    limit = call.whole("limit", 10, LIST_MAX)
    if history and limit > HISTORY_MAX:
        raise invalid(HISTORY_TOO_MANY)
    after = _after(call, records)
    is_exclusive = call.portal.quirks.list_after_is_exclusive
    found, following = records.page(after, limit, archived=call.flag("archived"), is_exclusive=is_exclusive)
    names = shown_names(call.portal, records, _asked(call, "properties"))
    url = call.portal.record_url(records.kind)
    results = [body_of(record, names, url) for record in found]
    _add_history(call, records, found, results, history)
    for other in _asked(call, "associations") or ():
        _add_associations(call.portal, records.kind, call.portal.kinds.find(other), results)
    body: Body = {"results": results}
    if following is not None:
        link = f"https://api.hubapi.com/crm/v3/objects/{records.kind.plural}?limit={limit}&after={following}"
        body["paging"] = {"next": {"after": str(following), "link": link}}
    return Answer(200, body)


def _after(call: Call, records: Records) -> int:
    text = call.query.get("after", "0") or "0"
    if not text.isdecimal():
        raise invalid(f"after {text!r} is not a cursor of this list")
    after = int(text)
    if after and after not in records.issued_after:
        if call.portal.quirks.seeded_after_is_refused:
            raise invalid(f"after {text!r} is not a cursor of this list")
        if call.portal.quirks.seeded_after_is_ignored:
            return 0
    return after


def _add_history(
    call: Call, records: Records, found: Sequence[Stored], results: Sequence[Body], asked: Sequence[str] | None
) -> None:
    if not asked:
        return
    now = call.portal.clock.now()
    names = tuple(name for name in asked if records.definitions.visible(name, now))
    for record, result in zip(found, results, strict=True):
        result["propertiesWithHistory"] = history_of(record, names)


def _add_associations(portal: Portal, kind: Kind, other: Kind, results: Sequence[Body]) -> None:
    """A first page of associated ids for each record that has any."""
    others = portal.records[other.plural]
    for result in results:
        ids = [one for one in portal.links.of((kind.plural, other.plural), result["id"]) if others.find(one)]
        if not ids:
            continue
        page: Body = {
            "results": [{"id": one, "type": f"{kind.singular}_to_{other.singular}"} for one in ids[:ASSOCIATIONS_SHOWN]]
        }
        if len(ids) > ASSOCIATIONS_SHOWN:
            page["paging"] = {"next": {"after": ids[ASSOCIATIONS_SHOWN]}}
        result.setdefault("associations", {})[other.plural] = page


def single(call: Call) -> Answer:
    """One record; the id of a merged-away one leads to its survivor."""
    call.expect_query("properties", "propertiesWithHistory", "associations", "archived", "idProperty")
    records = call.records
    call.grant.demand((object_scope(records.kind, "read"),))
    record = _by_key(records, call.path["id"], call.query.get("idProperty"))
    if record is None or (record.archived_at is not None) is not call.flag("archived"):
        raise not_found(f"Object not found.  objectId are usually numeric. {call.path['id']}")
    result = body_of(record, shown_names(call.portal, records, _asked(call, "properties")), call.portal.record_url(records.kind))
    _add_history(call, records, [record], [result], _asked(call, "propertiesWithHistory"))
    for other in _asked(call, "associations") or ():
        _add_associations(call.portal, records.kind, call.portal.kinds.find(other), [result])
    return Answer(200, result)


def _by_key(records: Records, key: str, id_property: str | None) -> Stored | None:
    if id_property in (None, "hs_object_id"):
        return records.survivor(key)
    demand_unique(records, str(id_property))
    return records.with_value(str(id_property), {key}).get(key.lower())


def demand_unique(records: Records, name: str) -> None:
    """Raises 400 unless the property identifies a record."""
    definition = records.definitions.active.get(name)
    if definition is None or not definition["hasUniqueValue"]:
        raise invalid(f"Unable to perform update/upsert by non-unique property {name}")


def batch_read(call: Call) -> Answer:
    """Always fresh. Missing, archived and merged-away ids are named in one error of a 207."""
    call.expect_query("archived")
    records, body = call.records, call.mapping()
    call.grant.demand((object_scope(records.kind, "read"),))
    known_keys(body, "inputs", "properties", "propertiesWithHistory", "idProperty")
    history = texts_of(body, "propertiesWithHistory")
    inputs = inputs_of(body, "id")
    if history and len(inputs) > HISTORY_MAX:
        raise invalid(HISTORY_TOO_MANY)
    keys = list(dict.fromkeys(text_of(one, "id") for one in inputs))
    by_key = _by_keys(records, keys, body.get("idProperty"), archived=call.flag("archived"))
    found = [by_key[key] for key in keys if key in by_key]
    names = shown_names(call.portal, records, texts_of(body, "properties") or None)
    url = call.portal.record_url(records.kind)
    results = [body_of(record, names, url) for record in found]
    _add_history(call, records, found, results, history)
    missing = [key for key in keys if key not in by_key]
    errors = [_missing(records.kind, missing)] if missing else []
    return batch_answer(call, results, errors)


def _missing(kind: Kind, ids: Sequence[str]) -> Body:
    message = f"Could not get some {kind.singular.upper()} objects, they may be deleted or not exist. Check that ids are valid."
    return batch_error("OBJECT_NOT_FOUND", message, {"ids": ids})


def _by_keys(records: Records, keys: Sequence[str], id_property: object, *, archived: bool) -> dict[str, Stored]:
    if id_property is not None:
        name = str(id_property)
        demand_unique(records, name)
        by_value = records.with_value(name, set(keys))
        return {key: by_value[key.lower()] for key in keys if key.lower() in by_value}
    if archived:
        return {key: one for key in keys if (one := records.by_id.get(key)) is not None and one.archived_at is not None}
    return {key: one for key in keys if (one := records.find(key)) is not None}


def searched(call: Call) -> Answer:
    """What the index holds: no associations, no history, nothing archived."""
    call.expect_query()
    records = call.records
    call.grant.demand((object_scope(records.kind, "read"),))
    records.index_due(call.portal.clock.now())
    found = search(call.portal, records, call.mapping())
    names = shown_names(call.portal, records, found.properties)
    url = call.portal.record_url(records.kind)
    body: dict[str, Any] = {
        "total": found.total,
        "results": [_indexed_body(record, names, url, records.kind) for record in found.records],
    }
    if found.next_offset is not None:
        body["paging"] = {"next": {"after": str(found.next_offset)}}
    return Answer(200, body)


def _indexed_body(record: Stored, names: tuple[str, ...], url: str, kind: Kind) -> Body:
    """A record as the index knows it: its values, modified date included, may be older than the record's."""
    value = (record.indexed or {}).get
    return {
        "id": record.id,
        "properties": {name: value(name) for name in names},
        "createdAt": record.created_at,
        "updatedAt": value(kind.modified) or record.updated_at,
        "archived": False,
        "url": url + record.id,
    }
