"""Own domains beside competitors, and the visibility of tracked sites."""

from datetime import date
from decimal import Decimal

from tests.sync.facts import Facts


def estimate(facts: Facts, domain: str, month: int, traffic: int | None, *, rival: bool | None = False) -> None:
    facts.add(
        "seo_estimate",
        domain=domain,
        database="fr",
        month_on=date(2026, month, 1),
        organic_traffic=traffic,
        currency="USD",
        cost_class="estimate",
        counts_as_spend=False,
        is_competitor=rival,
    )


def test_a_month_is_shared_where_both_sides_are_known(facts: Facts) -> None:
    for domain, rival in (("own.example", False), ("own.test", False), ("rival.example", True)):
        estimate(facts, domain, 3, 100, rival=rival)
    estimate(facts, "own.example", 4, 100)
    estimate(facts, "rival.example", 4, None, rival=True)
    estimate(facts, "own.example", 5, 100, rival=None)
    estimate(facts, "rival.example", 5, 100, rival=True)
    facts.derive()
    assert facts.rows("SELECT month_on, own_traffic, all_traffic FROM seo_month") == [(date(2026, 3, 1), 200, 300)]


def test_visibility_is_a_share_and_a_day_without_one_is_none(facts: Facts) -> None:
    for day, percent in ((1, Decimal("45.8")), (2, None)):
        seen = {"listing": "l", "campaign_id": "1_2", "url": "*", "seen_on": date(2026, 5, day), "read_on": date(2026, 5, 9)}
        facts.add("seo_visibility_daily", **seen, visibility_percent=percent)
    facts.derive()
    assert facts.rows("SELECT seen_on, visibility FROM seo_day") == [(date(2026, 5, 1), Decimal("0.458"))]
