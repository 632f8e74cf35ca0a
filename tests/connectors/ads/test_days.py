"""Which days are asked for: every day once, both ends inclusive, none that the platform no longer gives."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.ads.accounts import Stands
from connectors.ads.days import Span, due, months_before, slices

DAYS = st.dates(date(2023, 1, 1), date(2027, 1, 1))


@given(DAYS, st.integers(0, 800), st.integers(1, 90))
def test_slices_cover_each_day_once_in_order(first: date, length: int, size: int) -> None:
    span = Span(first, first + timedelta(days=length))
    parts = list(slices(span, size))
    days = [one.first + timedelta(days=n) for one in parts for n in range(one.days)]
    assert days == [first + timedelta(days=n) for n in range(length + 1)]
    assert all(one.days <= size for one in parts)


@given(DAYS, st.integers(1, 400))
def test_halves_are_the_same_days(first: date, length: int) -> None:
    span = Span(first, first + timedelta(days=length))
    halves = span.halves()
    assert halves is not None
    assert (halves[0].first, halves[0].until, halves[1].last) == (first, halves[1].first, span.last)


def test_a_single_day_has_no_halves() -> None:
    assert Span(date(2026, 1, 1), date(2026, 1, 1)).halves() is None


def test_what_is_due() -> None:
    """All of history at first, then the days that are restated; never what the platform has dropped."""
    since, today = date(2026, 1, 1), date(2026, 11, 20)
    assert due(None, since, today, lookback_days=7) == Span(since, today)
    assert due(date(2026, 11, 19), since, today, lookback_days=7) == Span(date(2026, 11, 12), today)
    assert due(date(2026, 1, 3), since, today, lookback_days=7) == Span(since, today)
    assert due(None, since, today, lookback_days=7, oldest=date(2026, 3, 1)) == Span(date(2026, 3, 1), today)
    assert due(None, date(2026, 12, 1), today, lookback_days=7) is None


def test_months_before_ends_with_the_month() -> None:
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 37) == date(2022, 12, 15)


def test_a_cursor_knows_each_account_and_never_goes_back() -> None:
    stands = Stands.of("111=2026-11-20 222=2026-11-19")
    stands.move("222", date(2026, 11, 1))
    stands.move("333", date(2026, 10, 1))
    assert str(stands) == "111=2026-11-20 222=2026-11-19 333=2026-10-01"
    assert Stands.of(None).day("111") is None
