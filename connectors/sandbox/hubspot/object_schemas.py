"""Types that an account defines itself: made, shown, changed and taken away again.

``/crm-object-schemas/{v}/schemas`` (shapes from HubSpot's Apache-2.0 package, 2026-11-21). Only some tiers may define
types (the refusal's body is UNVERIFIED), and one that has records cannot be taken away.
"""

import re
from typing import Any

from connectors.sandbox.hubspot.errors import Body, Refusal, invalid, missing_scopes, not_found, refusal
from connectors.sandbox.hubspot.gate import Answer, Call
from connectors.sandbox.hubspot.inputs import known_keys, text_of, texts_of
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.records import Records
from connectors.sandbox.hubspot.values import instant_text

_GIVEN = (
    "name",
    "labels",
    "description",
    "primaryDisplayProperty",
    "secondaryDisplayProperties",
    "searchableProperties",
    "requiredProperties",
    "properties",
    "associatedObjects",
    "allowsSensitiveProperties",
)
_REQUIRED = ("name", "labels", "properties", "requiredProperties", "associatedObjects")
_CHANGEABLE = (
    *(key for key in _GIVEN if key not in ("name", "properties", "associatedObjects")),
    "clearDescription",
    "restorable",
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def listed(call: Call) -> Answer:
    call.expect_query("archived", "includeAssociationDefinitions", "includePropertyDefinitions", "includeAuditMetadata")
    call.grant.demand(("crm.schemas.custom.read",))
    own = [records for records in call.portal.records.values() if records.kind.is_custom]
    return Answer(200, {"results": [] if call.flag("archived") else [_body(call.portal, records) for records in own]})


def single(call: Call) -> Answer:
    call.expect_query("includeAssociationDefinitions", "includePropertyDefinitions", "includeAuditMetadata")
    call.grant.demand(("crm.schemas.custom.read",))
    return Answer(200, _body(call.portal, _of(call)))


def create(call: Call) -> Answer:
    """201, or 403 where the tier has no types of its own, 400 past their number, 409 for a name that stands."""
    call.expect_query()
    body, portal = call.mapping(), call.portal
    call.grant.demand(("crm.schemas.custom.write",))
    if portal.limits.custom_object_types == 0:
        raise missing_scopes(["custom-object-access"])
    known_keys(body, *_GIVEN)
    for key in _REQUIRED:
        if key not in body:
            raise invalid(f"Some required fields were not set: [{key}]")
    name = text_of(body, "name")
    if not _NAME.fullmatch(name):
        raise invalid(f"The name {name!r} may hold only lower-case letters, digits and underscores")
    own = [records.kind.plural for records in portal.records.values() if records.kind.is_custom]
    if name in own:
        raise refusal(409, "OBJECT_ALREADY_EXISTS", f"An object type named '{name}' already exists.")
    if len(own) >= portal.limits.custom_object_types:
        raise invalid(f"The account has reached its limit of {portal.limits.custom_object_types} custom object types")
    associated = [portal.kinds.find(one).plural for one in texts_of(body, "associatedObjects")]
    records = portal.define(name)
    try:
        _fill(call, records, body)
    except Refusal:
        portal.undefine(records)
        raise
    kept = {key: body[key] for key in _GIVEN if key in body and key not in ("properties", "associatedObjects")}
    now = instant_text(portal.clock.now())
    portal.schemas[name] = {**kept, "associated": associated, "createdAt": now, "updatedAt": now}
    return Answer(201, _body(portal, records))


def _fill(call: Call, records: Records, body: Body) -> None:
    """The type's own properties. One that names no group stands in the type's first."""
    given = body["properties"]
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise invalid("Invalid input JSON: properties must be a list of objects")
    for one in given:
        whole: dict[str, Any] = {"groupName": records.kind.group, **one}
        records.definitions.create(whole, call.portal.clock.now(), room=len(given))
    names = {one["name"] for one in given}
    for key in ("requiredProperties", "searchableProperties", "secondaryDisplayProperties"):
        for name in texts_of(body, key):
            if name not in names:
                raise invalid(f"{key}: there is no property {name}")


def change(call: Call) -> Answer:
    call.expect_query()
    call.grant.demand(("crm.schemas.custom.write",))
    records, body = _of(call), call.mapping()
    known_keys(body, *_CHANGEABLE)
    given = {key: value for key, value in body.items() if key not in ("clearDescription", "restorable")}
    stamp = {"updatedAt": instant_text(call.portal.clock.now())}
    call.portal.schemas[records.kind.plural] = {**_extra(call.portal, records), **given, **stamp}
    whole = _body(call.portal, records)
    return Answer(200, {key: value for key, value in whole.items() if key not in ("properties", "associations")})


def archive(call: Call) -> Answer:
    """204; 400 while the type has records."""
    call.expect_query("archived")
    call.grant.demand(("crm.schemas.custom.write",))
    records = _of(call)
    if records.live:
        raise invalid(f"{records.kind.label} has {len(records.live)} records: delete them before their type")
    call.portal.undefine(records)
    return Answer(204)


def _of(call: Call) -> Records:
    kind = call.portal.kinds.asked(call.path["type"])
    if not kind.is_custom:
        raise not_found(f"there is no schema of {kind.plural}")
    return call.portal.records[kind.plural]


def _extra(portal: Portal, records: Records) -> Body:
    """What was said of the type; a world's own types were said nothing of."""
    kind = records.kind
    stamps = {"createdAt": "2024-01-01T00:00:00Z", "updatedAt": "2024-01-01T00:00:00Z"}
    standard = {"labels": {"singular": kind.label, "plural": kind.plural_label}, "associated": ["contacts", "companies", "deals"]}
    return {**stamps, **standard, **portal.schemas.get(kind.plural, {})}


def _body(portal: Portal, records: Records) -> Body:
    kind, extra = records.kind, _extra(portal, records)
    associated = extra.pop("associated")
    ends = [(kind.type_id, portal.kinds.find(one).type_id) for one in associated]
    lists: Body = {"requiredProperties": [], "searchableProperties": [], "secondaryDisplayProperties": []}
    return {
        "id": kind.type_id.removeprefix("2-"),
        "objectTypeId": kind.type_id,
        "fullyQualifiedName": portal.kinds.full_name(kind),
        "name": kind.plural,
        "archived": False,
        "allowsSensitiveProperties": False,
        **lists,
        **extra,
        "properties": records.definitions.listed(portal.clock.now(), archived=False),
        "associations": [
            {"id": str(number), "fromObjectTypeId": here, "toObjectTypeId": there, "name": f"{kind.plural}_to_{there}"}
            for number, (here, there) in enumerate(ends, start=1)
        ],
    }
