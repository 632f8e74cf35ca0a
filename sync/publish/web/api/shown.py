"""A figure of the shelf in the form of ``cadran show --json``."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kpi.engine import interval_json
from kpi.units import plain
from sync import maturity
from sync.publish.shelf import Figure


def shown(figure: Figure, labels: Mapping[str, str], locale: str) -> dict[str, Any]:
    """``labels``: of the members of its dimension."""
    return {
        "kpi": figure.kpi,
        "by": figure.by,
        "key": figure.key,
        "label": labels.get(figure.key),
        "period_start": figure.start.isoformat(),
        "period_end": figure.end.isoformat(),
        "value": None if figure.value is None else plain(figure.value),
        "unit": figure.unit,
        "currency": figure.currency,
        "n": figure.n,
        "inputs": {name: None if value is None else plain(value) for name, value in figure.inputs.items()},
        "model": figure.model,
        "as_of": instant(figure.as_of),
        "provisional_until": figure.provisional_until.isoformat() if figure.provisional_until else None,
        "reason": figure.reason.in_(locale) if figure.reason else None,
        "flags": list(figure.flags),
        "at_maturity": _at_maturity(figure, locale),
        "interval": interval_json(figure.interval),
    }


def _at_maturity(figure: Figure, locale: str) -> dict[str, Any] | None:
    found = figure.at_maturity
    if found is not None:
        numbers = {"value": found.value, "maturity": found.maturity, "error": found.error}
        return {
            **{name: None if number is None else plain(number) for name, number in numbers.items()},
            "cohorts": found.cohorts,
            "reason": found.reason.in_(locale) if found.reason else None,
        }
    row = {
        "kpi": figure.kpi,
        "dimension": figure.by,
        "member": figure.key,
        "period": figure.period,
        "period_start": figure.start,
        "period_end": figure.end,
        "value": figure.value,
        "as_of": figure.as_of,
        "provisional_until": figure.provisional_until,
        "reason": figure.reason.en if figure.reason else None,
        "reason_fr": figure.reason.fr if figure.reason else None,
    }
    return maturity.shown(row, {}, locale)


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
