"""From visitor to customer: how many reached each step in the span, and what share of the step before that was."""

from dataclasses import dataclass
from decimal import Decimal

from kpi.funnel import STEPS
from kpi.registry import Catalogue
from kpi.text import Text
from sync.publish.i18n import Language
from sync.publish.reports.lines import read
from sync.publish.reports.span import Span
from sync.publish.shelf import Shelf


@dataclass(frozen=True)
class Step:
    title: str
    count: Decimal | None
    told: str
    rate: str
    """Of those of the step before; '' where there is none."""
    note: str
    """Why something is not known, or how sure the rate is."""


def funnel(shelf: Shelf, catalogue: Catalogue, language: Language, span: Span) -> list[Step]:
    """Empty where no step is known."""
    found = [_step(shelf, catalogue, language, span, kpi, rate) for kpi, rate in STEPS]
    return found if any(step.count is not None for step in found) else []


def _step(shelf: Shelf, catalogue: Catalogue, language: Language, span: Span, kpi: str, rate: str | None) -> Step:
    figure = shelf.figure(kpi, period=span.period, start=span.start)
    held = shelf.figure(rate, period=span.period, start=span.start) if rate else None
    notes = []
    if figure is None or figure.value is None:
        reason = figure.reason if figure and figure.reason else _never(catalogue, kpi)
        notes.append(language.text(reason))
    if rate and held is None and span.period not in catalogue.kpis[rate].periods:
        notes.append(Text("rate not kept by week", "taux non tenu par semaine").in_(language.locale))
    elif held is not None and held.value is None and figure is not None and figure.value is not None:
        notes.append(language.text(held.reason))
    elif held is not None and held.value is not None and held.interval is not None:
        low, high = (language.amount(end, held.unit) for end in held.interval)
        notes.append(Text(f"between {low} and {high}", f"entre {low} et {high}").in_(language.locale))
    return Step(
        title=catalogue.definition(kpi).title.in_(language.locale),
        count=figure.value if figure else None,
        told=language.value(figure),
        rate=read(held, catalogue, language) if held is not None and held.value is not None else "",
        note="; ".join(note for note in notes if note),
    )


def _never(catalogue: Catalogue, kpi: str) -> Text:
    """A count that is not there is undefined for the reason of its card."""
    return catalogue.kpis[kpi].undefined_when
