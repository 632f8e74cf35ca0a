"""What every part of the ledger stands on: one set of tables, instants in UTC, an upsert that both databases know."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

metadata = sa.MetaData()
INSTANT = sa.DateTime(timezone=True)


def upsert(
    tx: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    keys: Sequence[str] | None = None,
    kept: Sequence[str] = (),
) -> None:
    """Insert, or change what stands under the same ``keys`` (the primary key unless given), all but the columns ``kept``."""
    if not rows:
        return
    names = tuple(keys or [c.name for c in table.primary_key.columns])
    insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)
    changed = {c: insert.excluded[c] for c in rows[0] if c not in (*names, *kept)}
    statement = insert.on_conflict_do_update(index_elements=list(names), set_=changed)
    tx.execute(statement, [dict(r) for r in rows])


def utc(value: Any) -> Any:
    """SQLite gives naive datetimes back; all that were stored are UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
