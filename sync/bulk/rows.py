"""The rows of one KPI as one SELECT over tables of parts: what :class:`kpi.engine._Sheet` does value by value, done by the engine.

Which days a row is about, and what is not known of them, is asked of :class:`kpi.window.Windows` here as well: once for each period.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import compress, groupby, product
from typing import Any

from kpi.card import Kpi
from kpi.engine import absent
from kpi.measures.base import By, Measure, Percentile
from kpi.periods import Period
from kpi.sql import literal
from kpi.undefined import Undefined
from kpi.units import SCALES, Unit
from kpi.window import ComputeContext, Sources, Window, Windows
from sync.bulk.formula import Ratio, WholeRatio, linear, ratio
from sync.bulk.parts import PartsTable, values
from sync.bulk.whole import LARGE, decimal, kind, quotient, rounded_quotient
from sync.result_rows import INSTANT, RESULT_TYPES, VALUE_SCALE

WindowTable = Callable[[str], str]
"""From a SELECT of constants to the name of a table that holds it."""

_FEW_FLAGS = 3
"""Of so many flags all lists that there may be are written into a statement."""
_WINDOW_COLUMNS = ("period", "starts", "period_start", "period_end", "provisional_until", "is_partial")
_WINDOW_TYPES = ("VARCHAR", "DATE", "DATE", "DATE", "DATE", "BOOLEAN")


@dataclass(frozen=True)
class Sheet:
    """One KPI by one dimension and under one model, for several kinds of period that are read in the same scans or not."""

    kpi: Kpi
    by: By
    model: str
    context: ComputeContext
    read: Mapping[Period, Sources]
    """The kinds of period -> how each is read; of all, the same measures are connected."""
    tables: Mapping[Measure, PartsTable]
    """Connected measure -> where its parts are: the same for all these kinds of period."""

    @cached_property
    def _inputs(self) -> tuple[Measure, ...]:
        return self.kpi.formula.inputs

    @cached_property
    def _whole(self) -> WholeRatio | None:
        """The formula in whole numbers; None where it is not one that is worked out here."""
        as_ratio = ratio(self.kpi.formula)
        found = as_ratio.whole(self._units, SCALES[self.kpi.unit]) if as_ratio else None
        if found is None or not found.agrees(self._largest):
            return None
        above, below = found.sizes(self._largest)
        return found if max(above * found.up, 2 * below * found.down) < LARGE else None

    @cached_property
    def _units(self) -> dict[Measure, int]:
        return {m: self.tables[m].units[m] if m in self.tables else 1 for m in self._inputs}

    @cached_property
    def _largest(self) -> dict[Measure, int]:
        return {m: self.tables[m].largest[m] if m in self.tables else 0 for m in self._inputs}

    @cached_property
    def _count(self) -> tuple[str, int] | None:
        """What the value rests on: a sum of columns, and what it is divided by. ("", 0) where nothing is counted, None where that is
        more than a sum."""
        sample = self.kpi.formula.sample
        if sample is None:
            return "", 0
        if isinstance(sample, Measure) and isinstance(sample.aggregate, Percentile):
            return f"COALESCE({self._column('n', sample)}, 0)", 1
        as_sum = linear(sample)
        if as_sum is None:
            return None
        found = Ratio(as_sum, None).whole(self._units, 0)
        if found is None or found.up != 1:
            return None
        return self._sum(found.above, kind(found.sizes(self._largest)[0])), found.down

    def is_possible(self) -> bool:
        """Whether its values can be worked out by the engine, to the same digits."""
        if not self._inputs or any(m not in table.places for m, table in self.tables.items()):
            return False
        return self._whole is not None and self._count is not None

    @property
    def same(self) -> dict[str, str | None]:
        """Columns of :data:`sync.result_rows.RESULT_TYPES` that hold one value in all rows, as texts."""
        return {
            "kpi": self.kpi.name,
            "dimension": self.by,
            "model": self.model if self.kpi.is_credited(self.by) else "",
            "unit": self.kpi.unit,
            "currency": self.context.currency if self.kpi.unit is Unit.MONEY else None,
            "as_of": self.context.as_of.strftime(INSTANT),
        }

    def select(self, window_table: WindowTable) -> str:
        """The other columns, in their order."""
        gaps, windows = self._windows()
        return self._shown(self._worked_out(windows, gaps, window_table), gaps)

    # --- windows -----------------------------------------------------------------------------------------

    def _windows(self) -> "tuple[dict[Measure, Undefined], _Constants]":
        """What is not known of some input in some period, and the windows; column ``gap<i>`` says of which."""
        rows: list[tuple[Period, date, Window]] = []
        for period, read in self.read.items():
            found = Windows(self.kpi, period, self.context, read, (self.tables[m].first_day for m in read.scans))
            starts = {start for table in self.tables.values() for of, start in table.starts if of == period}
            rows += [(period, start, found.of(None if period == "all" else start)) for start in sorted(starts)]
        gaps: dict[Measure, Undefined] = {}
        for _, _, window in rows:
            gaps |= {m: gap for m, gap in zip(self._inputs, window.gaps, strict=True) if gap is not None}
        places = [place for place, m in enumerate(self._inputs) if m in gaps]
        cells = [
            (period, start, w.start, w.end, w.provisional_until, w.is_partial, *(w.gaps[place] is not None for place in places))
            for period, start, w in rows
        ]
        columns = (*_WINDOW_COLUMNS, *(f"gap{place}" for place in places))
        return gaps, _Constants(columns, cells, (*_WINDOW_TYPES, *("BOOLEAN" for _ in places)))

    # --- the inner SELECT: parts, and what stands above and below the line ---------------------------------------

    def _worked_out(self, windows: "_Constants", gaps: Collection[Measure], window_table: WindowTable) -> str:
        whole = self._whole
        assert whole is not None, "is_possible was asked before"  # noqa: S101
        tables = list(dict.fromkeys(table.name for table in self.tables.values()))
        parts = tables[0] + "".join(f" FULL JOIN {table} USING (member, period, period_start)" for table in tables[1:])
        wide = self._wide
        window = ["period_start", "period_end", "provisional_until", "is_partial", "period"]
        window += [f"gap{place}" for place, m in enumerate(self._inputs) if m in gaps]
        cells = [
            "member",
            *(f"{windows.only(name) or f'w.{name}'} AS {name}" for name in window),
            f"{self._sum(whole.above, wide)} * {whole.up} AS above",
            f"{self._below(whole, wide)} AS below",
            *self._cells(),
        ]
        counted = [f"{self._column('r', m)} > 0" for m in self.tables]
        kinds = ", ".join(literal(period) for period in self.read)
        among = f"(SELECT * FROM {parts} WHERE period IN ({kinds}) AND ({' OR '.join(counted)})) AS p"
        if len(windows.rows) != 1:
            among += f" JOIN {window_table(windows.table())} AS w ON w.period = p.period AND w.starts = p.period_start"
        return f"SELECT {', '.join(cells)} FROM {among}"

    @property
    def _wide(self) -> str:
        """What holds both numbers of the formula, and twice the lower one."""
        assert self._whole is not None, "is_possible was asked before"  # noqa: S101
        above, below = self._whole.sizes(self._largest)
        return kind(max(above * self._whole.up, 2 * below * self._whole.down))

    def _below(self, whole: WholeRatio, wide: str) -> str:
        """Null instead of 0: the engine may work a quotient out also where a CASE leaves it aside."""
        if whole.below is None:
            return f"CAST({whole.down} AS {wide})"
        return f"NULLIF({self._sum(whole.below, wide)} * CAST({whole.down} AS {wide}), 0)"

    def _cells(self) -> Iterator[str]:
        for place, measure in enumerate(self._inputs):
            if measure not in self.tables:
                continue
            if self._may_be_absent(measure):
                yield f"{self._column('w', measure)} IS NULL AS absent{place}"
            yield f"{self._column('t', measure)} AS text{place}"
            for i in self.tables[measure].met[measure]:
                yield f"COALESCE({self._column('k', measure)}_{i}, 0) AS found{place}_{i}"
        sum_, divisor = self._count or ("", 0)
        if divisor:
            yield f"{sum_} AS counted"
        if (spread := self._spread_column()) is not None:
            yield f"{spread} AS spread"

    def _spread_column(self) -> str | None:
        of = self.kpi.estimator.spread_of if self.kpi.estimator else None
        if of is None or of not in self.tables or of not in self.tables[of].has_spread:
            return None
        return self._column("s", of)

    def _sum(self, parts: Mapping[Measure, int], wide: str) -> str:
        terms = []
        for measure, times in parts.items():
            if measure not in self.tables:
                terms.append("0")  # not connected: the value is undefined
                continue
            column = f"CAST({self._column('w', measure)} AS {wide})"
            amount = column if self._may_be_absent(measure) else f"COALESCE({column}, 0)"
            terms.append(amount if times == 1 else f"{times} * {amount}")
        return f"({' + '.join(terms)})"

    def _column(self, letter: str, measure: Measure) -> str:
        return f"{letter}{self.tables[measure].places[measure]}"

    def _may_be_absent(self, measure: Measure) -> bool:
        """Whether there is no value where there is no row; else it is 0."""
        return isinstance(absent(self.kpi, measure), Undefined)

    # --- the outer SELECT: value, count, flags, and all that is told of it -----------------------------------------

    def _shown(self, worked_out: str, gaps: Mapping[Measure, Undefined]) -> str:
        scale = SCALES[self.kpi.unit]
        known, reasons = self._known(gaps)
        is_exact = self._whole is not None and self._whole.below is None and self._whole.down == 1
        found = "above" if is_exact else quotient("above", "below", self._wide)
        value = found if known is None else f"CASE WHEN {known} THEN {found} END"
        n = self._n(gaps)
        columns = {
            "member": "member",
            "period": "period",
            "period_start": "period_start",
            "period_end": "period_end",
            "value": decimal("v", scale, VALUE_SCALE),
            "n": "n",
            "inputs": self._inputs_text(gaps),
            "provisional_until": "provisional_until",
            "reason": _case(reasons, "en"),
            "reason_fr": _case(reasons, "fr"),
            "flags": self._flags(gaps, 10**scale),
            "spread": "CASE WHEN v IS NOT NULL THEN spread END" if self._spread_column() is not None else "NULL",
        }
        shown = ", ".join(
            f"{columns[name]} AS {name}" if name == "flags" else f"CAST({columns[name]} AS {type_}) AS {name}"
            for name, type_ in RESULT_TYPES.items()
            if name in columns
        )
        return f"SELECT {shown} FROM (SELECT *, {value} AS v, {n} AS n FROM ({worked_out}))"

    def _known(self, gaps: Mapping[Measure, Undefined]) -> tuple[str | None, list[tuple[str, Undefined]]]:
        """When there is a value (None: always), and otherwise why not, the first that applies."""
        reasons: list[tuple[str, Undefined]] = []
        for place, measure in enumerate(self._inputs):
            if measure in gaps:
                reasons.append((f"gap{place}", gaps[measure]))
            nothing = absent(self.kpi, measure)
            if measure in self.tables and isinstance(nothing, Undefined):
                reasons.append((f"absent{place}", nothing))
        if self._whole is not None and self._whole.below is not None:
            reasons.append(("below IS NULL", Undefined(self.kpi.nothing_below)))
        return (f"NOT ({' OR '.join(when for when, _ in reasons)})" if reasons else None), reasons

    def _n(self, gaps: Collection[Measure]) -> str:
        _, divisor = self._count or ("", 0)
        if not divisor:
            return "NULL"
        n = "counted" if divisor == 1 else rounded_quotient("counted", str(divisor))
        return f"CASE WHEN NOT ({_any_gap(self._inputs, gaps)}) THEN {n} END" if gaps else n

    def _inputs_text(self, gaps: Collection[Measure]) -> str:
        """Sorted by name. A count of findings is named after its measure, so the first is never one that may be missing."""
        pieces: dict[str, tuple[str, ...]] = {}
        for place, measure in enumerate(self._inputs):
            name = literal(f'"{measure.name}":')
            if measure not in self.tables:
                pieces[measure.name] = name, "'null'"
            elif measure in gaps or self._may_be_absent(measure):
                otherwise = "null" if self._may_be_absent(measure) else '"0"'
                quoted = f"""COALESCE('"' || text{place} || '"', '{otherwise}')"""
                shown = f"CASE WHEN gap{place} THEN 'null' ELSE {quoted} END" if measure in gaps else quoted
                pieces[measure.name] = name, shown
            else:
                pieces[measure.name] = name, "'\"'", f"COALESCE(text{place}, '0')", "'\"'"
            for i in self.tables[measure].met[measure] if measure in self.tables else ():
                check = measure.checks[i]
                if check.is_counted:
                    found = f"found{place}_{i} > 0" + (f" AND NOT gap{place}" if measure in gaps else "")
                    counted = f"{measure.name}_{check.flag}"
                    pieces[counted] = (f"""CASE WHEN {found} THEN ',"{counted}":"' || found{place}_{i} || '"' ELSE '' END""",)
        texts = ["'{'"]
        for name in sorted(pieces):
            is_first, brings_comma = len(texts) == 1, len(pieces[name]) == 1
            texts += [*(() if is_first or brings_comma else ("','",)), *pieces[name]]
        return _concatenated([*texts, "'}'"])

    def _flags(self, gaps: Collection[Measure], one: int) -> str:
        raised: dict[str, list[str]] = {}
        for place, measure in enumerate(self._inputs):
            if measure not in self.tables:
                continue
            for i in self.tables[measure].met[measure]:
                found = f"found{place}_{i} > 0" + (f" AND NOT gap{place}" if measure in gaps else "")
                raised.setdefault(measure.checks[i].flag, []).append(found)
        raised.setdefault("partial_period", []).append("is_partial")
        if self._count is not None and self._count[1] and self.by != "deal":
            raised.setdefault("small_sample", []).append(f"v IS NOT NULL AND n < {self.context.min_cases}")
        if self.kpi.flags_above_one:
            raised.setdefault("above_one", []).append(f"v > {one}")
        each = {flag: f"({' OR '.join(f'({when})' for when in conditions)})" for flag, conditions in sorted(raised.items())}
        if len(each) <= _FEW_FLAGS:
            return _chosen(each)
        listed = ", ".join(f"CASE WHEN {condition} THEN ',\"{flag}\"' END" for flag, condition in each.items())
        return f"CASE WHEN {' OR '.join(each.values())} THEN '[' || substr(concat({listed}), 2) || ']' ELSE '[]' END"


@dataclass(frozen=True)
class _Constants:
    """A small table that is known while the statement is made."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    types: tuple[str, ...]

    def table(self) -> str:
        """As a SELECT."""
        return values(self.columns, self.rows, self.types)

    def only(self, column: str) -> str | None:
        """The value of a column where there is one row: what is written into the statement is not joined to every row."""
        if len(self.rows) != 1:
            return None
        place = self.columns.index(column)
        cell = self.rows[0][place]
        return f"CAST({'NULL' if cell is None else literal(str(cell))} AS {self.types[place]})"


def _chosen(flags: Mapping[str, str]) -> str:
    """The list of those flags whose conditions hold, one of all that there may be: an ENUM takes a tenth of the time to make that a text
    takes, and a third to write."""
    sets = [tuple(compress(flags, chosen)) for chosen in product((True, False), repeat=len(flags))]
    lists = {one: literal(json.dumps(one, separators=(",", ":"))) for one in sets}
    kind = f"ENUM({', '.join(lists.values())})"

    def of(raised: tuple[str, ...], others: Sequence[str]) -> str:
        if not others:
            return f"CAST({lists[raised]} AS {kind})"
        flag, *rest = others
        return f"CASE WHEN {flags[flag]} THEN {of((*raised, flag), rest)} ELSE {of(raised, rest)} END"

    return of((), tuple(flags))


def _concatenated(texts: Sequence[str]) -> str:
    """Expressions of texts as one; literals beside each other are one literal, as each text takes its time in every row."""
    joined: list[str] = []
    for is_literal, among in groupby(texts, lambda text: text.startswith("'")):
        alike = list(among)
        joined += [f"'{''.join(text[1:-1] for text in alike)}'"] if is_literal else alike
    return f"concat({', '.join(joined)})"


def _any_gap(inputs: Sequence[Measure], gaps: Collection[Measure]) -> str:
    return " OR ".join(f"gap{place}" for place, measure in enumerate(inputs) if measure in gaps)


def _case(reasons: Sequence[tuple[str, Undefined]], locale: str) -> str:
    if not reasons:
        return "NULL"
    return "CASE " + " ".join(f"WHEN {when} THEN {literal(why.reason.text.in_(locale))}" for when, why in reasons) + " END"
