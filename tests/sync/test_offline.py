"""Conversions that no platform saw, placed on what brought them; and what a file counts beside a cost."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.sync.facts import Facts


def conversion(facts: Facts, id: str, **more: Any) -> None:
    values = {"conversion_id": id, "converted_on": date(2026, 5, 3), "conversions": 1, **more}
    facts.add("offline_conversion", **values)


def test_a_conversion_belongs_to_its_click_then_its_campaign_then_its_channel(facts: Facts) -> None:
    facts.spend("77", "2026-05-02", "10", "Brand FR")
    facts.spend("88", "2026-05-02", "10", "Shop FR", channel="paid_shopping")
    facts.add("ad_click", click_hash="h", platform="google_ads", account_id="a", campaign_id="77", clicked_on=date(2026, 5, 1))
    conversion(facts, "clicked", click_hash="h", campaign_id="88", channel="email")
    conversion(facts, "numbered", platform="google", campaign_id="88")
    conversion(facts, "of another platform", platform="bing", campaign_id="88")
    conversion(facts, "named", campaign_name="brand fr")
    conversion(facts, "own", campaign_name="Salon de Lyon", channel="events")
    conversion(facts, "channel", channel="e_mail")
    conversion(facts, "lost click", click_hash="unknown")
    report = facts.derive()
    placed = {row[0]: row[1:] for row in facts.rows("SELECT source_id, channel, campaign FROM offline_result")}
    assert placed == {
        "clicked": ("paid_search", "google_ads/77"),
        "numbered": ("paid_shopping", "google_ads/88"),
        "of another platform": ("unattributed", "unattributed"),
        "named": ("paid_search", "google_ads/77"),
        "own": ("events", "spend_file/salon de lyon"),
        "channel": ("email", "unattributed"),
        "lost click": ("unattributed", "unattributed"),
    }
    assert report.counts["offline_clicks_without_campaign"] == 1
    assert report.counts["offline_without_place"] == 2


def test_a_value_without_a_rate_is_a_gap_and_no_value_is_none(facts: Facts) -> None:
    conversion(facts, "1", value=Decimal(100), currency="EUR", value_home=Decimal(100))
    conversion(facts, "2", value=Decimal(100), currency="XAU")
    conversion(facts, "3")
    facts.derive()
    assert facts.rows("SELECT source_id, value_home, is_valued FROM offline_result ORDER BY 1") == [
        ("1", Decimal(100), True),
        ("2", None, True),
        ("3", None, False),
    ]


def test_what_a_file_counts_beside_a_cost_is_in_spend_unless_the_cost_is_spread(facts: Facts) -> None:
    counted = {"impressions": 900, "clicks": 30, "leads": 3}
    facts.cost("a", "12", channel="paid_social", **counted)
    facts.cost("b", "12", channel="paid_social", note="licence", **counted)
    facts.cost("c", "12", channel="paid_social")
    facts.derive(spread_costs=[("note = 'licence'", 2)])
    assert facts.rows("SELECT source_id, impressions, clicks, leads FROM spend ORDER BY 1, spend_on") == [
        ("a", 900, 30, 3),
        ("b", None, None, None),
        ("b", None, None, None),
        ("c", None, None, None),
    ]
