"""What holds of all rows of the marts: values are the same without it, the SELECTs that they are made of take less time.

That something holds is asked as whether some row contradicts it: the engine stops at the first, and where it knows the smallest and the
largest value of each block (of credits, amounts, truths and what is missing), it reads none.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import product

import duckdb

from kpi.card import Kpi
from kpi.engine import ComputeContext
from kpi.measures.base import By, Measure, Percentile, Sum
from kpi.scan import FEW_DIGITS, FINE, Known, Short, Undivided
from kpi.schema import CREDIT_UNIT, MARTS, columns
from sync.bulk.whole import DIGITS

_CENTS = 2
"""Decimals of most amounts, however many they are stored with."""


def informed(context: ComputeContext, con: duckdb.DuckDBPyConnection, kpis: Iterable[Kpi]) -> ComputeContext:
    """The context, with what holds of the marts that these KPIs are read from. ``con`` has them."""
    read = _read(kpis)
    unmet = {mart: frozenset(_unmet(con, mart, measures)) for mart, measures in read.items()}
    known = Known(
        undivided=frozenset(_undivided(con, read)),
        unmet=unmet,
        always={mart: frozenset(_always(con, mart, measures, unmet[mart])) for mart, measures in read.items()},
        short={mart: frozenset(_short(con, mart, measures)) for mart, measures in read.items()},
    )
    return replace(context, known=known)


Read = Mapping[Measure, set[By]]
"""What is read from a mart, and by which dimensions."""


def _read(kpis: Iterable[Kpi]) -> dict[str, dict[Measure, set[By]]]:
    """Mart -> what these KPIs read from it."""
    found: dict[str, dict[Measure, set[By]]] = {}
    for kpi in kpis:
        for by, measure in product(kpi.grains, kpi.formula.inputs):
            mart = measure.facts.mart_by(by, is_attributed=measure.is_attributed)
            found.setdefault(mart, {}).setdefault(measure, set()).add(by)
    return found


def _has(con: duckdb.DuckDBPyConnection, mart: str, condition: str) -> bool:
    """Whether some row meets it."""
    return con.execute(f"SELECT 1 FROM {mart} WHERE {condition} LIMIT 1").fetchone() is not None


def _undivided(con: duckdb.DuckDBPyConnection, marts: Iterable[str]) -> Iterator[Undivided]:
    """Where every row's credit is a whole one: the marts without attribution, and models that credit one touch."""
    divided = f"credit IS DISTINCT FROM {CREDIT_UNIT}"
    for mart in marts:
        names = {column.name for column in columns(MARTS[mart])}
        if {"credit", "model"} <= names:
            models = f"SELECT DISTINCT model FROM {mart}"
            yield from ((mart, model) for (model,) in con.execute(f"{models} EXCEPT {models} WHERE {divided}").fetchall())
        elif "credit" in names and not _has(con, mart, divided):
            yield mart, None


def _unmet(con: duckdb.DuckDBPyConnection, mart: str, measures: Read) -> Iterator[str]:
    """Which checks of these measures find nothing in any row: most, where sources are in order."""
    for condition in sorted(_checks(measures)):
        if not _has(con, mart, condition):
            yield condition


def _always(con: duckdb.DuckDBPyConnection, mart: str, measures: Read, unmet: Collection[str]) -> Iterator[str]:
    """Which conditions of these measures and of their checks leave no row out, but for those that all rows are left out by. One that
    is unknown for a row leaves it out."""
    wheres = {measure.where for measure in measures if measure.where is not None}
    for condition in sorted((wheres | _checks(measures)).difference(unmet)):
        if not _has(con, mart, f"({condition}) IS NOT TRUE"):
            yield condition


def _checks(measures: Read) -> set[str]:
    return {check.where for measure in measures for check in measure.checks}


def _short(con: duckdb.DuckDBPyConnection, mart: str, measures: Read) -> Iterator[Short]:
    """Which of the columns that are worth knowing hold nothing long."""
    types = {column.name: column.type for column in columns(MARTS[mart])}
    for name in sorted(set(_worth_knowing(measures)) & types.keys()):
        column, decimals = f'"{name}"', _CENTS if types[name] is Decimal else 0
        least_long = 10 ** (FEW_DIGITS - decimals)
        is_long = _has(con, mart, f"{column} <= -{least_long} OR {column} >= {least_long}")
        if not decimals:
            if not is_long:
                yield Short(name, FEW_DIGITS, 0)
        elif not _has(con, mart, f"TRY_CAST({column} AS DECIMAL({DIGITS}, {decimals})) IS DISTINCT FROM {column}"):
            yield Short(name, DIGITS if is_long else FEW_DIGITS, decimals)


def _worth_knowing(measures: Read) -> Iterator[str]:
    """Columns that are ranked, and those that are added up by so many members that looking at every row first pays."""
    for one, bys in measures.items():
        if isinstance(one.aggregate, Percentile) or (isinstance(one.aggregate, Sum) and bys & FINE):
            yield one.aggregate.column
