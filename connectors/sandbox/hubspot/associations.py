"""Reading associations: many records at once, or one.

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
    known_keys(body, "inputs")
    results, without = [], []
    for one in inputs_of(body, "id", "after", most=INPUTS_MAX):
        record_id = text_of(one, "id")
        page = _page(call.portal, source, target, record_id, str(one.get("after") or "0"), PAGE_MAX)
        if page["results"]:
            results.append({"from": {"id": record_id}, "to": page.pop("results"), **page})
        else:
            without.append(record_id)
    errors = (
        [_none(source, target, record_id) for record_id in without] if call.portal.quirks.missing_associations_are_errors else []
    )
    return batch_answer(call, results, errors)


def of_one(call: Call) -> Answer:
    call.expect_query("limit", "after")
    source, target = _ends(call, call.path["type"], call.path["to"])
    if call.portal.records[source.plural].find(call.path["id"]) is None:
        raise not_found()
    limit = call.whole("limit", PAGE_MAX, PAGE_MAX)
    return Answer(200, _page(call.portal, source, target, call.path["id"], call.query.get("after", "0"), limit))


def _ends(call: Call, source_name: str, target_name: str) -> tuple[Kind, Kind]:
    source, target = call.portal.kinds.find(source_name), call.portal.kinds.find(target_name)
    call.grant.demand(tuple(dict.fromkeys((object_scope(source, "read"), object_scope(target, "read")))))
    return source, target


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


def _none(source: Kind, target: Kind, record_id: str) -> Body:
    message = f"No {target.singular} is associated with {source.singular} {record_id}."
    return batch_error("OBJECT_NOT_FOUND", message, {"fromObjectId": [record_id]})
