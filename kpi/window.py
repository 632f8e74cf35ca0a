"""Which days a result is about: what is read for it, where its period begins and ends, when it settles, what is not loaded of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kpi.card import Kpi
from kpi.measures.base import By, Measure, Sum
from kpi.periods import Period, period_end
from kpi.scan import NOTHING, Known, Scan, Wanted, scan_of
from kpi.text import Text
from kpi.undefined import Reason, Undefined

SMALL_SAMPLE = 5
"""Fewer cases than this are flagged ``small_sample`` unless the context says otherwise (KPI_DEFINITIONS R12)."""


@dataclass(frozen=True)
class Coverage:
    """What is loaded of one family of facts."""

    since: date | None
    """First day that is completely loaded; None: the whole history is."""
    settles_days: int
    """How many days after a period its figures may still be restated."""


@dataclass(frozen=True)
class ComputeContext:
    """What results depend on besides the rows."""

    as_of: datetime
    """The run's instant, UTC."""
    today: date
    """The date of that instant in the reporting zone; later days are not read."""
    currency: str
    """The company's currency, ISO 4217."""
    coverage: Mapping[str, Coverage]
    """Family -> what is loaded; a family that is absent has no connected source."""
    min_cases: int = SMALL_SAMPLE
    """Fewer than this are flagged ``small_sample``."""
    known: Known = NOTHING
    """What holds of all rows of the marts: the values are the same without it."""


Asked = Mapping[str, Mapping[Period, Sequence[Kpi]]]
"""Attribution model -> kind of period -> the KPIs that are computed."""


@dataclass(frozen=True)
class Sources:
    """How the inputs of one KPI are read; an input without a scan has no source."""

    since: date | None
    """Where ``all`` begins; None: the whole history."""
    scans: Mapping[Measure, Scan]
    squared: Measure | None
    """The sum of which the sum of squares is wanted too."""


def sources(kpi: Kpi, by: By, period: Period, model: str, context: ComputeContext) -> Sources:
    """How a KPI is read by one dimension and for one kind of period."""
    connected = [m for m in kpi.formula.inputs if m.facts.name in context.coverage]
    known = [context.coverage[m.facts.name].since for m in connected]
    since = max((day for day in known if day is not None), default=None) if period == "all" else None
    scans = {m: scan_of(m, by=by, model=model, since=since, until=context.today, known=context.known) for m in connected}
    spread_of = kpi.estimator.spread_of if kpi.estimator else None
    # One deal has no mean: its row would only be wider.
    wants = by != "deal" and spread_of is not None and isinstance(spread_of.aggregate, Sum)
    return Sources(since, scans, spread_of if wants else None)


def sources_of(asked: Asked, by: By, context: ComputeContext) -> dict[tuple[str, Period, str], Sources]:
    """How everything that is asked of one dimension is read, by attribution model, kind of period and name of the KPI."""
    return {
        (model, period, kpi.name): sources(kpi, by, period, model, context)
        for model, periods in asked.items()
        for period, kpis in periods.items()
        for kpi in kpis
    }


def those(asked: Asked, fit: Callable[[Kpi, Period], bool]) -> dict[str, dict[Period, list[Kpi]]]:
    """Of what is asked the KPIs that fit for a kind of period."""
    return {
        model: {period: [kpi for kpi in kpis if fit(kpi, period)] for period, kpis in periods.items()}
        for model, periods in asked.items()
    }


def read_together(read: Mapping[tuple[str, Period, str], Sources]) -> dict[Scan, tuple[Wanted, ...]]:
    """What several KPIs, by attribution model, period and name, read in the same scans: what has no model is read once."""
    kinds: dict[Scan, dict[Measure, dict[Period, None]]] = {}
    squared: set[tuple[Scan, Measure]] = set()
    for (_, period, _), one in read.items():
        for measure, scan in one.scans.items():
            kinds.setdefault(scan, {}).setdefault(measure, {})[period] = None
            if measure is one.squared:
                squared.add((scan, measure))
    return {
        scan: tuple(Wanted(measure, tuple(periods), (scan, measure) in squared) for measure, periods in measures.items())
        for scan, measures in kinds.items()
    }


@dataclass(frozen=True)
class Window:
    """What all results of one KPI and period share."""

    start: date
    end: date
    """Exclusive."""
    provisional_until: date | None
    is_partial: bool
    gaps: tuple[Undefined | None, ...]
    """For each input, why it is not known in this period."""


class Windows:
    """The windows of one KPI, each worked out once. ``first_days``: the earliest day that each of its scans read for ``all``."""

    def __init__(
        self, kpi: Kpi, period: Period, context: ComputeContext, read: Sources, first_days: Iterable[date | None]
    ) -> None:
        self._inputs, self._period, self._context, self._read = kpi.formula.inputs, period, context, read
        self._first_days = tuple(first_days)
        settles = [context.coverage[m.facts.name].settles_days for m in read.scans]
        self._settles_days = max(settles, default=0)
        self._known: dict[date | None, Window] = {}

    def of(self, start: date | None) -> Window:
        """The one that begins on a day; None: ``all``."""
        window = self._known.get(start)
        if window is None:
            window = self._known[start] = self._window(start)
        return window

    def _window(self, start: date | None) -> Window:
        today = self._context.today
        if start is None:
            first, end, is_partial = self._beginning(), today + timedelta(days=1), False
        else:
            first, end = start, period_end(self._period, start)
            is_partial = start <= today < end
        settled = end + timedelta(days=self._settles_days)
        gaps = tuple(self._gap(measure, start) for measure in self._inputs)
        return Window(first, end, settled if settled > today else None, is_partial, gaps)

    def _beginning(self) -> date:
        days = [self._read.since] if self._read.since else [day for day in self._first_days if day is not None]
        return min(days, default=self._context.today)

    def _gap(self, measure: Measure, start: date | None) -> Undefined | None:
        coverage = self._context.coverage.get(measure.facts.name)
        if coverage is None:
            return Undefined(Reason(f"{measure.facts.name}_not_connected", measure.facts.not_connected))
        if coverage.since is None:
            return None
        is_before = start is not None and start < coverage.since
        # Users of `all` were counted from one day on and cannot be cut to a later one.
        is_wider = start is None and measure.facts.own_periods == "cuts" and self._read.since != coverage.since
        return Undefined(_loaded_from(measure, coverage.since)) if is_before or is_wider else None


def _loaded_from(measure: Measure, since: date) -> Reason:
    what = measure.facts.loaded_from
    day = since.isoformat()
    return Reason(f"{measure.facts.name}_not_loaded", Text(what.en.format(day=day), what.fr.format(day=day)))
