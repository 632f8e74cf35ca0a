"""Records of one object in id order, with the values that search sees some seconds later, and their history."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.sandbox.hubspot.kinds import Kind
from connectors.sandbox.hubspot.properties import Definitions
from connectors.sandbox.hubspot.values import instant_text

Change = dict[str, Any]
"""One entry of a property's history: value, timestamp, sourceType, sourceId …"""


@dataclass(slots=True)
class Stored:
    """One record. ``values`` is replaced by a write, never changed in place, so that the index may keep an older one."""

    id: str
    number: int
    values: dict[str, str]
    created_at: str
    updated_at: str
    archived_at: str | None = None
    merged_into: str | None = None
    history: dict[str, list[Change]] = field(default_factory=dict)
    """Newest first; properties that never changed are not in it (:func:`versions`)."""
    indexed: dict[str, str] | None = None
    """What search sees; None: not in the index yet."""


def versions(record: Stored, name: str) -> list[Change]:
    """A property's history, newest first; for one that never changed, its first value at the record's creation."""
    if name in record.history:
        return record.history[name]
    value = record.values.get(name)
    if value is None:
        return []
    return [
        {"value": value, "timestamp": record.created_at, "sourceType": "CRM_UI", "sourceId": "userId:1", "updatedByUserId": 1}
    ]


class Records:
    """All records of one object. ``live`` and ``archived`` are ids in order; merged-away records are in neither."""

    def __init__(self, kind: Kind, definitions: Definitions) -> None:
        self.kind = kind
        self.definitions = definitions
        self.by_id: dict[str, Stored] = {}
        self.live: list[int] = []
        self.archived: list[int] = []
        self.issued_after: set[int] = set()
        """Every ``after`` a list gave out."""
        self._unindexed: deque[tuple[datetime, Stored, dict[str, str]]] = deque()

    def add(self, record: Stored) -> None:
        self.by_id[record.id] = record
        if record.merged_into is None:
            insort(self.archived if record.archived_at else self.live, record.number)

    def find(self, id: str) -> Stored | None:
        """A record that is neither archived nor merged away."""
        record = self.by_id.get(id)
        return record if record is not None and record.archived_at is None and record.merged_into is None else None

    def survivor(self, id: str) -> Stored | None:
        """The record that an id leads to, through merges."""
        record = self.by_id.get(id)
        while record is not None and record.merged_into is not None:
            record = self.by_id.get(record.merged_into)
        return record

    def page(self, after: int, limit: int, *, archived: bool, is_exclusive: bool = False) -> tuple[list[Stored], int | None]:
        """Records from an id on (inclusive), and the id of the next one; ``is_exclusive``: after an id, and the last one's."""
        ids = self.archived if archived else self.live
        start = bisect_right(ids, after) if is_exclusive else bisect_left(ids, after)
        by_id = self.by_id
        found = [by_id[str(number)] for number in ids[start : start + limit]]
        following = ids[start + limit - (1 if is_exclusive else 0)] if start + limit < len(ids) else None
        if following is not None:
            self.issued_after.add(following)
        return found, following

    def __iter__(self) -> Iterator[Stored]:
        """Live records in id order."""
        by_id = self.by_id
        return (by_id[str(number)] for number in self.live)

    def archive(self, record: Stored, now: datetime) -> None:
        record.archived_at = instant_text(now)
        _drop(self.live, record.number)
        insort(self.archived, record.number)

    def restore(self, record: Stored) -> None:
        record.archived_at = None
        _drop(self.archived, record.number)
        insort(self.live, record.number)

    def erase(self, record: Stored) -> None:
        """As if it had never been; nothing gives its id any more."""
        del self.by_id[record.id]
        _drop(self.archived if record.archived_at else self.live, record.number)

    def merge_away(self, record: Stored, survivor: Stored) -> None:
        record.merged_into = survivor.id
        _drop(self.live, record.number)

    def highest(self) -> int:
        """The highest id in use, at least 100."""
        return max((record.number for record in self.by_id.values()), default=100)

    def index_later(self, record: Stored, due: datetime, now: datetime) -> None:
        """Let search see the record's present values at ``due``."""
        if due <= now:
            record.indexed = record.values
        else:
            self._unindexed.append((due, record, record.values))

    def index_due(self, now: datetime) -> None:
        waiting = self._unindexed
        while waiting and waiting[0][0] <= now:
            _, record, values = waiting.popleft()
            record.indexed = values

    def with_value(self, name: str, values: set[str]) -> dict[str, Stored]:
        """Live records by the value of a unique property (texts compared without case)."""
        wanted = {value.lower() for value in values}
        found = {}
        for record in self:
            value = record.values.get(name, "").lower()
            if value and value in wanted:
                found[value] = record
        return found


def _drop(ids: list[int], number: int) -> None:
    place = bisect_left(ids, number)
    if place < len(ids) and ids[place] == number:
        del ids[place]


def shown(record: Stored, names: tuple[str, ...]) -> dict[str, str | None]:
    """The asked properties, absent ones null."""
    value = record.values.get
    return {name: value(name) for name in names}


def body_of(record: Stored, names: tuple[str, ...], url: str) -> dict[str, Any]:
    """A record as the vendor answers it. ``url`` is the start of its address in the vendor's web pages."""
    body: dict[str, Any] = {
        "id": record.id,
        "properties": shown(record, names),
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
        "archived": record.archived_at is not None,
        "url": url + record.id,
    }
    if record.archived_at is not None:
        body["archivedAt"] = record.archived_at
    return body


def history_of(record: Stored, names: tuple[str, ...]) -> dict[str, list[Change]]:
    return {name: versions(record, name) for name in names}
