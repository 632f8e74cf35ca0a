"""What vendors and people get wrong, each with its outcome."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.base import BadValue
from connectors.errors import ConfigurationError
from kpi.joins import KnownName, Marks, campaign_index, place
from tests.connectors.google_rows import row_context
from tests.connectors.meta_ads.conftest import NEW_YORK, NOW, PARIS, Meta, read, records, rows, spend, stream_of
from tests.contract.harness import Home


def set_aside(meta: Meta) -> tuple[Decimal, set[str]]:
    """What the rows that can be read add up to, and why the others cannot."""
    source = meta.source()
    context, stream = row_context(facts=source.describe()), stream_of(source, "campaigns_daily")
    total, why = Decimal(0), set()
    for record in records(read(source)):
        try:
            total += sum(row["spend"] for table, row in source.normalise(stream, record, context) if table == "ad_spend_daily")
        except BadValue as error:
            why.add(str(error))
    return total, why


def test_a_wrong_currency_code_sets_its_rows_aside_and_no_others(meta: Meta) -> None:
    """Outcome: the row is set aside with the code that is none; its money is in no sum."""
    meta.days(PARIS)[2]["account_currency"] = "EURO"
    assert set_aside(meta) == (Decimal("24.14"), {"account_currency: 'EURO' is not an ISO 4217 currency code such as EUR"})


def test_an_account_with_a_wrong_currency_code_does_not_cost_the_others(meta: Meta) -> None:
    """Outcome: all of its rows are set aside, `cadran check` names the code, and the other account is read."""
    meta.account(PARIS).about["currency"] = "EURO"
    assert set_aside(meta) == (Decimal(10), {"account_currency: 'EURO' is not an ISO 4217 currency code such as EUR"})
    reach = meta.source(account_ids=[PARIS]).check()
    assert reach.currency is None
    assert "'EURO' is not an ISO 4217 currency code: rows in it are set aside" in reach.notes


def test_days_are_those_of_each_accounts_zone_not_of_the_company(meta: Meta) -> None:
    """Outcome: a day stays the account's own, its zone beside it; each account ends with its own today."""
    pages = read(meta.source())
    assert pages[-1].cursor == f"{PARIS}=2026-10-01 {NEW_YORK}=2026-09-30"
    got = {(row["account_id"], str(row["spend_on"]), row["account_zone"]) for row in spend(meta.source()).values()}
    assert (PARIS, "2026-10-01", "Europe/Paris") in got
    assert (NEW_YORK, "2026-09-30", "America/New_York") in got
    assert not [one for one in got if one[:2] == (NEW_YORK, "2026-10-01")]


def test_a_row_of_several_days_is_set_aside(meta: Meta) -> None:
    """Outcome: what is not a day is not booked on one."""
    source = meta.source(account_ids=[PARIS])
    [record, *_] = records(read(source))
    with pytest.raises(BadValue, match="the row is of several days"):
        rows(source, [{**record, "date_stop": "2026-10-31"}])


def test_an_account_in_a_zone_that_does_not_exist_stops_the_stream(meta: Meta) -> None:
    """Outcome: nobody can say where its days begin, so none is read."""
    source = meta.source(account_ids=[PARIS])
    source._accounts = tuple(type(a)(a.id, a.name, a.currency, "Mars/Olympus") for a in source._accounts)
    with pytest.raises(Exception, match=r"unknown time zone 'Mars/Olympus'"):
        read(source)


def test_two_campaigns_of_one_name_are_both_kept_and_visits_by_that_name_go_to_neither(meta: Meta) -> None:
    """Outcome: ids tell them apart; a visit that carries only the name is reported as ambiguous, one with the id is placed."""
    found = [row for (account, _, day), row in spend(meta.source()).items() if (account, day) == (PARIS, "2026-09-30")]
    assert {(row["campaign_id"], row["campaign_name"], row["spend"]) for row in found} == {
        ("111", "brand", Decimal("1.10")),
        ("222", "brand", Decimal("2.50")),
    }
    index = campaign_index(KnownName(row["platform"], row["campaign_id"], row["campaign_name"], row["channel"]) for row in found)
    by_name = place(Marks(utm_source="facebook", utm_medium="paid_social", utm_campaign="brand"), index)
    assert (by_name.channel, by_name.campaign, by_name.rule) == ("paid_social", "unattributed", "ambiguous_name")
    by_id = place(Marks(utm_source="facebook", utm_campaign="brand", utm_id="222"), index)
    assert (by_id.campaign, by_id.rule) == ("meta_ads/222", "campaign_id")


def test_ids_that_change_from_text_to_numbers_stay_the_same_rows(meta: Meta) -> None:
    """Outcome: the same keys, so that nothing is doubled."""
    before = spend(meta.source())
    meta.quirk(meta_ads_ids_are_numbers=True)
    assert spend(meta.source()) == before


def test_days_that_are_no_longer_answered_keep_their_rows_and_are_reported(meta: Meta, tmp_path: Path) -> None:
    """Outcome: the rows stand, one line names the days; a full read believes Meta."""
    home, now = Home(tmp_path / "home"), datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
    home.pull(meta.source(account_ids=[PARIS]), now=now)
    before = home.facts()["ad_spend_daily"]
    meta.account(PARIS).tables["days"] = [row for row in meta.days(PARIS) if row["date"] != "2026-09-30"]
    shorter = home.pull(meta.source(account_ids=[PARIS]), now=now)
    assert home.facts()["ad_spend_daily"] == before
    [line] = shorter.found
    assert "1 days that had rows (2026-09-30 to 2026-09-30) were not answered; their rows are kept" in line
    home.pull(meta.source(account_ids=[PARIS]), now=now, full=True)
    assert {row["spend_on"] for row in home.facts()["ad_spend_daily"]} == {date(2026, 10, 1)}


def test_a_field_that_meta_removed_is_one_line_with_the_version(
    meta: Meta, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Outcome: the rows are set aside by what is left of their id (a day), one line names the field, and nothing breaks off."""
    source, home = meta.source(account_ids=[PARIS]), Home(tmp_path / "home")
    pages = source._graph.pages

    def without(path: str, *more: Any, **further: Any) -> Any:
        for page in pages(path, *more, **further):
            yield [{k: v for k, v in record.items() if k != "campaign_id"} for record in page]

    monkeypatch.setattr(source._graph, "pages", without)
    extracted = home.pull(source, now=NOW)
    assert extracted.found == ["meta_ads.campaigns_daily: the field campaign_id is no longer in the answers (API version v26.0)"]
    assert (extracted.errors, home.facts(), [s.set_aside for s in extracted.streams]) == ([], {}, [2])


def test_an_account_that_the_token_does_not_reach_is_named(meta: Meta) -> None:
    """Outcome: exit 2, with the ids that it does reach."""
    with pytest.raises(ConfigurationError, match=f"does not reach ad account 999 .*; it reaches {PARIS}, {NEW_YORK}"):
        meta.source(account_ids=["999", PARIS]).describe()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"spend": "twelve"}, "spend: 'twelve' is not a number"),
        ({"spend": None}, "spend: missing"),
        ({"date_start": "01/10/2026"}, "date_start: '01/10/2026' is not a day such as 2026-03-15"),
        ({"campaign_id": None}, "campaign_id: missing"),
        ({"account_id": "777"}, "account 777 is not among the accounts of the last reading"),
        ({"actions": "none"}, "actions: 'none' is not a list"),
        ({"actions": ["lead"]}, "actions: 'lead' is not an action"),
        ({"actions": [{"action_type": "lead", "7d_click": "many"}]}, "actions.7d_click: 'many' is not a number"),
        ({"impressions": "1.5"}, "impressions: '1.5' is not a whole number"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(meta: Meta, changed: dict[str, Any], sentence: str) -> None:
    """Outcome: this record is set aside with what, where and why."""
    record = {
        "account_id": PARIS,
        "account_currency": "EUR",
        "campaign_id": "111",
        "date_start": "2026-09-30",
        "date_stop": "2026-09-30",
        "spend": "1.10",
        "impressions": "1200",
    }
    source = meta.source(account_ids=[PARIS])
    context = row_context(facts={"accounts": [{"id": PARIS, "name": "Shop", "currency": "EUR", "zone": "Europe/Paris"}]})
    with pytest.raises(BadValue) as found:
        list(source.normalise(stream_of(source, "campaigns_daily"), {**record, **changed}, context))
    assert str(found.value) == sentence
    assert NOW.tzinfo is UTC
