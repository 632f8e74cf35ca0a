"""One batch: what the pre-read finds, what the CRM answers, and what the ledger then knows of each row."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from connectors.base import PropertyDef, RecordWrite, WriteOutcome
from connectors.errors import ConfigurationError, QuotaExhausted, RecordRejected, TransientError
from sync.apply import Applied, apply_plan
from sync.ledger import Ledger
from sync.left_over import settle_left_over
from sync.plan import ARCHIVED, Change, Outcome, make_plan
from sync.plan_store import keep_plan
from tests.sync.test_apply import KINDS, NOW, Crash, FakeCrm, line

COST = PropertyDef("deals", "cadran_cost", "Cost", "…", "number")
CHANNEL = PropertyDef("deals", "cadran_channel", "Channel", "…", "string")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.at(tmp_path)
    yield opened
    opened.close()


def go(ledger: Ledger, crm: FakeCrm, *lines: Change, run: int = 1, at_once: int = 1) -> Applied:
    plan = make_plan(1, NOW, lines, [COST, CHANNEL])
    keep_plan(ledger, plan, NOW)
    group = ("cadran", {"deals": "Cadran"})
    return apply_plan(plan, crm, ledger, run, group=group, kinds=KINDS, now=lambda: NOW, at_once=at_once)


def states(ledger: Ledger) -> dict[str, str]:
    return {e.record_id: e.state for e in ledger.journal_of()}


def definition(name: str, outcome: Outcome = "create", old: str | None = None) -> Change:
    return line(None, name, old, f"cadran_{name}")._replace(outcome=outcome)


def test_many_batches_at_once_end_as_one_after_the_other(ledger: Ledger) -> None:
    """1,050 records, eight batches under way: every one written once, none in two batches."""
    ids = [str(i) for i in range(1050)]
    crm = FakeCrm(*ids)
    done = go(ledger, crm, *(line(i, "5") for i in ids), at_once=8)
    assert done.counts == {"written": 1050}
    assert done.records == {"deals": 1050}
    assert sorted(i for batch in crm.writes for i in batch) == sorted(ids)
    assert len(crm.writes) == 11


def test_an_error_of_the_whole_run_lets_the_batches_under_way_settle(ledger: Ledger) -> None:
    """The day's calls end with the second batch: what was answered is known, the rest is open and goes on next time."""
    ids = [str(i) for i in range(400)]
    crm = FakeCrm(*ids)

    def exhausted(writes: Sequence[RecordWrite]) -> list[WriteOutcome] | None:
        if any(w.record_id == "150" for w in writes):
            raise QuotaExhausted("hubspot", "the daily limit is used up")
        return None

    crm.before_write = exhausted
    with pytest.raises(QuotaExhausted):
        go(ledger, crm, *(line(i, "5") for i in ids), at_once=2)
    known = states(ledger)
    assert {known.get(i) for i in ids[100:200]} == {"intent"}
    assert {i for i, v in crm.values.items() if v.get("cadran_cost")} == {i for i, s in known.items() if s == "written"}
    crm.before_write = lambda _writes: None
    assert set(go(ledger, crm, *(line(i, "5") for i in ids), run=2).counts) == {"written"}
    assert {v.get("cadran_cost") for v in crm.values.values()} == {"5"}


def test_an_outage_while_reading_back_loses_no_outcome(ledger: Ledger) -> None:
    """One row was written, of the other nobody knows, and then the CRM falls silent altogether."""
    crm = FakeCrm("1", "2")

    def half(writes: Sequence[RecordWrite]) -> list[WriteOutcome]:
        crm.values["1"]["cadran_cost"] = "5"

        def silent(*_: object) -> dict[str, dict[str, str | None]]:
            raise TransientError("hubspot", "no answer")

        crm.read_values = silent  # type: ignore[method-assign]
        return [WriteOutcome("1", "written", {"cadran_cost": "5"}), WriteOutcome("2", "unknown", {}, "no answer")]

    crm.before_write = half
    with pytest.raises(TransientError):
        go(ledger, crm, line("1", "5"), line("2", "5"))
    assert states(ledger) == {"1": "written", "2": "unknown"}


def test_a_row_that_the_answer_left_out_is_unknown_and_sent_again(ledger: Ledger) -> None:
    crm = FakeCrm("1", "2")
    crm.before_write = lambda _writes: [WriteOutcome("1", "written", {"cadran_cost": "5"})]
    first = go(ledger, crm, line("1", "5"), line("2", "5"))
    assert first.counts == {"written": 1, "unknown": 1}
    crm.before_write = lambda _writes: None
    second = go(ledger, crm, line("1", "5"), line("2", "5"), run=2)
    assert (second.counts, crm.writes[-1]) == ({"written": 1}, ["2"])


def test_what_the_crm_refuses_as_a_definition_is_reported_with_its_values(ledger: Ledger) -> None:
    """A property that a workflow uses cannot be taken away; one whose name was taken meanwhile takes no values."""
    crm = FakeCrm("1")

    def in_use(_object: str, name: str) -> None:
        raise RecordRejected(name, "used by a workflow")

    def taken(definition: PropertyDef, _group: str) -> None:
        if definition.name == "cadran_cost":
            raise ConfigurationError("deals.cadran_cost exists as a string of group other")

    crm.archive_property = in_use  # type: ignore[method-assign]
    crm.create_property = taken  # type: ignore[method-assign]
    gone = definition("old", "clear", "Old")._replace(new=None)
    lines = [definition("cost"), definition("channel"), gone, line("1", "5"), line("1", "email", name="cadran_channel")]
    done = go(ledger, crm, *lines)
    assert [(e.record_id, e.property, e.state) for e in done.refused] == [
        ("", "cadran_cost", "rejected"),
        ("", "cadran_old", "rejected"),
        ("1", "cadran_cost", "rejected"),
    ]
    assert "exists as a string" in str(done.refused[2].reason)
    assert crm.values == {"1": {"cadran_channel": "email"}}


def test_a_property_that_comes_back_may_hold_what_we_had_written(ledger: Ledger) -> None:
    """One record holds our old value, one holds nothing, one holds what nobody remembers."""
    ledger.adopt({("deals", i, "cadran_cost"): "3" for i in ("1", "2", "3")}, NOW, 0)
    crm = FakeCrm("1", "2", "3")
    crm.values["1"]["cadran_cost"], crm.values["3"]["cadran_cost"] = "3.0", "99"
    done = go(ledger, crm, definition("cost", old=ARCHIVED), *(line(i, "5", "4") for i in ("1", "2", "3")))
    assert done.counts == {"written": 2, "edited_by_human": 1}
    assert [crm.values[i]["cadran_cost"] for i in "123"] == ["5", "5", "99"]


@pytest.mark.parametrize("has_arrived", [True, False])
def test_what_a_killed_run_left_open_is_looked_up_once(ledger: Ledger, has_arrived: bool) -> None:
    """Arrived: it is written, and the base. Not: it is planned anew, and the old plan would send it too."""
    crm = FakeCrm("1")

    def die(*_: object) -> list[WriteOutcome] | None:
        if has_arrived:
            crm.values["1"]["cadran_cost"] = "5"
        raise Crash

    crm.before_write = die
    with pytest.raises(Crash):
        go(ledger, crm, line("1", "5"))
    assert settle_left_over(ledger, crm, KINDS, lambda: NOW, 2) == 1
    assert states(ledger) == {"1": "written" if has_arrived else "lapsed"}
    assert (("deals", "1", "cadran_cost") in ledger.all_bases()) is has_arrived
    assert settle_left_over(ledger, crm, KINDS, lambda: NOW, 3) == 0
    crm.before_write = lambda _writes: None
    assert go(ledger, crm, line("1", "5"), run=4).counts == ({} if has_arrived else {"written": 1})


def test_what_was_sent_last_is_known_whatever_came_of_it(ledger: Ledger) -> None:
    """By it a value that arrived unseen is told from a person's."""
    crm = FakeCrm("1", "2")
    go(ledger, crm, line("1", "5"), line("2", "5"))
    assert ledger.last_sent("deals", ["1", "3"]) == {("deals", "1", "cadran_cost"): "5"}
