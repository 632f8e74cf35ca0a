"""What is read from Microsoft Advertising: figures, days, jobs and their files, accounts."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.base import Page
from connectors.microsoft_ads import client as client_of
from connectors.microsoft_ads import report as report_of
from connectors.microsoft_ads.normalise import channel_of
from connectors.microsoft_ads.zones import ZONES
from connectors.sandbox.faults import Fault
from connectors.sandbox.microsoft_ads.report import URL_S
from connectors.sandbox.microsoft_ads.service import SIGNATURE
from tests.connectors.microsoft_ads.conftest import NOW, PARIS, TOKYO, Ads, ad_day, read, records, rows
from tests.contract.harness import Home


def covered(pages: list[Page], account_id: str) -> set[date]:
    spans = [days for page in pages for days in page.days if days.account_id == account_id]
    return {one.since + timedelta(days=n) for one in spans for n in range((one.until - one.since).days)}


# --- figures -------------------------------------------------------------------------------------------------------


def test_a_campaigns_day_with_its_money_zone_and_channel(microsoft: Ads) -> None:
    source = microsoft.source(account_ids=[PARIS])
    by_key = {(r["campaign_id"], r["spend_on"]): r for r in rows(source, records(read(source)))}
    brand = by_key["111", date(2026, 3, 1)]
    assert (brand["spend"], brand["currency"], brand["spend_home"]) == (Decimal("1012.34"), "EUR", Decimal("1012.34"))
    assert (brand["impressions"], brand["clicks"]) == (100, 10)
    assert (brand["conversions"], brand["conversions_value"]) == (Decimal("1.5"), Decimal(300))
    assert (brand["account_zone"], brand["channel"], brand["platform"]) == ("Europe/Paris", "paid_search", "microsoft_ads")
    assert brand["cost_class"] == "platform_reported"
    assert by_key["222", date(2026, 9, 30)]["channel"] == "paid_shopping"


def test_money_of_a_currency_without_a_rate_stays_and_is_not_converted(microsoft: Ads) -> None:
    source = microsoft.source(account_ids=[TOKYO])
    got = rows(source, records(read(source)))
    assert [(r["spend"], r["currency"], r["spend_home"]) for r in got] == [
        (Decimal(400), "JPY", None),
        (Decimal(600), "JPY", None),
    ]


@pytest.mark.parametrize(
    ("spelt", "channel"),
    [
        ("Search & content", "paid_search"),
        ("DynamicSearchAds", "paid_search"),
        ("Performance max", "cross_network"),
        ("Audience", "display"),
        ("Hologram", "paid_other"),
    ],
)
def test_a_campaign_type_is_known_however_it_is_spelt(spelt: str, channel: str) -> None:
    assert channel_of(spelt) == channel


def test_two_campaigns_of_one_name_stay_two(microsoft: Ads) -> None:
    microsoft.days().append(ad_day("2026-09-30", 333, "brand", "4"))
    source = microsoft.source(account_ids=[PARIS])
    found = records(read(source))
    same_day = [r for r in rows(source, found) if r["campaign_name"] == "brand" and r["spend_on"] == date(2026, 9, 30)]
    assert {r["campaign_id"]: r["spend"] for r in same_day} == {"111": Decimal("1.00"), "333": Decimal(4)}
    assert {r["source_id"] for r in rows(source, found, "campaign")} >= {f"{PARIS}|111", f"{PARIS}|333"}


def test_an_id_that_becomes_a_number_is_the_same_id(microsoft: Ads) -> None:
    """In a report all is text; in JSON the vendor may write either."""
    source = microsoft.source()
    before = source.describe(), records(read(source))
    microsoft.quirk(microsoft_ads_ids_are_numbers=True)
    again = microsoft.source()
    assert (again.describe(), records(read(again))) == before
    record = dict(before[1][0])
    assert rows(source, [record | {"CampaignId": 111}]) == rows(source, [record])


# --- jobs ------------------------------------------------------------------------------------------------------------


def test_two_years_of_all_accounts_are_one_report(microsoft: Ads) -> None:
    source = microsoft.source()
    source.describe()
    microsoft.asked()
    pages = read(source, since=date(2024, 10, 1))
    assert microsoft.asked() == {"submit": 1, "poll": 2, "download": 1}
    assert len(records(pages)) == 5
    assert {len(covered(pages, one)) for one in (PARIS, TOKYO)} == {730}


def test_later_runs_read_the_last_month_again_and_replace_it(microsoft: Ads) -> None:
    source = microsoft.source(account_ids=[PARIS])
    first = read(source)
    assert first[-1].cursor == f"{PARIS}=2026-09-30"
    microsoft.days()[1]["spend"] = "0.90"
    second = read(source, first[-1].cursor)
    assert covered(second, PARIS) == {date(2026, 8, 31) + timedelta(days=n) for n in range(31)}
    assert {r["spend"] for r in rows(source, records(second))} == {Decimal("0.90"), Decimal("2.50")}


def test_an_account_added_later_starts_at_its_beginning(microsoft: Ads) -> None:
    cursor = read(microsoft.source(account_ids=[PARIS]))[-1].cursor
    microsoft.asked()
    pages = read(microsoft.source(), cursor)
    assert microsoft.asked()["submit"] == 2
    assert (min(covered(pages, PARIS)), min(covered(pages, TOKYO))) == (date(2026, 8, 31), date(2026, 1, 1))


@pytest.mark.parametrize("are_utc", [False, True])
def test_a_day_is_read_once_it_has_begun_in_the_accounts_zone_and_in_utc(microsoft: Ads, are_utc: bool) -> None:
    """The vendor's pages disagree about whose days they are; neither a refusal nor half a day comes of it."""
    microsoft.quirk(microsoft_ads_days_are_utc=are_utc)
    pages = read(microsoft.source())
    assert max(covered(pages, PARIS)) == date(2026, 9, 30)
    assert {record["TimePeriod"] for record in records(pages)} == {"2026-03-01", "2026-09-29", "2026-09-30"}


def test_no_data_is_a_report_without_an_address(microsoft: Ads) -> None:
    microsoft.days().clear()
    source = microsoft.source(account_ids=[PARIS])
    pages = read(source)
    assert records(pages) == []
    assert "download" not in microsoft.asked()
    assert len(covered(pages, PARIS)) == 273


def test_a_report_that_was_not_made_is_ordered_once_more(microsoft: Ads) -> None:
    microsoft.about()["fails_once"] = True
    source = microsoft.source(account_ids=[PARIS])
    assert len(records(read(source))) == 3
    assert microsoft.asked()["submit"] == 2


def test_an_address_whose_five_minutes_are_over_is_asked_for_again(microsoft: Ads, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = client_of.MicrosoftAdsClient._fetch
    late = [True]

    def fetch_late(self: client_of.MicrosoftAdsClient, url: str) -> bytes:
        if late.pop() if late else False:
            microsoft.sandbox.clock.advance(timedelta(seconds=URL_S))
        return fetch(self, url)

    monkeypatch.setattr(client_of.MicrosoftAdsClient, "_fetch", fetch_late)
    source = microsoft.source(account_ids=[PARIS])
    assert len(records(read(source))) == 3
    asked = microsoft.asked()
    assert (asked["submit"], asked["poll"], asked["download"]) == (1, 3, 2)


def test_a_report_too_big_to_unpack_is_asked_for_in_halves(microsoft: Ads, monkeypatch: pytest.MonkeyPatch) -> None:
    source = microsoft.source(account_ids=[PARIS])
    whole = records(read(source))
    microsoft.asked()
    monkeypatch.setattr(report_of, "LARGEST_BYTES", 300)
    pages = read(source)
    assert records(pages) == whole
    assert len(covered(pages, PARIS)) == 273
    assert microsoft.asked()["submit"] > 1


def test_a_page_holds_no_more_than_a_page(microsoft: Ads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_of, "PAGE_ROWS", 2)
    source = microsoft.source()
    pages = read(source)
    assert [len(page.records) for page in pages] == [2, 2, 1, 0]
    assert [page.cursor for page in pages[:-1]] == [None, None, None]


# --- accounts and logins ---------------------------------------------------------------------------------------------


def test_check_names_every_account_of_the_customer_and_flags_the_days(microsoft: Ads) -> None:
    reach = microsoft.source().check()
    assert (reach.account_id, reach.currency, reach.zone) == (f"{PARIS}, {TOKYO}", None, None)
    assert reach.notes[:2] == (f"{PARIS} Shop FR: EUR, Europe/Paris", f"{TOKYO} Shop JP: JPY, Asia/Tokyo")
    assert "days are taken as the account's own; some of Microsoft's pages say that they are UTC" in reach.notes


def test_a_zone_that_is_not_known_falls_back_to_the_settings_and_is_said(microsoft: Ads) -> None:
    microsoft.about()["zone"] = "LunaCity"
    reach = microsoft.source(account_ids=[PARIS], time_zone="Europe/Paris").check()
    assert reach.zone == "Europe/Paris"
    assert any("LunaCity" in note and "time_zone" in note for note in reach.notes)


@pytest.mark.parametrize("are_200", [False, True])
def test_without_a_search_the_accounts_of_the_settings_are_read(microsoft: Ads, are_200: bool) -> None:
    microsoft.quirk(microsoft_ads_has_no_search=True, microsoft_ads_faults_are_200=are_200)
    source = microsoft.source(account_ids=[PARIS])
    assert any("does not describe itself" in note for note in source.check().notes)
    assert {(r["currency"], r["account_zone"]) for r in rows(source, records(read(source)))} == {("EUR", "UTC")}


def test_every_zone_of_the_table_exists() -> None:
    from zoneinfo import ZoneInfo

    assert all(ZoneInfo(zone) for zone in ZONES.values())


def test_the_newest_refresh_token_is_the_one_that_is_used(microsoft: Ads) -> None:
    """Each works once: after an hour the second is spent, by another process the third."""
    for hours in (0, 2, 2):
        microsoft.sandbox.clock.advance(timedelta(hours=hours))
        assert records(read(microsoft.source(account_ids=[PARIS])))
    assert microsoft.asked()["token"] == 3


def test_an_access_token_that_ends_early_is_renewed_in_the_middle(microsoft: Ads) -> None:
    source = microsoft.source(account_ids=[PARIS])
    source.describe()
    microsoft.sandbox.faults.add(Fault("status", vendor="microsoft_ads", route="poll", status=401, policy="109"))
    assert len(records(read(source))) == 3
    assert microsoft.asked()["token"] == 2


def test_the_signature_of_a_file_is_in_no_log(microsoft: Ads, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="urllib3.connectionpool")
    read(microsoft.source(account_ids=[PARIS]))
    assert "sig=[hidden]" in caplog.text
    assert SIGNATURE not in caplog.text


# --- fewer days than asked ---------------------------------------------------------------------------------------


def test_days_that_are_no_longer_answered_keep_their_rows_and_it_is_said(microsoft: Ads, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    source = microsoft.source(account_ids=[PARIS])
    assert home.pull(source, now=NOW).errors == []
    del microsoft.days()[1:3]
    microsoft.days().append(ad_day("2026-09-29", 111, "brand", "5"))
    found = home.pull(microsoft.source(account_ids=[PARIS]), now=NOW).found
    assert home.ask("SELECT spend_on, sum(spend) FROM ad_spend_daily WHERE spend_on > '2026-09-01' GROUP BY 1 ORDER BY 1") == [
        (date(2026, 9, 29), Decimal(5)),
        (date(2026, 9, 30), Decimal("3.5")),
    ]
    assert any("1 days that had rows (2026-09-30 to 2026-09-30) were not answered" in line for line in found), found
