"""Campaigns beside their ad groups: compared day by day, never added."""

from datetime import date
from decimal import Decimal

from sync.marts.media import NOTES
from tests.sync.facts import Facts


def group(facts: Facts, group_id: str, campaign_id: str, on: str, amount: str) -> None:
    facts.add(
        "ad_group_daily",
        source_id=f"{group_id}@{on}",
        platform="google_ads",
        account_id="a",
        campaign_id=campaign_id,
        ad_group_id=group_id,
        ad_group_name=group_id,
        spend_on=date.fromisoformat(on),
        currency="EUR",
        spend=Decimal(amount),
        impressions=1,
        clicks=1,
        conversions=Decimal(0),
        conversions_value=Decimal(0),
    )


def test_where_the_levels_differ_the_days_are_counted_with_the_reason(facts: Facts) -> None:
    facts.spend("11", "2026-04-30", "7")
    facts.spend("11", "2026-05-01", "10")
    facts.spend("11", "2026-05-02", "10")
    facts.spend("22", "2026-05-02", "5", channel="cross_network")
    group(facts, "x", "11", "2026-05-01", "4")
    group(facts, "y", "11", "2026-05-01", "6")
    group(facts, "x", "11", "2026-05-02", "9")
    counts = facts.derive().counts
    assert (counts["ad_groups_off"], counts["no_ad_groups"]) == (1, 1)
    listed = {name: facts.rows(f"SELECT source_id FROM {NOTES[name].rows}") for name in ("ad_groups_off", "no_ad_groups")}
    assert listed == {"ad_groups_off": [("11@2026-05-02",)], "no_ad_groups": [("22@2026-05-02",)]}
    assert "Performance Max" in NOTES["no_ad_groups"].words.en
    assert facts.one("SELECT sum(spend_home) FROM spend") == Decimal(32), "campaigns alone are spend"
