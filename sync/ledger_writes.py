"""The ledger's pages about writing to the CRM: plans, the journal, bases, holds.

The journal is a write-ahead outbox: an intention is on disk before its call leaves, its outcome right after the answer,
together with the *base* of the next comparison: what the CRM answered it holds now.

Texts that a CRM holds are kept exactly as the CRM answered them. Several threads may write at once.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sync.ledger_base import upsert, utc
from sync.ledger_tables import UNSETTLED, Base, JournalEntry, Key, Line, bases, holds, journal, plan_lines, plans, row_of


def add_indexes(engine: sa.Engine) -> None:
    """Indexes that a newer version added to the tables of an older ledger."""
    for index in sorted(journal.indexes, key=lambda one: str(one.name)):
        index.create(engine, checkfirst=True)


_CHUNK = 5_000
"""Plan lines that are read at a time."""


class WritesBook:
    """Plans, journal, bases and holds of one account; part of :class:`sync.ledger.Ledger`."""

    engine: sa.Engine
    _one_writer = threading.Lock()
    """SQLite lets one transaction write at a time; waiting here is fairer and quicker than its own busy loop."""

    # --- plans -----------------------------------------------------------------------------------------

    def save_plan(self, plan_id: str, run_id: int, now: datetime, body: str, lines: Iterable[Line] = ()) -> None:
        """Keep a plan: ``body`` is its head, ``lines`` are what it does, in order."""
        names = [c.name for c in plan_lines.columns]
        with self.engine.begin() as tx:
            upsert(tx, plans, [{"id": plan_id, "run_id": run_id, "created_at": now, "state": "shown", "body": body}])
            tx.execute(sa.delete(plan_lines).where(plan_lines.c.plan_id == plan_id))
            for chunk in _chunks(lines, _CHUNK):
                rows = [dict(zip(names, (plan_id, number, *line), strict=True)) for number, line in chunk]
                tx.execute(sa.insert(plan_lines), rows)

    def plan(self, plan_id: str | None = None) -> tuple[str, datetime, str, str] | None:
        """(id, created_at, state, body) of a plan, the newest unless named: the last run's, because instants by the CRM's clock
        (whole seconds, carried on) may stand in the wrong order by up to a second."""
        query = sa.select(plans).order_by(plans.c.run_id.desc(), plans.c.created_at.desc()).limit(1)
        if plan_id is not None:
            query = sa.select(plans).where(plans.c.id == plan_id)
        with self.engine.connect() as c:
            row = c.execute(query).first()
        return (row.id, utc(row.created_at), row.state, row.body) if row else None

    def plan_lines(self, plan_id: str) -> Iterator[Line]:
        """The plan's lines in order; a few thousand of them are in memory at a time."""
        columns = [c for c in plan_lines.columns if c.name not in ("plan_id", "number")]
        after = -1
        while True:
            query = (
                sa.select(plan_lines.c.number, *columns)
                .where(plan_lines.c.plan_id == plan_id, plan_lines.c.number > after)
                .order_by(plan_lines.c.number)
                .limit(_CHUNK)
            )
            with self.engine.connect() as c:
                rows = c.execute(query).fetchall()
            for row in rows:
                yield tuple(row)[1:]
            if len(rows) < _CHUNK:
                return
            after = rows[-1].number

    def count_plan_lines(self, plan_id: str) -> int:
        with self.engine.connect() as c:
            query = sa.select(sa.func.count()).select_from(plan_lines).where(plan_lines.c.plan_id == plan_id)
            return int(c.execute(query).scalar() or 0)

    def open_plans(self) -> list[str]:
        """Plans, oldest first, that were not applied to the end and have writes whose outcome nobody saw."""
        query = (
            sa.select(plans.c.id)
            .where(
                plans.c.state == "shown",
                sa.exists().where(journal.c.plan_id == plans.c.id, journal.c.state.in_(UNSETTLED)),
            )
            .order_by(plans.c.run_id)
        )
        with self.engine.connect() as c:
            return list(c.execute(query).scalars())

    def mark_plan(self, plan_id: str, state: str) -> None:
        with self.engine.begin() as tx:
            tx.execute(sa.update(plans).where(plans.c.id == plan_id).values(state=state))

    def forget_plans(self, before: datetime) -> None:
        """Plans made before then: too old to be applied. Their journal stays."""
        with self.engine.begin() as tx:
            old = sa.select(plans.c.id).where(plans.c.created_at < before)
            tx.execute(sa.delete(plan_lines).where(plan_lines.c.plan_id.in_(old)))
            tx.execute(sa.delete(plans).where(plans.c.created_at < before))

    # --- the journal -------------------------------------------------------------------------------------

    def intend(self, entries: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Write-ahead: these writes are about to be sent. On disk when this returns."""
        with self._one_writer, self.engine.begin() as tx:
            upsert(
                tx,
                journal,
                [{**e, "answered": None, "state": "intent", "reason": None, "at": now, "audit_from": now} for e in entries],
                keys=("plan_id", "object", "record_id", "property"),
                kept=("audit_from",),
            )

    def settle(self, plan_id: str, results: Sequence[Mapping[str, Any]], now: datetime, run_id: int) -> None:
        """What came of intended writes. A written one becomes the base of the next comparison, in the same transaction.

        Each result: object, record_id, property, state, answered, reason.
        """
        if not results:
            return
        written = [r for r in results if r["state"] == "written"]
        with self._one_writer, self.engine.begin() as tx:
            tx.execute(_SETTLE, [{"b_plan": plan_id, "b_at": now} | {f"b_{k}": r[k] for k in _RESULT} for r in results])
            upsert(
                tx,
                bases,
                [{**{k: r[k] for k in _KEY}, "value": r["answered"], "at": now, "run_id": run_id} for r in written],
            )

    def journal_of(
        self,
        *,
        plan_id: str | None = None,
        run_id: int | None = None,
        states: Sequence[str] = (),
        object: str | None = None,
        record_ids: Collection[str] = (),
        limit: int | None = None,
    ) -> list[JournalEntry]:
        """Entries in the order they were first written."""
        where = [
            *([journal.c.plan_id == plan_id] if plan_id else []),
            *([journal.c.run_id == run_id] if run_id is not None else []),
            *([journal.c.state.in_(states)] if states else []),
            *([journal.c.object == object] if object else []),
            *([journal.c.record_id.in_(record_ids)] if record_ids else []),
        ]
        with self.engine.connect() as c:
            query = sa.select(journal).where(*where).order_by(journal.c.id).limit(limit)
            return [row_of(JournalEntry, found) for found in c.execute(query)]

    def count_journal(self, plan_id: str, states: Sequence[str]) -> int:
        """How many of a plan's lines are in one of these states."""
        query = sa.select(sa.func.count()).select_from(journal).where(journal.c.plan_id == plan_id, journal.c.state.in_(states))
        with self.engine.connect() as c:
            return int(c.execute(query).scalar() or 0)

    def later_writes(self, run_id: int) -> dict[Key, int]:
        """By record and property: the newest run after ``run_id`` that wrote it."""
        query = (
            sa.select(journal.c.object, journal.c.record_id, journal.c.property, sa.func.max(journal.c.run_id).label("run"))
            .where(journal.c.run_id > run_id, journal.c.state == "written")
            .group_by(journal.c.object, journal.c.record_id, journal.c.property)
        )
        with self.engine.connect() as c:
            return {(r.object, r.record_id, r.property): r.run for r in c.execute(query)}

    def last_sent(self, object: str, record_ids: Collection[str]) -> dict[Key, str | None]:
        """The value that was last sent, or about to be, for each property of these records, whatever came of it."""
        found: dict[Key, str | None] = {}
        for ids in _slices(list(record_ids), 500):
            query = (
                sa.select(journal.c.record_id, journal.c.property, journal.c.new)
                .where(
                    journal.c.object == object,
                    journal.c.record_id.in_(ids),
                    journal.c.state.in_(("written", "lapsed", *UNSETTLED)),
                )
                .order_by(journal.c.id)
            )
            with self.engine.connect() as c:
                found |= {(object, r.record_id, r.property): r.new for r in c.execute(query)}
        return found

    # --- bases -------------------------------------------------------------------------------------------

    def all_bases(self) -> dict[Key, Base]:
        with self.engine.connect() as c:
            return {(r.object, r.record_id, r.property): Base(r.value, utc(r.at)) for r in c.execute(sa.select(bases))}

    def bases_of(self, object: str, record_ids: Collection[str] = ()) -> dict[Key, Base]:
        """Of one object's records: all of them, or those named."""
        where = [bases.c.object == object, *([bases.c.record_id.in_(record_ids)] if record_ids else [])]
        with self.engine.connect() as c:
            rows = c.execution_options(yield_per=_CHUNK).execute(sa.select(bases).where(*where))
            return {(r.object, r.record_id, r.property): Base(r.value, utc(r.at)) for r in rows}

    def count_bases(self) -> int:
        with self.engine.connect() as c:
            return int(c.execute(sa.select(sa.func.count()).select_from(bases)).scalar() or 0)

    def adopt(self, values: Mapping[Key, str | None], now: datetime, run_id: int) -> None:
        """Take values that stand in the CRM as the base from now on."""
        with self._one_writer, self.engine.begin() as tx:
            upsert(
                tx,
                bases,
                [
                    {"object": o, "record_id": r, "property": p, "value": v, "at": now, "run_id": run_id}
                    for (o, r, p), v in sorted(values.items())
                ],
            )

    def forget_property(self, object: str, name: str) -> None:
        """The property was removed from the CRM: its bases and holds mean nothing any more."""
        with self.engine.begin() as tx:
            for table in (bases, holds):
                tx.execute(sa.delete(table).where(table.c.object == object, table.c.property == name))

    # --- holds -------------------------------------------------------------------------------------------

    def hold(self, keys: Iterable[Key], run_id: int, now: datetime) -> None:
        with self.engine.begin() as tx:
            upsert(
                tx, holds, [{"object": o, "record_id": r, "property": p, "run_id": run_id, "at": now} for o, r, p in sorted(keys)]
            )

    def all_holds(self) -> frozenset[Key]:
        with self.engine.connect() as c:
            return frozenset((r.object, r.record_id, r.property) for r in c.execute(sa.select(holds)))

    def release(self, property: str | None) -> int:
        """Lift the holds, of one property or all; how many there were."""
        where = [holds.c.property == property] if property else []
        with self.engine.begin() as tx:
            return tx.execute(sa.delete(holds).where(*where)).rowcount


_KEY = ("object", "record_id", "property")
_RESULT = (*_KEY, "state", "answered", "reason")
_SETTLE = (
    sa.update(journal)
    .where(
        journal.c.plan_id == sa.bindparam("b_plan"),
        journal.c.object == sa.bindparam("b_object"),
        journal.c.record_id == sa.bindparam("b_record_id"),
        journal.c.property == sa.bindparam("b_property"),
    )
    .values(
        state=sa.bindparam("b_state"),
        answered=sa.bindparam("b_answered"),
        reason=sa.bindparam("b_reason"),
        at=sa.bindparam("b_at"),
    )
)


def _slices(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _chunks(lines: Iterable[Line], size: int) -> Iterator[list[tuple[int, Line]]]:
    chunk: list[tuple[int, Line]] = []
    for entry in enumerate(lines):
        chunk.append(entry)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
