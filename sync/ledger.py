"""What has happened: runs, cursors, which lake files are current, plans, the journal of writes, holds.

One SQLite file in WAL mode per account (``synchronous=FULL``: a journal row is on disk before its HTTP call
leaves), or the same tables in PostgreSQL by URL, through SQLAlchemy Core. Committing is one transaction, so that
being killed at any moment leaves either the state before or the state after.

Times are UTC. Texts that a CRM holds are kept exactly as the CRM answered them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

SCHEMA_VERSION = "1"

metadata = sa.MetaData()
_instant = sa.DateTime(timezone=True)

meta = sa.Table("meta", metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("started_at", _instant, nullable=False),
    sa.Column("finished_at", _instant),
    sa.Column("as_of", _instant),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("summary", sa.Text),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("cursor", sa.Text),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("stored_at", _instant, nullable=False),
)

files = sa.Table(
    "files",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("is_base", sa.Boolean, nullable=False),
    sa.Column("is_current", sa.Boolean, nullable=False),
    sa.Column("stored_at", _instant, nullable=False),
)
sa.Index("files_current", files.c.area, files.c.name, files.c.is_current)

set_aside = sa.Table(
    "set_aside",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
)

described = sa.Table(
    "described",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("created_at", _instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("plan_id", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("property", sa.Text, nullable=False),
    sa.Column("old", sa.Text),
    sa.Column("new", sa.Text),
    sa.Column("answered", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("at", _instant, nullable=False),
)
sa.Index("journal_plan", journal.c.plan_id, journal.c.object, journal.c.record_id, journal.c.property, unique=True)
sa.Index("journal_run", journal.c.run_id)

bases = sa.Table(
    "bases",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("property", sa.Text, primary_key=True),
    sa.Column("value", sa.Text),
    sa.Column("at", _instant, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("property", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("at", _instant, nullable=False),
)


@dataclass(frozen=True)
class Run:
    """One pass; ``id`` grows by one and stands in every stored version."""

    id: int
    kind: str
    started_at: datetime
    finished_at: datetime | None
    as_of: datetime | None
    status: str
    summary: Mapping[str, Any]


@dataclass(frozen=True)
class StreamState:
    cursor: str | None
    fingerprint: str


@dataclass(frozen=True)
class LakeFile:
    area: str
    name: str
    path: str
    run_id: int
    rows: int
    is_base: bool


@dataclass(frozen=True)
class Base:
    """What the CRM answered it holds when we last wrote (or adopted) a value."""

    value: str | None
    at: datetime


@dataclass(frozen=True)
class JournalEntry:
    id: int
    run_id: int
    plan_id: str
    object: str
    record_id: str
    property: str
    old: str | None
    new: str | None
    answered: str | None
    state: str
    reason: str | None


Key = tuple[str, str, str]
"""(object, record id, property)."""


class Ledger:
    """The account's book. ``now`` gives the instant to stamp rows with."""

    def __init__(self, url: str, schema: str | None = None) -> None:
        """``schema`` (PostgreSQL): where the tables live, made when missing, so that one database serves many accounts."""
        self.engine = sa.create_engine(url, execution_options={"schema_translate_map": {None: schema}} if schema else {})
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _sqlite_pragmas)
        if schema:
            with self.engine.begin() as tx:
                tx.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        metadata.create_all(self.engine)
        with self.engine.begin() as tx:
            self._upsert(tx, meta, [{"key": "schema", "value": SCHEMA_VERSION}])

    @classmethod
    def at(cls, folder: Path) -> "Ledger":
        """The SQLite ledger of an account's folder, made private to its owner."""
        path = folder / "ledger.sqlite"
        if not path.exists():
            path.touch(mode=0o600)
        return cls(f"sqlite:///{path}")

    @classmethod
    def in_postgresql(cls, url: str, account: str) -> "Ledger":
        """The same tables in PostgreSQL, schema ``cadran_<account>``. ``url`` as libpq writes it (``postgresql://…``)."""
        address = sa.engine.make_url(url).set(drivername="postgresql+psycopg")
        return cls(address.render_as_string(hide_password=False), f"cadran_{account}")

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Everything done with the connection happens together or not at all."""
        with self.engine.begin() as tx:
            yield tx

    # --- small facts about the account -------------------------------------------------------------

    def get(self, key: str) -> str | None:
        with self.engine.connect() as c:
            return c.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar()

    def put(self, key: str, value: str) -> None:
        with self.engine.begin() as tx:
            self._upsert(tx, meta, [{"key": key, "value": value}])

    # --- runs ----------------------------------------------------------------------------------------

    def start_run(self, kind: str, now: datetime) -> int:
        with self.engine.begin() as tx:
            result = tx.execute(sa.insert(runs).values(kind=kind, started_at=now, status="running"))
            return int(result.inserted_primary_key[0])  # type: ignore[index]

    def finish_run(self, run_id: int, now: datetime, status: str, as_of: datetime | None, summary: Mapping[str, Any]) -> None:
        with self.engine.begin() as tx:
            tx.execute(
                sa.update(runs)
                .where(runs.c.id == run_id)
                .values(finished_at=now, status=status, as_of=as_of, summary=json.dumps(summary, sort_keys=True))
            )

    def run(self, run_id: int) -> Run | None:
        return next(iter(self._runs(runs.c.id == run_id)), None)

    def last_run(self, *kinds: str, status: str | None = "done") -> Run | None:
        where: list[Any] = [runs.c.kind.in_(kinds)] if kinds else []
        if status:
            where.append(runs.c.status == status)
        found = self._runs(*where, limit=1)
        return found[0] if found else None

    def run_as_of(self, day_end: datetime) -> int | None:
        """The newest finished run whose data are from before ``day_end``."""
        with self.engine.connect() as c:
            return c.execute(
                sa.select(sa.func.max(runs.c.id)).where(runs.c.as_of < day_end, runs.c.finished_at.is_not(None))
            ).scalar()

    def _runs(self, *where: Any, limit: int | None = None) -> list[Run]:
        query = sa.select(runs).where(*where).order_by(runs.c.id.desc()).limit(limit)
        with self.engine.connect() as c:
            return [
                Run(r.id, r.kind, _utc(r.started_at), _utc(r.finished_at), _utc(r.as_of), r.status, json.loads(r.summary or "{}"))
                for r in c.execute(query)
            ]

    # --- streams and files -----------------------------------------------------------------------------

    def stream_state(self, source: str, stream: str) -> StreamState | None:
        with self.engine.connect() as c:
            row = c.execute(sa.select(cursors).where(cursors.c.source == source, cursors.c.stream == stream)).first()
        return StreamState(row.cursor, row.fingerprint) if row else None

    def save_cursor(
        self, tx: sa.Connection, source: str, stream: str, cursor: str | None, fingerprint: str, run_id: int, now: datetime
    ) -> None:
        self._upsert(
            tx,
            cursors,
            [
                {
                    "source": source,
                    "stream": stream,
                    "cursor": cursor,
                    "fingerprint": fingerprint,
                    "run_id": run_id,
                    "stored_at": now,
                }
            ],
        )

    def forget_cursors(self, source: str) -> None:
        """The next sync reads everything of this source again."""
        with self.engine.begin() as tx:
            tx.execute(sa.delete(cursors).where(cursors.c.source == source))

    def add_file(self, tx: sa.Connection, file: LakeFile, now: datetime, *, replaces: bool = False) -> None:
        """Register a file; with ``replaces`` it becomes the only current one of its name."""
        if replaces:
            tx.execute(
                sa.update(files)
                .where(files.c.area == file.area, files.c.name == file.name, files.c.is_current)
                .values(is_current=False)
            )
        tx.execute(
            sa.insert(files).values(
                area=file.area,
                name=file.name,
                path=file.path,
                run_id=file.run_id,
                rows=file.rows,
                is_base=file.is_base,
                is_current=True,
                stored_at=now,
            )
        )

    def current_files(self, area: str, name: str) -> list[LakeFile]:
        query = sa.select(files).where(files.c.area == area, files.c.name == name, files.c.is_current).order_by(files.c.id)
        with self.engine.connect() as c:
            return [LakeFile(r.area, r.name, r.path, r.run_id, r.rows, r.is_base) for r in c.execute(query)]

    def retire_files(self, area: str, name: str, stored_before: datetime) -> list[str]:
        """Mark files older than ``stored_before`` as no longer current; their paths, to be deleted."""
        where = (files.c.area == area, files.c.name == name, files.c.stored_at < stored_before)
        with self.engine.begin() as tx:
            paths = list(tx.execute(sa.select(files.c.path).where(*where)).scalars())
            tx.execute(sa.delete(files).where(*where))
        return paths

    def superseded_files(self) -> list[str]:
        """Paths that no view reads any more; the rows are forgotten."""
        with self.engine.begin() as tx:
            paths = list(tx.execute(sa.select(files.c.path).where(sa.not_(files.c.is_current))).scalars())
            tx.execute(sa.delete(files).where(sa.not_(files.c.is_current)))
        return paths

    def settle_aside(
        self, tx: sa.Connection, source: str, stream: str, read: Iterable[str] | None, bad: Mapping[str, str], run_id: int
    ) -> None:
        """Records read well leave the set-aside list, bad ones enter it. ``read`` None: the whole stream was read."""
        mine = (set_aside.c.source == source, set_aside.c.stream == stream)
        if read is None:
            tx.execute(sa.delete(set_aside).where(*mine))
        else:
            known = set(tx.execute(sa.select(set_aside.c.record_id).where(*mine)).scalars())
            for gone in known & set(read):
                tx.execute(sa.delete(set_aside).where(*mine, set_aside.c.record_id == gone))
        self._upsert(
            tx,
            set_aside,
            [{"source": source, "stream": stream, "record_id": k, "reason": v, "run_id": run_id} for k, v in sorted(bad.items())],
        )

    def aside(self) -> list[tuple[str, str, str, str]]:
        """(source, stream, record id, reason) of every record that cannot be read."""
        query = sa.select(set_aside).order_by(set_aside.c.source, set_aside.c.stream, set_aside.c.record_id)
        with self.engine.connect() as c:
            return [(r.source, r.stream, r.record_id, r.reason) for r in c.execute(query)]

    def save_description(self, source: str, body: Mapping[str, Any], run_id: int) -> None:
        with self.engine.begin() as tx:
            self._upsert(tx, described, [{"source": source, "body": json.dumps(body, sort_keys=True), "run_id": run_id}])

    def description(self, source: str) -> dict[str, Any] | None:
        with self.engine.connect() as c:
            body = c.execute(sa.select(described.c.body).where(described.c.source == source)).scalar()
        return json.loads(body) if body else None

    # --- plans, journal, bases, holds ------------------------------------------------------------------

    def save_plan(self, plan_id: str, run_id: int, now: datetime, body: str) -> None:
        with self.engine.begin() as tx:
            self._upsert(tx, plans, [{"id": plan_id, "run_id": run_id, "created_at": now, "state": "shown", "body": body}])

    def plan(self, plan_id: str | None = None) -> tuple[str, datetime, str, str] | None:
        """(id, created_at, state, body) of a plan, the newest unless named."""
        query = sa.select(plans).order_by(plans.c.created_at.desc(), plans.c.run_id.desc()).limit(1)
        if plan_id is not None:
            query = sa.select(plans).where(plans.c.id == plan_id)
        with self.engine.connect() as c:
            row = c.execute(query).first()
        return (row.id, _utc(row.created_at), row.state, row.body) if row else None

    def mark_plan(self, plan_id: str, state: str) -> None:
        with self.engine.begin() as tx:
            tx.execute(sa.update(plans).where(plans.c.id == plan_id).values(state=state))

    def intend(self, entries: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Write-ahead: these writes are about to be sent. On disk when this returns."""
        with self.engine.begin() as tx:
            self._upsert(
                tx,
                journal,
                [{**e, "answered": None, "state": "intent", "reason": None, "at": now} for e in entries],
                keys=("plan_id", "object", "record_id", "property"),
            )

    def settle(self, plan_id: str, results: Sequence[Mapping[str, Any]], now: datetime, run_id: int) -> None:
        """What came of intended writes. A written one becomes the base of the next comparison, in the same transaction.

        Each result: object, record_id, property, state, answered, reason.
        """
        with self.engine.begin() as tx:
            update = (
                sa.update(journal)
                .where(
                    journal.c.plan_id == sa.bindparam("b_plan"),
                    journal.c.object == sa.bindparam("b_object"),
                    journal.c.record_id == sa.bindparam("b_record"),
                    journal.c.property == sa.bindparam("b_property"),
                )
                .values(
                    state=sa.bindparam("b_state"), answered=sa.bindparam("b_answered"), reason=sa.bindparam("b_reason"), at=now
                )
            )
            if results:
                tx.execute(
                    update,
                    [
                        {
                            "b_plan": plan_id,
                            "b_object": r["object"],
                            "b_record": r["record_id"],
                            "b_property": r["property"],
                            "b_state": r["state"],
                            "b_answered": r["answered"],
                            "b_reason": r["reason"],
                        }
                        for r in results
                    ],
                )
            self._upsert(
                tx,
                bases,
                [
                    {
                        "object": r["object"],
                        "record_id": r["record_id"],
                        "property": r["property"],
                        "value": r["answered"],
                        "at": now,
                        "run_id": run_id,
                    }
                    for r in results
                    if r["state"] == "written"
                ],
            )

    def journal_of(
        self, *, plan_id: str | None = None, run_id: int | None = None, states: Sequence[str] = ()
    ) -> list[JournalEntry]:
        where = [
            *([journal.c.plan_id == plan_id] if plan_id else []),
            *([journal.c.run_id == run_id] if run_id is not None else []),
            *([journal.c.state.in_(states)] if states else []),
        ]
        with self.engine.connect() as c:
            return [
                JournalEntry(
                    r.id, r.run_id, r.plan_id, r.object, r.record_id, r.property, r.old, r.new, r.answered, r.state, r.reason
                )
                for r in c.execute(sa.select(journal).where(*where).order_by(journal.c.id))
            ]

    def later_writes(self, run_id: int) -> dict[Key, int]:
        """By record and property: the newest run after ``run_id`` that wrote it."""
        query = (
            sa.select(journal.c.object, journal.c.record_id, journal.c.property, sa.func.max(journal.c.run_id).label("run"))
            .where(journal.c.run_id > run_id, journal.c.state == "written")
            .group_by(journal.c.object, journal.c.record_id, journal.c.property)
        )
        with self.engine.connect() as c:
            return {(r.object, r.record_id, r.property): r.run for r in c.execute(query)}

    def all_bases(self) -> dict[Key, Base]:
        with self.engine.connect() as c:
            return {(r.object, r.record_id, r.property): Base(r.value, _utc(r.at)) for r in c.execute(sa.select(bases))}

    def adopt(self, values: Mapping[Key, str | None], now: datetime, run_id: int) -> None:
        """Take values that stand in the CRM as the base from now on."""
        with self.engine.begin() as tx:
            self._upsert(
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

    def hold(self, keys: Iterable[Key], run_id: int, now: datetime) -> None:
        with self.engine.begin() as tx:
            self._upsert(
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

    # --- portable upsert -----------------------------------------------------------------------------------

    def _upsert(
        self, tx: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str] | None = None
    ) -> None:
        if not rows:
            return
        names = tuple(keys or [c.name for c in table.primary_key.columns])
        insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)
        changed = {c: insert.excluded[c] for c in rows[0] if c not in names}
        statement = insert.on_conflict_do_update(index_elements=list(names), set_=changed)
        tx.execute(statement, [dict(r) for r in rows])


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _utc(value: Any) -> Any:
    """SQLite gives naive datetimes back; all that were stored are UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
