"""Each family of KPIs beside the best SQL that was written by hand for it (``benchmarks/sql``), over the same marts.

One file of SQL per module of :mod:`kpi.definitions`. It leaves its values in tables called ``result…``, wide as an analyst would
have them: ``cut``, ``member``, ``period``, ``period_start``, ``model``, and a column for each KPI. Both sides are timed turn by turn
in one process; then every value of the one is held against the other's. The SQL knows nothing of ours: it is a second derivation
of the catalogue.
"""

import argparse
import csv
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from benchmarks import catalogue_facts, shop_facts
from benchmarks.apart import Done, apart
from benchmarks.catalogue import AS_OF, CONTEXT, opened
from benchmarks.measuring import Figure
from kpi.card import Kpi
from kpi.definitions import MODULES
from kpi.engine import compute_periods
from kpi.units import Unit
from sync.derive import DeriveOptions, derive
from sync.grains import everything
from sync.marts.quotas import KNOWN_FORECAST

SQL = Path(__file__).with_name("sql")
SCALE = 1 / 50
TURNS = 3
TIMES = 1.5
"""How much slower than the SQL by hand a family may be."""

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
    con = opened(Path(folder))
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

Value = tuple[str, str, str, str, date | None, str, Any]
"""KPI, cut, member, kind of period, its first day (None for ``all``), attribution model asked for, value."""


def told(con: duckdb.DuckDBPyConnection, family: str) -> tuple[Kpi, ...]:
    """The family's KPIs that its SQL by hand has written; one that is new to the catalogue may be missing there."""
    columns = con.execute("SELECT DISTINCT column_name FROM duckdb_columns() WHERE starts_with(table_name, 'result')").fetchall()
    return tuple(kpi for kpi in FAMILIES[family] if (kpi.name,) in columns)


def values_of(con: duckdb.DuckDBPyConnection, kpis: Iterable[Kpi]) -> Iterator[Value]:
    """Cadran's values of these KPIs, wherever a run keeps them. The one place that knows how they are computed."""

    def run(sql: str) -> Iterator[tuple[Any, ...]]:
        answer = con.execute(sql)
        while rows := answer.fetchmany(2_000):
            yield from rows

    for by, model, asked in everything(kpis):
        for found in compute_periods(asked, by=by, model=model, run=run, context=CONTEXT):
            start = None if found.period == "all" else found.period_start
            yield found.kpi, by, found.key, found.period, start, model, found.value


def computed(con: duckdb.DuckDBPyConnection, kpis: Sequence[Kpi]) -> int:
    """How many values Cadran computes."""
    return sum(1 for _ in values_of(con, kpis))


def written(con: duckdb.DuckDBPyConnection, family: str) -> None:
    """The tables that the SQL by hand makes, instead of those that were made before."""
    cleared(con)
    con.execute((SQL / "periods.sql").read_text(encoding="utf-8").replace("$today", f"DATE '{AS_OF.date()}'"))
    con.execute((SQL / f"{family}.sql").read_text(encoding="utf-8").replace("$today", f"DATE '{AS_OF.date()}'"))


def cleared(con: duckdb.DuckDBPyConnection) -> None:
    """Nothing is left of the SQL by hand."""
    for table in _tables(con, "table_name <> 'cadran_values'"):
        con.execute(f'DROP TABLE temp."{table}"')


def _tables(con: duckdb.DuckDBPyConnection, which: str) -> list[str]:
    named = con.execute(f"SELECT table_name FROM duckdb_tables() WHERE temporary AND {which}").fetchall()
    return sorted(name for (name,) in named)


# --- Whether they agree ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """The values of both sides, one by one."""

    cadran: int
    by_hand: int
    """Defined values, where a run of Cadran keeps them."""
    compared: int
    differing: int
    examples: tuple[tuple[Any, ...], ...] = ()
    """Some that differ: KPI, cut, member, period, first day, model, Cadran's value, that by hand."""


DIFFERING = """
FROM (FROM cadran_values WHERE kpi IN (SELECT unnest($kpis))) c
    FULL JOIN hand_values h USING (kpi, cut, member, period, period_start, model)
WHERE CASE
    WHEN c.value IS NULL AND h.value IS NULL THEN false
    WHEN c.kpi IS NULL THEN h.value <> 0
    WHEN h.value IS NULL THEN NOT (c.value = 0 AND c.cut = 'total' AND c.is_sum)
    WHEN c.value IS NULL THEN true
    ELSE abs(c.value - h.value) > greatest(CASE WHEN c.is_money THEN 0.005 ELSE 0.0000006 END, abs(c.value) * 1e-9)
END
"""
"""To the half cent, and to six decimals (a tie may be rounded either way). Cadran gives every period of the total, 0 where nothing
happened; a wide table has a 0 where Cadran has no line."""

EXAMPLES = """
QUALIFY row_number() OVER (PARTITION BY kpi, cut, period, model ORDER BY member, period_start) = 1 ORDER BY ALL LIMIT 40
"""

_KEY = {"kpi": "VARCHAR", "cut": "VARCHAR", "member": "VARCHAR", "period": "VARCHAR", "period_start": "DATE", "model": "VARCHAR"}
_NO_START = "DATE '0001-01-01'"
"""Stands for the first day of ``all``, so that equal keys meet."""


def collect(con: duckdb.DuckDBPyConnection, kpis: Sequence[Kpi], folder: Path) -> None:
    """Cadran's values of these KPIs as a table."""
    path = folder / "values.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(values_of(con, kpis))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE cadran_values AS SELECT * REPLACE (coalesce(period_start, {_NO_START}) AS period_start), "
        "kpi IN (SELECT unnest($money)) AS is_money, kpi IN (SELECT unnest($sums)) AS is_sum "
        "FROM read_csv($path, header = false, columns = $columns, force_not_null = ['kpi', 'cut', 'member', 'period', 'model'])",
        {
            "path": str(path),
            "columns": {**_KEY, "value": "DOUBLE"},
            "money": [kpi.name for kpi in kpis if kpi.unit is Unit.MONEY],
            "sums": [kpi.name for kpi in kpis if kpi.unit in {Unit.MONEY, Unit.COUNT} and kpi.formula.sample is None],
        },
    )
    path.unlink()


def agreement(con: duckdb.DuckDBPyConnection, family: str) -> Agreement:
    """Every value of the one side beside the other's. After :func:`written` and :func:`collect`."""
    kpis = told(con, family)
    con.execute("CREATE OR REPLACE TEMP TABLE kept (kpi VARCHAR, cut VARCHAR, period VARCHAR, model VARCHAR)")
    con.execute("INSERT INTO kept SELECT unnest($kept, recursive := true)", {"kept": _kept(kpis)})
    con.execute(f"CREATE OR REPLACE TEMP TABLE hand_values ({', '.join(map(' '.join, _KEY.items()))}, value DOUBLE)")
    for table in _tables(con, "starts_with(table_name, 'result')"):
        columns = {name for (name, *_) in con.execute(f"DESCRIBE {table}").fetchall()}
        model = "coalesce(h.model, k.model) = k.model" if "model" in columns else "true"
        cells = ", ".join(f'"{kpi.name}"' for kpi in kpis if kpi.name in columns)
        con.execute(
            f"INSERT INTO hand_values SELECT k.kpi, h.cut, h.member, h.period, coalesce(h.period_start, {_NO_START}), k.model, h.value "
            f"FROM (SELECT * FROM (SELECT * REPLACE ({_doubles(cells)}) FROM {table}) UNPIVOT (value FOR kpi IN ({cells}))) h "
            f"JOIN kept k ON k.kpi = h.kpi AND k.cut = h.cut AND k.period = h.period AND {model}"
        )
    known = {"kpis": [kpi.name for kpi in kpis]}
    ((cadran, compared),) = con.execute(
        "SELECT count(*), count(value) FROM cadran_values WHERE kpi IN (SELECT unnest($kpis))", known
    ).fetchall()
    ((by_hand,),) = con.execute("SELECT count(*) FROM hand_values").fetchall()
    ((differing,),) = con.execute(f"SELECT count(*) {DIFFERING}", known).fetchall()
    examples = con.execute(
        f"SELECT kpi, cut, member, period, period_start, model, c.value, h.value {DIFFERING} {EXAMPLES}", known
    ).fetchall()
    return Agreement(cadran, by_hand, compared, differing, tuple(examples))


def _doubles(columns: str) -> str:
    return ", ".join(f"CAST({column} AS DOUBLE) AS {column}" for column in columns.split(", "))


def _kept(kpis: Sequence[Kpi]) -> list[dict[str, str]]:
    return [
        {"kpi": kpi.name, "cut": by, "period": period, "model": model}
        for by, model, asked in everything(kpis)
        for period, chosen in asked.items()
        for kpi in chosen
    ]


# --- Timing ----------------------------------------------------------------------------------------------


def compared_apart(folder: str, family: str, turns: int) -> dict[str, Any]:
    """Seconds and CPU seconds of both sides, turn by turn; then whether they agree."""
    con = opened(Path(folder))
    written(con, family)
    kpis = told(con, family)
    sides: dict[str, Callable[[], object]] = {"by_hand": lambda: written(con, family), "cadran": lambda: computed(con, kpis)}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    order = list(sides)
    for _ in range(turns):
        for name in order:
            cleared(con)  # what a turn leaves is not the next one's work
            wall, cpu = time.perf_counter(), time.process_time()
            sides[name]()
            seconds[name].append((time.perf_counter() - wall, time.process_time() - cpu))
        order.reverse()
    written(con, family)
    collect(con, kpis, Path(folder))
    agreed = agreement(con, family)
    con.close()
    return {
        **{name: {"wall": min(w for w, _ in taken), "cpu": min(c for _, c in taken)} for name, taken in seconds.items()},
        "kpis": len(kpis),
        "values": agreed.cadran,
        "by_hand_values": agreed.by_hand,
        "differing": agreed.differing,
        "examples": [[str(cell) for cell in row] for row in agreed.examples],
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
    ours, theirs = found["cadran"], found["by_hand"]
    ratio = ours["wall"] / theirs["wall"]
    return Figure(
        f"{family}: {found['kpis']} of {len(FAMILIES[family])} KPIs, {found['values']:,} values of a company of {catalogue_facts.DEALS * scale:,.0f} deals",
        f"≤ {TIMES} × the SQL by hand",
        f"× {ratio:.2f}: {ours['wall']:.2f} s (CPU {ours['cpu']:.2f} s)",
        is_reached=ratio <= TIMES,
        requests=0,
        refused_429=0,
        peak_mb=done.peak_mb,
        beside=f"`sql/{family}.sql`: {theirs['wall']:.2f} s (CPU {theirs['cpu']:.2f} s), {found['by_hand_values']:,} values",
        note=f"best of {turns}; " + (f"**{found['differing']:,} values differ**" if found["differing"] else "all values agree"),
    )


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
