"""From computed record values to a plan: what Cadran wants to stand in the CRM, held against what does.

How single values are judged stands in :mod:`sync.compare`, how records are gone through in :mod:`sync.comparison`.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from connectors.base import DefinesByHand, PropertyDef
from sync.audit import audit_calls
from sync.campaign_compare import Asked
from sync.campaign_plan import forget_campaigns, plan_campaigns, standing_campaign_properties
from sync.comparison import Comparison
from sync.definitions import PREFIX, Definitions, plan_by_hand, plan_definitions
from sync.derived import marts
from sync.echo import to_drain
from sync.house import House
from sync.pipeline import Frame
from sync.plan import Change, Plan, make_plan
from sync.properties import GROUP, OBJECTS, definitions, group_labels, kinds
from sync.record_inputs import RecordInputs
from sync.spill import Spill


def build_plan(
    house: House,
    run_id: int,
    frame: Frame,
    now: datetime,
    *,
    adopt: bool,
    retake: Sequence[str],
    values: RecordInputs | None = None,
) -> Plan:
    """Every change that would make the CRM show what was computed. ``values``: what the sync just before gave; None: derived
    anew from the facts.

    The CRM's definitions are asked for only when something would be written, or once a day: a run without changes costs no
    call here.
    """
    if values is None:
        with marts(house, frame) as (_con, report):
            values = report.records
    wanted = definitions(house.locale)
    is_known = definitions_known(house, now, wanted)
    found = Definitions() if is_known else _ask_definitions(house, now, wanted)

    def compared() -> tuple[Comparison, Spill[Change]]:
        comparison = Comparison(house, frame, now, found, adopt=adopt, retake=frozenset(_property_names(retake)))
        return comparison, Spill(house.lake.staging, comparison.lines(values))

    comparison, changes = compared()
    if is_known and any(c.is_acted_on for c in changes):
        found = _ask_definitions(house, now, wanted)
        if found.changes_values:
            comparison, changes = compared()
    more = plan_campaigns(house, values, frame.currency, now, Asked(adopt, frozenset(_property_names(retake))))
    made = make_plan(
        run_id,
        now,
        chain(found.lines, changes, more.lines),
        (*found.wanted, *more.definitions),
        comparison.unchanged + more.unchanged,
        comparison.adopted | more.adopted,
        lookups=comparison.lookups,
        batch_size=house.target().batch_size,
        staging=house.lake.staging,
    )
    return replace(made, read_back=_read_back_calls(made, house), audit=audit_calls(house, made, now))


def _read_back_calls(made: Plan, house: House) -> tuple[int, int]:
    records, target = made.records_by_object(), house.target()
    costs = [target.read_back_calls(object, records[object]) for object in to_drain(house, records)]
    described = 1 if costs else 0  # a source that is read anew looks at its pipelines
    return sum(searches for searches, _ in costs), sum(others for _, others in costs) + described


LOOK_AGAIN = timedelta(hours=24)
"""Definitions that nobody needs are looked at this often, so that what people did to them is noticed."""
_KNOWN = "definitions_seen"


def definitions_known(house: House, now: datetime, wanted: Sequence[PropertyDef]) -> bool:
    """Whether the CRM held exactly these definitions when it was last asked, and that is not long ago."""
    stored = json.loads(house.ledger.get(_KNOWN) or "{}")
    is_same = stored.get("wanted") == _print_of(wanted)
    return is_same and now - datetime.fromisoformat(stored["at"]) < LOOK_AGAIN


def know_definitions(house: House, now: datetime) -> None:
    """Remember that they stand as wanted."""
    wanted = definitions(house.locale)
    house.ledger.put(_KNOWN, json.dumps({"at": now.isoformat(), "wanted": _print_of(wanted)}))


def _print_of(wanted: Sequence[PropertyDef]) -> str:
    return hashlib.sha256(repr(wanted).encode()).hexdigest()[:16]


def _ask_definitions(house: House, now: datetime, wanted: Sequence[PropertyDef]) -> Definitions:
    target = house.target()
    active = target.property_states(OBJECTS)
    found = (
        plan_by_hand(wanted, active, partial(_to_do, target, house.locale))
        if isinstance(target, DefinesByHand)
        else plan_definitions(
            wanted, active, lambda: target.property_states(OBJECTS, archived=True), lambda: target.room(OBJECTS), GROUP
        )
    )
    if not found.lines:
        know_definitions(house, now)
    return found


def _to_do(target: DefinesByHand, locale: str, definition: PropertyDef) -> str | None:
    what = target.to_do(definition)
    return None if what is None else what.in_(locale)


def _property_names(names: Iterable[str]) -> list[str]:
    return [n if n.startswith("cadran_") else f"cadran_{n}" for n in names]


# --- removing --------------------------------------------------------------------------------------------------------


def standing_properties(house: House) -> list[tuple[str, str]]:
    """(object, name) of our properties that are in the CRM now."""
    states = house.target().property_states(OBJECTS)
    ours = [(s.object, s.name) for s in states if s.group == GROUP and s.name.startswith(PREFIX)]
    return ours + standing_campaign_properties(house)


def uninstall(house: House) -> list[tuple[str, str]]:
    """Archive our properties and then our group; the ledger forgets their bases."""
    target = house.target()
    removed = standing_properties(house)
    for object_, name in removed:
        target.archive_property(object_, name)
        house.ledger.forget_property(object_, name)
    for object_ in dict.fromkeys(o for o, _ in removed):
        target.archive_group(object_, GROUP)
    house.ledger.put(_KNOWN, "{}")
    forget_campaigns(house)
    return removed


__all__ = ["GROUP", "build_plan", "group_labels", "kinds", "know_definitions", "standing_properties", "uninstall"]
