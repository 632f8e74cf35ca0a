"""One batch of a plan, from the pre-read to the committed outcome of each of its rows. Runs in a thread of its own."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.base import RecordWrite, Target, WriteOutcome
from connectors.errors import CadranError
from sync.compare import Kind, same
from sync.definitions import Name
from sync.ledger import Base, Key, Ledger
from sync.ledger_tables import UNSETTLED
from sync.plan import Change

Records = Mapping[str, Sequence[Change]]
"""Record id -> its lines."""


@dataclass(frozen=True)
class Batch:
    """What every batch of one apply shares."""

    plan_id: str
    run_id: int
    target: Target
    ledger: Ledger
    kinds: Mapping[Name, Kind]
    """How values are compared; a property that this version no longer has (an undo of an old run) as text."""
    now: Callable[[], datetime]
    """The CRM's clock."""
    blocked: Mapping[Name, str]
    """Properties whose definition the CRM refused, with why."""
    come_back: frozenset[Name]
    """Properties that were restored with the values they had."""


@dataclass(frozen=True)
class Written:
    """What came of one batch."""

    object: str
    counts: Counter[str]
    """Lines by final state."""
    records: int
    """Records that were written to."""


def write_batch(batch: Batch, object: str, records: Records) -> Written:
    """Pre-read, intend, send, settle. Raises what concerns the whole run, after settling what is known."""
    records, blocked = _without_blocked(batch, object, records)
    noted(batch, [line for line, _ in blocked], [result_of(line, "rejected", None, reason) for line, reason in blocked])
    if not records:
        return Written(object, Counter(rejected=len(blocked)), 0)
    names = sorted({c.property for changes in records.values() for c in changes})
    current = batch.target.read_values(object, list(records), names)
    to_send, results = _judged(batch, object, records, current)
    noted(batch, [c for changes in records.values() for c in changes], results)
    if to_send:
        outcomes, failure = _sent(batch, object, to_send)
        sent = [r for rid, lines in to_send.items() for r in _results(lines, outcomes.get(rid))]
        batch.ledger.settle(batch.plan_id, sent, batch.now(), batch.run_id)
        results += sent
        if failure is not None:
            raise failure
    counts = Counter(str(r["state"]) for r in results)
    counts["rejected"] += len(blocked)
    touched = {r["record_id"] for r in results if r["state"] == "written"}
    return Written(object, +counts, len(touched & to_send.keys()))


def _without_blocked(batch: Batch, object: str, records: Records) -> tuple[Records, list[tuple[Change, str]]]:
    if not batch.blocked:
        return records, []
    blocked = [
        (c, f"its property could not be made: {batch.blocked[object, c.property]}")
        for lines in records.values()
        for c in lines
        if (object, c.property) in batch.blocked
    ]
    left = {rid: [c for c in lines if (object, c.property) not in batch.blocked] for rid, lines in records.items()}
    return {rid: lines for rid, lines in left.items() if lines}, blocked


def noted(batch: Batch, lines: Sequence[Change], results: Sequence[Mapping[str, Any]]) -> None:
    """The intention of every line, on disk before any call; then what the pre-read settled already."""
    if lines:
        batch.ledger.intend([_intention(line, batch) for line in lines], batch.now())
        batch.ledger.settle(batch.plan_id, results, batch.now(), batch.run_id)


def _judged(
    batch: Batch, object: str, records: Records, current: Mapping[str, Mapping[str, str | None]]
) -> tuple[dict[str, list[Change]], list[dict[str, Any]]]:
    """What to send, and what the pre-read settles."""
    entries = batch.ledger.journal_of(plan_id=batch.plan_id, object=object, record_ids=list(records), states=UNSETTLED)
    unsettled = {(e.record_id, e.property) for e in entries}
    bases = batch.ledger.bases_of(object, list(records)) if batch.come_back else {}
    to_send: dict[str, list[Change]] = {}
    results: list[dict[str, Any]] = []
    for record_id, changes in records.items():
        for change in changes:
            kind = batch.kinds.get((object, change.property), "text")
            if record_id not in current:
                results.append(result_of(change, "rejected", None, "the record is no longer there"))
                continue
            theirs = current[record_id].get(change.property)
            if same(kind, theirs, change.new):
                # Already there: an earlier send whose answer was lost, or a person who wrote the same.
                results.append(result_of(change, "written", theirs, None))
            elif same(kind, theirs, change.old) or _is_restored(batch, change, kind, theirs, bases):
                to_send.setdefault(record_id, []).append(change)
            else:
                reason = f"changed since the plan was made; it holds {theirs or 'nothing'} now"
                was_ours = (record_id, change.property) in unsettled
                reason += " (a write of ours was under way)" if was_ours else ""
                results.append(result_of(change, "edited_by_human", theirs, reason))
    return to_send, results


def _is_restored(batch: Batch, change: Change, kind: Kind, theirs: str | None, bases: Mapping[Key, Base]) -> bool:
    """The property came back from the archive with the value that we had written, or without one."""
    if (change.object, change.property) not in batch.come_back:
        return False
    base = bases.get((change.object, str(change.record_id), change.property))
    return not theirs or (base is not None and same(kind, theirs, base.value))


def _sent(batch: Batch, object: str, records: Records) -> tuple[dict[str, WriteOutcome], CadranError | None]:
    """Outcomes by record id, those without a clear answer read back; and the error that ends the run, if one was met."""
    writes = [RecordWrite(rid, {c.property: c.new or "" for c in changes}) for rid, changes in records.items()]
    outcomes = {o.record_id: o for o in batch.target.write(object, writes)}
    unclear = {rid: records[rid] for rid in records if rid not in outcomes or outcomes[rid].status == "unknown"}
    if not unclear:
        return outcomes, None
    try:
        return outcomes | _read_back(batch, object, unclear), None
    except CadranError as error:
        # The others' outcomes must not be lost with it; what is unclear stays so until the next apply reads it back.
        return outcomes, error


def _read_back(batch: Batch, object: str, records: Records) -> dict[str, WriteOutcome]:
    """Settle writes that got no clear answer by looking at what the CRM holds now."""
    names = sorted({c.property for changes in records.values() for c in changes})
    current = batch.target.read_values(object, list(records), names)
    settled = {}
    for record_id, changes in records.items():
        values = current.get(record_id)
        has_arrived = values is not None and all(
            same(batch.kinds.get((object, c.property), "text"), values.get(c.property), c.new) for c in changes
        )
        settled[record_id] = (
            WriteOutcome(record_id, "written", values or {})
            if has_arrived
            else WriteOutcome(record_id, "unknown", {}, UNANSWERED)
        )
    return settled


UNANSWERED = "the CRM did not answer and the value is not there; the next apply sends it again"


def _results(lines: Sequence[Change], outcome: WriteOutcome | None) -> list[dict[str, Any]]:
    if outcome is None:
        return [result_of(line, "unknown", None, UNANSWERED) for line in lines]
    if outcome.status == "written":
        return [result_of(line, "written", outcome.values.get(line.property, line.new), None) for line in lines]
    return [result_of(line, outcome.status, None, outcome.reason) for line in lines]


def _intention(change: Change, batch: Batch) -> dict[str, Any]:
    return {
        "run_id": batch.run_id,
        "plan_id": batch.plan_id,
        "object": change.object,
        "record_id": change.record_id,
        "property": change.property,
        "old": change.old,
        "new": change.new,
    }


def result_of(change: Change, state: str, answered: str | None, reason: str | None) -> dict[str, Any]:
    return {
        "object": change.object,
        "record_id": change.record_id,
        "property": change.property,
        "state": state,
        "answered": answered,
        "reason": reason,
    }
