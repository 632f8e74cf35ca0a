"""HubSpot's published shapes as a judge of what is sent to it, and of what the sandbox answers in its place.

Objects are closed: a key that HubSpot's description does not have is a fault, as a misspelt one would be. What the description has
wrong is listed in :data:`DEVIATIONS`, and nothing else is let through.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema  # type: ignore[import-untyped]

FOLDER = Path(__file__).parent / "sdk-2026-03"
DESCRIBED = "2026-03"
VERSION = re.compile(r"^\d{4}-\d{2}$")

Schema = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One end point of the description."""

    file: str
    method: str
    pattern: re.Pattern[str]
    body: Schema | None
    query: Mapping[str, Schema]
    needed: frozenset[str]
    """Query parameters that must be there."""
    answer: Schema | None
    literals: int
    """Steps of the path that are no parameters: ``/batch/read`` before ``/{objectId}``."""


@dataclass(frozen=True)
class Deviation:
    """Where the description is wrong, and how it is put right."""

    source: str
    """Where HubSpot says so; dated 2026-11-21."""
    where: Callable[[Operation], bool]
    mend: Callable[[Schema], None]
    """Changes the (resolved, closed) schema in place."""
    of: str = "body"
    """``body`` or ``answer``."""


# --- what is known to be wrong -----------------------------------------------------------------------------------

SORT: Schema = {
    "type": "object",
    "properties": {"propertyName": {"type": "string"}, "direction": {"enum": ["ASCENDING", "DESCENDING"]}},
    "required": ["propertyName"],
    "additionalProperties": False,
}


def _is_search(operation: Operation) -> bool:
    return operation.pattern.pattern.endswith("/search$")


def _sorts_are_objects(schema: Schema) -> None:
    schema["properties"]["sorts"]["items"] = SORT


def _search_keys_may_be_left_out(schema: Schema) -> None:
    schema["required"] = []


def _has_answer(operation: Operation) -> bool:
    return operation.answer is not None


def _is_association_read(operation: Operation) -> bool:
    return operation.answer is not None and operation.file == "crm-associations"


def _values_may_be_null(schema: Schema) -> None:
    for found in _inside(schema):
        properties = found.get("properties")
        values = properties.get("properties") if isinstance(properties, dict) else None
        if isinstance(values, dict) and values.get("additionalProperties") == {"type": "string"}:
            values["additionalProperties"] = {"type": ["string", "null"]}


def _batch_answers_may_have_errors(schema: Schema) -> None:
    if "startedAt" in schema.get("properties", {}):
        schema["properties"] |= {"numErrors": {"type": "integer"}, "errors": {"type": "array", "items": {"type": "object"}}}


def _links_as_seen(schema: Schema) -> None:
    for found in _inside(schema):
        properties = found.get("properties")
        if isinstance(properties, dict) and {"toObjectId", "associationTypes"} <= set(properties):
            properties["toObjectId"] = {"type": ["string", "integer"]}
        if isinstance(properties, dict) and {"category", "typeId", "label"} <= set(properties):
            properties["label"] = {"type": ["string", "null"]}


def _is_owners(operation: Operation) -> bool:
    return operation.file == "crm-owners" and operation.answer is not None


def _archived_owners_have_no_user(schema: Schema) -> None:
    for found in _inside(schema):
        properties = found.get("properties")
        if isinstance(properties, dict) and "userIdIncludingInactive" in properties:
            properties["userId"] = {"type": ["integer", "null"]}


OBJECTS = "https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis"
SEARCH = "https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm"

LINKS = "https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide"
OWNERS = "https://developers.hubspot.com/docs/api-reference/latest/crm/owners/guide"

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(f"{SEARCH}: sorts are objects with propertyName and direction", _is_search, _sorts_are_objects),
    Deviation(f"{SEARCH}: the examples leave out after, and every key but the one they are about", _is_search, _search_keys_may_be_left_out),
    Deviation(f"{OBJECTS}: a property without a value is null", _has_answer, _values_may_be_null, "answer"),
    Deviation(f"{OBJECTS}: a 207 counts and lists its errors", _has_answer, _batch_answers_may_have_errors, "answer"),
    Deviation(f"{LINKS}: toObjectId is shown as a number; an association without a label has null", _is_association_read, _links_as_seen, "answer"),
    Deviation(f"{OWNERS}: the userId of an archived owner is null", _is_owners, _archived_owners_have_no_user, "answer"),
)  # fmt: skip

NOT_DESCRIBED: Mapping[str, str] = {
    r"^/oauth/v2/private-apps/get/access-token-info$": "seen live on service keys and private apps, 2026-09; the package has OAuth 2 tokens only",
}
"""Paths of ours that the package does not know, and who does."""


# --- reading the description ---------------------------------------------------------------------------------------


@cache
def operations() -> tuple[Operation, ...]:
    """Every end point of every file, the most literal paths first."""
    found = [one for path in sorted(FOLDER.glob("*.json")) for one in _operations_of(path)]
    return tuple(sorted(found, key=lambda one: -one.literals))


def _operations_of(path: Path) -> Iterator[Operation]:
    document = json.loads(path.read_text(encoding="utf-8"))
    for template, methods in document["paths"].items():
        steps = template.strip("/").split("/")
        for method, described in methods.items():
            if method not in ("get", "post", "patch", "put", "delete"):
                continue
            query = [one for one in described.get("parameters", ()) if one["in"] == "query"]
            made = Operation(
                path.stem,
                method.upper(),
                re.compile("^/" + "/".join("[^/]+" if step.startswith("{") else re.escape(step) for step in steps) + "$"),
                _schema(described.get("requestBody"), document),
                {one["name"]: one["schema"] for one in query},
                frozenset(one["name"] for one in query if one.get("required")),
                _schema(_success(described.get("responses", {})), document),
                sum(not step.startswith("{") for step in steps),
            )
            for deviation in DEVIATIONS:
                schema = made.body if deviation.of == "body" else made.answer
                if schema is not None and deviation.where(made):
                    deviation.mend(schema)
            yield made


def _success(responses: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((one for status, one in responses.items() if status.startswith("2")), None)


def _schema(part: Mapping[str, Any] | None, document: Mapping[str, Any]) -> Schema | None:
    """The JSON schema of a body, with every reference put in and every object closed."""
    content = (part or {}).get("content", {}).get("application/json", {}).get("schema")
    return _closed(content, document, ()) if content is not None else None


def _closed(schema: Any, document: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_closed(one, document, within) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name in within:
            return {}  # a schema inside itself: not looked at any deeper
        return _closed(document["components"]["schemas"][name], document, (*within, name))
    made = {
        key: _closed(value, document, within) for key, value in schema.items() if key != "description" or isinstance(value, dict)
    }
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def _inside(schema: Any) -> Iterator[Schema]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from _inside(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _inside(value)


# --- judging ---------------------------------------------------------------------------------------------------------


def operation_of(method: str, path: str) -> Operation | None:
    """The end point that a path leads to, whatever its dated version."""
    plain = "/".join(DESCRIBED if VERSION.match(step) else step for step in path.split("/"))
    return next((one for one in operations() if one.method == method and one.pattern.match(plain)), None)


def faults_of_request(method: str, path: str, query: str, body: bytes) -> list[str]:
    """What HubSpot's description does not know of a request; empty when all is well."""
    operation = operation_of(method, path)
    if operation is None:
        known = any(re.match(pattern, path) for pattern in NOT_DESCRIBED)
        return [] if known else [f"{method} {path}: no such end point"]
    where = f"{method} {path}"
    found = [f"{where}: {fault}" for fault in _faults_of_query(operation, query)]
    if operation.body is None:
        return found + ([f"{where}: has a body, and needs none"] if body else [])
    if not body:
        return [*found, f"{where}: has no body"]
    return found + [f"{where}: {fault}" for fault in _faults(operation.body, json.loads(body))]


def faults_of_answer(method: str, path: str, body: bytes) -> list[str]:
    """What HubSpot's description does not know of a 2xx answer."""
    operation = operation_of(method, path)
    if operation is None or operation.answer is None or not body:
        return []
    return [f"{method} {path}: {fault}" for fault in _faults(operation.answer, json.loads(body))]


def _faults(schema: Schema, document: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{'/'.join(map(str, error.absolute_path)) or 'body'}: {error.message}" for error in validator.iter_errors(document)]


def _faults_of_query(operation: Operation, query: str) -> Iterator[str]:
    given = parse_qsl(query, keep_blank_values=True)
    for name in sorted(operation.needed - {name for name, _ in given}):
        yield f"?{name} is missing"
    for name, value in given:
        schema = operation.query.get(name)
        if schema is None:
            yield f"?{name} is not known"
        elif not _fits(schema, value):
            yield f"?{name}={value} is not of type {schema.get('type')}"


def _fits(schema: Schema, value: str) -> bool:
    match schema.get("type"):
        case "integer":
            return value.lstrip("-").isdigit()
        case "boolean":
            return value in ("true", "false")
        case _:
            return not schema.get("enum") or value in schema["enum"]
