"""Sellsy's custom fields as the properties we write: which are ours, and their values in Sellsy's form and in ours.

A field is ours by its *code* and by what it is for. One field may be for several kinds of record, and one property of ours stands
on several (``cadran_summary``); whether Sellsy lets two fields bear one code is not confirmed, so ``cadran_summary_opportunity``
is understood too. Companies and individuals share the fields of clients and prospects.

Sellsy API v2, OpenAPI 2.128.0 (2024-04): the API lists definitions and sets values; it makes, changes and deletes no definition.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from connectors.base import BadValue, Raw
from connectors.values import number
from kpi.channels import TITLES
from kpi.cycle_band import BANDS

OWN_PREFIX = "cadran_"

INDIVIDUAL = "individual-"
"""Before the id of a person who buys: companies, contacts and individuals each count their own ids."""

RELATED: Mapping[str, frozenset[str]] = MappingProxyType(
    {"deals": frozenset({"opportunity"}), "contacts": frozenset({"contact"}), "companies": frozenset({"client", "prospect"})}
)
"""Our object -> what its custom fields must be for, all of them."""
SUFFIXES: Mapping[str, str] = MappingProxyType({"deals": "opportunity", "contacts": "contact", "companies": "client"})
"""Our object -> what its codes may end in."""

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "simple-text": "string",
        "rich-text": "string",
        "numeric": "number",
        "amount": "number",
        "select": "enumeration",
        "radio": "enumeration",
        "date": "date",
    }
)
"""Sellsy's type -> the type of the properties whose values it can hold."""

Field = Mapping[str, Any]
"""What is kept of a definition, JSON types only: ``id, code, label, type, related, parameters``."""
Fields = Mapping[str, Mapping[str, Field]]
"""Object -> property -> its field."""

TEXT_MAX = 250
"""Characters of a simple text."""


class Unfit(ValueError):
    """A value that its field does not take; the sentence says why and what to do."""


def own_fields(definitions: Iterable[Raw]) -> dict[str, dict[str, dict[str, Any]]]:
    """Those of an account's definitions that are ours; of two for one property the older counts."""
    found: dict[str, dict[str, dict[str, Any]]] = {object: {} for object in RELATED}
    for one in sorted(definitions, key=lambda one: int(one["id"])):
        code = str(one.get("code") or "").strip().casefold().replace("-", "_")
        related = {str(kind) for kind in one.get("related_object") or ()}
        if not code.startswith(OWN_PREFIX):
            continue
        field = {
            "id": int(one["id"]),
            "code": str(one["code"]),
            "label": str(one.get("name") or ""),
            "type": str(one.get("type")),
            "related": sorted(related),
            "parameters": one.get("parameters") or {},
        }
        for object, kinds in RELATED.items():
            if related & kinds:
                found[object].setdefault(code.removesuffix(f"_{SUFFIXES[object]}"), field)
    return found


def items_of(field: Field) -> dict[int, str]:
    """Id -> label of the items of a list to choose from, in order."""
    items = sorted(field["parameters"].get("items") or (), key=lambda item: int(item.get("rank") or 0))
    return {int(item["id"]): str(item.get("label") or "") for item in items}


# --- choices: our words and the labels that people gave their items --------------------------------------------------


def _plain(label: str) -> str:
    return " ".join(label.replace("’", "'").split()).casefold()


_WORDS: Mapping[str, str] = MappingProxyType(
    {_plain(label): word for titles in (TITLES, BANDS) for word, title in titles.items() for label in (word, title.en, title.fr)}
)


def word_of(label: str) -> str:
    """Our word for an item: by its label in English or French, or by the word itself; any other label is its own word."""
    return _WORDS.get(_plain(label), label)


# --- values ------------------------------------------------------------------------------------------------------------


def decoded(field: Field, value: Any) -> str | None:
    """Sellsy's value in our spelling; None: empty. Raises :class:`BadValue` for one that is not of its field's type."""
    if isinstance(value, dict):  # an amount
        value = value.get("amount")
    if value is None or value == "" or value == []:
        return None
    kind = TYPES.get(field["type"])
    if kind == "enumeration":
        chosen = items_of(field).get(int(number(value, str(field["code"]))))
        return None if chosen is None else word_of(chosen)
    if kind == "number":
        return format(number(value, str(field["code"])), "f")
    if isinstance(value, (list, bool)):
        raise BadValue(f"{field['code']}: {value!r} is no {field['type']}")
    return str(value)


def encoded(field: Field, value: str, currency: str) -> Any:
    """Our value in Sellsy's form; empty clears. ``currency``: of an amount whose field names none. Raises :class:`Unfit`."""
    kind, parameters = field["type"], field["parameters"]
    if kind == "amount":
        code = parameters.get("currency") or currency
        return {"amount": _within(value, parameters) if value else None, "currency": code if value else None}
    if not value:
        return None
    if kind == "numeric":
        return _within(value, parameters)
    if kind in ("select", "radio"):
        chosen = next((id for id, label in items_of(field).items() if word_of(label) == value), None)
        if chosen is None:
            raise Unfit(f"the custom field {field['code']} has no item for `{value}`: add it there")
        return chosen
    if kind in ("simple-text", "rich-text"):
        return _short_enough(value, kind, field)
    return value


def _within(value: str, parameters: Mapping[str, Any]) -> str:
    """The number as it is; Sellsy refuses one outside of the bounds that a person set."""
    found = Decimal(value)
    least, most = (_bound(parameters.get(name)) for name in ("min_value", "max_value"))
    if (least is not None and found < least) or (most is not None and found > most):
        bounds = f"{'any' if least is None else least} to {'any' if most is None else most}"
        raise Unfit(f"{value} is outside of what its custom field takes ({bounds}): widen or remove the bounds there")
    return value


def _bound(told: Any) -> Decimal | None:
    return None if told in (None, "") else Decimal(str(told))


def _short_enough(value: str, kind: str, field: Field) -> str:
    told = field["parameters"].get("char_max")
    most = int(told) if told else TEXT_MAX if kind == "simple-text" else None
    least = int(field["parameters"].get("char_min") or 0)
    if (most is not None and len(value) > most) or len(value) < least:
        raise Unfit(
            f"{len(value)} characters do not fit into the custom field {field['code']} ({least} to {most if most is not None else 'any'})"
        )
    return value
