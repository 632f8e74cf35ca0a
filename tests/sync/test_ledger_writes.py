"""The ledger's pages about writing: of an older release, in both databases, from several threads."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.ledger import Ledger
from sync.plan import Change, make_plan
from sync.plan_store import keep_plan, load_plan

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
LINE = Change("deals", "12", "cadran_channel", None, "paid_search", "channel", "create", "first touch")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        opened = Ledger.at(tmp_path)
    else:
        opened = Ledger.in_postgresql(request.getfixturevalue("postgresql_url"), f"w{abs(hash(str(tmp_path))) % 10**8}")
    yield opened
    opened.close()


def intention(record_id: str, plan_id: str = "p") -> dict[str, object]:
    return {
        "run_id": 1,
        "plan_id": plan_id,
        "object": "deals",
        "record_id": record_id,
        "property": "cadran_cost",
        "old": None,
        "new": "5",
    }


def test_a_plan_of_many_lines_is_kept_and_read_in_order(ledger: Ledger) -> None:
    """More than are read at a time; kept twice, it stands once."""
    plan = make_plan(1, NOW, [Change("deals", str(i), "cadran_cost", None, "5", "cost", "create", "…") for i in range(5_001)])
    for _ in range(2):
        keep_plan(ledger, plan, NOW)
    found = load_plan(ledger)
    assert found is not None
    assert tuple(found.changes) == plan.changes


def test_threads_write_the_journal_at_the_same_time(ledger: Ledger) -> None:
    """Eight of them, each its own records: every intention and outcome is there."""

    def write(number: int) -> None:
        ids = [str(number * 100 + i) for i in range(20)]
        ledger.intend([intention(i) for i in ids], NOW)
        result = {"object": "deals", "property": "cadran_cost", "state": "written", "answered": "5", "reason": None}
        ledger.settle("p", [{**result, "record_id": i} for i in ids], NOW, 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(16)))
    assert ledger.count_journal("p", ["written"]) == 320
    assert ledger.count_bases() == 320
    assert len(ledger.bases_of("deals", ["0", "119", "999999"])) == 2


def test_plans_with_open_writes_are_found(ledger: Ledger) -> None:
    """Not those that were applied to the end, nor those never begun."""
    for name in ("p", "q", "r"):
        ledger.save_plan(name, 1, NOW, "{}")
    ledger.intend([intention("1"), intention("2", "q")], NOW)
    ledger.mark_plan("q", "applied")
    assert ledger.open_plans() == ["p"]


def test_a_ledger_of_an_older_release_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its journal had no index by record, and there were no lines of plans."""
    first = Ledger.at(tmp_path)
    first.intend([intention("1")], NOW)
    first.close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as old:
        old.execute("DROP TABLE plan_lines")
        old.execute("DROP INDEX journal_record")
    ledger = Ledger.at(tmp_path)
    keep_plan(ledger, make_plan(1, NOW, [LINE]), NOW)
    assert load_plan(ledger) is not None
    assert ledger.last_sent("deals", ["1"]) == {("deals", "1", "cadran_cost"): "5"}
    assert "journal_record" in {index["name"] for index in sa.inspect(ledger.engine).get_indexes("journal")}
    ledger.close()


def test_the_newest_plan_is_the_last_runs_whatever_the_crms_clock_says(ledger: Ledger) -> None:
    """Two commands within a second: the second one's instant may lie before the first one's."""
    ledger.save_plan("undo", 1, NOW, "{}")
    ledger.save_plan("plan", 2, NOW - timedelta(milliseconds=600), "{}")
    newest = ledger.plan()
    assert newest is not None
    assert newest[0] == "plan"
