"""Reports from a world that holds rows at one grain instead of sessions.

What adds up may be asked at any coarser grain. Users and rates may not, because nothing in the rows tells them: they are
answered at the grain of the rows only, and refused with the vendor's words for an incompatible request elsewhere.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import compress, repeat
from typing import Any

from connectors.sandbox.ga4.counting import Counted, Number, Question, fold
from connectors.sandbox.ga4.fields import METRICS, NOT_SET, OTHER, TIME_DIMENSIONS, current_name
from connectors.sandbox.ga4.filters import passes
from connectors.sandbox.google_errors import incompatible
from connectors.sandbox.world import Ga4World


class Rows:
    """The rows of one property."""

    def __init__(self, world: Ga4World) -> None:
        self._records = [{current_name(name): value for name, value in record.items()} for record in world.rows or ()]
        self._days = [_day(record) for record in self._records]
        names = {name for record in self._records for name in record}
        self.metrics = frozenset(names & METRICS.keys())
        self.dimensions = frozenset(names - self.metrics)

    def visible(self, now: datetime) -> int:
        return sum(day is None or day <= now.date() for day in self._days)

    def check(self, dimensions: Sequence[str], metrics: Sequence[str]) -> None:
        if self.dimensions <= set(dimensions):
            return
        for name in metrics:
            if not METRICS[name].additive:
                raise incompatible(f"Please remove {name} to make the request compatible.")

    def count(self, question: Question) -> Counted:
        last = min(question.last, question.now.date())
        chosen = [day is None or question.first <= day <= last for day in self._days]
        if question.filter:
            passing = passes(question.filter, self._column)
            chosen = [inside and passed for inside, passed in zip(chosen, passing, strict=True)]
        records = list(compress(self._records, chosen))[:: question.every]
        columns = [[_dimension(record, name) for record in records] for name in question.dimensions]
        has_other_row = False
        if question.table_size:
            for place, name in enumerate(question.dimensions):
                if name not in TIME_DIMENSIONS:
                    columns[place] = fold(columns[place], question.table_size)
                    has_other_row = has_other_row or OTHER in columns[place]
        groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
        for key, record in zip(zip(*columns, strict=True) if columns else repeat(()), records, strict=False):
            groups.setdefault(key, []).append(record)
        shown = {key: group for key, group in groups.items() if _users(group) >= question.min_users}
        return Counted(
            rows=[(key, _values(group, question)) for key, group in shown.items()],
            total=_values(records, question),
            records=len(records),
            records_in_all=sum(chosen),
            has_other_row=has_other_row,
            is_thresholded=len(shown) < len(groups),
        )

    def _column(self, name: str) -> list[str]:
        return [_dimension(record, name) for record in self._records]


def _dimension(record: Mapping[str, Any], name: str) -> str:
    return str(record.get(name) or NOT_SET)


def _day(record: Mapping[str, Any]) -> date | None:
    """The day a row counts for; a month counts for its first, and a row without time for every day."""
    if day := record.get("date"):
        return datetime.strptime(str(day), "%Y%m%d").date()  # noqa: DTZ007 - a day of the property, not an instant
    if month := record.get("yearMonth"):
        return datetime.strptime(str(month), "%Y%m").date()  # noqa: DTZ007
    return None


def _users(records: Sequence[Mapping[str, Any]]) -> Number:
    return sum(Decimal(str(record.get("totalUsers", record.get("activeUsers", record.get("sessions", 0))))) for record in records)


def _values(records: Sequence[Mapping[str, Any]], question: Question) -> tuple[Number, ...]:
    return tuple(_value(name, records, question.every) for name in question.metrics)


def _value(name: str, records: Sequence[Mapping[str, Any]], every: int) -> Number:
    """A metric over several rows: the sum, or for a rate the mean weighted by its denominator where the rows hold that.

    The sum of users is the best that rows can give, and only the total of a report comes from it.
    """
    values = [Decimal(str(record.get(name) or 0)) for record in records]
    weight = METRICS[name].weight
    if weight is None:
        return sum(values, Decimal(0)) * every
    weights = [Decimal(str(record.get(weight, 1) or 0)) for record in records]
    whole = sum(weights, Decimal(0))
    weighted = sum((value * share for value, share in zip(values, weights, strict=True)), Decimal(0))
    return weighted / whole if whole else Decimal(0)
