"""Trouble on order: the next N calls of a vendor or a route go wrong in a named way.

A fault is laid around a route by :mod:`connectors.sandbox.app`, so that no simulated vendor has to know about it;
only the body of a refusal is the vendor's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import orjson

TOO_MANY_REQUESTS = 429

ORDERED = "ordered by the test"
"""What a refusal says that a fault ordered, where the vendor's words do not matter."""

Kind = Literal["status", "cut", "slow", "empty", "half_batch", "duplicate_rows", "drop_rows", "odd_value"]


@dataclass
class Fault:
    """One programmed trouble. ``vendor`` and ``route`` choose the calls; None means any."""

    kind: Kind
    """``status``: answer ``status`` without doing anything. ``cut``: the connection breaks inside the answer.
    ``slow``: wait ``seconds`` first. ``empty``: a 2xx without a body. ``half_batch``: the first half of ``inputs`` is
    really written, then the answer is ``status``. ``duplicate_rows``: the first row comes twice. ``drop_rows``: the last
    row is missing. ``odd_value``: ``value`` stands at ``field`` of the first row."""
    vendor: str | None = None
    route: str | None = None
    times: int = 1
    """How many calls it still hits."""
    status: int = 503
    seconds: float = 0.0
    retry_after: str | None = None
    """``Retry-After`` of the answer, where the vendor gives one (HubSpot's 477)."""
    policy: str | None = None
    """Which refusal of that status. HubSpot 429: ``TEN_SECONDLY_ROLLING`` (default), ``SECONDLY`` or ``DAILY``. GA4 429: a key
    of :data:`.ga4.vendor.QUOTAS`. Google Ads: the error code. SEMrush: the error number. Tokens: the ``error``."""
    applied: bool = False
    """``cut`` and ``empty``: whether the call was carried out all the same."""
    field: str = ""
    """Path inside a row, dots between steps, numbers for list places: ``properties.amount``, ``metricValues.0.value``."""
    value: Any = None

    def hits(self, vendor: str, route: str) -> bool:
        return self.times > 0 and self.vendor in (None, vendor) and self.route in (None, route)


class Faults:
    """The programme, in the order in which it was ordered."""

    def __init__(self) -> None:
        self.pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.pending.append(fault)

    def clear(self) -> None:
        self.pending.clear()

    def take(self, vendor: str, route: str) -> Fault | None:
        """The fault that hits this call, counted down; None when the call goes well."""
        for fault in self.pending:
            if fault.hits(vendor, route):
                fault.times -= 1
                if fault.times == 0:
                    self.pending.remove(fault)
                return fault
        return None


def read_fault(body: Mapping[str, Any]) -> Fault:
    """A fault from JSON. Raises :class:`ValueError` for an unknown key or kind, or a count below 1."""
    known = {field.name for field in fields(Fault)}
    if unknown := sorted(set(body) - known):
        raise ValueError(f"unknown key {unknown[0]!r}; a fault has {', '.join(sorted(known))}")
    if body.get("kind") not in get_args(Kind):
        raise ValueError(f"unknown kind {body.get('kind')!r}; kinds are {', '.join(get_args(Kind))}")
    fault = Fault(**body)
    if fault.times < 1:
        raise ValueError("times must be at least 1")
    return fault


# --- what a fault does to a call ---------------------------------------------------------------------------


ROWS = ("results", "rows", "data", "elements", "list")
"""Where vendors keep the rows of an answer."""


def halved(body: bytes) -> bytes:
    """A batch with the first half of its inputs; a call without inputs stays as it is."""
    document = orjson.loads(body) if body else {}
    if isinstance(document, dict) and isinstance(document.get("inputs"), list):
        document["inputs"] = document["inputs"][: len(document["inputs"]) // 2]
        return orjson.dumps(document)
    return body


def altered(fault: Fault, body: bytes) -> bytes:
    """An answer with its rows tampered with; one without rows, or a fault that leaves rows alone, stays as it is."""
    if fault.kind not in ("duplicate_rows", "drop_rows", "odd_value"):
        return body
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _altered_text(fault, body)
    rows = _rows(document)
    if rows and fault.kind == "duplicate_rows":
        rows.insert(0, rows[0])
    elif rows and fault.kind == "drop_rows":
        rows.pop()
    elif rows:
        _put(rows[0], fault.field.split("."), fault.value)
    return orjson.dumps(document)


def _rows(document: Any) -> list[Any]:
    """The list of rows in any vendor's answer, or those of a stream's first message."""
    if isinstance(document, list):
        return _rows(document[0]) if document else []
    for key in ROWS:
        value = document.get(key) if isinstance(document, dict) else None
        if isinstance(value, list):
            return value
        if isinstance(value, dict):
            return _rows(value)
    return []


def _put(row: Any, path: list[str], value: Any) -> None:
    for step in path[:-1]:
        row = row[int(step)] if isinstance(row, list) else row[step]
    if isinstance(row, list):
        row[int(path[-1])] = value
    else:
        row[path[-1]] = value


def _altered_text(fault: Fault, body: bytes) -> bytes:
    """Reports in text, a header line first, semicolons between columns."""
    lines = body.decode().splitlines()
    if len(lines) < 2:
        return body
    if fault.kind == "duplicate_rows":
        lines.insert(1, lines[1])
    elif fault.kind == "drop_rows":
        lines.pop()
    else:
        columns, cells = lines[0].split(";"), lines[1].split(";")
        cells[columns.index(fault.field)] = str(fault.value)
        lines[1] = ";".join(cells)
    return "\r\n".join(lines).encode()
