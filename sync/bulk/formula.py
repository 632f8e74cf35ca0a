"""Formulas as whole-number fractions: what stands above and below the line, as sums of measures times whole numbers.

Most formulas are a sum, or one sum divided by another. Such a value can be worked out in whole numbers, and rounding it once
then gives the digits that :mod:`kpi.expression` gives in Decimal of 28 digits (:func:`Ratio.agrees`). The others are left to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from kpi.expression import Constant, Expression, Operation
from kpi.measures.base import Measure
from sync.bulk.whole import EXACT

Linear = Mapping[Measure, Fraction]
"""Measure -> what it is multiplied by; in shown units."""

LARGEST_PRODUCT = 10**26
"""Of the number above the line at the scale of the value: within it, rounding 28 digits and rounding the fraction agree."""


@dataclass(frozen=True)
class Ratio:
    """A formula as ``above ÷ below``; ``below`` None: it is a sum."""

    above: Linear
    below: Linear | None

    def whole(self, divisors: Mapping[Measure, int], scale: int) -> "WholeRatio | None":
        """The same over stored units, at ``scale`` decimals. ``divisors``: measure -> stored units in a shown one. None where
        Decimal rounds on the way: a part that has no finite decimals (days of seconds) may only stand above the line, alone."""
        if self.below is not None and any(not _is_finite(divisors[m]) for m in self.below):
            return None
        if len(self.above) > 1 and any(not _is_finite(divisors[m]) for m in self.above):
            return None
        above, up = _whole(self.above, divisors)
        below, down = ({}, 1) if self.below is None else _whole(self.below, divisors)
        factor = Fraction(10**scale * down, up)
        return WholeRatio(above, below if self.below is not None else None, factor.numerator, factor.denominator)


@dataclass(frozen=True)
class WholeRatio:
    """Value × 10^scale = (Σ above × ``up``) ÷ (Σ below × ``down``), all in whole numbers."""

    above: Mapping[Measure, int]
    below: Mapping[Measure, int] | None
    up: int
    down: int

    def agrees(self, largest: Mapping[Measure, int]) -> bool:
        """Whether the fraction, rounded half-even once, has the digits that Decimal arithmetic gives, for every row whose
        measures are at most ``largest`` in size.

        Decimal gives q (1 + e) with \\|e\\| < 4 · 10^-28. A q that is not halfway between two steps is at least 1 ÷ (2 · below ·
        down) of a step away from there, so nothing changes sides while above · up < 10^26; one that is, has finite decimals,
        and so has every part of it: Decimal is exact there.
        """
        above, below = self.sizes(largest)
        return above * self.up < LARGEST_PRODUCT and above < EXACT and below < EXACT

    def sizes(self, largest: Mapping[Measure, int]) -> tuple[int, int]:
        """The largest that can stand above and below the line, before ``up`` and ``down``."""
        above = sum(abs(times) * largest[m] for m, times in self.above.items())
        below = 1 if self.below is None else sum(abs(times) * largest[m] for m, times in self.below.items())
        return above, below


def ratio(formula: Expression) -> Ratio | None:
    """A formula as a ratio of sums; None for one that is more than that."""
    if (sum_ := linear(formula)) is not None:
        return Ratio(sum_, None)
    if not isinstance(formula, Operation):
        return None
    if formula.operator == "×" and isinstance(formula.right, Constant) and (inner := ratio(formula.left)) is not None:
        times = Fraction(formula.right.value)
        return Ratio({m: part * times for m, part in inner.above.items()}, inner.below)
    if formula.operator != "÷":
        return None
    above, below = linear(formula.left), linear(formula.right)
    return None if above is None or below is None else Ratio(above, below)


def linear(formula: Expression) -> Linear | None:
    """A formula as a sum of measures times numbers; None for one that is more than that."""
    if isinstance(formula, Measure):
        return {formula: Fraction(1)}
    if not isinstance(formula, Operation):
        return None
    left = linear(formula.left)
    if formula.operator == "×" and isinstance(formula.right, Constant) and left is not None:
        return {m: part * Fraction(formula.right.value) for m, part in left.items()}
    right = linear(formula.right)
    if formula.operator not in "+−" or left is None or right is None:
        return None
    sign = 1 if formula.operator == "+" else -1
    found = dict(left)
    for measure, part in right.items():
        found[measure] = found.get(measure, Fraction(0)) + sign * part
    return found


def _whole(parts: Linear, divisors: Mapping[Measure, int]) -> tuple[dict[Measure, int], int]:
    """(measure -> times, divisor): Σ stored × times ÷ divisor is the sum in shown units."""
    stored = {m: part / divisors[m] for m, part in parts.items()}
    divisor = lcm(*(part.denominator for part in stored.values()))
    return {m: int(part * divisor) for m, part in stored.items()}, divisor


def _is_finite(divisor: int) -> bool:
    for prime in (2, 5):
        while divisor % prime == 0:
            divisor //= prime
    return divisor == 1
