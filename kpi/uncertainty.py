"""How sure a value is: the interval in which the true one lies 95 times in 100, from the parts that the engine gave.

A rate, a mean or a percentile of few cases says more about chance than about the business. Which interval fits follows from the
formula (:func:`estimator`), or stands on the card where the formula cannot tell (``Kpi.interval``):

=========  ====================================================================================================
share      part ÷ whole, the part counted among the whole. Wilson (1927), as recommended by Newcombe (1998)
net_share  (one part − another) ÷ whole, such as the NPS. Adjusted Wald with three more answers (Rocks 2016)
mean       sum ÷ how many. Student's t, from the exact sum of squares
quantile   a percentile. The values at two ranks; the binomial distribution says which (no assumption of a shape)
per_case   money spent ÷ how many. What was spent is known, how many came of it is chance: Poisson, by Byar
pair       one count ÷ another that it is no part of. The share of the first among both, by Wilson, as odds
returns    what cases brought ÷ what was spent. Number and size of the cases are chance: compound Poisson
=========  ====================================================================================================

What is no sample has none: sums and counts as such, ratios of two sums of money, products of several rates. Everything is
Decimal; results are rounded to the unit's scale. Where rows are shares of a case (attribution), counts may be fractions: the
formulas hold for them as they stand. ``docs/uncertainty.md`` is the page for users.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from kpi.expression import PRECISION, Constant, Evaluate, Expression, Operation
from kpi.measures.base import Count, Measure, Percentile, Sum
from kpi.text import Text
from kpi.undefined import Reason, Undefined, Value
from kpi.units import Unit, rounded

Kind = Literal["share", "net_share", "mean", "quantile", "per_case", "pair", "returns", "none"]
KINDS: tuple[Kind, ...] = get_args(Kind)

TITLES: Mapping[Kind, Text] = {
    "share": Text("Wilson interval of a share", "intervalle de Wilson d'une part"),
    "net_share": Text("adjusted Wald interval of a difference of shares", "intervalle de Wald ajusté d'une différence de parts"),
    "mean": Text("Student's t interval of a mean", "intervalle de Student d'une moyenne"),
    "quantile": Text("order statistics, at least 95 %", "statistiques d'ordre, au moins 95 %"),
    "per_case": Text("Poisson interval of the number of cases (Byar)", "intervalle de Poisson du nombre de cas (Byar)"),
    "pair": Text("Wilson interval of two counts, as odds", "intervalle de Wilson de deux comptes, en cote"),
    "returns": Text("normal interval of what varying cases brought", "intervalle normal de ce qu'ont rapporté des cas variables"),
    "none": Text("none: not a rate or mean of a sample", "aucun : ni taux ni moyenne d'un échantillon"),
}

SPENT = frozenset({"spend", "overhead"})
"""Families whose sums are no sample: what was spent is known."""

Z = Decimal("1.959963984540054")
"""The 97.5th percentile of the normal distribution: 95 in 100 lie within it on both sides."""
_Z2 = Z * Z

_T = tuple(
    Decimal(quantile).scaleb(-8)
    for quantile in (
        12_70620474,
        4_30265273,
        3_18244631,
        2_77644511,
        2_57058184,
        2_44691185,
        2_36462425,
        2_30600414,
        2_26215716,
        2_22813885,
        2_20098516,
        2_17881283,
        2_16036866,
        2_14478669,
        2_13144955,
        2_11990530,
        2_10981558,
        2_10092204,
        2_09302405,
        2_08596345,
        2_07961384,
        2_07387307,
        2_06865761,
        2_06389856,
        2_05953855,
        2_05552944,
        2_05183052,
        2_04840714,
        2_04522964,
        2_04227246,
    )
)
"""The same percentile of Student's t with 1 to 30 degrees of freedom."""

_T_SERIES = (
    (Z**3 + Z) / 4,
    (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
    (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92160,
)
"""Cornish–Fisher (Abramowitz and Stegun, 26.7.5): beyond 30 degrees of freedom right to seven decimals."""

_UNUSED = Undefined(Reason("no_interval", Text("no interval", "pas d'intervalle")))


class Interval(NamedTuple):
    """Both ends at the scale of the value's unit. They hold the value between them."""

    low: Decimal
    high: Decimal


class DoesNotFit(ValueError):
    """The interval that a card declares needs a formula of another shape."""


@dataclass(frozen=True, eq=False)
class Estimator:
    """The interval of one KPI, prepared once. Its value is ``scale`` × what the interval is about + ``shift``."""

    kind: Kind
    unit: Unit
    inputs: tuple[Measure, ...]
    scale: Decimal
    shift: Decimal
    above: Evaluate
    """What stands above the line; of a net share, the part that is added."""
    below: Evaluate
    minus: Evaluate | None = None
    """Of a net share, the part that is taken away."""
    spread_of: Measure | None = None
    """The measure whose further parts it needs: the sum of squares, or the values at the two ranks."""

    def interval(self, values: Sequence[Value], spread: Sequence[Decimal]) -> Interval | None:
        """For one set of inputs, in the order of :attr:`inputs`; None where they do not allow one (too few cases)."""
        if self.kind == "quantile":
            return self._shown(spread[0], spread[1]) if len(spread) == 2 else None
        above, below = self.above(values), self.below(values)
        if isinstance(above, Undefined) or isinstance(below, Undefined) or below <= 0:
            return None
        with localcontext(PRECISION):
            if self.minus is not None:
                minus = self.minus(values)
                found = None if isinstance(minus, Undefined) else net_share(above, minus, below)
            elif self.kind in ("mean", "returns"):
                found = (mean if self.kind == "mean" else returns)(above, below, spread[0]) if spread else None
            else:
                found = _OF_TWO[self.kind](above, below)
            return None if found is None else self._shown(*found)

    def counted(self, inputs: Mapping[str, Decimal | None]) -> tuple[Decimal, Decimal] | None:
        """How many of how many the value is made of, where it is just that: the part that the value is about, and the whole."""
        values = self._values(inputs)
        above, below = self.above(values), self.below(values)
        if isinstance(above, Undefined) or isinstance(below, Undefined) or abs(self.scale) != 1 or self.shift not in (0, 1):
            return None
        return (above if self.shift == 0 else below - above), below

    def _shown(self, low: Decimal, high: Decimal) -> Interval:
        ends = sorted(rounded(end * self.scale + self.shift, self.unit) for end in (low, high))
        return Interval(ends[0], ends[1])

    def from_inputs(self, inputs: Mapping[str, Decimal | None], spread: Sequence[Decimal]) -> Interval | None:
        """From the inputs of a stored value, by name; None where one is not among them."""
        return self.interval(self._values(inputs), spread)

    def _values(self, inputs: Mapping[str, Decimal | None]) -> list[Value]:
        found = (inputs.get(measure.name) for measure in self.inputs)
        return [_UNUSED if value is None else value for value in found]


def estimator(formula: Expression, declared: Kind | None = None) -> Estimator | None:
    """The interval that fits a formula; None where it has none. Raises :class:`DoesNotFit` for a declared one that cannot be."""
    if declared == "none":
        return None
    core, scale, shift = _core(formula)
    kind = declared or _kind(core)
    if kind is None:
        return None
    inputs = formula.inputs
    if kind == "quantile":
        if not (isinstance(core, Measure) and isinstance(core.aggregate, Percentile)):
            raise DoesNotFit("a quantile interval is of a percentile")
        unused: Evaluate = core.prepare(inputs, _UNUSED.reason)
        return Estimator(kind, formula.unit, inputs, scale, shift, unused, unused, spread_of=core)
    if not (isinstance(core, Operation) and core.operator == "÷"):
        raise DoesNotFit(f"an interval of kind {kind} is of one thing divided by another")
    above, minus, spread_of = core.left, None, None
    if kind == "net_share":
        if not (isinstance(core.left, Operation) and core.left.operator == "−"):
            raise DoesNotFit("a net share is one part less another, divided by the whole")
        above, minus = core.left.left, core.left.right
    elif kind == "returns" and isinstance(core.left, Operation) and core.left.operator == "−" and core.left.right == core.right:
        above, shift = core.left.left, shift - scale  # (brought − spent) ÷ spent is brought ÷ spent, less one
    if kind in ("mean", "returns"):
        if not (isinstance(above, Measure) and isinstance(above.aggregate, Sum)):
            raise DoesNotFit(f"an interval of kind {kind} needs one sum above the line")
        spread_of = above

    def prepared(part: Expression) -> Evaluate:
        return part.prepare(inputs, _UNUSED.reason)

    return Estimator(
        kind,
        formula.unit,
        inputs,
        scale,
        shift,
        prepared(above),
        prepared(core.right),
        None if minus is None else prepared(minus),
        spread_of,
    )


def _core(formula: Expression) -> tuple[Expression, Decimal, Decimal]:
    """What is left of a formula once constants are taken off: formula = scale × core + shift."""
    one, nothing = Decimal(1), Decimal(0)
    if not isinstance(formula, Operation):
        return formula, one, nothing
    left, right = formula.left, formula.right
    if isinstance(right, Constant):
        core, scale, shift = _core(left)
        by = right.value
        if formula.operator == "×":
            return core, scale * by, shift * by
        if formula.operator == "÷" and by:
            return core, scale / by, shift / by
        return core, scale, shift + (by if formula.operator == "+" else -by)
    if isinstance(left, Constant) and formula.operator != "÷":
        core, scale, shift = _core(right)
        by = left.value
        if formula.operator == "×":
            return core, scale * by, shift * by
        sign = 1 if formula.operator == "+" else -1
        return core, scale * sign, by + shift * sign
    return formula, one, nothing


def _kind(core: Expression) -> Kind | None:
    if isinstance(core, Measure):
        return "quantile" if isinstance(core.aggregate, Percentile) else None
    if not (isinstance(core, Operation) and core.operator == "÷"):
        return None
    above, below = core.left, core.right
    if isinstance(below, Operation) and below.operator == "+" and above in (below.left, below.right):
        return "share" if _counts(above) and all(_counts(m) for m in below.inputs) else None
    if not (isinstance(below, Measure) and _counts(below)) or below.level is not None:
        return None
    if isinstance(above, Operation) and above.operator == "−":
        if above.left == below:  # (whole − part) ÷ whole
            return "share" if _is_part(above.right, below) else None
        return "net_share" if _is_part(above.left, below) and _is_part(above.right, below) else None
    if _is_part(above, below):
        return "share"
    is_of_cases = isinstance(below.aggregate, Count)
    if is_of_cases and above.inputs and all(m.facts.name in SPENT for m in above.inputs):
        return "per_case"
    if not isinstance(above, Measure) or above.level is not None:
        return None
    if above.facts is below.facts:
        is_mean = isinstance(above.aggregate, Sum) and above.measures is not Unit.COUNT and above.time == below.time
        return "mean" if is_of_cases and is_mean else None
    return "pair" if _counts(above) and (is_of_cases or isinstance(above.aggregate, Count)) else None


def _counts(part: Expression) -> bool:
    return isinstance(part, Measure) and part.measures is Unit.COUNT and not isinstance(part.aggregate, Percentile)


def _is_part(part: Expression, whole: Measure) -> bool:
    """Whether every row that the first counts is one that the second does."""
    if not (isinstance(part, Measure) and isinstance(part.aggregate, Count) and isinstance(whole.aggregate, Count)):
        return False
    is_alike = part.facts is whole.facts and part.time == whole.time and part.trailing_days == whole.trailing_days
    is_narrower = whole.where is None or (part.where or "").startswith(f"{whole.where} AND ")
    return is_alike and is_narrower and part.where != whole.where and part.level is None


# --- the intervals, in the precision of the caller's context -----------------------------------------------


def share(part: Decimal, whole: Decimal) -> tuple[Decimal, Decimal] | None:
    """Wilson's score interval of ``part`` among ``whole``, within 0 … 1; None where it is no part."""
    if not 0 <= part <= whole or not whole:
        return None
    spread = whole + _Z2
    middle = (part + _Z2 / 2) / spread
    half = Z * (part * (whole - part) / whole + _Z2 / 4).sqrt() / spread
    # At the ends the exact bound is 0 or 1: rounding must not leave a remainder.
    return max(middle - half, Decimal(0)) if part else Decimal(0), min(middle + half, Decimal(1)) if part < whole else Decimal(1)


def net_share(plus: Decimal, minus: Decimal, whole: Decimal) -> tuple[Decimal, Decimal] | None:
    """Of (plus − minus) ÷ whole, within −1 … 1: Wald's interval after three more cases of which ¾ are of each of the two."""
    if plus < 0 or minus < 0 or plus + minus > whole:
        return None
    cases = whole + 3
    first, second = (plus + Decimal("0.75")) / cases, (minus + Decimal("0.75")) / cases
    middle = first - second
    half = Z * ((first + second - middle * middle) / cases).sqrt()
    return max(middle - half, Decimal(-1)), min(middle + half, Decimal(1))


def mean(total: Decimal, n: Decimal, squares: Decimal) -> tuple[Decimal, Decimal] | None:
    """Of ``total`` ÷ ``n``, given the sum of the squares; None for fewer than two cases."""
    if n < 2:
        return None
    middle = total / n
    variance = max((squares - total * middle) / (n - 1), Decimal(0))
    half = student(n - 1) * (variance / n).sqrt()
    return middle - half, middle + half


@lru_cache(maxsize=4096)
def student(freedom: Decimal) -> Decimal:
    """The 97.5th percentile of Student's t. A fraction of a degree counts as none up to 30 (the wider interval)."""
    if freedom <= len(_T):
        return _T[max(int(freedom), 1) - 1]
    found, power = Z, Decimal(1)
    for term in _T_SERIES:
        power *= freedom
        found += term / power
    return found


def events(n: Decimal) -> tuple[Decimal, Decimal] | None:
    """Of the expected number of events when ``n`` were seen: Byar's approximation of the exact Poisson interval, within 1 %
    of it from five on. None for so few that there is no lower bound above 0."""
    if n <= 0:
        return None
    low = 1 - 1 / (9 * n) - Z / (3 * n.sqrt())
    if low <= 0:
        return None
    more = n + 1
    high = 1 - 1 / (9 * more) + Z / (3 * more.sqrt())
    return n * low**3, more * high**3


def per_case(spent: Decimal, n: Decimal) -> tuple[Decimal, Decimal] | None:
    """Of what was spent for each of ``n``."""
    bounds = events(n)
    return None if bounds is None else (spent / bounds[1], spent / bounds[0])


def pair(first: Decimal, second: Decimal) -> tuple[Decimal, Decimal] | None:
    """Of one count ÷ another, both as chance would have them."""
    if first < 0:
        return None
    bounds = share(first, first + second)
    return None if bounds is None or bounds[1] == 1 else (bounds[0] / (1 - bounds[0]), bounds[1] / (1 - bounds[1]))


def returns(brought: Decimal, spent: Decimal, squares: Decimal) -> tuple[Decimal, Decimal]:
    """Of what cases brought ÷ what was spent: the sum of their squares is the variance of the sum of so many of them."""
    middle, half = brought / spent, Z * squares.sqrt() / spent
    return middle - half, middle + half


_OF_TWO: Mapping[str, Callable[[Decimal, Decimal], tuple[Decimal, Decimal] | None]] = {
    "share": share,
    "per_case": per_case,
    "pair": pair,
}


# --- the ranks between which a percentile lies ---------------------------------------------------------------

FARTHEST = 100_000_000
"""Ranks farther away than any interval reaches are taken to be this far, so that whole numbers of 64 bits suffice."""


def is_within(rank: int, n: int, aggregate: Percentile) -> bool:
    """Whether the value at a rank (from 1) of ``n`` is one that the percentile's interval holds; also of ranks 0 and n + 1,
    which say that there is no bound on that side. The SQL of :mod:`kpi.scan` says the same in the same whole numbers.

    The distance from n·p + ½ is at most one rank and 1.96 √(n p (1 − p)): never less than 95 in 100 by the exact binomial.
    """
    a, b = aggregate.numerator, aggregate.denominator
    far = min(max(abs(2 * (n * a - rank * b) + b) - 2 * b, 0), FARTHEST)
    return 625 * far * far <= 9604 * n * a * (b - a)


def is_bounded(n: int, aggregate: Percentile) -> bool:
    """Whether ``n`` values are enough for both ends."""
    return not is_within(0, n, aggregate) and not is_within(n + 1, n, aggregate)
