"""The CRM properties that hold figures of campaigns and of colleagues; their words come from the KPIs' cards."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from connectors.base import PropertyDef
from kpi.card import ANY_CHANGE, WriteStep
from kpi.channels import TITLES, UNATTRIBUTED
from kpi.registry import Catalogue
from kpi.text import Text
from kpi.units import Unit
from sync.campaign_values import PEOPLE_FIGURES, Figure, campaign_figures
from sync.cards import property_text
from sync.compare import Kind
from sync.definitions import PREFIX
from sync.link_text import ITSELF as ITSELF
from sync.link_text import link_property

NATIVE = "campaigns"
"""The CRM's own campaigns."""
OWN = "cadran_campaign"
"""The custom object of ours."""
PEOPLE = "users"
LINKED = ("deals", "contacts")
"""What a campaign is associated with."""

NAME, CHANNEL, SUMMARY = "name", "channel", "summary"
CAMPAIGN = "campaign"
"""Stands for a KPI in lines that are about the campaign itself and no figure: its associations, and its leaving a place."""

_KINDS: Mapping[Unit, Kind] = MappingProxyType({Unit.MONEY: "money", Unit.RATIO: "ratio", Unit.COUNT: "count"})

_PERIODS: Mapping[str, Text] = MappingProxyType(
    {
        "month": Text("last full month", "dernier mois complet"),
        "quarter": Text("last full quarter", "dernier trimestre complet"),
    }
)
_SUMMARY = Text("Cadran summary", "Résumé Cadran")
_SUMMARY_OF = Text(
    "This campaign's numbers in one line, written by Cadran.", "Les chiffres de cette campagne en une ligne, écrits par Cadran."
)
_CHANNEL = Text("Channel", "Canal")
_CHANNEL_OF = Text("The channel that the campaign buys.", "Le canal qu'achète la campagne.")
_OBJECT = Text("Campaigns (Cadran)", "Campagnes (Cadran)")
_OBJECT_OF = Text(
    "Campaigns with their spend, leads, customers and return, written by Cadran and associated with the deals and contacts "
    "that they brought.",
    "Les campagnes avec leurs dépenses, leads, clients et rendement, écrites par Cadran et associées aux transactions et "
    "contacts qu'elles ont apportés.",
)
_SINCE_SPEND = Text(
    "Counted since spend is known, so that it goes with the costs beside it.",
    "Compté depuis que les dépenses sont connues, pour aller avec les coûts à côté.",
)
_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "singular": Text("Campaign (Cadran)", "Campagne (Cadran)"),
        "plural": _OBJECT,
        "cadran_key": Text("Key", "Clé"),
        "cadran_name": Text("Name", "Nom"),
    }
)
"""Labels of the object and of the two properties that come with it."""


def property_name(value: str) -> str:
    return PREFIX + value


def figures_of(object: str, catalogue: Catalogue) -> tuple[Figure, ...]:
    return PEOPLE_FIGURES if object == PEOPLE else campaign_figures(catalogue)


def kind_of(figure: Figure, catalogue: Catalogue) -> Kind:
    return _KINDS[catalogue.kpis[figure.kpi].unit]


def step_of(figure: Figure, catalogue: Catalogue) -> WriteStep:
    """How far a figure must have moved to be written again: the card's; one of a period that is over is written as it is."""
    return catalogue.kpis[figure.kpi].write_step if figure.period == "all" else ANY_CHANGE


def campaign_kinds(catalogue: Catalogue) -> dict[tuple[str, str], Kind]:
    """How each property is compared."""
    found: dict[tuple[str, str], Kind] = {
        (object, property_name(figure.value)): kind_of(figure, catalogue)
        for object in (NATIVE, OWN, PEOPLE)
        for figure in figures_of(object, catalogue)
    }
    for object in (NATIVE, OWN):
        found |= {(object, property_name(SUMMARY)): "text", (object, property_name(CHANNEL)): "choice"}
    found[OWN, property_name(NAME)] = "text"
    return found | {(OWN, link_property(to)): "text" for to in LINKED}


def campaign_group_labels(locale: str) -> dict[str, str]:
    """Label of our property group, per object."""
    return dict.fromkeys((NATIVE, OWN, PEOPLE), Text("Cadran: KPIs", "Cadran : indicateurs").in_(locale))


def campaign_definitions(object: str, locale: str, catalogue: Catalogue) -> list[PropertyDef]:
    """Our properties on one of these objects, the more important first; of our own object, the object itself before them."""
    return list(_definitions(object, locale, catalogue))


def _definitions(object: str, locale: str, catalogue: Catalogue) -> Iterator[PropertyDef]:
    if object == OWN:
        options = tuple((name, words.in_(locale)) for name, words in _WORDS.items())
        yield PropertyDef(OWN, ITSELF, _OBJECT.in_(locale), _OBJECT_OF.in_(locale), "string", options=options)
    if object != PEOPLE:
        yield PropertyDef(object, property_name(SUMMARY), _SUMMARY.in_(locale), _SUMMARY_OF.in_(locale), "string")
    for figure in figures_of(object, catalogue):
        yield _definition(object, figure, locale, catalogue)
    if object != PEOPLE:
        channels = tuple((slug, words.in_(locale)) for slug, words in TITLES.items() if slug != UNATTRIBUTED)
        yield PropertyDef(
            object, property_name(CHANNEL), _CHANNEL.in_(locale), _CHANNEL_OF.in_(locale), "enumeration", options=channels
        )


def _definition(object: str, figure: Figure, locale: str, catalogue: Catalogue) -> PropertyDef:
    title, text = property_text(catalogue.kpis[figure.kpi])
    label, description = title.in_(locale), text.in_(locale)
    if figure.part_of is not None:
        description = f"{description} {_SINCE_SPEND.in_(locale)}"
    if figure.period in _PERIODS:
        label = f"{label}, {_PERIODS[figure.period].in_(locale)}"
    display = "currency" if kind_of(figure, catalogue) == "money" else "unformatted"
    return PropertyDef(object, property_name(figure.value), label, description, "number", display)  # type: ignore[arg-type]
