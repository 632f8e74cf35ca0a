"""Each family of KPIs beside the best SQL that was written by hand for it (``benchmarks/sql``), over the same marts.

One file of SQL per module of :mod:`kpi.definitions`. It leaves its values in tables called ``result…``, wide as an analyst would
have them: ``cut``, ``member``, ``period``, ``period_start``, ``model``, and a column for each KPI. Both sides are timed turn by turn
in one process; then every value of the one is held against the other's. The SQL knows nothing of ours: it is a second derivation
of the catalogue.

What is compared are SELECTs: both sides leave numbers in tables of memory. Told beside it is what comes after: Cadran's whole values,
and the SQL by hand with its bare values kept as rows of files.
"""

import argparse
import csv
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from benchmarks import catalogue_facts, shop_facts
from benchmarks.agreement import KEY, Agreement, Value, agreement, load
from benchmarks.apart import Done, apart
from benchmarks.catalogue import AS_OF, CONTEXT, NEEDED, opened
from benchmarks.measuring import Figure
from kpi.card import Kpi
from kpi.definitions import MODULES
from kpi.scan import ranked_together, ranks_text, sums_text
from kpi.sql import literal
from kpi.window import read_together, sources_of
from sync.compute.embedded import in_duckdb
from sync.derive import DeriveOptions, derive
from sync.grains import MODELS, everything
from sync.known import informed
from sync.marts.quotas import KNOWN_FORECAST
from sync.values import Composing, values

SQL = Path(__file__).with_name("sql")
SCALE = 1.0
TURNS = 1
MEMORY = 5_000 * 10**6
"""For both sides: the SQL by hand of sales does not always end within what a run of Cadran may hold."""
TIMES = 1.5
"""How much longer than the SQL by hand the SELECTs of a family may take."""

FAMILIES: Mapping[str, tuple[Kpi, ...]] = {
    module.__name__.rpartition(".")[2]: tuple(card for card in vars(module).values() if isinstance(card, Kpi))
    for module in MODULES
}
"""The KPIs of each module of definitions."""

FORECASTS = """
INSERT INTO known_forecast
SELECT 'month', month, "by", member, '', 1000000 + hash(month, member) % 9000000, CAST(month AS TIMESTAMP) - INTERVAL 1 DAY
FROM (SELECT CAST(unnest(generate_series(TIMESTAMP '2023-02-01', TIMESTAMP '2026-11-01', INTERVAL 1 MONTH)) AS DATE) AS month)
CROSS JOIN (
    SELECT 'total' AS "by", '' AS member
    UNION ALL SELECT 'pipeline', pipeline_id FROM pipeline UNION ALL SELECT 'team', team_id FROM owner WHERE team_id IS NOT NULL GROUP BY ALL
    UNION ALL SELECT 'owner', owner_id FROM owner WHERE owner_id < 'o2'
)
"""
"""What earlier runs are taken to have forecast."""


def made(folder: str, scale: float) -> dict[str, int]:
    """Facts and marts of the generated company, in ``facts.duckdb``; rows of each table."""
    con = opened(Path(folder), MEMORY)
    catalogue_facts.make(con, scale)
    shop_facts.add(con, scale)
    derived(con, Path(folder))
    rows = con.execute(
        "SELECT table_name, estimated_size FROM duckdb_tables() WHERE NOT temporary AND estimated_size > 0"
    ).fetchall()
    con.close()
    return dict(rows)


def derived(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The marts, with goals as quotas and forecasts of earlier runs."""
    con.execute(KNOWN_FORECAST)
    con.execute(FORECASTS)
    options = DeriveOptions(AS_OF.date(), AS_OF, ZoneInfo("Europe/Paris"), "EUR", revenue_goals=[shop_facts.GOAL])
    derive(con, options, folder / "staging")


# --- Both sides ------------------------------------------------------------------------------------------


@dataclass
class Computed:
    """What Cadran computed."""

    rows: int
    composed: str | None
    """The composed rows among them, as a table expression."""


def told(con: duckdb.DuckDBPyConnection, family: str) -> tuple[Kpi, ...]:
    """The family's KPIs that its SQL by hand has written; one that is new to the catalogue may be missing there."""
    columns = con.execute("SELECT DISTINCT column_name FROM duckdb_columns() WHERE starts_with(table_name, 'result')").fetchall()
    return tuple(kpi for kpi in FAMILIES[family] if (kpi.name,) in columns)


def computed(
    con: duckdb.DuckDBPyConnection, kpis: Sequence[Kpi], folder: Path, each: Callable[[Value], object] = lambda _: None
) -> Computed:
    """Cadran's values of these KPIs, wherever a run keeps them: in files where the engine composes them, the others handed to
    ``each``. The one place that knows how they are computed."""

    context = informed(CONTEXT, con, kpis)
    composing = Composing(folder)
    made = 0
    for found in values(everything(kpis), con=con, at=in_duckdb(con), context=context, needed=NEEDED, composing=composing):
        start = None if found.period == "all" else found.period_start
        each((found.kpi, found.by, found.key, found.period, start, found.model or MODELS[0], found.value))
        made += 1
    return Computed(made + composing.rows, composing.table())


def aggregated(con: duckdb.DuckDBPyConnection, kpis: Sequence[Kpi]) -> None:
    """The parts of these KPIs alone, as tables in memory: the SELECTs of :mod:`kpi.scan`, which are what SQL by hand competes with.
    Windows, inputs, flags, reasons and intervals of each value, and their files, come after that."""
    context = informed(CONTEXT, con, kpis)
    for by, models in everything(kpis):
        for scan, wanted in read_together(sources_of(models, by, context)).items():
            ranked = (ranks_text(scan, together, "duckdb") for together in ranked_together(wanted))
            for select in (sums_text(scan, wanted, "duckdb"), *ranked):
                con.execute(f"CREATE OR REPLACE TEMP TABLE parts_alone AS {select}")


def written(con: duckdb.DuckDBPyConnection, family: str) -> None:
    """The tables that the SQL by hand makes, instead of those that were made before."""
    cleared(con)
    con.execute((SQL / "periods.sql").read_text(encoding="utf-8").replace("$today", f"DATE '{AS_OF.date()}'"))
    con.execute((SQL / f"{family}.sql").read_text(encoding="utf-8").replace("$today", f"DATE '{AS_OF.date()}'"))


def kept(con: duckdb.DuckDBPyConnection, family: str, folder: Path) -> None:
    """:func:`written`, and its values as rows of files, one for each table."""
    written(con, family)
    for table in _results(con):
        rows = f"UNPIVOT temp.{table} ON COLUMNS(lambda c: c NOT IN {tuple(KEY)}) INTO NAME kpi VALUE value"
        con.execute(f"COPY ({rows}) TO {literal(str(folder / table))} (FORMAT parquet)")


def cleared(con: duckdb.DuckDBPyConnection) -> None:
    """Nothing is left of the SQL by hand."""
    for table in _tables(con, "table_name <> 'cadran_values'"):
        con.execute(f'DROP TABLE temp."{table}"')


def _results(con: duckdb.DuckDBPyConnection) -> list[str]:
    return _tables(con, "starts_with(table_name, 'result')")


def _tables(con: duckdb.DuckDBPyConnection, which: str) -> list[str]:
    named = con.execute(f"SELECT table_name FROM duckdb_tables() WHERE temporary AND {which}").fetchall()
    return sorted(name for (name,) in named)


def collect(con: duckdb.DuckDBPyConnection, kpis: Sequence[Kpi], folder: Path) -> None:
    """Cadran's values of these KPIs, where :func:`benchmarks.agreement.agreement` finds them. ``folder`` is used, and left empty."""
    with TemporaryDirectory(dir=folder) as used:
        path = Path(used) / "values.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            done = computed(con, kpis, path.parent, csv.writer(file).writerow)
        load(con, kpis, path, done.composed)


def agreed(con: duckdb.DuckDBPyConnection, family: str) -> Agreement:
    """Every value of the one side beside the other's. After :func:`written` and :func:`collect`."""
    return agreement(con, told(con, family), _results(con))


# --- Timing ----------------------------------------------------------------------------------------------


def compared_apart(folder: str, family: str, turns: int) -> dict[str, Any]:
    """Seconds and CPU seconds of both sides, as far as SELECTs and to the end, turn by turn; then whether they agree."""
    con = opened(Path(folder), MEMORY)
    written(con, family)
    kpis = told(con, family)
    composed = Path(folder) / "composed"
    sides: dict[str, Callable[[], object]] = {
        "by_hand": lambda: written(con, family),
        "parts": lambda: aggregated(con, kpis),
        "kept": lambda: kept(con, family, composed),
        "cadran": lambda: computed(con, kpis, composed),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    order = list(sides)
    for _ in range(turns):
        for name in order:
            cleared(con)  # what a turn leaves is not the next one's work
            shutil.rmtree(composed, ignore_errors=True)
            composed.mkdir()
            wall, cpu = time.perf_counter(), time.process_time()
            sides[name]()
            seconds[name].append((time.perf_counter() - wall, time.process_time() - cpu))
        order.reverse()
    written(con, family)
    shutil.rmtree(composed)
    collect(con, kpis, Path(folder))
    found = agreed(con, family)
    con.close()
    return {
        **{name: {"wall": min(w for w, _ in taken), "cpu": min(c for _, c in taken)} for name, taken in seconds.items()},
        "kpis": len(kpis),
        "values": found.cadran,
        "by_hand_values": found.by_hand,
        "differing": found.differing,
        "examples": [[str(cell) for cell in row] for row in found.examples],
    }


def measure(folder: Path, *, scale: float = SCALE, turns: int = TURNS, families: Sequence[str] = tuple(FAMILIES)) -> list[Figure]:
    """A line for each family, each in a process of its own."""
    if not (folder / "facts.duckdb").exists():
        apart(made, str(folder), scale)
    figures = [_figure(family, scale, turns, apart(compared_apart, str(folder), family, turns)) for family in families]
    (folder / "facts.duckdb").unlink()
    return figures


def _figure(family: str, scale: float, turns: int, done: Done) -> Figure:
    found = done.result
    ours, theirs, parts = found["cadran"], found["by_hand"], found["parts"]
    ratio = parts["wall"] / theirs["wall"]
    return Figure(
        f"{family}: {found['kpis']} of {len(FAMILIES[family])} KPIs, {found['values']:,} values of a company of {catalogue_facts.DEALS * scale:,.0f} deals",
        f"SELECTs ≤ {TIMES} × the SQL by hand",
        f"× {ratio:.2f}: {_took(parts)}",
        is_reached=ratio <= TIMES,
        requests=0,
        refused_429=0,
        peak_mb=done.peak_mb,
        beside=f"`sql/{family}.sql`: {_took(theirs)}, {found['by_hand_values']:,} values. Whole, with inputs, counts, flags, reasons and "
        f"intervals, in files: {_took(ours)}, × {ours['wall'] / theirs['wall']:.2f}; × {ours['wall'] / found['kept']['wall']:.2f} of the "
        f"SQL by hand with its bare values in files: {_took(found['kept'])}",
        note=f"best of {turns}; " + (f"**{found['differing']:,} values differ**" if found["differing"] else "all values agree"),
    )


def _took(side: Mapping[str, float]) -> str:
    return f"{side['wall']:.2f} s (CPU {side['cpu']:.2f} s)"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.by_hand", description=__doc__)
    parser.add_argument("folder", type=Path, help="facts are made here unless they are there, and stay")
    parser.add_argument("--scale", type=float, default=SCALE)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--family", action="append", choices=tuple(FAMILIES), help="only this one")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    from benchmarks import by_hand  # what runs apart must have a name that another process knows

    if not (asked.folder / "facts.duckdb").exists():
        done = apart(by_hand.made, str(asked.folder), asked.scale)
        print(f"facts and marts: {done.seconds:.0f} s, {done.peak_mb:,.0f} MB", json.dumps(done.result), flush=True)
    for family in asked.family or FAMILIES:
        done = apart(by_hand.compared_apart, str(asked.folder), family, asked.turns)
        print(_figure(family, asked.scale, asked.turns, done).markdown(), flush=True)
        for example in done.result["examples"]:
            print("   differs:", *example, sep=" | ", flush=True)


if __name__ == "__main__":
    main()
