"""Every version of a value, and lakes of an older program."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from sync.history import results_history
from sync.result_reading import Query, read_results
from sync.result_rows import RESULT_COMPARED, RESULT_KEY, RESULT_TYPES
from tests.sync.versions import Versions, value

AUGUST = Query("win_rate", period="month", since=date(2026, 8, 1), until=date(2026, 9, 1))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Versions]:
    made = Versions(tmp_path)
    yield made
    made.close()


def rate(amount: str | None, won: str, lost: str, **more: str) -> dict[str, object]:
    return value("win_rate", amount, {"deals_won": won, "deals_lost": lost}, unit="ratio", **more)  # type: ignore[arg-type]


def test_each_version_says_when_it_was_known_and_which_inputs_had_moved(home: Versions) -> None:
    first = home.run([rate("0.75", "3", "1")], settings={"definition win_rate": "1 aaa"})
    home.run([rate("0.75", "3", "1")])
    second = home.run([rate("0.6", "3", "2")])
    [before, now] = results_history(home.house, AUGUST)
    assert [(v["value"], v["from_run"], v["to_run"]) for v in (before, now)] == [("0.75", first, second), ("0.6", second, None)]
    assert (before["from"], before["to"], now["to"]) == ("2026-10-01T08:00:00Z", now["from"], None)
    assert (before["changed"], now["changed"]) == ({}, {"deals_lost": {"old": "1", "new": "2"}})
    assert now["interval"] == {"low": "0.2307242813", "high": "0.8823792258"}


def test_a_version_ends_where_there_is_no_value_any_more(home: Versions) -> None:
    home.run([rate("0.75", "3", "1")])
    gone = home.run([])
    back = home.run([rate("0.75", "3", "1")])
    assert [(v["from_run"], v["to_run"]) for v in results_history(home.house, AUGUST)] == [(1, gone), (back, None)]


def test_a_day_that_passes_is_no_version(home: Versions) -> None:
    """Of a period that is not over only the end moves."""
    home.run([rate("0.75", "3", "1")])
    home.run([{**rate("0.75", "3", "1"), "period_end": "2026-09-02"}])
    assert len(results_history(home.house, AUGUST)) == 1


def test_a_value_as_it_was_known_has_the_version_and_the_interval_of_then(home: Versions) -> None:
    run = home.run([rate("0.75", "3", "1")], settings={"definition win_rate": "1 aaa"})
    home.run([rate("0.6", "3", "2")], settings={"definition win_rate": "2 bbb"})
    [then] = read_results(home.house, Query("win_rate", period="month", run_id=run))
    [now] = read_results(home.house, Query("win_rate", period="month"))
    assert (then["version"], now["version"]) == (1, 2)
    assert then["interval"] == {"low": "0.3006418426", "high": "0.9544127392"}
    assert now["interval"] != then["interval"]


def test_files_of_a_program_that_kept_less_are_read_and_added_to(home: Versions, tmp_path: Path) -> None:
    """A column that they lack is null; the next run's values lie beside them."""
    older = {name: kind for name, kind in RESULT_TYPES.items() if name != "spread"}
    compared = [name for name in RESULT_COMPARED if name != "spread"]
    home.run([])
    row = (
        b'{"kpi":"win_rate","dimension":"total","member":"","period":"month","period_start":"2026-08-01",'
        b'"period_end":"2026-09-01","model":"","value":"0.75","unit":"ratio","inputs":"{}","as_of":"2026-10-01 08:00:00","flags":"[]"}\n'
    )
    written = home.lake.write_versions("kpi_result", older, RESULT_KEY, compared, [row], 1)
    with home.ledger.transaction() as tx:
        home.lake.register(tx, [written], home.house.clock())
    columns = duckdb.sql(f"DESCRIBE FROM '{next((tmp_path / 'results' / 'kpi_result').glob('*.parquet'))}'").fetchall()
    assert "spread" not in {name for name, *_ in columns}
    [found] = read_results(home.house, Query("win_rate", period="month"))
    assert (found["value"], found["interval"]) == ("0.75", None)
    home.run([rate("0.6", "3", "2")])
    assert [v["value"] for v in results_history(home.house, AUGUST)] == ["0.75", "0.6"]
