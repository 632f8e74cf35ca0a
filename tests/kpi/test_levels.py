"""Levels: what changes sum to when a period opens and when it closes."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kpi.measures.base import Count, Measure
from kpi.measures.deals import DEAL_FACTS
from kpi.periods import PERIODS, Period, period_end
from kpi.scan import Group, Part, Wanted, levels, read, scan_of
from kpi.text import Text
from kpi.units import Unit
from tests.kpi.marts import Marts

TODAY = date(2026, 11, 21)
BEGUN = Measure("begun", Text("begun", "commencées"), Unit.COUNT, DEAL_FACTS, Count(), "created_on", level="closing")
BEFORE = Measure("before", Text("before", "avant"), Unit.COUNT, DEAL_FACTS, Count(), "created_on", level="opening")


def changed(*amounts: tuple[date | None, int]) -> dict[Group, Part]:
    return {("", start): Part(Decimal(amount), 1, 0, ()) for start, amount in amounts}


def test_a_month_in_which_nothing_changed_has_a_level_all_the_same() -> None:
    changes = changed((date(2026, 8, 1), 5), (date(2026, 10, 1), -2))
    closing = levels(changes, "month", TODAY, is_closing=True)
    opening = levels(changes, "month", TODAY, is_closing=False)
    assert [int(part.value or 0) for part in closing.values()] == [5, 5, 3, 3]
    assert [int(part.value or 0) for part in opening.values()] == [0, 5, 5, 3]


def test_of_all_time_the_opening_is_nothing_and_the_closing_the_sum() -> None:
    changes = changed((None, 7))
    assert levels(changes, "all", TODAY, is_closing=True)["", None].value == 7
    assert levels(changes, "all", TODAY, is_closing=False)["", None].value == 0


@given(
    period=st.sampled_from([p for p in PERIODS if p in ("month", "quarter", "year")]),
    amounts=st.dictionaries(
        st.sampled_from([date(y, q, 1) for y in (2024, 2025, 2026) for q in (1, 4, 7, 10)]), st.integers(-9, 9)
    ),
)
def test_each_opening_is_the_closing_before_and_each_closing_the_sum_so_far(period: Period, amounts: dict[date, int]) -> None:
    if period == "year":
        amounts = {day: n for day, n in amounts.items() if day.month == 1}
    changes = changed(*amounts.items())
    closing = levels(changes, period, TODAY, is_closing=True)
    opening = levels(changes, period, TODAY, is_closing=False)
    for member, start in closing:
        assert start is not None
        assert closing[member, start].value == sum(n for day, n in amounts.items() if day <= start)
        after = (member, period_end(period, start))
        assert after not in opening or opening[after].value == closing[member, start].value


def test_levels_come_out_of_a_mart_of_changes(marts: Marts) -> None:
    for created in (date(2026, 8, 3), date(2026, 8, 9), date(2026, 10, 30)):
        marts.deal(created_on=created, owner_id="7")
    scan = scan_of(BEGUN, by="owner", model="first", since=None, until=TODAY)
    found = read(scan, [Wanted(measure, ("all", "month")) for measure in (BEGUN, BEFORE)], marts.run, "duckdb")
    months = {start: int(part.value or 0) for (_, start), part in found["month"].by_measure["begun"].items()}
    assert months == {date(2026, 8, 1): 2, date(2026, 9, 1): 2, date(2026, 10, 1): 3, date(2026, 11, 1): 3}
    assert [int(part.value or 0) for part in found["month"].by_measure["before"].values()] == [0, 2, 2, 3]
    assert found["all"].by_measure["begun"]["7", None].value == 3
