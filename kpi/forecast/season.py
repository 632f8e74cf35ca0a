"""Seasons taken out of a series and put back: classical decomposition (Hyndman & Athanasopoulos, Forecasting: Principles and
Practice, 3rd ed., section 3.4, https://otexts.com/fpp3/classical-decomposition.html)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

_LEAST_INDEX = Decimal("0.1")
"""Below a tenth of the usual a season is better subtracted: what little stands there would be blown up by the division."""


@dataclass(frozen=True)
class Adjusted:
    """A series without its seasons."""

    values: Sequence[Decimal]
    indices: Sequence[Decimal]
    """One per season, that of the first value first."""
    is_multiplicative: bool

    def put_back(self, value: Decimal, place: int) -> Decimal:
        """``value`` with the season of a place in the series, from 0, also beyond its end."""
        index = self.indices[place % len(self.indices)]
        return value * index if self.is_multiplicative else value + index


def adjusted(values: Sequence[Decimal], season: int) -> Adjusted:
    """Of at least two full years. Seasons multiply where every value is above 0, else they add."""
    trend = _trend(values, season)
    half = season // 2
    within = range(half, half + len(trend))
    if min(values) > 0:
        ratios: list[list[Decimal]] = [[] for _ in range(season)]
        for place, level in zip(within, trend, strict=True):
            ratios[place % season].append(values[place] / level)
        means = [_mean(found) for found in ratios]
        level = _mean(means)
        indices = [mean / level for mean in means]
        if min(indices) > _LEAST_INDEX:
            return Adjusted([value / indices[place % season] for place, value in enumerate(values)], indices, True)
    rests: list[list[Decimal]] = [[] for _ in range(season)]
    for place, level in zip(within, trend, strict=True):
        rests[place % season].append(values[place] - level)
    means = [_mean(found) for found in rests]
    level = _mean(means)
    indices = [mean - level for mean in means]
    return Adjusted([value - indices[place % season] for place, value in enumerate(values)], indices, False)


def _trend(values: Sequence[Decimal], season: int) -> list[Decimal]:
    """The moving average over an even number of seasons, centred: its first and last weigh half."""
    half = season // 2
    window = sum(values[: season + 1], Decimal(0))
    found = []
    for middle in range(half, len(values) - half):
        if middle > half:
            window += values[middle + half] - values[middle - half - 1]
        found.append((window - (values[middle - half] + values[middle + half]) / 2) / season)
    return found


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)
