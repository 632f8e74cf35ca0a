"""Which rows pass: GA4's filter expressions, over columns of text (dimensions) or of numbers (metrics).

https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/FilterExpression (2026-11-21).
A leaf is decided once per distinct value, so that a filter over 60,000 sessions costs as much as one over a list of campaigns.
"""

import operator
import re
from collections.abc import Callable, Iterator, Sequence

from connectors.sandbox.ga4.fields import NOT_SET
from connectors.sandbox.ga4.request import Filter, FilterExpression, MatchType, NumericFilter, Operation, StringFilter
from connectors.sandbox.google_errors import invalid

Mask = list[bool]
Column = Callable[[str], Sequence[str]]
"""The values of a field by its name."""

_COMPARE = {
    Operation.EQUAL: operator.eq,
    Operation.LESS_THAN: operator.lt,
    Operation.LESS_THAN_OR_EQUAL: operator.le,
    Operation.GREATER_THAN: operator.gt,
    Operation.GREATER_THAN_OR_EQUAL: operator.ge,
}


def fields_of(expression: FilterExpression | None) -> Iterator[str]:
    """Every field that the expression names."""
    if expression is None:
        return
    for group in (expression.and_group, expression.or_group):
        for inner in group.expressions if group else ():
            yield from fields_of(inner)
    yield from fields_of(expression.not_expression)
    if expression.filter:
        yield expression.filter.field_name


def passes(expression: FilterExpression, column: Column) -> Mask:
    """True for each row that passes. Raises a 400 for an expression that says nothing or two things at once."""
    given = [part for part in (expression.and_group, expression.or_group, expression.not_expression, expression.filter) if part]
    if len(given) != 1:
        raise invalid("A filter expression must hold exactly one of andGroup, orGroup, notExpression and filter.")
    if expression.filter:
        return _leaf(expression.filter, column(expression.filter.field_name))
    if expression.not_expression:
        return [not passed for passed in passes(expression.not_expression, column)]
    group = expression.and_group or expression.or_group
    if group is None or not group.expressions:
        raise invalid("A filter group must hold at least one expression.")
    masks = [passes(inner, column) for inner in group.expressions]
    decide = all if expression.and_group else any
    return [decide(row) for row in zip(*masks, strict=True)]


def _leaf(leaf: Filter, values: Sequence[str]) -> Mask:
    test = _test(leaf)
    accepted = {value for value in set(values) if test(value)}
    return [value in accepted for value in values]


def _test(leaf: Filter) -> Callable[[str], bool]:
    if leaf.string_filter:
        return _matches(leaf.string_filter)
    if in_list := leaf.in_list_filter:
        if in_list.case_sensitive:
            return frozenset(in_list.values).__contains__
        folded = frozenset(value.casefold() for value in in_list.values)
        return lambda value: value.casefold() in folded
    if leaf.numeric_filter:
        return _compares(leaf.numeric_filter)
    if between := leaf.between_filter:
        low, high = between.from_value.number, between.to_value.number
        return lambda value: low <= _number(value) <= high
    if leaf.empty_filter is not None:
        return lambda value: value in ("", NOT_SET)
    raise invalid(f"The filter on {leaf.field_name} has no condition.")


def _matches(condition: StringFilter) -> Callable[[str], bool]:
    if condition.match_type in (MatchType.FULL_REGEXP, MatchType.PARTIAL_REGEXP):
        try:
            pattern = re.compile(condition.value, 0 if condition.case_sensitive else re.IGNORECASE)
        except re.error as error:
            raise invalid(f"Invalid regular expression {condition.value!r}: {error}") from None
        search = pattern.fullmatch if condition.match_type is MatchType.FULL_REGEXP else pattern.search
        return lambda value: search(value) is not None
    fold: Callable[[str], str] = str if condition.case_sensitive else str.casefold
    wanted = fold(condition.value)
    tests: dict[MatchType, Callable[[str], bool]] = {
        MatchType.BEGINS_WITH: lambda value: fold(value).startswith(wanted),
        MatchType.ENDS_WITH: lambda value: fold(value).endswith(wanted),
        MatchType.CONTAINS: lambda value: wanted in fold(value),
    }
    return tests.get(condition.match_type, lambda value: fold(value) == wanted)


def _compares(condition: NumericFilter) -> Callable[[str], bool]:
    if condition.operation not in _COMPARE:
        raise invalid("A numeric filter needs an operation.")
    compare, wanted = _COMPARE[condition.operation], condition.value.number
    return lambda value: bool(compare(_number(value), wanted))


def _number(value: str) -> float:
    """The number in a value; one that holds none passes no comparison."""
    try:
        return float(value)
    except ValueError:
        return float("nan")
