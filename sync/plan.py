"""What would be written to the CRM, and why, as a value: sorted, so that two runs print the same text, with a digest that
``apply`` checks, and with what it costs. How single values are judged stands in :mod:`sync.compare`."""

import builtins
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple

import orjson

from connectors.base import PropertyDef
from sync.compare import ACTED_ON, Outcome
from sync.ledger_tables import Key, Line
from sync.link_text import calls as association_calls
from sync.link_text import difference, is_link
from sync.spill import AT_ONCE, in_order

ARCHIVED = "(archived)"
"""Old value of a definition's line when the CRM keeps the property in its archive."""
OTHER_TYPE = "(of type "
"""Start of the old value of a definition's line when our property must change its type."""

WRITE_BATCH = 100
"""HubSpot's batch size for reads and for updates by id (HubSpot API, objects guide, read 2026-11-21)."""

LAST = frozenset({"campaigns", "cadran_campaign", "users"})
"""Objects whose lines come after all others: a first `apply --limit 10` shows records that people work with every day."""

DRAIN_FROM = 200
"""Records of one type; beyond these, a run reads its own changes back before it ends (one page of HubSpot's search)."""


class Change(NamedTuple):
    """One line of a plan. ``record_id`` is None for the definition of a property."""

    object: str
    record_id: str | None
    property: str
    old: str | None
    new: str | None
    kpi: str
    outcome: Outcome
    reason: str

    # ``property`` names a field here.
    @builtins.property
    def is_acted_on(self) -> bool:
        return self.outcome in ACTED_ON

    @builtins.property
    def is_definition(self) -> bool:
        return self.record_id is None

    @builtins.property
    def comes_back(self) -> bool:
        """A definition that HubSpot restores together with its old values."""
        return self.is_definition and self.old is not None and self.old.startswith((ARCHIVED, OTHER_TYPE))

    def line(self) -> Line:
        """As the ledger keeps it."""
        return self[:]


@dataclass(frozen=True)
class Plan:
    """Everything a run would do to the CRM, in a fixed order: definitions of an object first, then its records."""

    plan_id: str
    run_id: int
    as_of: datetime
    changes: Collection[Change]
    """Sorted; the lines of one record stand together."""
    definitions: tuple[PropertyDef, ...] = ()
    """The properties whose lines have no record id, in full."""
    unchanged: int = 0
    adopted: Mapping[Key, str | None] = field(default_factory=dict)
    """Values that already stand in the CRM as computed; ``apply`` makes them the base. Nothing is written for them."""
    lookups: int = 0
    """Calls that planning itself spent on property histories."""
    batch_sizes: Mapping[str, int] = field(default_factory=dict)
    """Object -> records of a batch, where it is not :data:`WRITE_BATCH`."""
    read_back: tuple[int, int] = (0, 0)
    """(searches, other calls) of reading our own changes back at the end, where there are many."""
    audit: int = 0
    """Calls of looking for edits that our writes went over (:mod:`sync.audit`), when that is due."""

    @property
    def acted_on(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.is_acted_on)

    @property
    def calls(self) -> int:
        """API calls that applying it costs, besides the one that greets the account."""
        return sum(self.calls_by_kind.values())

    @property
    def calls_by_kind(self) -> dict[str, int]:
        """``definitions``, ``pre_read``, ``update``, ``associations``, ``echo``, ``audit``: what the calls are for."""
        counted = self._counted
        batches = sum(-(-n // self.batch_sizes.get(object, WRITE_BATCH)) for object, n in counted.records.items())
        return {
            "definitions": counted.definitions,
            "pre_read": batches,
            "update": batches,
            "associations": counted.associations,
            "echo": sum(self.read_back),
            "audit": self.audit,
        }

    def records_by_object(self) -> dict[str, int]:
        """Records that it writes to."""
        return dict(self._counted.records)

    @cached_property
    def _counted(self) -> "_Counted":
        """The lines may be many, and lie on disk: they are gone through once for all that is asked."""
        definitions = 0
        records = Counter[str]()
        renewed: set[str] = set()
        is_linking = False
        for (object, record_id), lines in groupby(self.changes, key=_record):
            acted_on = [c for c in lines if c.outcome in ACTED_ON]
            if record_id is None:
                for line in acted_on:
                    definitions += 2 if (line.old or "").startswith(OTHER_TYPE) else 1
                    renewed |= {object} if line.outcome == "create" or line.comes_back else set()
                if any(c.outcome != "clear" for c in acted_on):
                    definitions += object != "campaigns"  # the group; HubSpot's own is used there
            elif acted_on:
                records[object] += 1
                is_linking = is_linking or any(is_link(c.property) for c in acted_on)
        shown = sum(object in records for object in renewed)  # a list shows when the CRM knows a new property
        return _Counted(definitions + shown, records, self._association_calls() if is_linking else 0)

    def _association_calls(self) -> int:
        lines = (c for c in self.changes if c.is_acted_on and is_link(c.property) and not c.is_definition)
        return association_calls((c.property, *difference(c.old, c.new)) for c in lines)

    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(c.outcome for c in self.changes).items()))

    def json_text(self, **more: object) -> Iterator[str]:
        """The contract of ``cadran plan --json`` (DESIGN §8), line by line of the plan; ``more`` stands at the end."""
        yield f'{{\n  "plan_id": {json.dumps(self.plan_id)},\n  "changes": ['
        lead = "\n    "
        for change in self.changes:
            line = orjson.dumps(change._asdict(), option=orjson.OPT_INDENT_2)
            yield lead + line.decode().replace("\n", "\n    ")
            lead = ",\n    "
        yield "],\n" if lead == "\n    " else "\n  ],\n"
        rest = {"calls": self.calls, "calls_by_kind": self.calls_by_kind, "lookups": self.lookups, **more}
        yield orjson.dumps(rest, option=orjson.OPT_INDENT_2).decode().removeprefix("{\n") + "\n"


class _Counted(NamedTuple):
    """What the cost of a plan is made of."""

    definitions: int
    """Calls."""
    records: Counter[str]
    """Written ones by object."""
    associations: int
    """Calls."""


def _record(change: Change) -> tuple[str, str | None]:
    return change.object, change.record_id


def make_plan(
    run_id: int,
    as_of: datetime,
    changes: Iterable[Change],
    definitions: Sequence[PropertyDef] = (),
    unchanged: int = 0,
    adopted: Mapping[Key, str | None] | None = None,
    prefix: str = "p",
    *,
    lookups: int = 0,
    batch_size: Callable[[str], int] = lambda _object: WRITE_BATCH,
    staging: Path | None = None,
) -> Plan:
    """Sort the lines and name the plan by their digest. ``staging``: where they go that need not stay in memory; None: all do."""
    ordered: Collection[Change] = in_order(changes, _order, staging) if staging else tuple(sorted(changes, key=_order))
    sizes = {o: size for o in {c.object for c in ordered} if (size := batch_size(o)) != WRITE_BATCH}
    return Plan(
        f"{prefix}{run_id}-{digest(ordered)}",
        run_id,
        as_of,
        ordered,
        tuple(definitions),
        unchanged,
        dict(adopted or {}),
        lookups,
        sizes,
    )


def _order(change: Change) -> tuple[object, ...]:
    rid = change.record_id
    number = int(rid) if rid is not None and rid.isdigit() else 0
    return (change.object in LAST, change.object, rid is not None, number, rid or "", change.property)


def digest(changes: Iterable[Change]) -> str:
    """Twelve characters that stand for exactly these lines in this order."""
    hashed = hashlib.sha256()
    for piece in _pieces(changes):
        hashed.update(piece.encode())
    return hashed.hexdigest()[:12]


def _pieces(changes: Iterable[Change]) -> Iterator[str]:
    """The lines as one JSON list, some hundred at a time."""
    left = iter(changes)
    lead = "["
    while some := list(islice(left, AT_ONCE)):
        yield lead + json.dumps(some, ensure_ascii=False)[1:-1]
        lead = ", "
    yield "[]" if lead == "[" else "]"
