"""Results and values of records as rows of the lake: columns, keys, and what makes a new version."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any

import orjson

from kpi.engine import Result
from kpi.records import RecordValue
from kpi.units import kept, plain

INSTANT = "%Y-%m-%d %H:%M:%S"

VALUE_SCALE = 10
"""Decimals kept of a stored value; far past what any unit is shown with."""


RESULT_TYPES: Mapping[str, str] = {
    "kpi": "VARCHAR",
    "dimension": "VARCHAR",
    "member": "VARCHAR",
    "period": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "model": "VARCHAR",
    "value": f"DECIMAL(38,{VALUE_SCALE})",
    "unit": "VARCHAR",
    "currency": "VARCHAR",
    "n": "BIGINT",
    "inputs": "VARCHAR",
    "as_of": "TIMESTAMP",
    "provisional_until": "DATE",
    "reason": "VARCHAR",
    "reason_fr": "VARCHAR",
    "flags": "VARCHAR",
    "spread": "VARCHAR",
}
RESULT_KEY = ("kpi", "dimension", "member", "period", "period_start", "model")
RESULT_COMPARED = ("period_end", "value", "unit", "currency", "n", "inputs", "provisional_until", "reason", "flags", "spread")

RECORD_TYPES: Mapping[str, str] = {
    "object": "VARCHAR",
    "record_id": "VARCHAR",
    "property": "VARCHAR",
    "value": "VARCHAR",
    "unit": "VARCHAR",
    "reason": "VARCHAR",
    "reason_fr": "VARCHAR",
    "month": "DATE",
    "provisional_until": "DATE",
    "inputs": "VARCHAR",
    "flags": "VARCHAR",
    "as_of": "TIMESTAMP",
}
RECORD_KEY = ("object", "record_id", "property")
RECORD_COMPARED = ("value", "unit", "reason", "month", "provisional_until", "inputs", "flags")


def result_key(result: Result) -> dict[str, Any]:
    """The columns of :data:`RESULT_KEY`."""
    return {
        "kpi": result.kpi,
        "dimension": result.by,
        "member": result.key,
        "period": result.period,
        "period_start": result.period_start.isoformat(),
        "model": result.model or "",
    }


def result_row(result: Result, as_of: str) -> dict[str, Any]:
    return result_key(result) | {
        "period_end": result.period_end.isoformat(),
        "value": stored(result.value),
        "unit": result.unit,
        "currency": result.currency,
        "n": result.n,
        "inputs": _inputs(result.inputs),
        "as_of": as_of,
        "provisional_until": result.provisional_until.isoformat() if result.provisional_until else None,
        "reason": result.reason.text.en if result.reason else None,
        "reason_fr": result.reason.text.fr if result.reason else None,
        "flags": _flags(result.flags),
        "spread": " ".join(map(kept, result.spread)) if result.spread else None,
    }


def record_row(value: RecordValue, as_of: str) -> dict[str, Any]:
    return {
        "object": value.object,
        "record_id": value.record_id,
        "property": value.property,
        "value": None if value.value is None else _plain(value.value),
        "unit": value.unit,
        "reason": value.reason.text.en if value.reason else None,
        "reason_fr": value.reason.text.fr if value.reason else None,
        "month": value.month.isoformat() if value.month else None,
        "provisional_until": value.provisional_until.isoformat() if value.provisional_until else None,
        "inputs": _inputs(value.inputs),
        "flags": _flags(value.flags),
        "as_of": as_of,
    }


def stored(value: Decimal | None) -> str | None:
    """The decimal text of a result, half-even at :data:`VALUE_SCALE`."""
    if value is None:
        return None
    return format(value.quantize(Decimal(1).scaleb(-VALUE_SCALE), rounding=ROUND_HALF_EVEN), "f")


def _plain(value: Decimal | str | date) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value


def _inputs(inputs: Mapping[str, Any]) -> str:
    if not inputs:
        return "{}"
    return orjson.dumps(
        {k: kept(v) if isinstance(v, Decimal) else v for k, v in inputs.items()}, option=orjson.OPT_SORT_KEYS
    ).decode()


@lru_cache(maxsize=1024)
def _flags(flags: tuple[str, ...]) -> str:
    """Few combinations, many rows."""
    return orjson.dumps(sorted(flags)).decode()
