"""What is wrong from outside: settings, keys, homes, vendors. One clear sentence and the exit code of the contract."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.faults import Fault
from connectors.sandbox.world import Ga4World, GoogleAdsWorld, SemrushWorld, World
from tests.e2e.installation import Installation, installed
from tests.small_world import small_world


def test_every_fault_of_the_settings_is_named_at_once_and_no_secret_is_echoed(tmp_path: Path) -> None:
    """Misspelt key, bad value, unknown connector, missing variable, and a secret written out in the file."""
    with installed(tmp_path, small_world()) as installation:
        text = (tmp_path / "cadran.yaml").read_text(encoding="utf-8")
        text = text.replace("timezone:", "timezon:").replace("currency: EUR", "currency: euros")
        text = text.replace("env:SANDBOX_SEMRUSH_KEY", "env:NOT_THERE").replace(
            "env:SANDBOX_HUBSPOT_TOKEN", "pat-eu1-very-secret"
        )
        text = text.replace("sources:\n", "sources:\n  shopifi: {}\n")
        (tmp_path / "cadran.yaml").write_text(text, encoding="utf-8")
        done = installation.run("sync")
    assert done.code == 2
    assert "5 faults in the settings" in done.err
    for clue in ("did you mean `timezone`?", "currency", "shopifi", "NOT_THERE", "a secret may not stand in the file"):
        assert clue in done.err
    assert "very-secret" not in done.said
    assert not (tmp_path / ".cadran").exists()


def test_without_settings_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    """An empty folder."""
    with installed(tmp_path, small_world()) as installation:
        (tmp_path / "cadran.yaml").unlink()
        done = installation.run("sync")
    assert done.code == 2
    assert "cadran init" in done.err


@pytest.mark.parametrize(
    ("token", "clue"),
    [
        ("nobody-knows-this-key", "the credential was refused"),
        ("sandbox-without:crm.objects.deals.read", "crm.objects.deals.read"),
    ],
)
def test_a_wrong_key_or_a_missing_scope_ends_before_any_work(planned: Installation, token: str, clue: str) -> None:
    """The key is never shown, the scope is."""
    done = planned.run("sync", secrets={"SANDBOX_HUBSPOT_TOKEN": token})
    assert done.code == 2
    assert clue in done.err
    assert token not in done.said
    assert "Traceback" not in done.err


def test_a_home_that_belongs_to_another_portal_is_refused(planned: Installation, tmp_path: Path) -> None:
    """Numbers of one company must never reach another's CRM."""
    world = small_world()
    other = replace(world, hubspot=replace(world.hubspot, account={**world.hubspot.account, "portalId": 99}))
    with installed(tmp_path / "other", other) as installation:
        shutil.copytree(planned.home, installation.home)
        for command in ("sync", "plan", "apply"):
            done = installation.run(command)
            assert done.code == 2
            assert "belongs to CRM account" in done.err
            assert "99" in done.err


def test_an_empty_portal_gives_no_rows_undefined_kpis_and_an_empty_plan(tmp_path: Path) -> None:
    """The first minute of a company that has nothing yet."""
    with installed(tmp_path, empty(small_world())) as installation:
        synced = installation.json("sync")
        records = {k: n for k, n in synced["records_read"].items() if not k.endswith((".pipelines", ".owners"))}
        assert set(records.values()) == {0}
        plan = installation.json("plan")
        assert [c for c in plan["changes"] if c["record_id"]] == []
        for kpi in ("win_rate", "avg_deal_size", "cpl", "cac_paid", "roi"):
            [row] = installation.json("show", kpi)
            assert row["value"] is None
            assert row["reason"]


def empty(world: World) -> World:
    """The same accounts with nothing in them."""
    return replace(
        world,
        hubspot=replace(world.hubspot, objects={name: [] for name in world.hubspot.objects}),
        ga4={k: Ga4World(v.currency, v.zone, v.name, v.key_events, sessions=[]) for k, v in world.ga4.items()},
        google_ads={k: GoogleAdsWorld(v.currency, v.zone, v.name) for k, v in world.google_ads.items()},
        semrush=SemrushWorld(),
        costs_csv="date,amount,currency,kind,channel,campaign,note\n",
    )


@pytest.mark.parametrize(
    ("fault", "code", "clue"),
    [
        ({"kind": "status", "vendor": "hubspot", "status": 429, "policy": "DAILY"}, 3, "daily limit"),
        ({"kind": "status", "vendor": "google_ads", "status": 503, "retry_after": "0", "times": 6}, 3, "google_ads"),
        ({"kind": "status", "vendor": "hubspot", "status": 418}, 4, "HTTP 418"),
    ],
    ids=["quota used up", "outage", "broken contract"],
)
def test_trouble_at_a_vendor_ends_with_its_code_and_the_next_run_goes_on(
    planned: Installation, fault: Mapping[str, Any], code: int, clue: str
) -> None:
    """Other sources are read all the same; once the trouble is over nothing is missing."""
    route = "search" if fault["vendor"] == "hubspot" else None
    planned.server.sandbox.faults.add(Fault(**{**fault, "route": route}))
    done = planned.run("sync")
    assert done.code == code, done.said
    assert clue in done.err
    assert "Traceback" not in done.err
    planned.server.sandbox.faults.clear()
    assert planned.run("sync").code == 0


def test_a_spend_file_without_a_needed_column_is_named_with_its_line(planned: Installation) -> None:
    """The file, the line and the column; the other sources are read."""
    (planned.folder / "costs.csv").write_text("date,sum,currency,kind\n2026-09-01,10,EUR,marketing\n", encoding="utf-8")
    done = planned.run("sync")
    assert done.code == 2
    for clue in ("costs.csv", "amount", "1"):
        assert clue in done.err
