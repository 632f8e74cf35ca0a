"""The shelf, filled: what a run changed is taken from the lake, so that filling takes as long as there is news.

Filling is one transaction: who reads meanwhile sees the values before or after. A shelf that is empty, or older than what the lake
still tells apart, is filled anew; nothing is lost with the file.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sync import maturity
from sync.house import House
from sync.labels import campaigns, labels_for
from sync.ledger_base import upsert
from sync.pipeline import Frame
from sync.publish.shelf_tables import about, expected, figures, labels, series
from sync.result_rows import RESULT_KEY, RESULT_TYPES

log = logging.getLogger("cadran.publish")

NOT_SHELVED = ("deal", "company")
"""Dimensions whose members are records: see :mod:`sync.publish.shelf_tables`."""
CAMPAIGN_CHANNEL = "campaign_channel"
"""Stands among the dimensions of labels: campaign -> its channel."""
CHUNK = 20_000
"""Rows that are in memory at once."""

_SERIES = ("kpi", "dimension", "period", "model", "member")
_FIGURE = tuple(name for name in RESULT_TYPES if name not in _SERIES)
_KEY = ", ".join(RESULT_KEY)
_AS_TEXT = ", ".join(n if RESULT_TYPES[n] in ("VARCHAR", "BIGINT") else f"CAST({n} AS VARCHAR) AS {n}" for n in _FIGURE)
_NEWS = f"""
SELECT removed, {", ".join(_SERIES)}, {_AS_TEXT} FROM kpi_result_history
WHERE from_run > ? AND dimension NOT IN {NOT_SHELVED!r}
QUALIFY row_number() OVER (PARTITION BY {_KEY} ORDER BY from_run DESC) = 1
"""
_MATURITY = ("value", "maturity", "error", "cohorts", "reason", "reason_fr")

Key = tuple[str, ...]
"""Of a series: :data:`_SERIES`."""


def fill(house: House, engine: sa.Engine, frame: Frame) -> int:
    """Bring the shelf up to the last finished sync; how many values changed. ``frame``: of that sync."""
    last = house.ledger.last_run("sync")
    if last is None:
        return 0
    with engine.begin() as tx:
        shared = {str(key): str(value) for key, value in tx.execute(sa.select(about.c.key, about.c.value))}
        since = int(shared.get("run_id", 0))
        if since > last.id:
            log.info("the shelf is newer than the ledger: it is filled anew")
            for table in (figures, series, expected, labels):
                tx.execute(sa.delete(table))
            since = 0
        ids = _Ids(tx)
        changed = _fill_figures(house, tx, since, ids)
        _fill_expected(house, tx, ids)
        if since != last.id:
            for by in tx.scalars(sa.select(series.c.dimension).distinct()).all():
                if by == "campaign":
                    found = campaigns(house)
                    _fill_labels(tx, by, found.titles)
                    _fill_labels(tx, CAMPAIGN_CHANNEL, found.channels)
                else:
                    _fill_labels(tx, by, labels_for(house, by))
        told = {
            "run_id": str(last.id),
            "as_of": frame.now.isoformat(),
            "today": frame.today.isoformat(),
            "currency": frame.currency,
            "zone": frame.zone_name,
            "model": house.settings.attribution.model,
        }
        upsert(tx, about, [{"key": key, "value": value} for key, value in told.items()])
    return changed


class _Ids:
    """The ids of all series; a new one is given the next number."""

    def __init__(self, tx: sa.Connection) -> None:
        self._tx = tx
        columns = [series.c[name] for name in _SERIES]
        self._known: dict[Key, int] = {tuple(row[1:]): int(row[0]) for row in tx.execute(sa.select(series.c.id, *columns))}
        self._last = max(self._known.values(), default=0)

    def of(self, keys: Sequence[Key]) -> list[int]:
        """In the order of ``keys``."""
        new = []
        for key in keys:
            if key not in self._known:
                self._last += 1
                self._known[key] = self._last
                new.append({"id": self._last, **dict(zip(_SERIES, key, strict=True))})
        _insert(self._tx, series, new)
        return [self._known[key] for key in keys]


def _fill_figures(house: House, tx: sa.Connection, since: int, ids: _Ids) -> int:
    """Values come as texts and go as texts: turning a million decimals and dates into objects and back takes half a minute."""
    changed = 0
    put, take = _by_position(tx)
    first = 1 + len(_SERIES)
    with house.lake.facts(()) as con:
        house.lake.attach_history(con, "kpi_result", RESULT_TYPES)
        cursor = con.execute(_NEWS, [since])
        while rows := cursor.fetchmany(CHUNK):
            numbers = ids.of([row[1:first] for row in rows])
            known = [(at, *row[first:]) for at, row in zip(numbers, rows, strict=True) if not row[0]]
            gone = [(at, row[first]) for at, row in zip(numbers, rows, strict=True) if row[0]]
            for statement, given in ((put, known), (take, gone)):
                if given:
                    tx.exec_driver_sql(statement, given)
            changed += len(rows)
    return changed


def _by_position(tx: sa.Connection) -> tuple[str, str]:
    """Statements that take a figure's columns in their order, and that remove one by its key, in the driver's own words."""
    mark = "%s" if tx.dialect.name == "postgresql" else "?"
    table = tx.dialect.identifier_preparer.format_table(_translated(tx, figures))
    names = ("series_id", *_FIGURE)
    assert names[:2] == ("series_id", "period_start"), "the key comes first"  # noqa: S101
    changed = ", ".join(f"{name} = excluded.{name}" for name in names[2:])
    put = (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(mark for _ in names)}) "
        f"ON CONFLICT (series_id, period_start) DO UPDATE SET {changed}"
    )
    return put, f"DELETE FROM {table} WHERE series_id = {mark} AND period_start = {mark}"


def _translated(tx: sa.Connection, table: sa.Table) -> sa.Table:
    """The table in the account's schema (PostgreSQL)."""
    schema = (tx.get_execution_options().get("schema_translate_map") or {}).get(None)
    return table.to_metadata(sa.MetaData(), schema=schema) if schema else table


def _fill_expected(house: House, tx: sa.Connection, ids: _Ids) -> None:
    """A few thousand rows at most: written anew."""
    tx.execute(sa.delete(expected))
    with house.lake.versions(maturity.MATURITY, maturity.MATURITY_TYPES, maturity.MATURITY_KEY) as con:
        names = (*_SERIES, "period_start", *_MATURITY)
        found = con.execute(f"SELECT {', '.join(names)} FROM {maturity.MATURITY}").fetchall()
    numbers = ids.of([row[: len(_SERIES)] for row in found])
    rest = (dict(zip(("period_start", *_MATURITY), row[len(_SERIES) :], strict=True)) for row in found)
    _insert(tx, expected, [{"series_id": at, **row} for at, row in zip(numbers, rest, strict=True)])


def _fill_labels(tx: sa.Connection, by: str, known: Mapping[str, str]) -> None:
    tx.execute(sa.delete(labels).where(labels.c.dimension == by))
    _insert(tx, labels, [{"dimension": by, "member": key, "label": label} for key, label in known.items()])


def _insert(tx: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        tx.execute(sa.insert(table), rows)
