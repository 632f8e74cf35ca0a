"""Leaving: everything of ours goes, nothing else."""

import pytest

from tests.e2e.installation import Installation

OBJECTS = ("deals", "contacts", "companies")
CAMPAIGNS = 13
"""Properties of the custom object, without its key and its name, which it cannot be without."""


def ours(installation: Installation) -> set[str]:
    """Our properties that stand in the CRM."""
    portal = installation.server.sandbox.portal
    found = {f"{o}.{n}" for o in OBJECTS for n in portal.find(o).definitions.active if n.startswith("cadran_")}
    if "cadran_campaign" in portal.records:
        own = set(portal.find("cadran_campaign").definitions.active) - {"cadran_key", "cadran_name"}
        found |= {f"cadran_campaign.{n}" for n in {*own, "(object)"} if n.startswith(("cadran_", "("))}
    return found


def test_uninstall_lists_first_and_removes_properties_and_group_when_told(settled: Installation) -> None:
    """Without ``--yes`` nothing happens."""
    standing = ours(settled)
    assert len(standing) == 17 + CAMPAIGNS + 1
    listed = settled.json("uninstall")
    assert set(listed["properties"]) == standing
    assert listed["removed"] == []
    assert ours(settled) == standing

    removed = settled.json("uninstall", "--yes")
    assert set(removed["removed"]) == standing
    assert ours(settled) == set()
    portal = settled.server.sandbox.portal
    assert [o for o in OBJECTS if "cadran" in portal.find(o).definitions.groups] == []
    assert "cadran_campaign" not in portal.records
    with pytest.raises(KeyError):
        portal.find("deals").definitions.active["cadran_channel"]
