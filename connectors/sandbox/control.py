"""The only hand that reaches into a running sandbox: time passes, people work, things break, calls are counted.

===============================  ==========================================================================================
``GET  /_sandbox/clock``         ``{"now"}``
``POST /_sandbox/clock``         ``{"now": instant}`` or ``{"advance_days": n}`` or ``{"advance_seconds": n}`` -> ``{"now"}``
``POST /_sandbox/edit``          ``{"object", "id", "properties"}``: a person changes a record (history says ``CRM_UI``)
``POST /_sandbox/merge``         ``{"object", "survivor", "loser"}``
``POST /_sandbox/archive``       ``{"object", "id", "restore": false}``
``POST /_sandbox/erase``         ``{"object", "id"}``: deleted for good on a person's demand (GDPR); in no list, archive or batch
``GET|POST|DELETE …/faults``     what is ordered / one fault or a list of them (:class:`.faults.Fault`) / nothing more
``GET|POST /_sandbox/stats``     calls by vendor / ``{"reset": true}``
===============================  ==========================================================================================

JSON in, JSON out. An unknown key, object, property or value is a 400 that says which.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import read_fault
from connectors.sandbox.hubspot.errors import Refusal
from connectors.sandbox.hubspot.loading import PERSON
from connectors.sandbox.hubspot.records import Records, Stored
from connectors.sandbox.hubspot.values import checked, instant_text
from connectors.sandbox.world import Record

PREFIX = "/_sandbox"
Order = Callable[[Sandbox, dict[str, Any]], Any]


class BadOrder(ValueError):
    """An order that the control plane does not understand, or cannot carry out."""


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    return [
        Route(f"{PREFIX}/clock", _handler(sandbox, {"GET": read_clock, "POST": set_clock}), methods=["GET", "POST"]),
        Route(f"{PREFIX}/edit", _handler(sandbox, {"POST": edit}), methods=["POST"]),
        Route(f"{PREFIX}/merge", _handler(sandbox, {"POST": merge}), methods=["POST"]),
        Route(f"{PREFIX}/archive", _handler(sandbox, {"POST": archive}), methods=["POST"]),
        Route(f"{PREFIX}/erase", _handler(sandbox, {"POST": erase}), methods=["POST"]),
        Route(
            f"{PREFIX}/faults",
            _handler(sandbox, {"GET": read_faults, "POST": order_faults, "DELETE": clear_faults}),
            methods=["GET", "POST", "DELETE"],
        ),
        Route(f"{PREFIX}/stats", _handler(sandbox, {"GET": read_stats, "POST": reset_stats}), methods=["GET", "POST"]),
    ]


def _handler(sandbox: Sandbox, orders: dict[str, Order]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        raw = await request.body()
        order = orders["GET" if request.method == "HEAD" else request.method]
        try:
            body = orjson.loads(raw) if raw else {}
            with sandbox.lock:
                return JSONResponse(order(sandbox, body))
        except Refusal as refusal:
            return JSONResponse({"error": refusal.body["message"]}, 400)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)

    return answer


def _known(body: object, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """The body, if it has all required keys and no unknown one. Raises :class:`BadOrder`."""
    if not isinstance(body, dict):
        raise BadOrder("a JSON object is needed")
    for key in body:
        if key not in required + optional:
            raise BadOrder(f"unknown key {key!r}; known are {', '.join(required + optional)}")
    for key in required:
        if key not in body:
            raise BadOrder(f"key {key!r} is missing")
    return body


# --- time ----------------------------------------------------------------------------------------------------


def read_clock(sandbox: Sandbox, body: Any) -> Record:
    return {"now": instant_text(sandbox.clock.now())}


def set_clock(sandbox: Sandbox, body: Any) -> Record:
    """Exactly one of the three keys. What a world had in store until then happens at once."""
    given = _known(body, (), ("now", "advance_days", "advance_seconds"))
    if len(given) != 1:
        raise BadOrder("exactly one of now, advance_days, advance_seconds is needed")
    [(key, value)] = given.items()
    if key == "now":
        sandbox.clock.set(datetime.fromisoformat(str(value)))
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise BadOrder(f"{key} must be a number")
    else:
        sandbox.clock.advance(timedelta(days=value) if key == "advance_days" else timedelta(seconds=value))
    sandbox.portal.now()
    return read_clock(sandbox, body)


# --- people --------------------------------------------------------------------------------------------------


def edit(sandbox: Sandbox, body: Any) -> Record:
    """A person changes properties; ``""`` or null clears. What the vendor calculates cannot be edited."""
    given = _known(body, ("object", "id", "properties"))
    records, record = _record(sandbox, given["object"], given["id"])
    if not isinstance(given["properties"], dict):
        raise BadOrder("properties must be an object")
    changes = {}
    for name, value in given["properties"].items():
        definition = records.definitions.active.get(name)
        if definition is None:
            raise BadOrder(f"{records.kind.plural} have no property {name!r}")
        if definition["calculated"]:
            raise BadOrder(f"{name} is calculated by the vendor")
        text = "" if value is None else str(value)
        changes[name] = checked(definition, text, old=record.values.get(name)) if text else ""
    sandbox.portal.write(records, record, changes, PERSON, sandbox.portal.now())
    return {"id": record.id, "properties": record.values, "updatedAt": record.updated_at}


def merge(sandbox: Sandbox, body: Any) -> Record:
    given = _known(body, ("object", "survivor", "loser"))
    records, survivor = _record(sandbox, given["object"], given["survivor"])
    _, loser = _record(sandbox, given["object"], given["loser"])
    if survivor is loser:
        raise BadOrder("a record cannot be merged with itself")
    sandbox.portal.merge(records, survivor, loser, sandbox.portal.now())
    return {"id": survivor.id, "merged": loser.id}


def archive(sandbox: Sandbox, body: Any) -> Record:
    """``"restore": true`` brings an archived record back."""
    given = _known(body, ("object", "id"), ("restore",))
    records = sandbox.portal.find(str(given["object"]))
    record = records.by_id.get(str(given["id"]))
    is_restore = given.get("restore", False)
    if record is None or record.merged_into or (record.archived_at is not None) is not is_restore:
        raise BadOrder(f"no {'archived' if is_restore else 'live'} record {given['id']} among {records.kind.plural}")
    if is_restore:
        records.restore(record)
        if sandbox.portal.quirks.restore_bumps_modified:
            sandbox.portal.touch(records, record, sandbox.portal.now())
    else:
        records.archive(record, sandbox.portal.now())
    return {"id": record.id, "archived": not is_restore}


def erase(sandbox: Sandbox, body: Any) -> Record:
    """Live or archived, but not merged away."""
    given = _known(body, ("object", "id"))
    sandbox.portal.now()
    records = sandbox.portal.find(str(given["object"]))
    record = records.by_id.get(str(given["id"]))
    if record is None or record.merged_into:
        raise BadOrder(f"no record {given['id']} among {records.kind.plural}")
    records.erase(record)
    return {"id": record.id, "erased": True}


def _record(sandbox: Sandbox, object: Any, record_id: Any) -> tuple[Records, Stored]:
    sandbox.portal.now()
    records = sandbox.portal.find(str(object))
    # People know a campaign by its GUID.
    record = records.find(sandbox.portal.guids.get(str(record_id), str(record_id)))
    if record is None:
        raise BadOrder(f"no live record {record_id} among {records.kind.plural}")
    return records, record


# --- trouble and counts ----------------------------------------------------------------------------------------


def read_faults(sandbox: Sandbox, body: Any) -> Record:
    return {"pending": [asdict(fault) for fault in sandbox.faults.pending]}


def order_faults(sandbox: Sandbox, body: Any) -> Record:
    ordered = body if isinstance(body, list) else [body]
    faults = [read_fault(_object(one)) for one in ordered]
    for fault in faults:
        sandbox.faults.add(fault)
    return read_faults(sandbox, body)


def _object(one: Any) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise BadOrder("a fault is a JSON object")
    return one


def clear_faults(sandbox: Sandbox, body: Any) -> Record:
    sandbox.faults.clear()
    return read_faults(sandbox, body)


def read_stats(sandbox: Sandbox, body: Any) -> Record:
    return sandbox.stats.as_json()


def reset_stats(sandbox: Sandbox, body: Any) -> Record:
    given = _known(body, ("reset",))
    if given["reset"] is not True:
        raise BadOrder("reset must be true")
    sandbox.stats.reset()
    return sandbox.stats.as_json()
