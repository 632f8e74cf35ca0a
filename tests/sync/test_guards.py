"""What makes a scheduled run refuse to write, and the named way out of each refusal."""

from datetime import UTC, datetime

import pytest

from config.settings import Guards
from connectors.errors import UnsafePlan
from sync.guards import Input, check_guards
from sync.plan import Change, make_plan

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
LINE = Change("deals", "12", "cadran_channel", None, "paid_search", "channel", "create", "first touch")
NOTHING = Input()
EMPTY = make_plan(1, NOW, [])


def test_clearing_many_values_is_refused_with_the_way_out() -> None:
    """The sentence names the number, the threshold and the override."""
    plan = make_plan(1, NOW, [LINE._replace(record_id=str(i), old="1", new=None, outcome="clear") for i in range(30)])
    with pytest.raises(UnsafePlan, match=r"30 of 100.*20%.*--allow-clears"):
        check_guards(plan, Guards(), 100, NOTHING, NOTHING)
    check_guards(plan, Guards(max_clear_share=0.5), 100, NOTHING, NOTHING)


def test_taking_properties_away_is_no_clearing_of_values() -> None:
    """A version that has fewer properties archives definitions; their values are kept by the CRM."""
    gone = [LINE._replace(record_id=None, property=f"cadran_{i}", outcome="clear") for i in range(30)]
    check_guards(make_plan(1, NOW, gone), Guards(), 100, NOTHING, NOTHING)


def test_numbers_that_jump_are_refused() -> None:
    """More than ten times up or down on a fifth of the values."""
    jumps = make_plan(1, NOW, [LINE._replace(record_id=str(i), old="1", new="11.5", outcome="update") for i in range(30)])
    with pytest.raises(UnsafePlan, match="--allow-jumps"):
        check_guards(jumps, Guards(), 100, NOTHING, NOTHING)


def test_tables_that_shrink_are_refused() -> None:
    """More than half the rows gone; of a handful a share says nothing."""
    with pytest.raises(UnsafePlan, match=r"deal shrank from 1000 to 400.*--allow-shrink"):
        check_guards(EMPTY, Guards(), 100, Input({"deal": 1000}), Input({"deal": 400}))
    check_guards(EMPTY, Guards(), 100, Input({"deal": 1000, "owner": 9}), Input({"deal": 600}))


def test_a_currency_without_a_rate_that_was_not_there_before_is_refused() -> None:
    """Its amounts would be missing from every sum, in silence; one that was there already is known."""
    before, now = Input({"deal": 50}, {"XXX": 1}), Input({"deal": 50}, {"XXX": 2, "ZWG": 7})
    with pytest.raises(UnsafePlan, match=r"no exchange rate is known for ZWG.*7 rows.*--allow-currency"):
        check_guards(EMPTY, Guards(), 100, before, now)
    check_guards(EMPTY, Guards(), 100, now, now)
    check_guards(EMPTY, Guards(), 100, NOTHING, now)
