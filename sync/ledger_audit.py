"""The ledger's pages about edits of people that our writes went over: which writes were not looked at yet, and what was found.

A write waits from its first intention on (``journal.audit_from``) until property history was asked. Journals of older
releases do not say when a write was intended: theirs are not waiting.
"""

import builtins
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from sync.ledger_base import INSTANT, metadata, upsert, utc
from sync.ledger_writes import Key, WritesBook, holds, journal

lost_edits = sa.Table(
    "lost_edits",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("property", sa.Text, nullable=False),
    sa.Column("written", sa.Text),
    sa.Column("value", sa.Text),
    sa.Column("edited_at", INSTANT, nullable=False),
    sa.Column("is_told", sa.Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Unaudited:
    """A write that arrived, and that nobody has looked at yet."""

    id: int
    run_id: int
    object: str
    record_id: str
    property: str
    old: str | None
    new: str | None
    intended_at: datetime
    """First intention, UTC: right after the first look at the record, before anything was sent."""
    at: datetime
    """When its outcome was noted, UTC."""

    # ``property`` names a field here.
    @builtins.property
    def key(self) -> Key:
        return self.object, self.record_id, self.property


@dataclass(frozen=True, slots=True)
class LostEdit:
    """A person's value that a write of ours replaced unseen."""

    run_id: int
    """The run that wrote."""
    object: str
    record_id: str
    property: str
    written: str | None
    """What we wrote."""
    value: str | None
    """What the person had entered."""
    edited_at: datetime

    # ``property`` names a field here.
    @builtins.property
    def key(self) -> Key:
        return self.object, self.record_id, self.property


_IS_WAITING = (journal.c.audit_from.is_not(None), journal.c.state == "written")
_CHUNK = 500


class AuditBook:
    """Part of :class:`sync.ledger.Ledger`."""

    engine: sa.Engine
    _one_writer: threading.Lock = WritesBook._one_writer

    def oldest_unaudited(self) -> datetime | None:
        """When the oldest write that waits was intended, UTC; None: nothing waits."""
        with self.engine.connect() as c:
            found: datetime | None = utc(c.execute(sa.select(sa.func.min(journal.c.audit_from)).where(*_IS_WAITING)).scalar())
        return found

    def unaudited_properties(self) -> dict[str, frozenset[str]]:
        """Object -> its properties with writes that wait."""
        found: dict[str, set[str]] = {}
        query = sa.select(journal.c.object, journal.c.property).where(*_IS_WAITING).distinct()
        with self.engine.connect() as c:
            for row in c.execute(query):
                found.setdefault(row.object, set()).add(row.property)
        return {object: frozenset(names) for object, names in found.items()}

    def unaudited_records(self, object: str, names: Collection[str]) -> list[str]:
        """Ids of the records with writes that wait, of these properties, in order."""
        of_these = (journal.c.object == object, journal.c.property.in_(sorted(names)))
        query = sa.select(journal.c.record_id).where(*_IS_WAITING, *of_these).distinct().order_by(journal.c.record_id)
        with self.engine.connect() as c:
            return list(c.execute(query).scalars())

    def unaudited(self, object: str, record_ids: Collection[str]) -> list[Unaudited]:
        """What waits on these records, in the order it was first written."""
        where = (*_IS_WAITING, journal.c.object == object, journal.c.record_id.in_(record_ids))
        with self.engine.connect() as c:
            return [
                Unaudited(r.id, r.run_id, r.object, r.record_id, r.property, r.old, r.new, utc(r.audit_from), utc(r.at))
                for r in c.execute(sa.select(journal).where(*where).order_by(journal.c.id))
            ]

    def pass_over(self, properties: Mapping[str, Collection[str]]) -> None:
        """Writes of these properties, by object, wait no longer: nothing can be told of them."""
        with self._one_writer, self.engine.begin() as tx:
            for object, names in properties.items():
                mine = (*_IS_WAITING, journal.c.object == object, journal.c.property.in_(sorted(names)))
                tx.execute(sa.update(journal).where(*mine).values(audit_from=None))

    def audited(self, looked_at: Sequence[Unaudited], lost: Sequence[LostEdit], run_id: int, now: datetime) -> None:
        """These were looked at. What was lost is kept until it is told, and held, all in one transaction."""
        held = {one.key: {"run_id": run_id, "at": now} for one in lost}
        with self._one_writer, self.engine.begin() as tx:
            for start in range(0, len(looked_at), _CHUNK):
                ids = [entry.id for entry in looked_at[start : start + _CHUNK]]
                tx.execute(sa.update(journal).where(journal.c.id.in_(ids)).values(audit_from=None))
            upsert(tx, holds, [{"object": o, "record_id": r, "property": p, **held[o, r, p]} for o, r, p in sorted(held)])
            if lost:
                tx.execute(
                    sa.insert(lost_edits),
                    [
                        {
                            "run_id": one.run_id,
                            "object": one.object,
                            "record_id": one.record_id,
                            "property": one.property,
                            "written": one.written,
                            "value": one.value,
                            "edited_at": one.edited_at,
                            "is_told": False,
                        }
                        for one in lost
                    ],
                )

    def tell_lost_edits(self) -> list[LostEdit]:
        """Those that were not told yet, each once, in order of records."""
        order = (lost_edits.c.object, lost_edits.c.record_id, lost_edits.c.property, lost_edits.c.id)
        query = sa.select(lost_edits).where(sa.not_(lost_edits.c.is_told)).order_by(*order)
        with self.engine.begin() as tx:
            rows = tx.execute(query).fetchall()
            if rows:
                tx.execute(sa.update(lost_edits).where(lost_edits.c.id <= max(r.id for r in rows)).values(is_told=True))
        return [LostEdit(r.run_id, r.object, r.record_id, r.property, r.written, r.value, utc(r.edited_at)) for r in rows]
