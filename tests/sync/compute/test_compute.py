"""Which engine computes, and what is said where it cannot."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from config.settings import ComputeSettings
from connectors.errors import ConfigurationError
from sync import compute
from sync.compute import spark
from sync.ledger import metadata
from tests.kpi.marts import Marts
from tests.sync.compute.adversary import fill
from tests.sync.compute.own import CATALOGUE


@pytest.fixture
def marts() -> Marts:
    return Marts()


def test_duckdb_reads_the_marts_where_they_are(marts: Marts, tmp_path: Path) -> None:
    with compute.engine(marts.con, ComputeSettings(), "shop", tmp_path) as engine:
        assert engine.dialect == "duckdb"
        assert list(engine.run("SELECT COUNT(*), CAST(1.5 AS DECIMAL(4, 2)) FROM spend")) == marts.run("SELECT 0, 1.50")


@pytest.mark.parametrize("given", [{"engine": "postgres"}, {"engine": "spark", "url": "postgresql://x"}, {"engine": "oracle"}])
def test_an_engine_without_its_url_or_a_url_without_its_engine_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"postgres"):
        ComputeSettings.model_validate(given)


def test_a_server_that_does_not_answer_is_a_fault_of_the_settings_and_its_password_stays_hidden(
    marts: Marts, tmp_path: Path
) -> None:
    settings = ComputeSettings(engine="postgres", url=SecretStr("postgresql://cadran:hush@127.0.0.1:9/marts"))
    with (
        pytest.raises(ConfigurationError, match=r"compute\.url") as caught,
        compute.engine(marts.con, settings, "shop", tmp_path),
    ):
        pass
    assert "hush" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("settings", "extra"), [("spark", "cadran[spark]"), ("postgres", "cadran[postgres]")])
def test_an_extra_that_is_missing_is_named(
    settings: str, extra: str, marts: Marts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    url = {"url": "postgresql://x"} if settings == "postgres" else {}
    chosen = ComputeSettings.model_validate({"engine": settings, **url})
    with pytest.raises(ConfigurationError) as caught, compute.engine(marts.con, chosen, "shop", tmp_path):
        pass
    assert extra in str(caught.value)


def test_spark_without_java_says_what_to_install(marts: Marts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr(spark.shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with (
        pytest.raises(ConfigurationError, match="default-jre-headless"),
        compute.engine(marts.con, ComputeSettings(engine="spark"), "shop", tmp_path),
    ):
        pass


def test_marts_and_the_ledger_may_share_a_schema() -> None:
    """Both are called ``cadran_<account>``, and one database may hold both."""
    from kpi.schema import MARTS

    assert not MARTS.keys() & {table.name for table in metadata.tables.values()}


def test_every_condition_of_an_own_measure_finds_some_of_the_hostile_deals_and_not_all(marts: Marts) -> None:
    """Else the engines would agree on nothing."""
    fill(marts)
    every = marts.con.execute("SELECT count(*) FROM deal_outcome").fetchall()
    for measure in CATALOGUE.measures:
        if measure.name.startswith("own_") and measure.where is not None:
            found = marts.con.execute(f"SELECT count(*) FROM deal_outcome WHERE {measure.where}").fetchall()
            assert [(0,)] < found < every, measure.where
