"""The catalogue of KPIs as a page that people read. Generated from the registry, so it cannot say anything else.

``docs/kpis.md`` and ``docs/kpis.fr.md`` are this text; a test holds them to it.
"""

from collections.abc import Iterator
from types import MappingProxyType

from kpi.card import Kpi, RecordKpi, Source, WriteStep
from kpi.measures.base import BYS, Measure, Percentile
from kpi.periods import PERIODS
from kpi.registry import BUILT_IN, Catalogue
from kpi.text import Text
from kpi.uncertainty import TITLES
from kpi.units import Unit, plain

_WORDS = MappingProxyType(
    {
        "title": Text("KPIs", "Indicateurs"),
        "intro": Text(
            "What every number means. A ratio with nothing below the line is empty with its reason, never 0; ratios are computed from "
            "sums, never averaged. This page is generated from the registry in `kpi/`.",
            "Ce que signifie chaque chiffre. Un ratio sans dénominateur est vide avec sa raison, jamais 0 ; les ratios se calculent sur "
            "les sommes, jamais en moyenne. Cette page est générée à partir du registre dans `kpi/`.",
        ),
        "computed": Text("At any cut", "À tous les axes"),
        "reads": Text("Reads", "Lit"),
        "records": Text("On one record", "Sur une fiche"),
        "records_intro": Text(
            "Values of one contact, deal or company, as they are written in the CRM.",
            "Valeurs d'un contact, d'une transaction ou d'une entreprise, telles qu'elles sont écrites dans le CRM.",
        ),
        "column_kpi": Text("KPI", "Indicateur"),
        "column_meaning": Text("What it is", "Définition"),
        "column_unit": Text("Unit", "Unité"),
        "formula": Text("Formula", "Formule"),
        "unit": Text("Unit", "Unité"),
        "better": Text("Better when", "Meilleur si"),
        "interval": Text("Interval", "Intervalle"),
        "by": Text("By", "Par"),
        "periods": Text("Periods", "Périodes"),
        "on": Text("On", "Sur"),
        "empty": Text("Empty when", "Vide quand"),
        "mind": Text("Mind", "À savoir"),
        "example": Text("Example", "Exemple"),
        "gives": Text("gives", "donne"),
        "rewritten": Text("Rewritten after", "Réécrit après"),
        "source": Text("Source", "Source"),
        "version": Text("Version", "Version"),
        "more_than": Text("a change of more than", "un écart de plus de"),
        "any": Text("any change", "tout changement"),
        "word": Text("a word", "un mot"),
    }
)

_UNITS = MappingProxyType(
    {
        Unit.MONEY: Text("money, in the company's currency", "argent, dans la devise de l'entreprise"),
        Unit.RATIO: Text("ratio (0.1234 is 12.34 %)", "ratio (0,1234 vaut 12,34 %)"),
        Unit.COUNT: Text("count", "nombre"),
        Unit.DAYS: Text("days", "jours"),
        Unit.MONTHS: Text("months", "mois"),
        Unit.SCORE: Text("score", "score"),
    }
)
_BETTER = MappingProxyType(
    {"up": Text("higher", "plus haut"), "down": Text("lower", "plus bas"), "none": Text("neither", "ni l'un ni l'autre")}
)


def markdown(locale: str, catalogue: Catalogue = BUILT_IN) -> str:
    """The whole page, in English or French, ending with a line break."""
    return "\n".join(_lines(locale, catalogue)) + "\n"


def _lines(locale: str, catalogue: Catalogue) -> Iterator[str]:
    say = _Words(locale)
    yield f"# {say('title')}"
    yield ""
    yield say("intro")
    yield ""
    yield f"## {say('computed')}"
    yield ""
    yield from _table([*catalogue.kpis.values()], say)
    for kpi in catalogue.kpis.values():
        yield ""
        yield from _card(kpi, say)
    yield ""
    yield f"## {say('records')}"
    yield ""
    yield say("records_intro")
    yield ""
    yield from _table([*catalogue.record_kpis.values()], say)
    for record in catalogue.record_kpis.values():
        yield ""
        yield from _record_card(record, say)


class _Words:
    """The page's own words in one language; ``colon`` as that language sets it."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self.colon = Text(":", " :").in_(locale)

    def __call__(self, key: str) -> str:
        return _WORDS[key].in_(self.locale)

    def line(self, key: str, value: str) -> str:
        return f"- **{self(key)}{self.colon}** {value}"


def _table(cards: list[Kpi] | list[RecordKpi], say: _Words) -> Iterator[str]:
    yield f"| {say('column_kpi')} | {say('column_meaning')} | {say('column_unit')} |"
    yield "|---|---|---|"
    for card in cards:
        yield f"| [`{card.name}`](#{card.name}) | {card.explain.in_(say.locale)} | {str(card.unit) if card.unit else say('word')} |"


def _card(kpi: Kpi, say: _Words) -> Iterator[str]:
    yield from _heading(kpi, say)
    yield say.line("formula", kpi.formula.text(say.locale))
    yield say.line("reads", "; ".join(f"`{measure.name}` = `{measure.recipe()}`" for measure in kpi.formula.inputs))
    yield say.line("unit", _UNITS[kpi.unit].in_(say.locale))
    yield say.line("better", _BETTER[kpi.better].in_(say.locale))
    yield say.line("interval", TITLES[kpi.estimator.kind if kpi.estimator else "none"].in_(say.locale))
    yield say.line("by", ", ".join(f"`{by}`" for by in BYS if by in kpi.grains))
    yield say.line("periods", ", ".join(f"`{period}`" for period in PERIODS if period in kpi.periods))
    yield from _reading(kpi, say)
    if kpi.example is not None:
        given = ", ".join(_given(measure, kpi.example.given[measure], say) for measure in kpi.formula.inputs)
        yield say.line("example", f"{given} {say('gives')} **{kpi.example.gives}**")
    yield from _keeping(kpi, say)


def _given(measure: Measure, value: str | tuple[str, ...], say: _Words) -> str:
    if isinstance(measure.aggregate, Percentile):
        return f"{measure.title.in_(say.locale)} {Text('of', 'de').in_(say.locale)} {' · '.join(value)}"
    return f"{measure.title.in_(say.locale)} {value if isinstance(value, str) else ' · '.join(value)}"


def _record_card(record: RecordKpi, say: _Words) -> Iterator[str]:
    yield from _heading(record, say)
    yield say.line("formula", record.formula.in_(say.locale))
    yield say.line("unit", _UNITS[record.unit].in_(say.locale) if record.unit else say("word"))
    yield say.line("better", _BETTER[record.better].in_(say.locale))
    yield say.line("on", f"`{record.object}`")
    yield from _reading(record, say)
    yield say.line("example", f"{record.example.given.in_(say.locale)} {say('gives')} **{record.example.gives}**")
    yield from _keeping(record, say)


def _heading(card: Kpi | RecordKpi, say: _Words) -> Iterator[str]:
    yield f'### <a id="{card.name}"></a>{card.title.in_(say.locale)}'
    yield ""
    yield f"`{card.name}` — {card.explain.in_(say.locale)}"
    yield ""


def _reading(card: Kpi | RecordKpi, say: _Words) -> Iterator[str]:
    yield say.line("empty", card.undefined_when.in_(say.locale))
    yield say.line("mind", card.caveats.in_(say.locale))


def _keeping(card: Kpi | RecordKpi, say: _Words) -> Iterator[str]:
    yield say.line("rewritten", _step(card.write_step, card.unit, say))
    yield say.line("source", _source(card.source))
    yield say.line("version", str(card.version))


def _step(step: WriteStep, unit: Unit | None, say: _Words) -> str:
    if not step.amount:
        return say("any")
    number = f"{plain(step.amount * 100)} %" if step.is_share else plain(step.amount)
    if unit is Unit.DAYS:
        number += Text(" day", " jour").in_(say.locale)
    return f"{say('more_than')} {Text(number, number.replace('.', ',')).in_(say.locale)}"


def _source(source: Source) -> str:
    return f"[{source.title}]({source.url})" if source.url else source.title
