"""What campaigns cost and brought, those that cost most first; the others together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpi.measures.base import Measure
from kpi.registry import Catalogue
from kpi.text import Text
from kpi.undefined import Undefined, Value
from kpi.units import rounded
from sync.publish.i18n import Language
from sync.publish.reports.lines import read
from sync.publish.reports.span import Span
from sync.publish.shelf import Figure, Shelf

KPIS = ("spend", "leads", "cpl", "new_customers", "cac_paid", "revenue_won", "roi")
ADDED = ("spend", "leads", "new_customers", "revenue_won")
"""Add up over campaigns."""
TOP = 10
UNATTRIBUTED = "unattributed"
_NOTHING = Text("nothing recorded", "rien d'enregistré")


@dataclass(frozen=True)
class Cell:
    value: str
    note: str = ""
    """Why there is none, or how sure it is."""


@dataclass(frozen=True)
class Row:
    name: str
    cells: tuple[Cell, ...]
    """In the order of :data:`KPIS`."""
    spend: Decimal | None = None
    revenue: Decimal | None = None
    told: tuple[str, str] = ("", "")
    """Both as they are read."""


@dataclass(frozen=True)
class Campaigns:
    titles: tuple[str, ...]
    rows: tuple[Row, ...]
    rest: Row | None
    """Those that cost less, together."""
    rest_count: int
    unattributed: Row | None
    """What no campaign earned."""


def campaigns(shelf: Shelf, catalogue: Catalogue, language: Language, span: Span) -> Campaigns | None:
    """None where nothing is known of campaigns in the span."""
    found = shelf.cut(KPIS, by="campaign", period=span.period, start=span.start)
    other = found.pop(UNATTRIBUTED, None)
    if not found:
        return None
    labels, look = shelf.labels("campaign"), _Look(catalogue, language)
    order = sorted(found, key=lambda key: (-_value(found[key], "spend"), -_value(found[key], "revenue_won"), key))
    shown, hidden = order[:TOP], order[TOP:]
    return Campaigns(
        titles=tuple(catalogue.definition(kpi).title.in_(language.locale) for kpi in KPIS),
        rows=tuple(look.row(labels.get(key, key), found[key]) for key in shown),
        rest=look.rest([found[key] for key in hidden]) if hidden else None,
        rest_count=len(hidden),
        unattributed=look.unattributed(other) if other else None,
    )


def _value(figures: Mapping[str, Figure], kpi: str) -> Decimal:
    figure = figures.get(kpi)
    return figure.value if figure is not None and figure.value is not None else Decimal(0)


class _Look:
    def __init__(self, catalogue: Catalogue, language: Language) -> None:
        self._catalogue, self._language = catalogue, language

    def row(self, name: str, figures: Mapping[str, Figure]) -> Row:
        spend, revenue = figures.get("spend"), figures.get("revenue_won")
        return Row(
            name,
            tuple(self._cell(figures.get(kpi)) for kpi in KPIS),
            spend.value if spend else None,
            revenue.value if revenue else None,
            (self._language.value(spend), self._language.value(revenue)),
        )

    def _cell(self, figure: Figure | None) -> Cell:
        if figure is None:
            return Cell("—", _NOTHING.in_(self._language.locale))
        if figure.value is None:
            return Cell("—", self._language.text(figure.reason))
        interval, note = figure.interval, ""
        if interval is not None and interval.low != interval.high:
            low, high = (self._language.short(end, figure.unit, figure.currency) for end in interval)
            note = f"{low} … {high}"
        return Cell(read(figure, self._catalogue, self._language), note)

    def unattributed(self, figures: Mapping[str, Figure]) -> Row:
        """Amounts and counts alone: a ratio to what no campaign cost says nothing."""
        return Row("", tuple(self._cell(figures.get(kpi)) if kpi in ADDED else Cell("") for kpi in KPIS))

    def rest(self, hidden: Iterable[Mapping[str, Figure]]) -> Row:
        """Amounts and counts added up; a ratio by its own formula, of its inputs added up."""
        members = list(hidden)
        return Row("", tuple(self._of_all(kpi, [one[kpi] for one in members if kpi in one]) for kpi in KPIS))

    def _of_all(self, kpi: str, figures: list[Figure]) -> Cell:
        if not figures:
            return Cell("—", _NOTHING.in_(self._language.locale))
        unit, currency = figures[0].unit, figures[0].currency
        if kpi in ADDED:
            known = [figure.value for figure in figures if figure.value is not None]
            return Cell(self._language.amount(sum(known, Decimal(0)), unit, currency) if known else "—")
        card = self._catalogue.kpis[kpi]
        inputs: dict[str, Decimal] = {}
        for figure in figures:
            for name, value in figure.inputs.items():
                inputs[name] = inputs.get(name, Decimal(0)) + (value or Decimal(0))
        values: dict[Measure, Value] = {measure: inputs.get(measure.name, Decimal(0)) for measure in card.formula.inputs}
        worked_out = card.formula.evaluate(values, card.nothing_below)
        if isinstance(worked_out, Undefined):
            return Cell("—", self._language.text(card.undefined_when))
        return Cell(self._language.amount(rounded(worked_out, card.unit), unit, currency))
