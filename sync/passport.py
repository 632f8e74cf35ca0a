"""What all values of a run have in common, kept once: exchange rates used, zones of the vendors' days, what was loaded.

It is kept by version with what results depend on (:mod:`sync.basis`), so that the passport of any run that is still known can be
shown. A value adds to it what is its own: inputs, window, n, flags.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import duckdb
import orjson

from kpi.engine import Coverage
from kpi.schema import TABLES
from sync import basis
from sync.evidence import tables_behind
from sync.house import House
from sync.marts.vendor_days import STALE_AFTER_DAYS, other_zones
from sync.pipeline import Frame

RATE, ZONE, LOADED = "rate", "zone", "loaded"
"""Kinds beside :data:`sync.basis.DEFINITION` and :data:`sync.basis.SETTING`: rows of a table by source and currency with the rates
they were converted at; a vendor's zone by table and source; a family with its first loaded day."""

_OWN_DAY: Mapping[str, str] = {
    "ad_spend_daily": "spend_on",
    "web_commerce_daily": "visit_on",
    "cost_entry": "cost_on",
    "offline_conversion": "converted_on",
}
"""Table whose rows bear the day of their rate (``fx_on``) -> the day that it should be of."""
_ZONES: Mapping[str, str] = {
    name: next(f for f in model.model_fields if f.endswith("_zone"))
    for name, model in TABLES.items()
    if any(f.endswith("_zone") for f in model.model_fields)
}


def rows(con: duckdb.DuckDBPyConnection, frame: Frame, loaded: Mapping[str, Coverage]) -> Iterator[dict[str, str]]:
    """Rows of :data:`sync.basis.BASIS_TYPES`, from the facts attached to ``con``."""
    for table, model in TABLES.items():
        if "fx_rate" in model.model_fields:
            for source, currency, said in _rates(con, table, frame.currency):
                yield _row(RATE, f"{table} {source} {currency}", said)
    for table, column in _ZONES.items():
        found = con.execute(f'SELECT DISTINCT source, {column} FROM "{table}" WHERE {column} IS NOT NULL ORDER BY ALL').fetchall()
        others = other_zones((zone for _, zone in found), frame.zone, frame.today)
        for source, zone in found:
            yield _row(ZONE, f"{table} {source} {zone}", {"zone": zone, "is_other": zone in others})
    for family, known in loaded.items():
        since = known.since.isoformat() if known.since else None
        yield _row(LOADED, family, {"since": since, "settles_days": known.settles_days})


def _row(kind: str, name: str, said: Mapping[str, Any]) -> dict[str, str]:
    return {"kind": kind, "name": name, "value": orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()}


def _rates(con: duckdb.DuckDBPyConnection, table: str, home: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """By source and currency: how many rows, by whose rate, of which days, how many without one or with one that is too old."""
    fields = TABLES[table].model_fields
    # Where several amounts share a rate, none is stored converted: what lacks is the rate itself.
    amount = next((name for name in fields if name.endswith("_home")), None)
    by_whom = "string_agg(DISTINCT fx_source, ' ' ORDER BY fx_source)" if "fx_source" in fields else "NULL"
    first, last = ("min(fx_on)", "max(fx_on)") if "fx_on" in fields else ("NULL", "NULL")
    stale = f"count(*) FILTER (fx_on < {_OWN_DAY[table]} - {STALE_AFTER_DAYS})" if "fx_on" in fields else "NULL"
    native = f" AND {amount.removesuffix('_home')} IS NOT NULL" if amount else ""
    living = " AND archived_at IS NULL" if "archived_at" in fields else ""
    found = con.execute(
        f"SELECT source, currency, {by_whom}, count(*), count(*) FILTER ({amount or 'fx_rate'} IS NULL), "
        f'{first}, {last}, {stale} FROM "{table}" WHERE currency IS NOT NULL AND currency <> ?{native}{living} '
        "GROUP BY source, currency ORDER BY ALL",
        [home],
    ).fetchall()
    for source, currency, by, count, without, since, until, old in found:
        yield (
            source,
            currency,
            {
                "rows": count,
                "by": by,
                "without_rate": without,
                "first_rate_on": since.isoformat() if since else None,
                "last_rate_on": until.isoformat() if until else None,
                "stale": old,
            },
        )


def of_run(house: House, kpi: str, families: Collection[str], run_id: int | None = None) -> dict[str, Any]:
    """What stands behind the values of one KPI in a run (None: the newest): its definition, and of what all have in common the
    part that concerns ``families``."""
    with house.lake.versions(basis.BASIS, basis.BASIS_TYPES, basis.BASIS_KEY, run_id) as con:
        found = con.execute(f"SELECT kind, name, value FROM {basis.BASIS} ORDER BY kind, name").fetchall()
    run = house.ledger.run(run_id) if run_id is not None else house.ledger.last_run("sync")
    known: dict[str, dict[str, str]] = {}
    for kind, name, value in found:
        known.setdefault(kind, {})[name] = value
    version, _, fingerprint = known.get(basis.DEFINITION, {}).get(kpi, "").partition(" ")
    settings = {name: orjson.loads(value) for name, value in known.get(basis.SETTING, {}).items()}
    behind = {table for family in families for table in _tables(house, family)}
    return {
        "run": run.id if run else None,
        "run_as_of": run.as_of.strftime("%Y-%m-%dT%H:%M:%SZ") if run and run.as_of else None,
        "definition": {"version": int(version) if version else None, "fingerprint": fingerprint or None},
        "timezone": settings.pop("timezone", None),
        "currency": settings.pop("currency", None),
        "settings": settings,
        "loaded": {name: orjson.loads(value) for name, value in known.get(LOADED, {}).items() if name in families},
        "rates": list(_told(known.get(RATE, {}), behind, "currency")),
        "zones": list(_told(known.get(ZONE, {}), behind, "zone")),
    }


def _tables(house: House, family: str) -> tuple[str, ...]:
    facts = {m.facts.name: m.facts for m in house.catalogue.measures}
    return tables_behind(facts[family]) if family in facts else ()


def _told(rows: Mapping[str, str], tables: Collection[str], last: str) -> Iterator[dict[str, Any]]:
    for name, value in rows.items():
        table, source, rest = name.split(" ", 2)
        if table in tables:
            yield {"table": table, "source": source, last: rest, **orjson.loads(value)}
