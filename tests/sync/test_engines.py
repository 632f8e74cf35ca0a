"""How much memory an engine may hold: as much as its rows may need, and never what the machine does not have."""

from pathlib import Path

import duckdb
import pytest

from sync.engines import LEAST, NEEDED_PER_ROW, SAFETY, allow, bound, confine, threads

GB = 10**9


@pytest.mark.parametrize(
    ("rows", "machine", "memory"),
    [
        (0, 8 * GB, LEAST),
        (LEAST // (NEEDED_PER_ROW * SAFETY), 8 * GB, LEAST),
        (10_000_000, 8 * GB, 10_000_000 * NEEDED_PER_ROW * SAFETY),
        (20_000_000, 32 * GB, 20_000_000 * NEEDED_PER_ROW * SAFETY),
        (1_000_000_000, 8 * GB, 6_400_000_000),
        (0, GB // 10, 80_000_000),
    ],
)
def test_an_engines_memory_follows_the_facts_up_to_most_of_the_machine(rows: int, machine: int, memory: int) -> None:
    assert bound(rows, machine) == memory


def test_an_engine_may_be_given_more_than_the_least() -> None:
    assert bound(0, 8 * GB, 160 * 10**6) == 160 * 10**6


@pytest.mark.parametrize(("memory", "cores", "given"), [(LEAST, 8, 2), (LEAST, 1, 1), (GB, 8, 8), (10**6, 8, 1)])
def test_a_thread_more_only_where_there_is_memory_for_it(memory: int, cores: int, given: int) -> None:
    assert threads(memory, cores) == given


def test_a_confined_engine_spills_into_its_folder_and_may_be_allowed_more(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        confine(con, LEAST, 1, tmp_path / "it's here")
        con.execute("CREATE TABLE many AS SELECT i, hash(i)::VARCHAR AS t FROM range(8_000_000) r(i)")
        assert list((tmp_path / "it's here").iterdir())
        allow(con, 2 * LEAST)
        assert con.execute("SELECT count(*), current_setting('memory_limit') FROM many").fetchall() == [(8_000_000, "244.1 MiB")]
