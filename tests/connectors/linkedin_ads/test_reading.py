"""Reading simulated ad accounts: cost to the cent, two currencies, UTC days, restated days, renamed and doubled campaigns."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.base import BadValue
from connectors.drift import Drift
from connectors.errors import ConfigurationError, ContractError
from connectors.linkedin_ads import client
from connectors.linkedin_ads.streams import FIELDS
from kpi.schema import TABLES, checker
from tests.connectors.linkedin_ads.conftest import (
    DOLLAR,
    EURO,
    NOW,
    PAGE,
    LinkedIn,
    ad_day,
    context_of,
    later,
    read,
    records,
    rows,
    spend,
)
from tests.contract.harness import Home


def test_a_campaign_group_is_a_campaign_and_its_cost_is_exact(linkedin: LinkedIn) -> None:
    row = spend(linkedin.source())[EURO, "6001", date(2026, 9, 29)]
    assert (row["spend"], row["currency"], row["spend_home"]) == (Decimal("100.15"), "EUR", Decimal("100.15"))
    assert (row["impressions"], row["clicks"], row["conversions"], row["conversions_value"], row["leads"]) == (
        2000,
        20,
        Decimal(6),
        Decimal("241.00"),
        Decimal(4),
    )
    assert (row["platform"], row["channel"], row["account_zone"], row["campaign_name"]) == (
        "linkedin_ads",
        "paid_social",
        "UTC",
        "spring",
    )
    assert row["attribution"] == "post-click and post-view"


def test_the_setting_makes_linkedins_campaign_the_campaign_and_the_cost_stays(linkedin: LinkedIn) -> None:
    found = spend(linkedin.source(campaign_level="campaign", channel="display"))
    day = {key[1]: row for key, row in found.items() if key[0] == EURO and key[2] == date(2026, 9, 29)}
    assert {id: (row["spend"], row["campaign_name"]) for id, row in day.items()} == {
        "701": (Decimal("100.10"), "directors"),
        "702": (Decimal("0.05"), "engineers"),
    }
    assert {row["channel"] for row in found.values()} == {"display"}


def test_another_currency_is_converted_beside_its_own(linkedin: LinkedIn) -> None:
    row = spend(linkedin.source())[DOLLAR, "6001", date(2026, 9, 30)]
    assert (row["spend"], row["currency"], row["spend_home"], row["fx_source"]) == (Decimal(6), "USD", Decimal(3), "ecb")


def test_rows_obey_the_schema(linkedin: LinkedIn) -> None:
    source = linkedin.source()
    found = records(read(source))
    for table in ("campaign", "ad_spend_daily"):
        check = checker(TABLES[table])
        for row in rows(source, found, table):
            check({**row, "source": "linkedin_ads", "extracted_at": NOW})


def test_days_are_utc_whatever_the_company_zone(linkedin: LinkedIn) -> None:
    """It is October in Paris: LinkedIn is asked up to the thirtieth of September, and the row says in whose zone the day is."""
    pages = read(linkedin.source())
    assert pages[-1].cursor == f"{EURO}=2026-09-30 {DOLLAR}=2026-09-30"
    assert max(days.until for page in pages for days in page.days) == date(2026, 10, 1)
    assert {row["account_zone"] for row in spend(linkedin.source()).values()} == {"UTC"}


def test_a_day_that_was_not_asked_for_stops_the_stream_and_stores_nothing(linkedin: LinkedIn) -> None:
    """Days in another zone: a row of tomorrow would stand outside the days that are replaced, for ever."""
    source = linkedin.source(account_ids=[EURO])
    linkedin.fault("odd_value", route="adAnalytics", field="dateRange.start.year", value=2027)
    with pytest.raises(ContractError, match="LinkedIn answered for 2027-03-01 where it was asked for 2026-01-01 to 2026-09-30"):
        read(source)


def test_restated_figures_are_read_again_for_seven_days_and_no_longer(linkedin: LinkedIn) -> None:
    source = linkedin.source(account_ids=[EURO])
    cursor = read(source)[-1].cursor
    days = linkedin.worlds[EURO].tables["days"]
    days += [ad_day("2026-09-23", "6001", "spring", "50"), ad_day("2026-09-22", "6001", "spring", "60")]
    again = read(source, cursor)
    assert again[0].days[0].since == date(2026, 9, 23)
    found = rows(source, records(again), "ad_spend_daily")
    assert {row["spend_on"].day: row["spend"] for row in found} == {23: Decimal(50), 29: Decimal("100.15"), 30: Decimal(7)}


def test_two_campaigns_of_one_name_stay_two(linkedin: LinkedIn) -> None:
    """Duplicate names: told apart by their ids; nothing is added up or lost."""
    linkedin.worlds[EURO].tables["days"].append(ad_day("2026-09-30", "6003", "hiring", "3.50"))
    found = {key[1]: row for key, row in spend(linkedin.source()).items() if key[2] == date(2026, 9, 30) and key[0] == EURO}
    assert {id: (row["campaign_name"], row["spend"]) for id, row in found.items()} == {
        "6002": ("hiring", Decimal(7)),
        "6003": ("hiring", Decimal("3.50")),
    }


def test_ids_that_change_type_are_the_same_ids(linkedin: LinkedIn) -> None:
    numbers = spend(linkedin.source())
    linkedin.quirk(linkedin_ads_ids_are_text=True)
    assert spend(linkedin.source()) == numbers
    assert all(row["campaign_name"] != row["campaign_id"] for row in numbers.values())


def test_a_wrong_currency_code_sets_the_records_aside_and_adds_nothing_up(linkedin: LinkedIn) -> None:
    linkedin.worlds[EURO].about["currency"] = "EURO"
    source = linkedin.source(account_ids=[EURO])
    [stream], context = source.streams(), context_of(source)
    found = records(read(source))
    assert len(found) == 3
    for record in found:
        with pytest.raises(BadValue, match="currency: 'EURO' is not an ISO 4217 currency code"):
            list(source.normalise(stream, record, context))


def test_a_figure_that_is_no_number_sets_its_record_aside(linkedin: LinkedIn) -> None:
    source = linkedin.source(account_ids=[EURO])
    linkedin.fault("odd_value", route="adAnalytics", field="costInLocalCurrency", value="a lot")
    [stream], context = source.streams(), context_of(source)
    odd, *good = records(read(source))
    with pytest.raises(BadValue, match="costInLocalCurrency: 'a lot' is not a number"):
        list(source.normalise(stream, odd, context))
    assert [len(list(source.normalise(stream, record, context))) for record in good] == [2, 2]


def test_a_row_of_several_days_is_set_aside(linkedin: LinkedIn) -> None:
    source = linkedin.source(account_ids=[EURO])
    linkedin.fault("odd_value", route="adAnalytics", field="dateRange.end.day", value=31)
    [stream], context = source.streams(), context_of(source)
    with pytest.raises(BadValue, match="dateRange: 2026-03-01 to 2026-03-31 is not one day"):
        list(source.normalise(stream, records(read(source))[0], context))


def test_a_campaign_that_is_no_longer_listed_keeps_its_cost_under_its_id(linkedin: LinkedIn) -> None:
    linkedin.worlds[EURO].about["unlisted"] = ["6002"]
    row = spend(linkedin.source())[EURO, "6002", date(2026, 9, 30)]
    assert (row["campaign_name"], row["spend"]) == ("6002", Decimal(7))


def test_cost_that_is_gone_from_the_answers_is_not_taken_for_nothing(linkedin: LinkedIn) -> None:
    """A removed field: its records are set aside, the rows that stand stay, and one line names the field and the version."""
    source = linkedin.source(account_ids=[EURO])
    [stream], context = source.streams(), context_of(source)
    assert stream.shape is not None
    whole, gone = (Drift(stream.shape, stream.api_version) for _ in range(2))
    for record in records(read(source)):
        whole.look(record)
        cut = {name: value for name, value in record.items() if name != "costInLocalCurrency"}
        gone.look(cut)
        with pytest.raises(BadValue, match="costInLocalCurrency: missing, though there were"):
            list(source.normalise(stream, cut, context))
    assert whole.lines() == []
    assert gone.lines() == ["the field costInLocalCurrency is no longer in the answers (API version 202607)"]


def test_fewer_days_answered_than_asked_keeps_the_rows_and_says_so(linkedin: LinkedIn, tmp_path: Path) -> None:
    home, days = Home(tmp_path / "home"), linkedin.worlds[EURO].tables["days"]
    assert home.pull(linkedin.source(account_ids=[EURO]), now=NOW).found == []
    before = home.facts()
    days[:] = [row for row in days if row["date"] != "2026-09-29"]
    [line] = home.pull(linkedin.source(account_ids=[EURO]), now=NOW).found
    assert "asked for 2026-09-23 to 2026-09-30, and 1 days that had rows (2026-09-29 to 2026-09-29) were not answered" in line
    assert home.facts() == before


def test_nothing_older_than_ten_years_is_asked_for(linkedin: LinkedIn) -> None:
    pages = read(linkedin.source(account_ids=[EURO]), since=date(2010, 1, 1))
    assert pages[0].days[0].since == date(2016, 9, 30)


def test_an_account_that_the_login_does_not_see_is_named(linkedin: LinkedIn) -> None:
    with pytest.raises(ConfigurationError, match=f"does not see ad account 999 .*the login sees {EURO}, {DOLLAR}"):
        linkedin.source(account_ids=[EURO, 999]).check()


def test_check_says_which_accounts_and_pages_there_are(linkedin: LinkedIn) -> None:
    reach = linkedin.source(organizations=[PAGE]).check()
    assert (reach.account_id, reach.zone, reach.currency) == (f"{EURO}, {DOLLAR}", "UTC", None)
    assert reach.notes == (
        f"{EURO} Shop FR: EUR, days in UTC",
        f"{DOLLAR} Shop US: USD, days in UTC",
        f"page {PAGE}: 1008 followers",
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"account_ids": ["act_1"]}, "is not the id of an ad account"),
        ({"account_ids": []}, "name at least one ad account"),
        ({"account_ids": [EURO], "channel": "linkedin"}, "is not a channel"),
        ({"account_ids": [EURO], "api_version": "v26"}, "api_version"),
    ],
)
def test_wrong_settings_say_what_to_write(linkedin: LinkedIn, given: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        linkedin.source(**given)


def test_a_call_asks_for_no_more_fields_than_linkedin_gives(linkedin: LinkedIn) -> None:
    assert len(FIELDS) <= 20
    assert {"dateRange", "pivotValues"} <= set(FIELDS)


def test_accounts_and_campaigns_come_in_pages(linkedin: LinkedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = spend(linkedin.source())
    searches = linkedin.calls("adAccounts") + linkedin.calls("adCampaignGroups")
    monkeypatch.setattr(client, "PAGE_SIZE", 1)
    assert spend(linkedin.source()) == whole
    assert linkedin.calls("adAccounts") + linkedin.calls("adCampaignGroups") == searches * 2 + 2


def test_a_later_run_goes_on_from_the_cursor(linkedin: LinkedIn) -> None:
    source = linkedin.source(account_ids=[EURO])
    cursor = read(source)[-1].cursor
    linkedin.sandbox.clock.set(later(3))
    again = read(source, cursor, now=later(3))
    assert [(days.since, days.until) for page in again for days in page.days] == [(date(2026, 9, 23), date(2026, 10, 4))]
    assert Decimal(900) in {row["spend"] for row in rows(source, records(again), "ad_spend_daily")}
