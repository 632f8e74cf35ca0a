"""Writes exactly the plan that was shown, one batch at a time, so that every row ends in a known outcome.

For each batch of 100 records: read the values again (a person may have edited since), commit the intention to the
journal, send, commit what the CRM answered. Killed anywhere, the next ``apply`` of the same plan first settles the
intentions without an answer by reading them back; a settled row is never sent again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.base import RecordWrite, Target, WriteOutcome
from connectors.errors import ConfigurationError
from sync.ledger import JournalEntry, Key, Ledger
from sync.plan import ACTED_ON, WRITE_BATCH, Change, Kind, Plan, same

SETTLED = frozenset({"written", "rejected", "edited_by_human"})
"""Journal states that are final. ``intent`` and ``unknown`` are settled by reading back."""


class Stopped(Exception):
    """Asked to stop (SIGTERM, Ctrl-C): the batch in hand was finished, the rest is for the next ``apply``."""


@dataclass(frozen=True)
class Applied:
    """What came of a plan: counts by final state, and the lines that were not written, with why."""

    run_id: int
    plan_id: str
    counts: Mapping[str, int]
    refused: tuple[JournalEntry, ...]
    remaining: int
    """Lines of the plan that were left for later (``--limit``, ``--record``)."""

    @property
    def written(self) -> int:
        return self.counts.get("written", 0)

    @property
    def rejected(self) -> int:
        return self.counts.get("rejected", 0) + self.counts.get("unknown", 0)


@dataclass(frozen=True)
class Selection:
    """Which part of a plan to apply; the definitions always come first, they are harmless."""

    limit: int | None = None
    """At most this many records."""
    record_ids: frozenset[str] = frozenset()


def check_fresh(plan: Plan, now: datetime, max_age: timedelta) -> None:
    """A plan that is too old describes a CRM that no longer is. Raises :class:`ConfigurationError`."""
    age = now - plan.as_of
    if age > max_age:
        hours = age.total_seconds() / 3600
        raise ConfigurationError(
            f"plan {plan.plan_id} is {hours:.0f} h old (at most {max_age.total_seconds() / 3600:.0f} h): run `cadran sync` and `cadran plan` again"
        )


def apply_plan(
    plan: Plan,
    target: Target,
    ledger: Ledger,
    run_id: int,
    *,
    group: tuple[str, Mapping[str, str]],
    kinds: Mapping[tuple[str, str], Kind],
    now: Callable[[], datetime],
    selection: Selection = Selection(),
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Applied:
    """Carry out the plan's lines. ``group`` is our property group's name and its label per object; ``kinds`` says how
    each (object, property) is compared. Raises :class:`Stopped` after the batch in hand when ``stop`` turns true."""
    _define(plan, target, group)
    ledger.adopt(plan.adopted, now(), run_id)
    done: dict[Key, str] = {}
    for entry in ledger.journal_of(plan_id=plan.plan_id):
        if entry.state in SETTLED:
            done[entry.object, entry.record_id, entry.property] = entry.state
    lines = [c for c in plan.changes if c.outcome in ACTED_ON and c.record_id is not None]
    open_lines = [c for c in lines if (c.object, str(c.record_id), c.property) not in done]
    chosen = _select(open_lines, selection)
    unsettled = {
        (e.object, e.record_id, e.property) for e in ledger.journal_of(plan_id=plan.plan_id, states=("intent", "unknown"))
    }
    counts: Counter[str] = Counter()
    finished = 0
    for object, records in _batches(chosen):
        if stop():
            raise Stopped(plan.plan_id)
        counts += _write_batch(object, records, plan, target, ledger, run_id, kinds, now, unsettled)
        finished += sum(len(changes) for changes in records.values())
        progress(finished, len(chosen))
    refused = tuple(e for e in ledger.journal_of(plan_id=plan.plan_id, run_id=run_id) if e.state not in ("written", "intent"))
    remaining = len(open_lines) - len(chosen)
    if remaining == 0:
        ledger.mark_plan(plan.plan_id, "applied")
    return Applied(run_id, plan.plan_id, dict(counts), refused, remaining)


def _define(plan: Plan, target: Target, group: tuple[str, Mapping[str, str]]) -> None:
    name, labels = group
    by_name = {(d.object, d.name): d for d in plan.definitions}
    lines = [c for c in plan.changes if c.record_id is None and c.outcome in ACTED_ON]
    for object in dict.fromkeys(c.object for c in lines):
        target.ensure_group(object, name, labels[object])
    for line in lines:
        definition = by_name[line.object, line.property]
        if line.outcome == "create":
            target.create_property(definition, name)
        elif line.outcome == "update":
            target.update_property(definition, name)


def _select(lines: Sequence[Change], selection: Selection) -> list[Change]:
    chosen = [c for c in lines if not selection.record_ids or c.record_id in selection.record_ids]
    if selection.limit is None:
        return chosen
    records = list(dict.fromkeys((c.object, c.record_id) for c in chosen))[: selection.limit]
    allowed = set(records)
    return [c for c in chosen if (c.object, c.record_id) in allowed]


def _batches(lines: Iterable[Change]) -> Iterator[tuple[str, dict[str, list[Change]]]]:
    """Lines by object and record, 100 records at a time. One record never stands in two batches (423 otherwise)."""
    by_object: dict[str, dict[str, list[Change]]] = {}
    for line in lines:
        by_object.setdefault(line.object, {}).setdefault(str(line.record_id), []).append(line)
    for object, records in by_object.items():
        ids = list(records)
        for start in range(0, len(ids), WRITE_BATCH):
            yield object, {i: records[i] for i in ids[start : start + WRITE_BATCH]}


def _write_batch(
    object: str,
    records: Mapping[str, list[Change]],
    plan: Plan,
    target: Target,
    ledger: Ledger,
    run_id: int,
    kinds: Mapping[tuple[str, str], Kind],
    now: Callable[[], datetime],
    unsettled: set[Key],
) -> Counter[str]:
    names = sorted({c.property for changes in records.values() for c in changes})
    current = target.read_values(object, list(records), names)
    results: list[dict[str, Any]] = []
    to_send: dict[str, list[Change]] = {}
    for record_id, changes in records.items():
        for change in changes:
            kind = kinds[object, change.property]
            if record_id not in current:
                results.append(_result(change, "rejected", None, "the record is no longer there"))
                continue
            theirs = current[record_id].get(change.property)
            if same(kind, theirs, change.new):
                # Already there: an earlier send whose answer was lost, or a person who wrote the same.
                results.append(_result(change, "written", theirs, None))
            elif not same(kind, theirs, change.old):
                was_ours = (object, record_id, change.property) in unsettled
                reason = f"changed since the plan was made; it holds {theirs or 'nothing'} now"
                results.append(
                    _result(change, "edited_by_human", theirs, reason + (" (a write of ours was under way)" if was_ours else ""))
                )
            else:
                to_send.setdefault(record_id, []).append(change)
    every = [change for changes in records.values() for change in changes]
    ledger.intend([_intention(change, plan.plan_id, run_id) for change in every], now())
    ledger.settle(plan.plan_id, results, now(), run_id)
    if to_send:
        sent = _send(object, to_send, target, kinds)
        ledger.settle(plan.plan_id, sent, now(), run_id)
        results += sent
    return Counter(r["state"] for r in results)


def _send(
    object: str, records: Mapping[str, list[Change]], target: Target, kinds: Mapping[tuple[str, str], Kind]
) -> list[dict[str, Any]]:
    writes = [RecordWrite(rid, {c.property: c.new or "" for c in changes}) for rid, changes in records.items()]
    outcomes = {o.record_id: o for o in target.write(object, writes)}
    unclear = [rid for rid in records if rid not in outcomes or outcomes[rid].status == "unknown"]
    if unclear:
        outcomes |= _read_back(object, unclear, records, target, kinds)
    results = []
    for record_id, changes in records.items():
        outcome = outcomes[record_id]
        for change in changes:
            if outcome.status == "written":
                results.append(_result(change, "written", outcome.values.get(change.property, change.new), None))
            else:
                results.append(_result(change, outcome.status, None, outcome.reason))
    return results


def _read_back(
    object: str,
    record_ids: Sequence[str],
    records: Mapping[str, list[Change]],
    target: Target,
    kinds: Mapping[tuple[str, str], Kind],
) -> dict[str, WriteOutcome]:
    """Settle writes that got no clear answer by looking at what the CRM holds now."""
    names = sorted({c.property for rid in record_ids for c in records[rid]})
    current = target.read_values(object, record_ids, names)
    settled = {}
    for record_id in record_ids:
        values = current.get(record_id)
        arrived = values is not None and all(
            same(kinds[object, c.property], values.get(c.property), c.new) for c in records[record_id]
        )
        settled[record_id] = (
            WriteOutcome(record_id, "written", values or {})
            if arrived
            else WriteOutcome(
                record_id, "unknown", {}, "the CRM did not answer and the value is not there; the next apply sends it again"
            )
        )
    return settled


def _intention(change: Change, plan_id: str, run_id: int) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "plan_id": plan_id,
        "object": change.object,
        "record_id": change.record_id,
        "property": change.property,
        "old": change.old,
        "new": change.new,
    }


def _result(change: Change, state: str, answered: str | None, reason: str | None) -> dict[str, Any]:
    return {
        "object": change.object,
        "record_id": change.record_id,
        "property": change.property,
        "state": state,
        "answered": answered,
        "reason": reason,
    }
