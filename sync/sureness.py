"""How a value is read by people: with its interval, and as "not enough data" where too few cases stand behind it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kpi.card import Kpi
from kpi.text import Text
from sync import render

_OF = Text("not enough data ({part} of {whole})", "données insuffisantes ({part} sur {whole})")
_ONE = Text("not enough data (1 case)", "données insuffisantes (1 cas)")
_CASES = Text("not enough data ({n} cases)", "données insuffisantes ({n} cas)")


def said(row: Mapping[str, Any], kpi: Kpi | None, locale: str) -> str:
    """The value of a row of ``show --json`` as a person reads it. A rate of three deals is no news: the number itself stays
    in the JSON, beside its flag (KPI_DEFINITIONS R12)."""
    if row["value"] is None:
        return render.MISSING
    if "small_sample" in row["flags"]:
        return too_few(row, kpi, locale)
    try:
        Decimal(row["value"])
    except ArithmeticError:
        return str(row["value"])
    return render.number(row["value"], row["unit"], row["currency"], locale)


def too_few(row: Mapping[str, Any], kpi: Kpi | None, locale: str) -> str:
    """Of a share, how many of how many; else how many there are."""
    estimator = kpi.estimator if kpi is not None else None
    if estimator is not None and estimator.kind == "share":
        inputs = {name: None if value is None else Decimal(value) for name, value in row["inputs"].items()}
        if (counted := estimator.counted(inputs)) is not None:
            part, whole = (render.number(n, "count", None, locale) for n in counted)
            return _OF.in_(locale).format(part=part, whole=whole)
    return _ONE.in_(locale) if row["n"] == 1 else _CASES.in_(locale).format(n=row["n"])


def interval(row: Mapping[str, Any], locale: str) -> str:
    """Both ends as a person reads them; empty where there is none, or too few cases for it to be of use."""
    found = row.get("interval")
    if found is None or "small_sample" in row["flags"]:
        return ""
    low, high = (render.number(found[end], row["unit"], row["currency"], locale) for end in ("low", "high"))
    return f"{low} … {high}"
