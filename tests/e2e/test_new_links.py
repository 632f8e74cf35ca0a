"""An association that the account did not offer before is read for every record, not only for those that change."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import Record, World
from sync import runs
from sync.costs import reading_costs, total_of
from sync.house import House
from sync.progress import LogProgress
from tests.e2e.crowded import at_home, calls
from tests.shop import shop_objects, shop_properties
from tests.small_world import small_world


def living(world: World, object: str) -> Record:
    return next(one for one in world.hubspot.objects[object] if not {"archivedAt", "mergedInto"} & one.keys())


def with_subscriptions() -> World:
    """One of them is a company's."""
    world = small_world()
    deal, company = (living(world, object)["id"] for object in ("deals", "companies"))
    [first, second] = shop_objects()["subscriptions"]
    mine = [
        {**first, "associations": {"companies": [company]}},
        {**second, "associations": {}},
    ]
    [paid, other] = shop_objects()["commerce_payments"]
    payments = [{**paid, "associations": {"companies": [company], "deals": [deal], "subscriptions": ["7101"]}}, other]
    objects = {**world.hubspot.objects, "subscriptions": mine, "commerce_payments": payments}
    properties = {**world.hubspot.properties, **shop_properties()}
    return replace(world, hubspot=replace(world.hubspot, objects=objects, properties=properties))


@pytest.fixture
def served() -> Iterator[SandboxServer]:
    ample = HubSpotLimits(burst=10_000, search_per_second=10_000, associations=10_000)
    quirks = Quirks(subscriptions_have_companies=False)
    with SandboxServer(with_subscriptions(), lags=Lags(search_s=0.0, property_s=0.0), limits=ample, quirks=quirks) as server:
        yield server


def links(house: House, from_type: str) -> set[tuple[str, str]]:
    """(id, object) of what this kind of record is associated with, as the facts have it."""
    with house.lake.facts() as con:
        rows = con.execute("SELECT from_id, to_type FROM association WHERE from_type = ?", [from_type]).fetchall()
    return {(str(one), str(to)) for one, to in rows}


def test_what_an_account_begins_to_offer_is_read_at_the_price_that_was_quoted(tmp_path: Path, served: SandboxServer) -> None:
    with at_home(tmp_path, served) as house:
        runs.sync(house, LogProgress())
        assert links(house, "commerce_payments") == {("8001", "companies"), ("8001", "deals"), ("8001", "subscriptions")}
        assert links(house, "subscriptions") == set()

        portal = served.sandbox.portal
        portal.quirks = replace(portal.quirks, subscriptions_have_companies=True)
        served.sandbox.clock.advance(timedelta(hours=25))
        quoted = reading_costs(house, (), False, house.target().account().now)
        [line] = [cost for cost in quoted if cost.stream == "subscriptions"]
        assert line.note.startswith("first load")
        calls(served)
        runs.sync(house, LogProgress())
        assert links(house, "subscriptions") == {("7101", "companies")}
        # Up to the searches that a short or an undisturbed list can do without.
        assert total_of(quoted)["calls"] - 2 <= sum(calls(served).values()) - 1 <= total_of(quoted)["calls"]


def test_nothing_is_read_again_while_the_account_offers_the_same(tmp_path: Path, served: SandboxServer) -> None:
    """A day later, definitions and what is offered are asked for anew."""
    with at_home(tmp_path, served) as house:
        runs.sync(house, LogProgress())
        served.sandbox.clock.advance(timedelta(hours=25))
        calls(served)
        runs.sync(house, LogProgress())
        counted = calls(served)
        assert counted["association_labels"] == 1
        assert "associations" not in counted
        assert "list" in counted, "the archive, once a day"
        runs.sync(house, LogProgress())
        assert "association_labels" not in calls(served)
