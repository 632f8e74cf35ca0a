"""What would be written to the CRM, and why: pure comparison, no network.

For each property of each record three values are held against each other, typed and rounded:

- *ours*: what Cadran computed,
- *theirs*: what the CRM holds now (as last read),
- *base*: what the CRM answered it held when we last wrote (or adopted) it.

::

    theirs = ours                        unchanged (adopted when there was no base)
    base = theirs, ours differs          update, create or clear; unchanged within the write step
    base, but theirs moved               edited_by_human: kept, unless the policy says otherwise
    no base, theirs empty                create
    no base, theirs within a write step  adopted: the ledger was lost, the value is ours
    no base, theirs something else       ours if the property's history says this app wrote it, else foreign

A plan is a value: sorted, so that two runs print the same text, with a digest that ``apply`` checks.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from config.settings import Guards, Policy
from connectors.base import PropertyDef, PropertyState
from connectors.errors import UnsafePlan
from sync.ledger import Base, Key

Outcome = Literal["create", "update", "clear", "edited_by_human", "foreign", "held"]
"""What a line of the plan says. The first three are acted on; the others are there to be seen."""

ACTED_ON: frozenset[str] = frozenset({"create", "update", "clear"})

Kind = Literal["money", "ratio", "days", "count", "text", "date", "choice"]
"""How two values of a property are compared and how far one may drift before it is rewritten."""

MONEY_STEP = Decimal("0.01")
"""Relative: a money value is rewritten once it moved by more than 1 % (DESIGN §7)."""
RATIO_STEP = Decimal("0.005")
DAYS_STEP = Decimal(1)

ARCHIVED = "(archived)"
"""Old value of a definition's line when the CRM keeps the property in its archive."""

WRITE_BATCH = 100
"""HubSpot's batch size for reads and for updates by id (HubSpot API, objects guide, read 2026-11-21)."""


@dataclass(frozen=True)
class Ours:
    """A computed value, already rounded and spelt as the CRM stores it; None: undefined, so cleared."""

    value: str | None
    kind: Kind
    kpi: str
    reason: str


@dataclass(frozen=True)
class Theirs:
    """The CRM's value and when we read it."""

    value: str | None
    read_at: datetime


@dataclass(frozen=True)
class Change:
    """One line of a plan. ``record_id`` is None for the definition of a property."""

    object: str
    record_id: str | None
    property: str
    old: str | None
    new: str | None
    kpi: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class Plan:
    """Everything a run would do to the CRM, in a fixed order."""

    plan_id: str
    run_id: int
    as_of: datetime
    changes: tuple[Change, ...]
    definitions: tuple[PropertyDef, ...] = ()
    """The properties whose lines have no record id, in full."""
    unchanged: int = 0
    adopted: Mapping[Key, str | None] = field(default_factory=dict)
    """Values that already stand in the CRM as computed; ``apply`` makes them the base. Nothing is written for them."""

    @property
    def acted_on(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.outcome in ACTED_ON)

    @property
    def calls(self) -> int:
        """API calls that applying it costs: a pre-read and an update per 100 records, one per definition."""
        records = Counter(
            c.object for c in {(c.object, c.record_id): c for c in self.acted_on if c.record_id is not None}.values()
        )
        batches = sum(-(-n // WRITE_BATCH) for n in records.values())
        return 2 * batches + sum(c.record_id is None for c in self.acted_on)

    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(c.outcome for c in self.changes).items()))

    def to_json(self) -> dict[str, object]:
        """The contract of ``cadran plan --json`` (DESIGN §8)."""
        return {"plan_id": self.plan_id, "changes": [asdict(c) for c in self.changes], "calls": self.calls}

    def dump(self) -> str:
        """For the ledger; :func:`load_plan` reads it."""
        return json.dumps(
            {
                "plan_id": self.plan_id,
                "run_id": self.run_id,
                "as_of": self.as_of.isoformat(),
                "changes": [list(asdict(c).values()) for c in self.changes],
                "definitions": [asdict(d) for d in self.definitions],
                "unchanged": self.unchanged,
                "adopted": [[*key, value] for key, value in sorted(self.adopted.items())],
            }
        )


def load_plan(text: str) -> Plan:
    """A plan as the ledger kept it. Raises ``ValueError`` when its lines no longer match its id."""
    body = json.loads(text)
    changes = tuple(Change(*line) for line in body["changes"])
    definitions = tuple(PropertyDef(**{**d, "options": tuple(tuple(o) for o in d["options"])}) for d in body["definitions"])
    plan = Plan(
        plan_id=body["plan_id"],
        run_id=body["run_id"],
        as_of=datetime.fromisoformat(body["as_of"]),
        changes=changes,
        definitions=definitions,
        unchanged=body["unchanged"],
        adopted={(o, r, p): v for o, r, p, v in body["adopted"]},
    )
    if not plan.plan_id.endswith(_digest(changes)):
        raise ValueError(f"plan {plan.plan_id} is not what was shown")
    return plan


def make_plan(
    run_id: int,
    as_of: datetime,
    changes: Iterable[Change],
    definitions: Sequence[PropertyDef] = (),
    unchanged: int = 0,
    adopted: Mapping[Key, str | None] | None = None,
    prefix: str = "p",
) -> Plan:
    """Sort the lines and name the plan by their digest."""
    ordered = tuple(sorted(changes, key=_order))
    return Plan(
        f"{prefix}{run_id}-{_digest(ordered)}", run_id, as_of, ordered, tuple(definitions), unchanged, dict(adopted or {})
    )


def _order(change: Change) -> tuple[object, ...]:
    rid = change.record_id
    number = int(rid) if rid is not None and rid.isdigit() else 0
    return (change.object, rid is not None, number, rid or "", change.property)


def _digest(changes: Sequence[Change]) -> str:
    text = json.dumps([list(asdict(c).values()) for c in changes], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# --- comparing ---------------------------------------------------------------------------------------------


def same(kind: Kind, one: str | None, other: str | None) -> bool:
    """Whether two stored spellings are the same value: ``1500.00`` is ``1500``, an empty text is nothing."""
    one, other = one or None, other or None
    if one is None or other is None:
        return one is other
    if kind in ("text", "choice", "date"):
        return one[:10] == other[:10] if kind == "date" else one == other
    left, right = _number(one), _number(other)
    return left == right if left is not None and right is not None else one == other


def within_step(kind: Kind, ours: str | None, theirs: str | None) -> bool:
    """Whether the difference is too small to be worth a write."""
    if kind in ("text", "choice", "date") or not ours or not theirs:
        return False
    left, right = _number(ours), _number(theirs)
    if left is None or right is None:
        return False
    gap = abs(left - right)
    if kind == "money":
        return gap <= abs(right) * MONEY_STEP
    if kind == "ratio":
        return gap <= RATIO_STEP
    if kind == "days":
        return gap <= DAYS_STEP
    return gap == 0


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@dataclass(frozen=True)
class Verdict:
    """What the comparison of one property says; ``value`` is what will stand in the CRM afterwards."""

    outcome: Outcome | Literal["unchanged", "adopt"]
    value: str | None
    old: str | None
    note: str = ""


def compare(
    ours: Ours,
    theirs: str | None,
    base: Base | None,
    *,
    policy: Policy,
    is_held: bool,
    written_by_us: Callable[[], bool],
) -> Verdict:
    """The three-way comparison of one property. ``written_by_us`` asks the property's history, only when needed."""
    theirs = theirs or None
    if same(ours.kind, theirs, ours.value):
        return Verdict("adopt" if base is None and theirs is not None else "unchanged", theirs, theirs)
    if is_held:
        return Verdict("held", theirs, theirs, "held since an undo; `cadran resume` lets it be written again")
    if base is None:
        if theirs is None:
            return Verdict("create", ours.value, None)
        if within_step(ours.kind, ours.value, theirs):
            return Verdict("adopt", theirs, theirs)
        if policy != "overwrite" and not written_by_us():
            return Verdict("foreign", theirs, theirs, "a value we never wrote stands here; `plan --adopt` or `--retake` decides")
        return _write(ours, theirs)
    if not same(ours.kind, theirs, base.value):
        if policy == "overwrite" or (policy == "fill_empty" and theirs is None):
            return _write(ours, theirs)
        return Verdict("edited_by_human", theirs, theirs, f"somebody changed it; we had written {base.value or 'nothing'}")
    if within_step(ours.kind, ours.value, theirs):
        return Verdict("unchanged", theirs, theirs)
    return _write(ours, theirs)


def _write(ours: Ours, theirs: str | None) -> Verdict:
    outcome: Outcome = "clear" if ours.value is None else "create" if theirs is None else "update"
    return Verdict(outcome, ours.value, theirs)


def current_value(theirs: Theirs | None, base: Base | None) -> str | None:
    """The fresher of what was read and what was answered to our last write (reads lag behind writes)."""
    if theirs is None:
        return base.value if base else None
    return base.value if base and base.at > theirs.read_at else theirs.value


def definition_changes(wanted: Sequence[PropertyDef], states: Sequence[PropertyState], group: str) -> list[Change]:
    """Properties to create or to describe anew, and (``foreign``) those whose name stands for something that is not ours."""
    standing = {(s.object, s.name): s for s in states}
    changes: list[Change] = []
    for definition in wanted:
        state = standing.get((definition.object, definition.name))
        if state is None:
            changes.append(_definition(definition, None, "create", "property of ours that the CRM does not have yet"))
        elif state.is_archived:
            changes.append(
                _definition(definition, ARCHIVED, "create", "archived property of ours: it comes back with its old values")
            )
        elif state.group != group:
            where = f"a property of this name stands in the group {state.group}, which is not ours: left alone, values too"
            changes.append(_definition(definition, state.label, "foreign", where))
        elif state.type != definition.type:
            what = f"a property of this name is of type {state.type}, not {definition.type}: left alone, values too"
            changes.append(_definition(definition, state.label, "foreign", what))
        elif (state.label, state.description) != (definition.label, definition.description):
            changes.append(_definition(definition, state.label, "update", "label or description changed"))
    return changes


def _definition(definition: PropertyDef, old: str | None, outcome: Outcome, reason: str) -> Change:
    return Change(
        definition.object, None, definition.name, old, definition.label, definition.name.removeprefix("cadran_"), outcome, reason
    )


# --- guards ---------------------------------------------------------------------------------------------------


def check_guards(plan: Plan, guards: Guards, existing: int, rows_before: Mapping[str, int], rows_now: Mapping[str, int]) -> None:
    """Raise :class:`UnsafePlan` when a scheduled write looks alarming.

    ``existing`` is how many of our values stand in the CRM; ``rows_*`` count the tables' rows now and in the last run.
    """
    for table, before in sorted(rows_before.items()):
        now = rows_now.get(table, 0)
        if before >= 10 and now < before * guards.min_rows_share:
            raise UnsafePlan(
                f"the table {table} shrank from {before} to {now} rows",
                f"{now / before:.0%} of the last run",
                f"at least {guards.min_rows_share:.0%}",
                "`cadran run --allow-shrink`, or crm.guards.min_rows_share",
            )
    if existing < 10:
        return
    clears = sum(c.outcome == "clear" for c in plan.changes)
    if clears > existing * guards.max_clear_share:
        raise UnsafePlan(
            "it clears many values",
            f"{clears} of {existing}",
            f"{guards.max_clear_share:.0%}",
            "`cadran run --allow-clears`, or crm.guards.max_clear_share",
        )
    factor = Decimal(str(guards.jump_factor))
    jumps = sum(_jumps(c, factor) for c in plan.changes if c.outcome == "update")
    if jumps > existing * guards.max_jump_share:
        raise UnsafePlan(
            f"many numbers move by more than {guards.jump_factor:g} times",
            f"{jumps} of {existing}",
            f"{guards.max_jump_share:.0%}",
            "`cadran run --allow-jumps`, or crm.guards.max_jump_share",
        )


def _jumps(change: Change, factor: Decimal) -> bool:
    old, new = _number(change.old or ""), _number(change.new or "")
    if old is None or new is None or old == 0 or new == 0:
        return False
    ratio = abs(new / old)
    return ratio > factor or ratio < 1 / factor
