"""Reading simulated ad accounts: cost to the micro, two currencies, a manager, windows and cursors, click ids."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.ads.days import months_before
from connectors.base import Page
from connectors.google_ads.source import GoogleAdsSource
from connectors.sandbox.faults import Fault
from connectors.sandbox.world import GoogleAdsWorld
from kpi.schema import TABLES, checker
from tests.connectors.google_ads.conftest import CLICKS, MANAGER, NEW_YORK, NOW, PARIS, Ads, read, records, rows


def spend(source: GoogleAdsSource) -> dict[tuple[str, str, date], dict[str, Any]]:
    found = rows(source, "campaigns_daily", records(read(source, "campaigns_daily")), "ad_spend_daily")
    return {(row["account_id"], row["campaign_id"], row["spend_on"]): row for row in found}


def test_cost_is_exact_to_the_micro_and_in_the_accounts_currency(google: Ads) -> None:
    got = spend(google.source())
    row = got[PARIS, "111", date(2026, 3, 1)]
    assert (row["spend"], row["spend_home"], row["currency"], row["fx_source"]) == (
        Decimal("12.340001"),
        Decimal("12.340001"),
        "EUR",
        None,
    )
    assert (row["impressions"], row["clicks"], row["conversions"], row["conversions_value"]) == (
        100,
        10,
        Decimal("1.5"),
        Decimal(300),
    )
    assert (row["account_zone"], row["cost_class"], row["platform"]) == ("Europe/Paris", "platform_reported", "google_ads")


def test_another_currency_is_converted_beside_its_own(google: Ads) -> None:
    row = spend(google.source())[NEW_YORK, "111", date(2026, 9, 30)]
    assert (row["spend"], row["currency"]) == (Decimal(6), "USD")
    assert (row["spend_home"], row["fx_rate"], row["fx_on"], row["fx_source"]) == (
        Decimal(3),
        Decimal("0.5"),
        date(2026, 9, 30),
        "ecb",
    )


def test_spend_without_a_rate_is_kept_without_a_home_amount(google: Ads) -> None:
    google.sandbox.world.google_ads[PARIS].currency = "XAF"
    row = spend(google.source())[PARIS, "111", date(2026, 9, 30)]
    assert (row["spend"], row["spend_home"], row["fx_rate"], row["fx_on"], row["fx_source"]) == (
        Decimal(1),
        None,
        None,
        None,
        None,
    )


def test_each_account_ends_with_its_own_today(google: Ads) -> None:
    pages = read(google.source(), "campaigns_daily")
    assert pages[-1].cursor == f"{PARIS}=2026-10-01 {NEW_YORK}=2026-09-30"
    assert {record["segments"]["date"] for record in records(pages)} == {"2026-03-01", "2026-09-29", "2026-09-30", "2026-10-01"}


def test_a_campaigns_type_tells_its_channel_unless_the_settings_do(google: Ads) -> None:
    source = google.source()
    found = records(read(source, "campaigns_daily"))
    channels = {
        (row["account_id"], row["campaign_id"]): row["channel"] for row in rows(source, "campaigns_daily", found, "campaign")
    }
    assert channels == {(PARIS, "111"): "paid_search", (PARIS, "222"): "cross_network", (NEW_YORK, "111"): "paid_search"}
    assert {row["channel"] for row in spend(google.source(channel="display")).values()} == {"display"}


def test_zeros_that_google_leaves_out_are_zeros_of_an_answered_row(google: Ads) -> None:
    whole = spend(google.source())
    google.quirk(google_ads_zeros_absent=True)
    assert spend(google.source()) == whole
    assert whole[PARIS, "222", date(2026, 10, 1)]["conversions"] == 0


TABLES_OF = {"campaigns_daily": ("campaign", "ad_spend_daily"), "ad_groups_daily": ("ad_group_daily",), "clicks": ("ad_click",)}


def test_rows_obey_the_schema(google: Ads) -> None:
    source = google.source(click_history_days=3)
    for stream, tables in TABLES_OF.items():
        found = records(read(source, stream))
        assert found
        for table in tables:
            for row in rows(source, stream, found, table):
                checker(TABLES[table])(row | {"source": "google_ads", "extracted_at": NOW})


@pytest.mark.parametrize("stream", TABLES_OF)
def test_reading_twice_is_equal(google: Ads, stream: str) -> None:
    few = {"click_history_days": 3}
    assert read(google.source(**few), stream) == read(google.source(**few), stream)


def covered(pages: list[Page], account_id: str) -> set[date]:
    return {
        days.since + timedelta(days=n)
        for page in pages
        for days in page.days
        if days.account_id == account_id
        for n in range((days.until - days.since).days)
    }


def test_an_increment_reads_thirty_days_again_and_replaces_them(google: Ads) -> None:
    source = google.source()
    first = read(source, "campaigns_daily")
    google.sandbox.world.google_ads[PARIS].rows[1]["conversions"] = 4
    del google.sandbox.world.google_ads[PARIS].rows[2]
    second = read(source, "campaigns_daily", first[-1].cursor)
    assert min(covered(second, PARIS)) == date(2026, 9, 1)
    got = {(r["campaign"]["id"], r["segments"]["date"]): r for r in records(second) if r["customer"]["id"] == PARIS}
    assert got["111", "2026-09-30"]["metrics"]["conversions"] == 4
    assert ("222", "2026-09-30") not in got
    assert covered(first, PARIS) >= covered(second, PARIS)


def test_no_query_is_longer_than_three_months(google: Ads) -> None:
    pages = read(google.source(), "campaigns_daily")
    assert max(days.until - days.since for page in pages for days in page.days) == timedelta(days=93)
    assert covered(pages, PARIS) == {date(2026, 1, 1) + timedelta(days=n) for n in range(274)}


def test_stopping_after_any_page_and_resuming_loses_nothing(google: Ads) -> None:
    source = google.source(lookback_days=0)
    whole = read(source, "campaigns_daily")
    for stop in range(1, len(whole)):
        rest = read(source, "campaigns_daily", whole[stop - 1].cursor)
        got = {repr(record) for record in [*records(whole[:stop]), *records(rest)]}
        assert got == {repr(record) for record in records(whole)}
        assert rest[-1].cursor == whole[-1].cursor


def test_an_account_added_later_starts_at_its_beginning(google: Ads) -> None:
    cursor = read(google.source(customer_ids=[NEW_YORK]), "campaigns_daily")[-1].cursor
    later = read(google.source(), "campaigns_daily", cursor)
    assert date(2026, 1, 1) in covered(later, PARIS)
    assert date(2026, 1, 1) not in covered(later, NEW_YORK)


def test_days_older_than_google_keeps_are_not_asked_for(google: Ads) -> None:
    source = google.source(customer_ids=[PARIS])
    pages = read(source, "campaigns_daily", since=date(2019, 1, 1))
    assert min(covered(pages, PARIS)) == date(2023, 9, 1) == months_before(date(2026, 10, 1), 37)


def test_the_oldest_day_of_a_long_month_is_the_last_of_a_short_one() -> None:
    assert months_before(date(2026, 3, 31), 37) == date(2023, 2, 28)
    assert months_before(date(2026, 1, 15), 37) == date(2022, 12, 15)


# --- click ids -------------------------------------------------------------------------------------------


def test_click_ids_are_read_day_by_day_and_stored_as_hashes(google: Ads) -> None:
    source = google.source(customer_ids=[PARIS], click_history_days=31)
    before = google.queries()
    pages = read(source, "clicks")
    assert google.queries() - before == 1 + 31, "the account, then one query a day"
    assert len(records(pages)) == 2
    got = rows(source, "clicks", records(pages), "ad_click")
    assert [(r["click_hash"], r["campaign_id"], r["clicked_on"]) for r in got] == [
        ("hash-of-6", "111", date(2026, 9, 1)),
        ("hash-of-10", "222", date(2026, 9, 30)),
    ]
    assert not [click for click in CLICKS if str(click["gclid"]) in repr(got)]


def test_later_runs_ask_for_the_new_days_only_and_never_behind_ninety(google: Ads) -> None:
    source = google.source(customer_ids=[PARIS])
    assert covered(read(source, "clicks", f"{PARIS}=2026-09-30"), PARIS) == {
        date(2026, 9, 29),
        date(2026, 9, 30),
        date(2026, 10, 1),
    }
    assert min(covered(read(source, "clicks", f"{PARIS}=2026-02-01"), PARIS)) == date(2026, 7, 4)


def test_a_first_read_fetches_all_click_ids_that_google_still_gives(google: Ads) -> None:
    assert min(covered(read(google.source(customer_ids=[PARIS]), "clicks"), PARIS)) == date(2026, 7, 4), "ninety days"


def test_click_ids_and_ad_groups_can_be_left_alone(google: Ads) -> None:
    source = google.source(click_history_days=0, ad_groups=False)
    assert [stream.name for stream in source.streams()] == ["campaigns_daily"]


# --- managers and checking ---------------------------------------------------------------------------------


class TestBelowAManager:
    @pytest.fixture
    def has_manager(self) -> bool:
        return True

    def test_a_manager_stands_for_the_accounts_below_it(self, google: Ads) -> None:
        source = google.source(customer_ids=[MANAGER])
        assert [customer["id"] for customer in source.describe()["customers"]] == [PARIS, NEW_YORK]
        assert {key[0] for key in spend(source)} == {PARIS, NEW_YORK}

    def test_an_account_below_managers_below_the_manager_is_reached_through_the_top_one(self, google: Ads) -> None:
        accounts = google.sandbox.world.google_ads
        accounts["8888888888"] = GoogleAdsWorld("EUR", "Europe/Paris", "Country", is_manager=True, above=MANAGER)
        accounts["7777777777"] = GoogleAdsWorld("EUR", "Europe/Paris", "Region", is_manager=True, above="8888888888")
        accounts[PARIS].above = "7777777777"
        assert {key[0] for key in spend(google.source(customer_ids=[MANAGER]))} == {PARIS, NEW_YORK}
        assert {key[0] for key in spend(google.source(customer_ids=["8888888888"], login_customer_id=MANAGER))} == {PARIS}

    def test_an_account_named_twice_is_read_once(self, google: Ads) -> None:
        source = google.source(customer_ids=[MANAGER, PARIS], login_customer_id="999-999-9999")
        assert len(records(read(source, "campaigns_daily"))) == len(spend(google.source(customer_ids=[MANAGER])))

    def test_check_reaches_a_client_only_through_its_manager(self, google: Ads) -> None:
        assert google.source(customer_ids=[PARIS], login_customer_id=MANAGER).check().account_name == "Shop FR"


def test_check_names_every_account_with_its_currency_and_zone(google: Ads) -> None:
    reach = google.source().check()
    assert (reach.account_id, reach.currency, reach.zone) == (f"{PARIS}, {NEW_YORK}", None, None)
    assert reach.notes == (f"{PARIS} Shop FR: EUR, Europe/Paris", f"{NEW_YORK} Shop US: USD, America/New_York")
    one = google.source(customer_ids=[PARIS]).check()
    assert (one.currency, one.zone) == ("EUR", "Europe/Paris")


# --- trouble -------------------------------------------------------------------------------------------------


def test_server_errors_and_a_worn_out_token_are_outlasted(google: Ads) -> None:
    source = google.source()
    whole = records(read(source, "campaigns_daily"))
    google.sandbox.faults.add(Fault(kind="status", vendor="google_ads", route="searchStream", times=2, status=503))
    google.sandbox.faults.add(Fault(kind="cut", vendor="google_ads", route="searchStream"))
    google.sandbox.clock.advance(timedelta(hours=2))
    assert records(read(source, "campaigns_daily")) == whole
