"""The ledger, on SQLite and on PostgreSQL: the same book."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.ledger import Base, LakeFile, Ledger, StreamState

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        opened = Ledger.at(tmp_path)
    else:
        opened = Ledger.in_postgresql(request.getfixturevalue("postgresql_url"), f"t{abs(hash(str(tmp_path))) % 10**9}")
    yield opened
    opened.close()


def test_runs_are_numbered_and_remember_what_they_did(ledger: Ledger) -> None:
    """Ids grow; the newest finished one of a kind is found; an instant comes back with its zone."""
    first, second = ledger.start_run("sync", NOW), ledger.start_run("sync", NOW)
    assert second == first + 1
    ledger.finish_run(first, NOW, "done", NOW, {"kpis": 3})
    ledger.finish_run(second, NOW, "failed", None, {"error": "down"})
    found = ledger.last_run("sync")
    assert found is not None
    assert (found.id, found.as_of, found.summary) == (first, NOW, {"kpis": 3})
    assert ledger.run_as_of(NOW + timedelta(seconds=1)) == first
    assert ledger.run_as_of(NOW) is None


def test_a_commit_is_all_or_nothing(ledger: Ledger) -> None:
    """A file and its cursor become visible together, or neither does."""

    def commit(*, fails: bool) -> None:
        with ledger.transaction() as tx:
            ledger.add_file(tx, LakeFile("facts", "deal", "a.parquet", 1, 10, True), NOW)
            ledger.save_cursor(tx, "hubspot", "deals", StreamState("c1", "f"), 1, NOW)
            if fails:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        commit(fails=True)
    assert ledger.current_files("facts", "deal") == []
    assert ledger.stream_state("hubspot", "deals") is None
    commit(fails=False)
    assert [f.path for f in ledger.current_files("facts", "deal")] == ["a.parquet"]
    state = ledger.stream_state("hubspot", "deals")
    assert state is not None
    assert state.cursor == "c1"
    ledger.forget_cursors("hubspot")
    assert ledger.stream_state("hubspot", "deals") is None


def test_the_journal_knows_intentions_and_what_came_of_them(ledger: Ledger) -> None:
    """An intention is there before its answer; a written one becomes the base; a rejected one does not."""
    entry = {"run_id": 1, "plan_id": "p", "object": "deals", "property": "cadran_cost", "old": None, "new": "5"}
    ledger.intend([{**entry, "record_id": i} for i in ("1", "2")], NOW)
    assert {e.state for e in ledger.journal_of(plan_id="p")} == {"intent"}
    answers = [("1", "written", "5.00", None), ("2", "rejected", None, "no")]
    ledger.settle(
        "p",
        [
            {"object": "deals", "record_id": i, "property": "cadran_cost", "state": s, "answered": a, "reason": r}
            for i, s, a, r in answers
        ],
        NOW,
        1,
    )
    assert [(e.record_id, e.state, e.answered, e.reason) for e in ledger.journal_of(run_id=1)] == [
        ("1", "written", "5.00", None),
        ("2", "rejected", None, "no"),
    ]
    assert ledger.all_bases() == {("deals", "1", "cadran_cost"): Base("5.00", NOW)}
    ledger.forget_property("deals", "cadran_cost")
    assert ledger.all_bases() == {}


def test_holds_are_set_once_and_lifted_by_property(ledger: Ledger) -> None:
    """resume PROP lifts that property's holds, resume all of them."""
    keys = [("deals", "1", "cadran_a"), ("deals", "2", "cadran_a"), ("deals", "1", "cadran_b")]
    ledger.hold(keys, 1, NOW)
    ledger.hold(keys[:1], 2, NOW)
    assert ledger.all_holds() == frozenset(keys)
    assert ledger.release("cadran_a") == 2
    assert ledger.release(None) == 1


def test_what_cannot_be_read_stays_listed_until_it_can(ledger: Ledger) -> None:
    """A record read well leaves the list; a whole read renews it."""
    with ledger.transaction() as tx:
        ledger.settle_aside(tx, "s", "deals", [], {"1": "bad", "2": "worse"}, 1)
    with ledger.transaction() as tx:
        ledger.settle_aside(tx, "s", "deals", ["1"], {}, 2)
    assert ledger.aside() == [("s", "deals", "2", "worse")]
    with ledger.transaction() as tx:
        ledger.settle_aside(tx, "s", "deals", None, {"3": "new"}, 3)
    assert ledger.aside() == [("s", "deals", "3", "new")]


def test_accounts_in_one_database_do_not_see_each_other(postgresql_url: str) -> None:
    """Schema ``cadran_<account>`` for each."""
    one, two = Ledger.in_postgresql(postgresql_url, "paris"), Ledger.in_postgresql(postgresql_url, "lyon")
    one.put("portal_id", "1")
    assert two.get("portal_id") is None
    one.close()
    two.close()


def test_the_sqlite_file_is_private_and_durable(tmp_path: Path) -> None:
    """0600, WAL, and a journal row is on disk when the call returns."""
    ledger = Ledger.at(tmp_path)
    with ledger.engine.connect() as c:
        assert c.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert c.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    ledger.close()
    assert (tmp_path / "ledger.sqlite").stat().st_mode & 0o777 == 0o600
