"""Writing records: create, update, upsert, archive, merge.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis,
https://developers.hubspot.com/docs/api-reference/error-handling and
https://developers.hubspot.com/changelog/crm-api-write-validation-enforcement (2026-11-21).

What refuses a whole batch: too many inputs, duplicate ids, a property that does not exist, and, unless every input has a
trace id, any bad value. With trace ids a bad value is an error of its own record in a 207.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.hubspot.auth import object_scope
from connectors.sandbox.hubspot.errors import Body, batch_error, invalid, invalid_values, not_found, property_error, refusal
from connectors.sandbox.hubspot.gate import Answer, Call
from connectors.sandbox.hubspot.inputs import batch_answer, inputs_of, known_keys, text_of
from connectors.sandbox.hubspot.kinds import ASSOCIATION_TYPES, PRIMARY_TYPES
from connectors.sandbox.hubspot.portal import INTEGRATION
from connectors.sandbox.hubspot.reading import demand_unique
from connectors.sandbox.hubspot.records import Records, Stored, body_of
from connectors.sandbox.hubspot.values import BadText, checked

_INPUT = ("id", "idProperty", "properties", "objectWriteTraceId")
_NEW = ("properties", "associations", "objectWriteTraceId")


@dataclass
class Write:
    """One input of a write on its way: the record (None: to be created), what it asks, what is wrong with it."""

    key: str
    record: Stored | None
    given: dict[str, str]
    trace: str | None
    changes: dict[str, str]
    problems: list[Body]
    links: Sequence[Mapping[str, Any]] = ()
    is_new: bool = False


def _given(one: Mapping[str, Any]) -> dict[str, str]:
    properties = one.get("properties")
    if not isinstance(properties, dict) or not all(isinstance(value, str) for value in properties.values()):
        raise invalid("Invalid input JSON: properties must be an object of texts")
    return properties


def _check(call: Call, records: Records, write: Write) -> Write:
    """Fill ``changes`` and ``problems``."""
    held = write.record.values if write.record else {}
    definitions = records.definitions.active
    for name, text in write.given.items():
        definition = definitions.get(name)
        if definition is None:
            write.problems.append(property_error(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
        elif definition["modificationMetadata"]["readOnlyValue"]:
            write.problems.append(
                property_error(name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set')
            )
        elif text == "":
            write.changes[name] = ""
        else:
            try:
                write.changes[name] = checked(
                    definition, text, old=held.get(name), canonical_numbers=call.portal.quirks.numbers_read_canonical
                )
            except BadText as error:
                write.problems.append(property_error(name, error.code, str(error)))
    _check_unique(records, write)
    if call.has_rules:
        _check_rules(call, records, write, {**held, **write.changes})
    return write


def _check_unique(records: Records, write: Write) -> None:
    for name, value in write.changes.items():
        if not value or not records.definitions.active[name]["hasUniqueValue"]:
            continue
        holder = records.with_value(name, {value}).get(value.lower())
        if holder is not None and holder is not write.record:
            message = f"{records.kind.label} already exists. Existing ID: {holder.id}"
            write.problems.append(property_error(name, "CONFLICT", message))


def _check_rules(call: Call, records: Records, write: Write, after: Mapping[str, str]) -> None:
    missing = [name for name in records.kind.required if write.record is None and not after.get(name)]
    write.problems += [property_error(name, "MISSING_REQUIRED_PROPERTY", f"{name} is required") for name in missing]
    for rule in call.portal.rules:
        if call.portal.kinds.find(rule["object"]) != records.kind:
            continue
        applies = all(after.get(name) in values for name, values in rule.get("when", {}).items())
        for name in rule["require"]:
            if applies and not after.get(name):
                message = f"{name} is required by a rule of this account"
                write.problems.append(property_error(name, "MISSING_CONDITIONAL_REQUIRED_PROPERTY", message))


def _refuse_whole(call: Call, writes: Sequence[Write]) -> None:
    """Raises when the batch's problems cannot be answered record by record."""
    problems = [problem for write in writes for problem in write.problems]
    is_traced = all(write.trace for write in writes) and not call.portal.quirks.invalid_value_refuses_batch
    if not problems or (is_traced and not any(problem["code"] == "PROPERTY_DOESNT_EXIST" for problem in problems)):
        return
    if all(problem["code"] == "CONFLICT" for problem in problems):
        raise refusal(409, "CONFLICT", problems[0]["message"])
    raise invalid_values(problems, call.portal.portal_id)


def _error(write: Write) -> Body:
    context: dict[str, list[str]] = {"objectWriteTraceId": [write.trace]} if write.trace else {}
    if write.record:
        context["ids"] = [write.record.id]
    return batch_error("VALIDATION_ERROR", "; ".join(problem["message"] for problem in write.problems), context, write.problems)


def _carry_out(call: Call, records: Records, write: Write) -> Body:
    portal, at = call.portal, call.portal.clock.now()
    if write.record is None:
        write.record = portal.create(records, write.changes, INTEGRATION, at)
        write.is_new = True
        _link(call, records, write.record, write.links)
    else:
        portal.write(records, write.record, write.changes, INTEGRATION, at)
    names = tuple(sorted({*write.given, *records.kind.always}))
    return body_of(write.record, names, portal.record_url(records.kind))


def _link(call: Call, records: Records, record: Stored, links: Sequence[Mapping[str, Any]]) -> None:
    """Associations of a new record: the type's number says which object is at the other end."""
    for link in links:
        for one in link.get("types", ()):
            number = one.get("associationTypeId")
            for table, is_primary in ((ASSOCIATION_TYPES, False), (PRIMARY_TYPES, True)):
                for pair, known in table.items():
                    if known == number and pair[0] == records.kind.plural:
                        call.portal.links.add(pair, record.id, str(link["to"]["id"]), is_primary=is_primary)


def _writes(call: Call, records: Records, *, can_create: bool) -> tuple[list[Write], list[Body]]:
    """The inputs of an update or upsert as writes, and errors for ids that are not there."""
    writes, errors, seen = [], [], set()
    inputs = inputs_of(call.mapping(), *_INPUT)
    _refuse_duplicates([text_of(one, "id") for one in inputs])
    for one in inputs:
        key, name = text_of(one, "id"), one.get("idProperty")
        if name is None:
            record = records.find(key)
        else:
            demand_unique(records, str(name))
            record = records.with_value(str(name), {key}).get(key.lower())
        given = _given(one)
        if record is None and can_create and name is not None:
            given = {str(name): key, **given}
        elif record is None:
            context = {"ids": [key]} | (
                {"objectWriteTraceId": [str(one["objectWriteTraceId"])]} if one.get("objectWriteTraceId") else {}
            )
            errors.append(batch_error("OBJECT_NOT_FOUND", f"{records.kind.label} {key} was not found", context))
            continue
        if record is not None and record.id in seen:
            _refuse_duplicates([record.id, record.id])
        seen.update([record.id] if record else [])
        writes.append(Write(key, record, given, one.get("objectWriteTraceId"), {}, []))
    return writes, errors


def _refuse_duplicates(ids: Sequence[str]) -> None:
    double = sorted({one for one in ids if ids.count(one) > 1})
    if double:
        raise invalid(f"Duplicate IDs found in batch input: [{', '.join(double)}]. IDs must be unique", context={"ids": double})


def batch_update(call: Call) -> Answer:
    return _batch_write(call, can_create=False)


def batch_upsert(call: Call) -> Answer:
    return _batch_write(call, can_create=True)


def _batch_write(call: Call, *, can_create: bool) -> Answer:
    call.expect_query()
    records = call.records
    call.grant.demand((object_scope(records.kind, "write"),))
    known_keys(call.mapping(), "inputs")
    writes, errors = _writes(call, records, can_create=can_create)
    for write in writes:
        _check(call, records, write)
    _refuse_whole(call, writes)
    results = []
    for write in writes:
        if write.problems:
            errors.append(_error(write))
        else:
            body = _carry_out(call, records, write)
            results.append(body | {"new": write.is_new} if can_create else body)
    return batch_answer(call, results, errors)


def batch_create(call: Call) -> Answer:
    call.expect_query()
    records = call.records
    call.grant.demand((object_scope(records.kind, "write"),))
    known_keys(call.mapping(), "inputs")
    writes = [
        _check(call, records, Write("", None, _given(one), one.get("objectWriteTraceId"), {}, [], one.get("associations") or ()))
        for one in inputs_of(call.mapping(), *_NEW)
    ]
    _refuse_whole(call, writes)
    errors = [_error(write) for write in writes if write.problems]
    results = [_carry_out(call, records, write) for write in writes if not write.problems]
    return batch_answer(call, results, errors, status=201)


def batch_archive(call: Call) -> Answer:
    """204 whether or not the ids were there."""
    call.expect_query()
    records = call.records
    call.grant.demand((object_scope(records.kind, "write"),))
    known_keys(call.mapping(), "inputs")
    for one in inputs_of(call.mapping(), "id"):
        record = records.find(text_of(one, "id"))
        if record is not None:
            records.archive(record, call.portal.clock.now())
    return Answer(204)


def create(call: Call) -> Answer:
    call.expect_query()
    records = call.records
    call.grant.demand((object_scope(records.kind, "write"),))
    known_keys(call.mapping(), *_NEW)
    write = Write("", None, _given(call.mapping()), None, {}, [], call.mapping().get("associations") or ())
    _refuse_whole(call, [_check(call, records, write)])
    return Answer(201, _carry_out(call, records, write))


def update(call: Call) -> Answer:
    """One record; the id of a merged-away one leads to its survivor."""
    call.expect_query("idProperty")
    records = call.records
    call.grant.demand((object_scope(records.kind, "write"),))
    known_keys(call.mapping(), "properties", "objectWriteTraceId")
    record = records.survivor(call.path["id"])
    if record is None or record.archived_at is not None:
        raise not_found()
    write = Write(record.id, record, _given(call.mapping()), None, {}, [])
    _refuse_whole(call, [_check(call, records, write)])
    return Answer(200, _carry_out(call, records, write))


def archive(call: Call) -> Answer:
    call.expect_query()
    records = call.records
    call.grant.demand((object_scope(records.kind, "write"),))
    record = records.find(call.path["id"])
    if record is not None:
        records.archive(record, call.portal.clock.now())
    return Answer(204)


def merge(call: Call) -> Answer:
    call.expect_query()
    records, body = call.records, call.mapping()
    call.grant.demand((object_scope(records.kind, "write"),))
    known_keys(body, "primaryObjectId", "objectIdToMerge")
    survivor, loser = records.find(text_of(body, "primaryObjectId")), records.find(text_of(body, "objectIdToMerge"))
    if survivor is None or loser is None:
        raise not_found()
    if survivor is loser:
        raise invalid("a record can't be merged with itself")
    call.portal.merge(records, survivor, loser, call.portal.clock.now())
    names = tuple(sorted({*records.kind.defaults, *records.kind.always, "hs_merged_object_ids"}))
    return Answer(200, body_of(survivor, names, call.portal.record_url(records.kind)))
