"""CRM search: filters, one sort, an offset that ends at 10,000, over an index that lags behind.

https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm (2026-11-21). Instants and days are kept in one
text form each and compared as text; numbers are compared as numbers; texts in lower case.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.sandbox.hubspot.errors import Refusal, invalid
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.properties import unknown_field
from connectors.sandbox.hubspot.records import Records, Stored
from connectors.sandbox.hubspot.values import instant_text, parse_day, parse_instant, sortable

PAGE_MAX = 200
CEILING = 10_000
GROUPS_MAX = 5
FILTERS_MAX = 6
ALL_FILTERS_MAX = 18

OPERATORS = frozenset(
    {"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN"}
    | {"HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}
)
_BODY = frozenset({"filterGroups", "filters", "sorts", "properties", "limit", "after", "query"})
_FILTER = frozenset({"propertyName", "operator", "value", "highValue", "values"})

Key = Callable[[str], Any]
Test = Callable[[Stored], bool]

_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda held, wanted: bool(held == wanted),
    "NEQ": lambda held, wanted: bool(held != wanted),
    "LT": lambda held, wanted: bool(held < wanted),
    "LTE": lambda held, wanted: bool(held <= wanted),
    "GT": lambda held, wanted: bool(held > wanted),
    "GTE": lambda held, wanted: bool(held >= wanted),
}


@dataclass(frozen=True)
class Found:
    """One page of a search."""

    total: int
    records: Sequence[Stored]
    next_offset: int | None
    properties: Sequence[str] | None
    """Asked for; None: the defaults."""


def search(portal: Portal, records: Records, body: Mapping[str, Any]) -> Found:
    """Records of the index that pass any of the filter groups. Raises :class:`Refusal`."""
    for key in body:
        if key not in _BODY:
            raise unknown_field(key)
    limit, after = _whole(body.get("limit", 10), "limit"), _whole(body.get("after") or 0, "after")
    if not 1 <= limit <= PAGE_MAX:
        raise invalid(f"limit must be between 1 and {PAGE_MAX}")
    if after + limit > CEILING:
        raise invalid(f"Search results are limited to {CEILING}; the paging offset {after} with limit {limit} is beyond")
    groups = _groups(body)
    tests = [[_test(portal, records, one) for one in group] for group in groups]
    words = str(body.get("query") or "").lower()
    found = [
        record
        for record in records
        if record.indexed is not None
        and (not tests or any(all(test(record) for test in group) for group in tests))
        and (not words or _mentions(record.indexed, records.kind.defaults, words))
    ]
    _sort(portal, records, found, body.get("sorts") or [])
    following = after + limit
    return Found(
        len(found),
        found[after:following],
        following if following < len(found) else None,
        body.get("properties") or None,
    )


def _groups(body: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    given = [group.get("filters", []) for group in body.get("filterGroups") or []]
    if body.get("filters"):
        given.append(body["filters"])
    if len(given) > GROUPS_MAX:
        raise invalid(f"at most {GROUPS_MAX} filter groups, got {len(given)}")
    if any(len(group) > FILTERS_MAX for group in given) or sum(map(len, given)) > ALL_FILTERS_MAX:
        raise invalid(f"at most {FILTERS_MAX} filters in a group and {ALL_FILTERS_MAX} in all")
    return given


def _test(portal: Portal, records: Records, one: Mapping[str, Any]) -> Test:
    for key in one:
        if key not in _FILTER:
            raise unknown_field(key)
    name, operator = one.get("propertyName"), one.get("operator")
    if not isinstance(name, str) or operator not in OPERATORS:
        raise invalid(f"a filter needs a propertyName and an operator of {', '.join(sorted(OPERATORS))}")
    if name.startswith("associations."):
        return _association_test(portal, records, name.removeprefix("associations."), one)
    definition = records.definitions.active.get(name)
    if definition is None:
        if portal.quirks.unknown_filter_is_refused:
            raise invalid(f"There was a problem with the request: property {name} does not exist")
        return lambda record: False
    held = _held(name, key_of(definition))
    if operator == "HAS_PROPERTY":
        return lambda record: bool(record.indexed and record.indexed.get(name))
    if operator == "NOT_HAS_PROPERTY":
        return lambda record: not (record.indexed and record.indexed.get(name))
    return _value_test(definition, operator, one, held)


def _value_test(definition: Mapping[str, Any], operator: str, one: Mapping[str, Any], held: Callable[[Stored], Any]) -> Test:
    """A test of a value against operands; a record without a value passes none of them."""
    key = key_of(definition)
    if operator in ("IN", "NOT_IN"):
        values = one.get("values")
        if not isinstance(values, list) or not values:
            raise invalid(f"operator {operator} needs values")
        # The index holds texts in lower case, and these operands are taken as they come: HubSpot asks for lower case here.
        raw = definition["type"] in ("string", "enumeration", "bool")
        wanted = {str(value) if raw else _operand(key, value) for value in values}
        is_in = operator == "IN"
        return lambda record: (value := held(record)) is not None and (value in wanted) is is_in
    low = _operand(key, one.get("value"))
    if operator == "BETWEEN":
        high = _operand(key, one.get("highValue"))
        return lambda record: (value := held(record)) is not None and bool(low <= value <= high)
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        token, is_in = str(low).strip("*").lower(), operator == "CONTAINS_TOKEN"
        return lambda record: (value := held(record)) is not None and (token in str(value).lower()) is is_in
    compare = _TESTS[operator]
    return lambda record: (value := held(record)) is not None and compare(value, low)


def _association_test(portal: Portal, records: Records, other: str, one: Mapping[str, Any]) -> Test:
    pair = (records.kind.plural, portal.kinds.find(other).plural)
    if pair[1] not in portal.records or one["operator"] not in ("EQ", "IN"):
        raise invalid("associations can be filtered by EQ and IN")
    wanted = {str(value) for value in one.get("values") or [one.get("value")]}
    return lambda record: not wanted.isdisjoint(portal.links.of(pair, record.id))


def key_of(definition: Mapping[str, Any]) -> Key:
    """From a value's text to what it is compared by. Raises :class:`ValueError` for a text that is none."""
    type_ = definition["type"]
    if definition["name"] == "hs_object_id":
        return int
    if type_ == "number":
        return _decimal
    if type_ == "datetime":
        return _instant
    if type_ == "date":
        return lambda text: parse_day(text) if text[4:5] == "-" else instant_text(parse_instant(text))[:10]
    if type_ == "string":
        return str.lower
    return str


def _instant(text: str) -> str:
    return sortable(text if text.endswith("Z") else instant_text(parse_instant(text)))


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


def _held(name: str, key: Key) -> Callable[[Stored], Any]:
    def held(record: Stored) -> Any:
        text = record.indexed.get(name) if record.indexed else None
        if not text:
            return None
        try:
            return key(text)
        except ValueError:
            return None

    return held


def _operand(key: Key, value: object) -> Any:
    if value is None or isinstance(value, dict | list):
        raise invalid("the filter's operator needs a value")
    try:
        return key(str(value))
    except ValueError as error:
        raise invalid(f"{value!r} does not fit the property's type") from error


def _mentions(values: Mapping[str, str], names: Sequence[str], words: str) -> bool:
    return any(words in values.get(name, "").lower() for name in names)


def _sort(portal: Portal, records: Records, found: list[Stored], sorts: Sequence[Any]) -> None:
    """Put in order, in place; ``found`` comes in id order. Records without the value come last."""
    if not sorts:
        if not portal.quirks.search_unsorted_is_by_id:
            found.reverse()
        return
    if len(sorts) > 1:
        raise invalid("only one sort is supported")
    name, is_descending = _sort_of(sorts[0])
    definition = records.definitions.active.get(name)
    if definition is None:
        raise invalid(f"There was a problem with the sort: property {name} does not exist")
    if name == "hs_object_id":
        if is_descending:
            found.reverse()
        return
    held = _held(name, key_of(definition))
    without = [record for record in found if held(record) is None]
    with_value = [record for record in found if held(record) is not None]
    with_value.sort(key=held, reverse=is_descending)
    found[:] = with_value + without


def _sort_of(sort: object) -> tuple[str, bool]:
    if isinstance(sort, str):
        return sort.removeprefix("-"), sort.startswith("-")
    if isinstance(sort, dict) and isinstance(sort.get("propertyName"), str):
        if sort.get("direction", "ASCENDING") not in ("ASCENDING", "DESCENDING"):
            raise invalid(f"direction {sort['direction']!r} is not ASCENDING or DESCENDING")
        return sort["propertyName"], sort.get("direction") == "DESCENDING"
    raise invalid("a sort needs a propertyName")


def _whole(value: object, key: str) -> int:
    text = str(value)
    if not text.isdecimal():
        raise _not_whole(key, text)
    return int(text)


def _not_whole(key: str, text: str) -> Refusal:
    return invalid(f"{key} must be a whole number, not {text!r}")
