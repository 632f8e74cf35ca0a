"""Own measures: what facts offer them, and what becomes of one that the settings describe."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from kpi.card import Definitions, problems_of
from kpi.conditions import condition
from kpi.language import Fault, nearest
from kpi.measures import FAMILIES
from kpi.measures.base import Aggregate, Count, Facts, Measure, Percentile, Sum
from kpi.measures.deals import SECONDS_PER_DAY
from kpi.own.said import Aggregation, Mistake, OwnMeasure
from kpi.schema import MARTS, Column, columns
from kpi.text import Text
from kpi.units import Unit

_UNITS = tuple(str(unit) for unit in (Unit.MONEY, Unit.COUNT, Unit.DAYS, Unit.SCORE))
FAMILIES_OFFERED: Mapping[str, Facts] = MappingProxyType(
    {name: facts for name, facts in FAMILIES.items() if facts.own_periods == "no"}
)
"""Families whose rows have a day each, so that conditions and sums of them mean what they say."""
_HIDDEN = frozenset({"credit"})


def columns_of(facts: Facts) -> dict[str, Column]:
    """The columns that a family has wherever it is read from, by name."""
    marts = [{column.name: column for column in columns(MARTS[mart])} for mart in sorted(facts.marts)]
    everywhere = set(marts[0]).intersection(*marts[1:]) - _HIDDEN
    return {column.name: column for column in columns(MARTS[facts.mart]) if column.name in everywhere}


def _natural_unit(column: Column) -> Unit | None:
    if column.name.endswith("_home"):
        return Unit.MONEY
    return Unit.DAYS if column.name.endswith(("_s", "_days")) else _COUNTED.get(column.type)


_AGGREGATES: Mapping[Aggregation, Callable[[str, int], Aggregate]] = MappingProxyType(
    {
        "count": lambda _column, _per: Count(),
        "sum": lambda column, per: Sum(column, per),
        "median": lambda column, per: Percentile(column, 1, 2, per),
        "p90": lambda column, per: Percentile(column, 9, 10, per),
    }
)


_COUNTED: Mapping[type, Unit | None] = MappingProxyType({int: Unit.COUNT, Decimal: None})


def measure_of(said: OwnMeasure) -> tuple[Measure | None, list[Mistake]]:
    """The measure, or what is wrong with it; its name is judged elsewhere."""
    maker = _Maker(said)
    return maker.measure(), maker.mistakes


class _Maker:
    def __init__(self, said: OwnMeasure) -> None:
        self._said = said
        self.mistakes: list[Mistake] = []

    def _tell(self, sentence: str, *below: str) -> None:
        self.mistakes.append(Mistake(("measures", self._said.name, *below), sentence))

    def measure(self) -> Measure | None:
        said = self._said
        facts = FAMILIES_OFFERED.get(said.family)
        if facts is None:
            self._tell(f"there are no facts called {said.family}; {nearest(said.family, FAMILIES_OFFERED)}", "of")
            return None
        known = columns_of(facts)
        unit: Unit | None = Unit.COUNT
        if said.column is not None:
            unit = self._unit(said, said.column, known)
        elif said.unit is not None:
            self._tell("a count needs no unit", "unit")
        time = self._time(said, known)
        conditions = []
        for index, text in enumerate(said.where):
            try:
                conditions.append(condition(text, known))
            except Fault as fault:
                self._tell(fault.pointed(), "where", str(index))
        if unit is None or self.mistakes:
            return None
        per = SECONDS_PER_DAY if (said.column or "").endswith("_s") else 1
        title = said.title or Text(said.name, said.name)
        aggregate = _AGGREGATES[said.aggregation](said.column or "", per)
        made = Measure(said.name, title, unit, facts, aggregate, time, where=" AND ".join(conditions) or None)
        for problem in problems_of(Definitions((), (), (made,))):
            self._tell(problem.partition(": ")[2])
        return made if not self.mistakes else None

    def _unit(self, said: OwnMeasure, name: str, known: Mapping[str, Column]) -> Unit | None:
        numbers = {one: column for one, column in known.items() if column.type in (int, Decimal)}
        column = numbers.get(name)
        if column is None:
            what = f"{name} holds no number" if name in known else f"there is no column {name}"
            self._tell(f"{what}; {nearest(name, numbers)}", said.aggregation)
            return None
        natural = _natural_unit(column)
        if said.unit is not None and said.unit not in _UNITS:
            self._tell(f"there is no unit {said.unit}; known: {', '.join(_UNITS)}", "unit")
            return None
        chosen = Unit(said.unit) if said.unit is not None else natural
        if chosen is None:
            self._tell(f"nothing says what {name} is measured in: add `unit:`, one of {', '.join(_UNITS)}")
        elif chosen is not natural and (natural in (Unit.MONEY, Unit.DAYS) or chosen is Unit.DAYS):
            self._tell(f"{name} is not measured in {chosen}" + (f" but in {natural}" if natural else ""), "unit")
        return chosen

    def _time(self, said: OwnMeasure, known: Mapping[str, Column]) -> str | None:
        days = {name: column for name, column in known.items() if column.type is date}
        if said.is_stock:
            return None
        if said.time is None:
            if len(days) == 1:
                return next(iter(days))
            each = ", ".join(sorted(days))
            self._tell(f"`time:` is missing: by which day is it counted? One of {each}; null for what is there now")
        elif said.time not in days:
            what = f"{said.time} is not a day" if said.time in known else f"there is no column {said.time}"
            self._tell(f"{what}; {nearest(said.time, days)}", "time")
        return said.time
