"""What one command does from start to end: the pieces of the story put in order, with the run noted in the ledger."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Crm
from connectors.errors import AccountBusy, CadranError, ConfigurationError
from sync import apply as applying
from sync import retention
from sync.audit import is_due, look_for_lost_edits
from sync.campaign_plan import after_apply
from sync.echo import read_back, to_drain
from sync.guards import Input, check_guards, unknown_currencies
from sync.house import House
from sync.ledger import Key
from sync.left_over import settle_left_over
from sync.lock import account_lock
from sync.pipeline import Extracted, Frame, extract, frame_of, meet, row_counts, summary
from sync.plan import Plan
from sync.plan_store import keep_plan, load_plan
from sync.progress import Progress
from sync.results import Computed, compute_all
from sync.undo import undo_plan
from sync.write_back import GROUP, build_plan, group_labels, kinds, know_definitions

log = logging.getLogger("cadran.runs")


@dataclass(frozen=True)
class Synced:
    """A finished sync."""

    run_id: int
    frame: Frame
    extracted: Extracted
    computed: Computed


@dataclass(frozen=True)
class Met:
    """The CRM, greeted once for everything that a command does."""

    crm: Crm
    clock: Callable[[], datetime]
    """The CRM's clock, carried on from its answer: what reads are stamped by, so that the two can be compared."""


def greet(house: House) -> Met:
    """One call."""
    crm = meet(house)
    offset = crm.now - house.clock()
    return Met(crm, lambda: house.clock() + offset)


@contextmanager
def _noted(house: House, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """A run in the ledger: ``done`` when the block ends, ``failed`` with the error's sentence when it does not."""
    run_id = house.ledger.start_run(kind, house.clock())
    body: dict[str, Any] = {}
    before = house.requests_sent

    def used() -> dict[str, Any]:
        """Requests of this run alone, by source."""
        sent = {name: count - before.get(name, 0) for name, count in house.requests_sent.items()}
        return {"requests": {name: count for name, count in sent.items() if count}}

    try:
        yield run_id, body
    except BaseException as error:
        reason = str(error) if isinstance(error, CadranError) else type(error).__name__
        house.ledger.finish_run(run_id, house.clock(), "failed", None, {**used(), **body, "error": reason})
        raise
    as_of = body.pop("as_of", None)
    house.ledger.finish_run(run_id, house.clock(), "done", as_of, {**used(), **body})


def sync(house: House, progress: Progress, *, only: Sequence[str] = (), full: bool = False, met: Met | None = None) -> Synced:
    """Extract, normalise, store, compute. Holds the account's lock."""
    with account_lock(house.folder), _noted(house, "sync") as (run_id, body):
        met = met or greet(house)
        frame = frame_of(house, met.crm)
        # What the last run superseded goes now, not then: somebody may still have been reading it.
        house.lake.sweep()
        extracted = extract(house, run_id, met.crm, frame, progress, only=only, full=full)
        with progress.step("computing KPIs") as bar:
            computed, written = compute_all(house, run_id, frame)
            bar.advance(computed.kpis)
        with house.ledger.transaction() as tx:
            house.lake.register(tx, written, frame.now)
        retention.prune(house, frame.now)
        house.ledger.put("row_counts", _dump(row_counts(house)))
        house.ledger.put("unknown_currencies", _dump(unknown_currencies(house)))
        house.ledger.put("frame", _dump({"zone": frame.zone_name, "currency": frame.currency, "since": frame.since.isoformat()}))
        body |= {**summary(extracted, house), "kpis": computed.kpis, "changed": computed.changed, "as_of": frame.now}
        if extracted.errors:
            body["errors"] = [str(e) for e in extracted.errors]
        return Synced(run_id, frame, extracted, computed)


def plan(
    house: House,
    *,
    adopt: bool = False,
    retake: Sequence[str] = (),
    synced: Synced | None = None,
    met: Met | None = None,
) -> Plan:
    """Compare what was computed with what the CRM holds; keep and return the plan. Writes nothing to the CRM.

    ``synced``: the sync just before, whose values need not be derived again.
    """
    last = house.ledger.last_run("sync")
    if last is None or last.as_of is None:
        raise ConfigurationError("nothing has been synced yet: run `cadran sync` first")
    met = met or greet(house)
    now = met.clock()
    with _noted(house, "plan") as (run_id, body):
        _settle_left_over(house, met, run_id)
        values = synced.computed.report.records if synced else None
        made = build_plan(house, run_id, stored_frame(house), now, adopt=adopt, retake=retake, values=values)
        if adopt:
            house.ledger.adopt(made.adopted, now, run_id)
        keep_plan(house.ledger, made, now)
        body |= {"plan_id": made.plan_id, "changes": sum(c.is_acted_on for c in made.changes), "as_of": now}
    return made


def _settle_left_over(house: House, met: Met, run_id: int) -> None:
    if not house.ledger.open_plans():
        return
    try:
        with account_lock(house.folder):
            settle_left_over(house.ledger, house.target(), kinds(house.catalogue), met.clock, run_id)
    except AccountBusy:
        log.info("another run is writing: its open outcomes are its own")


def stored_plan(house: House, plan_id: str | None) -> Plan:
    """A plan from the ledger, the newest unless named."""
    try:
        found = load_plan(house.ledger, plan_id)
    except ValueError as error:
        raise ConfigurationError(f"{error}: run `cadran plan` again") from None
    if found is None:
        what = f"no plan is called {plan_id}" if plan_id else "there is no plan yet"
        raise ConfigurationError(f"{what}: run `cadran plan` first")
    return found


def apply(
    house: House,
    plan_id: str | None,
    progress: Progress,
    *,
    selection: applying.Selection = applying.Selection(),
    stop: Callable[[], bool] = lambda: False,
    met: Met | None = None,
) -> applying.Applied:
    """Write a plan. Holds the account's lock. Beyond a page of records of one type, our own changes are read back at the
    end (:mod:`sync.echo`)."""
    with account_lock(house.folder):
        made = stored_plan(house, plan_id)
        met = met or greet(house)
        applying.check_fresh(made, met.clock(), timedelta(hours=house.settings.crm.plan_max_age_hours))
        done = _apply(house, made, met, "apply", progress, selection=selection, stop=stop)
        # What was written on these rows is what the next run's guard compares with: a refused run changes nothing here.
        house.ledger.put("row_counts_written", house.ledger.get("row_counts") or "{}")
        house.ledger.put("unknown_currencies_written", house.ledger.get("unknown_currencies") or "{}")
        return _audit(house, _read_back(house, done, met, progress, stop), met, progress, stop)


def _apply(
    house: House,
    made: Plan,
    met: Met,
    kind: str,
    progress: Progress,
    *,
    selection: applying.Selection = applying.Selection(),
    stop: Callable[[], bool] = lambda: False,
) -> applying.Applied:
    total = sum(c.is_acted_on and not c.is_definition for c in made.changes)
    with _noted(house, kind) as (run_id, body), progress.step("writing to the CRM", total) as bar:
        seen = 0

        def moved(done: int, total: int) -> None:
            nonlocal seen
            bar.advance(done - seen, total)
            seen = done

        defined = [c for c in made.changes if c.is_definition and c.is_acted_on]
        if defined:
            # What can be read of a record changes with them.
            house.ledger.forget_description(house.settings.crm.source)
        if any(c.comes_back for c in defined):
            # The old values that come back do not move any modified date: only a full read shows them.
            house.ledger.forget_cursors(house.settings.crm.source)
        done = applying.apply_plan(
            made,
            house.target(),
            house.ledger,
            run_id,
            group=(GROUP, group_labels(house.locale)),
            kinds=kinds(house.catalogue),
            now=met.clock,
            selection=selection,
            stop=stop,
            progress=moved,
        )
        if defined and not any(not e.record_id for e in done.refused):
            know_definitions(house, met.clock())
        after_apply(house, {c.object for c in defined}, met.clock())
        body |= {"plan_id": made.plan_id, **done.counts, "as_of": met.clock()}
        return done


def _read_back(house: House, done: applying.Applied, met: Met, progress: Progress, stop: Callable[[], bool]) -> applying.Applied:
    objects = to_drain(house, done.records)
    if not objects:
        return done
    with _noted(house, "read-back") as (run_id, body):
        try:
            found = read_back(house, run_id, met.crm, stored_frame(house), met.clock, progress, objects, stop=stop)
        except applying.Stopped:
            raise applying.Stopped(
                "everything was written; stopped while reading back our own changes, which the next run does"
            ) from None
        body |= {"records": found.records, "as_of": met.clock()}
    return replace(done, read_back=found)


def _audit(house: House, done: applying.Applied, met: Met, progress: Progress, stop: Callable[[], bool]) -> applying.Applied:
    """What was written stands, whatever stops this: it goes on with the next apply."""
    if is_due(house, met.clock()):
        try:
            with _noted(house, "audit") as (run_id, body):
                body["batches"] = look_for_lost_edits(house, run_id, met.clock, progress, stop=stop)
        except applying.Stopped:
            log.info("stopped while looking for edits that we wrote over: the next apply goes on")
        except CadranError as error:
            log.warning("looking for edits that we wrote over goes on with the next apply: %s", error)
    return replace(done, lost_edits=tuple(house.ledger.tell_lost_edits()))


def undo(
    house: House, run_id: int, progress: Progress, *, through: bool, stop: Callable[[], bool] = lambda: False
) -> tuple[Plan, applying.Applied]:
    """Restore what a run overwrote, and hold it."""
    with account_lock(house.folder):
        met = greet(house)
        marker = house.ledger.start_run("undo-plan", house.clock())
        settle_left_over(house.ledger, house.target(), kinds(house.catalogue), met.clock, marker)
        made = undo_plan(house.ledger, run_id, marker, met.clock(), kinds(house.catalogue), through=through)
        keep_plan(house.ledger, made, met.clock())
        house.ledger.finish_run(marker, house.clock(), "done", met.clock(), {"plan_id": made.plan_id, "undoes": run_id})
        try:
            done = _apply(house, made, met, "undo", progress, stop=stop)
        finally:
            # Held as soon as restored, even when the rest was stopped: the next run must not write it again.
            restored: list[Key] = [
                (e.object, e.record_id, e.property) for e in house.ledger.journal_of(plan_id=made.plan_id, states=("written",))
            ]
            house.ledger.hold(restored, marker, met.clock())
        return made, _audit(house, _read_back(house, done, met, progress, stop), met, progress, stop)


@dataclass(frozen=True)
class Allowed:
    """Guards that a person switched off for this run."""

    clears: bool = False
    jumps: bool = False
    shrink: bool = False
    currency: bool = False


def run(
    house: House, progress: Progress, *, allowed: Allowed, stop: Callable[[], bool] = lambda: False
) -> tuple[Synced, Plan, applying.Applied]:
    """sync + plan + apply, guarded: what the schedule does."""
    met = greet(house)
    synced = sync(house, progress, met=met)
    for stream in synced.extracted.streams:
        if stream.source == house.settings.crm.source and stream.error is not None:
            raise stream.error  # half-read records are no ground to write on
    made = plan(house, synced=synced, met=met)
    _guard(house, made, allowed)
    done = apply(house, made.plan_id, progress, stop=stop, met=met)
    return synced, made, done


def _guard(house: House, made: Plan, allowed: Allowed) -> None:
    guards = house.settings.crm.guards
    if allowed.clears:
        guards = guards.model_copy(update={"max_clear_share": 1.0})
    if allowed.jumps:
        guards = guards.model_copy(update={"max_jump_share": 1.0})
    now = Input(_load(house.ledger.get("row_counts")), _load(house.ledger.get("unknown_currencies")))
    before = Input(_load(house.ledger.get("row_counts_written")), _load(house.ledger.get("unknown_currencies_written")))
    if allowed.shrink:
        guards = guards.model_copy(update={"min_rows_share": 0.0})
    if allowed.currency:
        before = replace(before, unknown_currencies=now.unknown_currencies)
    check_guards(made, guards, house.ledger.count_bases(), before, now)


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
