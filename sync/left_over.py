"""Writes whose outcome nobody saw: the process was killed, or the CRM fell silent. Looked up before anything new is planned."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import groupby

from connectors.base import Target
from sync.compare import Kind, same
from sync.ledger import JournalEntry, Ledger
from sync.ledger_tables import UNSETTLED

LAPSED = "lapsed"
"""Journal state: it never arrived. The same plan would send it, and so does the next one."""


def settle_left_over(
    ledger: Ledger,
    target: Target,
    kinds: Mapping[tuple[str, str], Kind],
    now: Callable[[], datetime],
    run_id: int,
) -> int:
    """Give every open journal entry of earlier plans its outcome; how many there were. No call where there are none."""
    settled = 0
    for plan_id in ledger.open_plans():
        entries = ledger.journal_of(plan_id=plan_id, states=UNSETTLED)
        entries.sort(key=lambda e: (e.object, e.record_id))
        for object, of_object in groupby(entries, key=lambda e: e.object):
            _settle(plan_id, object, list(of_object), ledger, target, kinds, now, run_id)
        ledger.mark_plan(plan_id, "left")
        settled += len(entries)
    return settled


def _settle(
    plan_id: str,
    object: str,
    entries: list[JournalEntry],
    ledger: Ledger,
    target: Target,
    kinds: Mapping[tuple[str, str], Kind],
    now: Callable[[], datetime],
    run_id: int,
) -> None:
    ids = list(dict.fromkeys(e.record_id for e in entries))
    names = sorted({e.property for e in entries})
    size = target.batch_size(object)
    for start in range(0, len(ids), size):
        part = ids[start : start + size]
        current = target.read_values(object, part, names)
        results = []
        for entry in entries:
            if entry.record_id in part:
                theirs = current.get(entry.record_id, {}).get(entry.property)
                kind = kinds.get((object, entry.property), "text")
                has_arrived = entry.record_id in current and same(kind, theirs, entry.new)
                results.append(
                    {
                        "object": object,
                        "record_id": entry.record_id,
                        "property": entry.property,
                        "state": "written" if has_arrived else LAPSED,
                        "answered": theirs if has_arrived else None,
                        "reason": None if has_arrived else "it never arrived, and was planned anew",
                    }
                )
        ledger.settle(plan_id, results, now(), run_id)
