"""Values of Cadran beside those of SQL by hand, one by one: which differ, and by how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from kpi.card import Kpi
from kpi.units import Unit
from sync.grains import MODELS, everything

Value = tuple[str, str, str, str, date | None, str, Any]
"""KPI, cut, member, kind of period, its first day (None for ``all``), attribution model asked for, value."""


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

KEY = {"kpi": "VARCHAR", "cut": "VARCHAR", "member": "VARCHAR", "period": "VARCHAR", "period_start": "DATE", "model": "VARCHAR"}
_NO_START = "DATE '0001-01-01'"
"""Stands for the first day of ``all``, so that equal keys meet."""


_COMPOSED = f"""
UNION ALL SELECT kpi, dimension, member, period, CASE WHEN period <> 'all' THEN period_start END,
    coalesce(nullif(model, ''), '{MODELS[0]}'), value
FROM
"""


def load(con: duckdb.DuckDBPyConnection, kpis: Sequence[Kpi], path: Path, composed: str | None) -> None:
    """Cadran's values as a table: from a CSV of :data:`Value`, and from a table expression of composed rows."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE cadran_values AS SELECT * REPLACE (coalesce(period_start, {_NO_START}) AS period_start), "
        "kpi IN (SELECT unnest($money)) AS is_money, kpi IN (SELECT unnest($sums)) AS is_sum FROM ("
        "FROM read_csv($path, header = false, columns = $columns, force_not_null = ['kpi', 'cut', 'member', 'period', 'model']) "
        f"{_COMPOSED + composed if composed else ''})",
        {
            "path": str(path),
            "columns": {**KEY, "value": "DOUBLE"},
            "money": [kpi.name for kpi in kpis if kpi.unit is Unit.MONEY],
            "sums": [kpi.name for kpi in kpis if kpi.unit in {Unit.MONEY, Unit.COUNT} and kpi.formula.sample is None],
        },
    )


def agreement(con: duckdb.DuckDBPyConnection, kpis: Sequence[Kpi], tables: Sequence[str]) -> Agreement:
    """What was loaded of these KPIs beside what stands in the tables of the SQL by hand."""
    con.execute("CREATE OR REPLACE TEMP TABLE kept (kpi VARCHAR, cut VARCHAR, period VARCHAR, model VARCHAR)")
    con.execute("INSERT INTO kept SELECT unnest($kept, recursive := true)", {"kept": _kept(kpis)})
    con.execute(f"CREATE OR REPLACE TEMP TABLE hand_values ({', '.join(map(' '.join, KEY.items()))}, value DOUBLE)")
    for table in tables:
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
        for by, models in everything(kpis)
        for model, asked in models.items()
        for period, chosen in asked.items()
        for kpi in chosen
    ]
