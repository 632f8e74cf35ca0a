"""What both kinds of GA4 world, sessions and rows, give to a report."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from connectors.sandbox.ga4.fields import OTHER
from connectors.sandbox.ga4.request import FilterExpression

Number = int | float | Decimal
Row = tuple[tuple[str, ...], tuple[Number, ...]]
"""Dimension values and metric values."""


@dataclass(frozen=True)
class Question:
    """What to count, in names of today, and how imperfectly."""

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    first: date
    last: date
    """Both days are inside."""
    now: datetime
    """Property-local, without zone: nothing later is counted."""
    filter: FilterExpression | None = None
    every: int = 1
    """Sampling: read one record in so many and blow the counts up."""
    table_size: int | None = None
    """Cardinality: the values of a dimension beyond its biggest so many become "(other)"."""
    min_users: int = 0
    """Thresholding: rows of fewer users are withheld."""


@dataclass(frozen=True)
class Counted:
    """The rows of one date range, in no order, and the metrics of the whole (which are not the sum of the rows)."""

    rows: list[Row]
    total: tuple[Number, ...]
    records: int
    """Records read, out of ``records_in_all``."""
    records_in_all: int
    has_other_row: bool = False
    is_thresholded: bool = False


class Counts(Protocol):
    """A property's records, ready to be counted."""

    dimensions: frozenset[str]
    metrics: frozenset[str]

    def visible(self, now: datetime) -> int:
        """How many records lie before ``now`` (property-local, without zone); grows as time passes."""
        ...

    def check(self, dimensions: Sequence[str], metrics: Sequence[str]) -> None:
        """Raises the vendor's 400 for a combination that cannot be counted."""
        ...

    def count(self, question: Question) -> Counted: ...


def fold(values: list[str], table_size: int) -> list[str]:
    """The column with all but its ``table_size`` most frequent values replaced by "(other)"."""
    kept = {value for value, _ in Counter(values).most_common(table_size)}
    return [value if value in kept else OTHER for value in values]


def ratio(numerator: Number, denominator: Number) -> float:
    """A rate as GA prints it: a double of 0 to 1, and 0 where there is nothing below the line."""
    return float(numerator) / float(denominator) if denominator else 0.0


def text(value: Number) -> str:
    """A metric value as GA prints it: the shortest text that reads back to the same double, whole numbers without a point."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)
