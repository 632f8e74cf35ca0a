"""A KPI as a measure of Power BI: sums of what it is made of, divided there, so that any months and channels may be put together.

A sum is taken only where every measure of a value is known, and only within one dimension and one kind of period: totals and their
parts lie in the same table. What does not add up (a median, unique visitors, a stock) is shown where one value is chosen.
"""

from collections.abc import Mapping

from kpi.card import Kpi
from kpi.expression import AboveZero, Absolute, AtMost, Constant, Expression, Operation
from kpi.measures.base import Measure
from kpi.units import Unit, plain
from sync.publish.bi.schema import OVERLAPPING
from sync.publish.bi.tables import adds

ONE_CUT = "One cut"
"""Name of the measure that says whether one dimension and one kind of period are chosen."""

_LISTED = ", ".join('"' + by + '"' for by in OVERLAPPING)
ONE_CUT_DAX = (
    "HASONEVALUE(member[dimension]) && HASONEVALUE(period[period]) && "
    f"(HASONEVALUE(member[member_key]) || NOT(SELECTEDVALUE(member[dimension]) IN {{{_LISTED}}}))"
)


def formula(kpi: Kpi) -> str:
    """The measure's expression, several lines."""
    if all(adds(measure) for measure in kpi.formula.inputs):
        return _Divided(kpi).text()
    name = text(kpi.name)
    return (
        f"VAR found = CALCULATE(COUNTROWS(kpi_value), kpi_value[kpi] = {name})\n"
        f"RETURN IF([{ONE_CUT}] && found = 1, CALCULATE(MAX(kpi_value[value]), kpi_value[kpi] = {name}))"
    )


class _Divided:
    """A variable for each measure and for each part that may be undefined: in DAX a blank would count as 0 in a difference."""

    def __init__(self, kpi: Kpi) -> None:
        self._kpi = kpi
        self._variables: dict[str, str] = {}
        self._measures: dict[str, str] = {}

    def text(self) -> str:
        result = self._part(self._kpi.formula)
        lines = [f"VAR {name} = {value}" for name, value in self._variables.items()]
        known = " && ".join(f"NOT ISBLANK({name})" for name in self._variables)
        return "\n".join((*lines, f"RETURN IF([{ONE_CUT}] && {known}, {result})"))

    def _part(self, part: Expression) -> str:
        match part:
            case Measure():
                if part.name not in self._measures:
                    self._measures[part.name] = self._variable("part", self._sum(part))
                return self._measures[part.name]
            case Constant():
                return plain(part.value)
            case Operation(operator="÷"):
                return self._variable("quotient", f"DIVIDE({self._part(part.left)}, {self._part(part.right)})")
            case Operation():
                return f"({self._part(part.left)} {_OPERATORS[part.operator]} {self._part(part.right)})"
            case Absolute():
                return f"ABS({self._part(part.inner)})"
            case AboveZero():
                inner = self._part(part.inner)
                return self._variable("above_zero", f"IF({inner} > 0, {inner})")
            case AtMost():
                above, below = self._part(part.above), self._part(part.below)
                return self._variable("held", f"IF({above} > {below} * {part.most}, {part.most}, DIVIDE({above}, {below}))")
        raise TypeError(f"no DAX for {type(part).__name__}")

    def _variable(self, kind: str, value: str) -> str:
        name = f"{kind}{len(self._variables) + 1}"
        self._variables[name] = value
        return name

    def _sum(self, measure: Measure) -> str:
        return (
            f"CALCULATE(SUM(kpi_input[value]), kpi_input[kpi] = {text(self._kpi.name)}, "
            f"kpi_input[measure] = {text(measure.name)}, kpi_input[is_complete] = TRUE())"
        )


_OPERATORS: Mapping[str, str] = {"+": "+", "−": "-", "×": "*"}


def text(value: str) -> str:
    """A DAX text."""
    return '"' + value.replace('"', '""') + '"'


def format_of(unit: Unit, currency: str | None, locale: str) -> str:
    """The measure's format string; separators are the reader's own."""
    match unit:
        case Unit.MONEY:
            return f'#,0.00 "{currency}"' if currency else "#,0.00"
        case Unit.RATIO:
            return "0.00 %" if locale == "fr" else "0.00%"
        case Unit.COUNT:
            return "#,0"
        case Unit.DAYS | Unit.MONTHS:
            return "#,0.0"
        case _:
            return "#,0.00"
