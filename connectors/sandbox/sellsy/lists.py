"""Lists and searches: filters, order, and the two ways to go through pages."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from connectors.sandbox.sellsy.errors import Refused
from connectors.sandbox.world import Record

USUAL_LIMIT = 25
LONGEST = 100
CLASSIC_REACH = 100_000
"""Records that whole numbers as ``offset`` reach."""

Filter = Callable[[Record, Any], bool]


def _between(field: str) -> Filter:
    def fits(record: Record, span: Any) -> bool:
        value = record.get(field)
        if value is None:
            return False
        at = datetime.fromisoformat(str(value))
        bounds = [(span or {}).get(end) for end in ("start", "end")]
        since, until = (None if bound is None else _like(datetime.fromisoformat(str(bound)), at) for bound in bounds)
        return (since is None or at >= since) and (until is None or at <= until)

    return fits


def _like(bound: datetime, at: datetime) -> datetime:
    return bound if (bound.tzinfo is None) is (at.tzinfo is None) else bound.replace(tzinfo=at.tzinfo)


def _among(field: str) -> Filter:
    return lambda record, wanted: record.get(field) in (wanted if isinstance(wanted, list) else [wanted])


def _equal(field: str) -> Filter:
    return lambda record, wanted: (
        bool(record.get(field)) == bool(wanted) if isinstance(wanted, bool) else record.get(field) == wanted
    )


def _inside(field: str) -> Filter:
    return lambda record, wanted: (record.get(field) or {}).get("id") in wanted


def _related(record: Record, wanted: Any) -> bool:
    ends = [(one["type"], one["id"]) for one in record.get("related") or ()]
    return any((one["type"], one["id"]) in ends for one in wanted)


_THIRD: Mapping[str, Filter] = {
    "created": _between("created"),
    "updated_at": _between("updated_at"),
    "type": _among("type"),
    "is_archived": _equal("is_archived"),
    "id": _among("id"),
}
FILTERS: Mapping[str, Mapping[str, Filter]] = {
    "companies": _THIRD,
    "individuals": _THIRD,
    "contacts": {"created": _between("created"), "updated": _between("updated"), "id": _among("id")},
    "opportunities": {
        "created": _between("created"),
        "updated_status": _between("updated_status"),
        "due_date": _between("due_date"),
        "pipeline": _inside("pipeline"),
        "step": _inside("step"),
        "statuses": _among("status"),
        "related_objects": _related,
    },
    "invoices": {
        "created": _between("created"),
        "date": _between("date"),
        "status": _among("status"),
        "currency": _equal("currency"),
        "is_deposit": _equal("is_deposit"),
        "related_objects": _related,
        "credit_note_id": lambda record, wanted: wanted in (record.get("_credit_notes") or ()),
    },
    "credit_notes": {"status": _among("status"), "is_deposit": _equal("is_deposit"), "related_objects": _related},
    "custom_fields": {"related_object": lambda record, wanted: wanted in record["related_object"]},
}
"""Table -> its filters. Any other is refused, as an unknown field is."""


def filtered(table: str, records: Sequence[Record], filters: Any) -> list[Record]:
    if not isinstance(filters, dict):
        raise Refused(400, "Validation error", {"filters": "this field is required"})
    if unknown := sorted(set(filters) - set(FILTERS[table])):
        raise Refused(400, "Validation error", {f"filters.{unknown[0]}": "this field is not expected"})
    return [record for record in records if all(FILTERS[table][name](record, wanted) for name, wanted in filters.items())]


PARAMETERS = frozenset({"limit", "offset", "order", "direction", "field[]", "embed[]"})
"""Of most lists; :data:`LACKING` ones have fewer."""
LACKING: Mapping[str, frozenset[str]] = {"staffs": frozenset({"direction"}), "currencies": frozenset({"order", "embed[]"})}


def page(table: str, records: Sequence[Record], query: Mapping[str, str], *, ends_open: bool) -> tuple[list[Record], Record]:
    """One page of a list and its ``pagination``. ``ends_open``: the last page bears a position too."""
    if unknown := sorted(set(query) - (PARAMETERS - LACKING.get(table, frozenset()))):
        raise Refused(400, "Validation error", {unknown[0]: "this parameter is not expected"})
    limit = _whole(query.get("limit", str(USUAL_LIMIT)), "limit")
    if not 0 <= limit <= LONGEST:
        raise Refused(400, "Validation error", {"limit": f"this value should be between 0 and {LONGEST}"})
    is_descending = query.get("direction", "asc") == "desc"
    ordered = sorted(records, key=lambda record: int(record["id"]), reverse=is_descending)
    offset = query.get("offset")
    if offset is not None and offset.isdigit():
        first = int(offset)
        if first >= CLASSIC_REACH:
            raise Refused(400, "Validation error", {"offset": f"only the first {CLASSIC_REACH} can be reached"})
        found = ordered[first : first + limit]
        following: Any = first + limit
    else:
        after = None if offset is None else _position(offset)
        left = [r for r in ordered if after is None or (int(r["id"]) < after if is_descending else int(r["id"]) > after)]
        found = left[:limit]
        is_last = len(left) <= limit
        following = "" if is_last and not ends_open else _text(int(found[-1]["id"])) if found else (offset or "")
    return found, {"limit": limit, "total": len(records), "count": len(found), "offset": following}


def _whole(text: str, name: str) -> int:
    if not text.isdigit():
        raise Refused(400, "Validation error", {name: "this value should be of type integer"})
    return int(text)


def _text(last: int) -> str:
    return base64.b64encode(orjson.dumps([last])).decode()


def _position(text: str) -> int:
    try:
        return int(orjson.loads(base64.b64decode(text, validate=True))[0])
    except (binascii.Error, ValueError, IndexError, TypeError):
        raise Refused(400, "Validation error", {"offset": "this value is not a position of a list"}) from None
