"""Property definitions as a life goes on: too little room, a new type, a name from the archive, one that is taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.base import PropertyDef
from connectors.sandbox.limits import HubSpotLimits
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import World
from sync import runs
from sync.house import House
from sync.plan import Plan
from sync.progress import LogProgress
from sync.properties import PROPERTIES
from tests.e2e.crowded import at_home, calls
from tests.e2e.installation import NO_LAG
from tests.small_world import small_world

START = "cadran_start_on"
LIMITS = HubSpotLimits(burst=10_000, search_per_second=10_000, associations=10_000)


def hubspot_alone() -> World:
    world = small_world()
    return World("small", world.now, world.hubspot)


@contextmanager
def opened(folder: Path, **limits: int) -> Iterator[tuple[House, SandboxServer]]:
    folder.mkdir(exist_ok=True)
    with (
        SandboxServer(hubspot_alone(), lags=NO_LAG, limits=replace(LIMITS, **limits)) as server,
        at_home(folder, server) as house,
    ):
        yield house, server


def planned(house: House) -> Plan:
    runs.sync(house, LogProgress())
    return runs.plan(house)


def definitions(plan: Plan) -> dict[tuple[str, str], str]:
    return {(c.object, c.property): c.outcome for c in plan.changes if c.is_definition}


def held(server: SandboxServer, object: str, name: str) -> dict[str, Any]:
    return {i: r.values.get(name) for i, r in server.sandbox.portal.find(object).by_id.items() if r.values.get(name)}


def test_too_little_room_is_said_before_the_first_value_and_what_fits_is_made(tmp_path: Path) -> None:
    """Three more on each object: the summary and the next two; the values of the others are not even planned."""
    with opened(tmp_path) as (house, _server):
        room = house.target().room(["deals"])["deals"]
    used = LIMITS.custom_properties_per_object - room
    with opened(tmp_path / "again", custom_properties_per_object=used + 3) as (house, server):
        plan = planned(house)
        of_deals = [p.name for p in PROPERTIES if p.object == "deals"]
        made = {name for (object, name), outcome in definitions(plan).items() if (object, outcome) == ("deals", "create")}
        left_out = {name for (object, name), outcome in definitions(plan).items() if (object, outcome) == ("deals", "rejected")}
        assert made == set(of_deals[:3])
        assert left_out == set(of_deals[3:])
        assert not any(c.property in left_out for c in plan.changes if c.object == "deals" and not c.is_definition)
        calls(server)
        done = runs.apply(house, None, LogProgress())
        assert done.rejected == 0
        assert calls(server)["create_property"] == sum(c.outcome == "create" for c in plan.changes if c.is_definition)


def test_a_property_of_ours_that_changes_its_type_is_made_anew_with_its_values(tmp_path: Path) -> None:
    """An older version held the day as text."""
    with opened(tmp_path) as (house, server):
        target = house.target()
        target.ensure_group("deals", "cadran", "Cadran")
        target.create_property(PropertyDef("deals", START, "Start", "as text", "string"), "cadran")
        plan = planned(house)
        assert definitions(plan)["deals", START] == "update"
        runs.apply(house, None, LogProgress())
        assert server.sandbox.portal.find("deals").definitions.active[START]["type"] == "date"
        assert len(held(server, "deals", START)) == sum(
            c.property == START and c.is_acted_on and not c.is_definition for c in plan.changes
        )
        assert [c for c in planned(house).changes if c.is_acted_on] == []


def test_a_property_from_the_archive_brings_its_values_back_and_needs_no_second_write(tmp_path: Path) -> None:
    """Somebody archives our property; the next plan restores it, and what it held is what we had written."""
    with opened(tmp_path) as (house, server):
        planned(house)
        runs.apply(house, None, LogProgress())
        before = held(server, "deals", START)
        house.target().archive_property("deals", START)
        house.ledger.put("definitions_seen", "{}")
        plan = planned(house)
        assert definitions(plan) == {("deals", START): "create"}
        assert not any(c.is_acted_on for c in plan.changes if not c.is_definition)
        runs.apply(house, None, LogProgress())
        assert held(server, "deals", START) == before
        assert tuple(planned(house).changes) == ()


def test_what_is_no_longer_ours_is_taken_away_and_what_uses_it_keeps_it(tmp_path: Path) -> None:
    """An older version had two more; a person's calculation uses one of them."""
    with opened(tmp_path) as (house, server):
        planned(house)
        runs.apply(house, None, LogProgress())
        target = house.target()
        for name in ("cadran_dropped", "cadran_used"):
            target.create_property(PropertyDef("deals", name, name, "", "number"), "cadran")
        records = server.sandbox.portal.find("deals")
        calculation = {"name": "double", "label": "Double", "type": "number", "fieldType": "calculation_equation"}
        calculation |= {"groupName": "dealinformation", "calculationFormula": "cadran_used * 2"}
        records.definitions.create(calculation, server.sandbox.clock.now(), room=1)
        house.ledger.put("definitions_seen", "{}")
        plan = planned(house)
        assert definitions(plan) == {("deals", "cadran_dropped"): "clear", ("deals", "cadran_used"): "clear"}
        done = runs.apply(house, None, LogProgress())
        assert [(e.property, e.state, e.reason) for e in done.refused] == [("cadran_used", "rejected", "used by double")]
        assert "cadran_dropped" in records.definitions.archived
        assert "cadran_used" in records.definitions.active


@pytest.mark.parametrize("group", ["dealinformation", "cadran"])
def test_a_run_without_changes_looks_at_definitions_once_a_day(tmp_path: Path, group: str) -> None:
    """A label that a person changed is seen the day after, at the price of one list per object; in between nothing is asked."""
    with opened(tmp_path) as (house, server):
        planned(house)
        runs.apply(house, None, LogProgress())
        planned(house)
        calls(server)
        runs.plan(house)
        assert "properties" not in calls(server)
        definition = server.sandbox.portal.find("deals").definitions.active[START]
        definition |= {"label": "Renamed by a person", "groupName": group}
        server.sandbox.clock.set(server.sandbox.clock.now().replace(hour=23) + runs.timedelta(hours=9))
        plan = runs.plan(house)
        assert calls(server)["properties"] == 3
        assert definitions(plan) == {("deals", START): "update" if group == "cadran" else "foreign"}
