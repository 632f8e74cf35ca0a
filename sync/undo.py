"""Taking a run's writes back: previous values return wherever nobody has changed them since.

An undo is a plan like any other, applied by the same code, so it is journalled, pre-read and can be resumed. What it
restored is *held*: later plans leave it alone until ``cadran resume``. A run over which a later one wrote is undone
only together with it (``--through``).
"""

from collections.abc import Mapping
from datetime import datetime

from connectors.errors import ConfigurationError, UnsafePlan
from sync.compare import Kind, Outcome, same
from sync.ledger import JournalEntry, Key, Ledger
from sync.link_text import is_link, joined, net
from sync.plan import Change, Plan, make_plan
from sync.retention import UNDOABLE_FROM


def undo_plan(
    ledger: Ledger, run_id: int, undo_run_id: int, as_of: datetime, kinds: Mapping[tuple[str, str], Kind], *, through: bool
) -> Plan:
    """The plan that restores what run ``run_id`` wrote. Raises :class:`ConfigurationError` when the run wrote nothing,
    :class:`UnsafePlan` when later runs wrote over it and ``through`` was not given."""
    written = ledger.journal_of(run_id=run_id, states=("written",))
    if not written and run_id < int(ledger.get(UNDOABLE_FROM) or 0):
        raise ConfigurationError(
            f"run {run_id} can no longer be undone: the journal is kept back to run {ledger.get(UNDOABLE_FROM)} "
            "(settings: retention.journal_days)"
        )
    if not written:
        raise ConfigurationError(f"run {run_id} wrote nothing that could be undone")
    entries: dict[Key, list[JournalEntry]] = {}
    for entry in written:
        entries.setdefault(_key(entry), []).append(entry)
    later = {key: run for key, run in ledger.later_writes(run_id).items() if key in entries}
    if later and not through:
        raise UnsafePlan(
            f"later runs wrote over run {run_id}",
            f"{len(later)} values, up to run {max(later.values())}",
            "0",
            f"`cadran undo {run_id} --through` undoes them together",
        )
    if through:
        for run in sorted(set(later.values())):
            for entry in ledger.journal_of(run_id=run, states=("written",)):
                if _key(entry) in entries:
                    entries[_key(entry)].append(entry)
    changes = [_restore(chain, run_id) for chain in entries.values() if not _is_same(chain, kinds)]
    return make_plan(undo_run_id, as_of, changes, prefix="u")


def _key(entry: JournalEntry) -> Key:
    return entry.object, entry.record_id, entry.property


def _is_same(chain: list[JournalEntry], kinds: Mapping[tuple[str, str], Kind]) -> bool:
    first, last = chain[0], chain[-1]
    if is_link(first.property):
        return not any(net((e.old, e.answered) for e in chain))
    return same(kinds.get((first.object, first.property), "text"), first.old, last.answered)


def _restore(chain: list[JournalEntry], run_id: int) -> Change:
    first, last = chain[0], chain[-1]
    kpi, reason = first.property.removeprefix("cadran_"), f"undo of run {run_id}"
    if is_link(first.property):
        came, went = net((e.old, e.answered) for e in chain)
        return Change(first.object, first.record_id, first.property, joined(came), joined(went), kpi, "update", reason)
    outcome: Outcome = "clear" if first.old is None else "create" if last.answered is None else "update"
    return Change(
        first.object,
        first.record_id,
        first.property,
        last.answered,
        first.old,
        kpi,
        outcome,
        reason,
    )
