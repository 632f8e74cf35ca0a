"""What was computed, read back: as of a run, in the form that ``show`` prints."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kpi.engine import interval_json
from kpi.uncertainty import Estimator
from kpi.units import plain
from sync import basis, maturity
from sync.house import House
from sync.result_rows import RECORD_KEY, RECORD_TYPES, RESULT_KEY, RESULT_TYPES

# --- reading back -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Query:
    """What ``show`` asks for."""

    kpi: str
    by: str = "total"
    period: str = "all"
    since: date | None = None
    until: date | None = None
    """Exclusive."""
    run_id: int | None = None
    """As known by this run; None: now."""
    model: str = "first"


def read_results(house: House, query: Query) -> list[dict[str, Any]]:
    """Results in ``show``'s JSON form (DESIGN §8), ordered by member and period."""
    with house.lake.versions("kpi_result", RESULT_TYPES, RESULT_KEY, query.run_id) as con:
        where, parameters = (
            ["kpi = ?", "dimension = ?", "period = ?", "model IN ('', ?)"],
            [query.kpi, query.by, query.period, query.model],
        )
        for condition, bound in (("period_start >= ?", query.since), ("period_start < ?", query.until)):
            if bound is not None:
                where.append(condition)
                parameters.append(bound)  # type: ignore[arg-type]
        house.lake.attach_versions(con, basis.BASIS, basis.BASIS_TYPES, basis.BASIS_KEY, query.run_id)
        version = basis.version_of(con, query.kpi)
        names = ", ".join(f'"{n}"' for n in RESULT_TYPES)
        rows = con.execute(
            f"SELECT {names} FROM kpi_result WHERE {' AND '.join(where)} ORDER BY member, period_start, model", parameters
        ).fetchall()
    found = [dict(zip(RESULT_TYPES, row, strict=True)) for row in rows]
    expected = maturity.stored(house, query.kpi, query.by, query.period, query.model, query.run_id)
    return [
        {**shown_value(house, row), "at_maturity": maturity.shown(row, expected, house.locale), "version": version}
        for row in found
    ]


def shown_value(house: House, row: Mapping[str, Any]) -> dict[str, Any]:
    """A stored row in the form of ``show``, with its interval."""
    kpi = house.catalogue.kpis.get(row["kpi"])
    return {**_shown(row, house.locale), "interval": _interval(row, kpi.estimator if kpi is not None else None)}


def _interval(row: Mapping[str, Any], estimator: Estimator | None) -> dict[str, str] | None:
    """By the present definition, from the stored parts; None where they are those of another."""
    if estimator is None or row["value"] is None:
        return None
    inputs = {name: Decimal(value) for name, value in orjson.loads(row["inputs"]).items() if value is not None}
    return interval_json(estimator.from_inputs(inputs, tuple(map(Decimal, (row["spread"] or "").split()))))


def _shown(row: Mapping[str, Any], locale: str) -> dict[str, Any]:
    return {
        "kpi": row["kpi"],
        "by": row["dimension"],
        "key": row["member"],
        "period_start": row["period_start"].isoformat(),
        "period_end": row["period_end"].isoformat(),
        "value": plain(row["value"]) if row["value"] is not None else None,
        "unit": row["unit"],
        "currency": row["currency"],
        "n": row["n"],
        "inputs": orjson.loads(row["inputs"]),
        "model": row["model"] or None,
        "as_of": row["as_of"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "provisional_until": row["provisional_until"].isoformat() if row["provisional_until"] else None,
        "reason": row["reason_fr" if locale == "fr" else "reason"],
        "flags": orjson.loads(row["flags"]),
    }


def read_records(
    house: House,
    *,
    run_id: int | None = None,
    property: str | None = None,
    record_id: str | None = None,
    object: str | None = None,
) -> list[dict[str, Any]]:
    """Record-level values as of a run (None: now)."""
    with house.lake.versions("record_value", RECORD_TYPES, RECORD_KEY, run_id) as con:
        where, parameters = ["true"], []
        for column, wanted in (("property", property), ("record_id", record_id), ("object", object)):
            if wanted is not None:
                where.append(f"{column} = ?")
                parameters.append(wanted)
        rows = con.execute(
            f"SELECT {', '.join(RECORD_TYPES)} FROM record_value WHERE {' AND '.join(where)} ORDER BY object, record_id, property",
            parameters,
        ).fetchall()
    return [dict(zip(RECORD_TYPES, row, strict=True)) for row in rows]
