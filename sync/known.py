"""What holds of all rows of the marts: values are the same without it, the SELECTs that they are made of take less time."""

from collections.abc import Iterable
from dataclasses import replace

import duckdb

from kpi.card import Kpi
from kpi.engine import ComputeContext
from kpi.measures.base import Measure
from kpi.scan import Undivided, Unmet
from kpi.schema import CREDIT_UNIT, MARTS, columns


def informed(context: ComputeContext, con: duckdb.DuckDBPyConnection, kpis: Iterable[Kpi]) -> ComputeContext:
    """The context, with what holds of the marts that these KPIs are read from. ``con`` has them."""
    read = _read(kpis)
    return replace(context, undivided=_undivided(con, read), unmet=_unmet(con, read))


def _read(kpis: Iterable[Kpi]) -> dict[str, list[Measure]]:
    """Mart -> what may be read from it."""
    found: dict[str, list[Measure]] = {}
    for measure in {measure: None for kpi in kpis for measure in kpi.formula.inputs}:
        for mart in measure.facts.marts:
            found.setdefault(mart, []).append(measure)
    return found


def _undivided(con: duckdb.DuckDBPyConnection, marts: Iterable[str]) -> frozenset[Undivided]:
    """Where every row's credit is a whole one: the marts without attribution, and models that credit one touch."""
    found: set[Undivided] = set()
    for mart in marts:
        names = [column.name for column in columns(MARTS[mart])]
        if "credit" in names:
            model = "model" if "model" in names else "CAST(NULL AS VARCHAR)"
            is_whole = f"BOOL_AND(credit IS NOT DISTINCT FROM {CREDIT_UNIT})"
            each = con.execute(f"SELECT {model} AS under, {is_whole} FROM {mart} GROUP BY under").fetchall()
            found |= {(mart, under) for under, whole in each if whole}
    return frozenset(found)


def _unmet(con: duckdb.DuckDBPyConnection, read: dict[str, list[Measure]]) -> Unmet:
    """Which checks of their measures find nothing in any row: most, where sources are in order."""
    found: dict[str, frozenset[str]] = {}
    for mart, measures in read.items():
        conditions = sorted({check.where for measure in measures for check in measure.checks})
        if conditions:
            (is_met,) = con.execute(f"SELECT {', '.join(f'BOOL_OR({one})' for one in conditions)} FROM {mart}").fetchall()
            found[mart] = frozenset(one for one, is_one in zip(conditions, is_met, strict=True) if not is_one)
    return found
