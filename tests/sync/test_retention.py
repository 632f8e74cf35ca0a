"""Retention: what is past its time goes, what was known within the window can still be asked, and the home is tidy and private."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.settings import AccountSettings, Retention
from connectors.errors import ConfigurationError
from sync import retention
from sync.house import House
from sync.lake import Lake, raw_line, version_line
from sync.ledger import LakeFile, Ledger
from sync.ledger_tables import journal
from sync.result_rows import RECORD_COMPARED, RECORD_KEY, RECORD_TYPES
from sync.undo import undo_plan

FIRST = datetime(2026, 1, 1, 8, tzinfo=UTC)
RUNS = 12
"""One a day."""
NOW = FIRST + timedelta(days=RUNS - 1)


def day(run: int) -> datetime:
    return FIRST + timedelta(days=run - 1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Twelve days: ``steady`` never changes, ``daily`` every day, ``gone`` vanishes on day 3, ``late`` comes on day 9."""
    ledger = Ledger.at(tmp_path)
    built = House(
        "default",
        AccountSettings(retention=Retention(raw_days=5, results_days=6, journal_days=30, plans_days=2)),
        tmp_path,
        ledger,
        Lake(tmp_path, ledger),
        {},
        lambda: pytest.fail("the CRM is not asked"),
        lambda value: value,
        lambda _home: lambda amount, _currency, day: (amount, Decimal(1), day),
        lambda: NOW,
    )
    for run in range(1, RUNS + 1):
        assert ledger.start_run("sync", day(run)) == run
        values = {"steady": "1", "daily": str(run), **({"gone": "1"} if run < 3 else {}), **({"late": "1"} if run > 8 else {})}
        rows = [
            version_line(
                {"object": "deals", "record_id": "1", "property": p, "value": v, "unit": "count", "inputs": "{}", "flags": "[]"}
            )
            for p, v in values.items()
        ]
        written = built.lake.write_versions("record_value", RECORD_TYPES, RECORD_KEY, RECORD_COMPARED, rows, run)
        raw = built.lake.write_raw("an_old_source", "things", run, day(run), raw_line("1", {"run": run}, 1), 1)
        with ledger.transaction() as tx:
            built.lake.register(tx, [written, raw], day(run))
        ledger.finish_run(run, day(run), "done", day(run), {})
    yield built
    ledger.close()


def known(house: House, run: int) -> dict[str, str]:
    with house.lake.versions("record_value", RECORD_TYPES, RECORD_KEY, run) as con:
        return dict(con.execute("SELECT property, value FROM record_value").fetchall())


def test_what_was_known_within_the_window_is_what_it_was(house: House) -> None:
    """Every day of the window, its first one included; of what lies before, only what the first day needs is left."""
    first = house.ledger.run_as_of(NOW - timedelta(days=6))
    assert first == 5
    before = {run: known(house, run) for run in range(first, RUNS + 1)}
    dropped = retention.prune(house, NOW)
    assert {run: known(house, run) for run in range(first, RUNS + 1)} == before
    assert dropped["results"] == 4 + 2  # daily of days 1-4; gone, and the mark of its end
    (base,) = house.ledger.current_files("results", "record_value")
    assert base.rows == 2 + 7 + 1  # steady and daily as of day 5, daily of seven days more, late
    assert known(house, first - 1) == {}
    assert house.ledger.get(retention.KEPT_FROM) == str(first)


def test_a_second_time_there_is_nothing_to_prune(house: House) -> None:
    """Nor is any file written anew."""
    retention.prune(house, NOW)
    house.lake.sweep()
    files = sorted(house.folder.rglob("*.parquet"))
    assert retention.prune(house, NOW) == {}
    assert sorted(house.folder.rglob("*.parquet")) == files


def test_who_reads_results_while_they_are_collapsed_reads_on(house: House) -> None:
    """The files they were in go with the next sync."""
    with house.lake.versions("record_value", RECORD_TYPES, RECORD_KEY, 7) as con:
        before = con.execute("SELECT * FROM record_value ORDER BY ALL").fetchall()
        retention.prune(house, NOW)
        assert con.execute("SELECT * FROM record_value ORDER BY ALL").fetchall() == before


def test_results_may_be_kept_for_good(house: House) -> None:
    """``results_days: null``."""
    forever = house.settings.retention.model_copy(update={"results_days": None})
    house.settings = house.settings.model_copy(update={"retention": forever})
    before = {run: known(house, run) for run in range(1, RUNS + 1)}
    retention.prune(house, NOW)
    assert {run: known(house, run) for run in range(1, RUNS + 1)} == before


def test_raw_records_of_a_source_that_is_no_longer_set_up_go_too(house: House) -> None:
    """Nobody reads that stream any more, and its records have their time all the same."""
    assert retention.prune(house, NOW)["raw"] == 6
    assert [record["run"] for _, record, _ in house.lake.raw_records("an_old_source", "things")] == [RUNS]
    assert len(house.ledger.current_files("raw", "an_old_source/things")) == 6


def _journal(house: House, run: int, at: datetime) -> None:
    entry = {"run_id": run, "plan_id": f"p{run}", "object": "deals", "record_id": "1", "property": "cadran_channel"}
    with house.ledger.transaction() as tx:
        tx.execute(journal.insert().values(**entry, old="a", new="b", answered="b", state="written", at=at))


def test_a_run_that_can_no_longer_be_undone_says_so(house: House) -> None:
    """Its journal was pruned; a run within the time is undone as ever, and one that wrote nothing is told apart."""
    for run in (1, 2, 12):
        _journal(house, run, day(run))
    kinds: Any = {("deals", "cadran_channel"): "choice"}
    later = FIRST + timedelta(days=31, hours=1)
    assert retention.prune(house, later)["journal"] == 2
    with pytest.raises(ConfigurationError, match=r"run 2 can no longer be undone: .* back to run 3 .*retention\.journal_days"):
        undo_plan(house.ledger, 2, 13, later, kinds, through=False)
    with pytest.raises(ConfigurationError, match="run 5 wrote nothing"):
        undo_plan(house.ledger, 5, 13, later, kinds, through=False)
    (line,) = undo_plan(house.ledger, 12, 13, later, kinds, through=False).changes
    assert (line.record_id, line.old, line.new) == ("1", "b", "a")


def test_bases_and_holds_have_no_end(house: House) -> None:
    """Without them a value of ours would be taken for a person's."""
    house.ledger.adopt({("deals", "1", "cadran_channel"): "b"}, FIRST, 1)
    house.ledger.hold([("deals", "1", "cadran_channel")], 1, FIRST)
    retention.prune(house, NOW + timedelta(days=4000))
    assert len(house.ledger.all_bases()) == len(house.ledger.all_holds()) == 1


def test_what_a_killed_run_left_over_is_removed(house: House) -> None:
    """Lines on their way into the lake, what an engine spilt, a file half written, one that no commit made visible; no more."""
    kept = sorted(house.folder.rglob("*.parquet"))
    left = [
        house.folder / "staging" / "1.ndjson",
        house.folder / "facts" / "deal" / "1.tmp",
        house.folder / "facts" / "deal" / "00000001-aaaa.parquet",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("anna@mail.example")
    spilt = house.folder / "staging" / "engine"
    spilt.mkdir()
    (spilt / "duckdb_temp_storage-0.tmp").write_text("anna@mail.example")
    retention.tidy(house)
    assert not any(path.exists() for path in (*left, spilt))
    assert sorted(house.folder.rglob("*.parquet")) == kept


def test_nothing_under_the_home_can_be_read_by_others(house: House) -> None:
    """Folders 0700 and files 0600, those that are written anew included."""
    (house.folder / "raw").chmod(0o755)
    (house.folder / "copied.parquet").write_text("brought in by hand")
    (house.folder / "copied.parquet").chmod(0o644)
    retention.prune(house, NOW)
    for path in (house.folder, *house.folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_a_home_without_a_finished_run_is_left_alone(tmp_path: Path) -> None:
    """Before the first sync there is nothing to keep or to let go."""
    ledger = Ledger.at(tmp_path)
    empty = House(
        "default",
        AccountSettings(),
        tmp_path,
        ledger,
        Lake(tmp_path, ledger),
        {},
        lambda: pytest.fail("no CRM"),
        str,
        dict,
        lambda: NOW,
    )
    with ledger.transaction() as tx:
        ledger.add_file(tx, LakeFile("raw", "s/t", "raw/s/t/missing.parquet", 1, 1, False), NOW)
    assert retention.prune(empty, NOW) == {}
    ledger.close()
