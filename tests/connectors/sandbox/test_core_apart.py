"""Vendors in a process of their own: they answer, say what they counted, leave their world, and go with whoever asked for them."""

from pathlib import Path

import pytest
import requests

from connectors.sandbox.apart import SandboxProcess
from connectors.sandbox.world import WorldError
from connectors.sandbox.worlds import load_folder, save_folder
from tests.connectors.sandbox.hubspot.conftest import small_world

BEARER = {"Authorization": "Bearer sandbox-full", "Accept": "application/json"}


def test_a_world_is_served_counted_and_saved_by_another_process(tmp_path: Path) -> None:
    """What was written to the vendors is in the saved world. A folder of somebody else is left alone, and the vendors go on."""
    world = small_world()
    world.settings_yaml = "kpis: {}\n"
    save_folder(world, tmp_path / "world")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "note.txt").write_text("mine")
    with SandboxProcess(str(tmp_path / "world")) as vendors:
        assert vendors.settings_yaml == world.settings_yaml
        deal = str(world.hubspot.objects["deals"][0]["id"])
        order = {"object": "deals", "id": deal, "properties": {"dealname": "renamed"}}
        assert requests.post(f"{vendors.base_url}/_sandbox/edit", json=order, timeout=5).ok
        with pytest.raises(WorldError, match="not a world"):
            vendors.save(tmp_path / "other")
        vendors.save(tmp_path / "world")
        assert requests.get(f"{vendors.base_url}/crm/objects/2026-09/deals", headers=BEARER, timeout=5).ok
        assert vendors.stats()["hubspot"]["requests"] == 1
        address = vendors.base_url
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/_sandbox/clock", timeout=5)
    [saved] = [record for record in load_folder(tmp_path / "world").hubspot.objects["deals"] if record["id"] == deal]
    assert saved["properties"]["dealname"] == "renamed"


def test_what_is_wrong_with_a_world_is_told_where_the_vendors_are_asked_for(tmp_path: Path) -> None:
    with SandboxProcess(str(tmp_path / "nowhere")) as vendors, pytest.raises(WorldError, match="nowhere"):
        vendors.base_url  # noqa: B018
