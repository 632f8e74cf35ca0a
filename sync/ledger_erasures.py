"""The ledger's pages about erased records: which ones, why, and whether nothing of them is left yet.

A record stands here by the keyed hash of its id, never by the id. That is all that remains of it, and enough to finish an
erasure that was cut off, and to keep a record out that the CRM still holds although a person asked for it to be forgotten.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sync.ledger_base import metadata, upsert
from sync.ledger_tables import Mark, erasures, plans, runs
from sync.link_erasure import clean_links, linked_ids

ERASED_PLAN = "erased"
"""State of a plan that lost lines with an erased record: it can no longer be applied."""

_CHUNK = 500
_READER_PATIENCE_MS = 1_000
"""How long a reader of SQLite's file is waited for; the next run tries again."""


class ErasuresBook:
    """Part of :class:`sync.ledger.Ledger`."""

    engine: sa.Engine

    def ask_erasure(self, marks: Iterable[Mark], now: datetime, *, is_forgotten: bool) -> None:
        """Note what is about to be erased; on disk when this returns. ``is_forgotten``: nor may it ever be stored again."""
        asked = set(marks)
        with self.engine.begin() as tx:
            # What a person asked to forget stays forgotten, also when the CRM has erased it since.
            kept = {Mark(r.object, r.hash) for r in tx.execute(sa.select(erasures).where(erasures.c.is_forgotten))}
            rows = [
                {
                    "object": m.object,
                    "hash": m.hash,
                    "requested_at": now,
                    "is_forgotten": is_forgotten or m in kept,
                    "finished_at": None,
                }
                for m in sorted(asked)
            ]
            upsert(tx, erasures, rows)

    def unfinished_erasures(self) -> set[Mark]:
        return self._marks(erasures.c.finished_at.is_(None))

    def forgotten(self) -> set[Mark]:
        """Records that must not be stored again."""
        return self._marks(erasures.c.is_forgotten)

    def finish_erasures(self, now: datetime) -> None:
        """Nothing is left of any of them."""
        with self.engine.begin() as tx:
            tx.execute(sa.update(erasures).where(erasures.c.finished_at.is_(None)).values(finished_at=now))

    def _marks(self, where: Any) -> set[Mark]:
        with self.engine.connect() as c:
            return {Mark(r.object, r.hash) for r in c.execute(sa.select(erasures.c.object, erasures.c.hash).where(where))}

    # --- what the other pages hold about records -------------------------------------------------------------

    def record_ids(self, source: str, object: str) -> set[str]:
        """Every id of the object that any page names. ``source``: the CRM's."""
        found: set[str] = set()
        with self.engine.connect() as c:
            for table, where in _about(source, object):
                found |= {r for r in c.execute(sa.select(table.c.record_id).where(*where).distinct()).scalars() if r is not None}
            for body in c.execute(sa.select(plans.c.body)).scalars():
                found |= set(_ids_in(json.loads(body), object))
            found |= linked_ids(c, object)
        return found

    def count_record(self, source: str, object: str, ids: Collection[str]) -> dict[str, int]:
        """Rows about these records by page, where there are any."""
        return self._clean(source, object, ids, is_dry=True)

    def clean_record(self, source: str, object: str, ids: Collection[str]) -> dict[str, int]:
        """Delete every row about these records, by page. A plan that loses lines can no longer be applied."""
        return self._clean(source, object, ids, is_dry=False)

    def _clean(self, source: str, object: str, ids: Collection[str], *, is_dry: bool) -> dict[str, int]:
        counts: dict[str, int] = {}
        with self.engine.begin() as tx:
            for table, where in _about(source, object):
                for chunk in _chunks(sorted(ids)):
                    mine = (*where, table.c.record_id.in_(chunk))
                    count = tx.execute(sa.select(sa.func.count()).select_from(table).where(*mine)).scalar() or 0
                    if not count:
                        continue
                    counts[str(table.name)] = counts.get(table.name, 0) + int(count)
                    if is_dry:
                        continue
                    if "plan_id" in table.c and table.name != "journal":
                        named = sa.select(table.c.plan_id).where(*mine)
                        tx.execute(sa.update(plans).where(plans.c.id.in_(named)).values(state=ERASED_PLAN))
                    tx.execute(sa.delete(table).where(*mine))
            lists, touched = clean_links(tx, object, ids, is_dry=is_dry)
            counts |= {name: counts.get(name, 0) + n for name, n in lists.items()}
            if touched and not is_dry:
                tx.execute(sa.update(plans).where(plans.c.id.in_(touched)).values(state=ERASED_PLAN))
            if bodies := _redacted_bodies(tx, object, frozenset(ids)):
                counts["plans"] = len(bodies)
                for plan_id, body in bodies.items() if not is_dry else ():
                    tx.execute(sa.update(plans).where(plans.c.id == plan_id).values(state=ERASED_PLAN, body=body))
            if summaries := _redacted_summaries(tx, ids):
                counts["runs"] = len(summaries)
                for run_id, summary in summaries.items() if not is_dry else ():
                    tx.execute(sa.update(runs).where(runs.c.id == run_id).values(summary=summary))
        return counts

    def scrub(self) -> bool:
        """Give freed pages back, so that what was deleted is not in the file either; False when a reader kept that from ending.

        SQLite leaves deleted rows in free pages and in the write-ahead log. PostgreSQL hands out no deleted row, and its own
        vacuum reuses the space: there is nothing to do.
        """
        if self.engine.dialect.name != "sqlite":
            return True
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            patience = c.exec_driver_sql("PRAGMA busy_timeout").scalar()
            try:
                c.exec_driver_sql(f"PRAGMA busy_timeout={_READER_PATIENCE_MS}")
                c.exec_driver_sql("VACUUM")
                busy = c.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").first()
            except sa.exc.OperationalError:
                return False
            finally:
                c.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
        return busy is not None and busy[0] == 0


def _about(source: str, object: str) -> list[tuple[sa.Table, tuple[Any, ...]]]:
    """Every page with rows about single records, and which of its rows are about this object's."""
    found: list[tuple[sa.Table, tuple[Any, ...]]] = []
    for table in metadata.sorted_tables:
        names = set(table.c.keys())
        if {"object", "record_id"} <= names:
            found.append((table, (table.c.object == object,)))
        elif {"source", "stream", "record_id"} <= names:
            found.append((table, (table.c.source == source, table.c.stream == object)))
    return found


def _chunks(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


# --- texts that quote records -------------------------------------------------------------------------------


def _redacted_bodies(tx: sa.Connection, object: str, ids: frozenset[str]) -> dict[str, str]:
    """Plan id -> its body without the lines about these records, where it had any."""
    found = {}
    for row in tx.execute(sa.select(plans.c.id, plans.c.body)):
        body = json.loads(row.body)
        if not ids.isdisjoint(_ids_in(body, object)):
            found[row.id] = json.dumps(_without(body, object, ids))
    return found


def _ids_in(body: Any, object: str) -> Iterable[str]:
    """Record ids in lines of a body: lists that begin with the object and an id."""
    if isinstance(body, dict):
        for value in body.values():
            yield from _ids_in(value, object)
    elif isinstance(body, list):
        if len(body) > 1 and body[0] == object and isinstance(body[1], str):
            yield body[1]
        for value in body:
            yield from _ids_in(value, object)


def _without(body: Any, object: str, ids: frozenset[str]) -> Any:
    if isinstance(body, dict):
        return {key: _without(value, object, ids) for key, value in body.items()}
    if isinstance(body, list):
        return [_without(v, object, ids) for v in body if not (isinstance(v, list) and v[:1] == [object] and v[1] in ids)]
    return body


def _redacted_summaries(tx: sa.Connection, ids: Collection[str]) -> dict[int, str]:
    """Run id -> its summary with the ids gone from its error sentences, where any stood there."""
    word = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, sorted(ids))) + r")(?![\w-])")
    found = {}
    for row in tx.execute(sa.select(runs.c.id, runs.c.summary).where(runs.c.summary.like('%"error%'))) if ids else ():
        summary: Mapping[str, Any] = json.loads(row.summary)
        redacted = {**summary}
        for key in ("error", "errors"):
            if key in summary:
                said = summary[key]
                redacted[key] = [word.sub("…", s) for s in said] if isinstance(said, list) else word.sub("…", str(said))
        if redacted != summary:
            found[int(row.id)] = json.dumps(redacted, sort_keys=True)
    return found
