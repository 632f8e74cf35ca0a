"""Every unconfirmed vendor fact, in both positions: the facts that we make of the answers are equal."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.base import PropertyDef, RecordWrite, Source
from connectors.registry import CONNECTORS
from connectors.sandbox.quirks import Quirks
from connectors.transport import no_waiting
from tests.contract.harness import Facts, Served, facts_of

FLAGGED = {
    "ga4_is_sampled": ("web_traffic_daily", "is_sampled"),
    "ga4_is_thresholded": ("web_users", "is_thresholded"),
    "ga4_has_other_row": ("web_traffic_daily", "has_other_row"),
}
"""Quirks that take something from the vendor's own numbers -> where the facts say so."""

OTHER_NUMBERS = {"property_name_max": 64, "owners_page_max": 100}
"""The other position of a quirk that is a number."""


def connector_of(quirk: str) -> str:
    """By the first words of its name; HubSpot's have none."""
    return next((name for name in CONNECTORS if quirk.startswith(f"{name}_")), "hubspot")


def other_position(quirk: str) -> Quirks:
    default = getattr(Quirks(), quirk)
    changed: dict[str, Any] = {quirk: OTHER_NUMBERS[quirk] if type(default) is int else not default}
    return replace(Quirks(), **changed)


def write_something(source: Source) -> None:
    """On the CRM: our property on two records, a value set and one cleared again, so that writing quirks are met too."""
    target = CONNECTORS["hubspot"].build_target(source)
    target.ensure_group("deals", "cadran", "Cadran")
    target.create_property(PropertyDef("deals", "cadran_roi", "ROI", "", "number"), "cadran")
    for value in ("12.5", "12.5"):
        target.write("deals", [RecordWrite(deal, {"cadran_roi": value}) for deal in ("1001", "1002", "1003")])
    target.write("deals", [RecordWrite("1002", {"cadran_roi": ""})])


def facts_under(folder: Path, quirks: Quirks, connector: str) -> Facts:
    with Served(folder, quirks) as served, no_waiting():
        source = served.build(connector)
        if connector == "hubspot":
            write_something(source)
        return facts_of(source)


@pytest.fixture(scope="module")
def likely(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Facts]:
    """By connector: the facts with every quirk at its default."""
    found = {name: facts_under(tmp_path_factory.mktemp(name), Quirks(), name) for name in CONNECTORS}
    assert [row["record_id"] for row in found["hubspot"]["crm_value"]] == ["1001", "1003"]
    return found


@pytest.mark.parametrize("quirk", [f.name for f in fields(Quirks) if f.name not in FLAGGED])
def test_either_answer_to_a_doubt_gives_the_same_facts(quirk: str, likely: dict[str, Facts], tmp_path: Path) -> None:
    """Whatever the vendor turns out to do, nothing that we store depends on it."""
    connector = connector_of(quirk)
    found = facts_under(tmp_path, other_position(quirk), connector)
    assert without_our_own_touch(found) == without_our_own_touch(likely[connector])


def without_our_own_touch(facts: Facts) -> Facts:
    """``modified_at`` is the vendor's word on when a record was written, which is just what one quirk is about; ``day_zone`` and
    the instant in the vendor's id of a day say where it cut its days, which is another."""
    left_out = {"modified_at": facts.keys(), "day_zone": {"email_stats_daily"}, "source_id": {"email_stats_daily"}}
    return {
        table: [{k: v for k, v in row.items() if table not in left_out.get(k, ())} for row in rows]
        for table, rows in facts.items()
    }


@pytest.mark.parametrize("quirk", sorted(FLAGGED))
def test_what_the_vendor_holds_back_is_flagged(quirk: str, likely: dict[str, Facts], tmp_path: Path) -> None:
    """Sampled, thresholded or rolled into "(other)": the reports concerned say so on their rows, and no others do."""
    table, flag = FLAGGED[quirk]
    found = facts_under(tmp_path, other_position(quirk), connector_of(quirk))
    assert True in {row[flag] for row in found[table]}
    assert {row[flag] for row in likely[connector_of(quirk)][table]} == {False}
