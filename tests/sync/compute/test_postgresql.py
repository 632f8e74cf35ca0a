"""PostgreSQL gives what DuckDB gives. Needs a server's programs (``make test-engines`` installs them)."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sync import grains
from sync.compute.postgresql import in_postgresql
from tests.kpi.marts import Marts
from tests.sync.compute.adversary import fill
from tests.sync.compute.conformance import FEW, answer, assert_same, portable, small_company


@pytest.fixture
def marts() -> Iterator[Marts]:
    built = Marts()
    yield built
    built.close()


def test_every_kpi_at_every_grain_has_the_parts_and_results_that_duckdb_gives(
    postgresql_url: str, marts: Marts, tmp_path: Path
) -> None:
    fill(marts)
    expected = answer(portable(marts.con))
    with in_postgresql(marts.con, postgresql_url, "cadran_hostile", tmp_path) as engine:
        assert_same(answer(engine), expected)


def test_a_sync_through_postgresql_changes_no_value_of_one_through_duckdb(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARTS_URL", postgresql_url)
    monkeypatch.setattr(grains, "PERIODS_BY", FEW)
    with small_company(tmp_path) as sync:
        first = sync({"engine": "duckdb"})
        second = sync({"engine": "postgres", "url": "env:MARTS_URL"})
    assert (second.computed.kpis, second.computed.changed) == (first.computed.kpis, 0)
    assert [(r.kpi, r.value) for r in second.computed.totals] == [(r.kpi, r.value) for r in first.computed.totals]
    with psycopg.connect(postgresql_url) as server:
        assert server.execute("SELECT count(*) > 0 FROM cadran_default.deal_outcome").fetchall() == [(True,)]


def test_a_copy_replaces_the_last_one_and_leaves_views_and_other_tables(
    postgresql_url: str, marts: Marts, tmp_path: Path
) -> None:
    marts.con.execute("DELETE FROM calendar_period")
    marts.insert("calendar_period", [{"day": "2026-01-01", "period": "", "period_start": "2026-01-01"}])
    with in_postgresql(marts.con, postgresql_url, "cadran_twice", tmp_path):
        pass
    with psycopg.connect(postgresql_url) as server:
        server.execute("CREATE VIEW cadran_twice.ours AS SELECT period FROM cadran_twice.calendar_period")
        server.execute("CREATE TABLE cadran_twice.runs (id int)")
        server.execute("ALTER TABLE cadran_twice.spend DROP COLUMN platform")  # as an older version made it
    marts.insert("calendar_period", [{"day": "2026-01-01", "period": "b\0", "period_start": "2026-01-01"}])
    with in_postgresql(marts.con, postgresql_url, "cadran_twice", tmp_path):
        pass
    with psycopg.connect(postgresql_url) as server:
        assert server.execute("SELECT * FROM cadran_twice.ours ORDER BY period").fetchall() == [("",), ("b\ufffd",)]
        assert server.execute("SELECT count(*) FROM cadran_twice.runs").fetchall() == [(0,)]
        assert server.execute("SELECT platform FROM cadran_twice.spend").fetchall() == []
