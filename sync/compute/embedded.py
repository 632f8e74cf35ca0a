"""The engine that is always there: the one that made the marts."""

from collections.abc import Iterator
from typing import Any

import duckdb

from sync.compute.base import FETCHED, Engine


def in_duckdb(con: duckdb.DuckDBPyConnection) -> Engine:
    def run(sql: str) -> Iterator[tuple[Any, ...]]:
        answer = con.execute(sql)
        while rows := answer.fetchmany(FETCHED):
            yield from rows

    return Engine("duckdb", run, is_embedded=True)
