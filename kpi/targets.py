"""Targets: what a company wants a KPI to be, and how it stands. Pure: what is known is handed in.

A *flow* adds up over its period (revenue, leads, spend): it is judged by what is done and by what the period will end at. A
*level* does not (a rate, a cost per lead, recurring revenue): it is judged by its present value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from kpi.card import Kpi
from kpi.expression import PRECISION, Expression, Operation
from kpi.forecast.intervals import Range
from kpi.measures.base import By, Measure, Percentile
from kpi.periods import Period
from kpi.text import Text

Direction = Literal["at_least", "at_most"]
Kind = Literal["flow", "level"]
State = Literal["reached", "on_track", "at_risk", "missed", "not_enough_data", "not_computed"]

STATES: Mapping[State, Text] = MappingProxyType(
    {
        "reached": Text("reached", "atteint"),
        "on_track": Text("on track", "en bonne voie"),
        "at_risk": Text("at risk", "en danger"),
        "missed": Text("missed", "manqué"),
        "not_enough_data": Text("not enough data", "données insuffisantes"),
        "not_computed": Text("not computed", "non calculé"),
    }
)


@dataclass(frozen=True)
class Target:
    """One target, complete: nothing of it is vague."""

    name: str
    """Unique in the account."""
    kpi: str
    by: By
    key: str
    """The member as the settings name it; empty at total."""
    direction: Direction
    value: Decimal
    period: Period
    """month, quarter or year."""
    start: date | None
    """First day of the period; None: each one, the present one first."""
    owner: str
    baseline: Decimal | tuple[Period, date]
    """Where it started from: a figure, or a past period whose value it is."""
    reason: str


@dataclass(frozen=True)
class Standing:
    """What is known of a target's KPI in its period."""

    value: Decimal | None
    """Done so far, of a flow; the present value, of a level."""
    is_over: bool
    is_settled: bool = True
    """False: late records may still change it."""
    has_few_cases: bool = False
    projected: Decimal | None = None
    """What the period will end at."""
    likely: Range | None = None
    """Of the projected end."""


def kind_of(kpi: Kpi) -> Kind:
    """Whether its values add up over the days of a period."""
    return "flow" if _adds_up(kpi.formula) else "level"


def _adds_up(formula: Expression) -> bool:
    if isinstance(formula, Operation):
        return formula.operator in "+−" and _adds_up(formula.left) and _adds_up(formula.right)
    return isinstance(formula, Measure) and formula.is_dated and not isinstance(formula.aggregate, Percentile)


def meets(direction: Direction, value: Decimal, wanted: Decimal) -> bool:
    """Whether a value is where the target wants it."""
    return value >= wanted if direction == "at_least" else value <= wanted


def state(kind: Kind, direction: Direction, wanted: Decimal, found: Standing) -> State:
    """How the target stands.

    A flow that is to reach something has reached it as soon as it is there; one that is not to pass something is missed as soon
    as it has. A level can still move: until its period is over it is on track or at risk, never reached or missed.
    """
    if found.value is None:
        return "not_computed"
    if found.has_few_cases:
        return "not_enough_data"
    is_met = meets(direction, found.value, wanted)
    if kind == "flow" and not found.is_over:
        if is_met and direction == "at_least":
            return "reached"
        if not is_met and direction == "at_most":
            return "missed"
        if found.projected is None:
            return "not_enough_data"
        return "on_track" if meets(direction, found.projected, wanted) else "at_risk"
    if found.is_over and found.is_settled:
        return "reached" if is_met else "missed"
    if found.is_over:
        return "reached" if is_met and kind == "flow" and direction == "at_least" else "on_track" if is_met else "at_risk"
    if found.projected is not None:
        is_met = meets(direction, found.projected, wanted)
    return "on_track" if is_met else "at_risk"


def progress(direction: Direction, baseline: Decimal, wanted: Decimal, value: Decimal) -> Decimal | None:
    """How much of the way from the baseline to the target is done: 0 at the baseline, 1 at the target. None where there is no way."""
    if meets(direction, baseline, wanted):
        return None
    return PRECISION.divide(value - baseline, wanted - baseline)
