"""Custom fields' values: which record bears which, in what form, within what bounds."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.sandbox.sellsy.errors import Refused
from connectors.sandbox.world import Record

KINDS: Mapping[str, frozenset[str]] = {
    "opportunities": frozenset({"opportunity"}),
    "contacts": frozenset({"contact"}),
    "companies": frozenset({"client", "prospect", "supplier"}),
    "individuals": frozenset({"client", "prospect", "supplier"}),
}
"""Table -> what custom fields of its records are for. Of companies and individuals the record's own type."""

SIMPLE_TEXT_MAX = 250
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def borne(field: Record, table: str, record: Record) -> bool:
    """Whether a record has this field."""
    kinds = KINDS[table] & {str(record["type"])} if "type" in record else KINDS[table]
    return bool(kinds & set(field["related_object"]))


def checked(field: Record, value: Any, place: str) -> Any:
    """The value as it is kept; None: empty. Raises :class:`Refused` (400) for one that the field does not take."""
    parameters = field.get("parameters") or {}
    if field["type"] == "amount":
        return _amount(value, parameters, place)
    if value is None:
        return None
    match field["type"]:
        case "numeric":
            return _number(value, parameters, place)
        case "select" | "radio":
            items = {item["id"] for item in parameters.get("items") or ()}
            return value if isinstance(value, int) and value in items else _refuse(place, "this is not one of the items")
        case "date":
            return value if isinstance(value, str) and _DAY.fullmatch(value) else _refuse(place, "this is not a date")
        case "simple-text":
            most = parameters.get("char_max") or SIMPLE_TEXT_MAX
            fits = isinstance(value, str) and int(parameters.get("char_min") or 0) <= len(value) <= int(most)
            return value if fits else _refuse(place, f"this is not a text of at most {most} characters")
        case _:
            return value if isinstance(value, str) else _refuse(place, "this is not a text")


def _amount(value: Any, parameters: Mapping[str, Any], place: str) -> Any:
    if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
        _refuse(place, "this is not an amount with its currency")
    if value["amount"] is None:
        return None
    _number(value["amount"], parameters, place)
    if parameters.get("currency") not in (None, value["currency"]):
        _refuse(place, f"the currency is {parameters['currency']}")
    return value


def _number(value: Any, parameters: Mapping[str, Any], place: str) -> str:
    if not isinstance(value, str):
        _refuse(place, "this value should be of type string")
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        _refuse(place, "this is not a number")
    for name, sign in (("min_value", 1), ("max_value", -1)):
        bound = parameters.get(name)
        if bound not in (None, "") and sign * found < sign * Decimal(str(bound)):
            _refuse(place, f"this is beyond {name}")
    return str(value)


def _refuse(place: str, why: str) -> Any:
    raise Refused(400, "Validation error", {place: why})


def empty(field: Record) -> Any:
    """What stands for no value."""
    return {"amount": None, "currency": None} if field["type"] == "amount" else None
