"""What numbers may be added to, and what a division leaves: units of measures and formulas.

A unit is a product of the bases below with whole powers: a cost per lead is ``money / count``. It is shown to people
under one of the six names of :class:`Unit`; a formula whose unit has no such name is a mistake.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum


class Unit(StrEnum):
    """How a value is shown. ``ratio`` 0.1234 is 12.34 %; ``days`` are seconds / 86,400; ``money`` is in the home currency."""

    MONEY = "money"
    RATIO = "ratio"
    COUNT = "count"
    DAYS = "days"
    MONTHS = "months"
    SCORE = "score"


class UnitClash(TypeError):
    """A formula adds what does not add, or yields what no unit names. Raised when the definition is imported."""


@dataclass(frozen=True)
class Dimension:
    """Base units with their powers, sorted; no bases is a plain number."""

    powers: tuple[tuple[Unit, int], ...] = ()

    @classmethod
    def of(cls, unit: Unit) -> "Dimension":
        """The dimension of a measure that is shown in ``unit``."""
        return cls() if unit is Unit.RATIO else cls(((unit, 1),))

    def __mul__(self, other: "Dimension") -> "Dimension":
        return self._combined(other, 1)

    def __truediv__(self, other: "Dimension") -> "Dimension":
        return self._combined(other, -1)

    def _combined(self, other: "Dimension", sign: int) -> "Dimension":
        powers = dict(self.powers)
        for unit, power in other.powers:
            powers[unit] = powers.get(unit, 0) + sign * power
        return Dimension(tuple(sorted((unit, power) for unit, power in powers.items() if power)))

    @property
    def unit(self) -> Unit:
        """The name it is shown under: a plain number is a ratio, something per count is that something, money per day is money.

        Raises :class:`UnitClash` for what has no name, such as money times money.
        """
        powers = dict(self.powers)
        if not powers:
            return Unit.RATIO
        if len(powers) > 1 and (powers.get(Unit.COUNT) == -1 or powers.get(Unit.DAYS) == -1):
            powers.pop(Unit.COUNT, None)
        if powers == {Unit.MONEY: 1, Unit.DAYS: -1}:
            return Unit.MONEY
        if len(powers) == 1:
            ((unit, power),) = powers.items()
            if power == 1:
                return unit
        raise UnitClash(f"no unit names {self}")

    def __str__(self) -> str:
        above = " × ".join(f"{u}^{p}" if p > 1 else str(u) for u, p in self.powers if p > 0) or "1"
        below = " × ".join(f"{u}^{-p}" if p < -1 else str(u) for u, p in self.powers if p < 0)
        return f"{above} per {below}" if below else ("ratio" if not self.powers else above)


SCALES = {Unit.MONEY: 6, Unit.RATIO: 10, Unit.COUNT: 9, Unit.DAYS: 6, Unit.MONTHS: 6, Unit.SCORE: 6}
"""Decimals that a computed value keeps. Far past what is shown, and fixed so that every engine gives the same digits."""

_WIDE = Context(prec=64)
"""Room for the largest amount over the smallest: rounding must not fail for data."""

_STEPS = {unit: Decimal(1).scaleb(-scale) for unit, scale in SCALES.items()}


def rounded(value: Decimal, unit: Unit) -> Decimal:
    """``value`` at the unit's scale, half-even."""
    return value.quantize(_STEPS[unit], rounding=ROUND_HALF_EVEN, context=_WIDE)


def plain(value: Decimal) -> str:
    """The shortest decimal text: ``12.5`` for 12.500000, never an exponent."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


KEPT_DECIMALS = 15
"""Of what a value is made of: an amount in millionths times a credit in billionths has so many."""

_KEPT_STEP = Decimal(1).scaleb(-KEPT_DECIMALS)


def kept(value: Decimal) -> str:
    """An input of a result as the shortest decimal text, half-even at :data:`KEPT_DECIMALS`: a third of a day would have no end."""
    text = plain(value)
    decimals = len(text) - text.find(".") - 1 if "." in text else 0
    return text if decimals <= KEPT_DECIMALS else plain(value.quantize(_KEPT_STEP, rounding=ROUND_HALF_EVEN, context=_WIDE))
