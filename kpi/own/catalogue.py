"""The catalogue of an account: built-in KPIs, its own, and which it follows."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_DAY, ONE_PERCENT, Definitions, Example, Kpi, Source, WriteStep, problems_of
from kpi.expression import Expression, Operation
from kpi.language import Fault, names_in, nearest, parse
from kpi.measures.base import BYS, SHARED_BY, By, Measure, Percentile
from kpi.own.measures import measure_of
from kpi.own.order import by_need, circle, used
from kpi.own.said import Mistake, OwnFaults, OwnKpi, OwnMeasure
from kpi.periods import PERIODS
from kpi.registry import BUILT_IN, Catalogue
from kpi.roles import FOLLOWED, OWN, ROLES, resolved
from kpi.text import Text
from kpi.units import Unit


def with_own(
    measures: Sequence[OwnMeasure], kpis: Sequence[OwnKpi], follow: Sequence[str] = FOLLOWED, built_in: Catalogue = BUILT_IN
) -> Catalogue:
    """The catalogue of an account. Raises :class:`OwnFaults`."""
    workshop = _Workshop(built_in)
    for measure in measures:
        workshop.add_measure(measure, {kpi.name: kpi.formula.strip() for kpi in kpis})
    workshop.add_kpis(kpis)
    workshop.check_followed(follow, {kpi.name for kpi in kpis})
    if workshop.mistakes:
        raise OwnFaults(sorted(workshop.mistakes, key=lambda m: m.place[0] != "measures"))
    made = workshop.kpis
    definitions = Definitions(
        (*built_in.kpis.values(), *made), tuple(built_in.record_kpis.values()), (*built_in.measures, *workshop.measures.values())
    )
    return Catalogue(definitions, resolved(follow, [kpi.name for kpi in made]))


_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
_PROPERTIES = frozenset({"summary", "name", "channel", "campaign", "key", "deals", "contacts"})
"""``cadran_<name>`` stands on campaigns in the CRM already, beside which a followed KPI is written."""
_STEPS: Mapping[Unit, WriteStep] = MappingProxyType(
    {Unit.MONEY: ONE_PERCENT, Unit.RATIO: HALF_A_POINT, Unit.DAYS: ONE_DAY, Unit.COUNT: ANY_CHANGE}
)
_DEFAULT_BYS: tuple[By, ...] = tuple(by for by in BYS if by != "deal")
"""A figure for every single deal is many rows and seldom asked for: it must be named."""
_NOTHING_BELOW = Text(
    "there is nothing to divide by or to rank in the period", "rien par quoi diviser ni à classer dans la période"
)
_NOT_KNOWN = Text("a source that it reads is not connected", "une source qu'il lit n'est pas connectée")
_CAVEATS = Text("Defined in the settings of this company.", "Défini dans les réglages de l'entreprise.")
_SOURCE = Source("the company's settings (cadran.yaml)")


class _Workshop:
    """What has been made so far, and what was wrong on the way."""

    def __init__(self, built_in: Catalogue) -> None:
        self._built_in = built_in
        self._meaning = _Meaning(built_in.kpis.values())
        self.measures: dict[str, Measure] = {}
        self._kpis: dict[str, Kpi] = {}
        self._order: list[str] = []
        self._broken: set[str] = set()
        """Own names that stand for nothing because of a mistake already told."""
        self.mistakes: list[Mistake] = []

    @property
    def kpis(self) -> tuple[Kpi, ...]:
        """In the order of the settings."""
        return tuple(self._kpis[name] for name in self._order if name in self._kpis)

    def _breaks(self, name: str) -> None:
        """In other formulas a built-in name goes on meaning what it means."""
        if name not in self._built_in.names and all(name != measure.name for measure in self._built_in.measures):
            self._broken.add(name)

    def _tell(self, place: tuple[str, ...], sentence: str) -> None:
        self.mistakes.append(Mistake(place, sentence))

    # --- measures ------------------------------------------------------------------------------------------

    def add_measure(self, said: OwnMeasure, formulas: Mapping[str, str]) -> None:
        """``formulas``: of the own KPIs; one of the measure's name must be the measure itself."""
        place = ("measures", said.name)
        before = len(self.mistakes)
        self._name_is_free(place, said.name)
        if formulas.get(said.name, said.name) != said.name:
            self._tell(place, f"the KPI {said.name} is something else; a KPI and a measure of one name must be the same")
        measure, told = measure_of(said)
        self.mistakes += told
        if len(self.mistakes) == before and measure is not None:
            self.measures[said.name] = measure
        else:
            self._breaks(said.name)

    # --- KPIs ----------------------------------------------------------------------------------------------

    def add_kpis(self, kpis: Sequence[OwnKpi]) -> None:
        """In the order in which they build on each other; what is in a circle is told once, by each of its members."""
        said = {kpi.name: kpi for kpi in kpis}
        self._order = list(said)
        for kpi in kpis:
            self._name_is_free(("own", kpi.name), kpi.name)
        uses = {name: used(kpi, said) for name, kpi in said.items()}
        for name in said:
            if way := circle(name, uses):
                text = said[name].formula
                sentence = f"a KPI cannot be made of itself: {' → '.join(way)}"
                self._tell(("own", name, "formula"), Fault(sentence, text, names_in(text)[way[1]]).pointed())
                self._broken.add(name)
        for name in by_need(said, uses):
            if name not in self._broken:
                self._add_kpi(said[name])

    def _add_kpi(self, said: OwnKpi) -> None:
        place = ("own", said.name)
        named = names_in(said.formula)
        if any(name in self._broken for name in named if name != said.name):
            self._broken.add(said.name)
            return
        before = len(self.mistakes)
        try:
            formula = self._parsed(said, named)
        except Fault as fault:
            self._tell((*place, "formula"), fault.pointed())
            self._broken.add(said.name)
            return
        parts = [(name, self._kpi(name) or self._part(name)) for name in named]
        by = self._chosen(
            (*place, "by"), said.by, BYS, {name: self._meaning.cuts(part) for name, part in parts}, "dimension", _DEFAULT_BYS
        )
        periods = self._chosen(
            (*place, "periods"),
            said.periods,
            PERIODS,
            {name: self._meaning.periods(part) for name, part in parts},
            "period",
            PERIODS,
        )
        if len(self.mistakes) == before:
            kpi = self._made(said, formula, by, periods)
            problems = problems_of(Definitions((kpi,), (), (*self._built_in.measures, *self.measures.values())))
            self.mistakes += [Mistake(place, problem.removeprefix(f"{said.name}: ")) for problem in problems]
            self._kpis[said.name] = kpi
        if len(self.mistakes) > before:
            self._broken.add(said.name)

    def _parsed(self, said: OwnKpi, named: Mapping[str, int]) -> Expression:
        for name, column in named.items():
            if name in self._built_in.record_kpis and name not in self._built_in.kpis:
                raise Fault(
                    f"{name} stands on single records; a formula is made of measures and other KPIs", said.formula, column
                )
        names: dict[str, Expression] = {measure.name: measure for measure in self._built_in.measures}
        names |= {kpi.name: kpi.formula for kpi in self._built_in.kpis.values()}
        names |= {name: kpi.formula for name, kpi in self._kpis.items()} | self.measures
        return parse(said.formula, names)

    def _kpi(self, name: str) -> Kpi | None:
        return None if name in self.measures else self._kpis.get(name) or self._built_in.kpis.get(name)

    def _part(self, name: str) -> Measure:
        return self.measures.get(name) or next(m for m in self._built_in.measures if m.name == name)

    def _chosen(
        self,
        place: tuple[str, ...],
        said: Sequence[str],
        known: Sequence[str],
        allowed: Mapping[str, frozenset[str]],
        what: str,
        default: Sequence[str],
    ) -> tuple[str, ...]:
        """What was chosen of ``known``, or all of ``default`` that every part of the formula allows."""
        common = frozenset(known).intersection(*allowed.values())
        each = "; ".join(f"{name}: {', '.join(k for k in known if k in of)}" for name, of in allowed.items())
        if not common:
            self._tell(place[:-1], f"its parts have no {what} in common ({each})")
        for index, one in enumerate(said):
            if one not in known:
                self._tell((*place, str(index)), f"there is no {what} {one}; {nearest(one, known)}")
            elif common and one not in common:
                lacking = " and ".join(name for name, of in allowed.items() if one not in of)
                self._tell(
                    (*place, str(index)),
                    f"{lacking} cannot be told by {one}; possible: {', '.join(k for k in known if k in common)}",
                )
        return tuple(k for k in known if k in (said or default) and k in common)

    def _made(self, said: OwnKpi, formula: Expression, by: tuple[str, ...], periods: tuple[str, ...]) -> Kpi:
        words = Text(f"A KPI of your own: {formula.text('en')}.", f"Un indicateur à vous : {formula.text('fr')}.")
        return Kpi(
            name=said.name,
            title=said.title or Text(said.name, said.name),
            explain=said.explain or words,
            formula=formula,
            better=said.better,
            grains=by,  # type: ignore[arg-type]
            periods=periods,  # type: ignore[arg-type]
            undefined_when=said.undefined_when or (_NOTHING_BELOW if _may_be_empty(formula) else _NOT_KNOWN),
            caveats=said.caveats or _CAVEATS,
            source=_SOURCE,
            example=self._example(said, formula),
            version=said.version,
            write_step=_STEPS.get(formula.unit, ANY_CHANGE),
            is_own=True,
        )

    def _example(self, said: OwnKpi, formula: Expression) -> Example | None:
        if not said.given:
            return None
        before = len(self.mistakes)
        inputs = {measure.name: measure for measure in formula.inputs}
        given = {}
        for name, value in said.given.items():
            place = ("own", said.name, "example", "given", name)
            if name not in inputs:
                self._tell(place, f"the formula reads no measure {name}; it reads {', '.join(inputs)}")
                continue
            try:
                Decimal(value)
            except InvalidOperation:
                self._tell(place, "not a number")
                continue
            given[inputs[name]] = value
        return Example(given, said.gives) if len(self.mistakes) == before else None

    # --- names ---------------------------------------------------------------------------------------------

    def _name_is_free(self, place: tuple[str, ...], name: str) -> None:
        taken = None
        if not _NAME.fullmatch(name):
            taken = "a name holds a-z, 0-9 and _, begins with a letter and has at most 50 characters"
        elif name in self._built_in.names:
            taken = f"{name} is a built-in KPI already; give yours another name"
        elif any(name == measure.name for measure in self._built_in.measures):
            taken = f"{name} is a built-in measure already; give yours another name"
        elif name in _PROPERTIES or name.endswith(("_last_month", "_last_quarter")):
            taken = f"{name} is the name of a property of Cadran; give yours another name"
        elif name in ROLES or name == OWN:
            taken = f"{name} stands for a set of KPIs in `follow`; give yours another name"
        if taken:
            self._tell(place, taken)
            self._breaks(name)

    def check_followed(self, follow: Iterable[str], own: Iterable[str]) -> None:
        known = [*ROLES, OWN, *own, *self._built_in.names]
        for index, one in enumerate(follow):
            if one not in known:
                self._tell(
                    ("follow", str(index)),
                    f"no role or KPI is called {one}; {nearest(one, known, '`cadran kpis --all` lists them')}",
                )


# --- what the parts of a formula have


class _Meaning:
    """Where the figures of a measure mean something: where those of the built-in KPIs made of it, or of its family, do.

    That a mart has a column does not say so: overhead is not known by the day, nor an open deal's amount by product.
    """

    def __init__(self, kpis: Iterable[Kpi]) -> None:
        self._cuts: defaultdict[str, set[str]] = defaultdict(set)
        self._periods: defaultdict[str, set[str]] = defaultdict(set)
        for kpi in kpis:
            for measure in kpi.formula.inputs:
                for key in (measure.name, _family(measure)):
                    self._cuts[key].update(kpi.grains)
                    self._periods[key].update(kpi.periods)

    def cuts(self, part: Kpi | Measure) -> frozenset[str]:
        if isinstance(part, Kpi):
            return frozenset(part.grains)
        cuts = {by for by in BYS if part.can_be_cut_by(by)}
        if part.where and any(f'"{column}"' in part.where for column in part.facts.shared):
            cuts -= SHARED_BY  # there the column holds a line's share, and the condition would ask something else
        return frozenset(cuts & (self._cuts.get(part.name) or self._cuts.get(_family(part)) or cuts))

    def periods(self, part: Kpi | Measure) -> frozenset[str]:
        if isinstance(part, Kpi):
            return frozenset(part.periods)
        periods = {"all"} if part.time is None or part.trailing_days else set[str](PERIODS)
        return frozenset(periods & (self._periods.get(part.name) or self._periods.get(_family(part)) or periods))


def _family(measure: Measure) -> str:
    return f"of {measure.facts.name}"


def _may_be_empty(formula: Expression) -> bool:
    if isinstance(formula, Operation):
        return formula.operator == "÷" or _may_be_empty(formula.left) or _may_be_empty(formula.right)
    return isinstance(formula, Measure) and isinstance(formula.aggregate, Percentile)
