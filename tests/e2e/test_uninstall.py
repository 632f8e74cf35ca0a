"""Leaving: everything of ours goes, nothing else."""

import pytest

from tests.e2e.installation import Installation

OBJECTS = ("deals", "contacts", "companies")


def ours(installation: Installation) -> set[str]:
    """Our properties that stand in the CRM."""
    portal = installation.server.sandbox.portal
    return {f"{o}.{n}" for o in OBJECTS for n in portal.find(o).definitions.active if n.startswith("cadran_")}


def test_uninstall_lists_first_and_removes_properties_and_group_when_told(settled: Installation) -> None:
    """Without ``--yes`` nothing happens."""
    standing = ours(settled)
    assert len(standing) == 17
    listed = settled.json("uninstall")
    assert set(listed["properties"]) == standing
    assert listed["removed"] == []
    assert ours(settled) == standing

    removed = settled.json("uninstall", "--yes")
    assert set(removed["removed"]) == standing
    assert ours(settled) == set()
    portal = settled.server.sandbox.portal
    assert [o for o in OBJECTS if "cadran" in portal.find(o).definitions.groups] == []
    with pytest.raises(KeyError):
        portal.find("deals").definitions.active["cadran_channel"]
