"""How each target stands, from the shelf: what is done, what should be done by now, what the period will end at."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from kpi.card import Kpi
from kpi.expression import PRECISION
from kpi.forecast import Range
from kpi.forecast.present import LEAST_SHARE, Profile
from kpi.periods import Period, period_end
from kpi.targets import Kind, Standing, State, Target, kind_of, meets, progress, state
from kpi.text import Text
from kpi.uncertainty import Interval
from kpi.units import Unit, rounded
from sync import render
from sync.house import House
from sync.publish.forecast_store import Kept, forecast
from sync.publish.members import member_of
from sync.publish.running import share_elapsed
from sync.publish.shelf import Figure, Shelf
from sync.publish.targets.said import read_period, targets
from sync.publish.targets.trail import trail
from sync.publish.targets.when import before, running_start

Basis = Literal["forecast", "pace", "none"]
"""What the projected end is made of: the forecast of what is left, the pace so far carried on, or there is none."""


@dataclass(frozen=True)
class TargetStatus:
    """One target in one of its periods."""

    target: Target
    kind: Kind
    start: date
    end: date
    """Exclusive."""
    state: State
    unit: str
    currency: str | None
    as_of: datetime
    is_over: bool = False
    value: Decimal | None = None
    """Done so far, of what adds up; else the present value."""
    n: int | None = None
    interval: Interval | None = None
    share: Decimal | None = None
    """How much of the target should be done by now, of what adds up."""
    profile: Profile | None = None
    """What that share is made of."""
    projected: Decimal | None = None
    likely: Range | None = None
    basis: Basis = "none"
    baseline: Decimal | None = None
    reason: Text | None = None
    """Why it could not be computed, or what else is to be known."""

    @property
    def expected(self) -> Decimal | None:
        """What should be done by now."""
        return None if self.share is None else PRECISION.multiply(self.target.value, self.share)

    @property
    def pace(self) -> Decimal | None:
        """What is done as a share of what should be: 1 is in step."""
        if self.value is None or not self.expected:
            return None
        return rounded(PRECISION.divide(self.value, self.expected), Unit.RATIO)

    @property
    def progress(self) -> Decimal | None:
        """How much of the way from the baseline to the target is done."""
        if self.value is None or self.baseline is None:
            return None
        way = progress(self.target.direction, self.baseline, self.target.value, self.value)
        return None if way is None else rounded(way, Unit.RATIO)


def statuses(house: House, shelf: Shelf) -> list[TargetStatus]:
    """One for each target of the settings, in their order; of a target for each period, the one that is running.

    Empty where nothing has been synced yet.
    """
    if shelf.today is None or shelf.as_of is None:
        return []
    look = _Look(house, shelf, shelf.today, shelf.as_of)
    return [look.at(target) for target in targets(house.settings, house.catalogue)]


class _Look:
    """One look at the shelf."""

    def __init__(self, house: House, shelf: Shelf, today: date, as_of: datetime) -> None:
        self._house, self._shelf, self._today, self._as_of = house, shelf, today, as_of
        self._first_month = house.settings.kpis.fiscal_year_start

    def at(self, target: Target) -> TargetStatus:
        kpi = self._house.catalogue.kpis[target.kpi]
        start = target.start or running_start(target.period, self._today, self._first_month)
        currency = self._shelf.currency if kpi.unit == "money" else None
        blank = TargetStatus(
            target=target,
            kind=kind_of(kpi),
            start=start,
            end=period_end(target.period, start),
            state="not_computed",
            unit=str(kpi.unit),
            currency=currency,
            as_of=self._as_of,
            is_over=period_end(target.period, start) <= self._today,
        )
        key = member_of(self._shelf, target.by, target.key)
        if key is None:
            return replace(blank, reason=_no_member(target))
        if start > self._today:
            on = {locale: render.day(start, locale) for locale in ("en", "fr")}
            return replace(blank, reason=Text(f"it begins on {on['en']}", f"il commence le {on['fr']}"))
        read = read_period(target, kpi)
        if read == "all" and blank.is_over:
            return self._as_it_stood(blank)
        figure = self._shelf.figure(kpi.name, by=target.by, key=key, period=read, start=None if read == "all" else start)
        if figure is None or figure.value is None:
            return replace(blank, reason=(figure.reason if figure else None) or _NO_VALUE)
        return self._judged(kpi, key, figure, self._with_baseline(kpi, key, blank))

    def _as_it_stood(self, blank: TargetStatus) -> TargetStatus:
        """Of what is known at one moment only: its last figure of the period, as it was kept then."""
        kept = [stood for stood in trail(self._shelf, blank.target.name, blank.start) if stood.value is not None]
        if not kept or kept[-1].value is None:
            return replace(blank, reason=_ONE_MOMENT)
        value = kept[-1].value
        is_met = meets(blank.target.direction, value, blank.target.value)
        return replace(blank, state="reached" if is_met else "missed", value=value)

    def _with_baseline(self, kpi: Kpi, key: str, blank: TargetStatus) -> TargetStatus:
        said = blank.target.baseline
        if isinstance(said, Decimal):
            return replace(blank, baseline=said)
        period, start = said
        figure = self._shelf.figure(kpi.name, by=blank.target.by, key=key, period=period, start=start)
        value = figure.value if figure else None
        if value is None:
            return replace(blank, reason=_NO_BASELINE)
        is_met = meets(blank.target.direction, value, blank.target.value)
        return replace(blank, baseline=value, reason=_ALREADY_MET if is_met else None)

    def _judged(self, kpi: Kpi, key: str, figure: Figure, known: TargetStatus) -> TargetStatus:
        found = replace(known, value=figure.value, n=figure.n, interval=figure.interval)
        if not known.is_over:
            found = (
                self._projected_flow(kpi, key, figure, found) if found.kind == "flow" else self._projected_level(kpi, key, found)
            )
        standing = Standing(
            figure.value,
            is_over=known.is_over,
            is_settled=figure.provisional_until is None or figure.provisional_until <= self._today,
            has_few_cases="small_sample" in figure.flags,
            projected=found.projected,
            likely=found.likely,
        )
        stands = state(found.kind, found.target.direction, found.target.value, standing)
        return replace(found, state=stands, reason=found.reason or _may_be_chance(found, stands))

    # --- what the period will end at ------------------------------------------------------------------------------------

    def _projected_flow(self, kpi: Kpi, key: str, figure: Figure, known: TargetStatus) -> TargetStatus:
        """By the forecast where it reaches to the end of the period, else at the pace so far."""
        elapsed = share_elapsed(self._shelf, known.start, known.end)
        kept = forecast(self._shelf, kpi.name, known.target.by, key)
        share, profile = self._share(kpi, key, known, elapsed, kept)
        found = replace(known, share=share.quantize(Decimal("0.0001")), profile=profile)
        assert figure.value is not None  # noqa: S101 - looked at before
        if kept is not None and (rest := self._rest(kept, known.end)) is not None:
            value, low, high, level = rest
            done = figure.value
            return replace(
                found,
                projected=rounded(done + value, kpi.unit),
                likely=Range(rounded(done + low, kpi.unit), rounded(done + high, kpi.unit), level),
                basis="pace" if kept.present and kept.present.rest == "pace" and known.target.period == "month" else "forecast",
            )
        if share < LEAST_SHARE:
            return found
        return replace(found, projected=rounded(PRECISION.divide(figure.value, share), kpi.unit), basis="pace")

    def _rest(self, kept: Kept, end: date) -> tuple[Decimal, Decimal, Decimal, Decimal] | None:
        """What is still to come before a day: of the month that is running, and of the months after it. (value, low, high, level)

        Ends are added up as if all months were off the same way, which is more than they are likely to be.
        """
        running, present = kept.running, kept.present
        if running is None or present is None or present.likely is None or not running.start <= self._today < running.end:
            return None
        likely = present.likely
        value, low, high = present.value - present.done, likely.low - present.done, likely.high - present.done
        reached = running.end
        for coming in kept.coming:
            if coming.start < running.end or coming.start >= end:
                continue
            if coming.ahead.likely is None:
                return None
            value += coming.ahead.value
            low += coming.ahead.likely.low
            high += coming.ahead.likely.high
            reached = coming.end
        return (value, low, high, likely.level) if reached >= end else None

    def _share(self, kpi: Kpi, key: str, known: TargetStatus, elapsed: Decimal, kept: Kept | None) -> tuple[Decimal, Profile]:
        """Of a month, what is usually done by now; of a quarter or year, what was done of the same one a year ago."""
        if known.target.period == "month":
            if kept is not None and kept.present is not None and kept.running is not None and kept.running.start == known.start:
                return kept.present.share, kept.present.profile
            return elapsed, "days"
        last = self._last_year(kpi, key, known)
        if last is None:
            return elapsed, "days"
        done, months, whole = Decimal(0), 0, sum(last, Decimal(0))
        start = known.start
        for value in last:
            end = period_end("month", start)
            if end <= self._today:
                done, months = done + value, months + 1
            elif start <= self._today:
                done += PRECISION.multiply(value, share_elapsed(self._shelf, start, end))
            start = end
        return PRECISION.divide(done, whole), "last_year"

    def _last_year(self, kpi: Kpi, key: str, known: TargetStatus) -> Sequence[Decimal] | None:
        """The months of the same period a year ago; None unless all are known and they make something."""
        start = known.start.replace(year=known.start.year - 1)
        wanted = 3 if known.target.period == "quarter" else 12
        figures = self._shelf.series(
            kpi.name, by=known.target.by, key=key, period="month", since=start, until=period_end(known.target.period, start)
        )
        values = [figure.value for figure in figures if figure.value is not None]
        return values if len(values) == wanted and min(values) >= 0 and sum(values) > 0 else None

    def _projected_level(self, kpi: Kpi, key: str, known: TargetStatus) -> TargetStatus:
        """Of what stands at the end of each month (recurring revenue): the forecast of the period's last month. A rate of the whole
        period is not that of its last month, and is judged as it is."""
        if any(measure.level != "closing" for measure in kpi.formula.inputs):
            return known
        kept = forecast(self._shelf, kpi.name, known.target.by, key)
        coming = kept.of(before("month", known.end)) if kept is not None else None
        if coming is None:
            return known
        return replace(known, projected=coming.ahead.value, likely=coming.ahead.likely, basis="forecast")


def _may_be_chance(found: TargetStatus, stands: State) -> Text | None:
    """Of a rate or mean whose interval holds the target."""
    if found.interval is None or stands not in ("on_track", "at_risk", "reached", "missed"):
        return None
    if not found.interval.low <= found.target.value <= found.interval.high:
        return None
    return Text("so near the target it may be chance", "si près de l'objectif que ce peut être le hasard")


def _no_member(target: Target) -> Text:
    return Text(f"no {target.by} with figures is called {target.key}", f"rien de connu sous le nom {target.key} ({target.by})")


_NO_VALUE = Text("there is no figure of this period", "il n'y a pas de valeur pour cette période")
_NO_BASELINE = Text(
    "its baseline is not known: that period has no figure", "sa base est inconnue : cette période n'a pas de valeur"
)
_ALREADY_MET = Text("its baseline is beyond the target already", "sa base est déjà au-delà de l'objectif")
_ONE_MOMENT = Text(
    "its period is over, and this KPI is known at the present moment only",
    "sa période est terminée, et cet indicateur n'est connu qu'à l'instant présent",
)


def crm_goals(house: House, shelf: Shelf) -> list[Figure]:
    """Where the CRM's own goals stand (KPI ``quota_attainment``), at total and by owner, in the month, quarter and year that are
    running; they are the CRM's, and no target of the settings repeats them."""
    if shelf.today is None:
        return []
    found: list[Figure] = []
    periods: tuple[Period, ...] = ("month", "quarter", "year")
    for period in periods:
        start = running_start(period, shelf.today, house.settings.kpis.fiscal_year_start)
        for by in ("total", "owner"):
            cut = shelf.cut(["quota_attainment"], by=by, period=period, start=start)
            found += [figures["quota_attainment"] for _, figures in sorted(cut.items())]
    return [figure for figure in found if figure.value is not None]
