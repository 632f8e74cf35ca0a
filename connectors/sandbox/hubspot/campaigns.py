"""Marketing campaigns: listed, read and changed under their GUIDs, fifty at a time.

``/marketing/campaigns/{v}`` (FACTS §10.4; shapes from HubSpot's Apache-2.0 package, 2026-11-21). A campaign's values are
kept as any record's, so that people may edit them and their definitions are those of the type 0-35.
"""

from collections.abc import Sequence
from typing import Any

from connectors.sandbox.hubspot.errors import (
    Body,
    batch_error,
    invalid,
    invalid_values,
    missing_scopes,
    not_found,
    property_error,
)
from connectors.sandbox.hubspot.gate import Answer, Call
from connectors.sandbox.hubspot.inputs import batch_answer, inputs_of, known_keys, text_of
from connectors.sandbox.hubspot.portal import INTEGRATION, Portal
from connectors.sandbox.hubspot.records import Records, Stored
from connectors.sandbox.hubspot.values import BadText, checked

BATCH_MAX = 50
LIST_MAX = 100
_NOT_CHANGED = frozenset({"hs_object_id", "hs_createdate", "hs_lastmodifieddate"})


def _campaigns(call: Call, action: str) -> Records:
    """Raises 403 where the key lacks the scope, or the account's tier has no campaigns (body UNVERIFIED)."""
    call.grant.demand((f"marketing.campaigns.{action}",))
    if not call.portal.limits.has_campaigns:
        raise missing_scopes(["marketing-campaigns-access"])
    return call.portal.records["campaigns"]


def _found(portal: Portal, records: Records, guid: str) -> Stored | None:
    return records.find(portal.guids.get(guid, ""))


def _body(portal: Portal, record: Stored, names: Sequence[str]) -> Body:
    """Only what was asked and is not empty stands in ``properties``."""
    guid = next(guid for guid, number in portal.guids.items() if number == record.id)
    return {
        "id": guid,
        "properties": {name: record.values[name] for name in names if name in record.values},
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
        "businessUnits": [],
    }


def _asked(call: Call) -> list[str]:
    return [name for value in call.query.getlist("properties") for name in value.split(",") if name]


def listed(call: Call) -> Answer:
    """A page in order of creation; ``after`` is an offset."""
    call.expect_query("limit", "after", "name", "properties", "sort")
    records = _campaigns(call, "read")
    limit, after = call.whole("limit", 50, LIST_MAX), call.query.get("after", "0") or "0"
    if not after.isdecimal():
        raise invalid(f"after {after!r} is not a cursor of this list")
    wanted = call.query.get("name", "").lower()
    found = [one for one in records if wanted in one.values.get("hs_name", "").lower()]
    start = int(after)
    body: Body = {"results": [_body(call.portal, one, _asked(call)) for one in found[start : start + limit]]}
    if start + limit < len(found):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return Answer(200, body)


def single(call: Call) -> Answer:
    call.expect_query("properties", "startDate", "endDate")
    records = _campaigns(call, "read")
    record = _found(call.portal, records, call.path["id"])
    if record is None:
        raise not_found()
    return Answer(200, _body(call.portal, record, _asked(call)) | {"assets": {}})


def update(call: Call) -> Answer:
    call.expect_query()
    records = _campaigns(call, "write")
    known_keys(call.mapping(), "properties")
    record = _found(call.portal, records, call.path["id"])
    if record is None:
        raise not_found()
    changes = _checked(call, records, record, call.mapping())
    return Answer(200, _written(call, records, record, changes))


def batch_read(call: Call) -> Answer:
    """Missing campaigns are named in one error of a 207."""
    call.expect_query("properties", "startDate", "endDate")
    records = _campaigns(call, "read")
    known_keys(call.mapping(), "inputs")
    ids = list(dict.fromkeys(text_of(one, "id") for one in inputs_of(call.mapping(), "id", most=BATCH_MAX)))
    found = {guid: _found(call.portal, records, guid) for guid in ids}
    results = [_body(call.portal, one, _asked(call)) | {"assets": {}} for one in found.values() if one is not None]
    return batch_answer(call, results, _missing([guid for guid, one in found.items() if one is None]))


def batch_update(call: Call) -> Answer:
    """A property that is unknown or read-only refuses the whole batch."""
    call.expect_query()
    records = _campaigns(call, "write")
    known_keys(call.mapping(), "inputs")
    inputs = inputs_of(call.mapping(), "id", "properties", most=BATCH_MAX)
    ids = [text_of(one, "id") for one in inputs]
    if len(set(ids)) < len(ids):
        raise invalid("Duplicate IDs found in batch input. IDs must be unique")
    writes, missing = [], []
    for guid, one in zip(ids, inputs, strict=True):
        record = _found(call.portal, records, guid)
        if record is None:
            missing.append(guid)
        else:
            writes.append((record, _checked(call, records, record, one)))
    return batch_answer(call, [_written(call, records, *write) for write in writes], _missing(missing))


def _missing(ids: Sequence[str]) -> list[Body]:
    return [batch_error("OBJECT_NOT_FOUND", "Some campaigns do not exist", {"ids": ids})] if ids else []


def _checked(call: Call, records: Records, record: Stored, given: dict[str, Any]) -> dict[str, str]:
    """The changes as they are kept. Raises 400 for what may not be written."""
    properties = given.get("properties")
    if not isinstance(properties, dict) or not all(isinstance(value, str) for value in properties.values()):
        raise invalid("Invalid input JSON: properties must be an object of texts")
    changes, problems = {}, []
    for name, text in properties.items():
        definition = records.definitions.active.get(name)
        if definition is None:
            problems.append(property_error(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
        elif definition["modificationMetadata"]["readOnlyValue"] or name in _NOT_CHANGED:
            problems.append(property_error(name, "READ_ONLY_VALUE", f'"{name}" is a read only property'))
        else:
            try:
                changes[name] = checked(definition, text, old=record.values.get(name)) if text else ""
            except BadText as error:
                problems.append(property_error(name, error.code, str(error)))
    if problems:
        raise invalid_values(problems, call.portal.portal_id)
    return changes


def _written(call: Call, records: Records, record: Stored, changes: dict[str, str]) -> Body:
    call.portal.write(records, record, changes, INTEGRATION, call.portal.clock.now())
    return _body(call.portal, record, list(changes))
