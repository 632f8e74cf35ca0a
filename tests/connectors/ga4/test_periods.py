"""Which periods are asked for, and what a read replaces."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.ga4.periods import CALENDAR_GRAINS, Grain, first_day, joined, last_day, months, runs_of_days, spans, starts

days = st.dates(date(2019, 1, 1), date(2030, 12, 31))


@settings(deadline=None)
@given(days)
def test_a_day_lies_in_its_period_and_periods_touch(day: date) -> None:
    for grain in CALENDAR_GRAINS:
        first = first_day(grain, day)
        last = last_day(grain, first)
        assert first <= day <= last
        assert first_day(grain, last + timedelta(days=1)) == last + timedelta(days=1)


@settings(deadline=None)
@given(days, st.integers(0, 900))
def test_months_cover_every_day_once(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    parts = list(months(first, last))
    assert joined(parts) == [parts[0].__class__(first, last)]
    assert all(part.first.replace(day=1) == part.last.replace(day=1) for part in parts)


@settings(deadline=None)
@given(days, st.integers(0, 800), st.integers(0, 40))
def test_an_increment_asks_every_stored_period_that_it_replaces(since: date, length: int, lookback: int) -> None:
    today = since + timedelta(days=length)
    everything = starts(since, today, None, None)
    some = starts(since, today, today - timedelta(days=lookback), since)
    replaced = {span.first + timedelta(days=n) for span in runs_of_days(some) for n in range((span.last - span.first).days + 1)}
    for grain in CALENDAR_GRAINS:
        stored = {span.first for span in spans(grain, everything, since, today)}
        asked = {span.first for span in spans(grain, some, since, today)}
        assert stored & replaced <= asked


@settings(deadline=None)
@given(days, st.integers(0, 800), st.integers(0, 40))
def test_every_period_with_a_day_that_may_have_changed_is_asked(since: date, length: int, lookback: int) -> None:
    today = since + timedelta(days=length)
    changed = max(since, today - timedelta(days=lookback))
    some = starts(since, today, changed, None)
    for grain in CALENDAR_GRAINS:
        asked = {span.first for span in spans(grain, some, since, today)}
        assert {first_day(grain, changed), first_day(grain, today)} <= asked


def test_a_quarter_ends_with_its_third_month_and_a_week_with_its_sunday() -> None:
    wanted: dict[Grain, date] = {
        "quarter": date(2024, 3, 31),
        "week": date(2024, 1, 7),
        "year": date(2024, 12, 31),
        "day": date(2024, 1, 1),
    }
    assert {grain: last_day(grain, date(2024, 1, 1)) for grain in wanted} == wanted
