"""The three-way comparison, calm writes, and the plan as a value."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Policy
from connectors.base import PropertyDef
from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_DAY, ONE_PERCENT, WriteStep
from sync.compare import Kind, Ours, Theirs, compare, current_value, same
from sync.ledger import Base, Ledger
from sync.plan import Change, make_plan
from sync.plan_store import keep_plan, load_plan
from sync.spill import Spill

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.at(tmp_path)
    yield opened
    opened.close()


STEPS: dict[Kind, WriteStep] = {"money": ONE_PERCENT, "ratio": HALF_A_POINT, "days": ONE_DAY}


def ours(value: str | None, kind: Kind = "money") -> Ours:
    return Ours(value, kind, "cac", "because", STEPS.get(kind, ANY_CHANGE))


def verdict(
    value: str | None,
    theirs: str | None,
    base: str | None = "-",
    *,
    kind: Kind = "money",
    policy: Policy = "keep_human",
    held: bool = False,
    by_us: bool = False,
) -> str:
    stored = None if base == "-" else Base(base, NOW)
    return compare(ours(value, kind), theirs, stored, policy=policy, is_held=held, written_by_us=lambda: by_us).outcome


@pytest.mark.parametrize(
    ("value", "theirs", "base", "expected"),
    [
        ("100.00", None, "-", "create"),
        ("100.00", "100", "-", "adopt"),
        ("100.00", "100.4", "-", "adopt"),
        ("100.00", "250", "-", "foreign"),
        ("100.00", "100", "100", "unchanged"),
        ("100.50", "100", "100", "unchanged"),
        ("102.00", "100", "100", "update"),
        (None, "100", "100", "clear"),
        (None, None, "-", "unchanged"),
        ("100.00", "90", "100", "unchanged_or_edited"),
        ("105.00", "90", "100", "edited_by_human"),
        ("105.00", None, "100", "edited_by_human"),
        ("105.00", None, None, "create"),
    ],
)
def test_three_values_decide_what_happens(value: str | None, theirs: str | None, base: str | None, expected: str) -> None:
    """The table in the module's docstring, line by line."""
    outcome = verdict(value, theirs, base)
    assert outcome == ("edited_by_human" if expected == "unchanged_or_edited" else expected)


def test_a_value_that_history_says_we_wrote_is_ours() -> None:
    """No base, another value: the property's history decides between ours and foreign."""
    assert verdict("100", "250", by_us=True) == "update"


def test_policies_decide_over_what_people_changed() -> None:
    """overwrite writes, fill_empty writes only where nothing stands, keep_human reports."""
    assert verdict("105", "90", "100", policy="overwrite") == "update"
    assert verdict("105", "90", "100", policy="fill_empty") == "edited_by_human"
    assert verdict("105", None, "100", policy="fill_empty") == "create"
    assert verdict(None, "90", "100", policy="overwrite") == "clear"
    assert verdict("105", "90", policy="overwrite") == "update", "nobody knows whose it is"
    assert verdict("105", "90", policy="fill_empty") == "foreign", "it is not empty"
    assert verdict("105", "90", "100", policy="overwrite", held=True) == "held"


def test_a_held_property_is_left_alone() -> None:
    """After an undo nothing is written until resume."""
    assert verdict("105", "100", "100", held=True) == "held"


@pytest.mark.parametrize(
    ("kind", "near", "far"), [("days", "45.9", "46.1"), ("ratio", "45.004", "45.006"), ("count", "45", "46")]
)
def test_a_value_is_rewritten_only_past_its_step(kind: Kind, near: str, far: str) -> None:
    """1 day, 0.005 of a rate, any whole count."""
    assert verdict(near, "45", "45", kind=kind) == "unchanged"
    assert verdict(far, "45", "45", kind=kind) == "update"


def test_spelling_is_not_a_difference() -> None:
    """A CRM answers numbers and dates in its own spelling."""
    assert same("money", "1500", "1500.00")
    assert same("date", "2026-09-01", "2026-09-01T00:00:00.000Z")
    assert same("text", "", None)
    assert not same("money", "0", None)


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=2))
def test_comparing_a_value_with_itself_is_never_a_change(number: object) -> None:
    """diff(x, x) is empty."""
    text = str(number)
    assert verdict(text, text, text) == "unchanged"
    assert verdict(text, text) == "adopt"


def test_a_read_older_than_our_write_does_not_count() -> None:
    """Search lags behind writes: what we were answered last is the fresher of the two."""
    stale = Theirs(None, datetime(2026, 9, 15, 7, tzinfo=UTC))
    fresh = Theirs("7", datetime(2026, 9, 15, 9, tzinfo=UTC))
    assert current_value(stale, Base("5", NOW)) == "5"
    assert current_value(fresh, Base("5", NOW)) == "7"
    assert current_value(None, Base("5", NOW)) == "5"
    assert current_value(None, None) is None


LINE = Change("deals", "12", "cadran_channel", None, "paid_search", "channel", "create", "first touch")


def test_a_plan_is_sorted_and_named_by_its_lines() -> None:
    """Two runs that want the same print the same; numeric ids sort as numbers."""
    lines = [LINE._replace(record_id=i) for i in ("100", "9", "20")]
    one = make_plan(3, NOW, lines)
    two = make_plan(3, NOW, reversed(lines))
    assert one == two
    assert [c.record_id for c in one.changes] == ["9", "20", "100"]


def test_a_plan_survives_the_ledger_and_a_tampered_one_does_not(ledger: Ledger) -> None:
    """apply acts on exactly what was shown."""
    definition = PropertyDef("deals", "cadran_channel", "Channel", "…", "enumeration", options=(("a", "A"),))
    lines = [LINE, LINE._replace(record_id=None)]
    plan = make_plan(3, NOW, lines, [definition], 4, {("deals", "1", "cadran_channel"): "x"}, batch_size=lambda _: 10)
    keep_plan(ledger, plan, NOW)
    found = load_plan(ledger)
    assert found is not None
    assert replace(found, changes=tuple(found.changes)) == plan
    assert (len(found.changes), LINE in found.changes) == (2, True)
    with ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE plan_lines SET new = 'email' WHERE number = 1")
    with pytest.raises(ValueError, match="not what was shown"):
        load_plan(ledger)


def test_a_plan_that_an_older_version_kept_is_read(ledger: Ledger) -> None:
    """Version 0.1 kept the lines in the body."""
    plan = make_plan(3, NOW, [LINE])
    body = {
        "plan_id": plan.plan_id,
        "run_id": 3,
        "as_of": NOW.isoformat(),
        "changes": [list(LINE.line())],
        "definitions": [],
        "unchanged": 0,
        "adopted": [],
    }
    ledger.save_plan(plan.plan_id, 3, NOW, json.dumps(body))
    assert load_plan(ledger, plan.plan_id) == plan
    assert load_plan(ledger, "p9-unknown") is None


def test_plans_too_old_to_be_applied_are_forgotten(ledger: Ledger) -> None:
    """With their lines; the newer ones stay."""
    for run, at in ((1, NOW - timedelta(days=9)), (2, NOW)):
        keep_plan(ledger, make_plan(run, at, [LINE]), at)
    ledger.forget_plans(NOW - timedelta(days=7))
    with ledger.transaction() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM plan_lines").scalar() == 1
    kept = load_plan(ledger)
    assert kept is not None
    assert kept.run_id == 2


def test_calls_are_counted_by_what_they_are_for() -> None:
    """150 deals and 1 contact: 2 + 1 batches, each read and written; a property on deals: its group, itself, a look."""
    lines = [LINE._replace(record_id=str(i)) for i in range(150)] + [LINE._replace(object="contacts")]
    plan = make_plan(1, NOW, [*lines, LINE._replace(record_id=None)])
    assert plan.calls_by_kind == {"definitions": 3, "pre_read": 3, "update": 3, "associations": 0, "echo": 0, "audit": 0}
    assert plan.calls == 9
    assert make_plan(1, NOW, lines, batch_size=lambda o: 50 if o == "deals" else 100).calls_by_kind["update"] == 4
    assert make_plan(1, NOW, []).calls == 0


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_plans_json_is_one_document_written_line_by_line(count: int) -> None:
    """Letter for letter what writing the whole document at once would give."""
    plan = make_plan(1, NOW, [LINE._replace(record_id=str(n), reason='a "quoted"\nréponse') for n in range(count)])
    names = ("object", "record_id", "property", "old", "new", "kpi", "outcome", "reason")
    document = {
        "plan_id": plan.plan_id,
        "changes": [{name: getattr(change, name) for name in names} for change in plan.changes],
        "calls": plan.calls,
        "calls_by_kind": plan.calls_by_kind,
        "lookups": 0,
        "seconds": 1.5,
    }
    assert "".join(plan.json_text(seconds=1.5)) == orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def test_a_plan_whose_lines_lie_on_disk_is_the_same_plan(tmp_path: Path) -> None:
    lines = [LINE._replace(record_id=str(n * 7_919 % 2_003)) for n in range(2_003)]
    held, laid_down = make_plan(1, NOW, lines), make_plan(1, NOW, lines, staging=tmp_path)
    assert isinstance(laid_down.changes, Spill)
    assert replace(laid_down, changes=tuple(laid_down.changes)) == held
