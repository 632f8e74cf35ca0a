"""A month in which nobody changes anything: writes stay rare."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from connectors.hubspot.wire import LIMITS
from connectors.quota import Allowance, Governor
from connectors.sandbox.limits import HubSpotLimits
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.worlds import open_world
from sync import bootstrap, grains, runs
from sync.demo import SECRETS, sandbox_settings
from sync.progress import LogProgress
from tests.e2e.installation import SKIPPED

DAYS = 30
LARGEST_SHARE = 0.05
OBJECTS = ("deals", "contacts", "companies")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_on_no_day_of_a_quiet_month_is_more_than_a_twentieth_of_the_records_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ads and traffic go on and time passes, month ends included. Only record values are written, so only totals of what is
    followed are computed."""
    monkeypatch.setattr(grains, "PERIODS_BY", {"total": ("all",)})
    # Nor does it matter here how fast a vendor answers: its limits would be most of the month.
    unpaced = Governor({bucket: Allowance(1_000_000, 1.0) for bucket in LIMITS})
    monkeypatch.setattr("connectors.hubspot.client.governor_of", lambda _base_url, _token: unpaced)
    ample = HubSpotLimits(burst=10_000, search_per_second=10_000, associations=10_000)
    world = open_world("builtin")
    (tmp_path / "world").mkdir()
    (tmp_path / "world" / "costs.csv").write_text(world.costs_csv or "", encoding="utf-8")
    with SandboxServer(world, limits=ample) as server:
        file = tmp_path / "cadran.yaml"
        document = sandbox_settings(world.settings_yaml, server.base_url, tmp_path)
        document["sources"]["hubspot"] |= {"skip_streams": SKIPPED}
        document["kpis"] = {**document.get("kpis", {}), "compute": "followed"}
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        loaded = bootstrap.settings(file, {**os.environ, **SECRETS})
        portal = server.sandbox.portal
        records = sum(len(portal.find(o).live) for o in OBJECTS)
        shares = []
        with bootstrap.house(loaded, loaded.accounts["default"]) as house:
            runs.run(house, LogProgress(), allowed=runs.Allowed())
            for _day in range(DAYS):
                server.sandbox.clock.advance(timedelta(days=1))
                _synced, plan, done = runs.run(house, LogProgress(), allowed=runs.Allowed())
                assert done.rejected == 0
                shares.append(len({(c.object, c.record_id) for c in plan.acted_on}) / records)
    assert len(shares) == DAYS
    assert max(shares) <= LARGEST_SHARE, [round(s, 4) for s in shares]
