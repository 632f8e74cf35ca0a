"""Ids of erased records inside the ledger's lists of associations (:mod:`sync.link_text`): found, and taken out."""

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa

from sync.ledger_base import metadata
from sync.link_text import joined, link_base, link_property, parted

_TEXTS = ("old", "new", "answered", "value")
"""Columns that hold such lists."""


def linked_ids(tx: sa.Connection, object: str) -> set[str]:
    """Every record of the object that a list names."""
    return {one for *_, texts in _lists(tx, object) for text in texts.values() for one in parted(text)}


def clean_links(tx: sa.Connection, object: str, ids: Collection[str], *, is_dry: bool) -> tuple[dict[str, int], set[str]]:
    """Rows whose lists name these records, by page, and the plans among them; they are taken out unless ``is_dry``."""
    gone = frozenset(ids)
    counts: dict[str, int] = {}
    plans: set[str] = set()
    for table, key, texts in list(_lists(tx, object)):
        less = {name: joined(parted(text) - gone) for name, text in texts.items() if not gone.isdisjoint(parted(text))}
        if not less:
            continue
        counts[str(table.name)] = counts.get(str(table.name), 0) + 1
        if table.name != "journal" and "plan_id" in key:
            plans.add(str(key["plan_id"]))
        if not is_dry:
            tx.execute(sa.update(table).where(*(table.c[name] == value for name, value in key.items())).values(**less))
    return counts, plans


def _lists(tx: sa.Connection, object: str) -> Iterator[tuple[sa.Table, dict[str, Any], dict[str, str | None]]]:
    """Each row that holds lists of the object's records: its table, its key, its lists."""
    properties = (link_property(object), link_base(object))
    for table in metadata.sorted_tables:
        texts = [name for name in _TEXTS if name in table.c]
        if "property" not in table.c or not texts:
            continue
        keys = [column.name for column in table.primary_key.columns]
        where = table.c.property.in_(properties)
        for row in tx.execute(sa.select(*(table.c[name] for name in dict.fromkeys((*keys, *texts)))).where(where)).mappings():
            yield table, {name: row[name] for name in keys}, {name: row[name] for name in texts}
