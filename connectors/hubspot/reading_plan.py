"""What one read of one object type is going to do, worked out once: it is carried out by :mod:`.reading` and priced by
:mod:`.quoting`, so that a read costs what was quoted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from connectors.base import Raw, ReadContext
from connectors.hubspot.client import SEARCH_PAGE, search_fits
from connectors.hubspot.kinds import Kind
from connectors.hubspot.position import Position


@dataclass(frozen=True)
class Schedule:
    """What is read how often, beside the changes of every run."""

    search_lag: timedelta = timedelta(seconds=120)
    """How far the search index may lag behind; so much is searched again."""
    archive_every: timedelta = timedelta(hours=24)
    """How long an archive list stands."""
    repair_every: timedelta | None = timedelta(days=7)
    """How long a complete list stands; None: for ever."""

    def archive_is_due(self, position: Position, now: datetime) -> bool:
        return position.archive_at is None or now - position.archive_at >= self.archive_every

    def list_is_due(self, position: Position, now: datetime) -> bool:
        """Whether a complete list is to be read, or one that is under way to be gone on with."""
        if position.since is None or position.listing is not None or position.list_at is None:
            return True
        return self.repair_every is not None and now - position.list_at >= self.repair_every


@dataclass(frozen=True)
class Search:
    """How what changed is searched for."""

    filters: Sequence[Raw]
    known: Mapping[str, datetime]
    """Of the versions that were read before, those that the search finds again."""
    names: Sequence[str]
    """The properties that it asks for."""
    is_lean: bool
    """The values of what it finds come by batch read: there are too many names for its body, or more than a page of what it
    finds is known already."""


@dataclass(frozen=True)
class ReadingPlan:
    """One read of one object type, from a position on. ``with_history``: deals bring the history of their stage."""

    kind: Kind
    properties: Sequence[str]
    position: Position
    context: ReadContext
    schedule: Schedule
    with_history: bool = False

    @cached_property
    def search(self) -> Search | None:
        """Of what changed since the last read. None: no changes are read, because a complete list comes first or is all that
        there is."""
        return self._search_since(self.position.since)

    @cached_property
    def search_after_list(self) -> Search | None:
        """Of what changed since a first list began that an earlier run left, which may be long ago. None: the list that ends
        in this run began in it, and what changed meanwhile is the next read's."""
        listing = self.position.listing if self.position.since is None else None
        return None if listing is None else self._search_since(listing.began)

    def _search_since(self, instant: datetime | None) -> Search | None:
        if instant is None or not self.kind.is_searchable:
            return None
        kind, since = self.kind, instant - self.schedule.search_lag
        filters = [changed_since(kind, since)]
        known = {record_id: at for record_id, at in self.context.known.items() if at >= since}
        names = [*self.properties, *(() if kind.modified in self.properties else (kind.modified,))]
        is_lean = len(known) > SEARCH_PAGE or not search_fits(filters, names)
        return Search(filters, known, [kind.modified] if is_lean else names, is_lean)

    @cached_property
    def list_is_due(self) -> bool:
        """Whether the complete list follows, the archive's with it."""
        return not self.kind.is_searchable or self.schedule.list_is_due(self.position, self.context.now)

    @cached_property
    def archive_is_due(self) -> bool:
        """Whether what was archived lately follows, without the complete list."""
        return not self.list_is_due and self.kind.has_archive and self.schedule.archive_is_due(self.position, self.context.now)


def changed_since(kind: Kind, instant: datetime) -> Raw:
    """A search filter. Contacts have a modified date of their own (FACTS §5.4)."""
    return {"propertyName": kind.modified, "operator": "GTE", "value": str(int(instant.timestamp() * 1000))}
