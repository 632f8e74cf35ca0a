"""Parts of a large dimension as tables in the engine: whole numbers, their texts, and whole periods where they are levels.

One table holds what one scan (:class:`kpi.scan.Scan`) gives: a row for each member and period, and for each measure

=========  ==============================================================================================
``w<i>``   its amount in whole stored units; null where no row counts towards it (of a percentile, where none was ranked)
``t<i>``   the same in shown units, as :func:`kpi.units.kept` writes it
``r<i>``   rows that its condition lets through
``k<i>_<j>``  rows that its j-th check met
``n<i>``   of a percentile, how many values were ranked
``s<i>``   what its interval needs besides, as text: the sum of squares, or both ends of a percentile's
=========  ==============================================================================================
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from kpi.measures.base import Measure, Percentile, Sum
from kpi.periods import Period, starts_between
from kpi.scan import (
    CREDIT_GRAIN,
    FINE,
    Run,
    Scan,
    Wanted,
    divisor,
    met,
    ranked_together,
    ranks_text,
    square_divisor,
    sums_text,
    within,
)
from kpi.schema import CREDIT_UNIT
from kpi.sql import literal
from sync.bulk.whole import LARGE, SMALL, cut, decimal_text, kind, unscaled

CENTS = 100
"""What amounts are mostly whole parts of, however many decimals they are stored with."""
WHOLE_HISTORY = date(1, 1, 1)
"""Stands for the first day of ``all`` in tables: what is joined by equality must not be null."""


@dataclass
class PartsTable:
    """The table of one scan."""

    name: str
    first_day: date | None = None
    """The earliest day read for ``all``."""
    starts: tuple[tuple[Period, date], ...] = ()
    """The periods that rows are of."""
    places: dict[Measure, int] = field(default_factory=dict)
    """Measure -> the number in its columns' names; those whose amounts are too large for the engine are not among them."""
    units: dict[Measure, int] = field(default_factory=dict)
    """Stored units in a shown one."""
    largest: dict[Measure, int] = field(default_factory=dict)
    """The largest amount, in stored units, whatever its sign."""
    has_spread: set[Measure] = field(default_factory=set)
    met: dict[Measure, tuple[int, ...]] = field(default_factory=dict)
    """Measure -> the places of its checks that have columns: the others find nothing."""


def parts_table(name: str, scan: Scan, wanted: tuple[Wanted, ...], first: int, run: Run) -> PartsTable:
    """Make the table of a scan and say what is in it. ``first``: the number of its first measure, so that names of columns are
    unique among several tables."""
    raw, made = f"{name}_raw", PartsTable(name, met={one.measure: met(scan, one.measure) for one in wanted})
    numbered = dict(enumerate(wanted, first))
    cells = [cell for place, one in numbered.items() for cell in _cells(place, made.met[one.measure], one.is_squared)]
    sums = sums_text(scan, wanted, "duckdb")
    do(
        run,
        f"CREATE TEMP TABLE {raw} AS SELECT * REPLACE (COALESCE(period_start, {literal(WHOLE_HISTORY)}) AS period_start) "
        f"FROM ({sums}) AS s(member, period, period_start, first_day, {', '.join(cells)})",
    )
    ((made.first_day,),) = run(f"SELECT MIN(first_day) FROM {raw} WHERE period = 'all'")
    places = {one.measure: place for place, one in numbered.items()}
    if any(measure.level for measure in places):
        _to_levels(raw, cells, places, scan.until, run)
    ranked = [_ranked(f"{name}_ranked_{i}", scan, one, places, run) for i, one in enumerate(ranked_together(wanted))]
    source = raw + "".join(f" LEFT JOIN {table} USING (member, period, period_start)" for table in ranked)
    shapes = {column: kind for table in (raw, *ranked) for column, kind, *_ in run(f"DESCRIBE {table}")}
    columns = _Columns(made, scan, places, frozenset(one.measure for one in wanted if one.is_squared), shapes)
    columns.measure(next(iter(run(f"SELECT {', '.join(columns.sizes())} FROM {source}"))))
    if multiples := list(columns.multiples()):
        columns.divide(next(iter(run(f"SELECT {', '.join(multiples)} FROM {source}"))))
    columns.choose()
    wholes, told = ", ".join(columns.wholes()), ", ".join(columns.told())
    keys = "member, period, period_start"
    of_members = f"SELECT {keys}, {wholes} FROM {source} WHERE member IS NOT NULL"
    do(run, f"CREATE TEMP TABLE {name} AS SELECT {keys}, {told} FROM ({of_members})")
    for table in (raw, *ranked):
        do(run, f"DROP TABLE {table}")
    made.starts = tuple(
        (period, start) for period, start in run(f"SELECT DISTINCT period, period_start FROM {name} ORDER BY ALL")
    )
    return made


class _Columns:
    """The columns of a parts table, from those of its SELECTs."""

    def __init__(
        self,
        made: PartsTable,
        scan: Scan,
        places: Mapping[Measure, int],
        squared: Collection[Measure],
        shapes: Mapping[str, str],
    ) -> None:
        self._made, self._scan, self._places, self._squared, self._shapes = made, scan, places, squared, shapes
        self._largest: dict[str, int] = {}
        self._steps: dict[str, int] = {}
        """Number -> what all of it is a multiple of, and is divided by."""
        self._sizes: dict[str, int] = {}
        """Column of a SELECT -> how large it may be, in stored units."""

    def sizes(self) -> Iterator[str]:
        """For each amount and each sum of squares how large it may be, near enough: in stored units of the SELECT."""
        for columns, *_ in self._numbers():
            yield f"MAX(GREATEST({', '.join(f'ABS(CAST({column} AS DOUBLE))' for column in columns)}))"

    def measure(self, sizes: Sequence[Any]) -> None:
        """``sizes``: a row of what :meth:`sizes` asks for."""
        for (columns, _, _), size in zip(list(self._numbers()), sizes, strict=True):
            # Spans the error of a DOUBLE.
            largest = int(Fraction(size or 0) * self._fraction(columns[0]) * Fraction(1_000_000_001, 1_000_000_000)) + 1
            self._sizes |= dict.fromkeys(columns, largest)
        for columns, number, times in self._numbers():
            largest = self._sizes[columns[0]] * times
            # Making a long decimal whole multiplies the digits that it is stored as once more.
            self._largest[number] = largest if largest * self._fraction(columns[0]) < LARGE else LARGE
            self._steps[number] = 1
        for measure in self._places:
            number, step = self._amount(measure), self._known_step(measure)
            if step > 1 and self._largest[number] < LARGE:
                self._steps[number], self._largest[number] = step, self._largest[number] // step + 1

    def multiples(self) -> Iterator[str]:
        """For each number that may be shorter, whether all are whole multiples of what most are: amounts of cents, of whole credits."""
        for number, factors in self._factors():
            short = f"CAST({number} AS {kind(self._largest[number])})"
            yield from (f"BOOL_AND({short} % {factor} = 0)" for factor in factors)

    def divide(self, answers: Sequence[Any]) -> None:
        """``answers``: a row of what :meth:`multiples` asks for."""
        given = iter(answers)
        for number, factors in list(self._factors()):
            fits = [factor for factor in factors if next(given)]
            self._steps[number] = fits[0] if fits else 1
            self._largest[number] = self._largest[number] // self._steps[number] + 1

    def choose(self) -> None:
        """Leave out what even 128 bits do not hold."""
        for measure, place in self._places.items():
            number = self._amount(measure)
            self._made.largest[measure] = self._largest[number]
            self._made.units[measure] = self._units(measure) // self._steps[number]
            squares = self._largest[self._squares(measure)] if measure in self._squared else 0
            if max(self._made.largest[measure], squares) < LARGE and None not in (self._text(measure), self._spread(measure)):
                self._made.places[measure] = place

    def _numbers(self) -> Iterator[tuple[list[str], str, int]]:
        """Everything that is added up: its columns, the whole number that is made of them, and how many times a column that may be."""
        for measure, place in self._places.items():
            if isinstance(measure.aggregate, Percentile):
                ends = [f"{end}{place}" for end in ("below", "above", "low", "high")]
                yield ends, self._amount(measure), measure.aggregate.denominator
            else:
                yield [f"a{place}"], self._amount(measure), 1
            if measure in self._squared:
                yield [f"q{place}"], self._squares(measure), 1

    def _factors(self) -> Iterator[tuple[str, list[int]]]:
        for measure, place in self._places.items():
            if isinstance(measure.aggregate, Percentile):
                continue
            is_credited = divisor(self._scan, measure) % CREDIT_UNIT == 0
            number, fraction = self._amount(measure), self._fraction(f"a{place}")
            if self._largest[number] < LARGE and self._steps[number] == 1:
                credit = CREDIT_UNIT if is_credited and self._largest[number] >= SMALL else 1
                # Members that have few rows each have small amounts: asking of all of them takes longer than it saves.
                fractions = (fraction, max(fraction // CENTS, 1), 1) if credit > 1 or self._scan.by not in FINE else (1,)
                if factors := [factor for one in fractions if (factor := credit * one) > 1]:
                    yield number, list(dict.fromkeys(factors))
            if is_credited and measure in self._squared:
                number = self._squares(measure)
                if SMALL <= self._largest[number] < LARGE:
                    yield number, list(dict.fromkeys((CREDIT_GRAIN * self._fraction(f"q{place}"), CREDIT_GRAIN)))

    def _known_step(self, measure: Measure) -> int:
        """What every sum of a column is a multiple of, as each of its values is."""
        if not isinstance(measure.aggregate, Sum) or divisor(self._scan, measure) % CREDIT_UNIT == 0:
            return 1
        short = self._scan.short_of(measure.aggregate.column)
        return max(self._fraction(f"a{self._places[measure]}") // 10**short.decimals, 1) if short else 1

    def wholes(self) -> Iterator[str]:
        """Everything as whole numbers, as short as they may be."""
        for measure, place in self._made.places.items():
            largest = self._made.largest[measure]
            yield f"CASE WHEN r{place} > 0 THEN {self._short(self._amount(measure))} END AS w{place}"
            yield f"CAST(r{place} AS BIGINT) AS r{place}"
            yield from (f"CAST(k{place}_{i} AS BIGINT) AS k{place}_{i}" for i in self._made.met[measure])
            if isinstance(measure.aggregate, Percentile):
                bounded = [f"NOT ({within(rank, f'n{place}', measure.aggregate)})" for rank in ("0", f"(n{place} + 1)")]
                yield f"n{place}"
                yield from (f"CAST({self._whole(f'{end}{place}')} AS {kind(largest)}) AS {end}{place}" for end in ("low", "high"))
                yield f"r{place} > 0 AND {' AND '.join(bounded)} AS bounded{place}"
            elif measure in self._squared:
                yield f"{self._short(self._squares(measure))} AS q{place}"

    def told(self) -> Iterator[str]:
        """The columns of the table, from :meth:`wholes`."""
        for measure, place in self._made.places.items():
            yield f"w{place}, r{place}"
            yield f"{self._text(measure)} AS t{place}"
            yield from (f"k{place}_{i}" for i in self._made.met[measure])
            if isinstance(measure.aggregate, Percentile):
                yield f"n{place}"
            if spread := self._spread(measure):
                self._made.has_spread.add(measure)
                yield f"{spread} AS s{place}"

    def _short(self, number: str) -> str:
        step = self._steps[number]
        return f"CAST({cut(number, step, step * self._largest[number])} AS {kind(self._largest[number])})"

    def _amount(self, measure: Measure) -> str:
        """In whole stored units."""
        place = self._places[measure]
        if not isinstance(measure.aggregate, Percentile):
            return f"COALESCE({self._whole(f'a{place}')}, 0)"
        below, above = self._whole(f"below{place}"), self._whole(f"above{place}")
        a, b = measure.aggregate.numerator, measure.aggregate.denominator
        part = f"((n{place} - 1) * {a} % {b})"
        return f"({below} * ({b} - {part}) + COALESCE({above}, {below}) * {part})"

    def _squares(self, measure: Measure) -> str:
        return f"COALESCE({self._whole(f'q{self._places[measure]}')}, 0)"

    def _units(self, measure: Measure) -> int:
        place = self._places[measure]
        if isinstance(measure.aggregate, Percentile):
            return measure.aggregate.denominator * measure.aggregate.per * self._fraction(f"below{place}")
        return divisor(self._scan, measure) * self._fraction(f"a{place}")

    def _text(self, measure: Measure) -> str | None:
        return decimal_text(f"w{self._places[measure]}", self._made.units[measure], self._made.largest[measure])

    def _spread(self, measure: Measure) -> str | None:
        """Empty where the measure has none, None where it is too large."""
        place = self._places[measure]
        if isinstance(measure.aggregate, Percentile):
            units, largest = measure.aggregate.per * self._fraction(f"below{place}"), self._made.largest[measure]
            low, high = (decimal_text(f"{end}{place}", units, largest) for end in ("low", "high"))
            return None if low is None or high is None else f"CASE WHEN bounded{place} THEN concat({low}, ' ', {high}) END"
        if measure not in self._squared:
            return ""
        number = self._squares(measure)
        units = square_divisor(self._scan, measure) * self._fraction(f"q{place}") // self._steps[number]
        text = decimal_text(f"q{place}", units, self._largest[number])
        return None if text is None else f"CASE WHEN r{place} > 0 THEN {text} END"

    def _whole(self, column: str) -> str:
        """A column of a SELECT as a whole number."""
        fraction = self._fraction(column)
        return unscaled(column, len(str(fraction)) - 1, self._sizes.get(column, LARGE))  # of what is too large it is never asked

    def _fraction(self, column: str) -> int:
        scale = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", self._shapes[column])
        return 10 ** int(scale[1]) if scale else 1


def _cells(place: int, checks: Iterable[int], is_squared: bool) -> Iterator[str]:
    """The names of what :func:`kpi.scan.sums` gives of a measure."""
    yield f"a{place}"
    yield f"r{place}"
    yield from (f"k{place}_{i}" for i in checks)
    if is_squared:
        yield f"q{place}"


def _ranked(name: str, scan: Scan, together: tuple[Wanted, ...], numbers: Mapping[Measure, int], run: Run) -> str:
    """A table of what :func:`kpi.scan.ranks` gives."""
    places = [numbers[one.measure] for one in together]
    ends = ", ".join(f"{end}{place}" for place in places for end in ("below", "above", "low", "high"))
    counts = ", ".join(f"n AS n{place}" for place in places)
    do(
        run,
        f"CREATE TEMP TABLE {name} AS SELECT member, period, COALESCE(period_start, {literal(WHOLE_HISTORY)}) AS period_start, "
        f"{counts}, {ends} FROM ({ranks_text(scan, together, 'duckdb')}) AS s(member, period, period_start, n, {ends})",
    )
    return name


def _to_levels(raw: str, cells: Sequence[str], places: Mapping[Measure, int], today: date, run: Run) -> None:
    """From what changed to how much there was (:func:`kpi.scan.levels`): each member from its first change to the present period."""
    kinds = list(run(f"SELECT period, MIN(period_start), MAX(period_start) FROM {raw} WHERE period <> 'all' GROUP BY period"))
    days = [(kind, day) for kind, first, last in kinds for day in starts_between(kind, first, max(today, last))]
    do(run, f"CREATE TEMP TABLE {raw}_days AS {values(('period', 'period_start'), days, ('VARCHAR', 'DATE'))}")
    within_period, whole = [], []
    levels = {f"{cell}{place}": m.level for m, place in places.items() if m.level for cell in "ar"}
    for cell in cells:
        level = levels.get(cell)
        changed, reached = f"COALESCE(c.{cell}, 0)", f"SUM(COALESCE(c.{cell}, 0)) OVER w"
        is_opening = level == "opening" and cell.startswith("a")
        within_period.append(f"{reached} - {changed}" if is_opening else reached if level else f"c.{cell}")
        whole.append(f"0 * {cell}" if is_opening else cell)
    do(
        run,
        f"CREATE TEMP TABLE {raw}_levels AS SELECT g.member, g.period, g.period_start, c.first_day, "
        f"{', '.join(f'{shown} AS {cell}' for shown, cell in zip(within_period, cells, strict=True))} FROM ("
        f"SELECT f.member, d.period, d.period_start FROM (SELECT member, period, MIN(period_start) AS since FROM {raw} "
        f"WHERE period <> 'all' GROUP BY ALL) f JOIN {raw}_days d ON d.period = f.period AND d.period_start >= f.since) g "
        f"LEFT JOIN {raw} c USING (member, period, period_start) "
        "WINDOW w AS (PARTITION BY g.member, g.period ORDER BY g.period_start ROWS UNBOUNDED PRECEDING) "
        f"UNION ALL SELECT member, period, period_start, first_day, {', '.join(whole)} FROM {raw} WHERE period = 'all'",
    )
    do(run, f"DROP TABLE {raw}_days")
    do(run, f"DROP TABLE {raw}")
    do(run, f"ALTER TABLE {raw}_levels RENAME TO {raw}")


def do(run: Run, sql: str) -> None:
    """Execute a statement that gives no rows."""
    for _ in run(sql):
        pass


def values(columns: Sequence[str], rows: Sequence[Sequence[Any]], types: Sequence[str]) -> str:
    """A SELECT of constants: words without ``|`` and ``;``, days, truths and nulls. One literal that is cut up: an expression for
    each cell would take longer to plan than all that is done with them."""
    if not rows:
        nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in zip(columns, types, strict=True))
        return f"SELECT {nothing} WHERE false"
    lines = literal(";".join("|".join("" if cell is None else str(cell) for cell in row) for row in rows))
    cells = (
        f"CAST(NULLIF(c[{i}], '') AS {kind}) AS {name}" for i, (name, kind) in enumerate(zip(columns, types, strict=True), 1)
    )
    return f"SELECT {', '.join(cells)} FROM (SELECT string_split(unnest(string_split({lines}, ';')), '|') AS c)"
