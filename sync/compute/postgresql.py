"""KPIs computed by a PostgreSQL server, which gets a copy of the marts in a schema of the account's own.

The copy is made anew in one transaction, so that whoever else reads the schema sees the marts of one run or of the next. A table
whose columns are as before is emptied and filled: views over it and grants on it stay. Other tables are not touched: the
ledger may live in the same schema.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from connectors.errors import ConfigurationError
from kpi.schema import MARTS, Column, columns
from kpi.sql import literal
from sync.compute.base import FETCHED, Engine
from sync.staging import workplace

if TYPE_CHECKING:
    import psycopg

CONNECT_S = 15
"""Seconds that a server may take to answer."""

_COPIED_BYTES = 2**18

_TYPES = {"VARCHAR": 'text COLLATE "C"'}
"""Where PostgreSQL calls a type of the lake by another name. Words come in the order of their bytes, as on the other engines:
a condition of the settings may ask for those before or after one."""

_SESSION = (
    "SET TIME ZONE 'UTC'",
    # What is read through a cursor is read to its end; the planner takes a tenth for granted.
    "SET cursor_tuple_fraction = 1",
    # Compiling a SELECT with fifty sums takes longer than running it.
    "SET jit = off",
)


@contextmanager
def in_postgresql(con: duckdb.DuckDBPyConnection, url: str, schema: str, staging: Path) -> Iterator[Engine]:
    """The server at ``url`` over a fresh copy of the marts of ``con`` in ``schema``, which is made where it is missing.

    Raises :class:`ConfigurationError` where the driver is missing, and where the server cannot be reached or refuses.
    """
    if importlib.util.find_spec("psycopg") is None:
        raise ConfigurationError("`compute.engine: postgres` needs a driver that is an extra: pip install 'cadran[postgres]'")
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=CONNECT_S, client_encoding="UTF8") as server:
            for statement in _SESSION:
                server.execute(statement)
            with workplace(staging) as folder:
                _copy_marts(con, server, schema, folder)
            server.execute(f'SET search_path TO "{schema}"')
            server.commit()

            def run(sql: str) -> Iterator[tuple[Any, ...]]:
                with server.cursor("kpis") as cursor:
                    cursor.itersize = FETCHED
                    cursor.execute(sql.encode())
                    yield from cursor

            yield Engine("postgres", run)
    except psycopg.Error as error:
        # The driver's own text may hold the address with its password; what the server says does not.
        said = error.diag.message_primary or "it could not be reached"
        raise ConfigurationError(
            f"the database that `compute.url` names cannot be used ({type(error).__name__}: {said}): check the URL, that the "
            "server runs, and that its user may create schemas there; `compute: {engine: duckdb}` needs no server"
        ) from None


def _copy_marts(con: duckdb.DuckDBPyConnection, server: "psycopg.Connection[Any]", schema: str, folder: Path) -> None:
    """Every mart, in the server's running transaction."""
    server.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    present = _present(server, schema)
    for mart, model in MARTS.items():
        declared = columns(model)
        table = f'"{schema}"."{mart}"'
        if mart in present and present[mart] != [(c.name, _type(c), c.is_nullable) for c in declared]:
            server.execute(f"DROP TABLE {table}")
            del present[mart]
        if mart in present:
            server.execute(f"TRUNCATE {table}")
        else:
            typed = ", ".join(f'"{c.name}" {_type(c)}{"" if c.is_nullable else " NOT NULL"}' for c in declared)
            server.execute(f"CREATE TABLE {table} ({typed})")
        path = folder / f"{mart}.csv"
        _write_csv(con, mart, declared, path)
        with (
            path.open("rb") as file,
            server.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN WITH (FORMAT csv, NULL '')") as copy,
        ):
            while block := file.read(_COPIED_BYTES):
                copy.write(block)
        path.unlink()
        server.execute(f"ANALYZE {table}")


def _present(server: "psycopg.Connection[Any]", schema: str) -> dict[str, list[tuple[str, str, bool]]]:
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for table, name, type, is_required in server.execute(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) || "
        """CASE o.collname WHEN 'C' THEN ' COLLATE "C"' ELSE '' END, a.attnotnull FROM pg_class c """
        "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
        "LEFT JOIN pg_collation o ON o.oid = a.attcollation "
        "WHERE n.nspname = %s AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum",
        [schema],
    ):
        found.setdefault(table, []).append((name, type, not is_required))
    return found


def _type(column: Column) -> str:
    """As PostgreSQL itself writes it."""
    return _TYPES.get(column.sql_type, column.sql_type.lower().replace("decimal", "numeric"))


def _write_csv(con: duckdb.DuckDBPyConnection, mart: str, declared: tuple[Column, ...], path: Path) -> None:
    """Texts stand in quotes, so that an empty one is not null. PostgreSQL holds no NUL character: the sign for an unknown one
    stands instead."""
    texts = [f'"{c.name}"' for c in declared if c.sql_type == "VARCHAR"]
    cells = ", ".join(f"replace(\"{c.name}\", chr(0), '\ufffd')" if c.sql_type == "VARCHAR" else f'"{c.name}"' for c in declared)
    names = ", ".join(f'"{c.name}"' for c in declared)
    quoted = f", FORCE_QUOTE ({', '.join(texts)})" if texts else ""
    con.execute(
        f'COPY (SELECT * FROM (SELECT {cells} FROM "{mart}") AS t({names})) '
        f"TO {literal(str(path))} (FORMAT csv, HEADER false, NULLSTR ''{quoted})"
    )
