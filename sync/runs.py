"""What one command does from start to end: the pieces of the story put in order, with the run noted in the ledger."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Crm
from connectors.errors import CadranError, ConfigurationError
from sync import apply as applying
from sync.house import House
from sync.ledger import Key
from sync.lock import account_lock
from sync.pipeline import Extracted, Frame, extract, frame_of, meet, row_counts, summary
from sync.plan import ARCHIVED, Plan, check_guards, load_plan
from sync.progress import Progress
from sync.results import Computed, compute_all
from sync.undo import undo_plan
from sync.write_back import GROUP, build_plan, group_labels, kinds

log = logging.getLogger("cadran.runs")


@dataclass(frozen=True)
class Synced:
    """A finished sync."""

    run_id: int
    frame: Frame
    extracted: Extracted
    computed: Computed


@contextmanager
def _noted(house: House, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """A run in the ledger: ``done`` when the block ends, ``failed`` with the error's sentence when it does not."""
    run_id = house.ledger.start_run(kind, house.clock())
    body: dict[str, Any] = {}
    try:
        yield run_id, body
    except BaseException as error:
        reason = str(error) if isinstance(error, CadranError) else type(error).__name__
        house.ledger.finish_run(run_id, house.clock(), "failed", None, {**body, "error": reason})
        raise
    as_of = body.pop("as_of", None)
    house.ledger.finish_run(run_id, house.clock(), "done", as_of, body)


def sync(house: House, progress: Progress, *, only: Sequence[str] = (), full: bool = False) -> Synced:
    """Extract, normalise, store, compute. Holds the account's lock."""
    with account_lock(house.folder), _noted(house, "sync") as (run_id, body):
        crm = meet(house)
        frame = frame_of(house, crm)
        # What the last run superseded goes now, not then: somebody may still have been reading it.
        house.lake.sweep()
        extracted = extract(house, run_id, crm, frame, progress, only=only, full=full)
        with progress.step("computing KPIs") as bar:
            computed, written = compute_all(house, run_id, frame)
            bar.advance(computed.kpis)
        with house.ledger.transaction() as tx:
            house.lake.register(tx, written, frame.now)
        house.ledger.put("row_counts", _dump(row_counts(house)))
        house.ledger.put("frame", _dump({"zone": frame.zone_name, "currency": frame.currency, "since": frame.since.isoformat()}))
        body |= {**summary(extracted, house), "kpis": computed.kpis, "changed": computed.changed, "as_of": frame.now}
        if extracted.errors:
            body["errors"] = [str(e) for e in extracted.errors]
        return Synced(run_id, frame, extracted, computed)


def plan(house: House, *, adopt: bool = False, retake: Sequence[str] = (), synced: Synced | None = None) -> Plan:
    """Compare what was computed with what the CRM holds; keep and return the plan. Writes nothing to the CRM.

    ``synced``: the sync just before, whose values need not be derived again.
    """
    last = house.ledger.last_run("sync")
    if last is None or last.as_of is None:
        raise ConfigurationError("nothing has been synced yet: run `cadran sync` first")
    crm = meet(house)
    with _noted(house, "plan") as (run_id, body):
        values = synced.computed.report.records if synced else None
        made = build_plan(house, run_id, stored_frame(house), crm.now, adopt=adopt, retake=retake, values=values)
        if adopt:
            house.ledger.adopt(made.adopted, crm.now, run_id)
        house.ledger.save_plan(made.plan_id, run_id, crm.now, made.dump())
        body |= {"plan_id": made.plan_id, "changes": len(made.acted_on), "as_of": crm.now}
    return made


def stored_plan(house: House, plan_id: str | None) -> Plan:
    """A plan from the ledger, the newest unless named."""
    found = house.ledger.plan(plan_id)
    if found is None:
        what = f"no plan is called {plan_id}" if plan_id else "there is no plan yet"
        raise ConfigurationError(f"{what}: run `cadran plan` first")
    try:
        return load_plan(found[3])
    except ValueError as error:
        raise ConfigurationError(f"{error}: run `cadran plan` again") from None


def apply(
    house: House,
    plan_id: str | None,
    progress: Progress,
    *,
    selection: applying.Selection = applying.Selection(),
    stop: Callable[[], bool] = lambda: False,
) -> applying.Applied:
    """Write a plan. Holds the account's lock."""
    with account_lock(house.folder):
        made = stored_plan(house, plan_id)
        crm = meet(house)
        applying.check_fresh(made, crm.now, timedelta(hours=house.settings.crm.plan_max_age_hours))
        done = _apply(house, made, crm, "apply", progress, selection=selection, stop=stop)
        if any(c.record_id is None and c.old == ARCHIVED for c in made.changes):
            # The old values that came back did not move any modified date: only a full read shows them.
            house.ledger.forget_cursors(house.settings.crm.source)
        # What was written on these rows is what the next run's guard compares with: a refused run changes nothing here.
        house.ledger.put("row_counts_written", house.ledger.get("row_counts") or "{}")
        return done


def _apply(
    house: House,
    made: Plan,
    crm: Crm,
    kind: str,
    progress: Progress,
    *,
    selection: applying.Selection = applying.Selection(),
    stop: Callable[[], bool] = lambda: False,
) -> applying.Applied:
    with _noted(house, kind) as (run_id, body), progress.step("writing to the CRM", len(made.acted_on)) as bar:
        seen = 0

        def moved(done: int, total: int) -> None:
            nonlocal seen
            bar.advance(done - seen, total)
            seen = done

        done = applying.apply_plan(
            made,
            house.target(),
            house.ledger,
            run_id,
            group=(GROUP, group_labels(house.locale)),
            kinds=kinds(),
            now=_crm_clock(house, crm),
            selection=selection,
            stop=stop,
            progress=moved,
        )
        body |= {"plan_id": made.plan_id, **done.counts, "as_of": crm.now}
        return done


def _crm_clock(house: House, crm: Crm) -> Callable[[], datetime]:
    """The CRM's clock, carried on from its last answer: what reads are stamped by, so that the two can be compared."""
    offset = crm.now - house.clock()
    return lambda: house.clock() + offset


def undo(house: House, run_id: int, progress: Progress, *, through: bool) -> tuple[Plan, applying.Applied]:
    """Restore what a run overwrote, and hold it."""
    with account_lock(house.folder):
        crm = meet(house)
        marker = house.ledger.start_run("undo-plan", house.clock())
        made = undo_plan(house.ledger, run_id, marker, crm.now, kinds(), through=through)
        house.ledger.save_plan(made.plan_id, marker, crm.now, made.dump())
        house.ledger.finish_run(marker, house.clock(), "done", crm.now, {"plan_id": made.plan_id, "undoes": run_id})
        done = _apply(house, made, crm, "undo", progress)
        restored: list[Key] = [
            (e.object, e.record_id, e.property) for e in house.ledger.journal_of(plan_id=made.plan_id, states=("written",))
        ]
        house.ledger.hold(restored, done.run_id, crm.now)
        return made, done


@dataclass(frozen=True)
class Allowed:
    """Guards that a person switched off for this run."""

    clears: bool = False
    jumps: bool = False
    shrink: bool = False


def run(
    house: House, progress: Progress, *, allowed: Allowed, stop: Callable[[], bool] = lambda: False
) -> tuple[Synced, Plan, applying.Applied]:
    """sync + plan + apply, guarded: what the schedule does."""
    synced = sync(house, progress)
    for stream in synced.extracted.streams:
        if stream.source == house.settings.crm.source and stream.error is not None:
            raise stream.error  # half-read records are no ground to write on
    made = plan(house, synced=synced)
    guards = house.settings.crm.guards
    if allowed.clears:
        guards = guards.model_copy(update={"max_clear_share": 1.0})
    if allowed.jumps:
        guards = guards.model_copy(update={"max_jump_share": 1.0})
    before: Mapping[str, int] = {} if allowed.shrink else _load(house.ledger.get("row_counts_written"))
    check_guards(made, guards, len(house.ledger.all_bases()), before, _load(house.ledger.get("row_counts")))
    done = apply(house, made.plan_id, progress, stop=stop)
    return synced, made, done


def stored_frame(house: House) -> Frame:
    """The frame of the last sync, for reading results without asking any vendor."""
    last = house.ledger.last_run("sync")
    body = _load(house.ledger.get("frame"))
    if last is None or last.as_of is None or not body:
        raise ConfigurationError("nothing has been synced yet: run `cadran sync` (or `cadran demo`) first")
    zone = ZoneInfo(str(body["zone"]))
    return Frame(
        last.as_of,
        last.as_of.astimezone(zone).date(),
        zone,
        str(body["zone"]),
        str(body["currency"]),
        date.fromisoformat(str(body["since"])),
    )


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)


def _load(text: str | None) -> dict[str, Any]:
    return dict(json.loads(text)) if text else {}
