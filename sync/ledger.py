"""What has happened: runs, cursors, which lake files are current; what was written stands in :mod:`sync.ledger_writes`.

One SQLite file in WAL mode per account (``synchronous=FULL``: a journal row is on disk before its HTTP call
leaves), or the same tables in PostgreSQL by URL, through SQLAlchemy Core. Committing is one transaction, so that
being killed at any moment leaves either the state before or the state after.

Times are UTC. Texts that a CRM holds are kept exactly as the CRM answered them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sync import ledger_messages as ledger_messages  # its tables are made with the others
from sync import ledger_reports as ledger_reports  # likewise
from sync.ledger_audit import AuditBook
from sync.ledger_base import metadata, upsert, utc
from sync.ledger_erasures import ErasuresBook
from sync.ledger_tables import Base as Base
from sync.ledger_tables import JournalEntry as JournalEntry
from sync.ledger_tables import Key as Key
from sync.ledger_tables import LakeFile as LakeFile
from sync.ledger_tables import Run, cursors, described, files, meta, row_of, runs, set_aside
from sync.ledger_tables import StreamState as StreamState
from sync.ledger_writes import WritesBook, add_indexes

SCHEMA_VERSION = "1"


class Ledger(WritesBook, AuditBook, ErasuresBook):
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
            _add_columns(tx, schema)
            upsert(tx, meta, [{"key": "schema", "value": SCHEMA_VERSION}])
        add_indexes(self.engine)

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
            upsert(tx, meta, [{"key": key, "value": value}])

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

    def finished_runs(self, kind: str) -> list[Run]:
        """Every run of a kind that ended well, the oldest first."""
        return self._runs(runs.c.kind == kind, runs.c.status == "done")[::-1]

    def recent_runs(self, limit: int) -> list[Run]:
        """The newest, of every kind and end, the newest first."""
        return self._runs(limit=limit)

    def run_as_of(self, day_end: datetime) -> int | None:
        """The newest finished run whose data are from before ``day_end``."""
        with self.engine.connect() as c:
            return c.execute(
                sa.select(sa.func.max(runs.c.id)).where(runs.c.as_of < day_end, runs.c.finished_at.is_not(None))
            ).scalar()

    def _runs(self, *where: Any, limit: int | None = None) -> list[Run]:
        query = sa.select(runs).where(*where).order_by(runs.c.id.desc()).limit(limit)
        with self.engine.connect() as c:
            return [row_of(Run, r, summary=json.loads(r.summary or "{}")) for r in c.execute(query)]

    # --- streams and files -----------------------------------------------------------------------------

    def stream_state(self, source: str, stream: str) -> StreamState | None:
        with self.engine.connect() as c:
            row = c.execute(sa.select(cursors).where(cursors.c.source == source, cursors.c.stream == stream)).first()
        return row_of(StreamState, row) if row else None

    def stream_instants(self) -> list[tuple[str, str, int, datetime]]:
        """(source, stream, run, instant of the data) of the last reading of each stream, in their order."""
        c = cursors.c
        query = sa.select(c.source, c.stream, c.run_id, c.stored_at).order_by(c.source, c.stream)
        with self.engine.connect() as con:
            return [(str(row[0]), str(row[1]), int(row[2]), utc(row[3])) for row in con.execute(query)]

    def save_cursor(
        self,
        tx: sa.Connection,
        source: str,
        stream: str,
        state: StreamState,
        run_id: int,
        now: datetime,
    ) -> None:
        place = {"source": source, "stream": stream, "run_id": run_id}
        upsert(tx, cursors, [{**asdict(state), **place, "stored_at": now}])

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
        tx.execute(sa.insert(files).values(**asdict(file), is_current=True, stored_at=now))

    def current_files(self, area: str, name: str) -> list[LakeFile]:
        query = sa.select(files).where(files.c.area == area, files.c.name == name, files.c.is_current).order_by(files.c.id)
        with self.engine.connect() as c:
            return [row_of(LakeFile, r) for r in c.execute(query)]

    def all_current_files(self, area: str) -> dict[str, list[LakeFile]]:
        """:meth:`current_files` by name, of those that have any."""
        query = sa.select(files).where(files.c.area == area, files.c.is_current).order_by(files.c.id)
        found: dict[str, list[LakeFile]] = {}
        with self.engine.connect() as c:
            for r in c.execute(query):
                found.setdefault(r.name, []).append(row_of(LakeFile, r))
        return found

    def current_rows(self, area: str) -> int:
        """Rows of the current files of an area."""
        query = sa.select(sa.func.coalesce(sa.func.sum(files.c.rows), 0)).where(files.c.area == area, files.c.is_current)
        with self.engine.connect() as c:
            return int(c.execute(query).scalar_one())

    def known_files(self, area: str) -> list[LakeFile]:
        """Every file of an area, superseded ones that wait to be swept included."""
        query = sa.select(files).where(files.c.area == area).order_by(files.c.id)
        with self.engine.connect() as c:
            return [row_of(LakeFile, r) for r in c.execute(query)]

    def resize_file(self, path: str, rows: int) -> None:
        """The file holds fewer rows than it was stored with."""
        with self.engine.begin() as tx:
            tx.execute(sa.update(files).where(files.c.path == path).values(rows=rows))

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
        upsert(
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
            upsert(tx, described, [{"source": source, "body": json.dumps(body, sort_keys=True), "run_id": run_id}])

    def forget_description(self, source: str) -> None:
        """The next sync asks the source anew what it has."""
        with self.engine.begin() as tx:
            tx.execute(sa.delete(described).where(described.c.source == source))

    def description(self, source: str) -> dict[str, Any] | None:
        with self.engine.connect() as c:
            body = c.execute(sa.select(described.c.body).where(described.c.source == source)).scalar()
        return json.loads(body) if body else None


def _add_columns(tx: sa.Connection, schema: str | None) -> None:
    """Columns that a newer version added (they may be null) to the tables of an older ledger."""
    inspector = sa.inspect(tx)
    for table in metadata.sorted_tables:
        present = {column["name"] for column in inspector.get_columns(table.name, schema=schema)}
        for column in table.columns:
            if column.name not in present:
                kind = column.type.compile(tx.dialect)
                where = f'"{schema}".{table.name}' if schema else table.name
                tx.execute(sa.text(f"ALTER TABLE {where} ADD COLUMN {column.name} {kind}"))


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
