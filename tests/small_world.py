"""A corner of the built-in world: some forty deals with everything around them, so that a command takes seconds.

Its records, costs and sessions begin on :data:`SINCE`; sessions are thinned out by whole visitors, ad rows are all there,
and so is every kind of dirt.
"""

import copy
import os
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import Record, World
from connectors.sandbox.worlds import open_world
from connectors.sandbox.worlds.builtin import truth
from sync import bootstrap, render, runs
from sync.demo import SECRETS, sandbox_settings
from sync.progress import LogProgress

SINCE = "2026-04-01"
"""No deal or lead is older; spend and traffic are asked from here on."""
DEALS_OF_A_STAGE = 3
"""By pipeline, stage and currency."""
OF_EACH_DIRT = 1
SALES = ("companies", "contacts", "products", "line_items", "deals")
"""What is kept of the CRM; what comes after the sale has tests of its own."""
OTHER_CONTACTS = 20
"""Leads without a deal."""
VISITORS_KEPT = 10
"""One visitor in so many."""


@cache
def _carved() -> World:
    world = open_world("builtin")
    objects = {plural: copy.deepcopy(world.hubspot.objects[plural]) for plural in SALES}
    recent = [d for d in objects["deals"] if d["properties"]["createdate"] >= SINCE]
    dirty = [set(ids) for ids in truth()["dirt"].values() if not isinstance(ids, str)]
    soiled = {i for ids in dirty for i in [d["id"] for d in recent if d["id"] in ids][:OF_EACH_DIRT]}
    stages: dict[tuple[str, ...], list[Record]] = {}
    for deal in recent:
        stages.setdefault(tuple(deal["properties"][n] for n in ("pipeline", "dealstage", "deal_currency_code")), []).append(deal)
    chosen = {d["id"] for deals in stages.values() for d in deals[:DEALS_OF_A_STAGE]}
    deals = [d for d in recent if d["id"] in chosen | soiled]
    leads = [c for c in objects["contacts"] if c["properties"]["createdate"] >= SINCE][:OTHER_CONTACTS]
    known = _linked(deals, "contacts") | {c["id"] for c in leads}
    contacts = [c for c in objects["contacts"] if c["id"] in known]
    companies = _linked(deals, "companies") | _linked(contacts, "companies")
    items = _linked(deals, "line_items")
    _soil(deals, leads)
    carved = {
        **objects,
        "deals": deals,
        "contacts": contacts,
        "companies": [c for c in objects["companies"] if c["id"] in companies],
        "line_items": [i for i in objects["line_items"] if i["id"] in items],
    }
    ga4 = {
        key: replace(site, sessions=[s for s in site.sessions or () if int(s["user"].split(".")[0]) % VISITORS_KEPT == 0])
        for key, site in world.ga4.items()
    }
    head, *costs = (world.costs_csv or "").splitlines(keepends=True)
    settings = f"history_start: {SINCE}\n{world.settings_yaml}"
    return replace(
        world,
        name="small",
        hubspot=replace(
            world.hubspot,
            objects=carved,
            properties={plural: world.hubspot.properties[plural] for plural in SALES if plural in world.hubspot.properties},
            schemas={},
            marketing_emails=[],
        ),
        ga4=ga4,
        costs_csv=head + "".join(line for line in costs if line >= SINCE),
        settings_yaml=settings,
    )


def _soil(deals: list[Record], leads: list[Record]) -> None:
    """The kinds of dirt that the built-in world has only once, and longer ago."""
    won = [d for d in deals if d["properties"]["hs_is_closed_won"] == "true"]
    lost = [d for d in deals if d["properties"]["hs_is_closed_lost"] == "true"]
    still_open = [d for d in deals if d["properties"]["hs_is_closed"] == "false"]
    won[0]["properties"]["closedate"] = f"{SINCE}T00:00:00.000Z"
    won[1]["properties"] |= {"deal_currency_code": "XXX", "hs_exchange_rate": None, "amount_in_home_currency": None}
    still_open[0]["properties"]["amount"] = "12k"
    lost[0]["archivedAt"] = "2026-09-01T08:00:00.000Z"
    leads[0]["mergedInto"] = leads[1]["id"]


def _linked(records: Iterable[Record], to: str) -> set[str]:
    return {i for r in records for i in (r.get("associations") or {}).get(to, ())}


def small_world() -> World:
    """The corner, fresh: whoever gets it may change it."""
    return copy.deepcopy(_carved())


def plan_of_the_small_world() -> str:
    """The first plan on it as Markdown, the same on every machine."""
    world = small_world()
    with tempfile.TemporaryDirectory() as name, SandboxServer(world) as server:
        folder = Path(name)
        (folder / "world").mkdir()
        (folder / "world" / "costs.csv").write_text(world.costs_csv or "", encoding="utf-8")
        file = folder / "cadran.yaml"
        document = {"home": str(folder / "home"), **sandbox_settings(world.settings_yaml, server.base_url, folder)}
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        loaded = bootstrap.settings(file, {**os.environ, **SECRETS})
        with bootstrap.house(loaded, loaded.accounts["default"]) as house:
            runs.sync(house, LogProgress())
            return render.plan_markdown(runs.plan(house))
