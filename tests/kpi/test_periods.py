"""Half-open calendar periods."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.periods import Period, period_end, starts_between

days = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("day", date(2026, 2, 28), date(2026, 3, 1)),
        ("week", date(2026, 12, 28), date(2027, 1, 4)),
        ("month", date(2026, 12, 1), date(2027, 1, 1)),
        ("quarter", date(2026, 11, 1), date(2027, 2, 1)),
        ("year", date(2026, 4, 1), date(2027, 4, 1)),
    ],
)
def test_a_period_ends_where_the_next_begins(period: Period, start: date, end: date) -> None:
    assert period_end(period, start) == end


def test_all_has_no_end_in_the_calendar() -> None:
    with pytest.raises(ValueError, match="no calendar end"):
        period_end("all", date(2026, 1, 1))


@given(days, st.sampled_from(["day", "week"]), st.integers(0, 60))
def test_starts_follow_each_other_without_a_gap(first: date, period: Period, count: int) -> None:
    length = 7 if period == "week" else 1
    starts = list(starts_between(period, first, first + timedelta(days=count * length)))
    assert len(starts) == count + 1
    assert all(period_end(period, a) == b for a, b in pairwise(starts))


def test_months_of_a_year_are_twelve() -> None:
    assert len(list(starts_between("month", date(2026, 1, 1), date(2026, 12, 1)))) == 12
