"""Rows of ad spend into Parquet: our way (checked, as JSON lines, read by DuckDB) beside the usual row-wise inserts.

Ours also converts each value, refuses bad ones, drops duplicates by key and sorts; the other side only inserts.
"""

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measuring import Row, interleaved, timed
from kpi.schema import TABLES, columns
from sync.lake import Batch, Lake, Replaces
from sync.ledger import Ledger

TABLE = "ad_spend_daily"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
CAMPAIGNS = 20


def ad_spend(count: int) -> list[dict[str, Any]]:
    """Distinct rows: a campaign and a day each."""
    return [
        {
            "source_id": f"row-{number}",
            "platform": "google_ads",
            "account_id": "1",
            "campaign_id": str(number % CAMPAIGNS),
            "campaign_name": f"Campaign {number % CAMPAIGNS}",
            "channel": "paid_search",
            "spend_on": date(2000, 1, 1) + timedelta(days=number // CAMPAIGNS),
            "account_zone": "Europe/Paris",
            "currency": "EUR",
            "spend": Decimal(number % 10_007) / 100,
            "spend_home": Decimal(number % 10_007) / 100,
            "impressions": number,
            "clicks": number % 97,
            "conversions": Decimal(number % 7),
            "conversions_value": Decimal(number % 7) * 10,
            "cost_class": "platform_reported",
        }
        for number in range(count)
    ]


def load_ours(rows: Sequence[dict[str, Any]], folder: Path) -> float:
    ledger = Ledger.at(folder)
    lake = Lake(folder, ledger)

    def work() -> None:
        batch = Batch("google_ads", 1, NOW)
        for row in rows:
            batch.add(row["source_id"], lambda row=row: [(TABLE, row)])  # type: ignore[misc]
        written = lake.write_facts(batch, [TABLE], Replaces())
        if [one.file.rows for one in written] != [len(rows)]:
            raise RuntimeError(f"rows were lost: {batch.bad}")

    try:
        return timed(work)
    finally:
        ledger.close()


def load_by_executemany(rows: Sequence[dict[str, Any]], folder: Path) -> float:
    shape = [column for column in columns(TABLES[TABLE]) if column.name in rows[0]]

    def work() -> None:
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE facts ({', '.join(f'{column.name} {column.sql_type}' for column in shape)})")
            marks = ", ".join("?" for _ in shape)
            con.executemany(f"INSERT INTO facts VALUES ({marks})", [[row[column.name] for column in shape] for row in rows])
            con.execute(f"COPY facts TO '{folder / 'facts.parquet'}' (FORMAT parquet)")

    return timed(work)


def measure(folder: Path, *, count: int = 5_000, big: int = 100_000, turns: int = 5) -> list[Row]:
    """At a size that row-wise inserts can bear, and ours again at a size that they cannot."""
    few, many = ad_spend(count), ad_spend(big)

    def fresh(load: Any, rows: Sequence[dict[str, Any]]) -> float:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            return float(load(rows, Path(scratch)))

    taken = interleaved(
        {
            "ours": lambda: fresh(load_ours, few),
            "big": lambda: fresh(load_ours, many),
            "theirs": lambda: fresh(load_by_executemany, few),
        },
        turns,
    )
    beside = f"DuckDB `executemany`, {count:,} rows"
    return [
        Row(
            f"one of {size:,} rows into Parquet",
            taken[name],
            beside,
            taken["theirs"],
            values=(size, count),
            note=f"per row; {size / taken[name].median:,.0f} rows/s against {count / taken['theirs'].median:,.0f}",
        )
        for name, size in (("ours", count), ("big", big))
    ]
