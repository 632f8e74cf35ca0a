"""Parquet, one file for each table: decimals as decimals, days as days, instants in UTC."""

from pathlib import Path

from kpi.sql import literal
from sync.publish.bi.schema import Table
from sync.publish.bi.tables import Tables


def write_parquet(made: Tables, table: Table, path: Path) -> None:
    """Snappy is the compression that every reader knows."""
    made.con.execute(f"COPY ({made.query(table)}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION snappy)")
