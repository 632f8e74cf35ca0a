"""Reports counted from a world's sessions.

Sessions are kept as columns, sorted by time, so that a date range is a slice and a report is a few passes in C: two years
by day and four dimensions over 60,000 sessions take a fraction of a second.

A session belongs to the moment at which it starts, in the property's zone. What counts as what (2026-11-21,
https://support.google.com/analytics/answer/9234069 and .../12253918): an active user has an engaged session or a first
visit; a key event is an event that the property marks as one; a page view is ``page_view`` or ``screen_view``.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import compress, repeat
from typing import Any

from connectors.sandbox.ga4.counting import Counted, Number, Question, fold, ratio
from connectors.sandbox.ga4.events import EVENT_METRICS, count_events
from connectors.sandbox.ga4.fields import DIMENSIONS, EVENT_ATTRIBUTION, EVENT_DIMENSIONS, METRICS, NOT_SET, OTHER
from connectors.sandbox.ga4.filters import fields_of, passes
from connectors.sandbox.google_errors import incompatible
from connectors.sandbox.world import Ga4World

VIEWS = ("page_view", "screen_view")
PURCHASES = ("purchase", "in_app_purchase")

_SUMS = {
    "engagedSessions": "engaged",
    "newUsers": "new",
    "keyEvents": "key_events",
    "screenPageViews": "views",
    "eventCount": "events",
    "transactions": "purchases",
    "ecommercePurchases": "purchases",
    "addToCarts": "carts",
    "checkouts": "checkouts",
    "grossPurchaseRevenue": "gross",
    "refundAmount": "refunds",
    "purchaseRevenue": "revenue",
    "totalRevenue": "revenue",
}
"""Metric -> the column to add up."""

_OF_EVENTS = frozenset({"eventCount", "addToCarts", "checkouts"})
"""Metrics of any event: refused beside event-scoped attribution since 2022-12-01
(https://developers.google.com/analytics/devguides/reporting/data/v1/announcements/20221201-compatibility-changes)."""

_GROUP = "sessionDefaultChannelGroup"

_USERS = {"totalUsers": None, "activeUsers": "active", "_usersWithKeyEvent": "key_events"}
"""Metric -> the column that a session of such a user has set; None counts every user."""

_RATES = {
    "engagementRate": ("engagedSessions", "sessions"),
    "bounceRate": ("_bouncedSessions", "sessions"),
    "sessionKeyEventRate": ("_sessionsWithKeyEvent", "sessions"),
    "userKeyEventRate": ("_usersWithKeyEvent", "activeUsers"),
}
"""Rate -> what is above and below the line."""

_FLAGS = {"_bouncedSessions": "bounced", "_sessionsWithKeyEvent": "key_events"}
"""Helper count -> the column that is set in such a session."""

_TIMES: dict[str, Callable[[date], str]] = {
    "date": lambda day: day.strftime("%Y%m%d"),
    "year": lambda day: day.strftime("%Y"),
    "yearMonth": lambda day: day.strftime("%Y%m"),
    "isoYearIsoWeek": lambda day: day.strftime("%G%V"),
}


class _Groups:
    """Records put into numbered groups, and the ways to sum over them."""

    def __init__(self, keys: Iterable[tuple[str, ...]]) -> None:
        numbers: dict[tuple[str, ...], int] = {}
        self.of_record = [numbers.setdefault(key, len(numbers)) for key in keys]
        self.keys = list(numbers)

    def sizes(self) -> list[Number]:
        sizes = Counter(self.of_record)
        return [sizes[group] for group in range(len(self.keys))]

    def sums(self, values: Iterable[Number]) -> list[Number]:
        sums: list[Any] = [0] * len(self.keys)
        for group, value in zip(self.of_record, values, strict=True):
            sums[group] += value
        return sums

    def flagged(self, flags: Iterable[object]) -> list[Number]:
        sizes = Counter(compress(self.of_record, flags))
        return [sizes[group] for group in range(len(self.keys))]

    def distinct(self, values: Iterable[str], flags: Iterable[object]) -> list[Number]:
        sizes = Counter(group for group, _ in set(compress(zip(self.of_record, values, strict=True), flags)))
        return [sizes[group] for group in range(len(self.keys))]


class _Selection:
    """The records that a report reads, column by column."""

    def __init__(self, sessions: "Sessions", start: int, end: int, every: int, mask: Sequence[bool] | None) -> None:
        self._sessions = sessions
        self._slice = slice(start, end, every)
        self._mask = mask
        self.size = sum(mask) if mask is not None else len(range(start, end, every))

    def column(self, name: str) -> list[Any]:
        values = self._sessions.column(name)[self._slice]
        return values if self._mask is None else list(compress(values, self._mask))

    def metric(self, name: str, groups: _Groups) -> list[Number]:
        if name == "sessions":
            return groups.sizes()
        if column := _SUMS.get(name):
            return groups.sums(self.column(column))
        if column := _FLAGS.get(name):
            return groups.flagged(self.column(column))
        if name in _USERS:
            flag = _USERS[name]
            return groups.distinct(self.column("user"), self.column(flag) if flag else repeat(True))
        if rate := _RATES.get(name):
            above, below = (self.metric(part, groups) for part in rate)
            return [ratio(*parts) for parts in zip(above, below, strict=True)]
        # Cost without a linked Google Ads account: the property has none, and GA answers zeros.
        return [0] * len(groups.keys)


class Sessions:
    """The sessions of one property as columns."""

    def __init__(self, world: Ga4World) -> None:
        records = sorted(world.sessions or (), key=lambda record: str(record["at"]))
        key_events = self._key_events = frozenset(world.key_events)
        self._records = records
        self._starts = [datetime.fromisoformat(record["at"]) for record in records]
        self._columns: dict[str, list[Any]] = {
            "user": [str(record["user"]) for record in records],
            "engaged": [int(bool(record.get("engaged"))) for record in records],
            "bounced": [int(not record.get("engaged")) for record in records],
            "new": [int(bool(record.get("new"))) for record in records],
            "active": [bool(record.get("engaged") or record.get("new")) for record in records],
            "key_events": [_events(record, key_events) for record in records],
            "views": [_events(record, VIEWS) for record in records],
            "purchases": [_events(record, PURCHASES) for record in records],
            "events": [sum(record.get("events", {}).values()) for record in records],
            "carts": [_events(record, ("add_to_cart",)) for record in records],
            "checkouts": [_events(record, ("begin_checkout",)) for record in records],
            "gross": [Decimal(str(record.get("revenue") or 0)) for record in records],
            "refunds": [Decimal(str(record.get("refund") or 0)) for record in records],
            "revenue": [Decimal(str(record.get("revenue") or 0)) - Decimal(str(record.get("refund") or 0)) for record in records],
        }
        seen = {name for record in records for name in record.get("dimensions", {})}
        self.dimensions = frozenset(DIMENSIONS) | seen
        self.metrics = frozenset(METRICS)

    def visible(self, now: datetime) -> int:
        return bisect_right(self._starts, now)

    def check(self, dimensions: Sequence[str], metrics: Sequence[str]) -> None:
        """Sessions can be counted along anything they hold, events along their names; not what is neither's."""
        asked = frozenset(dimensions)
        for name in metrics:
            if (asked & EVENT_DIMENSIONS and name not in EVENT_METRICS) or (asked & EVENT_ATTRIBUTION and name in _OF_EVENTS):
                raise incompatible(f"Please remove {name} to make the request compatible.")

    def column(self, name: str) -> list[Any]:
        """The values of a count or a dimension, in the order of time."""
        if name not in self._columns:
            if name in _TIMES:
                spell = _TIMES[name]
                spelled = {day: spell(day) for day in {start.date() for start in self._starts}}
                self._columns[name] = [spelled[start.date()] for start in self._starts]
            elif name == "firstUserDefaultChannelGroup":
                self._columns[name] = self._first_of_users()
            else:
                # The simulated property's model credits the last click, as the session's own dimension does.
                said = _GROUP if name in EVENT_ATTRIBUTION else name
                self._columns[name] = [record.get("dimensions", {}).get(said) or NOT_SET for record in self._records]
        return self._columns[name]

    def _first_of_users(self) -> list[str]:
        """What brought each session's user the first time."""
        first: dict[str, str] = {}
        return [first.setdefault(*pair) for pair in zip(self.column("user"), self.column(_GROUP), strict=True)]

    def count(self, question: Question) -> Counted:
        start = bisect_left(self._starts, datetime.combine(question.first, time.min))
        end = bisect_left(self._starts, datetime.combine(question.last + timedelta(days=1), time.min))
        end = max(start, min(end, self.visible(question.now)))
        if EVENT_DIMENSIONS & {*question.dimensions, *fields_of(question.filter)}:
            chosen = slice(start, end, question.every)
            own = {name: self.column(name)[chosen] for name in question.dimensions if name not in EVENT_DIMENSIONS}
            return count_events(question, self._records[chosen], own, self._key_events, end - start)
        unfiltered = _Selection(self, start, end, question.every, None)
        mask = passes(question.filter, unfiltered.column) if question.filter else None
        read = _Selection(self, start, end, question.every, mask)
        columns = [read.column(name) for name in question.dimensions]
        has_other_row = False
        if question.table_size:
            for place, name in enumerate(question.dimensions):
                if name not in _TIMES:
                    columns[place] = fold(columns[place], question.table_size)
                    has_other_row = has_other_row or OTHER in columns[place]
        groups = _Groups(zip(*columns, strict=True) if columns else repeat((), read.size))
        rows = list(zip(groups.keys, _values(read, groups, question), strict=True))
        shown = rows
        if question.min_users:
            users = read.metric("totalUsers", groups)
            shown = [row for row, size in zip(rows, users, strict=True) if size >= question.min_users]
        whole = _Groups(repeat((), read.size))
        return Counted(
            rows=shown,
            total=next(_values(read, whole, question), (0,) * len(question.metrics)),
            records=unfiltered.size,
            records_in_all=end - start,
            has_other_row=has_other_row,
            is_thresholded=len(shown) < len(rows),
        )


def _values(read: _Selection, groups: _Groups, question: Question) -> Iterator[tuple[Number, ...]]:
    """The metrics of each group. A sampled count is blown up to the whole; a rate stays what it is."""
    if not question.metrics:
        return repeat((), len(groups.keys))
    columns = (
        [value if name in _RATES else value * question.every for value in read.metric(name, groups)] for name in question.metrics
    )
    return zip(*columns, strict=True)


def _events(record: dict[str, Any], names: Iterable[str]) -> int:
    events = record.get("events", {})
    return sum(events.get(name, 0) for name in names)
