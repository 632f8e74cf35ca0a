"""Reading simulated ad accounts: money to the cent, leads counted once, windows named, few requests, cursors."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from connectors.base import Page
from connectors.meta_ads import client
from connectors.meta_ads.insights import DIRECT_DAYS
from kpi.schema import TABLES, checker
from tests.connectors.meta_ads.conftest import NEW_YORK, NOW, PARIS, Meta, ad_day, read, records, rows, spend


def covered(pages: list[Page], account_id: str) -> set[date]:
    return {
        days.since + timedelta(days=n)
        for page in pages
        for days in page.days
        if days.account_id == account_id
        for n in range((days.until - days.since).days)
    }


def test_a_campaigns_day_is_exact_in_the_accounts_currency_and_zone(meta: Meta) -> None:
    row = spend(meta.source())[PARIS, "111", "2026-09-30"]
    assert (row["spend"], row["spend_home"], row["currency"], row["account_zone"]) == (
        Decimal("1.10"),
        Decimal("1.10"),
        "EUR",
        "Europe/Paris",
    )
    assert (row["impressions"], row["clicks"], row["channel"], row["platform"]) == (1200, 34, "paid_social", "meta_ads")
    dollars = spend(meta.source())[NEW_YORK, "333", "2026-09-30"]
    assert (dollars["spend"], dollars["currency"], dollars["spend_home"], dollars["fx_source"]) == (6, "USD", 3, "ecb")


def test_leads_that_contain_each_other_are_counted_once(meta: Meta) -> None:
    """``lead`` 3 + 1, of which two kinds are parts; the conversions are the parts, and link clicks are neither."""
    row = spend(meta.source())[PARIS, "111", "2026-09-30"]
    assert (row["leads"], row["conversions"], row["conversions_value"]) == (4, 4, 100)
    forms = spend(meta.source(lead_actions=["onsite_conversion.lead_grouped"]))[PARIS, "111", "2026-09-30"]
    assert (forms["leads"], forms["conversions"]) == (2, 4)


@pytest.mark.parametrize(
    ("windows", "leads"), [(["7d_click", "1d_view"], 4), (["28d_click"], 5), (["1d_click", "1d_view"], 3), (["1d_view"], 1)]
)
def test_conversions_are_of_the_windows_asked_for_and_the_row_names_them(meta: Meta, windows: list[str], leads: int) -> None:
    row = spend(meta.source(attribution_windows=windows))[PARIS, "111", "2026-09-30"]
    assert (row["leads"], row["attribution"]) == (leads, ",".join(windows))


def test_a_row_without_actions_has_none_and_raw_records_keep_them_all(meta: Meta) -> None:
    source = meta.source()
    found = records(read(source))
    [with_actions] = [record for record in found if "actions" in record]
    assert {action["action_type"] for action in with_actions["actions"]} >= {"link_click", "lead"}
    assert with_actions["attribution_setting"] == "7d_click_1d_view"
    row = spend(source)[PARIS, "222", "2026-09-30"]
    assert (row["leads"], row["conversions"], row["conversions_value"]) == (0, 0, 0)


def test_rows_obey_the_schema(meta: Meta) -> None:
    source = meta.source()
    found = records(read(source))
    for table in ("campaign", "ad_spend_daily"):
        for row in rows(source, found, table=table):
            checker(TABLES[table])(row | {"source": "meta_ads", "extracted_at": NOW})


@pytest.mark.parametrize("are_hidden", [True, False])
def test_what_deleted_campaigns_spent_is_read(meta: Meta, are_hidden: bool) -> None:
    """Whether Meta answers them by itself or only to a filter that names their state."""
    meta.quirk(meta_ads_deleted_campaigns_are_hidden=are_hidden)
    assert spend(meta.source())[PARIS, "111", "2026-03-01"]["spend"] == Decimal("12.34")


def test_where_the_filter_is_refused_it_is_left_out_and_said(meta: Meta, caplog: pytest.LogCaptureFixture) -> None:
    """In direct reads and in reports; asked for once and no more."""
    meta.quirk(meta_ads_state_filter_is_refused=True, meta_ads_deleted_campaigns_are_hidden=False)
    source = meta.source(account_ids=[PARIS])
    assert (PARIS, "111", "2026-03-01") in spend(source)
    assert "campaigns that were deleted may be missing" in caplog.text
    assert meta.calls("order") == 3
    read(source, cursor=f"{PARIS}=2026-10-01")
    assert meta.calls("insights") == 1


def test_a_field_that_nobody_reads_costs_no_figure_when_meta_gives_it_up(meta: Meta, caplog: pytest.LogCaptureFixture) -> None:
    """The filter stays; a field that is read cannot be spared, and is named with the version."""
    whole = spend(meta.source(account_ids=[PARIS]))
    meta.account(PARIS).about["fields_gone"] = ["inline_link_clicks"]
    assert spend(meta.source(account_ids=[PARIS])) == whole
    assert "(API version v26.0, code 100: (#100) inline_link_clicks is not valid for fields param)" in caplog.text
    assert "campaigns that were deleted" not in caplog.text
    meta.account(PARIS).about["fields_gone"] = ["spend"]
    with pytest.raises(client.ContractError, match=r"API version v26.0, code 100: \(#100\) spend is not valid"):
        read(meta.source(account_ids=[PARIS]))


# --- requests ------------------------------------------------------------------------------------------------------------


def test_a_first_read_is_one_report_of_all_days_and_a_later_one_a_single_request(meta: Meta) -> None:
    source = meta.source(account_ids=[PARIS])
    pages = read(source)
    assert (meta.calls("adaccounts"), meta.calls("order"), meta.calls("node_insights"), meta.calls("insights")) == (1, 1, 1, 0)
    assert covered(pages, PARIS) == {date(2026, 1, 1) + timedelta(days=n) for n in range(274)}
    again = read(source, cursor=pages[-1].cursor)
    assert (meta.calls("order"), meta.calls("insights")) == (1, 1)
    assert len(covered(again, PARIS)) == 29 <= DIRECT_DAYS


def test_a_report_is_fetched_when_it_is_at_100_per_cent_and_not_before(meta: Meta) -> None:
    """The sandbox says Completed at 99 % and would then give half of the rows."""
    source = meta.source(account_ids=[PARIS])
    assert len(records(read(source))) == 4, "a campaign without any activity has no row, and tomorrow is not there yet"
    assert meta.calls("node") == 3


def test_a_report_that_is_too_much_is_halved_and_each_half_moves_the_cursor(meta: Meta) -> None:
    """Two campaigns; a report may be of 90 days of them, and the year so far has 274."""
    whole = spend(meta.source(account_ids=[PARIS]))
    meta.account(PARIS).about["report_rows"] = 180
    source = meta.source(account_ids=[PARIS])
    pages = read(source)
    assert spend(source) == whole
    assert covered(pages, PARIS) == {date(2026, 1, 1) + timedelta(days=n) for n in range(274)}
    kept = [page.cursor for page in pages if page.days]
    assert len(kept) == 4
    assert kept == sorted(kept), "the oldest first, so that being cut off loses nothing"


def test_a_month_that_is_too_much_at_once_is_made_a_report(meta: Meta) -> None:
    source = meta.source(account_ids=[PARIS])
    stand = f"{PARIS}=2026-10-01"
    whole = records(read(source, cursor=stand))
    meta.refuse("100/1504018", route="insights")
    assert records(read(source, cursor=stand)) == whole
    assert meta.calls("order") == 1
    meta.refuse("2/1504038", route="insights")
    assert records(read(source, cursor=stand)) == whole


@pytest.mark.parametrize("quirk", ["meta_ads_pages_are_capped", "meta_ads_big_pages_are_refused"])
def test_pages_of_any_size_make_one_read(meta: Meta, quirk: str) -> None:
    """1,300 rows: in one page, in three of 500, or in halves of what is refused."""
    names = {str(number): f"campaign {number}" for number in range(1_000, 2_300)}
    meta.account(PARIS).tables["days"] = [ad_day("2026-09-15", number, name, "0.10") for number, name in names.items()]
    source, stand = meta.source(account_ids=[PARIS]), f"{PARIS}=2026-10-01"
    whole = read(source, cursor=stand)
    assert (len(records(whole)), meta.calls("insights")) == (1_300, 1)
    meta.quirk(**{quirk: True})
    assert records(read(source, cursor=stand)) == records(whole)
    assert sum(row["spend"] for row in rows(source, records(whole))) == 130
    assert meta.calls("insights") > 3


def test_a_page_that_leads_to_itself_breaks_the_contract(meta: Meta, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be read for ever."""
    source = meta.source(account_ids=[PARIS])
    monkeypatch.setattr(source._graph, "get", lambda *_: {"data": [], "paging": {"next": "https://graph.example/x?after=MQ"}})
    with pytest.raises(client.ContractError, match="leads from a page to itself"):
        read(source, cursor=f"{PARIS}=2026-10-01")


# --- cursors -------------------------------------------------------------------------------------------------------------


def test_an_increment_reads_twenty_eight_days_again_and_replaces_them(meta: Meta) -> None:
    source = meta.source()
    first = read(source)
    meta.days(PARIS)[1]["spend"] = "1.05"
    del meta.days(PARIS)[2]
    second = read(source, cursor=first[-1].cursor)
    assert min(covered(second, PARIS)) == date(2026, 9, 3)
    got = {(r["campaign_id"], r["date_start"]): r["spend"] for r in records(second) if r["account_id"] == PARIS}
    assert got == {("111", "2026-09-30"): "1.05", ("222", "2026-10-01"): "0.70"}


def test_an_account_added_later_starts_at_its_beginning(meta: Meta) -> None:
    cursor = read(meta.source(account_ids=[NEW_YORK]))[-1].cursor
    later = read(meta.source(), cursor=cursor)
    assert date(2026, 1, 1) in covered(later, PARIS)
    assert date(2026, 1, 1) not in covered(later, NEW_YORK)


def test_days_older_than_meta_keeps_are_not_asked_for(meta: Meta) -> None:
    pages = read(meta.source(account_ids=[PARIS]), since=date(2019, 1, 1))
    assert min(covered(pages, PARIS)) == date(2023, 9, 1)


def test_check_names_every_account_with_its_currency_and_zone(meta: Meta) -> None:
    meta.account(NEW_YORK).about["account_status"] = 2
    reach = meta.source().check()
    assert (reach.account_id, reach.currency, reach.zone) == (f"{PARIS}, {NEW_YORK}", None, None)
    assert reach.notes == (
        f"{PARIS} Shop FR: EUR, Europe/Paris",
        f"{NEW_YORK} Shop US: USD, America/New_York",
        f"ad account {NEW_YORK} is not active; its past figures are read",
    )
