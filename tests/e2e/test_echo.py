"""After a write-back of many records: nothing is read twice, and nobody's edit is lost or overwritten."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from connectors.base import RecordWrite, WriteOutcome
from connectors.hubspot.target import HubSpotTarget
from connectors.sandbox.hubspot.loading import PERSON
from connectors.sandbox.server import SandboxServer
from sync import runs
from sync.house import House
from sync.progress import LogProgress
from tests.e2e.crowded import DEALS, FIRST, at_home, calls, crowd_server, run

EDITS = 50
OURS = "cadran_start_on"
THEIR_DAY = "2020-02-02"


@pytest.fixture
def served() -> Iterator[SandboxServer]:
    with crowd_server() as server:
        yield server


class People:
    """They edit while our batches are on their way: half of them records of the very batch."""

    def __init__(self, server: SandboxServer) -> None:
        self._server = server
        self._write = HubSpotTarget.write
        self._left = EDITS
        self.names: dict[str, str] = {}
        """Deal -> the name that a person gave it."""
        self.days: dict[str, str] = {}
        """Deal -> what a person put into a property of ours before we wrote it."""
        self.corrected: dict[str, str] = {}
        """The same, right after we had written it."""

    def write(self, target: HubSpotTarget, object: str, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        """In place of :meth:`HubSpotTarget.write`."""
        if object == "deals":
            with self._server.sandbox.lock:
                self._edit(writes)
        outcomes = self._write(target, object, writes)
        if object == "deals":
            with self._server.sandbox.lock:
                self._correct(writes)
        return outcomes

    def _correct(self, writes: Sequence[RecordWrite]) -> None:
        for deal in [w.record_id for w in writes if OURS in w.values][-1:]:
            if self._left and len(self.corrected) < 5:
                self._left -= 1
                self.corrected[deal] = THEIR_DAY
                self._change(deal, {OURS: THEIR_DAY})

    def _edit(self, writes: Sequence[RecordWrite]) -> None:
        being_written = [w.record_id for w in writes][:3]
        others = [i for i in map(str, range(FIRST + DEALS - 100, FIRST + DEALS)) if i not in {*self.names, *self.days}][:3]
        for place, deal in enumerate([*being_written, *others]):
            if self._left == 0 or deal in self.names:
                continue
            self._left -= 1
            is_later = deal in others and int(deal) not in {int(w.record_id) for w in writes}
            if is_later and place == len(being_written) and len(self.days) < 5:
                self.days[deal] = THEIR_DAY
                self._change(deal, {OURS: THEIR_DAY})
            else:
                self.names[deal] = f"renamed {self._left}"
                self._change(deal, {"dealname": self.names[deal]})

    def _change(self, deal: str, values: dict[str, str]) -> None:
        portal = self._server.sandbox.portal
        records = portal.find("deals")
        portal.write(records, records.by_id[deal], values, PERSON, portal.now())


def names_in_facts(house: House) -> dict[str, str]:
    return {
        str(record["id"]): str(record["properties"].get("dealname"))
        for _id, record, _at in house.lake.raw_records("hubspot", "deals")
    }


def test_nothing_changed_since_a_large_write_back_costs_two_requests_a_stream_and_four(
    tmp_path: Path, served: SandboxServer
) -> None:
    """Whatever was written: our own changes were read back within the run that made them."""
    with at_home(tmp_path, served) as house:
        _synced, plan, done = run(house)
        assert done.records["deals"] >= DEALS
        assert done.read_back is not None
        first = calls(served)
        assert plan.calls_by_kind["pre_read"] + plan.calls_by_kind["update"] == 2 * first["batch_update"]

        synced, plan, done = run(house)
        again = calls(served)
        assert (tuple(plan.changes), done.written) == ((), 0)
        streams = [s for s in house.sources["hubspot"].streams() if f"hubspot.{s.name}" not in synced.extracted.skipped]
        assert sum(again.values()) <= 2 * len(streams) + 4, again
        assert "batch_update" not in again
        assert again.get("account", 0) == 1


def test_people_who_edit_during_a_write_back_are_all_read_and_none_is_overwritten(
    tmp_path: Path, served: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty edits, half on records being written; what they put into our own properties is theirs."""
    people = People(served)
    with at_home(tmp_path, served) as house:
        runs.sync(house, LogProgress())
        runs.plan(house)
        runs.apply(house, None, LogProgress(), selection=runs.applying.Selection(limit=1))  # the properties exist
        monkeypatch.setattr(HubSpotTarget, "write", lambda target, kind, writes: people.write(target, kind, writes))
        _synced, _plan, done = run(house)
        monkeypatch.undo()
        assert len(people.names) + len(people.days) + len(people.corrected) == EDITS
        assert (len(people.days), len(people.corrected)) == (5, 5)
        assert done.counts["edited_by_human"] == len(people.days)

        read = names_in_facts(house)
        assert {deal: read[deal] for deal in people.names} == people.names
        held = served.sandbox.portal.find("deals").by_id
        theirs = {*people.days, *people.corrected}
        assert {held[deal].values[OURS] for deal in theirs} == {THEIR_DAY}
        _synced, plan, _done = run(house)
        outcomes = {str(c.record_id): c.outcome for c in plan.changes if c.property == OURS}
        assert {deal: outcomes[deal] for deal in people.corrected} == dict.fromkeys(people.corrected, "edited_by_human")
        assert {deal: outcomes[deal] for deal in people.days} == dict.fromkeys(people.days, "foreign"), "we never wrote there"
        assert {held[deal].values[OURS] for deal in theirs} == {THEIR_DAY}
