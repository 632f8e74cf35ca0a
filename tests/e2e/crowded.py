"""An account with more than a thousand deals to write to, served with short lags, and one run of ours after the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import yaml

from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import HubSpotWorld, Record, World
from sync import apply, bootstrap, runs
from sync.demo import SECRETS
from sync.house import House
from sync.plan import Plan
from sync.progress import LogProgress
from tests.small_world import small_world

DEALS = 1_100
FIRST = 700_000
_LAGS = Lags(search_s=0.3, property_s=0.0)
_SEARCH_LAG_S = 1
_AMPLE = HubSpotLimits(burst=10_000, search_per_second=10_000, associations=10_000)


def crowded() -> World:
    """The small world's HubSpot account, its first deal many times over."""
    world = small_world()
    deals = world.hubspot.objects["deals"]
    pattern = next(d for d in deals if d["properties"].get("amount", "").replace(".", "").isdigit() and "archivedAt" not in d)
    copies: list[Record] = [
        {**pattern, "id": str(FIRST + n), "properties": {**pattern["properties"], "dealname": f"Deal {n}"}, "associations": {}}
        for n in range(DEALS)
    ]
    objects = {**world.hubspot.objects, "deals": [*deals, *copies]}
    hubspot = HubSpotWorld(**{**vars(world.hubspot), "objects": objects})
    return replace(world, name="crowded", hubspot=hubspot)


def crowd_server() -> SandboxServer:
    """Not started yet."""
    return SandboxServer(crowded(), lags=_LAGS, limits=_AMPLE)


@contextmanager
def at_home(folder: Path, server: SandboxServer) -> Iterator[House]:
    document = {
        "home": str(folder / "home"),
        "sources": {
            "hubspot": {
                "base_url": server.base_url,
                "token": "env:SANDBOX_HUBSPOT_TOKEN",
                "search_lag_s": _SEARCH_LAG_S,
            }
        },
    }
    file = folder / "cadran.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    loaded = bootstrap.settings(file, {**os.environ, **SECRETS})
    with bootstrap.house(loaded, loaded.accounts["default"]) as house:
        yield house


def run(house: House) -> tuple[runs.Synced, Plan, apply.Applied]:
    return runs.run(house, LogProgress(), allowed=runs.Allowed())


def calls(server: SandboxServer) -> dict[str, int]:
    """By route, and forget them."""
    with server.sandbox.lock:
        found = dict(server.sandbox.stats.vendors["hubspot"].routes)
        server.sandbox.stats.reset()
    return found
