"""Spark gives what DuckDB gives. Needs PySpark and Java (``make test-engines`` installs them)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync import grains
from sync.compute import spark
from sync.grains import MODELS
from tests.kpi.marts import Marts
from tests.sync.compute.adversary import fill
from tests.sync.compute.conformance import FEW, answer, assert_same, portable, several_at_once, small_company

pytestmark = [pytest.mark.usefixtures("spark_allowed"), pytest.mark.timeout(900)]


@pytest.fixture
def marts() -> Iterator[Marts]:
    built = Marts()
    yield built
    built.close()


def test_every_kpi_at_every_grain_has_the_parts_and_results_that_duckdb_gives(marts: Marts, tmp_path: Path) -> None:
    fill(marts)
    # One model: another is the same SELECT with another word in it, and each is a job of a third of a second.
    one = MODELS[:1]
    expected = answer(portable(marts.con), one)
    with spark.in_spark(marts.con, tmp_path) as engine:
        assert_same(answer(several_at_once(engine, (sql for sql, _ in expected.selects)), one), expected)
        # Starting a session is dear, so this is asked of the same one: what fits no type is an error, not another number.
        with pytest.raises(Exception, match="ARITHMETIC_OVERFLOW"):
            list(engine.run("SELECT SUM(n) FROM (SELECT 9223372036854775807 AS n UNION ALL SELECT 1 AS n) AS two"))
    assert list(tmp_path.iterdir()) == [], "nothing is left in the staging folder"


def test_a_sync_through_spark_changes_no_value_of_one_through_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def in_spark(*arguments: Any) -> Any:
        started.append(arguments)
        return spark_itself(*arguments)

    spark_itself = spark.in_spark
    monkeypatch.setattr(spark, "in_spark", in_spark)
    monkeypatch.setattr(grains, "PERIODS_BY", FEW)
    with small_company(tmp_path) as sync:
        first = sync({"engine": "duckdb"})
        second = sync({"engine": "spark"})
    assert len(started) == 1
    assert (second.computed.kpis, second.computed.changed) == (first.computed.kpis, 0)
    assert [(r.kpi, r.value) for r in second.computed.totals] == [(r.kpi, r.value) for r in first.computed.totals]
