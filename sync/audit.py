"""Edits that we wrote over: a person changed a property of ours between a batch's pre-read and its update.

No CRM here takes "write only if it still holds this" (HubSpot has no ETag), so such an edit is replaced unseen, and only the
property's history knows. It is looked up afterwards, for every write once, as often as ``crm.audit_hours`` says: in the
first apply or undo after the oldest write that was not looked at has waited that long. It costs a call for 50 records.

What is found is reported, and the property is held on that record: whoever entered a value there should decide, not the
next run. Properties whose policy is ``overwrite`` are passed over, and so is what has no history (campaigns).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from connectors.base import HistoryEntry
from sync.compare import Kind, same
from sync.comparison import HISTORY_BATCH
from sync.house import House
from sync.in_flight import carried_out
from sync.ledger_tables import LostEdit, Unaudited
from sync.plan import Plan
from sync.progress import Progress
from sync.properties import OBJECTS, kinds

log = logging.getLogger("cadran.audit")

SLACK = timedelta(seconds=60)
"""How far our reading of the CRM's clock may be off: it is told in whole seconds, and an answer takes its time to arrive."""


def is_due(house: House, now: datetime) -> bool:
    """Whether a write has waited for long enough. ``now``: the CRM's clock, UTC."""
    oldest = house.ledger.oldest_unaudited()
    return oldest is not None and now - oldest >= _patience(house)


def audit_calls(house: House, plan: Plan, now: datetime) -> int:
    """What looking costs when the plan is applied, with the one call that asks who we are; 0 when it is not due then."""
    if not is_due(house, now) and _patience(house):
        return 0
    records = {object: set(house.ledger.unaudited_records(object, names)) for object, names in _audited(house).items()}
    for change in plan.changes:
        if change.record_id is not None and change.is_acted_on and is_audited(house, change.object, change.property):
            records.setdefault(change.object, set()).add(change.record_id)
    calls = sum(-(-len(ids) // HISTORY_BATCH) for ids in records.values())
    return calls + 1 if calls else 0


def look_for_lost_edits(
    house: House, run_id: int, now: Callable[[], datetime], progress: Progress, *, stop: Callable[[], bool]
) -> int:
    """Look at every write that waits; how many batches that took. What was looked at is on disk batch by batch, so that the
    next time goes on from there.

    Raises :class:`sync.in_flight.Stopped` when asked to stop, :class:`connectors.errors.CadranError` as reading does."""
    audited = _audited(house)
    waiting = house.ledger.unaudited_properties()
    house.ledger.pass_over({object: names - audited.get(object, frozenset()) for object, names in waiting.items()})
    records = {object: house.ledger.unaudited_records(object, names) for object, names in audited.items()}
    batches = [
        (object, ids[start : start + HISTORY_BATCH])
        for object, ids in records.items()
        for start in range(0, len(ids), HISTORY_BATCH)
    ]
    untold: set[str] = set()

    def jobs() -> Iterator[Callable[[], str | None]]:
        for object, ids in batches:
            if object not in untold:
                yield partial(_look, house, object, ids, run_id, now)

    looked = 0
    with progress.step("looking for edits that we wrote over", len(batches)) as bar:
        for without_history in carried_out(jobs(), stop=stop):
            looked += 1
            bar.advance(1)
            if without_history is not None and without_history not in untold:
                untold.add(without_history)
                log.info("edits of %s that we wrote over cannot be told: the CRM does not say who wrote", without_history)
                house.ledger.pass_over({without_history: audited[without_history]})
    return looked


def is_audited(house: House, object: str, name: str) -> bool:
    """Whether an edit of this property that was written over is looked for."""
    crm = house.settings.crm
    return object in OBJECTS and crm.policies.get(name, crm.policy) != "overwrite"


def _audited(house: House) -> dict[str, frozenset[str]]:
    """Object -> its properties with writes that wait to be looked at."""
    found = {
        object: frozenset(name for name in names if is_audited(house, object, name))
        for object, names in sorted(house.ledger.unaudited_properties().items())
    }
    return {object: names for object, names in found.items() if names}


def _patience(house: House) -> timedelta:
    return timedelta(hours=house.settings.crm.audit_hours)


def _look(house: House, object: str, ids: Sequence[str], run_id: int, now: Callable[[], datetime]) -> str | None:
    """One batch; the object when nothing can be told of it."""
    writes = house.ledger.unaudited(object, ids)
    histories = house.target().read_history(object, ids, sorted({w.property for w in writes}))
    if histories is None:
        return object
    spelling = kinds(house.catalogue)
    lost = []
    for write in writes:
        history = histories.get((write.record_id, write.property), ())
        found = lost_edit(write, history, spelling.get((object, write.property), "text"))
        if found is not None:
            lost.append(LostEdit(write.run_id, *write.key, write.new, found.value, found.at))
    house.ledger.audited(writes, lost, run_id, now())
    return None


def lost_edit(write: Unaudited, history: Sequence[HistoryEntry], kind: Kind) -> HistoryEntry | None:
    """The entry of somebody else that this write replaced unseen, if there is one. ``history``: newest first.

    It lies directly before ours, was made after the pre-read, and is neither what the pre-read gave (``old``) nor what we
    wrote."""
    since, until = write.intended_at - SLACK, write.at + SLACK
    places = [n for n, entry in enumerate(history) if _is_it(entry, write, kind) and since <= entry.at <= until]
    if not places:
        return None
    ours = min(places, key=lambda n: abs(history[n].at - write.at))
    before = next((entry for entry in history[ours + 1 :] if not _is_it(entry, write, kind)), None)
    if before is None or before.is_ours or before.at < since:
        return None
    return None if same(kind, before.value, write.old) or same(kind, before.value, write.new) else before


def _is_it(entry: HistoryEntry, write: Unaudited, kind: Kind) -> bool:
    """What we sent; twice where the first answer was lost."""
    return entry.is_ours and same(kind, entry.value, write.new)
