"""No unit is spent unasked: the price is known first, held against balance and cap, and nothing fresh is bought again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Cursor, Page, ReadContext
from connectors.errors import ConfigurationError, QuotaExhausted
from connectors.semrush.position import Position, from_cursor, lines_due, moved, to_cursor
from connectors.semrush.source import SemrushSource
from connectors.transport import no_waiting
from tests.connectors.semrush.scripted import HEADER, Scripted, scripted

NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
SINCE = date(2024, 10, 1)


def answer(*months: str) -> tuple[int, str]:
    return 200, "\n".join([HEADER, *(f"{month}15;1;2;3;4;5;6;7" for month in months)])


@pytest.fixture
def vendor() -> Iterator[Scripted]:
    with scripted(reports=[answer("202609", "202608", "202607")]) as running, no_waiting():
        yield running


def read(source: SemrushSource, cursor: Cursor = None, now: datetime = NOW, **context: Any) -> list[Page]:
    return list(source.read(source.streams()[0], cursor, ReadContext(now=now, since=context.pop("since", SINCE), **context)))


def asked_lines(vendor: Scripted) -> list[int]:
    lines = [int(query["display_limit"]) for query in vendor.asked]
    vendor.asked.clear()
    return lines


# --- Refusals ------------------------------------------------------------------------------------------


def test_a_balance_that_does_not_reach_is_refused_before_anything_is_billed(vendor: Scripted) -> None:
    vendor.balances = [(200, "29")]
    with pytest.raises(QuotaExhausted) as refused:
        read(vendor.source())
    assert "at most 30 API units (1 call, 3 lines at 10), more than the balance of 29" in str(refused.value)
    assert vendor.asked == []


def test_a_balance_that_just_reaches_is_enough(vendor: Scripted) -> None:
    vendor.balances = [(200, "30")]
    assert len(read(vendor.source())[0].records) == 3


def test_the_cap_is_refused_with_price_and_the_setting_to_change(vendor: Scripted) -> None:
    source = vendor.source(database=["fr", "us"], max_units_per_run=59)
    with pytest.raises(QuotaExhausted) as refused:
        read(source)
    assert "at most 60 API units (2 calls, 6 lines at 10)" in str(refused.value)
    assert "more than the 59 that sources.semrush.max_units_per_run allows" in str(refused.value)
    assert vendor.asked == []
    with pytest.raises(ConfigurationError, match=r"max_units_per_run.*The balance is 50,000"):
        source.check()


def test_a_price_of_ones_own_contract_is_used(vendor: Scripted) -> None:
    vendor.balances = [(200, "149")]
    with pytest.raises(QuotaExhausted, match="at most 150 API units"):
        read(vendor.source(unit_prices={"domain_rank_history": 50}))


def test_check_says_balance_and_price_and_spends_nothing(vendor: Scripted) -> None:
    vendor.balances = [(200, "1,000")]
    reach = vendor.source(database=["fr", "us"]).check()
    assert reach.account_name == "acme.example (fr), acme.example (us)"
    assert reach.currency == "USD"
    assert reach.notes == (
        "API units left: 1,000",
        "a first sync, and one every 28 days, costs at most 60 API units (2 calls, 6 lines at 10)",
        "in between, at most 40 units every 7 days",
        "its cost figures are estimates and do not count as spend",
    )
    assert vendor.asked == []


def test_check_warns_of_a_short_balance_and_of_an_opt_in(vendor: Scripted) -> None:
    vendor.balances = [(200, "5")]
    notes = vendor.source(count_estimate_as_spend=True).check().notes
    assert "its cost figures are estimates and count as spend, labelled estimates" in notes
    assert notes[-1].startswith("the next sync may be refused: reading costs at most 30 API units")


def test_an_answer_cut_short_by_an_empty_account_is_not_taken_for_whole(vendor: Scripted) -> None:
    vendor.balances, vendor.reports = [(200, "30"), (200, "0")], [answer("202609")]
    with pytest.raises(QuotaExhausted, match=r"answered 1 of up to 3 lines and no API units are left"):
        read(vendor.source())


def test_a_young_domain_with_few_months_is_no_cut(vendor: Scripted) -> None:
    vendor.balances, vendor.reports = [(200, "30"), (200, "20")], [answer("202609")]
    assert len(read(vendor.source())[0].records) == 1


# --- What is due ---------------------------------------------------------------------------------------


def test_the_first_read_is_the_history_and_the_next_run_buys_nothing(vendor: Scripted) -> None:
    source = vendor.source()
    [page] = read(source)
    assert asked_lines(vendor) == [3]
    assert read(source, page.cursor) == []
    assert read(source, page.cursor, NOW + timedelta(days=6)) == []
    assert asked_lines(vendor) == []


def test_after_a_week_the_newest_two_months_are_bought_and_after_four_weeks_everything(vendor: Scripted) -> None:
    source, cursor, bought = vendor.source(), None, []
    for day in range(29):
        for page in read(source, cursor, NOW + timedelta(days=day)):
            cursor = page.cursor
            bought.append((day, asked_lines(vendor)))
    assert bought == [(0, [3]), (7, [2]), (14, [2]), (21, [2]), (28, [3])]


def test_a_full_sync_buys_everything_again(vendor: Scripted) -> None:
    source = vendor.source()
    [page] = read(source)
    read(source, page.cursor, full=True)
    assert asked_lines(vendor) == [3, 3]


def test_a_domain_that_is_added_gets_its_history_and_the_others_are_not_bought_again(vendor: Scripted) -> None:
    [page] = read(vendor.source())
    vendor.asked.clear()
    [added] = read(vendor.source(domain=["acme.example", "acme.fr"]), page.cursor)
    assert [query["domain"] for query in vendor.asked] == ["acme.fr"]
    assert added.cursor is not None
    assert from_cursor(added.cursor, counts_as_spend=False).keys() == {"acme.example/fr", "acme.fr/fr"}


def test_a_changed_opt_in_reads_everything_again_so_that_no_row_keeps_the_old_choice(vendor: Scripted) -> None:
    [page] = read(vendor.source())
    assert len(read(vendor.source(count_estimate_as_spend=True), page.cursor)) == 1


def test_the_history_start_shortens_what_is_bought(vendor: Scripted) -> None:
    read(vendor.source(history_months=25), since=date(2026, 8, 20))
    assert asked_lines(vendor) == [3]
    read(vendor.source(history_months=25), since=date(2030, 1, 1))
    assert asked_lines(vendor) == [1]


def test_reading_twice_from_the_start_is_equal_and_stopping_after_a_page_loses_nothing(vendor: Scripted) -> None:
    source = vendor.source(domain=["a.example", "b.example"])
    whole = [record for page in read(source) for record in page.records]
    assert whole == [record for page in read(source) for record in page.records]
    first = read(source)[0]
    rest = read(source, first.cursor)
    assert [*first.records, *(record for page in rest for record in page.records)] == whole


days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(start=days, gaps=st.lists(st.integers(0, 40), max_size=30), months=st.integers(1, 40), refresh=st.integers(1, 28))
def test_no_stored_month_ever_grows_older_than_the_vendor_allows_while_runs_go_on(
    start: date, gaps: list[int], months: int, refresh: int
) -> None:
    """Whatever the rhythm of runs, a run leaves every month that is asked for at most 28 days old, and never asks for more than all."""
    position: Position | None = None
    today = start
    for gap in [0, *gaps]:
        today += timedelta(days=gap)
        lines = lines_due(position, today, months=months, refresh_days=refresh)
        assert 0 <= lines <= months
        if lines:
            position = moved(position, today, lines=lines, months=months)
        assert position is not None
        assert (today - position.whole_on).days < 28
        assert (today - position.read_on).days < refresh


@given(read_on=days, whole_on=days, counts=st.booleans())
def test_a_cursor_says_again_what_it_was_made_of(read_on: date, whole_on: date, counts: bool) -> None:
    positions = {"acme.example/fr": Position(read_on, whole_on)}
    cursor = to_cursor(positions, counts_as_spend=counts)
    assert from_cursor(cursor, counts_as_spend=counts) == positions
    assert from_cursor(cursor, counts_as_spend=not counts) == {}
    assert from_cursor(None, counts_as_spend=counts) == {}
