"""What should happen to one value: three of them held against each other, typed and rounded. Pure, no network.

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
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

from config.settings import Policy
from kpi.card import ANY_CHANGE, WriteStep
from sync.ledger_tables import Base

Outcome = Literal["create", "update", "clear", "edited_by_human", "foreign", "held", "rejected"]
"""What a line of the plan says. The first three are acted on; the others are there to be seen."""

ACTED_ON: frozenset[str] = frozenset({"create", "update", "clear"})

Kind = Literal["money", "ratio", "days", "count", "text", "date", "choice"]
"""How two values of a property are compared."""

_WORDS = frozenset({"text", "choice", "date"})


class Ours(NamedTuple):
    """A computed value, already rounded and spelt as the CRM stores it; None: undefined, so cleared."""

    value: str | None
    kind: Kind
    kpi: str
    reason: str
    step: WriteStep = ANY_CHANGE
    """How far it must have moved to be written again: that of the KPI's card."""


class Theirs(NamedTuple):
    """The CRM's value and when we read it."""

    value: str | None
    read_at: datetime


class Verdict(NamedTuple):
    """What the comparison of one property says; ``value`` is what will stand in the CRM afterwards."""

    outcome: Outcome | Literal["unchanged", "adopt"]
    value: str | None
    old: str | None
    note: str = ""


def same(kind: Kind, one: str | None, other: str | None) -> bool:
    """Whether two stored spellings are the same value: ``1500.00`` is ``1500``, an empty text is nothing."""
    one, other = one or None, other or None
    if one is None or other is None:
        return one is other
    if kind in _WORDS:
        return one[:10] == other[:10] if kind == "date" else one == other
    left, right = number(one), number(other)
    return left == right if left is not None and right is not None else one == other


def within_step(kind: Kind, step: WriteStep, ours: str | None, theirs: str | None) -> bool:
    """Whether the difference is too small to be worth a write."""
    if kind in _WORDS or not ours or not theirs:
        return False
    left, right = number(ours), number(theirs)
    if left is None or right is None:
        return False
    return abs(left - right) <= (abs(right) * step.amount if step.is_share else step.amount)


def number(text: str) -> Decimal | None:
    """A stored text as a number; None when it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


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
        return Verdict("held", theirs, theirs, "held since an undo or a lost edit; `cadran resume` lets it be written again")
    if base is None:
        if theirs is None:
            return Verdict("create", ours.value, None)
        if within_step(ours.kind, ours.step, ours.value, theirs):
            return Verdict("adopt", theirs, theirs)
        if policy != "overwrite" and not written_by_us():
            return Verdict("foreign", theirs, theirs, "a value we never wrote stands here; `plan --adopt` or `--retake` decides")
        return _write(ours, theirs)
    if not same(ours.kind, theirs, base.value):
        if policy == "overwrite" or (policy == "fill_empty" and theirs is None):
            return _write(ours, theirs)
        return Verdict("edited_by_human", theirs, theirs, f"somebody changed it; we had written {base.value or 'nothing'}")
    if within_step(ours.kind, ours.step, ours.value, theirs):
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
