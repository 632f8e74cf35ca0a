"""Ad groups beside campaigns: a table of their own, never spend."""

from datetime import date
from decimal import Decimal

from tests.connectors.google_ads.conftest import NEW_YORK, PARIS, Ads, read, records, rows


def test_ad_groups_are_rows_of_their_own_table_and_of_no_other(google: Ads) -> None:
    source = google.source(customer_ids=[PARIS])
    found = records(read(source, "ad_groups_daily"))
    got = {(r["ad_group_id"], r["spend_on"]): r for r in rows(source, "ad_groups_daily", found, "ad_group_daily")}
    assert len(got) == len(found) == 3
    row = got["52", date(2026, 3, 1)]
    assert (row["campaign_id"], row["ad_group_name"], row["spend"], row["currency"], row["account_zone"]) == (
        "111",
        "broad",
        Decimal("0.340001"),
        "EUR",
        "Europe/Paris",
    )
    assert rows(source, "ad_groups_daily", found, "ad_spend_daily") == [], "never spend: it would count twice"


def test_a_campaign_of_a_type_without_ad_groups_has_none(google: Ads) -> None:
    found = records(read(google.source(), "ad_groups_daily"))
    assert {record["campaign"]["id"] for record in found} == {"111"}, "222 is Performance Max"


def test_each_level_keeps_its_own_days(google: Ads) -> None:
    pages = read(google.source(customer_ids=[NEW_YORK]), "ad_groups_daily")
    assert pages[-1].cursor == f"{NEW_YORK}=2026-09-30"
    assert {days.table for page in pages for days in page.days} == {"ad_group_daily"}
