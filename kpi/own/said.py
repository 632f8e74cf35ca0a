"""What the settings say of own measures and KPIs, and what may be wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from kpi.card import Better
from kpi.text import Text

Aggregation = Literal["count", "sum", "median", "p90"]


@dataclass(frozen=True)
class OwnMeasure:
    """A measure as the settings say it."""

    name: str
    family: str
    aggregation: Aggregation
    column: str | None
    """None for a count."""
    where: tuple[str, ...] = ()
    time: str | None = None
    is_stock: bool = False
    """It has no day: what is there now."""
    unit: str | None = None
    title: Text | None = None


@dataclass(frozen=True)
class OwnKpi:
    """A KPI as the settings say it. None and empty: the default."""

    name: str
    formula: str
    title: Text | None = None
    explain: Text | None = None
    better: Better = "none"
    by: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    undefined_when: Text | None = None
    caveats: Text | None = None
    version: int = 1
    given: Mapping[str, str] = field(default_factory=dict)
    """Measure -> its value in the worked example."""
    gives: str | None = None


class Mistake(NamedTuple):
    """Something that a person must put right."""

    place: tuple[str, ...]
    """Keys below ``kpis``."""
    sentence: str
    """Of a formula with the text below it and a caret under the place."""


class OwnFaults(ValueError):
    """All that is wrong with the own definitions and the list of what is followed."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(f"{'.'.join(m.place)}: {m.sentence}" for m in mistakes))
