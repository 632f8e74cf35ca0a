"""Formulas: + − × ÷ over measures and constants.

One expression is the whole definition: its text, its inputs, its unit and its value are read off the same object, so
they cannot disagree. Adding what does not add is refused when the definition is imported (:class:`kpi.units.UnitClash`).
Evaluation is in Decimal and never raises for data: an undefined input or a division by zero gives
:class:`kpi.undefined.Undefined`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Literal

from kpi.text import Text
from kpi.undefined import Reason, Undefined, Value
from kpi.units import Dimension, Unit, UnitClash

if TYPE_CHECKING:
    from kpi.measures.base import Measure

PRECISION = Context(prec=28)
"""Every division and product is done in this context, whatever the caller's own is."""

Operator = Literal["+", "−", "×", "÷"]
Evaluate = Callable[[Sequence[Value]], Value]
"""From the values of a formula's inputs, in the order they were prepared for, to its value."""


class Expression(ABC):
    """A formula or a part of one. Immutable."""

    @property
    @abstractmethod
    def dimension(self) -> Dimension:
        """What it measures, as a product of base units."""

    @property
    @abstractmethod
    def inputs(self) -> tuple["Measure", ...]:
        """The measures it reads, each once, in the order they are written."""

    @abstractmethod
    def text(self, locale: str = "en") -> str:
        """The formula in words, with the titles of its measures."""

    @abstractmethod
    def prepare(self, inputs: Sequence["Measure"], zero: Reason) -> Evaluate:
        """A function from the values of ``inputs`` to the formula's value; ``zero`` is given for a division by zero.

        Prepared once per KPI, called once per result: nothing is looked up in between.
        """

    @property
    def unit(self) -> Unit:
        """How its value is shown. Raises :class:`UnitClash` where no unit names it."""
        return self.dimension.unit

    @property
    def sample(self) -> "Expression | None":
        """The part that counts what the value rests on (``n``), or None where nothing is counted."""
        return None

    @property
    def limits(self) -> "tuple[AtMost, ...]":
        """The parts that are held to a highest value."""
        return ()

    def evaluate(self, values: Mapping["Measure", Value], zero: Reason) -> Value:
        """The value for one set of inputs. Every input must be there."""
        return self.prepare(self.inputs, zero)([values[measure] for measure in self.inputs])

    def __add__(self, other: "Expression | int") -> "Operation":
        return Operation("+", self, expression(other))

    def __sub__(self, other: "Expression | int") -> "Operation":
        return Operation("−", self, expression(other))

    def __rsub__(self, other: int) -> "Operation":
        return Operation("−", expression(other), self)

    def __mul__(self, other: "Expression | int") -> "Operation":
        return Operation("×", self, expression(other))

    def __truediv__(self, other: "Expression | int") -> "Operation":
        return Operation("÷", self, expression(other))


def expression(value: "Expression | int | Decimal") -> Expression:
    """``value`` as a part of a formula. A float is refused: its digits are not what was written."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, int | Decimal):
        return Constant(Decimal(value))
    raise TypeError(f"a formula is made of measures, whole numbers and Decimals, not of {type(value).__name__}")


@dataclass(frozen=True)
class Constant(Expression):
    """A plain number, or an amount of something: a hundred points of a score."""

    value: Decimal
    measures: Unit = Unit.RATIO

    @property
    def dimension(self) -> Dimension:
        return Dimension.of(self.measures)

    @property
    def inputs(self) -> tuple["Measure", ...]:
        return ()

    def text(self, locale: str = "en") -> str:
        return format(self.value, "f")

    def prepare(self, inputs: Sequence["Measure"], zero: Reason) -> Evaluate:
        value = self.value
        return lambda _values: value


_BINDS = {"+": 1, "−": 1, "×": 2, "÷": 2}


@dataclass(frozen=True)
class Operation(Expression):
    """Two expressions and what is done with them. Raises :class:`UnitClash` when their units do not allow it."""

    operator: Operator
    left: Expression
    right: Expression

    def __post_init__(self) -> None:
        if self.operator in "+−" and self.left.dimension != self.right.dimension:
            raise UnitClash(
                f"“{self.text()}”: {self.left.dimension} {self.operator} {self.right.dimension} has no meaning "
                f"({self.left.text()} is {self.left.dimension}, {self.right.text()} is {self.right.dimension})"
            )

    @property
    def dimension(self) -> Dimension:
        if self.operator == "×":
            return self.left.dimension * self.right.dimension
        if self.operator == "÷":
            return self.left.dimension / self.right.dimension
        return self.left.dimension

    @property
    def inputs(self) -> tuple["Measure", ...]:
        return tuple(dict.fromkeys((*self.left.inputs, *self.right.inputs)))

    @property
    def limits(self) -> "tuple[AtMost, ...]":
        return (*self.left.limits, *self.right.limits)

    @property
    def sample(self) -> Expression | None:
        """The denominator where it is a count; a factor that is a plain number does not change what was counted."""
        if self.operator == "÷":
            is_count = self.right.dimension == Dimension.of(Unit.COUNT)
            return self.right if is_count else None
        if self.operator == "×" and isinstance(self.right, Constant):
            return self.left.sample
        return None

    def text(self, locale: str = "en") -> str:
        return self.joined(self.left.text(locale), self.right.text(locale))

    def joined(self, left: str, right: str) -> str:
        """Its two sides, as they are spelt, with the operator between them and the brackets that are needed."""
        if isinstance(self.left, Operation) and _BINDS[self.left.operator] < _BINDS[self.operator]:
            left = f"({left})"
        if isinstance(self.right, Operation) and (
            _BINDS[self.right.operator] < _BINDS[self.operator]
            or (self.operator in "−÷" and _BINDS[self.right.operator] == _BINDS[self.operator])
        ):
            right = f"({right})"
        return f"{left} {self.operator} {right}"

    def prepare(self, inputs: Sequence["Measure"], zero: Reason) -> Evaluate:
        left, right = self.left.prepare(inputs, zero), self.right.prepare(inputs, zero)
        apply = _APPLY[self.operator]
        divides, no_quotient = self.operator == "÷", Undefined(zero)

        def evaluate(values: Sequence[Value]) -> Value:
            one = left(values)
            if isinstance(one, Undefined):
                return one
            other = right(values)
            if isinstance(other, Undefined):
                return other
            return no_quotient if divides and not other else apply(one, other)

        return evaluate


_APPLY: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": PRECISION.add,
    "−": PRECISION.subtract,
    "×": PRECISION.multiply,
    "÷": PRECISION.divide,
}


@dataclass(frozen=True)
class _Around(Expression):
    """One expression and what is made of its value: the same inputs, the same unit."""

    inner: Expression

    @property
    def dimension(self) -> Dimension:
        return self.inner.dimension

    @property
    def inputs(self) -> tuple["Measure", ...]:
        return self.inner.inputs

    @property
    def limits(self) -> "tuple[AtMost, ...]":
        return self.inner.limits


@dataclass(frozen=True)
class Absolute(_Around):
    """The size of a difference, whichever way it goes."""

    def text(self, locale: str = "en") -> str:
        return f"|{self.inner.text(locale)}|"

    def prepare(self, inputs: Sequence["Measure"], zero: Reason) -> Evaluate:
        inner = self.inner.prepare(inputs, zero)

        def evaluate(values: Sequence[Value]) -> Value:
            value = inner(values)
            return value if isinstance(value, Undefined) else abs(value)

        return evaluate


@dataclass(frozen=True)
class AboveZero(_Around):
    """A part that has a meaning only while it is more than nothing: what is left of a target that is not met yet."""

    otherwise: Reason
    """Why it is undefined at zero and below."""

    @property
    def sample(self) -> Expression | None:
        return self.inner.sample

    def text(self, locale: str = "en") -> str:
        return f"({self.inner.text(locale)})"

    def prepare(self, inputs: Sequence["Measure"], zero: Reason) -> Evaluate:
        inner, nothing = self.inner.prepare(inputs, zero), Undefined(self.otherwise)

        def evaluate(values: Sequence[Value]) -> Value:
            value = inner(values)
            return value if isinstance(value, Undefined) or value > 0 else nothing

        return evaluate


@dataclass(frozen=True)
class AtMost(Expression):
    """One thing divided by another, held to a highest value. With nothing to divide by it would be without end, so it is the
    highest value; where nothing stands above either, it is undefined."""

    above: Expression
    below: Expression
    most: int
    flag: str
    """Raised beside a value that the limit decides (:data:`kpi.flags.FLAGS`)."""

    @property
    def dimension(self) -> Dimension:
        return self.above.dimension / self.below.dimension

    @property
    def inputs(self) -> tuple["Measure", ...]:
        return (self.above / self.below).inputs

    @property
    def limits(self) -> "tuple[AtMost, ...]":
        return (self,)

    def text(self, locale: str = "en") -> str:
        return f"min({(self.above / self.below).text(locale)}; {self.most})"

    def prepare(self, inputs: Sequence["Measure"], zero: Reason) -> Evaluate:
        quotient = (self.above / self.below).prepare(inputs, zero)
        is_reached, most = self.reached(inputs), Decimal(self.most)

        def evaluate(values: Sequence[Value]) -> Value:
            return most if is_reached(values) else quotient(values)

        return evaluate

    def reached(self, inputs: Sequence["Measure"]) -> Callable[[Sequence[Value]], bool]:
        """From the values of a formula's inputs, in their order, to whether the limit is lower than the quotient."""
        above, below = (part.prepare(inputs, _UNUSED) for part in (self.above, self.below))
        most = Decimal(self.most)

        def is_reached(values: Sequence[Value]) -> bool:
            one, other = above(values), below(values)
            return not (isinstance(one, Undefined) or isinstance(other, Undefined)) and one > PRECISION.multiply(other, most)

        return is_reached


_UNUSED = Reason("not_divided", Text("nothing is divided here", "rien n'est divisé ici"))
