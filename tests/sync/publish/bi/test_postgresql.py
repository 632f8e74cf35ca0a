"""Where the ledger is PostgreSQL, a BI tool reads the results there, with the columns that the files have."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from sync.labels import Campaigns, labels_for
from sync.ledger import Ledger
from sync.publish import shelf
from sync.publish.bi import schema
from sync.publish.bi.views import bring_up_to_date
from sync.publish.shelving import fill
from sync.runs import stored_frame
from tests.sync.publish.bi.conftest import HOSTILE, exported, in_french, results, rows
from tests.sync.versions import Versions, value

SCHEMA = "cadran_bi_views"


@pytest.fixture
def home(postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Versions]:
    """Results of one sync, on a shelf in PostgreSQL. Campaigns have no titles: deriving all facts for them takes seconds."""
    monkeypatch.setattr("sync.publish.shelving.campaigns", lambda house: Campaigns({}, {}))
    monkeypatch.setattr("sync.publish.bi.tables.labels_for", lambda house, by: {} if by == "campaign" else labels_for(house, by))
    with psycopg.connect(postgresql_url) as server:
        server.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    (tmp_path / "home").mkdir()
    monkeypatch.setattr("tests.sync.versions.Ledger.at", lambda _: Ledger.in_postgresql(postgresql_url, "bi_views"))
    with closing(Versions(tmp_path / "home")) as made:
        made.run(results())
        yield made


def shelved(home: Versions) -> None:
    with shelf.opened(home.house) as found:
        fill(home.house, found.engine, stored_frame(home.house))
        bring_up_to_date(home.house, found)


def test_in_postgresql_views_have_the_rows_that_files_have(home: Versions, postgresql_url: str, tmp_path: Path) -> None:
    """Column by column; hostile names too. Intervals are in files alone."""
    shelved(home)
    exported(home.house, "parquet", tmp_path / "out")
    for table in schema.TABLES:
        names = [c.name for c in table.columns if c.name not in ("low", "high", "position")]
        where = " WHERE kpi IN (SELECT kpi FROM kpi_value)" if table is schema.KPIS else ""
        with psycopg.connect(postgresql_url, options=f"-c search_path={SCHEMA} -c timezone=UTC") as server:
            found = server.execute(f"SELECT {', '.join(names)} FROM {table.name}{where}").fetchall()
        wanted = rows(tmp_path / "out" / f"{table.name}.parquet", ", ".join(names))
        assert {_plain(row) for row in found} == {_plain(row) for row in wanted}, table.name
        assert len(found) == len(wanted)
    assert HOSTILE in {row[0] for row in rows(tmp_path / "out" / "member.parquet", "member")}


def _plain(row: tuple[object, ...]) -> tuple[object, ...]:
    """Files have six decimals."""
    return tuple(round(one, 6) if isinstance(one, float) or hasattr(one, "quantize") else one for one in row)  # type: ignore[call-overload]


def test_in_postgresql_views_follow_the_shelf_and_stay_for_who_stands_on_them(home: Versions, postgresql_url: str) -> None:
    """Others' views are not broken by a sync or another language."""
    shelved(home)
    with psycopg.connect(postgresql_url, options=f"-c search_path={SCHEMA}") as server:
        server.execute(
            "CREATE VIEW theirs AS SELECT title, value, reason FROM kpi_value WHERE kpi = 'cpl' AND dimension = 'total'"
        )
    home.run([value("cpl", "7", {"spend": "7", "leads": "1"})])
    home.house = in_french(home.house)
    shelved(home)
    with psycopg.connect(postgresql_url, options=f"-c search_path={SCHEMA}") as server:
        assert server.execute("SELECT * FROM theirs").fetchall() == [(home.house.catalogue.kpis["cpl"].title.fr, 7, None)]


def test_without_postgresql_there_are_no_views(tmp_path: Path) -> None:
    """SQLite's file is nobody's database."""
    with closing(Versions(tmp_path)) as home, shelf.opened(home.house) as found:
        before = sa.inspect(home.ledger.engine).get_table_names()
        bring_up_to_date(home.house, found)
        assert sa.inspect(home.ledger.engine).get_table_names() == before
        assert sa.inspect(found.engine).get_view_names() == []
