"""Why a KPI moved: its change as a sum of parts, each with a meaning.

For a ratio over the members of a dimension (win rate by channel): **mix**, because more of the whole fell to members with a
high ratio, and **rate**, because members' own ratios moved. For a sum with a count behind it (revenue, of deals): **volume**,
**mix** and **rate**, the worth of one. For a plain sum: what each member added. For any other formula: each input's own share
of the change (L. S. Shapley, 1953: the mean, over all orders, of what changing that input does).

All is exact (fractions), all is even-handed: the way back gives each part with the other sign, and where nothing moved every
part is 0. Parts add up to the change to the last digit; what rounding leaves goes to the largest part.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import factorial

from kpi.expression import AboveZero, Absolute, AtMost, Constant, Expression, Operation
from kpi.measures.base import Measure, Percentile

MOST_INPUTS = 10
"""Inputs that moved: 1,024 mixtures of old and new values."""

Inputs = Mapping[str, Fraction]
"""Measure -> its value."""


def value_of(formula: Expression, inputs: Inputs) -> Fraction | None:
    """The formula's exact value; None where it has none: a division by zero, nothing left of what must be above zero. Raises
    TypeError for a kind of formula that is not known here."""
    if isinstance(formula, Constant):
        return Fraction(formula.value)
    if isinstance(formula, Measure):
        return inputs[formula.name]
    if isinstance(formula, Absolute):
        inner = value_of(formula.inner, inputs)
        return None if inner is None else abs(inner)
    if isinstance(formula, AboveZero):
        inner = value_of(formula.inner, inputs)
        return inner if inner is not None and inner > 0 else None
    if isinstance(formula, AtMost):
        above, below = value_of(formula.above, inputs), value_of(formula.below, inputs)
        if above is None or below is None:
            return None
        return Fraction(formula.most) if above > below * formula.most else above / below if below else None
    if not isinstance(formula, Operation):
        raise TypeError(f"no exact value is known of a {type(formula).__name__}")
    left, right = value_of(formula.left, inputs), value_of(formula.right, inputs)
    if left is None or right is None:
        return None
    if formula.operator == "+":
        return left + right
    if formula.operator == "−":
        return left - right
    if formula.operator == "×":
        return left * right
    return left / right if right else None


def adds_up(formula: Expression) -> bool:
    """Whether the formula's value over a whole is the sum of its values over the parts."""
    if isinstance(formula, Measure):
        return not isinstance(formula.aggregate, Percentile) and formula.facts.own_periods != "cuts"
    if not isinstance(formula, Operation):
        return False
    if formula.operator in "+−":
        return adds_up(formula.left) and adds_up(formula.right)
    return adds_up(formula.left) and isinstance(formula.right, Constant)


def as_ratio(formula: Expression) -> tuple[Expression, Expression] | None:
    """The two sides of a ratio whose sides both add up, a plain factor behind it included; None for any other formula."""
    if isinstance(formula, Operation) and formula.operator == "×" and isinstance(formula.right, Constant):
        found = as_ratio(formula.left)
        return (found[0] * formula.right, found[1]) if found else None
    if isinstance(formula, Operation) and formula.operator == "÷" and adds_up(formula.left) and adds_up(formula.right):
        return formula.left, formula.right
    return None


@dataclass(frozen=True)
class Parts:
    """A change taken apart. What does not apply is 0."""

    volume: Fraction = Fraction(0)
    mix: Fraction = Fraction(0)
    rate: Fraction = Fraction(0)
    other: Fraction = Fraction(0)
    """Above the line of a ratio, of members that have nothing below it: customers of a channel without a lead."""

    @property
    def total(self) -> Fraction:
        return self.volume + self.mix + self.rate + self.other

    def __add__(self, more: "Parts") -> "Parts":
        return Parts(*(getattr(self, f.name) + getattr(more, f.name) for f in fields(self)))


Pair = tuple[Fraction, Fraction]
"""What stands above and below the line of one member."""

_NOTHING: Pair = (Fraction(0), Fraction(0))


def ratio_parts(before: Mapping[str, Pair], after: Mapping[str, Pair]) -> dict[str, Parts]:
    """For each member, its mix and rate. They sum to the change of (sum above) ÷ (sum below).

    A member's mix is its change of weight times how far its ratio stands from the whole's, in the middle of the two periods:
    a member below average that grows pulls the whole down. Raises ValueError where the whole has nothing below the line.
    """
    whole_before, whole_after = (sum((below for _, below in side.values()), Fraction(0)) for side in (before, after))
    if not whole_before or not whole_after:
        raise ValueError("nothing stands below the line")
    ratio_before = sum((above for above, _ in before.values()), Fraction(0)) / whole_before
    ratio_after = sum((above for above, _ in after.values()), Fraction(0)) / whole_after
    middle = (ratio_before + ratio_after) / 2
    found = {}
    for member in dict.fromkeys((*before, *after)):
        one, two = before.get(member, _NOTHING), after.get(member, _NOTHING)
        weight_one, weight_two = one[1] / whole_before, two[1] / whole_after
        other = (Fraction(0) if two[1] else two[0] / whole_after) - (Fraction(0) if one[1] else one[0] / whole_before)
        # Where a side has nothing below the line it has no ratio: nothing says that it moved.
        own = [above / below for above, below in (one, two) if below]
        ratio_one, ratio_two = (own[0], own[-1]) if own else (middle, middle)
        found[member] = Parts(
            mix=(weight_two - weight_one) * ((ratio_one + ratio_two) / 2 - middle),
            rate=(ratio_two - ratio_one) * (weight_one + weight_two) / 2,
            other=other,
        )
    return found


def sum_parts(before: Mapping[str, Pair], after: Mapping[str, Pair]) -> dict[str, Parts]:
    """For each member with its amount and count: volume, mix and rate. They sum to the change of the sum of amounts.

    An amount is how many there are in all × the member's share of them × what one is worth; each of the three gets its mean
    effect over all orders of change. Amounts of members that count nothing stand under ``other``.
    """
    counts = [sum((count for _, count in side.values()), Fraction(0)) for side in (before, after)]
    found = {}
    for member in dict.fromkeys((*before, *after)):
        sides = (before.get(member, _NOTHING), after.get(member, _NOTHING))
        other = sum(
            (sign * (Fraction(0) if n else amount) for sign, (amount, n) in zip((-1, 1), sides, strict=True)), Fraction(0)
        )
        shares = [n / all_ if all_ else Fraction(0) for (_, n), all_ in zip(sides, counts, strict=True)]
        own = [amount / n for amount, n in sides if n] or [Fraction(0)]
        effects = shapley(_product, [(counts[0], counts[1]), (shares[0], shares[1]), (own[0], own[-1])])
        if effects is None:  # a product is defined for all numbers
            raise AssertionError
        found[member] = Parts(volume=effects[0], mix=effects[1], rate=effects[2], other=other)
    return found


def _product(values: Sequence[Fraction]) -> Fraction:
    product = Fraction(1)
    for value in values:
        product *= value
    return product


def shapley(
    function: Callable[[Sequence[Fraction]], Fraction | None], moves: Sequence[tuple[Fraction, Fraction]]
) -> tuple[Fraction, ...] | None:
    """What each input's move, from its first value to its second, does to the function: the exact mean over all orders.

    They sum to the whole change. None where some mixture of old and new values has no value. ValueError where more than
    :data:`MOST_INPUTS` moved.
    """
    moved = [place for place, (old, new) in enumerate(moves) if old != new]
    if len(moved) > MOST_INPUTS:
        raise ValueError(f"at most {MOST_INPUTS} inputs can be taken apart, not {len(moved)}")
    effects = [Fraction(0)] * len(moves)
    known: dict[frozenset[int], Fraction] = {}
    for size in range(len(moved) + 1):
        for chosen in map(frozenset, combinations(moved, size)):
            value = function([move[place in chosen] for place, move in enumerate(moves)])
            if value is None:
                return None
            known[chosen] = value
            # In how many orders the others come before the last one that moved, and the rest after it.
            orders = Fraction(factorial(size - 1) * factorial(len(moved) - size), factorial(len(moved))) if size else Fraction(0)
            for place in chosen:
                effects[place] += orders * (value - known[chosen - {place}])
    return tuple(effects)


def input_parts(formula: Expression, before: Inputs, after: Inputs) -> dict[str, Fraction] | None:
    """For each measure of the formula, its share of the change. None: see :func:`shapley`."""
    names = [measure.name for measure in formula.inputs]
    effects = shapley(
        lambda values: value_of(formula, dict(zip(names, values, strict=True))), [(before[n], after[n]) for n in names]
    )
    return None if effects is None else dict(zip(names, effects, strict=True))


def to_decimals(parts: Mapping[str, Fraction], total: Decimal, scale: int) -> dict[str, Decimal]:
    """The parts with ``scale`` decimals, adding up to ``total`` exactly: what rounding leaves goes to the largest part, the
    first of equals. Without parts: nothing, whatever the total."""
    if not parts:
        return {}
    step = Decimal(1).scaleb(-scale)
    shown = {name: round(part * 10**scale) * step for name, part in parts.items()}
    largest = max(shown, key=lambda name: abs(shown[name]))
    shown[largest] += total - sum(shown.values(), Decimal(0))
    return shown
