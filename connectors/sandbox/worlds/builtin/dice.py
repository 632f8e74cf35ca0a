"""Chance that falls the same way on every machine and every Python.

Only ``random.Random.random`` is used, whose sequence for an integer seed Python promises to keep
(https://docs.python.org/3/library/random.html#notes-on-reproducibility, 2026-11-21); ``choice``, ``gauss`` and the like
may change with a version, and logarithms differ in the last bit between machines. Skewed quantities therefore come
from tables of quantiles, joined by straight lines.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")

Quantiles = Sequence[tuple[float, float]]
"""``(share, value)`` with rising shares from 0 to 1: that share of draws lies below the value."""


class Weighted(Generic[T]):
    """Things drawn by whole-number weight."""

    def __init__(self, *pairs: tuple[T, int]) -> None:
        self.items = tuple(item for item, _ in pairs)
        self._ends = tuple(accumulate(weight for _, weight in pairs))

    def at(self, unit: float) -> T:
        return self.items[bisect_right(self._ends, int(unit * self._ends[-1]))]


class Dice:
    """The chance of one story of one world. Each story has its own, so that a change in one leaves the others alone."""

    def __init__(self, seed: int, story: str) -> None:
        digest = hashlib.sha256(f"{seed}:{story}".encode()).digest()
        self.unit = Random(int.from_bytes(digest[:8], "big")).random  # noqa: S311 - a made-up world, not a secret
        """A number from 0 inclusive to 1 exclusive."""

    def chance(self, share: float) -> bool:
        return self.unit() < share

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.unit() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.unit() * len(items))]

    def draw(self, weighted: Weighted[T]) -> T:
        return weighted.at(self.unit())

    def quantile(self, table: Quantiles) -> int:
        """A whole number from a table of quantiles."""
        unit = self.unit()
        place = bisect_right(table, unit, key=lambda point: point[0])
        (low_share, low), (high_share, high) = table[place - 1], table[place]
        return int(low + (high - low) * (unit - low_share) / (high_share - low_share))

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Different items, in random order."""
        rest = list(items)
        return [rest.pop(int(self.unit() * len(rest))) for _ in range(min(count, len(rest)))]
