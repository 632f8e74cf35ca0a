"""The lake: files appear whole, the newest row of a key counts, vanished rows vanish, results keep every version."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Days, Owned
from kpi.schema import TABLES, checker, columns
from sync.lake import Batch, Lake, Replaces, Written, raw_line, version_line
from sync.ledger import Ledger

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)


class House:
    """A lake and its ledger, with the commit that the pipeline makes."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger.at(folder)
        self.lake = Lake(folder, self.ledger)

    def commit(self, *written: Written | None) -> None:
        with self.ledger.transaction() as tx:
            self.lake.register(tx, written, NOW)
        self.lake.sweep()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        con = self.lake.connect()
        try:
            self.lake.attach_facts(con)
            return con.execute(query).fetchall()
        finally:
            con.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.ledger.close()


def spend(campaign: str, amount: str, on: date = date(2026, 1, 1), account: str = "a") -> tuple[str, dict[str, Any]]:
    return "ad_spend_daily", {
        "source_id": f"{account}/{campaign}/{on}",
        "platform": "google_ads",
        "account_id": account,
        "campaign_id": campaign,
        "campaign_name": campaign,
        "spend_on": on,
        "currency": "EUR",
        "spend": Decimal(amount),
        "impressions": 1,
        "clicks": 1,
        "conversions": Decimal(0),
        "conversions_value": Decimal(0),
        "cost_class": "platform_reported",
    }


def batch(run: int, *rows: tuple[str, dict[str, Any]]) -> Batch:
    made = Batch("ads", run, NOW)
    for number, row in enumerate(rows):
        made.add(f"{run}-{number}", lambda row=row: [row])
    return made


def store(house: House, made: Batch, replaces: Replaces = Replaces(), table: str = "ad_spend_daily") -> None:
    house.commit(*house.lake.write_facts(made, [table], replaces))


def test_money_goes_in_and_comes_out_to_the_last_decimal(house: House) -> None:
    """Six decimals survive JSON, Parquet and back without a float."""
    store(house, batch(1, spend("x", "1234567.123456")))
    assert house.rows("SELECT spend FROM ad_spend_daily") == [(Decimal("1234567.123456"),)]


def test_reading_a_page_twice_changes_nothing_but_the_version(house: House) -> None:
    """At least once plus upsert is safe: the newest row of a key counts."""
    store(house, batch(1, *(spend(str(i), "1") for i in range(20))))
    store(house, batch(2, spend("3", "9"), spend("3", "10")))
    assert house.rows("SELECT count(*), sum(spend) FROM ad_spend_daily") == [(20, Decimal("29.000000"))]


def test_days_that_were_read_again_replace_what_stood_there(house: House) -> None:
    """A row that the vendor no longer reports for a re-read day is gone; other days and accounts stay."""
    second = date(2026, 1, 2)
    store(house, batch(1, spend("x", "1"), spend("y", "2"), spend("x", "4", second), spend("x", "8", account="b")))
    reread = Days("ad_spend_daily", "spend_on", "account_id", "a", date(2026, 1, 1), second)
    store(house, batch(2, spend("x", "16")), Replaces(days=(reread,)))
    assert house.rows("SELECT sum(spend) FROM ad_spend_daily") == [(Decimal("28.000000"),)]


def test_a_day_of_which_nothing_was_given_may_keep_its_rows(house: House) -> None:
    """The vendor answered for fewer days than it was asked: what is missing of an answered day goes, an unanswered day stays."""
    first, second, third = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)
    store(house, batch(1, spend("x", "1"), spend("y", "2"), spend("x", "4", second), spend("x", "8", second, account="b")))
    days = Days("ad_spend_daily", "spend_on", "account_id", "a", first, third, is_kept=True)
    store(house, batch(2, spend("x", "16")), Replaces(days=(days,)))
    assert house.rows("SELECT sum(spend) FROM ad_spend_daily") == [(Decimal(28),)]
    assert house.lake.not_answered("ads", 2, days) == (1, second, second)
    store(house, batch(3, spend("x", "32", second)), Replaces(days=(days,)))
    assert house.lake.not_answered("ads", 3, days) == (1, first, first)


def test_a_file_that_is_older_than_a_column_is_read_and_replaced_like_any_other(house: House) -> None:
    """An update that adds a column to a table: the rows that stand there have nothing in it."""
    store(house, batch(1, spend("x", "1"), spend("y", "2")))
    [file] = house.ledger.current_files("facts", "ad_spend_daily")
    path = house.lake.folder / file.path
    con = house.lake.connect()
    con.execute(f"CREATE TABLE old AS SELECT * EXCLUDE (leads, attribution) FROM '{path}'")
    con.execute(f"COPY old TO '{path}' (FORMAT parquet)")
    con.close()
    assert house.rows("SELECT sum(spend), count(leads) FROM ad_spend_daily") == [(Decimal(3), 0)]
    days = Days("ad_spend_daily", "spend_on", "account_id", "a", date(2026, 1, 1), date(2026, 1, 2))
    store(house, batch(2, spend("x", "16")), Replaces(days=(days,)))
    assert house.rows("SELECT sum(spend) FROM ad_spend_daily") == [(Decimal(16),)]


def test_a_snapshot_replaces_its_source_only(house: House) -> None:
    """What a complete list no longer has is gone; another source's rows stay."""
    store(house, batch(1, spend("x", "1"), spend("y", "2")))
    other = Batch("other", 2, NOW)
    other.add("o", lambda: [spend("z", "4")])
    store(house, other)
    store(house, batch(3, spend("y", "8")), Replaces(everything=True))
    assert sorted(house.rows("SELECT source, spend FROM ad_spend_daily")) == [("ads", Decimal(8)), ("other", Decimal(4))]


def test_rows_of_a_record_are_replaced_when_it_is_read_again(house: House) -> None:
    """A deal that lost a contact loses the association; another deal and another kind of record keep theirs."""

    def link(kind: str, one: str, two: str) -> tuple[str, dict[str, Any]]:
        return "association", {
            "source_id": f"{kind}/{one}/{two}",
            "from_type": kind,
            "from_id": one,
            "to_type": "contacts",
            "to_id": two,
            "is_primary": False,
        }

    store(
        house,
        batch(1, link("deals", "1", "7"), link("deals", "1", "8"), link("deals", "2", "7"), link("companies", "1", "7")),
        table="association",
    )
    owned = {"association": Owned("from_id", (("from_type", "deals"),))}
    store(house, batch(2, link("deals", "1", "8")), Replaces(owned=owned, record_ids=("1",)), table="association")
    found = house.rows("SELECT from_type, from_id, to_id FROM association ORDER BY ALL")
    assert found == [("companies", "1", "7"), ("deals", "1", "8"), ("deals", "2", "7")]


def test_a_record_that_cannot_be_read_is_set_aside_whole_with_its_reason(house: House) -> None:
    """One bad value keeps only its own record out, and says which column."""
    made = Batch("ads", 1, NOW)
    bad = spend("x", "1")
    bad[1]["clicks"] = "many"
    made.add("good", lambda: [spend("y", "1")])
    made.add("bad", lambda: [spend("z", "1"), bad])
    assert made.bad == {"bad": "clicks: expected a whole number, got 'many'"}
    store(house, made)
    assert house.rows("SELECT campaign_id FROM ad_spend_daily") == [("y",)]


def test_a_snapshot_keeps_the_last_good_row_of_a_record_that_turned_bad(house: House) -> None:
    """A broken edit in the vendor does not erase what was known."""
    store(house, batch(1, spend("x", "1"), spend("y", "2")))
    made = batch(2, spend("y", "2"))
    store(house, made, Replaces(everything=True, kept_ids=("a/x/2026-01-01",)))
    assert house.rows("SELECT count(*) FROM ad_spend_daily") == [(2,)]


def test_files_are_private_and_superseded_ones_are_deleted(house: House) -> None:
    """0600 each; after compaction one base is left on disk."""
    for run in range(1, 6):
        store(house, batch(run, *(spend(str(i), str(run)) for i in range(10))))
        house.commit(*house.lake.compact(run))
    files = list((house.lake.folder / "facts").rglob("*.parquet"))
    assert len(files) == 1
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert not list((house.lake.folder / "staging").iterdir())


def test_small_changes_become_deltas(house: House) -> None:
    """Below the share that makes a rewrite worth it, only the changed rows are written."""
    store(house, batch(1, *(spend(str(i), "1") for i in range(100))))
    store(house, batch(2, spend("5", "2")))
    assert [f.rows for f in house.ledger.current_files("facts", "ad_spend_daily")] == [100, 1]
    assert house.rows("SELECT sum(spend) FROM ad_spend_daily") == [(Decimal(101),)]


TYPES = {"name": "VARCHAR", "value": "DECIMAL(38,10)"}


def test_results_can_be_shown_as_they_were_known(house: House) -> None:
    """Only changes are added; an earlier run's view still gives the earlier value, and vanished rows vanish."""

    def versions(run: int, **values: str) -> int:
        written = house.lake.write_versions(
            "kv", TYPES, ["name"], ["value"], [version_line({"name": k, "value": v}) for k, v in values.items()], run
        )
        house.commit(written)
        return written.file.rows if written else 0

    def known(run: int | None) -> dict[str, Decimal]:
        con = house.lake.connect()
        try:
            house.lake.attach_versions(con, "kv", TYPES, ["name"], run)
            return dict(con.execute("SELECT name, value FROM kv").fetchall())
        finally:
            con.close()

    assert versions(1, cac="150", roi="2") == 2
    assert versions(2, cac="150", roi="2") == 0
    assert versions(3, cac="160") == 2
    assert known(2) == {"cac": Decimal(150), "roi": Decimal(2)}
    assert known(None) == {"cac": Decimal(160)}


def test_raw_records_come_back_as_they_were_received(house: House) -> None:
    """The newest form of each record, nested values and accents included; purging takes old files."""
    first = raw_line("1", {"a": 1}, 1) + raw_line("2", {"é": [1, None]}, 2)
    house.commit(house.lake.write_raw("ads", "s", 1, NOW, first, 2))
    house.commit(house.lake.write_raw("ads", "s", 2, NOW, raw_line("1", {"a": 2}, 1), 1))
    assert [(i, r) for i, r, _ in house.lake.raw_records("ads", "s")] == [("2", {"é": [1, None]}), ("1", {"a": 2})]
    assert house.lake.purge_raw("ads", "s", datetime(2026, 12, 1, tzinfo=UTC), 31) == 2
    assert list(house.lake.raw_records("ads", "s")) == []


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_model_has_columns_for_its_key_and_refuses_an_empty_row(table: str) -> None:
    """A key column is never null, and a row without values names the first one missing."""
    model = TABLES[table]
    by_name = {c.name: c for c in columns(model)}
    assert all(not by_name[k].is_nullable for k in model.key)
    with pytest.raises(ValueError, match="missing"):
        checker(model)({})


def test_results_are_written_as_they_come_and_never_held_together(house: House) -> None:
    """40 MB of rows pass through in far less: what computes a value for each of 100,000 deals must not hold them as text."""
    lines = (version_line({"id": str(number), "value": "x" * 1_000_000}) for number in range(40))
    tracemalloc.start()
    try:
        written = house.lake.write_versions("kpi", {"id": "VARCHAR", "value": "VARCHAR"}, ["id"], ["value"], lines, 1)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert written is not None
    assert written.file.rows == 40
    assert most < 10_000_000
