"""Applying a plan: every row ends in a known outcome, killed or not; undo gives back and holds."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.base import Crm, HistoryEntry, PropertyDef, PropertyState, RecordWrite, WriteOutcome
from connectors.errors import ConfigurationError, UnsafePlan
from sync.apply import Applied, Selection, Stopped, apply_plan, check_fresh
from sync.compare import Kind
from sync.ledger import Ledger
from sync.plan import Change, make_plan
from sync.undo import undo_plan

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
KINDS: dict[tuple[str, str], Kind] = {("deals", "cadran_cost"): "money", ("deals", "cadran_channel"): "text"}


class Crash(Exception):
    """The process dies here."""


class FakeCrm:
    """A CRM in a dictionary, that can be told how to misbehave on the next writes."""

    def __init__(self, *ids: str) -> None:
        self.values: dict[str, dict[str, str | None]] = {i: {} for i in ids}
        self.defined: list[str] = []
        self.groups: list[str] = []
        self.writes: list[list[str]] = []
        self.before_write: Callable[[Sequence[RecordWrite]], list[WriteOutcome] | None] = lambda _writes: None
        self.after_write: Callable[[], None] = lambda: None

    def account(self) -> Crm:
        return Crm("1", "EUR", "Europe/Paris", "app.example", NOW)

    def property_states(self, objects: Sequence[str], *, archived: bool = False) -> list[PropertyState]:
        return []

    def room(self, objects: Sequence[str]) -> dict[str, int]:
        return {}

    def batch_size(self, object: str) -> int:
        return 100

    def read_back_calls(self, object: str, records: int) -> tuple[int, int]:
        return 0, 0

    def least_seconds(self, calls: int, searches: int) -> float:
        return 0.0

    def ensure_group(self, object: str, name: str, label: str) -> bool:
        self.groups.append(f"{object}.{name}")
        return True

    def create_property(self, definition: PropertyDef, group: str) -> None:
        self.defined.append(definition.name)

    def update_property(self, definition: PropertyDef, group: str) -> None:
        self.defined.append(definition.name)

    def archive_property(self, object: str, name: str) -> None: ...

    def archive_group(self, object: str, name: str) -> None: ...

    def read_values(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, str | None]]:
        return {i: {n: self.values[i].get(n) for n in names} for i in ids if i in self.values}

    def read_written_by_us(self, object: str, ids: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], bool]:
        return {}

    def read_history(
        self, object: str, ids: Sequence[str], names: Sequence[str]
    ) -> dict[tuple[str, str], tuple[HistoryEntry, ...]] | None:
        return None

    def write(self, object: str, writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        self.writes.append([w.record_id for w in writes])
        answer = self.before_write(writes)
        if answer is not None:
            return answer
        for w in writes:
            self.values[w.record_id].update({k: v or None for k, v in w.values.items()})
        self.after_write()
        return [WriteOutcome(w.record_id, "written", dict(self.values[w.record_id])) for w in writes]

    def record_url(self, object: str, record_id: str) -> str:
        return record_id


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.at(tmp_path)
    yield opened
    opened.close()


def line(record_id: str | None, new: str | None, old: str | None = None, name: str = "cadran_cost") -> Change:
    return Change(
        "deals", record_id, name, old, new, "cost", "clear" if new is None else "update" if old else "create", "because"
    )


EVERYTHING = Selection()


def go(
    ledger: Ledger,
    crm: FakeCrm,
    *lines: Change,
    run: int = 1,
    selection: Selection = EVERYTHING,
    stop: Callable[[], bool] = lambda: False,
    at_once: int = 1,
) -> Applied:
    """Apply the lines as a plan; one batch after the other unless told otherwise, so that a test can say which."""
    definitions = [PropertyDef("deals", "cadran_cost", "Cost", "…", "number")] if any(c.record_id is None for c in lines) else []
    plan = make_plan(1, NOW, lines, definitions)
    return apply_plan(
        plan,
        crm,
        ledger,
        run,
        group=("cadran", {"deals": "Cadran"}),
        kinds=KINDS,
        now=lambda: NOW,
        selection=selection,
        stop=stop,
        at_once=at_once,
    )


def test_a_plan_is_written_in_batches_of_a_hundred_and_becomes_the_base(ledger: Ledger) -> None:
    """250 records: three writes; what the CRM answered is the next comparison's base."""
    ids = [str(i) for i in range(250)]
    crm = FakeCrm(*ids)
    done = go(ledger, crm, line(None, "Cost"), *(line(i, "1.50") for i in ids))
    assert done.counts == {"written": 250}
    assert [len(w) for w in crm.writes] == [100, 100, 50]
    assert crm.defined == ["cadran_cost"]
    assert ledger.all_bases()["deals", "7", "cadran_cost"].value == "1.50"


def test_an_edit_since_the_plan_is_kept_and_reported(ledger: Ledger) -> None:
    """Each batch is read again just before it is written."""
    crm = FakeCrm("1", "2")
    crm.values["2"]["cadran_cost"] = "99"
    done = go(ledger, crm, line("1", "5"), line("2", "5"))
    assert done.counts == {"written": 1, "edited_by_human": 1}
    assert crm.values["2"]["cadran_cost"] == "99"
    assert "it holds 99 now" in (done.refused[0].reason or "")


def test_a_record_that_is_gone_is_rejected_and_the_rest_goes_on(ledger: Ledger) -> None:
    """Deleted since the plan."""
    done = go(ledger, FakeCrm("1"), line("1", "5"), line("404", "5"))
    assert done.counts == {"written": 1, "rejected": 1}


def test_a_rejected_row_says_why_and_is_not_counted_as_written(ledger: Ledger) -> None:
    """HubSpot refused one of two."""
    crm = FakeCrm("1", "2")

    def half(writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        crm.values["1"]["cadran_cost"] = "5"
        return [
            WriteOutcome("1", "written", {"cadran_cost": "5"}),
            WriteOutcome("2", "rejected", {}, "MISSING_REQUIRED_PROPERTY"),
        ]

    crm.before_write = half
    done = go(ledger, crm, line("1", "5"), line("2", "5"))
    assert done.counts == {"written": 1, "rejected": 1}
    assert done.refused[0].reason == "MISSING_REQUIRED_PROPERTY"
    assert ("deals", "2", "cadran_cost") not in ledger.all_bases()


@pytest.mark.parametrize("arrived", [True, False])
def test_a_write_without_an_answer_is_settled_by_reading_back(ledger: Ledger, arrived: bool) -> None:
    """A time-out may have arrived or not; the CRM itself tells."""
    crm = FakeCrm("1")

    def lost(writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        if arrived:
            crm.values["1"]["cadran_cost"] = "5"
        return [WriteOutcome("1", "unknown", {}, "no answer")]

    crm.before_write = lost
    assert go(ledger, crm, line("1", "5")).counts == ({"written": 1} if arrived else {"unknown": 1})


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_moment_the_next_apply_ends_the_same(ledger: Ledger, moment: str) -> None:
    """Nothing lost, nothing twice: what arrived is only confirmed, what did not is sent, settled rows are left."""
    ids = [str(i) for i in range(150)]
    crm = FakeCrm(*ids)
    lines = [line(i, "5") for i in ids]
    calls = 0

    def die(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Crash

    if moment == "before":
        crm.before_write = die  # type: ignore[assignment]
    else:
        crm.after_write = die
    with pytest.raises(Crash):
        go(ledger, crm, *lines)
    crm.before_write, crm.after_write, crm.writes = (lambda _w: None), (lambda: None), []
    done = go(ledger, crm, *lines, run=2)
    assert done.counts == {"written": 50}
    assert sum(len(w) for w in crm.writes) == (50 if moment == "before" else 0)
    assert {e.state for e in ledger.journal_of()} == {"written"}
    assert go(ledger, crm, *lines, run=3).counts == {}


def test_a_limit_takes_whole_records_and_leaves_the_rest_for_later(ledger: Ledger) -> None:
    """``--limit 1`` writes every property of one record; the next apply goes on."""
    crm = FakeCrm("1", "2")
    lines = [line(i, v, name=n) for i in ("1", "2") for n, v in (("cadran_cost", "5"), ("cadran_channel", "email"))]
    first = go(ledger, crm, *lines, selection=Selection(limit=1))
    assert (first.counts, first.remaining) == ({"written": 2}, 2)
    assert go(ledger, crm, *lines, run=2, selection=Selection(record_ids=frozenset({"2"}))).counts == {"written": 2}


def test_asked_to_stop_it_finishes_the_batch_in_hand(ledger: Ledger) -> None:
    """SIGTERM after the first batch: 100 settled, 50 untouched, none in between."""
    ids = [str(i) for i in range(150)]
    crm = FakeCrm(*ids)
    with pytest.raises(Stopped):
        go(ledger, crm, *(line(i, "5") for i in ids), stop=lambda: len(crm.writes) == 1)
    assert len(ledger.journal_of(states=("written",))) == 100
    assert len(ledger.journal_of()) == 100


def test_a_stale_plan_is_refused(ledger: Ledger) -> None:
    """A plan older than a day describes a CRM that no longer is."""
    plan = make_plan(1, NOW, [line("1", "5")])
    check_fresh(plan, NOW + timedelta(hours=23), timedelta(hours=24))
    with pytest.raises(ConfigurationError, match="25 h old"):
        check_fresh(plan, NOW + timedelta(hours=25), timedelta(hours=24))


def test_undo_gives_back_what_was_there_where_nobody_changed_it(ledger: Ledger) -> None:
    """One value was empty, one was 3, one was edited by a person since."""
    crm = FakeCrm("1", "2", "3")
    crm.values["2"]["cadran_cost"] = "3"
    go(ledger, crm, line("1", "5"), line("2", "5", "3"), line("3", "5"), run=1)
    crm.values["3"]["cadran_cost"] = "7"
    plan = undo_plan(ledger, 1, 2, NOW, KINDS, through=False)
    done = apply_plan(plan, crm, ledger, 2, group=("cadran", {}), kinds=KINDS, now=lambda: NOW)
    assert done.counts == {"written": 2, "edited_by_human": 1}
    assert [crm.values[i].get("cadran_cost") for i in "123"] == [None, "3", "7"]


def test_undoing_under_a_later_run_needs_through(ledger: Ledger) -> None:
    """The chain goes back to the first value; without --through it is refused with the way out."""
    crm = FakeCrm("1")
    go(ledger, crm, line("1", "5"), run=1)
    go(ledger, crm, line("1", "6", "5"), run=2)
    with pytest.raises(UnsafePlan, match="--through"):
        undo_plan(ledger, 1, 3, NOW, KINDS, through=False)
    plan = undo_plan(ledger, 1, 3, NOW, KINDS, through=True)
    assert [(c.old, c.new, c.outcome) for c in plan.changes] == [("6", None, "clear")]
    with pytest.raises(ConfigurationError, match="wrote nothing"):
        undo_plan(ledger, 99, 3, NOW, KINDS, through=False)


def test_a_run_of_a_version_with_other_properties_can_be_undone(ledger: Ledger) -> None:
    """A property that we no longer have is compared as text; where the CRM no longer has it either, it is reported."""
    crm = FakeCrm("1", "2")
    kinds = {**KINDS, ("deals", "cadran_old"): "money"}
    plan = make_plan(1, NOW, [line("1", "5", name="cadran_old"), line("2", "5", name="cadran_old")])
    apply_plan(plan, crm, ledger, 1, group=("cadran", {}), kinds=kinds, now=lambda: NOW)  # type: ignore[arg-type]
    del crm.values["2"]["cadran_old"]
    undone = undo_plan(ledger, 1, 2, NOW, KINDS, through=False)
    done = apply_plan(undone, crm, ledger, 2, group=("cadran", {}), kinds=KINDS, now=lambda: NOW)
    assert done.counts == {"written": 2}
    assert [values.get("cadran_old") for values in crm.values.values()] == [None, None]
