"""What a person does in Sellsy so that a property of ours can be written: the API makes no custom fields.

Where the page is and what it calls things: Sellsy's own interface, not confirmed by its API documents.
"""

from collections.abc import Mapping
from types import MappingProxyType

from connectors.base import PropertyDef
from connectors.sellsy.fields import RELATED, SUFFIXES, TYPES, Field, items_of, word_of
from kpi.text import Text

PLACES: Mapping[str, Text] = MappingProxyType(
    {
        "deals": Text("Opportunities", "Opportunités"),
        "contacts": Text("Contacts", "Contacts"),
        "companies": Text("Clients and Prospects (both)", "Clients et Prospects (les deux)"),
    }
)
"""Our object -> what the field is for, in Sellsy's words."""

KINDS: Mapping[str, Text] = MappingProxyType(
    {
        "amount": Text("amount", "montant"),
        "numeric": Text("numeric", "numérique"),
        "simple-text": Text("simple text", "texte simple"),
        "select": Text("drop-down list", "liste déroulante"),
        "date": Text("date", "date"),
    }
)
"""Type of a field to be made -> Sellsy's word for it."""


def type_for(definition: PropertyDef) -> str:
    """Sellsy's type for a property."""
    if definition.type == "number":
        return "amount" if definition.display == "currency" else "numeric"
    return {"string": "simple-text", "enumeration": "select", "date": "date"}[definition.type]


def to_do(definition: PropertyDef, field: Field | None) -> Text | None:
    """The steps for one property; None: its values can be written. ``field``: what stands for it."""
    if field is None:
        return _make(definition)
    if TYPES.get(field["type"]) != definition.type:
        kind = KINDS[type_for(definition)]
        return Text(
            f"the custom field {field['code']} is of type {field['type']}, and a type cannot be changed: delete it in Sellsy and make it "
            f"again as {kind.en}; its values are left out until then",
            f"le champ personnalisé {field['code']} est de type {field['type']}, et un type ne se change pas : supprimez-le dans Sellsy et "
            f"recréez-le en {kind.fr} ; ses valeurs sont laissées de côté jusque-là",
        )
    if lacking := sorted(RELATED[definition.object] - set(field["related"])):
        return Text(
            f"the custom field {field['code']} must be for {PLACES[definition.object].en}: tick {', '.join(lacking)} in Sellsy; its values "
            "are left out until then",
            f"le champ personnalisé {field['code']} doit s'appliquer à {PLACES[definition.object].fr} : cochez {', '.join(lacking)} dans "
            "Sellsy ; ses valeurs sont laissées de côté jusque-là",
        )
    words = {word_of(label) for label in items_of(field).values()}
    if missing := ", ".join(label for word, label in definition.options if word not in words):
        return Text(
            f"the custom field {field['code']} lacks items: add {missing} in Sellsy; its values are left out until then",
            f"il manque des éléments au champ personnalisé {field['code']} : ajoutez {missing} dans Sellsy ; ses valeurs sont laissées de "
            "côté jusque-là",
        )
    return None


def _make(definition: PropertyDef) -> Text:
    kind, place = KINDS[type_for(definition)], PLACES[definition.object]
    code, other = definition.name, f"{definition.name}_{SUFFIXES[definition.object]}"
    labels = ", ".join(label for _, label in definition.options)
    return Text(
        f"make it by hand: Sellsy > Settings > Custom fields > Add; name: {definition.label}; code: {code} (hyphens will do; or {other}, "
        f"where Sellsy says that the code is taken); type: {kind.en}; {f'items: {labels}; ' if labels else ''}for: {place.en}; neither mandatory nor "
        "with bounds; save, then run `cadran plan` again. Its values are left out until then",
        f"à créer à la main : Sellsy > Réglages > Champs personnalisés > Ajouter ; nom : {definition.label} ; code : {code} (les tirets "
        f"conviennent ; ou {other} si Sellsy dit que le code est pris) ; type : {kind.fr} ; {f'éléments : {labels} ; ' if labels else ''}pour : {place.fr} ; ni "
        "obligatoire ni borné ; enregistrez, puis relancez `cadran plan`. Ses valeurs sont laissées de côté jusque-là",
    )
