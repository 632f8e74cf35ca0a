"""A report request as JSON, read the way protobuf reads it: camelCase or snake_case, enums by name or number, int64 as text.

https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport (2026-11-21).
What the vendor takes and the sandbox cannot count (cohorts, comparisons, expressions, pivots) is refused, never ignored.
"""

from enum import IntEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from connectors.sandbox.google_errors import GoogleError, invalid

DEFAULT_LIMIT = 10_000
LARGEST_LIMIT = 250_000
"""More is capped, not refused."""


class MatchType(IntEnum):
    MATCH_TYPE_UNSPECIFIED = 0
    EXACT = 1
    BEGINS_WITH = 2
    ENDS_WITH = 3
    CONTAINS = 4
    FULL_REGEXP = 5
    PARTIAL_REGEXP = 6


class Operation(IntEnum):
    OPERATION_UNSPECIFIED = 0
    EQUAL = 1
    LESS_THAN = 2
    LESS_THAN_OR_EQUAL = 3
    GREATER_THAN = 4
    GREATER_THAN_OR_EQUAL = 5


class OrderType(IntEnum):
    ORDER_TYPE_UNSPECIFIED = 0
    ALPHANUMERIC = 1
    CASE_INSENSITIVE_ALPHANUMERIC = 2
    NUMERIC = 3


class Aggregation(IntEnum):
    METRIC_AGGREGATION_UNSPECIFIED = 0
    TOTAL = 1
    COUNT = 4
    MINIMUM = 5
    MAXIMUM = 6


class Compatibility(IntEnum):
    COMPATIBILITY_UNSPECIFIED = 0
    COMPATIBLE = 1
    INCOMPATIBLE = 2


def _by_name(kind: type[IntEnum]) -> BeforeValidator:
    def read(value: Any) -> Any:
        if isinstance(value, str):
            if value not in kind.__members__:
                raise ValueError(f'"{value}" is not one of {", ".join(kind.__members__)}')
            return kind[value]
        return value

    return BeforeValidator(read)


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Name(_Message):
    name: str


class DateRange(_Message):
    start_date: str
    end_date: str
    name: str = ""


class StringFilter(_Message):
    match_type: Annotated[MatchType, _by_name(MatchType)] = MatchType.EXACT
    value: str = ""
    case_sensitive: bool = False


class InListFilter(_Message):
    values: tuple[str, ...]
    case_sensitive: bool = False


class NumericValue(_Message):
    int64_value: int | None = Field(default=None, alias="int64Value")
    double_value: float | None = None

    @property
    def number(self) -> float:
        return float(self.int64_value if self.int64_value is not None else self.double_value or 0)


class NumericFilter(_Message):
    operation: Annotated[Operation, _by_name(Operation)]
    value: NumericValue


class BetweenFilter(_Message):
    from_value: NumericValue
    to_value: NumericValue


class Filter(_Message):
    field_name: str
    string_filter: StringFilter | None = None
    in_list_filter: InListFilter | None = None
    numeric_filter: NumericFilter | None = None
    between_filter: BetweenFilter | None = None
    empty_filter: dict[str, Any] | None = None


class FilterExpressions(_Message):
    expressions: tuple["FilterExpression", ...] = ()


class FilterExpression(_Message):
    and_group: FilterExpressions | None = None
    or_group: FilterExpressions | None = None
    not_expression: "FilterExpression | None" = None
    filter: Filter | None = None


class DimensionOrderBy(_Message):
    dimension_name: str
    order_type: Annotated[OrderType, _by_name(OrderType)] = OrderType.ALPHANUMERIC


class MetricOrderBy(_Message):
    metric_name: str


class OrderBy(_Message):
    dimension: DimensionOrderBy | None = None
    metric: MetricOrderBy | None = None
    desc: bool = False


class ReportRequest(_Message):
    property_name: str = Field(default="", alias="property")
    """Ignored: the path names the property."""
    dimensions: tuple[Name, ...] = ()
    metrics: tuple[Name, ...] = ()
    date_ranges: tuple[DateRange, ...] = ()
    dimension_filter: FilterExpression | None = None
    metric_filter: FilterExpression | None = None
    order_bys: tuple[OrderBy, ...] = ()
    metric_aggregations: tuple[Annotated[Aggregation, _by_name(Aggregation)], ...] = ()
    limit: int = 0
    offset: int = 0
    currency_code: str = ""
    keep_empty_rows: bool = False
    return_property_quota: bool = False

    @property
    def page_size(self) -> int:
        return min(self.limit or DEFAULT_LIMIT, LARGEST_LIMIT)


class BatchRequest(_Message):
    property_name: str = Field(default="", alias="property")
    """Ignored: the path names the property."""
    requests: tuple[ReportRequest, ...] = ()


class CompatibilityRequest(_Message):
    property_name: str = Field(default="", alias="property")
    """Ignored: the path names the property."""
    dimensions: tuple[Name, ...] = ()
    metrics: tuple[Name, ...] = ()
    dimension_filter: FilterExpression | None = None
    metric_filter: FilterExpression | None = None
    compatibility_filter: Annotated[Compatibility, _by_name(Compatibility)] = Compatibility.COMPATIBILITY_UNSPECIFIED


M = TypeVar("M", bound=_Message)


def read(kind: type[M], body: bytes) -> M:
    """The request in ``body``. Raises the vendor's 400 that names every field it does not know."""
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> GoogleError:
    sentences = []
    for problem in error.errors():
        *path, last = (str(step) for step in problem["loc"] or ("",))
        if problem["type"] == "extra_forbidden":
            where = f" at '{'.'.join(path)}'" if path else ""
            sentences.append(f'Invalid JSON payload received. Unknown name "{last}"{where}: Cannot find field.')
        else:
            sentences.append(f"Invalid value at '{'.'.join([*path, last])}': {problem['msg']}")
    return invalid("\n".join(sentences))
