"""Periods as the settings write them, in a company's own year."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.periods import period_end
from sync.publish.targets.when import When, before, name_of, running_start, when


@pytest.mark.parametrize(
    ("text", "first_month", "found"),
    [
        ("2026-10", 1, When("month", date(2026, 10, 1))),
        ("2026-Q4", 1, When("quarter", date(2026, 10, 1))),
        ("2026q1", 1, When("quarter", date(2026, 1, 1))),
        ("2026-Q4", 4, When("quarter", date(2027, 1, 1))),
        ("2026", 1, When("year", date(2026, 1, 1))),
        ("2026", 4, When("year", date(2026, 4, 1))),
        ("year 2025", 1, When("year", date(2025, 1, 1))),
        ("each month", 1, When("month", None)),
        ("Each  quarter", 1, When("quarter", None)),
    ],
)
def test_a_period_is_read(text: str, first_month: int, found: When) -> None:
    """The company's year bears the number of the year that it begins in."""
    assert when(text, first_month) == found


@pytest.mark.parametrize("text", ["2026-13", "2026-Q5", "2026-10-01", "soon", "each week", "", "1999", "202610"])
def test_what_is_no_period_is_none(text: str) -> None:
    """Nothing is guessed."""
    assert when(text, 1) is None


@given(st.dates(date(2001, 1, 1), date(2199, 1, 1)), st.integers(1, 12), st.sampled_from(["month", "quarter", "year"]))
def test_a_day_lies_in_its_period_and_the_name_leads_back(day: date, first_month: int, period: str) -> None:
    """Whatever month the year begins with."""
    start = running_start(period, day, first_month)  # type: ignore[arg-type]
    assert start <= day < period_end(period, start)  # type: ignore[arg-type]
    assert period_end(period, before(period, start)) == start  # type: ignore[arg-type]
    assert when(name_of(period, start, first_month), first_month) == (period, start)  # type: ignore[arg-type]
