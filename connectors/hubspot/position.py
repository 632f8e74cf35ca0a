"""A stream's cursor: up to when its changes are read, when its lists were walked, and a list that is under way.

Text of one line of JSON, so that it can be kept as a cursor and read by a person. Homes of before 2026-11-21 hold a bare
instant, which meant: changes and the archive read up to here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from connectors.hubspot.spans import EVERYTHING, Span


@dataclass(frozen=True)
class Listing:
    """A complete list that is under way; it may take several runs."""

    began: datetime
    """HubSpot's clock at its first answer, UTC."""
    left: tuple[Span, ...] = EVERYTHING
    """Ids whose records are not given yet."""
    seams: Mapping[int, tuple[int, ...]] | None = None
    """Where a part that is read begins above a span that is left -> the first ids which that part gave. Until the reader
    of the span below arrives at one of them, nobody knows that nothing lies between."""
    count: int = 0
    """Live records given so far."""
    archived_after: str | None = None
    """The archive list is under way, and goes on from here."""
    is_sure: bool = True
    """Nothing was seen so far that makes the list doubtful."""


@dataclass(frozen=True)
class Changes:
    """A search for changes that is under way."""

    began: datetime
    """HubSpot's clock at its first answer, UTC."""
    after_id: int
    """Records up to this id are given."""


@dataclass(frozen=True)
class Position:
    """Everything a stream's next read must know. Instants are HubSpot's clock, UTC."""

    since: datetime | None = None
    """Changes from here on are still to be read; None: a complete list comes first."""
    archive_at: datetime | None = None
    """When the archive list was last begun."""
    list_at: datetime | None = None
    """When the last finished complete list was begun."""
    changes: Changes | None = None
    listing: Listing | None = None

    @property
    def text(self) -> str:
        """The cursor."""
        body: dict[str, Any] = {"since": _iso(self.since), "archive": _iso(self.archive_at), "list": _iso(self.list_at)}
        if self.changes:
            body["changes"] = {"began": _iso(self.changes.began), "after": self.changes.after_id}
        if self.listing:
            under_way = self.listing
            body["listing"] = {
                "began": _iso(under_way.began),
                "left": under_way.left,
                "seams": sorted([at, *firsts] for at, firsts in (under_way.seams or {}).items()),
                "count": under_way.count,
                "archived_after": under_way.archived_after,
                "sure": under_way.is_sure,
            }
        return orjson.dumps({key: value for key, value in body.items() if value is not None}).decode()

    def listed(self) -> "Position":
        """The list under way has ended, the archive's included. What changed since it began is the next read's, unless changes
        were read meanwhile."""
        began = self.listing.began if self.listing else None
        return replace(self, since=self.since or began, list_at=began, archive_at=began, listing=None)


BEGINNING = Position()


def position_of(cursor: str | None) -> Position:
    """The position that a cursor stands for. Raises :class:`ValueError` for a text that is none."""
    if cursor is None:
        return BEGINNING
    if not cursor.startswith("{"):
        read = datetime.fromisoformat(cursor)
        return Position(since=read, archive_at=read, list_at=read)
    body = orjson.loads(cursor)
    return Position(
        since=_instant(body.get("since")),
        archive_at=_instant(body.get("archive")),
        list_at=_instant(body.get("list")),
        changes=_changes(body.get("changes")),
        listing=_listing(body.get("listing")),
    )


def _changes(body: Any) -> Changes | None:
    return Changes(datetime.fromisoformat(body["began"]), int(body["after"])) if body else None


def _listing(body: Any) -> Listing | None:
    if not body:
        return None
    return Listing(
        began=datetime.fromisoformat(body["began"]),
        left=tuple((int(first), None if end is None else int(end)) for first, end in body["left"]),
        seams={int(at): tuple(map(int, firsts)) for at, *firsts in body["seams"]},
        count=int(body["count"]),
        archived_after=body["archived_after"],
        is_sure=bool(body["sure"]),
    )


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
