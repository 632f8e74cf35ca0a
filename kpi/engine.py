"""From marts to numbers: (KPIs, dimension, period) → results that carry everything needed to audit them.

The SQL engine behind ``run`` gives parts (:mod:`kpi.scan`); division and interpolation are done here, in Decimal, so
that DuckDB, PostgreSQL and Spark give the same digits. No clock is read: ``as_of`` and ``today`` are handed in.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from kpi.card import Kpi
from kpi.expression import Evaluate
from kpi.measures.base import By, Measure, Percentile
from kpi.periods import Period, starts_between
from kpi.scan import UNASSIGNED, Group, Part, Parts, Run, Scan, read
from kpi.uncertainty import Estimator, Interval
from kpi.undefined import Reason, Undefined, Value
from kpi.units import Unit, kept, plain, rounded
from kpi.window import Asked, ComputeContext, Coverage, Sources, Window, Windows, read_together, sources_of, those

__all__ = ["UNASSIGNED", "ComputeContext", "Coverage", "Result", "compute", "compute_models"]


@dataclass(frozen=True, slots=True)
class Result:
    """One value of one KPI."""

    kpi: str
    by: By
    key: str
    """Member of the dimension: an id, a channel or campaign, ``unassigned`` where none is known, '' at total."""
    period: Period
    period_start: date
    """First day. Of ``all``: from when everything the KPI needs is loaded, or the first day on record; of a stock: today."""
    period_end: date
    """Exclusive. The calendar's end also while the period lasts; of ``all``, tomorrow."""
    value: Decimal | None
    """At the scale of its unit (:data:`kpi.units.SCALES`); None is undefined, and ``reason`` says why."""
    unit: Unit
    currency: str | None
    """Of money only."""
    n: int | None
    """How many cases it rests on, where that is a count."""
    inputs: Mapping[str, Decimal | None]
    """The measures of the formula, and counts of rows that a check found (``<measure>_amount_missing``)."""
    model: str | None
    """Attribution model, where one decides the value."""
    as_of: datetime
    provisional_until: date | None
    """From this day on the sources restate it no more; None when that is past."""
    reason: Reason | None
    flags: tuple[str, ...]
    """Sorted. ``above_one`` | ``amount_missing`` | ``assumed_end`` | ``assumed_margin`` | ``cost_missing`` | ``crm_source`` |
    ``estimate`` | ``lifetime_capped`` | ``mixed_zones`` | ``negative_cycle`` | ``other_row`` | ``partial_period`` |
    ``refund_undated`` | ``sampled`` | ``small_sample`` | ``stages_out_of_order`` | ``stale_rate`` | ``thresholded``"""
    version: int = 1
    """Of the KPI's definition."""
    spread: tuple[Decimal, ...] = ()
    """What the interval needs besides the inputs (:class:`kpi.scan.Part`)."""
    estimator: Estimator | None = field(default=None, repr=False, compare=False)

    @property
    def interval(self) -> Interval | None:
        """Where the true value lies 95 times in 100; worked out when it is asked for."""
        if self.value is None or self.estimator is None:
            return None
        return self.estimator.from_inputs(self.inputs, self.spread)

    def to_json(self, locale: str = "en") -> dict[str, Any]:
        """The form of ``cadran show --json`` (DESIGN §8): decimals as text, the reason in words."""
        return {
            "kpi": self.kpi,
            "by": self.by,
            "key": self.key,
            "period_start": self.period_start.isoformat(),
            "period_end": self.period_end.isoformat(),
            "value": None if self.value is None else plain(self.value),
            "unit": str(self.unit),
            "currency": self.currency,
            "n": self.n,
            "inputs": {name: None if value is None else kept(value) for name, value in self.inputs.items()},
            "model": self.model,
            "as_of": self.as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "provisional_until": self.provisional_until.isoformat() if self.provisional_until else None,
            "reason": self.reason.text.in_(locale) if self.reason else None,
            "flags": list(self.flags),
            "version": self.version,
            "interval": interval_json(self.interval),
        }


def interval_json(interval: Interval | None) -> dict[str, str] | None:
    """The form of ``cadran show --json``."""
    return None if interval is None else {"low": plain(interval.low), "high": plain(interval.high)}


def compute(
    kpis: Sequence[Kpi], *, by: By, period: Period, model: str, run: Run, context: ComputeContext, dialect: str = "duckdb"
) -> Iterator[Result]:
    """Every value of ``kpis`` cut by one dimension and one kind of period: :func:`compute_models` for one."""
    return compute_models({model: {period: kpis}}, by=by, run=run, context=context, dialect=dialect)


def compute_models(
    asked: Asked,
    *,
    by: By,
    run: Run,
    context: ComputeContext,
    dialect: str = "duckdb",
) -> Iterator[Result]:
    """Every value of the KPIs asked under each attribution model for each kind of period, cut by one dimension.

    KPIs that do not allow that cut are left out. A key is there when a measure of the KPI has rows for it in the
    period; at total, every period between the first and the last with rows is, and ``all`` always. Results are ordered
    by model, kind of period and KPI as given, key and period. ``run`` executes SQL in sqlglot's ``dialect`` over tables named as
    :data:`kpi.schema.MARTS`; one SELECT is made per mart, time column and window, and one per ranked column. Models share
    those of rows that have none.
    """
    chosen = those(asked, lambda kpi, period: kpi.allows(by, period))
    plans = sources_of(chosen, by, context)
    parts = _read_all(plans, run, dialect)
    for model, periods in chosen.items():
        for period, kpis in periods.items():
            for kpi in kpis:
                yield from _Sheet(kpi, by, period, model, context, plans[model, period, kpi.name], parts).results()


def _read_all(plans: Mapping[tuple[str, Period, str], Sources], run: Run, dialect: str) -> dict[tuple[Scan, Period], Parts]:
    return {
        (scan, period): parts
        for scan, wanted in read_together(plans).items()
        for period, parts in read(scan, wanted, run, dialect).items()
    }


class _Sheet:
    """The results of one KPI: everything that does not change from row to row is prepared once."""

    def __init__(
        self,
        kpi: Kpi,
        by: By,
        period: Period,
        model: str,
        context: ComputeContext,
        read: Sources,
        parts: Mapping[tuple[Scan, Period], Parts],
    ) -> None:
        self._kpi, self._by, self._period, self._context = kpi, by, period, context
        self._inputs = kpi.formula.inputs
        scans = [read.scans.get(m) for m in self._inputs]
        self._parts = [parts[s, period].by_measure[m.name] if s else {} for m, s in zip(self._inputs, scans, strict=True)]
        self._windows = Windows(kpi, period, context, read, (parts[s, period].first_day for s in scans if s))
        self._absent = [absent(kpi, m) for m in self._inputs]
        spread_of = kpi.estimator.spread_of if kpi.estimator else None
        self._spread_of = self._parts[self._inputs.index(spread_of)] if spread_of else None
        self._evaluate = kpi.formula.prepare(self._inputs, kpi.nothing_below)
        self._count = self._counter()
        self._limits = [(limit.flag, limit.reached(self._inputs)) for limit in kpi.formula.limits]
        self._unit = kpi.unit
        self._model = model if kpi.is_credited(by) else None

    def results(self) -> Iterator[Result]:
        for group in self._groups():
            yield self._result(group, self._windows.of(group[1]))

    def _groups(self) -> list[Group]:
        found: set[Group] = set().union(*self._parts)
        if self._by == "total":
            if self._period == "all":
                return [("", None)]
            starts = [start for _, start in found if start is not None]
            # A month in which nothing was won reads 0: it must not be missing from a series.
            return [("", day) for day in starts_between(self._period, min(starts), max(starts))] if starts else []
        return sorted(found, key=lambda group: (group[0], group[1] or date.min))

    def _counter(self) -> Callable[[Sequence[Value], Group], int | None]:
        sample = self._kpi.formula.sample
        if sample is None:
            return lambda _values, _group: None
        if isinstance(sample, Measure) and isinstance(sample.aggregate, Percentile):
            ranked = self._parts[self._inputs.index(sample)]
            return lambda _values, group: ranked[group].n if group in ranked else 0
        evaluate: Evaluate = sample.prepare(self._inputs, self._kpi.nothing_below)

        def count(values: Sequence[Value], _group: Group) -> int | None:
            value = evaluate(values)
            return None if isinstance(value, Undefined) else int(value.to_integral_value(ROUND_HALF_EVEN))

        return count

    def _result(self, group: Group, window: Window) -> Result:
        values: list[Value] = []
        inputs: dict[str, Decimal | None] = {}
        flags: set[str] = set()
        for measure, parts, absent, gap in zip(self._inputs, self._parts, self._absent, window.gaps, strict=True):
            part = None if gap else parts.get(group)
            value = gap or (absent if part is None or part.value is None else part.value)
            values.append(value)
            inputs[measure.name] = None if isinstance(value, Undefined) else value
            if part is not None and any(part.found):
                _note_findings(measure, part, inputs, flags)
        value = self._evaluate(values)
        known = None if isinstance(value, Undefined) else rounded(value, self._unit)
        n = None if any(window.gaps) else self._count(values, group)
        if window.is_partial:
            flags.add("partial_period")
        if known is not None and n is not None and n < self._context.min_cases and self._by != "deal":
            flags.add("small_sample")
        if known is not None and known > 1 and self._kpi.flags_above_one:
            flags.add("above_one")
        if known is not None:
            flags.update(flag for flag, is_reached in self._limits if is_reached(values))
        return Result(
            kpi=self._kpi.name,
            by=self._by,
            key=group[0],
            period=self._period,
            period_start=window.start,
            period_end=window.end,
            value=known,
            unit=self._unit,
            currency=self._context.currency if self._unit is Unit.MONEY else None,
            n=n,
            inputs=inputs,
            model=self._model,
            as_of=self._context.as_of,
            provisional_until=window.provisional_until,
            reason=value.reason if isinstance(value, Undefined) else None,
            flags=tuple(sorted(flags)),
            version=self._kpi.version,
            spread=self._spread(group) if known is not None else (),
            estimator=self._kpi.estimator,
        )

    def _spread(self, group: Group) -> tuple[Decimal, ...]:
        part = self._spread_of.get(group) if self._spread_of is not None else None
        return part.spread if part is not None else ()


def absent(kpi: Kpi, measure: Measure) -> Value:
    """What a measure is worth where a loaded window has no row for it: a sum of nothing is 0 unless its family
    says otherwise, a rank of nothing is not."""
    if isinstance(measure.aggregate, Percentile):
        return Undefined(kpi.nothing_below)
    return Decimal(0) if measure.facts.absent is None else Undefined(measure.facts.absent)


def _note_findings(measure: Measure, part: Part, inputs: dict[str, Decimal | None], flags: set[str]) -> None:
    for check, found in zip(measure.checks, part.found, strict=True):
        if found:
            flags.add(check.flag)
            if check.is_counted:
                inputs[f"{measure.name}_{check.flag}"] = Decimal(found)
