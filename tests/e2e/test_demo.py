"""``cadran demo`` on the built-in world and on published data: the figures that every machine must give."""

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.demos import MAVEN, PATIENCE_S, Demo
from tests.e2e.installation import COMMAND

BUILTIN = {
    "deals_won": "487",
    "revenue_won": "1503597.23",
    "sessions": "54238",
    "leads": "3079",
}
AFTER_THE_SALE = {
    "commerce_payments": 127,
    "subscriptions": 193,
    "orders": 234,
    "carts": 230,
    "invoices": 280,
    "feedback_submissions": 252,
    "goal_targets": 60,
    "campaigns": 7,
    "marketing_emails": 12,
    "email_statistics": 60,
    "custom.installations": 32,
}
"""HubSpot's further streams, as far as the demo's read-only key opens them: tickets have no scope for reading alone."""
PUBLISHED = {
    "deals_won": "4238",
    "win_rate": "0.6315005",
    "revenue_won": "10005534",
    "avg_deal_size": "2360.91",
    "cycle_days_mean": "51.78",
    "cycle_days_median": "57",
}
"""Maven Analytics, "CRM Sales Opportunities": counted from its files by other means."""


@pytest.fixture(scope="module")
def published(demos: dict[str, Demo]) -> Demo:
    if "maven_crm" not in demos:
        pytest.skip("../shared/data/maven_crm is not here: the published CRM data set was not tried")
    return demos["maven_crm"]


@pytest.mark.slow
def test_the_demo_ends_with_nothing_left_to_write_and_no_request_refused(demos: dict[str, Demo]) -> None:
    """The counts come from the simulated vendors themselves."""
    document = demos["builtin"].result()
    assert document["second_plan_changes"] == 0
    assert document["refused_429"] == 0
    assert document["rejected"] == 0
    assert document["written"] > 0
    assert set(document["requests"]) == {"hubspot", "ga4", "google_ads", "semrush", "oauth"}


@pytest.mark.slow
@pytest.mark.parametrize("kpi", BUILTIN)
def test_the_demo_gives_the_same_figures_on_every_machine(demos: dict[str, Demo], kpi: str) -> None:
    """Those that the world's own count of truth knows."""
    assert demos["builtin"].value(kpi, BUILTIN[kpi]) == Decimal(BUILTIN[kpi])


@pytest.mark.slow
@pytest.mark.parametrize("stream", AFTER_THE_SALE)
def test_the_demo_reads_what_comes_after_the_sale(demos: dict[str, Demo], stream: str) -> None:
    """Orders, invoices, goals and the like are there to be read; no figure of the demo hangs on them."""
    assert demos["builtin"].result()["records_read"][f"hubspot.{stream}"] == AFTER_THE_SALE[stream]


@pytest.mark.slow
def test_after_the_demo_its_results_and_its_undo_work_without_settings(demos: dict[str, Demo]) -> None:
    """Its lake, ledger and vendors stay in the home."""
    demo = demos["builtin"]
    demo.result()

    def cadran(*arguments: str) -> Any:
        command = [str(COMMAND), *arguments, "--home", str(demo.home), "--json"]
        done = subprocess.run(command, cwd=demo.home, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    [row] = cadran("show", "deals_won")
    assert row["value"] == BUILTIN["deals_won"]
    assert cadran("explain", "deals_won")["rows"]
    assert cadran("plan")["changes"] == []


@pytest.mark.slow
@pytest.mark.parametrize("kpi", PUBLISHED)
def test_published_data_give_the_published_figures(published: Demo, kpi: str) -> None:
    """8,800 opportunities of a seller of computer hardware."""
    assert published.value(kpi, PUBLISHED[kpi]) == Decimal(PUBLISHED[kpi])


@pytest.mark.slow
def test_every_published_deal_is_read_and_what_needs_spend_is_undefined_with_a_reason(published: Demo) -> None:
    """The set has no spend: CAC, CPL and ROI are unknown, not nought."""
    document = published.result()
    assert document["records_read"]["hubspot.deals"] == 8800
    assert document["second_plan_changes"] == 0
    for kpi in ("cac_paid", "cac_blended", "cpl", "roi"):
        assert document["kpi_values"][kpi]["value"] is None
        assert document["kpi_values"][kpi]["reason"]


@pytest.mark.skipif(not MAVEN.is_dir(), reason="../shared/data/maven_crm is not here")
def test_a_data_set_with_a_missing_column_is_named_with_file_column_and_line(tmp_path: Path) -> None:
    """Exit 2, no traceback."""
    shutil.copytree(MAVEN, tmp_path / "maven")
    file = tmp_path / "maven" / "sales_pipeline.csv"
    head, rest = file.read_text(encoding="utf-8-sig").split("\n", 1)
    file.write_text(head.replace("close_value", "value") + "\n" + rest, encoding="utf-8")
    command = [str(COMMAND), "demo", "--world", f"maven_crm:{tmp_path / 'maven'}", "--home", str(tmp_path / "home")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    for clue in ("sales_pipeline.csv", "close_value", "1"):
        assert clue in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_keeps_away_from_a_home_with_a_real_account(tmp_path: Path) -> None:
    """Not one file of it is touched."""
    ledger = tmp_path / "home" / "default" / "ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"precious")
    command = [str(COMMAND), "demo", "--home", str(tmp_path / "home")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "real accounts (default)" in done.stderr
    assert ledger.read_bytes() == b"precious"
    assert not (tmp_path / "home" / "demo").exists()
