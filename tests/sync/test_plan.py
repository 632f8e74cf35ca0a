"""The three-way comparison, calm writes and guards."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Guards, Policy
from connectors.base import PropertyDef, PropertyState
from connectors.errors import UnsafePlan
from sync.ledger import Base
from sync.plan import (
    Change,
    Kind,
    Ours,
    Theirs,
    check_guards,
    compare,
    current_value,
    definition_changes,
    load_plan,
    make_plan,
    same,
)

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)


def ours(value: str | None, kind: Kind = "money") -> Ours:
    return Ours(value, kind, "cac", "because")


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
    lines = [replace(LINE, record_id=i) for i in ("100", "9", "20")]
    one = make_plan(3, NOW, lines)
    two = make_plan(3, NOW, reversed(lines))
    assert one == two
    assert [c.record_id for c in one.changes] == ["9", "20", "100"]


def test_a_plan_survives_the_ledger_and_a_tampered_one_does_not() -> None:
    """apply acts on exactly what was shown."""
    definition = PropertyDef("deals", "cadran_channel", "Channel", "…", "enumeration", options=(("a", "A"),))
    plan = make_plan(3, NOW, [LINE], [definition], 4, {("deals", "1", "cadran_channel"): "x"})
    assert load_plan(plan.dump()) == plan
    with pytest.raises(ValueError, match="not what was shown"):
        load_plan(plan.dump().replace("paid_search", "email"))


def test_calls_count_a_read_and_a_write_per_hundred_records_and_one_per_definition() -> None:
    """150 deals and 1 contact: 2 x 2 + 2 x 1, and one definition."""
    lines = [replace(LINE, record_id=str(i)) for i in range(150)] + [replace(LINE, object="contacts")]
    assert make_plan(1, NOW, [*lines, replace(LINE, record_id=None)]).calls == 7


def test_only_our_own_properties_are_touched() -> None:
    """A name that exists in another group or with another type is left alone and said."""
    wanted = [PropertyDef("deals", f"cadran_{n}", n, "d", "number") for n in ("new", "theirs", "text", "old", "same", "gone")]
    states = [
        PropertyState("deals", "cadran_theirs", "theirs", "d", "number", "dealinformation"),
        PropertyState("deals", "cadran_text", "text", "d", "string", "cadran"),
        PropertyState("deals", "cadran_old", "other label", "d", "number", "cadran"),
        PropertyState("deals", "cadran_same", "same", "d", "number", "cadran"),
        PropertyState("deals", "cadran_gone", "gone", "d", "number", "cadran", is_archived=True),
    ]
    changes = definition_changes(wanted, states, "cadran")
    assert [(c.property, c.outcome) for c in changes] == [
        ("cadran_new", "create"),
        ("cadran_theirs", "foreign"),
        ("cadran_text", "foreign"),
        ("cadran_old", "update"),
        ("cadran_gone", "create"),
    ]
    assert "dealinformation" in changes[1].reason
    assert "string, not number" in changes[2].reason


def test_clearing_many_values_is_refused_with_the_way_out() -> None:
    """The sentence names the number, the threshold and the override."""
    plan = make_plan(1, NOW, [replace(LINE, record_id=str(i), old="1", new=None, outcome="clear") for i in range(30)])
    with pytest.raises(UnsafePlan, match=r"30 of 100.*20%.*--allow-clears"):
        check_guards(plan, Guards(), 100, {}, {})
    check_guards(plan, Guards(max_clear_share=0.5), 100, {}, {})


def test_numbers_that_jump_and_tables_that_shrink_are_refused() -> None:
    """More than ten times up or down on a fifth of the values; half the rows gone."""
    jumps = make_plan(1, NOW, [replace(LINE, record_id=str(i), old="1", new="11.5", outcome="update") for i in range(30)])
    with pytest.raises(UnsafePlan, match="--allow-jumps"):
        check_guards(jumps, Guards(), 100, {}, {})
    empty = make_plan(1, NOW, [])
    with pytest.raises(UnsafePlan, match="deal shrank from 1000 to 400"):
        check_guards(empty, Guards(), 100, {"deal": 1000}, {"deal": 400})
    check_guards(empty, Guards(), 100, {"deal": 1000}, {"deal": 600})
