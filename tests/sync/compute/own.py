"""Own measures as settings describe them: one for each kind of condition and type of column, and KPIs over them."""

from collections.abc import Iterator
from typing import NamedTuple

from kpi.own import OwnKpi, OwnMeasure, with_own


class Asked(NamedTuple):
    """A column of deals, a value that conditions compare it with, and a list of some."""

    column: str
    value: str
    some: str


COLUMNS = {
    "text": Asked("pipeline_id", '"a"', """("A", "O'Brien; DROP TABLE deal_outcome; --", 'say "no"', "漢字 🎈", "%_", "")"""),
    "whole": Asked("cycle_s", "86400", "(-86400, 0, 86401)"),
    "number": Asked("amount_home", "-0.000001", "(10, -10, 33.333333, 999999999999.999999)"),
    "day": Asked("created_on", '"2026-01-01"', '("2025-12-31", "2026-11-21")'),
    "flag": Asked("is_crm_source", "true", "(false)"),
}


def conditions() -> Iterator[tuple[str, str]]:
    """A name for each, and what it says."""
    for type, (column, value, some) in COLUMNS.items():
        signs = {"is": "=", "other": "<>"}
        if type != "flag":
            signs |= {"below": "<", "to": "<=", "above": ">", "from": ">="}
        for name, sign in signs.items():
            yield f"{type}_{name}", f"{column} {sign} {value}"
        yield f"{type}_among", f"{column} in {some}"
        yield f"{type}_outside", f"{column} not in {some}"
        yield f"{type}_absent", f"{column} is null"
        yield f"{type}_present", f"{column} is not null"
    yield "flag_set", "is_open"
    yield "flag_unset", "not is_crm_source"


COUNTS = [OwnMeasure(f"own_{name}", "deal", "count", None, (said,), "created_on") for name, said in conditions()]
_BOTH = ("is_open and amount_home > 0", 'pipeline_id <> "a"')
OTHERS = [
    OwnMeasure("own_sum", "deal", "sum", "amount_home", _BOTH, "created_on"),
    OwnMeasure("own_median", "deal", "median", "cycle_s", _BOTH, "created_on"),
    OwnMeasure("own_p90", "deal", "p90", "amount_home", ("amount_home is not null",), "created_on"),
    OwnMeasure("own_stock", "deal", "count", None, ("is_open", "amount_home >= 10"), is_stock=True),
]
FORMULAS = {
    **{f"own_{type}": " + ".join(m.name for m in COUNTS if m.name.startswith(f"own_{type}_")) for type in COLUMNS},
    "own_money": "own_sum / own_flag_set",
    "own_middle": "own_median",
    "own_top": "own_p90",
    "own_now": "own_stock",
}
CUTS = ("total", "owner", "channel")
"""With credit and without, and no more: conditions stand in the same place of every SELECT."""
CATALOGUE = with_own([*COUNTS, *OTHERS], [OwnKpi(name, formula, by=CUTS) for name, formula in FORMULAS.items()])
"""The built-in KPIs and these."""
