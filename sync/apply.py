"""Writes exactly the plan that was shown, so that every row ends in a known outcome.

Batches of 100 records, several under way at once (:mod:`sync.in_flight`). For each: read the values again (a person may
have edited since), commit the intention to the journal, send, commit what the CRM answered. Killed anywhere, the next
``apply`` of the same plan first settles the intentions without an answer by reading them back; a settled row is never
sent again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, islice

from connectors.base import Target
from connectors.errors import ConfigurationError, ContractError, RecordRejected
from sync.batches import Batch, Written
from sync.campaign_links import write_batch
from sync.compare import Kind
from sync.definitions import Name
from sync.echo import ReadBack
from sync.in_flight import AT_ONCE, carried_out
from sync.in_flight import Stopped as Stopped
from sync.ledger import JournalEntry, Ledger
from sync.ledger_tables import UNSETTLED, LostEdit
from sync.plan import OTHER_TYPE, Change, Plan

SETTLED = frozenset({"written", "rejected", "edited_by_human"})
"""Journal states that are final. ``intent`` and ``unknown`` are settled by reading back."""


@dataclass(frozen=True)
class Applied:
    """What came of a plan: counts by final state, and the lines that were not written, with why."""

    run_id: int
    plan_id: str
    counts: Mapping[str, int]
    refused: tuple[JournalEntry, ...]
    """Sorted by record and property; definitions (without a record id) first."""
    remaining: int
    """Lines of the plan that were left for later (``--limit``, ``--record``)."""
    records: Mapping[str, int] = field(default_factory=dict)
    """Object -> records that were written to."""
    read_back: ReadBack | None = None
    """What reading our own changes back took, where so many were written that it was done."""
    lost_edits: tuple[LostEdit, ...] = ()
    """Edits of people that earlier writes, or these, went over, as far as they were not reported yet."""

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
    at_once: int = AT_ONCE,
) -> Applied:
    """Carry out the plan's lines. ``group`` is our property group's name and its label per object; ``kinds`` says how
    each (object, property) is compared. ``at_once``: batches under way at the same time.

    When ``stop`` turns true, and when a batch meets an error that concerns the whole run, the batches under way are
    finished first; then :class:`Stopped` or that error is raised."""
    lines, counts = plan.changes, Counter[str]()
    settled = ledger.count_journal(plan.plan_id, sorted(SETTLED))
    is_resumed = settled + ledger.count_journal(plan.plan_id, UNSETTLED) > 0
    total = sum(c.is_acted_on and not c.is_definition for c in lines)
    blocked = _define(plan, target, group)
    ledger.adopt(plan.adopted, now(), run_id)
    batch = Batch(plan.plan_id, run_id, target, ledger, kinds, now, blocked, frozenset(_come_back(plan)))
    chosen, finished, records = 0, 0, Counter[str]()

    def jobs() -> Iterator[Callable[[], Written]]:
        nonlocal chosen
        for object, of_batch in _batches(plan, ledger, selection, target, is_resumed):
            chosen += sum(map(len, of_batch.values()))
            yield partial(write_batch, batch, object, of_batch)

    for written in carried_out(jobs(), at_once=at_once, stop=stop):
        counts += written.counts
        records[written.object] += written.records
        finished += written.counts.total()
        progress(finished, total - settled if selection == Selection() else max(finished, chosen))
    remaining = total - settled - chosen
    if remaining == 0 and not ledger.count_journal(plan.plan_id, UNSETTLED):
        ledger.mark_plan(plan.plan_id, "applied")
    refused = (*_refused_definitions(plan, run_id, blocked), *_refused_values(plan, ledger, run_id))
    return Applied(run_id, plan.plan_id, dict(counts), refused, remaining, +records)


# --- definitions -------------------------------------------------------------------------------------------


def _define(plan: Plan, target: Target, group: tuple[str, Mapping[str, str]]) -> dict[Name, str]:
    """Bring the definitions about; those that the CRM refused, with why."""
    name, labels = group
    by_name = {(d.object, d.name): d for d in plan.definitions}
    lines = [c for c in plan.changes if c.is_definition and c.is_acted_on]
    for object in dict.fromkeys(c.object for c in lines if c.outcome != "clear"):
        target.ensure_group(object, name, labels[object])
    refused: dict[Name, str] = {}
    for line in lines:
        try:
            if line.outcome == "clear":
                target.archive_property(line.object, line.property)
            elif line.outcome == "create":
                target.create_property(by_name[line.object, line.property], name)
            elif (line.old or "").startswith(OTHER_TYPE):
                target.archive_property(line.object, line.property)
                target.create_property(by_name[line.object, line.property], name)
            else:
                target.update_property(by_name[line.object, line.property], name)
        except RecordRejected as error:
            refused[line.object, line.property] = error.reason
        except (ConfigurationError, ContractError) as error:
            refused[line.object, line.property] = str(error)
    return refused


def _come_back(plan: Plan) -> Iterator[Name]:
    return ((c.object, c.property) for c in plan.changes if c.comes_back)


# --- batches -----------------------------------------------------------------------------------------------


def _batches(
    plan: Plan, ledger: Ledger, selection: Selection, target: Target, is_resumed: bool
) -> Iterator[tuple[str, dict[str, list[Change]]]]:
    """Open lines by object and record, a batch at a time. One record never stands in two batches (423 otherwise): a plan
    keeps its lines together."""
    left = selection.limit
    wanted = (
        c
        for c in plan.changes
        if c.is_acted_on and not c.is_definition and (not selection.record_ids or c.record_id in selection.record_ids)
    )
    for object, of_object in groupby(wanted, key=lambda c: c.object):
        by_record = ((str(rid), list(lines)) for rid, lines in groupby(of_object, key=lambda c: c.record_id))
        size = target.batch_size(object)
        while records := dict(islice(by_record, size)):
            if is_resumed:
                records = _still_open(plan, ledger, object, records)
            if left is not None:
                records = dict(islice(records.items(), left))
                left -= len(records)
            if records:
                yield object, records
            if left == 0:
                return


def _still_open(plan: Plan, ledger: Ledger, object: str, records: dict[str, list[Change]]) -> dict[str, list[Change]]:
    """Without what an earlier apply of the same plan settled."""
    entries = ledger.journal_of(plan_id=plan.plan_id, object=object, record_ids=list(records), states=sorted(SETTLED))
    done = {(e.record_id, e.property) for e in entries}
    still = {rid: [c for c in lines if (rid, c.property) not in done] for rid, lines in records.items()}
    return {rid: lines for rid, lines in still.items() if lines}


# --- what was refused ----------------------------------------------------------------------------------------


def _refused_definitions(plan: Plan, run_id: int, refused: Mapping[Name, str]) -> Iterator[JournalEntry]:
    for line in plan.changes:
        if line.is_definition and line.is_acted_on and (line.object, line.property) in refused:
            reason = refused[line.object, line.property]
            yield JournalEntry(
                0, run_id, plan.plan_id, line.object, "", line.property, line.old, line.new, None, "rejected", reason
            )


def _refused_values(plan: Plan, ledger: Ledger, run_id: int) -> list[JournalEntry]:
    entries = ledger.journal_of(plan_id=plan.plan_id, run_id=run_id, states=("rejected", "unknown", "edited_by_human"))
    return sorted(entries, key=lambda e: (e.object, int(e.record_id) if e.record_id.isdigit() else 0, e.record_id, e.property))
