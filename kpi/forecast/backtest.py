"""Which model, and how good: tried from one origin of the past after another, each time on what was there until then.

Rolling origins as in Tashman (2000), International Journal of Forecasting 16(4), 437-450. The measure is the mean absolute error,
scaled by that of the seasonal naive forecast within the series (MASE: Hyndman & Koehler 2006, ibid. 22(4), 679-688, equation 3 and
p. 685 for seasons), so that 1 is as good as repeating last year.

Some model always looks best on a few dozen errors, so a challenger must earn it: five in a hundred better than the benchmark over
all origins and horizons, and better at more than half of the origins. Else the benchmark stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import NamedTuple

from kpi.expression import PRECISION
from kpi.forecast.intervals import FEWEST_ERRORS, LIKELY, Range, reach, widest
from kpi.forecast.limits import ANYTHING, Limits
from kpi.forecast.models import BENCHMARK, CHALLENGERS, FEWEST, Model, ModelName
from kpi.units import Unit, rounded

BETTER_BY = Decimal("0.95")
MOST_ORIGINS = 36

_DIGITS = Decimal("0.0001")


class Tried(NamedTuple):
    """A forecast of the past, and what came."""

    place: int
    """Of what came, in the history, from 0."""
    step: int
    """How many periods ahead, from 1."""
    forecast: Decimal
    came: Decimal

    @property
    def error(self) -> Decimal:
        return self.came - self.forecast


@dataclass(frozen=True)
class Ahead:
    """One period ahead. Values are at the scale of the unit."""

    step: int
    """1: the first period after the history."""
    value: Decimal
    likely: Range | None
    """Where it lies 8 times in 10."""
    wide: Range | None
    """95 times in 100, or as near to it as the errors allow; None where they are too few."""
    mean_error: Decimal
    """How far off forecasts so far ahead were on average, whichever way."""
    error_share: Decimal | None
    """The same as a share of what came (WAPE); None where nothing came."""
    errors: int
    """How many forecasts of the past that rests on."""


@dataclass(frozen=True)
class Forecast:
    """What a series will come to, by the model that did best on its past."""

    model: ModelName
    season: int
    """Periods after which a season comes back; 1: the history is too short to tell."""
    values: int
    """How long the history is."""
    origins: int
    """From how many points of the past the model was tried."""
    mase: Decimal | None
    """None: the past never changed, so nothing can be scaled by it."""
    naive_mase: Decimal | None
    """Of the seasonal naive forecast at the same origins."""
    error_share: Decimal | None
    """Mean absolute error over all horizons as a share of what came (WAPE)."""
    ahead: tuple[Ahead, ...]
    tried: tuple[Tried, ...]


LEAST_VALUES = FEWEST + FEWEST_ERRORS
"""With fewer values than this there is no forecast at all."""


def forecast(history: Sequence[Decimal], *, season: int, ahead: int, unit: Unit, limits: Limits = ANYTHING) -> Forecast | None:
    """The next ``ahead`` values, or as many as could be tried on the past; None for a history that is too short for any.

    ``history``: one value per period without a gap, the oldest first. ``season``: 12 for months, 52 for weeks.
    """
    ahead = min(ahead, len(history) - FEWEST - FEWEST_ERRORS + 1)
    if ahead < 1:
        return None
    if len(history) < season + ahead + FEWEST_ERRORS - 1:
        season = 1  # a year before cannot be tried often enough
    with localcontext(PRECISION):
        return _best(list(history), season, ahead, unit, limits)


class _Trial(NamedTuple):
    name: ModelName
    tried: tuple[Tried, ...]
    next_values: Sequence[Decimal]


def _best(values: list[Decimal], season: int, ahead: int, unit: Unit, limits: Limits) -> Forecast:
    benchmark = _trial(BENCHMARK, values, season, ahead, limits)
    assert benchmark is not None  # noqa: S101 - the season was chosen so that it can be tried
    best, best_share = benchmark, BETTER_BY
    for model in CHALLENGERS:
        found = None if model.name == "naive" and season == 1 else _trial(model, values, season, ahead, limits)
        if found is not None and (share := _share_of(found, benchmark)) is not None and share < best_share:
            best, best_share = found, share
    name: ModelName = "naive" if best is benchmark and season == 1 else best.name
    return _summed_up(best._replace(name=name), benchmark, values, season, unit, limits)


def _trial(model: Model, values: list[Decimal], season: int, ahead: int, limits: Limits) -> _Trial | None:
    """None where it could not be tried as often as an interval needs."""
    first = max(model.needs(season), FEWEST, len(values) - MOST_ORIGINS)
    if len(values) - first < ahead + FEWEST_ERRORS - 1:
        return None
    origins = range(first, len(values) + 1)
    rows = [[limits.hold(value) for value in row] for row in model.rows(values, origins, ahead, season)]
    tried = tuple(
        Tried(t + step, step + 1, row[step], values[t + step])
        for t, row in zip(origins, rows, strict=True)
        for step in range(min(ahead, len(values) - t))
    )
    return _Trial(model.name, tried, rows[-1])


def _share_of(challenger: _Trial, benchmark: _Trial) -> Decimal | None:
    """Its errors as a share of the benchmark's, where both were tried; None where it is not better at most origins."""
    theirs = {(t.place, t.step): abs(t.error) for t in benchmark.tried}
    pairs = [(t.place - t.step, abs(t.error), theirs[t.place, t.step]) for t in challenger.tried if (t.place, t.step) in theirs]
    whole = sum((other for _, _, other in pairs), Decimal(0))
    leads: dict[int, Decimal] = {}
    for origin, own, other in pairs:
        leads[origin] = leads.get(origin, Decimal(0)) + other - own
    wins = sum(lead > 0 for lead in leads.values())
    if not whole or 2 * wins <= len(leads):
        return None
    return sum((own for _, own, _ in pairs), Decimal(0)) / whole


def _summed_up(best: _Trial, benchmark: _Trial, values: list[Decimal], season: int, unit: Unit, limits: Limits) -> Forecast:
    places = {(t.place, t.step) for t in best.tried}
    naive = [abs(t.error) for t in benchmark.tried if (t.place, t.step) in places]
    scale = _mean([abs(value - before) for before, value in zip(values, values[season:], strict=False)])
    own = [abs(t.error) for t in best.tried]
    return Forecast(
        model=best.name,
        season=season,
        values=len(values),
        origins=len({t.place - t.step for t in best.tried}),
        mase=(_mean(own) / scale).quantize(_DIGITS) if scale else None,
        naive_mase=(_mean(naive) / scale).quantize(_DIGITS) if scale and naive else None,
        error_share=_share(best.tried),
        ahead=tuple(_ahead(best, unit, limits)),
        tried=best.tried,
    )


def _ahead(best: _Trial, unit: Unit, limits: Limits) -> list[Ahead]:
    found: list[Ahead] = []
    near, wide = Decimal(0), Decimal(0)
    for step, value in enumerate(best.next_values, start=1):
        tried = [t for t in best.tried if t.step == step]
        errors = [t.error for t in tried]
        # Farther ahead nothing is surer, whatever a few errors say.
        near = max(near, reach(errors, LIKELY) or Decimal(0))
        reached = widest(errors)
        wide = max(wide, near, reached[0] if reached else Decimal(0))
        found.append(
            Ahead(
                step=step,
                value=rounded(value, unit),
                likely=around(value, near, LIKELY, unit, limits),
                wide=around(value, wide, reached[1], unit, limits) if reached else None,
                mean_error=rounded(_mean([abs(error) for error in errors]), unit),
                error_share=_share(tried),
                errors=len(errors),
            )
        )
    return found


def around(value: Decimal, reach: Decimal, level: Decimal, unit: Unit, limits: Limits) -> Range:
    """``value`` ± ``reach``, within the limits, at the scale of the unit."""
    return Range(rounded(limits.hold(value - reach), unit), rounded(limits.hold(value + reach), unit), level)


def _share(tried: Sequence[Tried]) -> Decimal | None:
    """Weighted absolute percentage error: what forecasts were off by, as a share of what came."""
    came = sum((abs(t.came) for t in tried), Decimal(0))
    return (sum((abs(t.error) for t in tried), Decimal(0)) / came).quantize(_DIGITS) if came else None


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)
