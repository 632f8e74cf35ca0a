"""One pass over one mart: the SELECT that reads it, and the parts that come back.

Engines return parts only: counts, DECIMAL sums, and the two values around a percentile. All SQL is composed here, in
the subset that DuckDB, PostgreSQL and Spark read alike (DESIGN §4): periods by joining the calendar, no date functions,
no division, whole seconds, percentiles by ROW_NUMBER and comparisons of whole numbers. Measured there: DuckDB divides
DECIMALs as doubles, PostgreSQL as numeric, and no two averages agreed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from kpi.expression import PRECISION
from kpi.measures.base import By, Count, Measure, Percentile, Sum
from kpi.periods import Period
from kpi.schema import CREDIT_UNIT

END_OF_TIME = date(2100, 12, 31)
"""No calendar goes further."""

UNASSIGNED = "unassigned"
"""The member of rows whose owner, pipeline or company is not known."""

Run = Callable[[str], Iterable[tuple[Any, ...]]]
"""Executes a SELECT and gives its rows, which are read before the next one: dates as dates, sums as int or Decimal."""

Group = tuple[str, date | None]
"""(member, first day of the period). The member is '' at total, the day None for ``all``."""


Ranks = tuple[int, int | Decimal, int | Decimal]
"""How many values were ranked, the one at the rank below a percentile, the one above."""


class Part(NamedTuple):
    """What one measure is made of in one group."""

    value: Decimal | None
    """In shown units; None for a percentile of no rows."""
    rows: int
    """Rows that the measure's condition lets through."""
    n: int
    """Values that a percentile ranked; 0 for other measures."""
    found: tuple[int, ...]
    """For each of the measure's checks, how many rows met it."""


@dataclass(frozen=True)
class Scan:
    """Which rows are read, and how they are grouped."""

    mart: str
    time: str | None
    """Date column that puts a row into a period; None for a stock."""
    by: By
    member: str | None
    """Column that is grouped by; None at total."""
    period: Period
    model: str | None
    """Attribution model, where the mart has one row for each."""
    is_per_period: bool
    """Rows are whole periods already: only those of this period and dimension are read."""
    since: date | None
    """First day read, inclusive; None: all there is."""
    until: date
    """Last day read, inclusive."""


@dataclass(frozen=True)
class Parts:
    """Everything that one scan gave."""

    by_measure: dict[str, dict[Group, Part]]
    first_day: date | None
    """The earliest day read; None when nothing was, and for a stock."""


def scan_of(measure: Measure, *, by: By, period: Period, model: str, since: date | None, until: date) -> Scan:
    """The scan that a measure is read in; measures with equal scans share one SELECT."""
    facts = measure.facts
    if measure.trailing_days is not None:
        trailing = until - timedelta(days=measure.trailing_days - 1)
        since = trailing if since is None else max(since, trailing)
    return Scan(
        mart=facts.mart_by(by, is_attributed=measure.is_attributed),
        time=measure.time,
        by=by,
        member=None if by == "total" else facts.members[by],
        period=period,
        model=model if measure.is_credited(by) else None,
        is_per_period=facts.is_per_period,
        since=since if measure.time is not None else None,
        until=END_OF_TIME if measure.looks_ahead else until,
    )


def read(scan: Scan, measures: Sequence[Measure], run: Run, dialect: str) -> Parts:
    """The parts of every measure of one scan. ``measures`` are distinct and belong to it."""
    ranked = _read_ranks(scan, measures, run, dialect)
    by_measure: dict[str, dict[Group, Part]] = {measure.name: {} for measure in measures}
    layouts = [(m, by_measure[m.name], ranked.get(m.name), len(m.checks), _divisor(scan, m)) for m in measures]
    first_day: date | None = None
    for row in run(_sums_text(scan, tuple(measures), dialect)):
        group, cells = _group(scan, row)
        if scan.period == "all" and scan.time is not None:
            if cells[0] is not None and (first_day is None or cells[0] < first_day):
                first_day = cells[0]
            cells = cells[1:]
        place = 0
        for measure, parts, ranks, checks, divisor in layouts:
            value, rows = cells[place], int(cells[place + 1])
            found = tuple(map(int, cells[place + 2 : place + 2 + checks]))
            place += 2 + checks
            if not rows:
                continue
            if isinstance(measure.aggregate, Percentile):
                between = ranks.get(group) if ranks else None
                parts[group] = Part(
                    measure.aggregate.between(*between) if between else None, rows, between[0] if between else 0, found
                )
            else:
                amount = Decimal(value or 0)
                parts[group] = Part(amount if divisor == 1 else PRECISION.divide(amount, Decimal(divisor)), rows, 0, found)
    return Parts(by_measure, first_day)


def _read_ranks(scan: Scan, measures: Iterable[Measure], run: Run, dialect: str) -> dict[str, dict[Group, Ranks]]:
    """Percentile -> group -> its ranks."""
    ranked: dict[str, dict[Group, Ranks]] = {}
    sharing: dict[tuple[str, str | None], list[Measure]] = {}
    for measure in measures:
        if isinstance(measure.aggregate, Percentile):
            sharing.setdefault((measure.aggregate.column, measure.where), []).append(measure)
    for group_of_measures in sharing.values():
        ranked.update({m.name: {} for m in group_of_measures})
        for row in run(_ranks_text(scan, tuple(group_of_measures), dialect)):
            group, (n, *ends) = _group(scan, row)
            if not n:
                continue  # no rows at all: an ungrouped SELECT still answers with one
            for place, measure in enumerate(group_of_measures):
                low, high = ends[2 * place : 2 * place + 2]
                ranked[measure.name][group] = (int(n), low, low if high is None else high)
    return ranked


def _group(scan: Scan, row: tuple[Any, ...]) -> tuple[Group, tuple[Any, ...]]:
    member, row = ("", row) if scan.member is None else (str(row[0]), row[1:])
    start, row = (None, row) if scan.period == "all" else (row[0], row[1:])
    return (member, start), row


def _is_weighted(scan: Scan, measure: Measure) -> bool:
    """Whether rows count by their credit. A product's row holds the product's own share of the amount already."""
    facts = measure.facts
    holds_share = (
        scan.mart == facts.product_mart and isinstance(measure.aggregate, Sum) and measure.aggregate.column in facts.shared
    )
    return facts.is_weighted and not holds_share


def _divisor(scan: Scan, measure: Measure) -> int:
    """From what the SELECT adds up to shown units."""
    per = measure.aggregate.per if isinstance(measure.aggregate, Sum) else 1
    return per * CREDIT_UNIT if _is_weighted(scan, measure) else per


# --- composing SQL ---------------------------------------------------------------------------------------

# A scheduler asks for the same text day after day.


@lru_cache(maxsize=1024)
def _sums_text(scan: Scan, measures: tuple[Measure, ...], dialect: str) -> str:
    return in_dialect(sums(scan, measures), dialect)


@lru_cache(maxsize=1024)
def _ranks_text(scan: Scan, measures: tuple[Measure, ...], dialect: str) -> str:
    return in_dialect(ranks(scan, measures), dialect)


def in_dialect(sql: str, dialect: str) -> str:
    """A SELECT of this module as another engine reads it. DuckDB reads it as it is: parsing and writing it anew would take
    longer than running it on a small company's data."""
    if dialect == "duckdb":
        return sql
    import sqlglot  # a third of a second, which most runs need not spend

    return sqlglot.transpile(sql, read="duckdb", write=dialect, identify=True)[0]


def sums(scan: Scan, measures: Iterable[Measure]) -> str:
    """Member, period, the earliest day (for ``all``), then for each measure its sum, its rows and its checks."""
    keys = _keys(scan)
    cells = [f"{key} AS {name}" for name, key in keys.items()]
    if scan.period == "all" and scan.time is not None:
        cells.append(f"MIN({_column(scan.time)})")
    for measure in measures:
        cells.append(_when(measure.where, _amount(scan, measure), "SUM"))
        cells.append(_when(measure.where, "1", "COUNT"))
        for check in measure.checks:
            both = check.where if measure.where is None else f"({measure.where}) AND ({check.where})"
            cells.append(_when(both, "1", "COUNT"))
    return f"SELECT {', '.join(cells)} FROM {_rows(scan)}" + _grouped(keys.values())


def ranks(scan: Scan, measures: Sequence[Measure]) -> str:
    """Member, period, how many values, then for each percentile the values at the ranks below and above it.

    With ``k`` the place from 0 and ``top`` the last place, the rank below p = a/b is the k with k·b ≤ top·a < (k+1)·b.
    """
    first = measures[0]
    assert isinstance(first.aggregate, Percentile)  # noqa: S101 - grouped by the caller
    value, keys = _column(first.aggregate.column), _keys(scan)
    within = f"PARTITION BY {', '.join(keys.values())} " if keys else ""
    values = [
        *(f"{key} AS {name}" for name, key in keys.items()),
        f"{value} AS v",
        f"ROW_NUMBER() OVER ({within}ORDER BY {value}) - 1 AS k",
        f"COUNT(*) OVER ({within.rstrip()}) - 1 AS top",
    ]
    conditions = [f"{value} IS NOT NULL", first.where, "credit > 0" if first.facts.is_weighted else None]
    inner = f"SELECT {', '.join(values)} FROM {_rows(scan, *(c for c in conditions if c))}"
    cells = [*keys, "MAX(top) + 1 AS n"]
    for measure in measures:
        assert isinstance(measure.aggregate, Percentile)  # noqa: S101
        a, b = measure.aggregate.numerator, measure.aggregate.denominator
        cells.append(f"MAX(CASE WHEN k * {b} <= top * {a} AND top * {a} < (k + 1) * {b} THEN v END)")
        cells.append(f"MAX(CASE WHEN (k - 1) * {b} <= top * {a} AND top * {a} < k * {b} THEN v END)")
    return f"SELECT {', '.join(cells)} FROM ({inner}) AS ranked" + _grouped(keys)


def _keys(scan: Scan) -> dict[str, str]:
    """What rows are grouped by: name -> SQL."""
    keys = {}
    if scan.member is not None:
        keys["member"] = f"COALESCE({_column(scan.member)}, '{UNASSIGNED}')"
    if scan.period != "all":
        keys["period_start"] = _column(scan.time or "") if scan.is_per_period else f'c."{scan.period}"'
    return keys


def _grouped(keys: Iterable[str]) -> str:
    by = ", ".join(keys)
    return f" GROUP BY {by}" if by else ""


def _rows(scan: Scan, *conditions: str) -> str:
    """The rows that a scan reads: FROM and WHERE."""
    rows, where = f"{scan.mart} AS f", list(conditions)
    if scan.is_per_period:
        where += [_equal("period", scan.period), _equal("by", scan.by)]
    elif scan.time is not None:
        if scan.period != "all":
            rows += f" JOIN calendar AS c ON c.day = {_column(scan.time)}"
        if scan.since is not None:
            where.append(f"{_column(scan.time)} >= {_day(scan.since)}")
        where.append(f"{_column(scan.time)} <= {_day(scan.until)}")
    if scan.model is not None:
        where.append(_equal("model", scan.model))
    return rows + (f" WHERE {' AND '.join(f'({c})' for c in where)}" if where else "")


def _amount(scan: Scan, measure: Measure) -> str:
    is_weighted = _is_weighted(scan, measure)
    if isinstance(measure.aggregate, Sum):
        column = _column(measure.aggregate.column)
        # DECIMAL(27,6) x DECIMAL(10,0) fills the 38 digits that every engine holds; DuckDB does not widen DECIMAL(18) by itself.
        return f"CAST({column} AS DECIMAL(27, 6)) * CAST({_column('credit')} AS DECIMAL(10, 0))" if is_weighted else column
    return _column("credit") if isinstance(measure.aggregate, Count) and is_weighted else "1"


def _when(condition: str | None, value: str, aggregate: str) -> str:
    return f"{aggregate}({value if condition is None else f'CASE WHEN {condition} THEN {value} END'})"


def _column(name: str) -> str:
    return f'f."{name}"'


def _equal(column: str, text: str) -> str:
    return f"{_column(column)} = '{text}'"


def _day(day: date) -> str:
    return f"CAST('{day.isoformat()}' AS DATE)"
