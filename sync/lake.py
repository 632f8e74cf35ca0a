"""Raw records, facts and results as immutable Parquet files, written by DuckDB and never changed.

A file is written under a temporary name, renamed, and becomes visible only when the ledger says so, in the same
transaction that moves the cursor. Facts are a base file plus deltas: a row carries the run that read it
(``_version``) and its order in that run (``_seq``); the newest row of a key counts, and one marked ``_deleted``
hides it. Past :data:`COMPACT_SHARE` of changed rows the table is written anew as one base.

Results never lose a version: a value that changed is added with the run it changed in, so that a KPI can be
shown as it was known on a date.
"""

import contextlib
import os
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb
import orjson
import sqlalchemy as sa
from pydantic import BaseModel

from connectors.base import BadValue, Days, Owned
from kpi.schema import TABLES, Row, checker, columns, encoded
from kpi.sql import literal
from sync import engines, staging
from sync.ledger import LakeFile, Ledger

COMPACT_SHARE = 0.2
"""A table whose deltas hold more rows than this share of its base is written anew."""

WRITE_MEMORY = 160 * 10**6
"""Bytes that the engine that writes may hold at least, and spills beyond. One thread: each brings buffers of 32 MB of its own,
and the other cores read the next chunk meanwhile."""
LONGEST_LINE = 4 * 2**20
"""Bytes of a result's line. Engines set aside twice as much for each thread that reads lines; their usual 32 MB starve the rest."""

ROW_GROUP = 20_480
"""Rows of results that are held together before they are written: their texts are long."""

_TRACK = {"_version": "BIGINT", "_seq": "BIGINT", "_deleted": "BOOLEAN"}
_AGE = "(_version * 4294967296 + _seq)"
"""Orders the rows of one key."""


@dataclass(frozen=True)
class Written:
    """A Parquet file that is on disk and not yet visible."""

    file: LakeFile
    replaces: bool


@dataclass
class Batch:
    """Rows of one stream's read, gathered until they are written together; then :meth:`next` goes on with an empty one.

    Each record's rows go in whole or not at all: a bad one is set aside with its reason.
    """

    source: str
    run_id: int
    extracted_at: datetime
    """When its records were read, UTC."""
    bad: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    """Ids of the records whose rows are here, in order."""
    size: int = 0
    """Bytes held."""
    seq: int = 0
    """Rows so far in this read: which of two rows of one key in one run is the newer."""

    def __post_init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    @property
    def repeated(self) -> frozenset[str]:
        """Tables in which some key may have come twice."""
        return frozenset(table for table, kept in self._kept.items() if kept.is_repeated)

    def lines(self, table: str) -> bytearray:
        """A line of JSON per row."""
        return self._kept[table].lines if table in self._kept else bytearray()

    def next(self) -> "Batch":
        """An empty batch of the same read."""
        return Batch(self.source, self.run_id, self.extracted_at, seq=self.seq)

    def add(self, record_id: str, rows: Callable[[], Iterable[tuple[str, dict[str, Any]]]]) -> None:
        """Check and take a record's rows. ``rows`` may raise :class:`BadValue`."""
        kept = self._kept
        checked = []
        try:
            for table, values in rows():
                its = kept.get(table) or kept.setdefault(table, _Kept(table))
                checked.append((its, its.check(values)))
        except BadValue as bad:
            self.bad[record_id] = str(bad)
            return
        if self.bad:
            self.bad.pop(record_id, None)
        self.seen.append(record_id)
        seq, size = self.seq, 0
        for its, row in checked:
            seq += 1
            row._seq = seq
            line = encoded(row)
            size += len(line) + 1
            its.lines += line
            its.lines += b"\n"
            key = hash(its.key(row))
            if key in its.keys:
                its.is_repeated = True
            else:
                its.keys.add(key)
        self.seq = seq
        self.size += size


_APART = ("source", "extracted_at")
"""Columns that hold the same value in all rows of a batch: not in its lines."""
_KEYS: dict[str, Callable[[Any], Any]] = {
    name: attrgetter(*(column for column in model.key if column not in _APART)) for name, model in TABLES.items()
}
_CHECKERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {name: checker(model, apart=_APART) for name, model in TABLES.items()}


class _Kept:
    """What a batch keeps of one table. One buffer of lines: a small object per row fragments memory tenfold."""

    __slots__ = ("check", "is_repeated", "key", "keys", "lines")

    def __init__(self, table: str) -> None:
        self.check = _CHECKERS[table]
        self.key = _KEYS[table]
        self.lines = bytearray()
        self.keys: set[int] = set()
        self.is_repeated = False


@dataclass(frozen=True)
class Replaces:
    """What a read stands in for, beyond the keys it gives: whatever is there and was not given again is gone.

    Rows given earlier in the same run count as given: a long read is written in several batches.
    """

    everything: bool = False
    """All rows of this source in the stream's own tables (not in those it shares: see ``owned``)."""
    days: tuple[Days, ...] = ()
    owned: Mapping[str, Owned] = field(default_factory=dict)
    record_ids: Sequence[str] = ()
    """Records that were read: of the rows they own, those that were not given again go."""
    gone_ids: Sequence[str] = ()
    """Records that exist no more: their rows go, and those they own."""
    kept_ids: Sequence[str] = ()
    """Records that could not be read this time: ``everything`` leaves them their last good rows."""


class Lake:
    """The Parquet files of one account under ``folder``."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder = folder
        self.ledger = ledger
        self.staging = folder / "staging"
        """For what is on its way (:mod:`sync.staging`)."""
        self._writing = threading.Lock()
        """One session writes at a time."""
        self._engine_of_writing: duckdb.DuckDBPyConnection | None = None

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A private in-memory engine; DuckDB database files are never shared between processes."""
        con = duckdb.connect()
        con.execute("SET TimeZone='UTC'")
        con.execute("SET preserve_insertion_order=true")
        return con

    @contextlib.contextmanager
    def _writer(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A session of the engine that writes files. It is kept: starting one takes as long as writing a thousand rows."""
        with self._writing:
            if self._engine_of_writing is None:
                self._engine_of_writing = self.connect()
                engines.confine(self._engine_of_writing, WRITE_MEMORY, 1, self.staging / "spill")
            engines.allow(self._engine_of_writing, self._memory(WRITE_MEMORY))
            with contextlib.closing(self._engine_of_writing.cursor()) as con:
                con.execute("SET TimeZone='UTC'")
                yield con

    def _memory(self, least: int = engines.LEAST) -> int:
        """Bytes that an engine may hold now."""
        return engines.bound(self.ledger.current_rows("facts"), engines.machine(), least)

    def close(self) -> None:
        """Give back the engine that writes; the next one that is needed is started anew."""
        with self._writing:
            if self._engine_of_writing is not None:
                self._engine_of_writing.close()
                self._engine_of_writing = None

    # --- raw -----------------------------------------------------------------------------------------------

    def write_raw(
        self, source: str, stream: str, run_id: int, at: datetime, lines: bytes | bytearray, count: int
    ) -> Written | None:
        """``count`` records as received ``at``, a :func:`raw_line` each."""
        if not lines:
            return None
        types = {"record_id": "VARCHAR", "record": "VARCHAR", "_seq": "BIGINT"}
        with self._writer() as con, self._staged([lines], types) as staged:
            received = f"TIMESTAMP '{_stamp(at)}' AS extracted_at, {run_id}::BIGINT AS _version"
            query = f"(SELECT record_id, record, {received}, _seq FROM {staged})"
            return self._write(con, "raw", f"{source}/{stream}", run_id, query, count, is_base=False)

    def raw_records(self, source: str, stream: str) -> Iterator[tuple[str, Any, datetime]]:
        """The newest stored form of every record: (id, record, read at)."""
        files = self.ledger.current_files("raw", f"{source}/{stream}")
        if not files:
            return
        with self._engine() as con:
            cursor = con.execute(
                f"SELECT record_id, record, extracted_at FROM {self._scan(files)} "
                "QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY _version DESC, _seq DESC) = 1 ORDER BY _version, _seq"
            )
            while rows := cursor.fetchmany(5000):
                for record_id, record, at in rows:
                    yield record_id, orjson.loads(record), at.replace(tzinfo=UTC)

    def purge_raw(self, source: str, stream: str, now: datetime, days: int) -> int:
        """Delete raw files older than ``days``; how many."""
        paths = self.ledger.retire_files("raw", f"{source}/{stream}", now - timedelta(days=days))
        self._unlink(paths)
        return len(paths)

    # --- facts ---------------------------------------------------------------------------------------------

    def write_facts(self, batch: Batch, tables: Sequence[str], replaces: Replaces) -> list[Written]:
        """The batch's rows and the deletions it implies, as deltas (or as a new base where that is cheaper)."""
        written: list[Written] = []
        with self._writer() as con:
            for table in tables:
                done = self._write_table(con, batch, table, replaces)
                if done is not None:
                    written.append(done)
        return written

    def _write_table(self, con: duckdb.DuckDBPyConnection, batch: Batch, table: str, replaces: Replaces) -> Written | None:
        model = TABLES[table]
        files = self.ledger.current_files("facts", table)
        lines = batch.lines(table)
        types = {c.name: c.sql_type for c in columns(model)}
        with self._staged(
            [lines], {name: kind for name, kind in types.items() if name not in _APART} | {"_seq": "BIGINT"}
        ) as staged:
            same = {"source": literal(batch.source), "extracted_at": f"TIMESTAMP '{_stamp(batch.extracted_at)}'"}
            given = (
                f"SELECT {', '.join(f'{same[name]} AS {name}' if name in same else _name(name) for name in types)}, "
                f"{batch.run_id}::BIGINT AS _version, _seq, false AS _deleted FROM {staged}"
            )
            key = _names(model.key)
            if table in batch.repeated:
                given += f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _seq DESC) = 1"
            if not files:
                ordered = f"({given} ORDER BY {key})"
                return self._write(con, "facts", table, batch.run_id, ordered, None, is_base=True) if lines else None
            con.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {given}")
        gone = self._gone(con, batch, table, model, files, replaces)
        if gone is not None:
            blank = [_name(c) if c in model.key or not _nullable(model, c) else f"NULL AS {_name(c)}" for c in types]
            con.execute(
                f"INSERT INTO fresh SELECT {', '.join(blank)}, {batch.run_id} AS _version, {batch.seq} AS _seq, true AS _deleted "
                f"FROM ({gone})"
            )
        total = self._count(con, "fresh")
        return (
            self._write(con, "facts", table, batch.run_id, f"(FROM fresh ORDER BY {key})", total, is_base=False)
            if total
            else None
        )

    def compact(self, run_id: int, tables: Iterable[str] = TABLES) -> list[Written]:
        """A new base for every table whose deltas outgrew :data:`COMPACT_SHARE`. Nothing may be writing facts meanwhile."""
        written = []
        current = self.ledger.all_current_files("facts")
        for table in tables:
            files = current.get(table, [])
            base_rows = sum(f.rows for f in files if f.is_base)
            is_fresh = all(f.run_id == run_id for f in files)  # a first load's chunks: the next run merges them
            if is_fresh or sum(f.rows for f in files) - base_rows <= COMPACT_SHARE * base_rows:
                continue
            types = {c.name: c.sql_type for c in columns(TABLES[table])} | _TRACK
            merged = f"({self._newest(table, files, _names(types))} ORDER BY {_names(TABLES[table].key)})"
            with self._writer() as con:
                written.append(self._write(con, "facts", table, run_id, merged, None, is_base=True, replaces=True))
        return written

    def unseen(self, source: str, table: str, before_run: int) -> tuple[list[str], int]:
        """``source_id`` of the current rows of a table that no run from ``before_run`` on has given, and how many there are in all."""
        files = self.ledger.current_files("facts", table)
        if not files:
            return [], 0
        mine = f"({self._newest(table, files, 'source, source_id, _version')}) WHERE source = ?"
        with self._engine() as con:
            ids = con.execute(
                f"SELECT DISTINCT source_id FROM {mine} AND _version < ? ORDER BY 1", [source, before_run]
            ).fetchall()
            known = con.execute(f"SELECT count(DISTINCT source_id) FROM {mine}", [source]).fetchall()
        return [found for (found,) in ids], int(known[0][0])

    def modified_since(self, source: str, table: str, since: datetime) -> dict[str, datetime]:
        """``source_id`` -> modified instant of the rows that were modified since then (inclusive), as they were last read."""
        files = self.ledger.current_files("facts", table)
        if not files or "modified_at" not in TABLES[table].model_fields:
            return {}
        newest = self._newest(table, files, "source, source_id, modified_at")
        query = f"SELECT source_id, modified_at FROM ({newest}) WHERE source = ? AND modified_at >= ?"
        with self._engine() as con:
            rows = con.execute(query, [source, since.astimezone(UTC).replace(tzinfo=None)]).fetchall()
        return {record_id: at.replace(tzinfo=UTC) for record_id, at in rows}

    def _gone(
        self,
        con: duckdb.DuckDBPyConnection,
        batch: Batch,
        table: str,
        model: type[Row],
        files: Sequence[LakeFile],
        replaces: Replaces,
    ) -> str | None:
        """A query for current rows that this read shows to be gone; None when it shows nothing of the kind."""
        if not files:
            return None
        older = f"_version < {batch.run_id}"
        conditions = [_in_days(days, older) for days in replaces.days if days.table == table]
        owned, looked_at = replaces.owned.get(table), "true"
        if owned is not None:
            mine = "".join(f" AND {column} = {literal(value)}" for column, value in owned.where)
            if ids := (*replaces.record_ids, *replaces.gone_ids):
                conditions.append(f"{owned.column} IN {self._ids(con, 'reread', ids)}{mine}")
                # All rows of one key pass or none, so that the newest is found among these alone: few of a long read's.
                is_of_key = {owned.column, *(column for column, _ in owned.where)} <= set(model.key)
                looked_at = conditions[0] if is_of_key and len(conditions) == 1 else "true"
        else:
            if replaces.everything:
                conditions.append(f"{older} AND source_id NOT IN {self._ids(con, 'kept', replaces.kept_ids)}")
            if replaces.gone_ids:
                conditions.append(f"source_id IN {self._ids(con, 'gone', replaces.gone_ids)}")
        if not conditions:
            return None
        matching = " AND ".join(f"f.{_name(k)} = c.{_name(k)}" for k in model.key)
        newest = self._newest(table, files, _names([*(c.name for c in columns(model)), "_version"]), looked_at)
        if kept := [days for days in replaces.days if days.is_kept and days.table == table]:
            self._note_given_days(con, batch, kept[0], newest)
        return (
            f"SELECT c.* FROM ({newest}) c WHERE c.source = {literal(batch.source)} AND (({') OR ('.join(conditions)})) "
            f"AND NOT EXISTS (SELECT 1 FROM fresh f WHERE {matching})"
        )

    @staticmethod
    def _note_given_days(con: duckdb.DuckDBPyConnection, batch: Batch, days: Days, newest: str) -> None:
        """The days of which this read gave something, now or in an earlier chunk, for :func:`_in_days`."""
        account, day = days.account_column, days.day_column
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE given_day AS SELECT {account} AS account, {day} AS day FROM fresh "
            f"UNION SELECT {account}, {day} FROM ({newest}) WHERE source = {literal(batch.source)} AND _version = {batch.run_id}"
        )

    def not_answered(self, source: str, run_id: int, days: Days) -> tuple[int, date, date] | None:
        """Days of ``days`` whose rows a read of ``run_id`` left as they were: how many, the first and the last. None: none."""
        files = self.ledger.current_files("facts", days.table)
        if not files:
            return None
        names = _names(dict.fromkeys(("source", days.account_column, days.day_column, "_version")))
        with self._engine() as con:
            [(count, first, last)] = con.execute(
                f"SELECT count(DISTINCT {days.day_column}), min({days.day_column}), max({days.day_column}) "
                f"FROM ({self._newest(days.table, files, names)}) "
                f"WHERE source = ? AND {_in_days(replace(days, is_kept=False), f'_version < {run_id}')}",
                [source],
            ).fetchall()
        return (int(count), first, last) if count else None

    def _ids(self, con: duckdb.DuckDBPyConnection, name: str, ids: Sequence[str]) -> str:
        """A sub-query for ids, put into the temporary table ``name``."""
        staged = self._ndjson(con, ({"id": i} for i in ids), {"id": "VARCHAR"})
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT DISTINCT id FROM {staged}")
        return f"(SELECT id FROM {name})"

    def _newest(self, table: str, files: Sequence[LakeFile], names: str, where: str = "true") -> str:
        """A query for the current rows. Which row of a key is the newest is found over the key alone: whole rows are streamed.
        ``where`` is about columns of the key."""
        scan = f"({_blank(table)} UNION ALL BY NAME FROM {self._scan(files)})"  # files may be older than a column
        if len(files) == 1:
            return f"SELECT {names} FROM {scan} WHERE NOT _deleted AND {where}"
        key = TABLES[table].key
        on = " AND ".join(f"r.{_name(k)} = n.{_name(k)}" for k in key)
        return (
            f"SELECT {names} FROM {scan} r SEMI JOIN (SELECT {_names(key)}, max({_AGE}) AS newest "
            f"FROM {self._scan(files)} WHERE {where} GROUP BY ALL) n ON {on} AND {_AGE} = n.newest WHERE NOT _deleted AND {where}"
        )

    def _current(self, table: str, files: Sequence[LakeFile]) -> str:
        if not files:
            return _blank(table)
        return self._newest(table, files, _names(c.name for c in columns(TABLES[table])))

    def attach_facts(self, con: duckdb.DuckDBPyConnection, tables: Iterable[str] = TABLES) -> None:
        """Tables of the common schema, all unless named, as views of their current rows; empty where nothing was loaded."""
        files = self.ledger.all_current_files("facts")
        for table in tables:
            con.execute(f"CREATE OR REPLACE VIEW {_name(table)} AS {self._current(table, files.get(table, []))}")

    @contextlib.contextmanager
    def facts(self, tables: Iterable[str] = TABLES) -> Iterator[duckdb.DuckDBPyConnection]:
        """A private engine with :meth:`attach_facts` done, closed at the end of the block. Naming few tables saves opening the
        files of the others."""
        with self._engine() as con:
            self.attach_facts(con, tables)
            yield con

    # --- results: versions that are never lost ---------------------------------------------------------------

    def write_versions(
        self,
        name: str,
        types: Mapping[str, str],
        key: Sequence[str],
        compared: Sequence[str],
        lines: Iterable[bytes],
        run_id: int,
        looked_at: str = "true",
        more: str | None = None,
    ) -> Written | None:
        """Add what changed against the newest versions: new and different rows, and a mark for vanished ones. ``lines``: a
        :func:`version_line` of each row that there is now. ``looked_at``: a condition on the key; what is known beside it stays.
        ``more``: a table expression with further rows, of the same columns."""
        with self._writing, self._staged(lines, types, LONGEST_LINE) as staged, self._engine() as con:
            con.execute("SET threads=1")
            if more:
                staged = f"(SELECT {_names(types)} FROM {staged} UNION ALL SELECT {_names(types)} FROM {more})"
            files = self.ledger.current_files("results", name)
            changed = (
                self._changed(staged, types, key, compared, files, looked_at)
                if files
                else f"SELECT *, false AS removed FROM {staged}"
            )
            rows = f"(SELECT {_names(types)}, {run_id} AS from_run, removed FROM ({changed}))"
            written = self._write(con, "results", name, run_id, rows, None, is_base=not files, row_group=ROW_GROUP)
        if written.file.rows:
            return written
        (self.folder / written.file.path).unlink()
        return None

    def write_whole(self, name: str, query: str, run_id: int) -> Written:
        """The rows of a query in the place of all that is stored by this name; of these no versions are kept."""
        with self._writer() as con:
            return self._write(con, "results", name, run_id, f"({query})", None, is_base=True, replaces=True)

    def _changed(
        self,
        fresh: str,
        types: Mapping[str, str],
        key: Sequence[str],
        compared: Sequence[str],
        files: Sequence[LakeFile],
        looked_at: str,
    ) -> str:
        """A query for rows of ``fresh`` that are new or differ from what is known, and for known ones that vanished."""
        on = " AND ".join(f"f.{_name(k)} = k.{_name(k)}" for k in key)
        is_new, is_gone = (f"{side}.{_name(key[0])} IS NULL" for side in "kf")
        differs = " OR ".join(f"f.{_name(c)} IS DISTINCT FROM k.{_name(c)}" for c in compared)
        values = ", ".join(f"CASE WHEN {is_gone} THEN k.{_name(c)} ELSE f.{_name(c)} END AS {_name(c)}" for c in types)
        return (
            f"SELECT {values}, {is_gone} AS removed FROM {fresh} f FULL JOIN ({self._versions(types, key, files, None, looked_at)}) k ON {on} "
            f"WHERE {is_new} OR {is_gone} OR {differs}"
        )

    def _versions(
        self, types: Mapping[str, str], key: Sequence[str], files: Sequence[LakeFile], run_id: int | None, looked_at: str = "true"
    ) -> str:
        until = f" AND from_run <= {int(run_id)}" if run_id is not None else ""
        stored = f"(SELECT * FROM {self._stored(types, files)} WHERE ({looked_at}){until})"
        on = " AND ".join(f"r.{_name(k)} = n.{_name(k)}" for k in key)
        newest = f"(SELECT {_names(key)}, max(from_run) AS newest FROM {stored} GROUP BY ALL)"
        return f"SELECT {_names(types)}, from_run FROM {stored} r SEMI JOIN {newest} n ON {on} AND from_run = newest WHERE NOT removed"

    def attach_versions(
        self, con: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], key: Sequence[str], run_id: int | None = None
    ) -> None:
        """View ``name``: the values as known by run ``run_id`` (inclusive; None: now)."""
        files = self.ledger.current_files("results", name)
        con.execute(f"CREATE OR REPLACE VIEW {name} AS {self._versions(types, key, files, run_id)}")

    def attach_history(self, con: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str]) -> None:
        """View ``<name>_history``: every version of every value, with ``from_run`` and ``removed``."""
        stored = self._stored(types, self.ledger.current_files("results", name))
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name}_history AS SELECT {_names(types)}, from_run, removed FROM {stored}")

    def _stored(self, types: Mapping[str, str], files: Sequence[LakeFile]) -> str:
        """A table expression over every version. A column that files of an older program lack is null in them."""
        none = ", ".join(f"CAST(NULL AS {t}) AS {_name(n)}" for n, t in types.items())
        versions = f" UNION ALL BY NAME SELECT * FROM {self._scan(files)}" if files else ""
        return f"(SELECT {none}, CAST(0 AS INTEGER) AS from_run, false AS removed WHERE false{versions})"

    @contextlib.contextmanager
    def versions(
        self, name: str, types: Mapping[str, str], key: Sequence[str], run_id: int | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A private engine with :meth:`attach_versions` done, closed at the end of the block."""
        with self._engine() as con:
            self.attach_versions(con, name, types, key, run_id)
            yield con

    # --- files -------------------------------------------------------------------------------------------------

    def register(self, tx: sa.Connection, written: Iterable[Written | None], now: datetime) -> None:
        """Make files visible, inside the caller's transaction."""
        for one in written:
            if one is not None:
                self.ledger.add_file(tx, one.file, now, replaces=one.replaces)

    def sweep(self) -> None:
        """Delete files that nothing reads any more (compacted ones)."""
        self._unlink(self.ledger.superseded_files())

    @contextlib.contextmanager
    def _engine(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A private engine for the block, within the bounds of :mod:`sync.engines`."""
        with staging.workplace(self.staging) as folder, contextlib.closing(self.connect()) as con:
            memory = self._memory()
            engines.confine(con, memory, engines.threads(memory, os.cpu_count() or 1), folder)
            yield con

    @contextlib.contextmanager
    def _staged(self, lines: Iterable[bytes | bytearray], types: Mapping[str, str], longest: int = 16 * 2**20) -> Iterator[str]:
        """A table expression over JSON lines, for the block: by far the quickest way in without pandas (DESIGN §3)."""
        path = staging.made(self.staging) / f"{uuid.uuid4().hex}.ndjson"
        path.touch(mode=0o600)
        try:
            with path.open("wb") as file:
                file.writelines(lines)
            if path.stat().st_size == 0:
                yield "(SELECT " + ", ".join(f"CAST(NULL AS {t}) AS {_name(n)}" for n, t in types.items()) + " WHERE false)"
                return
            spec = "{" + ", ".join(f"{literal(n)}: {literal(t)}" for n, t in types.items()) + "}"
            yield f"read_json({literal(str(path))}, format='newline_delimited', columns={spec}, maximum_object_size={longest})"
        finally:
            path.unlink()

    def _ndjson(self, con: duckdb.DuckDBPyConnection, rows: Iterable[Mapping[str, Any]], types: Mapping[str, str]) -> str:
        """A temporary table of rows."""
        table = f"staged_{uuid.uuid4().hex}"
        lines = (orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        with self._staged(lines, types) as staged:
            con.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {staged}")
        return table

    def _write(
        self,
        con: duckdb.DuckDBPyConnection,
        area: str,
        name: str,
        run_id: int,
        query: str,
        rows: int | None,
        *,
        is_base: bool,
        replaces: bool = False,
        row_group: int = 122_880,
    ) -> Written:
        """``row_group``: rows that are held together before they are written."""
        folder = self.folder / area / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        final = folder / f"{run_id:08d}-{uuid.uuid4().hex[:8]}.parquet"
        temporary = final.with_suffix(".tmp")
        con.execute(f"COPY {query} TO {literal(str(temporary))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group})")
        if rows is None:
            counted = con.execute(f"SELECT count(*) FROM read_parquet({literal(str(temporary))})").fetchone()
            rows = int(counted[0]) if counted else 0
        temporary.chmod(0o600)
        temporary.rename(final)
        return Written(LakeFile(area, name, str(final.relative_to(self.folder)), run_id, rows, is_base), replaces)

    def _scan(self, files: Sequence[LakeFile]) -> str:
        return _parquet([self.folder / f.path for f in files])

    def _unlink(self, paths: Iterable[str]) -> None:
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                (self.folder / path).unlink()

    @staticmethod
    def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
        row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(row[0]) if row else 0

    def collapse_versions(self, name: str, key: Sequence[str], run_id: int) -> tuple[Written, int] | None:
        """One base in which what was known by ``run_id`` counts as known from that run on, and how many older versions it
        leaves out; None when there are none."""
        files = self.ledger.current_files("results", name)
        if not files:
            return None
        scan = self._scan(files)
        known = (
            f"SELECT * FROM (SELECT * FROM {scan} WHERE from_run <= {run_id} "
            f"QUALIFY row_number() OVER (PARTITION BY {_names(key)} ORDER BY from_run DESC) = 1) WHERE NOT removed"
        )
        with self._engine() as con:
            before, kept = con.execute(
                f"SELECT (SELECT count(*) FROM {scan} WHERE from_run <= {run_id}), (SELECT count(*) FROM ({known}))"
            ).fetchall()[0]
            if before == kept:
                return None
            query = (
                f"(SELECT * REPLACE (CAST({run_id} AS INTEGER) AS from_run) FROM ({known}) "
                f"UNION ALL BY NAME SELECT * FROM {scan} WHERE from_run > {run_id} ORDER BY from_run, {_names(key)})"
            )
            return self._write(con, "results", name, run_id, query, None, is_base=True, replaces=True), before - kept

    # --- the one exception to "never changed": what must be gone from every version (sync/wipe.py) ---------------

    def stored(self, area: str) -> list[LakeFile]:
        """Every file of an area that the ledger knows, the superseded ones that are still on disk included."""
        return [f for f in self.ledger.known_files(area) if (self.folder / f.path).exists()]

    def scan(self, *files: LakeFile) -> str:
        """A table expression over files, with all that tracks their rows."""
        return self._scan(files)

    def put_in_place(self, con: duckdb.DuckDBPyConnection, file: LakeFile, query: str) -> None:
        """Replace a file by a query's rows under the same name, in one step: who holds the old one open reads on in it, who
        opens it next sees the new one, and being killed leaves one of the two."""
        path = self.folder / file.path
        temporary = path.with_suffix(".tmp")
        con.execute(f"COPY ({query}) TO {literal(str(temporary))} (FORMAT parquet, COMPRESSION zstd)")
        rows = con.execute(f"SELECT count(*) FROM read_parquet({literal(str(temporary))})").fetchall()[0][0]
        temporary.chmod(0o600)
        temporary.rename(path)
        self.ledger.resize_file(file.path, int(rows))


def raw_line(record_id: str, record: Any, seq: int) -> bytes:
    """A record as :meth:`Lake.write_raw` takes it. ``seq``: its order among the records of the run."""
    return orjson.dumps({"record_id": record_id, "record": record, "_seq": seq}, option=orjson.OPT_APPEND_NEWLINE)


def version_line(row: Mapping[str, Any]) -> bytes:
    """A row as :meth:`Lake.write_versions` takes it."""
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def _parquet(paths: Iterable[Path]) -> str:
    """A table expression over files. A column that one of them lacks is null in its rows; their folders' names say nothing."""
    return f"read_parquet([{', '.join(literal(str(path)) for path in paths)}], union_by_name=true, hive_partitioning=false)"


def _in_days(days: Days, older: str) -> str:
    """A condition on rows of days that were read and did not come again."""
    given = f" AND ({days.account_column}, {days.day_column}) IN (SELECT account, day FROM given_day)" if days.is_kept else ""
    return (
        f"{older} AND {days.account_column} = {literal(days.account_id)} AND {days.day_column} >= DATE '{days.since}' "
        f"AND {days.day_column} < DATE '{days.until}'{given}"
    )


def _blank(table: str) -> str:
    """The columns of a table as they are declared now, without a row."""
    return f"SELECT {', '.join(f'CAST(NULL AS {c.sql_type}) AS {_name(c.name)}' for c in columns(TABLES[table]))} WHERE false"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _nullable(model: type[BaseModel], name: str) -> bool:
    return next(c.is_nullable for c in columns(model) if c.name == name)


def _name(column: str) -> str:
    """A quoted identifier: some of our columns are SQL's own words."""
    return f'"{column}"'


def _names(columns: Iterable[str]) -> str:
    return ", ".join(map(_name, columns))
