"""One pass over one mart: the SELECT that reads it, and the parts that come back.

Engines return parts only: counts, DECIMAL sums, and the two values around a percentile. All SQL is composed here, in
the subset that DuckDB, PostgreSQL and Spark read alike (DESIGN §4): periods by joining the calendar, no date functions,
no division, whole seconds, percentiles by ROW_NUMBER and comparisons of whole numbers. Measured there: DuckDB divides
DECIMALs as doubles, PostgreSQL as numeric, and no two averages agreed.

One SELECT gives every period that is asked: rows are added up by day first, and the days into periods.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

from kpi.expression import PRECISION
from kpi.measures.base import By, Count, Measure, OwnPeriods, Percentile, Sum
from kpi.periods import Period, starts_between
from kpi.schema import CREDIT_UNIT, MARTS, columns
from kpi.sql import literal
from kpi.uncertainty import FARTHEST, is_bounded

END_OF_TIME = date(2100, 12, 31)
"""No calendar goes further."""

UNASSIGNED = "unassigned"
"""The member of rows whose owner, pipeline or company is not known."""

Run = Callable[[str], Iterable[tuple[Any, ...]]]
"""Executes a SELECT and gives its rows, which are read before the next one: dates as dates, sums as int or Decimal."""

Undivided = tuple[str, str | None]
"""A mart, and the attribution model where it has rows for each, in which every row's credit is a whole one."""


FEW_DIGITS = 9
"""Of numbers of 32 bits; their products have 64."""


class Short(NamedTuple):
    """A column of numbers whose values are all smaller than its type allows."""

    column: str
    digits: int
    """That hold all of them, those after the point among them."""
    decimals: int
    """Digits after the point."""

    @property
    def type(self) -> str:
        """The shortest SQL type that holds all of them."""
        return f"DECIMAL({self.digits}, {self.decimals})" if self.decimals or self.digits > FEW_DIGITS else "INTEGER"


@dataclass(frozen=True)
class Known:
    """What holds of all rows of the marts. Values are the same without it; the SELECTs that they are made of take less time."""

    undivided: frozenset[Undivided] = frozenset()
    """Where every credit is a whole one."""
    unmet: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Mart -> conditions of checks that none of its rows meets: nothing is counted for them."""
    always: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Mart -> conditions that all of its rows meet: what counts under them counts without them, and often is the same as another."""
    short: Mapping[str, frozenset[Short]] = field(default_factory=dict)
    """Mart -> its columns of numbers that a shorter type holds."""


NOTHING = Known()

Group = tuple[str, date | None]
"""(member, first day of the period). The member is '' at total, the day None for ``all``."""


class Ranks(NamedTuple):
    """What is known of a percentile in one group. All values as they are stored."""

    n: int
    """How many values were ranked."""
    below: int | Decimal
    """At the rank below the percentile."""
    above: int | Decimal
    low: int | Decimal
    """Where its interval begins (:func:`kpi.uncertainty.is_within`)."""
    high: int | Decimal


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
    spread: tuple[Decimal, ...] = ()
    """What an interval needs besides: the sum of squares where it was asked for; both ends of a percentile's, where it has
    them. In shown units."""


@dataclass(frozen=True)
class Scan:
    """Which rows are read, and how they are grouped."""

    mart: str
    time: str | None
    """Date column that puts a row into a period; None for a stock."""
    by: By
    member: str | None
    """Column that is grouped by; None at total."""
    model: str | None
    """Attribution model, where the mart has one row for each."""
    own_periods: OwnPeriods
    """Rows are whole periods already: of each kind, or of each kind and dimension; read where those are equal."""
    since: date | None
    """First day read, inclusive; None: all there is."""
    until: date
    """Last day read, inclusive."""
    is_undivided: bool = False
    """Each row counts wholly: nothing is weighted, and sums are shorter by nine digits."""
    unmet: frozenset[str] = frozenset()
    """Conditions of checks that no row meets: nothing is counted for them."""
    always: frozenset[str] = frozenset()
    """Conditions that all rows meet: they are not asked."""
    short: frozenset[Short] = frozenset()
    """Columns whose values a shorter type holds."""
    is_daily: bool = False
    """Most members have one row on a day."""

    def short_of(self, column: str) -> Short | None:
        """What is known of the values of a column."""
        return next((one for one in self.short if one.column == column), None)


@dataclass(frozen=True)
class Wanted:
    """A measure of a scan, and what of it is wanted."""

    measure: Measure
    periods: tuple[Period, ...]
    """The kinds of period; a scan's other measures may be wanted for others."""
    is_squared: bool = False
    """Of a sum: whether the sum of squares is wanted too."""


def kinds_of(wanted: Iterable[Wanted]) -> tuple[Period, ...]:
    """Every kind of period that something is wanted for."""
    return tuple(dict.fromkeys(period for one in wanted for period in one.periods))


@dataclass(frozen=True)
class Parts:
    """What one scan gave for one kind of period."""

    by_measure: dict[str, dict[Group, Part]]
    first_day: date | None = None
    """The earliest day read; None when nothing was, and for a stock. Of ``all`` only."""


def scan_of(
    measure: Measure,
    *,
    by: By,
    model: str,
    since: date | None,
    until: date,
    known: Known = NOTHING,
) -> Scan:
    """The scan that a measure is read in; measures with equal scans share one SELECT."""
    facts = measure.facts
    mart = facts.mart_by(by, is_attributed=measure.is_attributed)
    under = model if measure.is_credited(by) else None
    if measure.trailing_days is not None:
        trailing = until - timedelta(days=measure.trailing_days - 1)
        since = trailing if since is None else max(since, trailing)
    return Scan(
        mart=mart,
        time=measure.time,
        by=by,
        member=None if by == "total" else facts.members[by],
        model=under,
        own_periods=facts.own_periods,
        since=since if measure.time is not None else None,
        until=END_OF_TIME if measure.looks_ahead else until,
        is_undivided=(mart, under) in known.undivided,
        unmet=known.unmet.get(mart, frozenset()),
        always=known.always.get(mart, frozenset()),
        short=known.short.get(mart, frozenset()),
        is_daily=facts.is_daily,
    )


def read(scan: Scan, wanted: Sequence[Wanted], run: Run, dialect: str) -> dict[Period, Parts]:
    """The parts of the measures of one scan, each for the kinds of period that it is wanted for. Measures are distinct and belong
    to it."""
    ranked = _read_ranks(scan, wanted, run, dialect)
    kinds = kinds_of(wanted)
    found: dict[Period, dict[str, dict[Group, Part]]] = {kind: {one.measure.name: {} for one in wanted} for kind in kinds}
    layouts = [
        (
            one.measure,
            frozenset(one.periods),
            ranked.get(one.measure.name),
            met(scan, one.measure),
            (0,) * len(one.measure.checks),
            divisor(scan, one.measure),
            one.is_squared,
        )
        for one in wanted
    ]
    first_day: date | None = None
    for member, period, start, day, *cells in run(sums_text(scan, tuple(wanted), dialect)):
        parts_of = found[period]
        group = (str(member), None if period == "all" else start)
        if period == "all" and day is not None:
            first_day = day if first_day is None else min(day, first_day)
        place = 0
        for measure, periods, ranks, checks, checked, units, is_squared in layouts:
            value, rows = cells[place], int(cells[place + 1] or 0)
            counts = cells[place + 2 : place + 2 + len(checks)]
            squares = place + 2 + len(checks)
            place = squares + is_squared
            if not rows or period not in periods:
                continue
            if checks:
                found_of = list(checked)
                for i, cell in zip(checks, counts, strict=True):
                    found_of[i] = int(cell or 0)
                checked = tuple(found_of)
            if isinstance(measure.aggregate, Percentile):
                part = _ranked(measure.aggregate, rows, checked, ranks.get((period, group)) if ranks else None)
            else:
                spread: tuple[Decimal, ...] = ()
                if is_squared:
                    spread = (PRECISION.divide(Decimal(cells[squares] or 0), Decimal(square_divisor(scan, measure))),)
                amount = Decimal(value or 0)
                # Of changes, what they add up to is divided: thirds of a month would leave something with each.
                part = Part(amount if measure.level else _shown(amount, units), rows, 0, checked, spread)
            parts_of[measure.name][group] = part
    for measure, periods, _, _, _, units, _ in layouts:
        if measure.level is not None:
            for period in periods:
                changes = found[period][measure.name]
                reached = levels(changes, period, scan.until, is_closing=measure.level == "closing")
                found[period][measure.name] = {g: p._replace(value=_shown(p.value, units)) for g, p in reached.items()}
    return {period: Parts(parts, first_day if period == "all" else None) for period, parts in found.items()}


def _shown(amount: Decimal | None, units: int) -> Decimal | None:
    """An amount of what is stored in shown units."""
    return amount if amount is None or units == 1 else PRECISION.divide(amount, Decimal(units))


def _ranked(percentile: Percentile, rows: int, checked: tuple[int, ...], ranks: Ranks | None) -> Part:
    if ranks is None:
        return Part(None, rows, 0, checked)
    ends = (ranks.low, ranks.high) if is_bounded(ranks.n, percentile) else ()
    spread = tuple(PRECISION.divide(Decimal(end), Decimal(percentile.per)) for end in ends)
    return Part(percentile.between(*ranks[:3]), rows, ranks.n, checked, spread)


def levels(changes: Mapping[Group, Part], period: Period, today: date, *, is_closing: bool) -> dict[Group, Part]:
    """From what changed in each period to how much there was when it opened or closed, of every member in every period from
    its first change to the present one: a month in which nothing changed has a level all the same. Of ``all`` the opening is 0."""
    by_member: dict[str, list[tuple[date | None, Part]]] = {}
    for (member, start), part in changes.items():
        by_member.setdefault(member, []).append((start, part))
    found: dict[Group, Part] = {}
    for member, parts in by_member.items():
        if period == "all":
            ((_, only),) = parts
            found[member, None] = only if is_closing else only._replace(value=Decimal(0))
            continue
        by_start = {start: part for start, part in parts if start is not None}
        level, rows = Decimal(0), 0
        for start in starts_between(period, min(by_start), max(today, max(by_start))):
            change = by_start.get(start)
            opening = level
            if change is not None:
                level, rows = PRECISION.add(level, change.value or Decimal(0)), rows + change.rows
            found[member, start] = Part(level if is_closing else opening, rows, 0, change.found if change else ())
    return found


def _read_ranks(scan: Scan, wanted: Iterable[Wanted], run: Run, dialect: str) -> dict[str, dict[tuple[Period, Group], Ranks]]:
    """Percentile -> kind of period and group -> its ranks."""
    ranked: dict[str, dict[tuple[Period, Group], Ranks]] = {}
    for together in ranked_together(wanted):
        ranked.update({one.measure.name: {} for one in together})
        for member, period, start, n, *ends in run(ranks_text(scan, together, dialect)):
            if not n:
                continue  # no rows at all: an ungrouped SELECT still answers with one
            group = (str(member), None if period == "all" else start)
            for place, one in enumerate(together):
                below, above, low, high = ends[4 * place : 4 * place + 4]
                ranked[one.measure.name][period, group] = Ranks(int(n), below, below if above is None else above, low, high)
    return ranked


def ranked_together(wanted: Iterable[Wanted]) -> list[tuple[Wanted, ...]]:
    """The percentiles among the measures of one scan, those together that one SELECT ranks."""
    sharing: dict[tuple[str, str | None], list[Wanted]] = {}
    for one in wanted:
        if isinstance(one.measure.aggregate, Percentile):
            sharing.setdefault((one.measure.aggregate.column, one.measure.where), []).append(one)
    return [tuple(together) for together in sharing.values()]


def _is_weighted(scan: Scan, measure: Measure) -> bool:
    """Whether rows count by their credit. A product's row holds the product's own share of the amount already."""
    facts = measure.facts
    holds_share = isinstance(measure.aggregate, Sum) and facts.holds_share(scan.mart, measure.aggregate.column)
    return facts.is_weighted and not scan.is_undivided and not holds_share


def met(scan: Scan, measure: Measure) -> tuple[int, ...]:
    """The places of the measure's checks that some row of the mart may meet."""
    return tuple(i for i, check in enumerate(measure.checks) if check.where not in scan.unmet)


def divisor(scan: Scan, measure: Measure) -> int:
    """From what the SELECT adds up to shown units."""
    per = measure.aggregate.per if isinstance(measure.aggregate, Sum) else 1
    return per * CREDIT_UNIT if _is_weighted(scan, measure) else per


CREDIT_GRAIN = CREDIT_UNIT // 1_000
"""Squares are weighted by credit to the millionth: nine more digits would not leave room for large amounts."""


def square_divisor(scan: Scan, measure: Measure) -> int:
    """From the sum of squares that the SELECT gives to squares of shown units."""
    per = measure.aggregate.per if isinstance(measure.aggregate, Sum) else 1
    return per * per * (CREDIT_GRAIN if _is_weighted(scan, measure) else 1)


# --- composing SQL ---------------------------------------------------------------------------------------

# A scheduler asks for the same text day after day.


@lru_cache(maxsize=2048)
def sums_text(scan: Scan, wanted: tuple[Wanted, ...], dialect: str) -> str:
    """:func:`sums` as ``dialect`` reads it."""
    return in_dialect(sums(scan, wanted), dialect)


@lru_cache(maxsize=2048)
def ranks_text(scan: Scan, wanted: tuple[Wanted, ...], dialect: str) -> str:
    """:func:`ranks` as ``dialect`` reads it."""
    if dialect == "duckdb":
        return ranks_in_lists(scan, wanted)
    return in_dialect(ranks(scan, wanted), dialect)


def in_dialect(sql: str, dialect: str) -> str:
    """A SELECT of this module as another engine reads it. DuckDB reads it as it is (``portable``: and only what all engines share):
    parsing and writing it anew would take longer than running it on a small company's data."""
    if dialect in ("duckdb", "portable"):
        return sql
    import sqlglot  # a third of a second, which most runs need not spend

    return sqlglot.transpile(sql, read="duckdb", write=dialect, identify=True)[0]


FINE: frozenset[By] = frozenset({"company", "deal"})
"""Members that have few rows each: adding them up by day first would save nothing."""
MANY: frozenset[By] = FINE | {"owner", "campaign", "product", "page", "email"}
"""Dimensions that may have thousands of members, each with few rows on a day: adding them up by day first saves something only where
weeks are made of all days, and the members have more than one row on them."""
_OF_ALL_DAYS: frozenset[Period] = frozenset({"week", "day"})

_NO_DAY = "CAST(NULL AS DATE)"
_SOME = " HAVING COUNT(*) > 0"
"""At total, a SELECT of no rows gives one; percentiles have none then."""


def sums(scan: Scan, wanted: Sequence[Wanted]) -> str:
    """Member, kind of period, its first day, the earliest day; then for each measure its sum, its rows, those of its checks that
    are :func:`met` and, where that is wanted, the sum of its squares. Of kinds that a measure is not wanted for these say nothing.
    The earliest day of ``all`` may stand in a row of no member, which says nothing else."""
    periods = kinds_of(wanted)
    is_dated = scan.time is not None and scan.own_periods == "no"
    counted = _counted(scan, wanted)
    if len(conditions := {one.measure.where for one in wanted}) == 1:
        scan = replace(scan, always=scan.always | {one for one in conditions if one is not None})  # its rows have met it
    each = [(cell, one.periods) for one in wanted for cell in _cells(scan, one.measure, one.is_squared)]
    amounts = [cell for cell, _ in each]
    has_days = scan.by not in MANY or (scan.by not in FINE and not scan.is_daily and not _OF_ALL_DAYS.isdisjoint(periods))
    # Of members that have few rows each, the earliest day would be sought in as many groups as there are rows.
    is_told_apart = is_dated and (bool(counted) or not has_days)
    earliest = f"MIN({_column(scan.time or '')})" if is_dated and not is_told_apart else _NO_DAY
    if (len(periods) == 1 and (not has_days or periods == ("all",))) or not is_dated:
        shown = [
            _select(_member(scan), kind, start, earliest, amounts, rows, group)
            for kind, start, rows, group in _cuts(scan, periods, *counted)
        ]
        return " UNION ALL ".join([*shown, *_first_day(scan, periods, len(amounts), is_told_apart=is_told_apart)])
    names = {cell: f"a{place}" for place, cell in enumerate(dict.fromkeys(amounts))}  # measures share conditions
    made = list(map(" AS ".join, names.items()))
    added = [f"SUM(f.{name}) AS {name}" for name in names.values()]
    used = {period: {names[cell] for cell, kinds in each if period in kinds} for period in periods}
    if has_days:
        time = _column(scan.time or "")
        daily = ", ".join([f"{_member(scan)} AS member", f"{time} AS day", *made])
        group = _grouped([time] if scan.member is None else [_member(scan), time])
        # The days of few members are so few that planning a step for each kind takes longer than adding them up for each.
        nested = NESTED if scan.by in MANY else ()
        steps, shown = _nested(_daily(scan), periods, added, added, list(names.values()), used=used, nested=nested)
        steps = [f"daily AS (SELECT {daily} FROM {_rows(scan, (), *counted)}{group})", *steps]
    else:
        steps, shown = _nested(scan, periods, made, added, list(names.values()), used=used, counted=counted)
    shown += _first_day(scan, periods, len(names), is_told_apart=is_told_apart)
    with_ = f"WITH {', '.join(steps)} " if steps else ""
    if len(names) == len(amounts):
        return f"{with_}{' UNION ALL '.join(shown)}"
    columns = ", ".join(f"{names[cell]} AS c{place}" for place, cell in enumerate(amounts))
    return f"{with_}SELECT member, period, period_start, first_day, {columns} FROM ({' UNION ALL '.join(shown)}) AS added"


def _counted(scan: Scan, wanted: Iterable[Wanted]) -> list[str]:
    """The condition, where there is one, of rows that are counted towards some measure: of most invoices nothing may be left to
    pay."""
    conditions = dict.fromkeys(_condition(scan, one.measure.where) for one in wanted)
    return [] if None in conditions else [" OR ".join(f"({one})" for one in conditions)]


def _first_day(scan: Scan, periods: Collection[Period], cells: int, *, is_told_apart: bool) -> list[str]:
    """A row of no member for the earliest day, whatever counts on it, where the other rows do not say it."""
    if not is_told_apart or "all" not in periods:
        return []
    earliest = f"MIN({_column(scan.time or '')}) AS first_day"
    keys = f"CAST(NULL AS VARCHAR) AS member, 'all' AS period, {_NO_DAY} AS period_start"
    return [f"SELECT {', '.join([keys, earliest, *['NULL'] * cells])} FROM {_rows(scan)}"]


NESTED: tuple[Period, ...] = ("month", "quarter", "year")
"""Each is made of whole ones of the kind before it, whatever month a year begins with."""


def _daily(scan: Scan) -> Scan:
    """The same rows in a table ``daily`` of member and day, which has passed the scan's conditions."""
    return replace(scan, mart="daily", time="day", member=None if scan.member is None else "member", since=None, model=None)


def _nested(
    days: Scan,
    periods: Sequence[Period],
    of_days: Sequence[str],
    of_periods: Sequence[str],
    names: Sequence[str],
    told: Mapping[str, str] | None = None,
    used: Mapping[Period, Collection[str]] | None = None,
    *,
    counted: Sequence[str] | None = None,
    nested: Sequence[Period] = NESTED,
) -> tuple[list[str], list[str]]:
    """(tables, SELECTs) from days to periods, those that nest (of ``nested``) from the next smaller kind: a year has four quarters and
    365 days.
    ``of_days``: what is made of the rows of a period, ``of_periods``: the same of smaller periods; both under ``names``, which the
    SELECTs give, or instead of them ``told``: column -> expression over them. ``used``: those that a kind of period needs; where it
    is made of days for itself, the others are 0. ``counted``: the days have passed neither the scan's conditions nor these, and the
    earliest of them is told elsewhere.

    A period is found by the first of its days that has rows: where it begins may be outside the calendar. Days that no calendar has
    are kept as a period without beginning, since ``all`` has them too."""

    is_bounded = counted is None

    def member_of(one: Scan) -> str:
        if one is days and not is_bounded:
            return _member(one)
        return "''" if one.member is None else "f.member"

    nesting = [kind for kind in nested if kind in periods]
    tables, shown, source, made = [], [], days, of_days
    each = ", ".join(f"{cell} AS {name}" for name, cell in (told or {}).items())
    columns = ", ".join(told or names)
    for kind in nesting:
        time = _column(source.time or "")
        member = member_of(source)
        earliest = f"MIN({time})" if is_bounded or kind != nesting[-1] else _NO_DAY
        cells = ", ".join([f"{member} AS member", "c.period_start AS period_start", f"{earliest} AS first_day", *made])
        calendar = f" LEFT JOIN calendar_period AS c ON c.day = {time} AND c.period = {literal(kind)}"
        grouped = _grouped([*([] if source.member is None else [member]), "c.period_start"])
        conditions = counted or () if source is days else ()
        rows = _rows(source, (), *conditions, join=calendar, is_bounded=is_bounded or source is not days)
        table = f"SELECT {cells} FROM {rows}{grouped}"
        tables.append(f"by_{kind} AS ({f'SELECT *, {each} FROM ({table})' if told else table})")
        parts = f"member, {literal(kind)} AS period, period_start, first_day, {columns}"
        shown.append(f"SELECT {parts} FROM by_{kind} WHERE period_start IS NOT NULL")
        source = replace(days, mart=f"by_{kind}", time="first_day", member=None if days.member is None else "member")
        made = of_periods
    others: dict[tuple[Scan, tuple[str, ...]], list[Period]] = {}
    for kind in (kind for kind in periods if kind not in nesting):
        one, amounts = (source, made) if kind == "all" else (days, of_days)
        named = zip(names, amounts, strict=True)
        needed = tuple(cell if used is None or name in used[kind] else f"0 AS {name}" for name, cell in named)
        others.setdefault((one, needed), []).append(kind)
    for (one, amounts), kinds in others.items():
        earliest = f"MIN({_column(one.time or '')})" if is_bounded else _NO_DAY
        conditions = counted or () if one is days else ()
        for name, start, rows, group in _cuts(one, kinds, *conditions, is_bounded=is_bounded or one is not days):
            select = _select(member_of(one), name, start, earliest, amounts, rows, group)
            shown.append(f"SELECT member, period, period_start, first_day, {each} FROM ({select}{_SOME})" if told else select)
    return tables, shown


def ranks(scan: Scan, wanted: Sequence[Wanted]) -> str:
    """Member, kind of period, its first day, how many values; then for each percentile the values at the ranks below and
    above, and those at both ends of its interval.

    With ``k`` the place from 0 and ``top`` the last place, the rank below p = a/b is the k with k·b ≤ top·a < (k+1)·b.
    """
    _, value, known = _ranked_rows(scan, wanted)
    cells = ["MAX(top) + 1 AS n"]
    for measure in (one.measure for one in wanted):
        assert isinstance(measure.aggregate, Percentile)  # noqa: S101
        a, b = measure.aggregate.numerator, measure.aggregate.denominator
        cells.append(f"MAX(CASE WHEN k * {b} <= top * {a} AND top * {a} < (k + 1) * {b} THEN v END)")
        cells.append(f"MAX(CASE WHEN (k - 1) * {b} <= top * {a} AND top * {a} < k * {b} THEN v END)")
        cells += [f"{end}(CASE WHEN {within('(k + 1)', '(top + 1)', measure.aggregate)} THEN v END)" for end in ("MIN", "MAX")]
    found = []
    for kind, start, rows, group in _cuts(scan, kinds_of(wanted), *known):
        keys = [*([] if scan.member is None else [_member(scan)]), *group]
        partition = f"PARTITION BY {', '.join(keys)} " if keys else ""
        inner = ", ".join(
            [
                f"{_member(scan)} AS member",
                f"{kind} AS period",
                f"{start} AS period_start",
                f"{value} AS v",
                # Spark counts rows in 32 bits, which a product with a percentile's denominator leaves.
                f"CAST(ROW_NUMBER() OVER ({partition}ORDER BY {value}) AS BIGINT) - 1 AS k",
                f"COUNT(*) OVER ({partition.rstrip()}) - 1 AS top",
            ]
        )
        found.append(
            f"SELECT member, period, period_start, {', '.join(cells)} FROM (SELECT {inner} FROM {rows}) AS ranked "
            "GROUP BY member, period, period_start"
        )
    return " UNION ALL ".join(found)


def ranks_in_lists(scan: Scan, wanted: Sequence[Wanted]) -> str:
    """The same columns and rows as :func:`ranks`, from one sorted list for each group: what only DuckDB reads, in a quarter of the time
    that numbering rows takes there. The list of a quarter is made of its months': what is sorted in parts is sorted again in half
    the time, and so is what has half the bytes (:class:`Short`).

    A rank r is within the interval of a/b when the size of 2(n·a − r·b) + b is at most 2b + ⌊√(9604·n·a·(b − a) ÷ 625)⌋
    (:func:`within`). The root of a whole number below 2^52 is rounded rightly, so its floor is exact.
    """
    column, value, known = _ranked_rows(scan, wanted)
    short = scan.short_of(column)
    shorter = f"CAST({value} AS {short.type})" if short else value
    periods = kinds_of(wanted)
    cells = ["LEN(l)"]
    for measure in (one.measure for one in wanted):
        assert isinstance(measure.aggregate, Percentile)  # noqa: S101
        a, b = measure.aggregate.numerator, measure.aggregate.denominator
        below = f"(LEN(l) - 1) * {a} // {b} + 1"
        reach = f"CAST(FLOOR(SQRT(CAST(9604 * LEN(l) * {a * (b - a)} // 625 AS DOUBLE))) AS BIGINT)"
        lowest = f"GREATEST(1, (2 * LEN(l) * {a} + {b - 1} - {reach}) // {2 * b})"
        highest = f"LEAST(LEN(l), (2 * LEN(l) * {a} + {3 * b} + {reach}) // {2 * b})"
        cells += [f"l[{place}]" for place in (below, f"{below} + 1", lowest, highest)]
    told = {f"x{place}": cell for place, cell in enumerate(cells)}
    if scan.time is None or scan.own_periods != "no" or len(periods) == 1:
        each = ", ".join(f"{cell} AS {name}" for name, cell in told.items())
        made = [f"LIST_SORT(LIST({shorter})) AS l"]
        shown = [
            f"SELECT member, period, period_start, {each} FROM ({_select(_member(scan), kind, start, _NO_DAY, made, rows, group)}{_SOME})"
            for kind, start, rows, group in _cuts(scan, periods, *known)
        ]
        tables = ""
    else:
        daily = f"SELECT {_member(scan)} AS member, {_column(scan.time)} AS day, {shorter} AS v FROM {_rows(scan, (), *known)}"
        of_days, of_periods = ["LIST_SORT(LIST(f.v)) AS l"], ["LIST_SORT(FLATTEN(LIST(f.l))) AS l"]
        steps, shown = _nested(_daily(scan), periods, of_days, of_periods, ["l"], told)
        tables = f"WITH {', '.join([f'daily AS ({daily})', *steps])} "
    of = " UNION ALL ".join(shown)
    return f"{tables}SELECT member, period, period_start, {', '.join(told)} FROM ({of})"


def _ranked_rows(scan: Scan, wanted: Sequence[Wanted]) -> tuple[str, str, list[str]]:
    """The column that is ranked, its values, and the conditions on its rows; the measures share all."""
    first = wanted[0].measure
    assert isinstance(first.aggregate, Percentile)  # noqa: S101 - grouped by the caller
    value = _column(first.aggregate.column)
    conditions = [f"{value} IS NOT NULL", _condition(scan, first.where), "credit > 0" if first.facts.is_weighted else None]
    return first.aggregate.column, value, [c for c in conditions if c]


def _cuts(
    scan: Scan, periods: Sequence[Period], *conditions: str, is_bounded: bool = False
) -> Iterator[tuple[str, str, str, list[str]]]:
    """Kind of period, its first day, the rows, and what these two are grouped by: once for ``all``, once for all others."""
    if scan.own_periods != "no":
        # Of ``all`` a mart may hold rows that begin on different days: they are one period nevertheless.
        kind, start = _column("period"), f"CASE WHEN {_column('period')} <> 'all' THEN {_column(scan.time or '')} END"
        yield kind, start, _rows(scan, periods, *conditions), [kind, start]
        return
    if "all" in periods:
        yield "'all'", _NO_DAY, _rows(scan, (), *conditions, is_bounded=is_bounded), []
    if rest := [period for period in periods if period != "all"]:
        calendar = (
            f" JOIN calendar_period AS c ON c.day = {_column(scan.time or '')} AND c.period IN ({', '.join(map(literal, rest))})"
        )
        kind, start = "c.period", "c.period_start"
        yield kind, start, _rows(scan, (), *conditions, join=calendar, is_bounded=is_bounded), [kind, start]


def _select(member: str, kind: str, start: str, day: str, cells: Iterable[str], rows: str, group: Sequence[str]) -> str:
    shown = [f"{member} AS member", f"{kind} AS period", f"{start} AS period_start", f"{day} AS first_day", *cells]
    return f"SELECT {', '.join(shown)} FROM {rows}" + _grouped([*([] if member == "''" else [member]), *group])


def within(rank: str, n: str, percentile: Percentile) -> str:
    """Whether a rank (from 1) of ``n`` is one that the percentile's interval holds: :func:`kpi.uncertainty.is_within`, word for word."""
    a, b = percentile.numerator, percentile.denominator
    distance = f"ABS(2 * ({n} * {a} - {rank} * {b}) + {b}) - {2 * b}"
    far = f"LEAST(GREATEST({distance}, 0), {FARTHEST})"
    return f"625 * {far} * {far} <= 9604 * {n} * {a * (b - a)}"


def _square(scan: Scan, measure: Measure) -> str:
    """To the cent, or the whole second. 38 digits hold it weighted in every engine; DuckDB widens no product of DECIMAL(18)."""
    assert isinstance(measure.aggregate, Sum)  # noqa: S101 - asked of sums only
    column, short = _column(measure.aggregate.column), scan.short_of(measure.aggregate.column)
    scale = 0 if _is_whole(scan.mart, measure.aggregate.column) else 2
    is_weighted = _is_weighted(scan, measure)
    fits = short is not None and short.digits <= FEW_DIGITS and not is_weighted
    digits = (FEW_DIGITS, FEW_DIGITS) if fits else (19, 13 + scale)
    square = " * ".join(f"CAST({column} AS DECIMAL({one}, {scale}))" for one in digits)
    credit = f"CAST(CAST({_column('credit')} AS DECIMAL(10, 0)) * CAST(0.001 AS DECIMAL(4, 3)) AS DECIMAL(7, 0))"
    return _when(_condition(scan, measure.where), f"{square} * {credit}" if is_weighted else square, "SUM")


@cache
def _is_whole(mart: str, column: str) -> bool:
    return any(one.name == column and one.type is int for one in columns(MARTS[mart]))


def _cells(scan: Scan, measure: Measure, is_squared: bool) -> Iterator[str]:
    where = _condition(scan, measure.where)
    amount, rows = _amount(scan, measure), _when(where, "1", "COUNT")
    yield rows if amount is None else _when(where, amount, "SUM")
    yield rows
    for i in met(scan, measure):
        yield _when(_condition(scan, measure.where, measure.checks[i].where), "1", "COUNT")
    if is_squared:
        yield _square(scan, measure)


def _member(scan: Scan) -> str:
    return "''" if scan.member is None else f"COALESCE({_column(scan.member)}, '{UNASSIGNED}')"


def _grouped(keys: Sequence[str]) -> str:
    return f" GROUP BY {', '.join(keys)}" if keys else ""


def _rows(scan: Scan, periods: Sequence[Period] = (), *conditions: str, join: str = "", is_bounded: bool = False) -> str:
    """The rows that a scan reads: FROM and WHERE. ``is_bounded``: they have passed the scan's conditions already."""
    where = list(conditions)
    if not is_bounded:
        if scan.own_periods != "no":
            where.append(f"{_column('period')} IN ({', '.join(map(literal, periods))})")
            if scan.own_periods == "cuts":
                where.append(_equal("by", scan.by))
        elif scan.time is not None:
            if scan.since is not None:
                where.append(f"{_column(scan.time)} >= {literal(scan.since)}")
            where.append(f"{_column(scan.time)} <= {literal(scan.until)}")
        if scan.model is not None:
            where.append(_equal("model", scan.model))
    return f"{scan.mart} AS f{join}" + (f" WHERE {' AND '.join(f'({c})' for c in where)}" if where else "")


def _amount(scan: Scan, measure: Measure) -> str | None:
    """What is added up; None where the number of rows says it."""
    is_weighted = _is_weighted(scan, measure)
    if isinstance(measure.aggregate, Sum):
        column = _column(measure.aggregate.column)
        # DECIMAL(27,6) x DECIMAL(10,0) fills the 38 digits that every engine holds; DuckDB does not widen DECIMAL(18) by itself.
        return f"CAST({column} AS DECIMAL(27, 6)) * CAST({_column('credit')} AS DECIMAL(10, 0))" if is_weighted else column
    return _column("credit") if isinstance(measure.aggregate, Count) and is_weighted else None


def _condition(scan: Scan, *conditions: str | None) -> str | None:
    """All of these; None where every row meets them."""
    asked = [one for one in conditions if one is not None and one not in scan.always]
    return None if not asked else asked[0] if len(asked) == 1 else " AND ".join(f"({one})" for one in asked)


def _when(condition: str | None, value: str, aggregate: str) -> str:
    return f"{aggregate}({value if condition is None else f'CASE WHEN {condition} THEN {value} END'})"


def _column(name: str) -> str:
    return f'f."{name}"'


def _equal(column: str, text: str) -> str:
    return f"{_column(column)} = {literal(text)}"
