"""A forgotten contact is in no list of associations either."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync.ledger import Ledger
from sync.ledger_erasures import ERASED_PLAN
from sync.plan import Change, make_plan
from sync.plan_store import keep_plan

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
KEY = ("cadran_campaign", "google_ads/1")
LINE = Change(*KEY, "(contacts)", "9;", "7;77;", "campaign", "update", "+2 −1")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Planned, journalled and written: contacts 7 and 77 came, 9 went."""
    opened = Ledger.at(tmp_path)
    plan = make_plan(1, NOW, [LINE])
    keep_plan(opened, plan, NOW)
    place: dict[str, Any] = {"object": KEY[0], "record_id": KEY[1], "property": "(contacts)"}
    opened.intend([{**place, "run_id": 1, "plan_id": plan.plan_id, "old": "9;", "new": "7;77;"}], NOW)
    opened.settle(plan.plan_id, [{**place, "state": "written", "answered": "7;77;", "reason": None}], NOW, 1)
    opened.adopt({(*KEY, "[contacts]"): "7;77;", (*KEY, "[deals]"): "7;"}, NOW, 1)
    yield opened
    opened.close()


def test_lists_name_records_that_an_erasure_must_know(ledger: Ledger) -> None:
    assert ledger.record_ids("hubspot", "contacts") == {"7", "77", "9"}


def test_looking_changes_nothing_and_cleaning_leaves_the_others(ledger: Ledger) -> None:
    """The deal of the same number stays; the plan can no longer be applied."""
    found = ledger.count_record("hubspot", "contacts", ["7"])
    assert found == {"bases": 2, "journal": 1, "plan_lines": 1}
    assert ledger.clean_record("hubspot", "contacts", ["7"]) == found
    assert ledger.record_ids("hubspot", "contacts") == {"77", "9"}
    bases = ledger.bases_of(KEY[0])
    assert bases[*KEY, "[contacts]"].value == "77;"
    assert bases[*KEY, "[deals]"].value == "7;"
    [entry] = ledger.journal_of(run_id=1)
    assert (entry.old, entry.new, entry.answered) == ("9;", "77;", "77;")
    plan = ledger.plan()
    assert plan is not None
    assert plan[2] == ERASED_PLAN
    assert ledger.count_record("hubspot", "contacts", ["7"]) == {}
