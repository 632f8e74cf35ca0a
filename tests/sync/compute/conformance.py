"""Everything that a run computes, on one engine: each SELECT with its rows, and the results."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml

from connectors.sandbox.server import SandboxServer
from kpi.engine import ComputeContext, Coverage, Result, Run, compute_models
from kpi.measures import FAMILIES
from kpi.measures.base import By
from kpi.periods import Period
from kpi.scan import in_dialect
from sync import bootstrap, runs
from sync.compute import Engine
from sync.compute.embedded import in_duckdb
from sync.demo import SECRETS, sandbox_settings
from sync.grains import MODELS, everything
from sync.progress import LogProgress
from sync.runs import Synced
from tests.kpi.marts import AS_OF, TODAY
from tests.small_world import small_world
from tests.sync.compute.own import CATALOGUE

LOADED_FROM = date(2026, 3, 10)
"""Of every second family; the other half is known from its beginning."""
COVERAGE = {
    family: Coverage(LOADED_FROM if place % 2 and not facts.is_whole_history else None, settles_days=place % 3)
    for place, (family, facts) in enumerate(FAMILIES.items())
}
CONTEXT = ComputeContext(AS_OF, TODAY, "EUR", COVERAGE)


@dataclass(frozen=True)
class Answer:
    """What came of every KPI, own ones too, at every grain, period and attribution model."""

    selects: list[tuple[str, list[tuple[Any, ...]]]]
    """As the engine was asked, with its rows, in order."""
    results: list[Result]


def answer(engine: Engine, models: Sequence[str] = MODELS) -> Answer:
    selects: list[tuple[str, list[tuple[Any, ...]]]] = []

    def run(sql: str) -> list[tuple[Any, ...]]:
        rows = list(engine.run(sql))
        selects.append((sql, rows))
        return rows

    found = [
        result
        for by, asked in everything(CATALOGUE.kpis.values(), models)
        for result in compute_models(asked, by=by, run=run, context=CONTEXT, dialect=engine.dialect)
    ]
    return Answer(selects, found)


def portable(con: duckdb.DuckDBPyConnection) -> Engine:
    """DuckDB asked in the words that every engine reads."""
    return Engine("portable", in_duckdb(con).run)


def several_at_once(engine: Engine, asked: Iterable[str]) -> Engine:
    """The engine with DuckDB's SELECTs ``asked`` of it side by side beforehand: a job of Spark mostly waits for itself."""
    texts = list(dict.fromkeys(in_dialect(sql, engine.dialect) for sql in asked))
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        rows = dict(zip(texts, pool.map(lambda sql: list(engine.run(sql)), texts), strict=True))
    known: Run = rows.__getitem__
    return Engine(engine.dialect, known)


def assert_same(given: Answer, duckdb: Answer) -> None:
    """Every part and every result, to the last digit; the order of rows is nobody's promise."""
    assert len(given.selects) == len(duckdb.selects)
    for (ours, rows), (text, expected) in zip(given.selects, duckdb.selects, strict=True):
        assert Counter(rows) == Counter(expected), f"{text}\nas {ours}"
    different = [(one, other) for one, other in zip(given.results, duckdb.results, strict=True) if one != other]
    assert not different, different[0]


FEW: dict[By, tuple[Period, ...]] = {"total": ("all", "month")}
"""Grains of a sync that is to show the way, where a job costs a third of a second."""


@contextmanager
def small_company(folder: Path) -> Iterator[Callable[[dict[str, str]], Synced]]:
    """Syncs of one small company, each with the section ``compute`` that it is given; URLs stand in the environment."""
    world = small_world()
    with SandboxServer(world) as server:
        (folder / "world").mkdir()
        (folder / "world" / "costs.csv").write_text(world.costs_csv or "", encoding="utf-8")
        file = folder / "cadran.yaml"

        def sync(compute: dict[str, str]) -> Synced:
            document = {
                "home": str(folder / "home"),
                "compute": compute,
                **sandbox_settings(world.settings_yaml, server.base_url, folder),
            }
            file.write_text(yaml.safe_dump(document), encoding="utf-8")
            loaded = bootstrap.settings(file, {**os.environ, **SECRETS})
            with bootstrap.house(loaded, loaded.accounts["default"]) as house:
                return runs.sync(house, LogProgress())

        yield sync
