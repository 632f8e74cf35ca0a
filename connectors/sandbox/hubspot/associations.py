"""Associations: read for many records at once or for one, made and ended in batches.

https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide (2026-11-21)
"""

from connectors.sandbox.hubspot.auth import object_scope
from connectors.sandbox.hubspot.errors import Body, batch_error, invalid, not_found
from connectors.sandbox.hubspot.gate import Answer, Call
from connectors.sandbox.hubspot.inputs import batch_answer, inputs_of, known_keys, text_of
from connectors.sandbox.hubspot.kinds import Kind, association_types
from connectors.sandbox.hubspot.portal import Portal

INPUTS_MAX = 1_000
PAGE_MAX = 500
"""Associations of one record in one answer."""


def batch_read(call: Call) -> Answer:
    """Each ``from`` has its own paging; one without associations is an error of a 207, which is normal."""
    call.expect_query()
    body = call.mapping()
    source, target = _ends(call, call.path["from"], call.path["to"])
    if not _is_offered(call.portal, source, target):
        raise invalid(f"No association types are defined between {source.plural} and {target.plural}")
    known_keys(body, "inputs")
    results, without = [], []
    linked = call.portal.links.sources((source.plural, target.plural))
    for one in inputs_of(body, "id", "after", most=INPUTS_MAX):
        record_id = text_of(one, "id")
        if record_id not in linked:
            without.append(record_id)
            continue
        page = _page(call.portal, source, target, record_id, str(one.get("after") or "0"), PAGE_MAX)
        if page["results"]:
            results.append({"from": {"id": record_id}, "to": page.pop("results"), **page})
        else:
            without.append(record_id)
    errors = _none(source, target, without) if call.portal.quirks.missing_associations_are_errors else []
    return batch_answer(call, results, errors)


def of_one(call: Call) -> Answer:
    call.expect_query("limit", "after")
    source, target = _ends(call, call.path["type"], call.path["to"])
    if call.portal.records[source.plural].find(call.path["id"]) is None:
        raise not_found()
    limit = call.whole("limit", PAGE_MAX, PAGE_MAX)
    return Answer(200, _page(call.portal, source, target, call.path["id"], call.query.get("after", "0"), limit))


def _ends(call: Call, source_name: str, target_name: str) -> tuple[Kind, Kind]:
    source, target = call.portal.kinds.asked(source_name), call.portal.kinds.asked(target_name)
    call.grant.demand(tuple(dict.fromkeys((object_scope(source, "read"), object_scope(target, "read")))))
    return source, target


def _is_offered(portal: Portal, source: Kind, target: Kind) -> bool:
    return portal.quirks.subscriptions_have_companies or {source.plural, target.plural} != {"subscriptions", "companies"}


def _page(portal: Portal, source: Kind, target: Kind, record_id: str, after: str, limit: int) -> Body:
    """``results`` and, when there are more, ``paging``; ``after`` is an offset."""
    if not after.isdecimal():
        raise invalid(f"after {after!r} is not a cursor of this list")
    others = portal.records[target.plural]
    alive = portal.records[source.plural].find(record_id) is not None
    links = portal.links.of((source.plural, target.plural), record_id) if alive else {}
    found = [(other, is_primary) for other, is_primary in links.items() if others.find(other) is not None]
    start = int(after)
    page: Body = {
        "results": [
            {
                "toObjectId": other if portal.quirks.to_object_id_is_text else int(other),
                "associationTypes": association_types(source, target, is_primary=is_primary),
            }
            for other, is_primary in found[start : start + limit]
        ]
    }
    if start + limit < len(found):
        page["paging"] = {"next": {"after": str(start + limit)}}
    return page


def _none(source: Kind, target: Kind, ids: list[str]) -> list[Body]:
    """An error for each record without associations: often most of a thousand, so what they share is made once."""
    start = f"No {target.singular} is associated with {source.singular} "
    shared = batch_error("OBJECT_NOT_FOUND", "", {})
    return [shared | {"message": f"{start}{one}.", "context": {"fromObjectId": [one]}} for one in ids]


# --- writing -----------------------------------------------------------------------------------------------

CREATE_MAX = 2_000
ARCHIVE_MAX = 100


def labels(call: Call) -> Answer:
    """The types that an association of this pair may have."""
    call.expect_query()
    source, target = _ends(call, call.path["from"], call.path["to"])
    is_offered = _is_offered(call.portal, source, target)
    return Answer(200, {"results": association_types(source, target, is_primary=False) if is_offered else []})


def batch_create(call: Call) -> Answer:
    """201; an end that is not there is an error of a 207. What is associated already stays so."""
    call.expect_query()
    source, target = _written_ends(call)
    known_keys(call.mapping(), "inputs")
    allowed = {(one["category"], one["typeId"]) for one in association_types(source, target, is_primary=True)}
    results, errors = [], []
    for one in inputs_of(call.mapping(), "from", "to", "types", most=CREATE_MAX):
        here, there = _id_of(one, "from"), _id_of(one, "to")
        types = one.get("types")
        if not isinstance(types, list) or not types:
            raise invalid("Invalid input JSON: types must be a list of association types")
        for type_ in types:
            if (type_.get("associationCategory"), type_.get("associationTypeId")) not in allowed:
                raise invalid(f"{type_} is not an association type of {source.plural} and {target.plural}")
        gone = [end for kind, end in ((source, here), (target, there)) if call.portal.records[kind.plural].find(end) is None]
        if gone:
            errors.append(batch_error("OBJECT_NOT_FOUND", "The record does not exist", {"ids": gone}))
            continue
        call.portal.links.add((source.plural, target.plural), here, there)
        results.append(
            {
                "fromObjectTypeId": source.type_id,
                "fromObjectId": here,
                "toObjectTypeId": target.type_id,
                "toObjectId": there,
                "labels": [],
            }
        )
    return batch_answer(call, results, errors, status=201)


def batch_archive(call: Call) -> Answer:
    """204 whether or not they were associated."""
    call.expect_query()
    source, target = _written_ends(call)
    known_keys(call.mapping(), "inputs")
    for one in inputs_of(call.mapping(), "from", "to", most=ARCHIVE_MAX):
        ends = one.get("to")
        if not isinstance(ends, list):
            raise invalid("Invalid input JSON: to must be a list")
        for end in ends:
            call.portal.links.remove((source.plural, target.plural), _id_of(one, "from"), text_of(end, "id"))
    return Answer(204)


def _written_ends(call: Call) -> tuple[Kind, Kind]:
    source, target = call.portal.kinds.asked(call.path["from"]), call.portal.kinds.asked(call.path["to"])
    call.grant.demand(tuple(dict.fromkeys((object_scope(source, "write"), object_scope(target, "write")))))
    return source, target


def _id_of(one: Body, key: str) -> str:
    end = one.get(key)
    if not isinstance(end, dict):
        raise invalid(f"Invalid input JSON: {key} must be an object with an id")
    return text_of(end, "id")
