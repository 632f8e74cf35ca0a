"""A person edits a property of ours in the moment between a batch's pre-read and its update."""

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import RecordWrite, WriteOutcome
from connectors.errors import QuotaExhausted
from connectors.hubspot.target import HubSpotTarget
from connectors.sandbox.hubspot.loading import PERSON
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.server import SandboxServer
from sync import commands, runs
from sync.house import House
from sync.output import applied_json, lost_edit_line, say_applied
from sync.progress import LogProgress
from tests.e2e.crowded import at_home, calls, run
from tests.small_world import small_world

OURS = "cadran_start_on"
THEIRS = "2020-02-02"


@pytest.fixture
def served() -> Iterator[SandboxServer]:
    limits = HubSpotLimits(burst=10_000, search_per_second=10_000, associations=10_000)
    with SandboxServer(small_world(), lags=Lags(search_s=0.0, property_s=0.0), limits=limits) as server:
        yield server


class Person:
    """Changes one deal right before our first update of deals, another right after it."""

    def __init__(self, server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self._server = server
        self._write = HubSpotTarget.write
        self.lost = ""
        self.corrected = ""
        monkeypatch.setattr(HubSpotTarget, "write", lambda target, kind, writes: self.write(target, kind, writes))

    def write(self, target: HubSpotTarget, object: str, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        """In place of :meth:`HubSpotTarget.write`."""
        ids = [w.record_id for w in writes if OURS in w.values]
        is_now = object == "deals" and not self.lost and len(ids) > 1
        if is_now:
            self.lost, self.corrected = ids[0], ids[-1]
            self.edit(self.lost, THEIRS)
        outcomes = self._write(target, object, writes)
        if is_now:
            self.edit(self.corrected, THEIRS)
        return outcomes

    def edit(self, deal: str, value: str) -> None:
        portal = self._server.sandbox.portal
        with self._server.sandbox.lock:
            records = portal.find("deals")
            portal.write(records, records.by_id[deal], {OURS: value}, PERSON, portal.now())

    def standing(self, deal: str) -> str:
        return str(self._server.sandbox.portal.find("deals").by_id[deal].values[OURS])


def audited_every(house: House, hours: float) -> None:
    house.settings = house.settings.model_copy(update={"crm": house.settings.crm.model_copy(update={"audit_hours": hours})})


def test_it_is_found_reported_and_held(
    tmp_path: Path, served: SandboxServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One edit was lost; the one after our write stands and is none. What the person enters again is left alone."""
    person = Person(served, monkeypatch)
    with at_home(tmp_path, served) as house:
        audited_every(house, 0)
        _synced, _plan, done = run(house)
        assert [(e.record_id, e.property, e.value) for e in done.lost_edits] == [(person.lost, OURS, THEIRS)]
        assert person.standing(person.corrected) == THEIRS

        [told] = applied_json(done, house)["lost_edits"]
        assert told["value"] == THEIRS
        assert told["written"] == person.standing(person.lost) != THEIRS
        assert told["url"].endswith(f"/0-3/{person.lost}")
        say_applied(done, house, as_json=False)
        said = capsys.readouterr().out
        for line in (said, lost_edit_line(done.lost_edits[0], told["url"], "fr")):
            assert f"{THEIRS}, " in line
            assert f"`cadran resume {OURS}`" in line
            assert told["url"] in line

        person.edit(person.lost, THEIRS)
        served.sandbox.clock.advance(timedelta(minutes=5))
        calls(served)
        _synced, plan, done = run(house)
        assert done.lost_edits == ()
        assert {c.record_id: c.outcome for c in plan.changes if c.property == OURS} == {
            person.lost: "held",
            person.corrected: "edited_by_human",
        }
        assert person.standing(person.lost) == THEIRS
        assert (plan.acted_on, plan.calls_by_kind["audit"]) == ((), 0)
        assert "batch_read" not in calls(served), "nothing was written, so there is nothing to look at"


def test_it_waits_for_its_week_and_costs_what_the_plan_says(
    tmp_path: Path, served: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(served, monkeypatch)
    with at_home(tmp_path, served) as house:
        _synced, plan, done = run(house)
        assert (done.lost_edits, plan.calls_by_kind["audit"]) == ((), 0)
        served.sandbox.clock.advance(timedelta(days=7))
        runs.sync(house, LogProgress())
        plan = runs.plan(house)
        calls(served)
        done = runs.apply(house, None, LogProgress())
        counted = calls(served)
        assert [e.record_id for e in done.lost_edits] == [person.lost]
        assert counted.pop("account") == 1
        assert sum(counted.values()) == plan.calls, (counted, plan.calls_by_kind)
        assert plan.calls_by_kind["audit"] > 1


def test_an_undo_looks_for_what_it_wrote_over_itself(
    tmp_path: Path, served: SandboxServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Giving a value back is a write like any other. What the person enters again is left alone, and so is the rest."""
    with at_home(tmp_path, served) as house:
        audited_every(house, 0)
        _synced, _plan, done = run(house)
        assert done.lost_edits == ()
        person = Person(served, monkeypatch)
        served.sandbox.clock.advance(timedelta(minutes=5))
        monkeypatch.setattr(commands, "opened", lambda *_where, **_how: nullcontext(house))
        assert commands.undo_command(done.run_id, False, True, None, None, None) == 0
        [told] = json.loads(capsys.readouterr().out)["lost_edits"]
        assert (told["record_id"], told["property"], told["value"], told["written"]) == (person.lost, OURS, THEIRS, None)
        assert person.standing(person.corrected) == THEIRS
        assert house.ledger.oldest_unaudited() is None
        assert ("deals", person.lost, OURS) in house.ledger.all_holds()

        person.edit(person.lost, THEIRS)
        served.sandbox.clock.advance(timedelta(minutes=5))
        _synced, plan, again = run(house)
        assert (again.lost_edits, plan.acted_on) == ((), ())
        assert person.standing(person.lost) == THEIRS
        house.ledger.release(None)
        released = {c.record_id: c.outcome for c in runs.plan(house).changes if c.property == OURS}
        assert released[person.lost] == released[person.corrected] == "edited_by_human"


def test_a_spent_day_ends_it_and_the_next_run_goes_on(
    tmp_path: Path, served: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written stands, and the run ends well."""
    person = Person(served, monkeypatch)

    def spent(_target: HubSpotTarget, *_asked: object) -> None:
        raise QuotaExhausted("hubspot", "the calls of a day are spent")

    with at_home(tmp_path, served) as house:
        audited_every(house, 0)
        with monkeypatch.context() as day:
            day.setattr(HubSpotTarget, "read_history", spent)
            _synced, _plan, done = run(house)
            assert done.written > 0
            assert done.lost_edits == ()
        _synced, _plan, done = run(house)
        assert [e.record_id for e in done.lost_edits] == [person.lost]


def test_a_clean_write_back_reports_nothing(tmp_path: Path, served: SandboxServer) -> None:
    with at_home(tmp_path, served) as house:
        audited_every(house, 0)
        _synced, plan, done = run(house)
        assert done.written > 0
        assert plan.calls_by_kind["audit"] > 1
        assert done.lost_edits == ()
        assert house.ledger.all_holds() == frozenset()
        assert house.ledger.oldest_unaudited() is None
