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


_EXPECTED = Text("{value} expected at maturity ({share} of it is here", "{value} attendu à maturité ({share} déjà là")
_PROVED = Text("; off by {error} over {cohorts} past cohorts", " ; écart de {error} sur {cohorts} cohortes passées")


def expected(row: Mapping[str, Any], locale: str) -> list[str]:
    """What a cohort that is not over will come to, and how well that would have told the past; none where nothing is expected."""
    found = row.get("at_maturity")
    if found is None or found["value"] is None or found["maturity"] is None or Decimal(found["maturity"]) >= 1:
        return []
    value = render.number(found["value"], row["unit"], row["currency"], locale)
    words = _EXPECTED.in_(locale).format(value=value, share=render.number(found["maturity"], "ratio", None, locale))
    if found["error"] is not None:
        # Of a rate the error is in points, of money a share of it.
        is_rate = row["unit"] == "ratio"
        error = render.number(Decimal(found["error"]) * (100 if is_rate else 1), "score" if is_rate else "ratio", None, locale)
        error += " points" if is_rate else ""
        words += _PROVED.in_(locale).format(error=error, cohorts=found["cohorts"])
    return [f"{words})"]
