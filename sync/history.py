"""Every version of a value: what was known of it from which run on, until which, and what had changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import orjson

from sync.house import House
from sync.ledger_tables import Run
from sync.result_reading import Query, shown_value
from sync.result_rows import RECORD_TYPES, RESULT_TYPES

_OF_RESULTS = """
SELECT *, member AS key FROM kpi_result_history
WHERE kpi = ? AND dimension = ? AND period = ? AND model IN ('', ?) AND period_start >= ? AND period_start < ?
ORDER BY member, period_start, model, from_run
"""
_OF_RECORDS = """
SELECT *, record_id AS key FROM record_value_history WHERE property = ? AND object = ? ORDER BY record_id, from_run
"""


@dataclass(frozen=True)
class Version:
    """What was known of one value during some runs."""

    row: Mapping[str, Any]
    """As it is stored."""
    since: int
    """The run that found it."""
    until: int | None
    """The run that found another, or none any more; None: it is what is known."""
    inputs: Mapping[str, tuple[str | None, str | None]]
    """Those that moved from the version before, with both values; of the first version none."""


def results_history(house: House, query: Query) -> list[dict[str, Any]]:
    """Of a KPI's values, each version by period and member, the oldest first (``show --history --json``)."""
    given = [query.kpi, query.by, query.period, query.model, query.since or date.min, query.until or date.max]
    with house.lake.facts(()) as con:
        house.lake.attach_history(con, "kpi_result", RESULT_TYPES)
        cursor = con.execute(_OF_RESULTS, given)
        rows = _named(cursor.description, cursor.fetchall())
    runs = _runs(house)
    return [_told({**shown_value(house, v.row), "period": query.period}, v, runs) for v in _all_versions(rows)]


def records_history(house: House, property: str, object: str, by: str) -> list[dict[str, Any]]:
    """The same of a value that stands on single records."""
    with house.lake.facts(()) as con:
        house.lake.attach_history(con, "record_value", RECORD_TYPES)
        cursor = con.execute(_OF_RECORDS, [property, object])
        rows = _named(cursor.description, cursor.fetchall())
    runs = _runs(house)
    return [_told(_of_record(house, by, v.row), v, runs) for v in _all_versions(rows)]


def _named(description: Any, rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    names = [column[0] for column in description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _runs(house: House) -> dict[int, Run]:
    return {run.id: run for run in house.ledger.finished_runs("sync")}


def _all_versions(rows: Iterable[Mapping[str, Any]]) -> Iterator[Version]:
    for _, versions in groupby(rows, key=lambda r: (r["key"], r.get("period_start"), r.get("model"))):
        yield from _versions(list(versions))


_SAID = ("value", "reason", "n", "inputs", "flags", "removed")
"""Where these stay the same nothing was found out: of a period that is not over only the last day moves."""


def _versions(rows: list[Mapping[str, Any]]) -> Iterator[Version]:
    different = [row for i, row in enumerate(rows) if i == 0 or any(row[n] != rows[i - 1][n] for n in _SAID)]
    before: Mapping[str, str | None] = {}
    for i, row in enumerate(different):
        now = orjson.loads(row["inputs"] or "{}") if not row["removed"] else {}
        moved = {n: (before.get(n), now.get(n)) for n in dict.fromkeys((*before, *now)) if before.get(n) != now.get(n)}
        if not row["removed"]:
            until = different[i + 1]["from_run"] if i + 1 < len(different) else None
            yield Version(row, int(row["from_run"]), until, moved if i else {})
        before = now


def _told(shown: dict[str, Any], version: Version, runs: Mapping[int, Run]) -> dict[str, Any]:
    return {
        **shown,
        "from_run": version.since,
        "from": _instant(runs.get(version.since)),
        "to_run": version.until,
        "to": _instant(runs.get(version.until)) if version.until is not None else None,
        "changed": {name: {"old": old, "new": new} for name, (old, new) in version.inputs.items()},
    }


def _instant(run: Run | None) -> str | None:
    """A run whose entry is gone, or that was stopped before its end, has none."""
    return run.as_of.strftime("%Y-%m-%dT%H:%M:%SZ") if run is not None and run.as_of is not None else None


def _of_record(house: House, by: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kpi": row["property"],
        "by": by,
        "key": row["record_id"],
        "period_start": row["month"].isoformat() if row["month"] else None,
        "value": row["value"],
        "unit": row["unit"],
        "inputs": orjson.loads(row["inputs"] or "{}"),
        "provisional_until": row["provisional_until"].isoformat() if row["provisional_until"] else None,
        "reason": row["reason_fr" if house.locale == "fr" else "reason"],
        "flags": orjson.loads(row["flags"] or "[]"),
    }
