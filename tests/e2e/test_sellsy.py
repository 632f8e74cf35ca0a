"""``crm: sellsy`` in the settings is all it takes: check, sync, plan, apply, a second plan that is empty, undo."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from connectors.sandbox.sellsy.vendor import VENDOR
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import AccountWorld, HubSpotWorld, World
from sync.cli import cli
from tests.connectors.sellsy.conftest import NOW
from tests.connectors.sellsy.small_world import REVENUE, account, made_by_hand
from tests.contract.harness import rates
from tests.e2e.installation import acted_on

MISSING = ("deals", "cadran_start_on")


@dataclass
class Shop:
    """An installation whose CRM is Sellsy; commands run in this process."""

    folder: Path
    account: AccountWorld

    def ok(self, *arguments: str) -> str:
        result = CliRunner().invoke(cli, arguments, env={**os.environ, **VENDOR.secrets}, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.ok(*arguments, "--json"))

    def value(self, table: str, id: int, code: str, kind: str) -> Any:
        """What stands in Sellsy, looked at behind its API."""
        [field] = [f for f in self.account.tables["custom_fields"] if f["code"] == code and kind in f["related_object"]]
        record = next(one for one in self.account.tables[table] if one["id"] == id)
        return record.get("_values", {}).get(str(field["id"]))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """All custom fields are made but one."""
    folder = tmp_path_factory.mktemp("sellsy")
    fields = [one for one in made_by_hand() if one["code"] != MISSING[1]]
    world = World(
        "sellsy",
        NOW,
        HubSpotWorld({"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"}),
        accounts={"sellsy": {"1": account(fields)}},
    )
    before = Path.cwd()
    with SandboxServer(world) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.bootstrap.ecb_rates", lambda _home: rates)
        section = VENDOR.section(server.base_url) | {"calls_per_second": 100_000}
        settings = {
            "crm": "sellsy",
            "history_start": "2026-07-01",
            "kpis": {"compute": "followed", "follow": KPIS},
            "sources": {"sellsy": section},
        }
        (folder / "cadran.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        os.chdir(folder)
        try:
            yield Shop(folder, server.sandbox.world.accounts["sellsy"]["1"])
        finally:
            os.chdir(before)


KPIS = ["revenue_won", "new_customers", "invoiced_revenue"]


def shown(shop: Shop, kpi: str) -> Decimal:
    [found] = shop.json("show", kpi)
    return Decimal(found["value"])


def test_the_whole_story_on_sellsy(shop: Shop) -> None:
    [checked] = shop.json("check")["sources"]
    assert (checked["ok"], checked["account_id"], checked["currency"]) == (True, "12", "EUR")

    synced = shop.json("sync")
    assert synced["records_read"]["sellsy.deals"] == 10
    assert shown(shop, "revenue_won") == Decimal("1580.60")  # 1,000 + 400.50 + 200 dollars at 0.50 + 80.10
    assert shown(shop, "new_customers") == 3  # company 101, the archived 104, individual 101
    assert shown(shop, "invoiced_revenue") == REVENUE

    plan = shop.json("plan")
    [lacking] = [c for c in plan["changes"] if c["outcome"] == "rejected"]
    assert (lacking["object"], lacking["property"]) == MISSING
    assert "code: cadran_start_on" in lacking["reason"]
    assert all(c["property"] != MISSING[1] for c in acted_on(plan))
    assert {c["object"] for c in acted_on(plan)} == {"deals", "companies"}
    lines = acted_on(plan)
    records = {(c["object"], c["record_id"]) for c in lines}
    assert plan["calls_by_kind"] == plan["calls_by_kind"] | {"pre_read": len(records), "update": len(records), "echo": 0}

    applied = shop.json("apply")
    assert (applied["written"], applied["rejected"]) == (len(lines), 0)
    assert shop.value("companies", 101, "cadran_revenue_won", "client") == {"amount": "1400.50", "currency": "EUR"}
    assert shop.value("individuals", 101, "cadran_deals_won", "client") == "1"

    shop.json("sync")
    assert acted_on(shop.json("plan")) == []

    undone = shop.json("undo", str(applied["run_id"]))
    assert undone["written"] == len(lines)
    assert shop.value("companies", 101, "cadran_revenue_won", "client") is None
    assert shop.value("individuals", 101, "cadran_deals_won", "client") is None
