"""Property definitions, groups and pipelines over HTTP; the rules are :mod:`connectors.sandbox.hubspot.properties`'."""

from typing import Any

from connectors.sandbox.hubspot.auth import schema_scope
from connectors.sandbox.hubspot.calculated import number
from connectors.sandbox.hubspot.errors import Body, Refusal, batch_error, invalid, not_found
from connectors.sandbox.hubspot.gate import Answer, Call
from connectors.sandbox.hubspot.inputs import batch_answer, inputs_of, known_keys
from connectors.sandbox.hubspot.properties import Definitions, names_of


def _definitions(call: Call, action: str) -> Definitions:
    """Writing needs the write scope and the read scope (a write-only key was refused every read, 2026-09)."""
    kind = call.records.kind
    call.grant.demand((schema_scope(kind, action),))
    return call.records.definitions


def _room(call: Call) -> int:
    """How many more custom properties the object, and the account, may have."""
    counts = {plural: len(custom_names(records.definitions)) for plural, records in call.portal.records.items()}
    limits = call.portal.limits
    of_object = limits.custom_properties_per_object - counts[call.records.kind.plural]
    return min(of_object, limits.custom_properties - sum(counts.values()))


def custom_names(definitions: Definitions) -> list[str]:
    """Active properties that the account added itself."""
    return [name for name, one in definitions.active.items() if not one["hubspotDefined"]]


def listed(call: Call) -> Answer:
    """Every definition, unpaged; sensitive ones are another matter (the sandbox has none)."""
    call.expect_query("archived", "properties", "dataSensitivity", "locale")
    definitions = _definitions(call, "read")
    if call.query.get("dataSensitivity", "non_sensitive") != "non_sensitive":
        return Answer(200, {"results": []})
    return Answer(200, {"results": definitions.listed(call.portal.clock.now(), archived=call.flag("archived"))})


def single(call: Call) -> Answer:
    call.expect_query("archived", "properties", "dataSensitivity", "locale")
    definitions = _definitions(call, "read")
    return Answer(200, definitions.get(call.path["name"], call.portal.clock.now(), archived=call.flag("archived")))


def create(call: Call) -> Answer:
    call.expect_query()
    definitions = _definitions(call, "write")
    if definitions.kind.plural == "campaigns" and not call.portal.quirks.campaign_properties_by_api:
        raise invalid("Properties of this object type can't be created")
    return Answer(201, definitions.create(call.mapping(), call.portal.clock.now(), room=_room(call)))


def change(call: Call) -> Answer:
    call.expect_query()
    definitions = _definitions(call, "write")
    return Answer(200, definitions.change(call.path["name"], call.mapping(), call.portal.clock.now()))


def archive(call: Call) -> Answer:
    call.expect_query()
    _definitions(call, "write").archive(call.path["name"], call.portal.clock.now())
    return Answer(204)


def batch_create(call: Call) -> Answer:
    """201 with every definition, or 207 with those that could be made."""
    call.expect_query()
    definitions = _definitions(call, "write")
    known_keys(call.mapping(), "inputs")
    results, errors = [], []
    for one in _bodies(call.mapping()):
        try:
            results.append(definitions.create(one, call.portal.clock.now(), room=_room(call)))
        except Refusal as refusal:
            errors.append(_of_batch(refusal, str(one.get("name"))))
    return batch_answer(call, results, errors, status=201)


def batch_read(call: Call) -> Answer:
    call.expect_query("locale")
    definitions = _definitions(call, "read")
    body = call.mapping()
    known_keys(body, "inputs", "archived", "dataSensitivity")
    results, errors = [], []
    for name in names_of(inputs_of(body, "name")):
        try:
            results.append(definitions.get(name, call.portal.clock.now(), archived=bool(body.get("archived"))))
        except Refusal as refusal:
            errors.append(_of_batch(refusal, name))
    return batch_answer(call, results, errors)


def batch_archive(call: Call) -> Answer:
    call.expect_query()
    definitions = _definitions(call, "write")
    known_keys(call.mapping(), "inputs")
    for name in names_of(inputs_of(call.mapping(), "name")):
        definitions.archive(name, call.portal.clock.now())
    return Answer(204)


def _bodies(body: dict[str, Any]) -> list[dict[str, Any]]:
    inputs = body.get("inputs")
    keys = {key for one in inputs for key in one} if isinstance(inputs, list) else set()
    return inputs_of(body, *keys)


def _of_batch(refusal: Refusal, name: str) -> Body:
    return batch_error(refusal.body["category"], refusal.body["message"], {"name": [name]}, refusal.body.get("errors", ()))


# --- groups and pipelines ----------------------------------------------------------------------------------


def groups(call: Call) -> Answer:
    call.expect_query("archived", "locale")
    return Answer(200, {"results": list(_definitions(call, "read").groups.values())})


def group(call: Call) -> Answer:
    call.expect_query("archived", "locale")
    return Answer(200, _definitions(call, "read").group(call.path["name"]))


def create_group(call: Call) -> Answer:
    call.expect_query()
    return Answer(201, _definitions(call, "write").create_group(call.mapping()))


def change_group(call: Call) -> Answer:
    call.expect_query()
    return Answer(200, _definitions(call, "write").change_group(call.path["name"], call.mapping()))


def archive_group(call: Call) -> Answer:
    call.expect_query()
    _definitions(call, "write").archive_group(call.path["name"])
    return Answer(204)


def pipelines(call: Call) -> Answer:
    """Unpaged, unsorted, all stages inside; metadata values are texts."""
    call.expect_query()
    _definitions(call, "read")
    return Answer(200, {"results": [_pipeline(one) for one in call.portal.pipelines.get(call.records.kind.plural, ())]})


def pipeline(call: Call) -> Answer:
    call.expect_query()
    _definitions(call, "read")
    for one in call.portal.pipelines.get(call.records.kind.plural, ()):
        if one["id"] == call.path["id"]:
            return Answer(200, _pipeline(one))
    raise not_found()


_STAMPS = {"createdAt": "2024-01-01T00:00:00.000Z", "updatedAt": "2024-01-01T00:00:00.000Z", "archived": False}


def _pipeline(raw: Body) -> Body:
    stages = [_stage(stage, order) for order, stage in enumerate(raw["stages"])]
    return {"displayOrder": 0, "label": raw["id"], **_STAMPS, **raw, "stages": stages}


def _stage(raw: Body, order: int) -> Body:
    """``isClosed`` is the vendor's: true exactly when the probability is 0 or 1."""
    metadata = {key: str(value) for key, value in raw.get("metadata", {}).items()}
    if "probability" in metadata:
        metadata["isClosed"] = "true" if number(metadata["probability"]) in (0, 1) else "false"
    whole = {"label": raw["id"], "displayOrder": order, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT", **_STAMPS}
    return {**whole, **raw, "metadata": metadata}
