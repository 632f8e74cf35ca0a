"""The CRM properties that Cadran owns: one line each, everything else follows.

Labels and descriptions come from the KPI's own card, in the settings' language; the description holds the formula, so
that a rep who hovers over the field learns what the number means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from connectors.base import PropertyDef
from kpi.card import ANY_CHANGE, WriteStep
from kpi.channels import TITLES, UNATTRIBUTED
from kpi.cycle_band import BANDS
from kpi.registry import BUILT_IN, Catalogue
from kpi.text import Text
from sync.campaign_properties import campaign_group_labels, campaign_kinds
from sync.cards import property_text
from sync.compare import Kind
from sync.definitions import PREFIX

GROUP = "cadran"
SUMMARY = "summary"
OBJECTS = ("deals", "contacts", "companies")


@dataclass(frozen=True)
class OurProperty:
    """A property of one kind of record; ``value`` is the record value it holds (:mod:`kpi.records`)."""

    object: str
    value: str
    kind: Kind
    label: Text | None = None
    """None: the KPI's own title and explanation."""
    description: Text | None = None

    @property
    def name(self) -> str:
        return PREFIX + self.value

    @property
    def step(self) -> WriteStep:
        """How far a value must have moved to be written again: what the KPI's card says; words have no step."""
        return BUILT_IN.definition(self.value).write_step if self.label is None else ANY_CHANGE


_CHANNEL = Text("Channel", "Canal")
_CAMPAIGN = Text("Campaign", "Campagne")
_FIRST_CHANNEL = Text("First-touch channel", "Canal de première visite")
_FIRST_CAMPAIGN = Text("First-touch campaign", "Campagne de première visite")
_START = Text("Sales cycle start", "Début du cycle de vente")
_SUMMARY = Text("Cadran summary", "Résumé Cadran")

PROPERTIES: tuple[OurProperty, ...] = (
    OurProperty(
        "deals",
        SUMMARY,
        "text",
        _SUMMARY,
        Text(
            "This deal's numbers in one line, written by Cadran.",
            "Les chiffres de cette transaction en une ligne, écrits par Cadran.",
        ),
    ),
    OurProperty(
        "deals",
        "channel",
        "choice",
        _CHANNEL,
        Text(
            "Where the deal came from: the channel credited by the attribution model among the visits of its contacts.",
            "D'où vient la transaction : le canal crédité par le modèle d'attribution parmi les visites de ses contacts.",
        ),
    ),
    OurProperty(
        "deals",
        "campaign",
        "text",
        _CAMPAIGN,
        Text(
            "The campaign credited by the attribution model; empty when no campaign is known.",
            "La campagne créditée par le modèle d'attribution ; vide si aucune campagne n'est connue.",
        ),
    ),
    OurProperty("deals", "deal_acquisition_cost", "money"),
    OurProperty("deals", "deal_roi", "ratio"),
    OurProperty(
        "deals",
        "start_on",
        "date",
        _START,
        Text(
            "The day the deal was created, in the reporting time zone.",
            "Le jour de création de la transaction, dans le fuseau de référence.",
        ),
    ),
    OurProperty("deals", "cycle_band", "choice"),
    OurProperty(
        "contacts",
        SUMMARY,
        "text",
        _SUMMARY,
        Text(
            "This contact's numbers in one line, written by Cadran.",
            "Les chiffres de ce contact en une ligne, écrits par Cadran.",
        ),
    ),
    OurProperty(
        "contacts",
        "first_touch_channel",
        "choice",
        _FIRST_CHANNEL,
        Text("The channel of the contact's first known visit.", "Le canal de la première visite connue du contact."),
    ),
    OurProperty(
        "contacts",
        "first_touch_campaign",
        "text",
        _FIRST_CAMPAIGN,
        Text("The campaign of the contact's first known visit.", "La campagne de la première visite connue du contact."),
    ),
    OurProperty("contacts", "lead_cost", "money"),
    OurProperty(
        "companies",
        SUMMARY,
        "text",
        _SUMMARY,
        Text(
            "This company's numbers in one line, written by Cadran.",
            "Les chiffres de cette entreprise en une ligne, écrits par Cadran.",
        ),
    ),
    OurProperty("companies", "revenue_won", "money"),
    OurProperty("companies", "deals_won", "count"),
    OurProperty("companies", "avg_deal_size", "money"),
    OurProperty("companies", "company_acquisition_cost", "money"),
    OurProperty("companies", "company_roi", "ratio"),
)

BY_NAME: Mapping[tuple[str, str], OurProperty] = MappingProxyType({(p.object, p.name): p for p in PROPERTIES})
BY_VALUE: Mapping[tuple[str, str], OurProperty] = MappingProxyType({(p.object, p.value): p for p in PROPERTIES})

_TYPES: Mapping[Kind, Literal["number", "string", "enumeration", "date"]] = MappingProxyType(
    {
        "money": "number",
        "ratio": "number",
        "days": "number",
        "count": "number",
        "text": "string",
        "choice": "enumeration",
        "date": "date",
    }
)


def kinds(catalogue: Catalogue) -> dict[tuple[str, str], Kind]:
    """How each of our properties is compared."""
    return {key: p.kind for key, p in BY_NAME.items()} | campaign_kinds(catalogue)


def group_labels(locale: str) -> dict[str, str]:
    """The label of our property group, per object."""
    return dict.fromkeys(OBJECTS, Text("Cadran: KPIs", "Cadran : indicateurs").in_(locale)) | campaign_group_labels(locale)


def definitions(locale: str) -> list[PropertyDef]:
    """Our properties as they should stand in the CRM, in the given language."""
    return [_definition(p, locale) for p in PROPERTIES]


def _definition(p: OurProperty, locale: str) -> PropertyDef:
    label, description = (p.label, p.description) if p.label and p.description else property_text(BUILT_IN.definition(p.value))
    options: tuple[tuple[str, str], ...] = ()
    if p.kind == "choice":
        titles = BANDS if p.value == "cycle_band" else {k: v for k, v in TITLES.items() if k != UNATTRIBUTED}
        options = tuple((slug, text.in_(locale)) for slug, text in titles.items())
    return PropertyDef(
        object=p.object,
        name=p.name,
        label=label.in_(locale),
        description=description.in_(locale),
        type=_TYPES[p.kind],
        display="currency" if p.kind == "money" else "unformatted" if _TYPES[p.kind] == "number" else None,
        options=options,
    )
