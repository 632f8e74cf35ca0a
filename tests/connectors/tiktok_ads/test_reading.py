"""What is read from TikTok: figures, days, pages, advertisers, and how fast."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.base import Page
from connectors.errors import TransientError
from connectors.sandbox.faults import Fault
from connectors.sandbox.tiktok_ads.service import APP_ID, SECRET
from tests.connectors.tiktok_ads.conftest import NEW_YORK, NOW, PARIS, Ads, ad_day, read, records, rows
from tests.contract.harness import Home


def covered(pages: list[Page], advertiser_id: str) -> set[date]:
    spans = [days for page in pages for days in page.days if days.account_id == advertiser_id]
    return {one.since + timedelta(days=n) for one in spans for n in range((one.until - one.since).days)}


# --- figures -------------------------------------------------------------------------------------------------------


def test_a_campaigns_day_with_its_money_zone_and_label(tiktok: Ads) -> None:
    source = tiktok.source()
    by_key = {(r["account_id"], r["spend_on"]): r for r in rows(source, records(read(source)))}
    march = by_key[PARIS, date(2026, 3, 1)]
    assert (march["spend"], march["currency"], march["account_zone"]) == (Decimal("12.34"), "EUR", "Europe/Paris")
    assert (march["impressions"], march["clicks"], march["conversions"]) == (900, 20, 3)
    assert march["conversions_value"] == Decimal("100.50"), "purchases and sales leads"
    assert march["attribution"] == "conversion: day of the click or view"
    assert (march["channel"], march["campaign_name"], march["leads"]) == ("paid_social", "Leads", None)
    september = by_key[NEW_YORK, date(2026, 9, 30)]
    assert (september["currency"], september["spend_home"], september["conversions_value"]) == (
        "USD",
        Decimal(3),
        Decimal("80.50"),
    )


def test_conversions_may_be_those_of_the_days_own_events(tiktok: Ads) -> None:
    source = tiktok.source(conversions="real_time_conversion", advertiser_ids=[PARIS])
    got = rows(source, records(read(source)))
    assert {(r["conversions"], r["attribution"]) for r in got} == {(Decimal(2), "real_time_conversion: day of the event")}


@pytest.mark.parametrize("is_null", [False, True])
def test_a_dash_is_a_figure_that_there_is_none_of(tiktok: Ads, is_null: bool) -> None:
    tiktok.quirk(tiktok_ads_absent_is_null=is_null)
    for name in ("conversion", "total_purchase_value", "campaign_name"):
        del tiktok.days()[1][name]
    source = tiktok.source(advertiser_ids=[PARIS])
    got = next(r for r in rows(source, records(read(source))) if r["spend_on"] == date(2026, 9, 30))
    assert (got["conversions"], got["conversions_value"], got["campaign_name"]) == (0, 0, "1711")


def test_two_campaigns_of_one_name_stay_two(tiktok: Ads) -> None:
    tiktok.days().append(ad_day("2026-09-30", "1733", "Leads", "4"))
    source = tiktok.source(advertiser_ids=[PARIS])
    found = records(read(source))
    same_day = {r["campaign_id"]: r["spend"] for r in rows(source, found) if r["spend_on"] == date(2026, 9, 30)}
    assert same_day == {"1711": Decimal("1.00"), "1733": Decimal(4)}
    assert {r["source_id"] for r in rows(source, found, "campaign")} == {f"{PARIS}|{one}" for one in ("1711", "1722", "1733")}


def test_an_id_that_becomes_a_number_is_the_same_id(tiktok: Ads) -> None:
    source = tiktok.source()
    before = source.describe(), rows(source, records(read(source)))
    tiktok.quirk(tiktok_ads_ids_are_numbers=True, tiktok_ads_days_have_midnight=False)
    again = tiktok.source()
    assert (again.describe(), rows(again, records(read(again)))) == before


# --- days and pages ------------------------------------------------------------------------------------------------


def test_days_are_each_advertisers_own_and_asked_for_thirty_at_once(tiktok: Ads) -> None:
    source = tiktok.source()
    source.describe()
    tiktok.asked()
    pages = read(source)
    assert tiktok.asked() == {"report": 10 + 10}, "274 and 273 days"
    assert (max(covered(pages, PARIS)), max(covered(pages, NEW_YORK))) == (date(2026, 10, 1), date(2026, 9, 30))
    assert len(covered(pages, PARIS)) == 274
    assert pages[-1].cursor == f"{PARIS}=2026-10-01 {NEW_YORK}=2026-09-30"


def test_a_later_run_reads_four_weeks_again_in_one_slice_and_replaces_them(tiktok: Ads) -> None:
    source = tiktok.source(advertiser_ids=[PARIS])
    cursor = read(source)[-1].cursor
    tiktok.asked()
    tiktok.days()[1]["conversion"] = 5
    again = read(source, cursor)
    assert tiktok.asked() == {"report": 1}
    assert covered(again, PARIS) == {date(2026, 9, 3) + timedelta(days=n) for n in range(29)}
    assert [r["conversions"] for r in rows(source, records(again))] == [5, 3]


def test_an_answer_of_many_rows_is_read_page_by_page(tiktok: Ads) -> None:
    tiktok.days().extend(ad_day("2026-09-29", str(10_000 + n), f"C{n}", "0.01") for n in range(1_500))
    source = tiktok.source(advertiser_ids=[PARIS])
    pages = read(source, since=date(2026, 9, 15))
    assert [len(page.records) for page in pages] == [1_000, 502, 0]
    assert tiktok.asked()["report"] == 2
    assert sum(r["spend"] for r in rows(source, records(pages))) == Decimal("15.00") + Decimal("8.00")


def test_a_page_that_lost_a_row_is_not_taken_for_whole(tiktok: Ads) -> None:
    """Retried by the next run: the cursor stays, and exit code 3 says that it is safe."""
    source = tiktok.source(advertiser_ids=[PARIS])
    source.describe()
    tiktok.sandbox.faults.add(Fault("drop_rows", vendor="tiktok_ads", route="report"))
    with pytest.raises(TransientError, match="1 of 2 rows of 2026-09-15 to 2026-10-01 were answered") as refused:
        read(source, since=date(2026, 9, 15))
    assert refused.value.exit_code == 3


def test_a_query_that_is_too_large_is_halved_until_it_is_not(tiktok: Ads) -> None:
    source = tiktok.source(advertiser_ids=[PARIS])
    whole = records(read(source, since=date(2026, 9, 15)))
    tiktok.about()["most_rows"] = 1
    tiktok.asked()
    pages = read(source, since=date(2026, 9, 15))
    assert records(pages) == whole
    assert len(covered(pages, PARIS)) == 17
    assert tiktok.asked()["report"] > 2


def test_stopping_after_any_page_and_resuming_loses_nothing(tiktok: Ads) -> None:
    source = tiktok.source(lookback_days=1)
    whole = read(source, since=date(2026, 8, 1))
    for stop in range(1, len(whole)):
        rest = read(source, whole[stop - 1].cursor, since=date(2026, 8, 1))
        assert {repr(r) for r in [*records(whole[:stop]), *records(rest)]} == {repr(r) for r in records(whole)}


# --- advertisers and pace ------------------------------------------------------------------------------------------


def test_check_names_every_advertiser_with_its_currency_and_zone(tiktok: Ads) -> None:
    reach = tiktok.source().check()
    assert (reach.account_id, reach.currency, reach.zone) == (f"{PARIS}, {NEW_YORK}", None, None)
    assert reach.notes == (f"{PARIS} Shop FR: EUR, Europe/Paris", f"{NEW_YORK} Shop US: USD, America/New_York")


def test_without_ids_all_advertisers_of_the_login_are_read_and_the_secret_is_in_no_log(
    tiktok: Ads, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="urllib3.connectionpool")
    source = tiktok.source(advertiser_ids=[], client_id=APP_ID, client_secret=SECRET)
    assert [account["id"] for account in source.describe()["accounts"]] == [PARIS, NEW_YORK]
    assert "secret=[hidden]" in caplog.text
    assert SECRET not in caplog.text


def test_calls_keep_to_the_pace_of_the_apps_tier(tiktok: Ads) -> None:
    """Twenty-five calls where the vendor takes twenty a second: none is refused, without being asked to wait."""
    for one in (PARIS, NEW_YORK):
        tiktok.about(one)["calls_a_second"] = 20
    source = tiktok.source(calls_per_second=20, advertiser_ids=[PARIS])
    read(source, since=date(2024, 10, 20))
    assert source.requests_sent == 25
    assert source.refused_429 == 0


# --- fewer days than asked -----------------------------------------------------------------------------------------


def test_days_that_are_no_longer_answered_keep_their_rows_and_it_is_said(tiktok: Ads, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert home.pull(tiktok.source(advertiser_ids=[PARIS]), now=NOW).errors == []
    del tiktok.days()[1]
    found = home.pull(tiktok.source(advertiser_ids=[PARIS]), now=NOW).found
    assert home.ask("SELECT spend_on, spend FROM ad_spend_daily ORDER BY 1") == [
        (date(2026, 9, 30), Decimal(1)),
        (date(2026, 10, 1), Decimal(7)),
    ]
    assert any("1 days that had rows (2026-09-30 to 2026-09-30) were not answered" in line for line in found), found
