"""What moved a KPI between two periods, or between what two runs knew of one period: :mod:`kpi.why` on what is kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from connectors.errors import ConfigurationError
from kpi import why
from kpi.card import Kpi
from kpi.measures import MEASURES
from kpi.measures.base import By, Count, Measure, Sum
from kpi.periods import period_end
from kpi.units import SCALES, Unit, plain
from kpi.why import Pair, Parts
from sync.grains import kept
from sync.house import House
from sync.restatements import Restatement, Wanted, restatements
from sync.result_reading import Query, read_results
from sync.result_rows import VALUE_SCALE
from sync.why_asked import Asked, Side

ACROSS: tuple[By, ...] = ("channel", "pipeline", "plan", "product", "category", "device", "page", "team", "owner", "stage")
"""Over which dimension a change is taken apart unless one is named: the first of these that the KPI is kept by."""
REST = "(rest)"
"""What the members of the dimension do not add up to."""


@dataclass(frozen=True)
class Explained:
    """A change and its parts, which add up to it."""

    asked: Asked
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    """The two results, as ``cadran show --json`` gives them."""
    change: Decimal | None
    across: By | None = None
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    """``volume``, ``mix``, ``rate``, ``no_base`` (above the line of a ratio, where nothing is below), ``amount``, ``restatement``:
    those that apply."""
    members: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    """Member of ``across`` -> its parts."""
    inputs: Mapping[str, Decimal] = field(default_factory=dict)
    """Measure -> its share of the change."""
    restated: tuple[Restatement, ...] = ()
    """Of two runs: every time that the value moved between them."""
    reason: str | None = None
    """Why nothing is told: ``undefined`` (a value is), ``not_apart`` (with some inputs old and some new there is no value)."""


def explained(house: House, asked: Asked) -> Explained:
    """The change, taken apart as far as what is kept allows."""
    before, after = _both(house, asked)
    if before["value"] is None or after["value"] is None:
        return Explained(asked, before, after, None, reason="undefined")
    change = Decimal(after["value"]) - Decimal(before["value"])
    found = Explained(asked, before, after, change)
    if asked.is_restatement:
        return _restated(house, found)
    return _across(house, found) or _by_inputs(found)


def _both(house: House, asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
    sides = []
    for end in (asked.before, asked.after):
        known = _rows(house, asked, asked.kpi.name, asked.by, end)
        sides.append((end, {row["period_start"]: row for row in known if row["key"] == asked.key}))
    common = sides[0][1].keys() & sides[1][1].keys()
    found = []
    for end, rows in sides:
        start = _start(asked, end, common if asked.is_restatement else rows.keys())
        if start is None:
            of = f" by {asked.by} for {asked.key!r}" if asked.by != "total" else ""
            of_what = f"{end.label} ({asked.start})" if asked.is_restatement and asked.start else end.label
            raise ConfigurationError(
                f"no value of {asked.kpi.name}{of} is known for {of_what}; "
                f"`cadran show {asked.kpi.name} --by {asked.by} --period {asked.period}` lists what there is"
            )
        found.append(rows[start])
    return found[0], found[1]


def _start(asked: Asked, end: Side, known: Collection[str]) -> str | None:
    """The first day of the period that is meant. A company's own year is named by the calendar year that it begins in, and its
    quarters likewise."""
    if asked.is_restatement:
        if asked.start is None:
            return max(known, default=None)
        return asked.start.isoformat() if asked.start.isoformat() in known else None
    if end.start is None:
        return None
    first, last = end.start.isoformat(), period_end(asked.period, end.start).isoformat()
    return next((start for start in sorted(known) if first <= start < last), None)


def _rows(house: House, asked: Asked, kpi: str, by: str, end: Side) -> list[dict[str, Any]]:
    return read_results(house, Query(kpi, by, asked.period, run_id=end.run_id, model=asked.model))


# --- across a dimension ------------------------------------------------------------------------------------------


def _across(house: House, found: Explained) -> Explained | None:
    """By members of a dimension; None where the formula or what is kept does not allow it."""
    asked = found.asked
    if asked.by != "total":
        return None
    ratio, is_sum = why.as_ratio(asked.kpi.formula), why.adds_up(asked.kpi.formula)
    across = asked.across or next((by for by in ACROSS if by in asked.kpi.grains and kept(asked.kpi, by, asked.period)), None)
    if across is None or not (ratio or is_sum):
        return None
    companion = None if ratio else _companion(house, asked, across)
    sides = [
        _pairs(house, asked, across, end, row, ratio, companion)
        for end, row in ((asked.before, found.before), (asked.after, found.after))
    ]
    if sides[0] is None or sides[1] is None:
        return None
    members = why.ratio_parts(sides[0], sides[1]) if ratio else why.sum_parts(sides[0], sides[1])
    if ratio:
        names = {"mix": "mix", "rate": "rate", "no_base": "other"}
    elif companion is not None:
        names = {"volume": "volume", "mix": "mix", "rate": "rate", "no_base": "other"}
    else:
        # Nothing counts what is added up, or it is a count itself: each member's own change.
        names = {"volume" if asked.kpi.unit is Unit.COUNT else "amount": "other"}
    return _with_members(found, across, members, names)


def _with_members(found: Explained, across: By, members: Mapping[str, Parts], names: Mapping[str, str]) -> Explained:
    """``names``: part as it is shown -> as :class:`Parts` calls it."""
    scale, change = _scale(found), found.change or Decimal(0)
    whole = sum(members.values(), Parts())
    parts = why.to_decimals({name: getattr(whole, part) for name, part in names.items()}, change, scale)
    shown: dict[str, dict[str, Decimal]] = {member: {} for member in members}
    for name, total in parts.items():
        for member, value in why.to_decimals({m: getattr(p, names[name]) for m, p in members.items()}, total, scale).items():
            shown[member][name] = value
    # Members may have nothing below the line on both sides and cancel out: then that part is told all the same.
    told = [name for name in parts if name != "no_base" or any(values[name] for values in shown.values())]
    kept_members = {m: values for m, values in shown.items() if any(values.values())}
    ordered = sorted(kept_members, key=lambda m: (-abs(sum(kept_members[m].values(), Decimal(0))), m))
    return Explained(
        found.asked,
        found.before,
        found.after,
        found.change,
        across,
        {name: parts[name] for name in told},
        {m: {name: kept_members[m][name] for name in told} for m in ordered},
    )


def _companion(house: House, asked: Asked, across: By) -> Kpi | None:
    """The KPI that counts what a sum adds up (deals won, of revenue), so that volume and worth can be told apart."""
    formula = asked.kpi.formula
    if not isinstance(formula, Measure) or not isinstance(formula.aggregate, Sum):
        return None
    counts = {
        m
        for m in (*MEASURES, *house.catalogue.measures)
        if isinstance(m.aggregate, Count)
        and (m.facts, m.time, m.where, m.is_attributed) == (formula.facts, formula.time, formula.where, formula.is_attributed)
    }
    kpis = (kpi for kpi in house.catalogue.kpis.values() if kpi.formula in counts)
    return next((k for k in kpis if all(by in k.grains and kept(k, by, asked.period) for by in ("total", across))), None)


def _pairs(
    house: House,
    asked: Asked,
    across: By,
    end: Side,
    whole: Mapping[str, Any],
    ratio: tuple[Any, Any] | None,
    companion: Kpi | None,
) -> dict[str, Pair] | None:
    """Member -> what stands above and below the line (or amount and count), with :data:`REST` for what members leave of the
    whole; None where something is not known."""
    start = whole["period_start"]
    sheets = [_members(house, asked, asked.kpi, across, end, start, whole)]
    formulas = list(ratio) if ratio else [asked.kpi.formula]
    if companion is not None:
        total = next((r for r in _rows(house, asked, companion.name, "total", end) if r["period_start"] == start), None)
        if total is None:
            return None
        sheets.append(_members(house, asked, companion, across, end, start, total))
        formulas.append(companion.formula)
    values: list[dict[str, Fraction]] = []
    for place, formula in enumerate(formulas):
        sheet = sheets[min(place, len(sheets) - 1)]
        if sheet is None:
            return None
        found = {member: why.value_of(formula, inputs) for member, inputs in sheet.items()}
        known = {member: value for member, value in found.items() if value is not None}
        rest = known.pop("") - sum(known.values(), Fraction(0))
        values.append({**known, **({REST: rest} if rest else {})})
    if len(values) == 1:
        # Nothing counts what is added up: each member's amount stands for itself.
        values.append({})
    nothing = Fraction(0)
    return {m: (values[0].get(m, nothing), values[1].get(m, nothing)) for m in dict.fromkeys((*values[0], *values[1]))}


def _members(
    house: House, asked: Asked, kpi: Kpi, across: By, end: Side, start: str, whole: Mapping[str, Any]
) -> dict[str, dict[str, Fraction]] | None:
    """Member -> its inputs, and '' for the whole; None where an input of one is not known."""
    rows = {row["key"]: row for row in _rows(house, asked, kpi.name, across, end) if row["period_start"] == start}
    found = {}
    for member, row in {**rows, "": whole}.items():
        inputs = _inputs(kpi, row)
        if inputs is None:
            return None
        found[member] = inputs
    return found


def _inputs(kpi: Kpi, row: Mapping[str, Any]) -> dict[str, Fraction] | None:
    names = [measure.name for measure in kpi.formula.inputs]
    if any(row["inputs"].get(name) is None for name in names):
        return None
    return {name: Fraction(row["inputs"][name]) for name in names}


# --- by inputs, and between runs ---------------------------------------------------------------------------------


def _by_inputs(found: Explained) -> Explained:
    """Each measure's share of the change."""
    kpi, change = found.asked.kpi, found.change or Decimal(0)
    before, after = _inputs(kpi, found.before), _inputs(kpi, found.after)
    shares = why.input_parts(kpi.formula, before, after) if before is not None and after is not None else None
    if shares is None:
        return Explained(found.asked, found.before, found.after, change, parts={}, reason="not_apart")
    return Explained(
        found.asked, found.before, found.after, change, inputs=why.to_decimals(shares, change, _scale(found)), parts={}
    )


def _restated(house: House, found: Explained) -> Explained:
    """One period as two runs knew it: all of the change is restatement, with each input's share and what the ledger says of it."""
    asked = found.asked
    by_inputs = _by_inputs(found)
    first, last = sorted((asked.before.run_id or 0, asked.after.run_id or 0))
    wanted = Wanted(
        kpi=asked.kpi.name,
        since=lambda run: first < run.id <= last,
        by=asked.by,
        key=asked.key,
        period=asked.period,
        period_start=date.fromisoformat(found.before["period_start"]),
    )
    return Explained(
        asked,
        found.before,
        found.after,
        found.change,
        parts={"restatement": found.change or Decimal(0)},
        inputs=by_inputs.inputs,
        restated=tuple(restatements(house, wanted)),
    )


def _scale(found: Explained) -> int:
    """Decimals that the two values bear: as kept."""
    return min(SCALES[Unit(found.before["unit"])], VALUE_SCALE)


def to_json(found: Explained) -> dict[str, Any]:
    """The document of ``cadran why --json``: decimals as text; ``parts`` add up to ``change``, so do ``inputs``, and a part's
    members add up to the part."""
    return {
        "kpi": found.asked.kpi.name,
        "by": found.asked.by,
        "key": found.asked.key,
        "period": found.asked.period,
        "from": {"label": found.asked.before.label, "run": found.asked.before.run_id, **_shown(found.before)},
        "to": {"label": found.asked.after.label, "run": found.asked.after.run_id, **_shown(found.after)},
        "change": None if found.change is None else plain(found.change),
        "unit": found.before["unit"],
        "currency": found.before["currency"],
        "model": found.before["model"],
        "across": found.across,
        "parts": [{"part": name, "value": plain(value)} for name, value in found.parts.items()],
        "members": [{"key": m, **{name: plain(value) for name, value in values.items()}} for m, values in found.members.items()],
        "inputs": [{"measure": name, "value": plain(value)} for name, value in found.inputs.items()],
        "restatements": [one.to_json() for one in found.restated],
        "reason": found.reason,
    }


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("period_start", "period_end", "value", "inputs", "flags")}
