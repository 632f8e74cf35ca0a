"""Answers that are wrong or new: each has a named outcome, and the rest is read."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.base import BadValue, Raw
from connectors.drift import Drift
from connectors.google_ads.source import GoogleAdsSource
from tests.connectors.google_ads.conftest import NEW_YORK, NOW, PARIS, Ads, ad_day, read, records, rows, stream_of
from tests.connectors.google_rows import row_context
from tests.contract.harness import Home

STREAMS = ("campaigns_daily", "ad_groups_daily")


def drift(source: GoogleAdsSource, stream: str, found: list[Raw]) -> list[str]:
    declared = stream_of(source, stream)
    assert declared.shape is not None
    seen = Drift(declared.shape, declared.api_version)
    for record in found:
        seen.look(record)
    return seen.lines()


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("code", ["EURO", "", "XXX", "\u20ac"])
def test_a_wrong_currency_code_sets_the_row_aside_by_name(google: Ads, stream: str, code: str) -> None:
    google.sandbox.world.google_ads[PARIS].currency = code
    source = google.source(customer_ids=[PARIS])
    found = records(read(source, stream))
    assert found
    for record in found:
        with pytest.raises(BadValue, match="currencyCode"):
            list(source.normalise(stream_of(source, stream), record, row_context({})))


def test_days_are_the_accounts_own_and_say_whose(google: Ads) -> None:
    """Half past midnight in Paris: the day is cut where the account is, and is moved to no other zone."""
    source = google.source()
    got = rows(source, "campaigns_daily", records(read(source, "campaigns_daily")), "ad_spend_daily")
    last = {
        row["account_id"]: (max(r["spend_on"] for r in got if r["account_id"] == row["account_id"]), row["account_zone"])
        for row in got
    }
    assert last == {PARIS: (date(2026, 10, 1), "Europe/Paris"), NEW_YORK: (date(2026, 9, 30), "America/New_York")}


def test_two_campaigns_of_one_name_are_two_campaigns(google: Ads) -> None:
    google.sandbox.world.google_ads[PARIS].rows.append(ad_day("2026-09-30", 333, "brand", 5_000_000))
    source = google.source(customer_ids=[PARIS])
    found = records(read(source, "campaigns_daily"))
    twins = [row for row in rows(source, "campaigns_daily", found, "ad_spend_daily") if row["spend_on"] == date(2026, 9, 30)]
    by_name = {(row["campaign_name"], row["campaign_id"]): row["spend"] for row in twins}
    assert by_name == {("brand", "111"): Decimal(1), ("brand", "333"): Decimal(5), ("max", "222"): Decimal("2.5")}
    assert len({row["source_id"] for row in twins}) == 3


@pytest.mark.parametrize("stream", STREAMS)
def test_ids_that_change_from_text_to_number_stay_the_same_rows(google: Ads, stream: str) -> None:
    source = google.source(customer_ids=[PARIS])
    found = records(read(source, stream))
    as_numbers = [_ids_as_numbers(record) for record in found]
    assert [r["campaign"]["id"] for r in as_numbers] != [r["campaign"]["id"] for r in found]
    declared = stream_of(source, stream)
    assert [declared.record_id(record) for record in as_numbers] == [declared.record_id(record) for record in found]
    for table in declared.tables:
        assert rows(source, stream, as_numbers, table) == rows(source, stream, found, table)


def _ids_as_numbers(record: Raw) -> dict[str, Any]:
    return {
        name: value | {"id": int(value["id"])} if isinstance(value, dict) and "id" in value else value
        for name, value in record.items()
    }


@pytest.mark.parametrize("stream", STREAMS)
def test_a_platform_that_answers_for_fewer_days_takes_nothing_away(google: Ads, stream: str) -> None:
    """The days asked for are said whole; that those without an answer keep their rows is declared, and done by the pipeline."""
    source = google.source(customer_ids=[PARIS])
    world = google.sandbox.world.google_ads[PARIS]
    world.rows, world.ad_groups = [row for row in world.rows if row["date"] < "2026-09-01"], []
    pages = read(source, stream, f"{PARIS}=2026-09-30")
    assert records(pages) == []
    assert [(days.since, days.until) for page in pages for days in page.days] == [(date(2026, 8, 31), date(2026, 10, 2))]
    assert stream_of(source, stream).keeps_days


def test_days_that_are_not_answered_keep_their_rows_and_it_is_said(
    google: Ads, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home, days = Home(tmp_path), "SELECT spend_on, sum(spend) FROM ad_spend_daily GROUP BY 1 ORDER BY 1"

    def pull(*, full: bool = False) -> list[tuple[Any, ...]]:
        source = google.source(customer_ids=[PARIS], click_history_days=0, ad_groups=False)
        assert home.pull(source, now=NOW, full=full).errors == []
        return home.ask(days)

    whole = pull()
    assert [day for day, _ in whole] == [date(2026, 9, 30), date(2026, 10, 1)]
    google.sandbox.world.google_ads[PARIS].rows[-2:] = []
    assert pull() == whole
    assert "1 days that had rows (2026-10-01 to 2026-10-01) were not answered; their rows are kept" in caplog.text
    assert pull(full=True) == whole[:1], "a full read believes Google"


def test_a_wrong_currency_code_leaves_no_row_and_names_the_fault(google: Ads, tmp_path: Path) -> None:
    google.sandbox.world.google_ads[PARIS].currency = "EURO"
    home = Home(tmp_path)
    assert home.pull(google.source(click_history_days=0, ad_groups=False), now=NOW).errors == []
    assert home.ask("SELECT DISTINCT currency FROM ad_spend_daily") == [("USD",)], "the other account is read"
    house = home.open()
    reasons = {reason for _, _, _, reason in house.ledger.aside()}
    house.ledger.close()
    assert reasons == {"currencyCode: 'EURO' is not an ISO 4217 currency code such as EUR"}


def test_an_unknown_type_of_campaign_is_kept_and_said_in_one_line(google: Ads) -> None:
    google.sandbox.world.google_ads[PARIS].rows[-2]["channel_type"] = "HOLOGRAM"
    google.sandbox.world.google_ads[PARIS].rows[-1]["channel_type"] = "HOLOGRAM"
    source = google.source()
    found = records(read(source, "campaigns_daily"))
    assert drift(source, "campaigns_daily", found) == [
        "campaign.advertisingChannelType: unknown words, kept as received: HOLOGRAM (2) (API version v26)"
    ]
    channels = {row["campaign_id"]: row["channel"] for row in rows(source, "campaigns_daily", found, "ad_spend_daily")}
    assert channels["222"] == "paid_other"


@pytest.mark.parametrize(
    ("stream", "part", "field"), [("campaigns_daily", "customer", "timeZone"), ("ad_groups_daily", "adGroup", "id")]
)
def test_a_removed_field_is_one_line_with_the_version(google: Ads, stream: str, part: str, field: str) -> None:
    source = google.source()
    found = [
        record | {part: {name: value for name, value in record[part].items() if name != field}}
        for record in records(read(source, stream))
    ]
    assert len(found) > 1
    assert drift(source, stream, found) == [f"the field {part}.{field} is no longer in the answers (API version v26)"]


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("zeros_absent", [True, False])
def test_answers_as_documented_show_no_drift(google: Ads, stream: str, zeros_absent: bool) -> None:
    google.quirk(google_ads_zeros_absent=zeros_absent)
    source = google.source()
    assert drift(source, stream, records(read(source, stream))) == []
