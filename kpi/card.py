"""The card of a KPI, and the rules that every card must pass.

:class:`Kpi` is computed by :mod:`kpi.engine` at any grain; :class:`RecordKpi` describes a value of one record that
:mod:`kpi.records` computes. All definitions are checked together when they are imported, and every fault is reported
at once, each with the name of its KPI.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

from kpi.expression import Expression
from kpi.language import written
from kpi.measures.base import BYS, By, Count, Measure, Percentile
from kpi.periods import PERIODS, ROLLING, Period
from kpi.schema import MARTS
from kpi.text import Text
from kpi.uncertainty import DoesNotFit, Estimator, Kind, estimator
from kpi.undefined import Reason, Undefined, Value
from kpi.units import Unit, UnitClash, plain, rounded

Better = Literal["up", "down", "none"]
RecordObject = Literal["deals", "contacts", "companies"]


@dataclass(frozen=True)
class Source:
    """Where a definition can be checked."""

    title: str
    url: str | None = None


@dataclass(frozen=True)
class WriteStep:
    """How far a value must move before the CRM's record is written again: an amount, or a share of the old value."""

    amount: Decimal
    is_share: bool = False


ONE_PERCENT = WriteStep(Decimal("0.01"), is_share=True)
ONE_DAY = WriteStep(Decimal(1))
HALF_A_POINT = WriteStep(Decimal("0.005"))
ANY_CHANGE = WriteStep(Decimal(0))


@dataclass(frozen=True)
class Example:
    """A worked example: run as a test at import, shown in the docs. ``gives`` None means undefined."""

    given: Mapping[Measure, str | tuple[str, ...]]
    """Value of each input; of a percentile, the values that are ranked. In shown units."""
    gives: str | None


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """An expression over measures with a unit and a meaning."""

    name: str
    title: Text
    explain: Text
    formula: Expression
    better: Better
    grains: tuple[By, ...]
    periods: tuple[Period, ...] = PERIODS
    undefined_when: Text
    """In the words that are shown beside an empty value."""
    caveats: Text
    source: Source
    example: Example | None
    """None only where a company defined it for itself."""
    version: int
    write_step: WriteStep
    flags_above_one: bool = False
    """A rate that may pass 100 % and is then flagged."""
    interval: Kind | None = None
    """How sure it is, where the formula does not tell by itself: :mod:`kpi.uncertainty`."""
    is_own: bool = False
    """Defined in the settings of the account (:mod:`kpi.own`)."""

    @property
    def unit(self) -> Unit:
        """How its values are shown."""
        return self.formula.unit

    @property
    def fingerprint(self) -> str:
        """Twelve characters that change when the formula, or how one of its measures is read, does."""
        reads = (f"{m.name} = {m.recipe()} {m.measures} {m.trailing_days} {m.looks_ahead} {m.level}" for m in self.formula.inputs)
        return sha256("\n".join((written(self.formula), *reads)).encode()).hexdigest()[:12]

    @cached_property
    def estimator(self) -> Estimator | None:
        """Gives the interval of its values; None where it is no rate, mean or percentile of a sample."""
        return estimator(self.formula, self.interval)

    @property
    def nothing_below(self) -> Reason:
        """The reason of a ratio with nothing below the line, or a percentile of nothing."""
        return Reason("nothing_below", self.undefined_when)

    def allows(self, by: By, period: Period) -> bool:
        """Whether it has a meaning cut by that dimension and period: a rolling one, where what it reads is dated by the day."""
        if period in ROLLING:
            return by in self.grains and "month" in self.periods and all(m.is_dated for m in self.formula.inputs)
        return by in self.grains and period in self.periods

    def is_credited(self, by: By) -> bool:
        """Whether the attribution model changes its value at that grain."""
        return any(measure.is_credited(by) for measure in self.formula.inputs)


@dataclass(frozen=True)
class RecordExample:
    """A worked example in words."""

    given: Text
    gives: str


@dataclass(frozen=True, kw_only=True)
class RecordKpi:
    """The card of a value that stands on one record. ``unit`` None: it is a word, not a number."""

    name: str
    title: Text
    explain: Text
    formula: Text
    unit: Unit | None
    object: RecordObject
    better: Better
    undefined_when: Text
    caveats: Text
    source: Source
    example: RecordExample
    version: int
    write_step: WriteStep


class BadDefinitions(Exception):
    """Definitions that break the rules; ``problems`` has one line for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("KPI definitions:\n" + "\n".join(f"  {problem}" for problem in problems))


@dataclass(frozen=True)
class Definitions:
    """Everything that is checked together."""

    kpis: tuple[Kpi, ...]
    record_kpis: tuple[RecordKpi, ...]
    measures: tuple[Measure, ...]

    @property
    def cards(self) -> tuple[Kpi | RecordKpi, ...]:
        """All of them, whatever computes them."""
        return (*self.kpis, *self.record_kpis)


def check(definitions: Definitions) -> None:
    """Raise :class:`BadDefinitions` with every problem of every definition, or return."""
    if problems := problems_of(definitions):
        raise BadDefinitions(problems)


def problems_of(definitions: Definitions) -> list[str]:
    """A line for each rule that a definition breaks; it begins with the definition's name."""
    return [problem for rule in RULES for problem in rule(definitions)]


# --- The rules, one each ---------------------------------------------------------------------------------


def _names_are_free(d: Definitions) -> Iterator[str]:
    for kind, names in (("KPI", [card.name for card in d.cards]), ("measure", [m.name for m in d.measures])):
        yield from (f"{name}: {count} {kind}s have this name" for name, count in Counter(names).items() if count > 1)


def _columns_exist(d: Definitions) -> Iterator[str]:
    for measure in d.measures:
        wanted = {measure.time} - {None}
        if not isinstance(measure.aggregate, Count):
            wanted.add(measure.aggregate.column)
        for mart in sorted(measure.facts.marts):
            missing = wanted - MARTS[mart].model_fields.keys()
            yield from (f"measure {measure.name}: mart {mart} has no column {column}" for column in sorted(filter(None, missing)))


def _measures_are_known(d: Definitions) -> Iterator[str]:
    for kpi in d.kpis:
        yield from (f"{kpi.name}: unknown measure {m.name}" for m in kpi.formula.inputs if m not in d.measures)


def _unit_has_a_name(d: Definitions) -> Iterator[str]:
    for kpi in d.kpis:
        try:
            _ = kpi.unit
        except UnitClash as clash:
            yield f"{kpi.name}: “{kpi.formula.text()}”: {clash}"


def _grains_can_be_cut(d: Definitions) -> Iterator[str]:
    for kpi in d.kpis:
        if not kpi.grains or not kpi.periods:
            yield f"{kpi.name}: no grain or no period is allowed"
        for by in kpi.grains:
            if by not in BYS:
                yield f"{kpi.name}: unknown grain {by}"
                continue
            yield from (
                f"{kpi.name}: {measure.name} cannot be cut by {by}"
                for measure in kpi.formula.inputs
                if not measure.can_be_cut_by(by)
            )


def _stocks_have_no_period(d: Definitions) -> Iterator[str]:
    for kpi in d.kpis:
        if kpi.periods != ("all",) and any(m.time is None or m.trailing_days for m in kpi.formula.inputs):
            yield f"{kpi.name}: a stock and a trailing window are known at one moment only, so its only period is `all`"


def _both_languages(d: Definitions) -> Iterator[str]:
    for name, words in _texts(d):
        if not words.en.strip():
            yield f"{name}: missing English"
        if not words.fr.strip():
            yield f"{name}: missing French for “{words.en}”"


def _texts(d: Definitions) -> Iterator[tuple[str, Text]]:
    yield from ((f"measure {m.name}", m.title) for m in d.measures)
    for card in d.cards:
        yield from ((card.name, words) for words in _within(card) if isinstance(words, Text))


def _within(card: Kpi | RecordKpi) -> Iterator[Any]:
    for field in fields(card):
        value = getattr(card, field.name)
        yield value
        if isinstance(value, RecordExample):
            yield value.given


def _sourced(d: Definitions) -> Iterator[str]:
    yield from (f"{card.name}: no source" for card in d.cards if not card.source.title.strip())


def _versioned(d: Definitions) -> Iterator[str]:
    yield from (f"{card.name}: versions start at 1" for card in d.cards if card.version < 1)


def _intervals_fit(d: Definitions) -> Iterator[str]:
    for kpi in d.kpis:
        try:
            estimator(kpi.formula, kpi.interval)
        except DoesNotFit as error:
            yield f"{kpi.name}: {error}"


def _examples_are_met(d: Definitions) -> Iterator[str]:
    for kpi in d.kpis:
        if kpi.example is None:
            if not kpi.is_own:
                yield f"{kpi.name}: no worked example"
            continue
        absent = [m.name for m in kpi.formula.inputs if m not in kpi.example.given]
        if absent:
            yield f"{kpi.name}: the example has no {', '.join(absent)}"
            continue
        try:
            got = example_value(kpi)
        except UnitClash:
            continue  # reported by its own rule
        if got != kpi.example.gives:
            yield f"{kpi.name}: the example gives {got}, not {kpi.example.gives}"


def example_value(kpi: Kpi) -> str | None:
    """What the formula makes of its example, as the shortest decimal text; None when undefined, or without an example."""
    if kpi.example is None:
        return None
    values: dict[Measure, Value] = {m: _given(m, kpi.example.given[m]) for m in kpi.formula.inputs}
    value = kpi.formula.evaluate(values, kpi.nothing_below)
    return None if isinstance(value, Undefined) else plain(rounded(value, kpi.unit))


def _given(measure: Measure, given: str | tuple[str, ...]) -> Decimal:
    if isinstance(measure.aggregate, Percentile) and isinstance(given, tuple):
        return measure.aggregate.of([Decimal(text) * measure.aggregate.per for text in given])
    return Decimal("".join(given))


RULES: tuple[Callable[[Definitions], Iterator[str]], ...] = (
    _names_are_free,
    _columns_exist,
    _measures_are_known,
    _unit_has_a_name,
    _grains_can_be_cut,
    _stocks_have_no_period,
    _both_languages,
    _sourced,
    _versioned,
    _intervals_fit,
    _examples_are_met,
)
