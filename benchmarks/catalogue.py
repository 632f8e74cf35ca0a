"""The whole catalogue at all grains, on a company of 5 M deals (:mod:`benchmarks.catalogue_facts`)."""

import argparse
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from benchmarks import catalogue_facts
from benchmarks.apart import Done, apart
from benchmarks.measuring import Figure
from kpi.engine import ComputeContext, Coverage
from kpi.measures import FAMILIES
from kpi.measures.base import By
from kpi.registry import BUILT_IN, KPIS
from sync import engines
from sync.compute.embedded import in_duckdb
from sync.derive import DeriveOptions, DeriveReport, derive
from sync.grains import everything
from sync.known import informed
from sync.results import needed_again_by
from sync.values import Composing, values

SCALE = 1.0
MEMORY = 3_500 * 10**6
"""Bytes that the engine may hold; the rest of the 6 GB is for Python."""
THREADS = 2
AS_OF = datetime(2026, 11, 1, 6, tzinfo=UTC)
COMPUTED_S = 120
HELD_MB = 6_000

NEEDED = needed_again_by(BUILT_IN)
CONTEXT = ComputeContext(AS_OF, AS_OF.date(), "EUR", {family: Coverage(None, 0) for family in FAMILIES})


def opened(folder: Path, memory: int = MEMORY) -> duckdb.DuckDBPyConnection:
    """The facts in a file of their own, within the bounds of a run."""
    con = duckdb.connect(str(folder / "facts.duckdb"))
    engines.confine(con, memory, THREADS, folder / "spill")
    return con


def made(folder: str, scale: float) -> dict[str, int]:
    con = opened(Path(folder))
    rows = catalogue_facts.make(con, scale)
    con.close()
    return {table: count for table, count in rows.items() if count}


def derived(con: duckdb.DuckDBPyConnection, folder: Path) -> DeriveReport:
    options = DeriveOptions(AS_OF.date(), AS_OF, ZoneInfo("Europe/Paris"), "EUR")
    return derive(con, options, folder / "staging")


def derived_apart(folder: str) -> dict[str, Any]:
    con = opened(Path(folder))
    report = derived(con, Path(folder))
    con.close()
    return {"records": report.records.count, "notes": report.notes}


def computed_apart(folder: str, bys: Sequence[By] = ()) -> dict[str, Any]:
    """Values by dimension, as a run computes them: into files where the engine composes them, else one by one. ``after_s``: when the
    last one of those was there; dimensions are made side by side and have no times of their own."""
    con = opened(Path(folder))
    composing = Composing(Path(folder) / "composed")
    composing.folder.mkdir(exist_ok=True)
    start = time.perf_counter()
    context = informed(CONTEXT, con, KPIS.values())
    work = [one for one in everything(KPIS.values()) if not bys or one[0] in bys]
    made: Counter[str] = Counter()
    after_s: dict[str, float] = {}
    for result in values(work, con=con, at=in_duckdb(con), context=context, needed=NEEDED, composing=composing):
        made[result.by] += 1
        after_s[result.by] = round(time.perf_counter() - start, 1)
    wall_s = time.perf_counter() - start
    files = [str(file) for file in composing.files]
    counted = "SELECT dimension, COUNT(*) FROM read_parquet($files) GROUP BY ALL"
    composed = dict(con.execute(counted, {"files": files}).fetchall()) if files else {}
    con.close()
    shutil.rmtree(composing.folder)
    return {"wall_s": wall_s, "cpu_s": time.process_time(), "values": dict(made), "composed": composed, "after_s": after_s}


def measure(folder: Path, *, scale: float = SCALE) -> list[Figure]:
    """Deriving the marts, and then every KPI at every grain; each in a process of its own."""
    rows = apart(made, str(folder), scale).result
    deriving = apart(derived_apart, str(folder))
    computing = apart(computed_apart, str(folder))
    (folder / "facts.duckdb").unlink()
    for left in ("staging", "spill"):
        shutil.rmtree(folder / left, ignore_errors=True)
    return [_figure(rows, deriving, computing)]


def _figure(rows: dict[str, int], deriving: Done, computing: Done) -> Figure:
    computed = sum(chain(computing.result["values"].values(), computing.result["composed"].values()))
    peak = max(deriving.peak_mb, computing.peak_mb)
    return Figure(
        f"the whole catalogue, {len(KPIS)} KPIs at all grains, {rows['deal']:,} deals in {sum(rows.values()):,} rows of facts",
        f"< {COMPUTED_S} s and < {HELD_MB:,} MB",
        f"{computing.seconds:.0f} s",
        is_reached=computing.seconds < COMPUTED_S and peak < HELD_MB,
        requests=0,
        refused_429=0,
        peak_mb=peak,
        note=f"{computed:,} values; the marts before that: {deriving.seconds:.0f} s, together {deriving.seconds + computing.seconds:.0f} s",
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalogue", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=SCALE)
    parser.add_argument("--step", choices=("make", "derive", "compute"), action="append", help="only this, on what is there")
    parser.add_argument("--by", action="append", default=[])
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    folder = str(asked.folder)
    from benchmarks import catalogue  # what runs apart must have a name that another process knows

    steps: tuple[tuple[str, Callable[[], Done]], ...] = (
        ("make", lambda: apart(catalogue.made, folder, asked.scale)),
        ("derive", lambda: apart(catalogue.derived_apart, folder)),
        ("compute", lambda: apart(catalogue.computed_apart, folder, asked.by)),
    )
    for step, work in steps:
        if asked.step is None or step in asked.step:
            done = work()
            print(step, f"{done.seconds:.1f} s, {done.peak_mb:,.0f} MB", json.dumps(done.result, indent=1), flush=True)


if __name__ == "__main__":
    main()
