"""What results depend on besides the rows: how each KPI is defined, and the settings. Kept by version, as the results are, so that
a value that changed can be told to have changed by definition.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import duckdb
import orjson

from sync.house import House
from sync.lake import Written, version_line
from sync.pipeline import Frame

BASIS = "basis"
BASIS_TYPES: Mapping[str, str] = {"kind": "VARCHAR", "name": "VARCHAR", "value": "VARCHAR"}
BASIS_KEY = ("kind", "name")
BASIS_COMPARED = ("value",)

DEFINITION, SETTING = "definition", "setting"
"""Kinds: a KPI with its version and fingerprint; a setting by its path, as JSON."""

_NO_MATTER = {
    "locale",
    "timezone",
    "currency",
    "crm",
    "sources",
    "schedule",
    "retention",
    "serve",
    "notify",
    "targets",
    "alerts",
    "reports",
    "exports",
    "tableau",
    "compute",
    "accounts",
    "home",
    "ledger",
}
"""Sections on which no value depends, or (zone and currency) not by what the file says but by what was found in the account."""
_NO_MATTER_OF_KPIS = {"follow", "own", "measures"}
"""What is shown, and definitions: those have fingerprints."""


def basis(house: House, frame: Frame) -> Iterator[dict[str, str]]:
    """Rows of :data:`BASIS_TYPES`."""
    for kpi in house.catalogue.kpis.values():
        yield {"kind": DEFINITION, "name": kpi.name, "value": f"{kpi.version} {kpi.fingerprint}"}
    found: dict[str, Any] = {"timezone": frame.zone_name, "currency": frame.currency}
    for section, body in house.settings.model_dump(mode="json", exclude=_NO_MATTER).items():
        if isinstance(body, dict):
            found |= {f"{section}.{key}": value for key, value in body.items() if key not in _NO_MATTER_OF_KPIS}
        else:
            found[section] = body
    for path, value in found.items():
        yield {"kind": SETTING, "name": path, "value": orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()}


def write(house: House, frame: Frame, run_id: int, more: Iterable[dict[str, str]] = ()) -> Written | None:
    """Keep what changed of it. ``more``: rows of other kinds (:mod:`sync.passport`)."""
    lines = map(version_line, chain(basis(house, frame), more))
    return house.lake.write_versions(BASIS, BASIS_TYPES, BASIS_KEY, BASIS_COMPARED, lines, run_id)


def version_of(con: duckdb.DuckDBPyConnection, kpi: str) -> int | None:
    """The version of a KPI's definition, by the view :data:`BASIS` of what is known; None where an older program kept none."""
    found = con.execute(f"SELECT value FROM {BASIS} WHERE kind = ? AND name = ?", [DEFINITION, kpi]).fetchone()
    return int(found[0].split()[0]) if found else None


def changed(con: duckdb.DuckDBPyConnection, scan: str, after: int, until: int) -> dict[str, Collection[str]]:
    """Kind -> names of what changed in the runs after ``after``, up to and with ``until``. What was not known by ``after`` did not
    change: an older version did not keep it. ``scan``: a table expression over every version."""
    query = (
        f"WITH v AS (SELECT *, lag(value) OVER (PARTITION BY kind, name ORDER BY from_run) AS before FROM {scan} WHERE NOT removed) "
        "SELECT kind, list(DISTINCT name ORDER BY name) FROM v WHERE from_run > ? AND from_run <= ? AND before IS NOT NULL "
        "AND before <> value GROUP BY kind"
    )
    return dict(con.execute(query, [after, until]).fetchall())
