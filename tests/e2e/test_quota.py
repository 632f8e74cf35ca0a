"""The account's quota from outside: short windows, the end of a day in the middle of a first load, two programs at once."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.hubspot.streams import OPTIONAL_STREAMS
from connectors.sandbox.limits import HubSpotLimits
from connectors.sandbox.world import World
from tests.e2e.installation import Installation, finished, installed
from tests.small_world import small_world

BURST, WINDOW_S = 8, 0.25
"""A test account's: full after a few answers, and free again before anybody notices."""


@pytest.fixture
def crm_alone() -> World:
    """No other vendor's calls, no other vendor's time."""
    world = small_world()
    settings = "timezone: Europe/Paris\ncurrency: EUR\nhistory_start: 2026-08-01\ncrm: hubspot\nsources:\n  hubspot: {}\n  spend_file: {path: costs.csv}\n"
    return replace(world, settings_yaml=settings, ga4={}, google_ads={}, semrush=None)


def test_a_short_window_of_the_headers_is_filled_and_never_overrun(crm_alone: World, tmp_path: Path) -> None:
    """More calls than a window holds, several windows in one run, and not one refusal."""
    limits = HubSpotLimits(burst=BURST, window_s=WINDOW_S, associations=BURST)
    with installed(tmp_path, crm_alone, limits=limits) as installation:
        done = installation.json("run")
        told = installation.server.sandbox.stats.as_json()["hubspot"]
        assert told["requests"] > 4 * BURST
        assert (told["refused_429"], done["refused_429"]) == (0, 0)
        assert done["written"] > 0


def test_two_programs_of_one_account_share_its_window(crm_alone: World, tmp_path: Path) -> None:
    """Two homes, one key, at the same time: neither is refused, both read everything."""
    limits = HubSpotLimits(burst=BURST, window_s=WINDOW_S, associations=BURST)
    with installed(tmp_path / "one", crm_alone, limits=limits) as one:
        two = Installation(tmp_path / "two", one.server, crm_alone)
        two.folder.mkdir()
        two.configure()
        both = [one.start("sync"), two.start("sync")]
        assert [finished(process).code for process in both] == [0, 0]
        assert one.server.sandbox.stats.as_json()["hubspot"]["refused_429"] == 0
        shown = [[row | {"as_of": None} for row in each.json("show", "deals_won")] for each in (one, two)]
        assert shown[0] == shown[1]


def test_a_first_load_that_uses_up_the_day_goes_on_the_next_one(crm_alone: World, tmp_path: Path) -> None:
    """Each day ends with exit 3 and keeps what it read and wrote; nothing is written twice, and it ends as with a day without end."""
    few = {"skip_streams": list(OPTIONAL_STREAMS), "custom_objects": [], "daily_share": 1.0, "daily_reserve": 0.0}
    with installed(tmp_path / "endless", crm_alone, hubspot=few) as endless:
        endless.json("run")
        needed = endless.server.sandbox.stats.as_json()["hubspot"]["requests"]
        values = ours(endless)
    limits = HubSpotLimits(daily=needed * 2 // 3)
    with installed(tmp_path / "short", crm_alone, limits=limits, hubspot=few) as short:
        days = 1
        while (ended := short.run("run", "--json")).code != 0:
            assert ended.code == 3, ended.said
            assert "free again at" in ended.err
            days += 1
            assert days <= 3, "it begins anew every day"
            short.control("clock", {"advance_days": 1})
        assert days > 1
        assert ours(short) == values


def ours(installation: Installation) -> dict[tuple[str, str, str], str]:
    """Every value of ours in the CRM."""
    found = {}
    for object in ("deals", "contacts", "companies"):
        records = installation.server.sandbox.portal.find(object).by_id
        found |= {(object, i, n): v for i, r in records.items() for n, v in r.values.items() if n.startswith("cadran_") and v}
    return found
