"""The models that are tried. Each says, for every origin of a series at once, what it would have forecast from there.

From an origin ``t`` a model knows the first ``t`` values and nothing later; its parameters are those with the least squared
one-step errors so far. A filter's errors up to ``t`` do not change when later values come in, so one pass per parameter serves all
origins: the whole trial of a model costs as much as fitting it once.

No model with more to learn than a few dozen months can teach is among them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, NamedTuple

from kpi.forecast.season import adjusted
from kpi.text import Text

ModelName = Literal["seasonal_naive", "naive", "drift", "ses", "damped", "theta", "theta_seasonal"]

TITLES: Mapping[ModelName, Text] = MappingProxyType(
    {
        "seasonal_naive": Text("as a year before", "comme un an plus tôt"),
        "naive": Text("as the last period", "comme la dernière période"),
        "drift": Text("last period and average step", "dernière période et pas moyen"),
        "ses": Text("simple exponential smoothing", "lissage exponentiel simple"),
        "damped": Text("damped trend", "tendance amortie"),
        "theta": Text("Theta", "Thêta"),
        "theta_seasonal": Text("Theta, seasonally adjusted", "Thêta, corrigé des saisons"),
    }
)

Rows = list[list[Decimal]]
"""For each origin, the forecasts one, two … periods ahead."""

FEWEST = 6
"""Values that a model has before it is asked for anything: two quarters of months."""

_ALPHAS = tuple(Decimal(text) for text in ("0.05", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"))
_DAMPED = tuple(
    (Decimal(alpha), Decimal(beta), Decimal(phi))
    for alpha in ("0.1", "0.3", "0.5", "0.7", "0.9")
    for beta in ("0.05", "0.1", "0.3")
    for phi in ("0.8", "0.9", "0.98")
)
"""Damping between 0.8 and 0.98, as Hyndman & Athanasopoulos advise (Forecasting: Principles and Practice, 3rd ed., section 8.2,
https://otexts.com/fpp3/holt.html)."""


class Model(NamedTuple):
    """``rows(values, origins, ahead, season)``; ``needs(season)``: the least values at an origin."""

    name: ModelName
    needs: Callable[[int], int]
    rows: Callable[[Sequence[Decimal], range, int, int], Rows]


def _seasonal_naive(values: Sequence[Decimal], origins: range, ahead: int, season: int) -> Rows:
    """The value of the same season of the last year; with ``season`` 1 the last value (FPP3, section 5.2)."""
    return [[values[t - season + step % season] for step in range(ahead)] for t in origins]


def _drift(values: Sequence[Decimal], origins: range, ahead: int, _season: int) -> Rows:
    """The line through the first and the last value (FPP3, section 5.2)."""
    return [[values[t - 1] + step * (values[t - 1] - values[0]) / (t - 1) for step in range(1, ahead + 1)] for t in origins]


def _ses(values: Sequence[Decimal], origins: range, ahead: int, _season: int) -> Rows:
    """Simple exponential smoothing (FPP3, section 8.1), from the mean of the first values."""
    begun = sum(values[:FEWEST], Decimal(0)) / FEWEST
    return [[level] * ahead for level, _ in _smoothed(values, origins, begun)]


def _smoothed(values: Sequence[Decimal], origins: range, begun: Decimal) -> list[tuple[Decimal, Decimal]]:
    """(level, alpha) at each origin, with the alpha that was best until then."""
    best: list[tuple[Decimal, Decimal, Decimal]] = []
    for alpha in _ALPHAS:
        level, squares = begun, Decimal(0)
        for t, value in enumerate(values[: origins[-1]], start=1):
            error = value - level
            squares += error * error
            level += alpha * error
            if t >= origins[0]:
                _keep(best, t - origins[0], (squares, level, alpha))
    return [(level, alpha) for _, level, alpha in best]


def _keep(best: list[tuple[Decimal, Decimal, Decimal]], place: int, found: tuple[Decimal, Decimal, Decimal]) -> None:
    if place == len(best):
        best.append(found)
    elif found[0] < best[place][0]:
        best[place] = found


def _damped(values: Sequence[Decimal], origins: range, ahead: int, _season: int) -> Rows:
    """Holt's linear trend, damped: Gardner & McKenzie (1985), Management Science 31(10), 1237-1246; FPP3, section 8.2."""
    best: list[tuple[Decimal, Rows]] = []
    begun = (values[FEWEST - 1] - values[0]) / (FEWEST - 1)
    for alpha, beta, phi in _DAMPED:
        level, trend, squares = values[0], begun, Decimal(0)
        sums = _sums_of_powers(phi, ahead)
        for t, value in enumerate(values[1 : origins[-1]], start=2):
            expected = level + phi * trend
            error = value - expected
            squares += error * error
            before, level = level, expected + alpha * error
            trend = beta * (level - before) + (1 - beta) * phi * trend
            place = t - origins[0]
            if place < 0:
                continue
            if place == len(best):
                best.append((squares, [[level, trend, *sums]]))
            elif squares < best[place][0]:
                best[place] = (squares, [[level, trend, *sums]])
    return [[level + trend * power for power in powers] for _, ((level, trend, *powers),) in best]


def _sums_of_powers(phi: Decimal, ahead: int) -> list[Decimal]:
    sums, power, total = [], Decimal(1), Decimal(0)
    for _ in range(ahead):
        power *= phi
        total += power
        sums.append(total)
    return sums


def _theta(values: Sequence[Decimal], origins: range, ahead: int, _season: int) -> Rows:
    """Assimakopoulos & Nikolopoulos (2000), International Journal of Forecasting 16(4), 521-530, as simple exponential smoothing with
    half the slope of a straight line as drift: Hyndman & Billah (2003), ibid. 19(2), 287-290. With level X, slope b, smoothing a:
    X + b/2 · (h − 1 + (1 − (1 − a)^n) / a)."""
    slopes = dict(zip(origins, _slopes(values, origins), strict=True))
    rows = []
    for t, (level, alpha) in zip(origins, _smoothed(values, origins, values[0]), strict=True):
        offset = (1 - (1 - alpha) ** t) / alpha
        rows.append([level + slopes[t] / 2 * (step + offset) for step in range(ahead)])
    return rows


def _slopes(values: Sequence[Decimal], origins: Iterable[int]) -> list[Decimal]:
    """Of the straight line of least squares through the first ``t`` values, for each ``t``."""
    wanted = set(origins)
    total, weighted, slopes = Decimal(0), Decimal(0), []
    for t, value in enumerate(values[: max(wanted)], start=1):
        total += value
        weighted += t * value
        if t in wanted:
            slopes.append((12 * weighted - 6 * (t + 1) * total) / (t * (t * t - 1)))
    return slopes


def _theta_seasonal(values: Sequence[Decimal], origins: range, ahead: int, season: int) -> Rows:
    """The same on the seasonally adjusted values, with the seasons put back: what the authors do."""
    rows = []
    for t in origins:
        calm = adjusted(values[:t], season)
        (row,) = _theta(calm.values, range(t, t + 1), ahead, season)
        rows.append([calm.put_back(value, t + step) for step, value in enumerate(row)])
    return rows


BENCHMARK = Model("seasonal_naive", lambda season: season, _seasonal_naive)
"""With ``season`` 1 it is called naive."""

CHALLENGERS: tuple[Model, ...] = (
    Model("naive", lambda _season: FEWEST, lambda values, origins, ahead, _season: _seasonal_naive(values, origins, ahead, 1)),
    Model("drift", lambda _season: FEWEST, _drift),
    Model("ses", lambda _season: FEWEST, _ses),
    Model("damped", lambda _season: FEWEST, _damped),
    Model("theta", lambda _season: FEWEST, _theta),
    Model("theta_seasonal", lambda season: 2 * season, _theta_seasonal),
)
"""The simpler first: of two that are equally good it is taken."""
