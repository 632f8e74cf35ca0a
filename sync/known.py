"""What holds of all rows of the marts: values are the same without it, the SELECTs that they are made of take less time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

import duckdb

from kpi.card import Kpi
from kpi.engine import ComputeContext
from kpi.measures.base import By, Measure, Percentile, Sum
from kpi.scan import FEW_DIGITS, FINE, Known, Short, Undivided
from kpi.schema import CREDIT_UNIT, MARTS, columns

_CENTS = 2
"""Decimals of most amounts, however many they are stored with."""
_FIRST = 20_000
"""Rows of a mart that are looked at first."""


def informed(context: ComputeContext, con: duckdb.DuckDBPyConnection, kpis: Iterable[Kpi]) -> ComputeContext:
    """The context, with what holds of the marts that these KPIs are read from. ``con`` has them."""
    read = _read(kpis)
    found = {mart: _of_rows(con, mart, measures) for mart, measures in read.items()}
    known = Known(
        undivided=_undivided(con, read),
        unmet={mart: one.unmet for mart, one in found.items()},
        always={mart: one.always for mart, one in found.items()},
        short={mart: one.short for mart, one in found.items()},
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


class _OfRows(NamedTuple):
    """What holds of all rows of a mart."""

    unmet: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()
    short: frozenset[Short] = frozenset()


def _of_rows(con: duckdb.DuckDBPyConnection, mart: str, measures: Read) -> _OfRows:
    """Which checks of these measures find nothing in any row (most, where sources are in order), which of their conditions leave
    none out, and which of their columns hold nothing long. Of all rows only that is asked which holds of the first."""
    checks = frozenset(check.where for measure in measures for check in measure.checks)
    wheres = frozenset(measure.where for measure in measures if measure.where is not None)
    types = {column.name: column.type for column in columns(MARTS[mart])}
    numbers = {name: types[name] for name in sorted(set(_worth_knowing(measures)) & types.keys())}
    rows, found = _asked(con, f"(SELECT * FROM {mart} LIMIT {_FIRST})", checks, checks | wheres, numbers)
    if rows < _FIRST:
        return found
    numbers = {one.column: types[one.column] for one in sorted(found.short)}
    return _asked(con, mart, found.unmet, found.always, numbers)[1]


def _asked(
    con: duckdb.DuckDBPyConnection, rows: str, unmet: Collection[str], always: Collection[str], numbers: Mapping[str, type]
) -> tuple[int, _OfRows]:
    """How many ``rows`` there are, and which of these conditions none of them meets, which all of them meet, which of these columns
    are short."""
    none, all_ = sorted(unmet), sorted(always)
    cells = ["COUNT(*)", *(f"BOOL_OR({one})" for one in none), *(f"BOOL_AND(COALESCE({one}, false))" for one in all_)]
    for name, kind in numbers.items():
        is_short = f'BOOL_AND(TRY_CAST("{name}" AS DECIMAL(18, {_CENTS})) IS NOT DISTINCT FROM "{name}")'
        cells += [f'MIN("{name}")', f'MAX("{name}")', is_short if kind is Decimal else "true"]
    if len(cells) == 1:
        return 0, _OfRows()
    (row,) = con.execute(f"SELECT {', '.join(cells)} FROM {rows}").fetchall()
    count, *answers = row
    found = iter(answers)
    return count, _OfRows(
        unmet=frozenset([one for one in none if not next(found)]),
        always=frozenset([one for one in all_ if next(found)]),
        short=frozenset(_short(numbers, tuple(found))),
    )


def _worth_knowing(measures: Read) -> Iterator[str]:
    """Columns that are ranked, and those that are added up by so many members that looking at every row first pays."""
    for one, bys in measures.items():
        if isinstance(one.aggregate, Percentile) or (isinstance(one.aggregate, Sum) and bys & FINE):
            yield one.aggregate.column


def _short(numbers: Mapping[str, type], found: Sequence[Any]) -> Iterator[Short]:
    """``found``: of each column the smallest value, the largest, and whether all have so few decimals."""
    for place, (name, kind) in enumerate(numbers.items()):
        least, most, is_short = found[3 * place : 3 * place + 3]
        if least is None or not is_short:
            continue
        largest = max(abs(least), abs(most))
        if kind is Decimal:
            yield Short(name, FEW_DIGITS if largest < 10 ** (FEW_DIGITS - _CENTS) else 18, _CENTS)
        elif largest < 10**FEW_DIGITS:
            yield Short(name, FEW_DIGITS, 0)
