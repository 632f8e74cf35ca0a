"""Purchases on the web: one scope of three, converted, beside the CRM's revenue and never in it."""

from datetime import date
from decimal import Decimal
from typing import Any

from kpi.registry import KPIS
from tests.sync.facts import Facts

WEB_KPIS = ("web_revenue", "web_purchases", "web_refund_rate", "web_cart_abandonment", "web_checkout_abandonment")


def day(facts: Facts, table: str, channel: str = "email", *, on: int = 1, **more: Any) -> None:
    known = {
        "source_id": f"{on}|{channel}|{sorted(more.items())}",
        "property_id": "16",
        "visit_on": date(2026, 5, on),
        "channel": channel,
    }
    facts.add(table, **known, **dict.fromkeys(("is_sampled", "is_thresholded", "has_other_row"), False), **more)


def bought(
    facts: Facts, scope: str, revenue: str, refunds: str = "0", currency: str = "EUR", rate: str | None = None, **more: Any
) -> None:
    amounts = {"gross_revenue": Decimal(revenue), "refunds": Decimal(refunds), "revenue": Decimal(revenue) - Decimal(refunds)}
    fx = Decimal(rate) if rate else None
    day(facts, "web_commerce_daily", scope=scope, currency=currency, purchases=Decimal(1), fx_rate=fx, **amounts, **more)


def test_one_scope_of_three_counts_in_the_companys_currency_and_no_revenue_won_comes_of_it(facts: Facts) -> None:
    for scope, channel in (("session", "email"), ("user", "paid_search"), ("event", "direct")):
        bought(facts, scope, "100", "20", channel=channel)
    bought(facts, "session", "50", currency="USD", rate="0.5", on=2)
    bought(facts, "session", "70", currency="XAF", on=3)
    for name, sessions in (("add_to_cart", 20), ("begin_checkout", 8), ("purchase", 5), ("generate_lead", 90)):
        day(facts, "web_event_daily", event_name=name, sessions=sessions, events=sessions, key_events=Decimal(0))
    facts.won("d", "900")
    facts.derive()
    assert facts.rows("SELECT visit_on, channel, purchases, gross_home, refunds_home, revenue_home FROM web_shop ORDER BY 1") == [
        (date(2026, 5, 1), "email", 1, 100, 20, 80),
        (date(2026, 5, 2), "email", 1, 25, 0, 25),
        (date(2026, 5, 3), "email", 1, None, None, None),
    ]
    assert facts.rows("SELECT channel, cart_sessions, checkout_sessions, purchase_sessions FROM web_step") == [
        ("email", 20, 8, 5)
    ]
    assert facts.rows("SELECT sum(amount_home) FROM deal_outcome WHERE won_on IS NOT NULL") == [(900,)]


def test_the_kpis_of_the_web_shop_read_no_fact_of_the_crm() -> None:
    families = {measure.facts.name for name in WEB_KPIS for measure in KPIS[name].formula.inputs}
    assert families == {"web_shop", "web_step"}
