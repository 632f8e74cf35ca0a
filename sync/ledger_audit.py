"""The ledger's pages about edits of people that our writes went over: which writes were not looked at yet, and what was found.

A write waits from its first intention on (``journal.audit_from``) until property history was asked. Journals of older
releases do not say when a write was intended: theirs are not waiting.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from sync.ledger_base import upsert, utc
from sync.ledger_tables import LostEdit, Unaudited, holds, journal, lost_edits, row_of
from sync.ledger_writes import WritesBook

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
                row_of(Unaudited, found, intended_at=utc(found.audit_from))
                for found in c.execute(sa.select(journal).where(*where).order_by(journal.c.id))
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
                tx.execute(sa.insert(lost_edits), [{**asdict(one), "is_told": False} for one in lost])

    def tell_lost_edits(self) -> list[LostEdit]:
        """Those that were not told yet, each once, in order of records."""
        order = (lost_edits.c.object, lost_edits.c.record_id, lost_edits.c.property, lost_edits.c.id)
        query = sa.select(lost_edits).where(sa.not_(lost_edits.c.is_told)).order_by(*order)
        with self.engine.begin() as tx:
            rows = tx.execute(query).fetchall()
            if rows:
                tx.execute(sa.update(lost_edits).where(lost_edits.c.id <= max(r.id for r in rows)).values(is_told=True))
        return [row_of(LostEdit, found) for found in rows]
