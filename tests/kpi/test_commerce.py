"""KPIs of commerce and finance: what they make of their marts, and when they say nothing."""

from decimal import Decimal
from typing import Any

import pytest

from kpi.engine import Coverage
from kpi.schema import CREDIT_UNIT
from kpi.schema.marts.recurring import MRR_PARTS
from tests.kpi.marts import EVERYTHING, TODAY, Marts, by_key, day


def sell(marts: Marts, net: str | None, cost: str | None, *, channel: str = "paid_search", **more: Any) -> None:
    """A sale of one line; without ``cost`` none is known."""
    amount = None if net is None else Decimal(net)
    sale = {
        "sale_kind": "deal",
        "sale_id": marts.new_id(),
        "sold_on": day(3),
        "net_home": amount,
        "costed_net": amount if cost is not None or amount is None else Decimal(0),
        "costed_cost": Decimal(cost or 0),
        "has_no_cost": cost is None,
        "is_assumed": False,
        "credit": CREDIT_UNIT,
        **more,
    }
    marts.insert("sold_line", [{"product_id": "a", **sale, "line_id": "1", "cost_home": None if cost is None else Decimal(cost)}])
    credited = {**sale, "campaign": "unattributed", "channel": channel}
    credited.pop("product_id", None)
    marts.insert("sold_credit", [{**credited, "model": model} for model in ("first", "last")])


def buy(marts: Marts, value: str | None, *, units: str | None = None, channel: str = "direct", **more: Any) -> None:
    order = {
        "order_id": marts.new_id(),
        "ordered_on": day(3),
        "value_home": None if value is None else Decimal(value),
        "units": None if units is None else Decimal(units),
        "credit": CREDIT_UNIT,
        **more,
    }
    marts.insert("purchase", [order])
    marts.insert(
        "purchase_credit", [{**order, "model": m, "channel": channel, "campaign": "unattributed"} for m in ("first", "last")]
    )


def give_back(marts: Marts, value: str, *, units: str = "0", **more: Any) -> None:
    row = {
        "refund_id": marts.new_id(),
        "counted_on": day(40),
        "refund_home": Decimal(value),
        "value_home": Decimal(value),
        "units": Decimal(units),
        "is_of_order": True,
        "is_first_of_order": True,
        "has_no_day": False,
        "credit": CREDIT_UNIT,
    }
    marts.insert("refunded", [{**row, **more}])


def test_return_on_revenue_and_on_margin(marts: Marts) -> None:
    """Worked check 7: spend 1,000, attributed revenue 5,000, margin 0.4: ROAS 5.0, ROI 4.0, ROI on margin 1.0."""
    marts.spend("1000", on=day(3))
    marts.deal(amount_home=Decimal(5000), won_on=day(3), channel="paid_search")
    sell(marts, "5000", "3000")
    found = {name: marts.one(name).value for name in ("roas_crm", "roi", "gross_margin", "roi_margin", "contribution")}
    assert found == {"roas_crm": 5, "roi": 4, "gross_margin": Decimal("0.4"), "roi_margin": 1, "contribution": 1000}


def test_spend_that_brought_nothing_back_lost_itself_and_no_spend_has_no_return(marts: Marts) -> None:
    marts.spend("1000", on=day(3), channel="display")
    sell(marts, "500", "300", channel="direct")
    sell(marts, "500", "300", channel="unattributed")
    assert by_key(marts.compute("roi_margin", by="channel")) == {"display": -1, "direct": None}
    assert by_key(marts.compute("contribution", by="channel")) == {"display": -1000, "direct": 200, "unattributed": 200}


def test_a_sale_without_a_known_cost_is_in_no_margin_and_counted(marts: Marts) -> None:
    sell(marts, "900", "300")
    sell(marts, "100", None)
    sell(marts, "50", "20", is_assumed=True)
    margin = marts.one("gross_margin_value")
    assert (margin.value, margin.flags) == (630, ("assumed_margin", "cost_missing"))
    assert (margin.inputs["margin_revenue_cost_missing"], margin.inputs["margin_revenue_assumed_margin"]) == (1, 1)
    assert marts.one("margin_coverage").value == Decimal("0.9047619048")
    assert by_key(marts.compute("gross_margin", by="product")) == {"a": Decimal("0.6631578947")}


def test_a_margin_of_nothing_and_one_that_nobody_can_know_are_undefined(marts: Marts) -> None:
    sell(marts, "100", None)
    nothing = marts.one("gross_margin")
    assert nothing.value is None
    assert nothing.reason is not None
    assert nothing.reason.code == "nothing_below"
    unknown = {family: known for family, known in EVERYTHING.items() if family != "margin"}
    for name in ("gross_margin", "gross_margin_value", "contribution", "net_margin", "roi_margin"):
        result = marts.one(name, coverage=unknown)
        assert result.value is None, name
        assert result.reason is not None
        assert result.reason.code == "margin_not_connected"
        assert "kpis.gross_margin" in result.reason.text.fr


def test_net_margin_takes_every_cost_and_the_same_margin_where_none_is_known(marts: Marts) -> None:
    sell(marts, "800", "400")
    marts.spend("50", on=day(3))
    marts.overhead("150", on=day(4))
    assert marts.one("net_margin").value == Decimal("0.25")
    sell(marts, "200", None)
    assert marts.one("net_margin").value == Decimal("0.3")


def test_net_revenue_is_gross_less_refunds_in_the_period_each_happened(marts: Marts) -> None:
    buy(marts, "100", units="4")
    buy(marts, "60", units="2", channel="email")
    buy(marts, None)
    give_back(marts, "60", units="2")
    give_back(marts, "10", is_first_of_order=False)
    give_back(marts, "7", is_of_order=False, is_first_of_order=False)
    months = {
        name: [r.value for r in marts.compute(name, period="month")] for name in ("order_revenue_gross", "order_revenue_net")
    }
    assert months == {"order_revenue_gross": [160], "order_revenue_net": [160, -70]}
    values = {
        n: marts.one(n).value for n in ("orders", "aov", "aov_net", "basket_size", "refunds", "return_rate", "return_rate_orders")
    }
    assert values == {
        "orders": 3,
        "aov": 80,
        "aov_net": 45,
        "basket_size": 3,
        "refunds": 77,
        "return_rate": Decimal("0.3333333333"),
        "return_rate_orders": Decimal("0.3333333333"),
    }
    assert by_key(marts.compute("order_revenue_gross", by="channel")) == {"direct": 100, "email": 60}
    assert marts.one("order_revenue_gross").inputs["order_revenue_amount_missing"] == 1


def test_refunds_whose_day_nobody_knows_leave_only_what_rests_on_it_unknown(marts: Marts) -> None:
    buy(marts, "100")
    undated = {family: known for family, known in EVERYTHING.items() if family != "refund"}
    assert marts.one("order_revenue_gross", coverage=undated).value == 100
    for name in ("order_revenue_net", "aov_net", "refunds", "return_rate", "return_rate_value", "return_rate_orders"):
        result = marts.one(name, coverage=undated)
        assert (result.value, result.reason and result.reason.code) == (None, "refund_not_connected"), name


def test_carts_too_young_are_on_neither_side(marts: Marts) -> None:
    assert marts.one("cart_abandonment").value is None
    for is_mature, is_bought in ((True, True), (True, False), (True, False), (True, False), (False, False), (False, True)):
        row = {
            "cart_id": marts.new_id(),
            "created_on": day(3),
            "is_mature": is_mature,
            "is_bought": is_bought,
            "credit": CREDIT_UNIT,
        }
        marts.insert("cart_outcome", [row])
    found = marts.one("cart_abandonment")
    assert (found.value, found.n, found.flags) == (Decimal("0.75"), 4, ("small_sample",))


def test_who_buys_again_is_counted_once_whatever_they_buy(marts: Marts) -> None:
    for purchases, of_year, value in ((1, 1, "10"), (3, 1, "50"), (2, 2, "30"), (1, 0, "10")):
        row = {"customer_id": marts.new_id(), "purchases": purchases, "purchases_of_year": of_year, "value_home": Decimal(value)}
        marts.insert("buyer", [{**row, "channel": "direct", "credit": CREDIT_UNIT}])
    assert marts.one("repeat_rate").value == Decimal("0.5")
    assert marts.one("repeat_rate_12m").value == Decimal("0.3333333333")
    assert marts.one("customer_value").value == 25


def test_value_so_far_by_age_is_all_cohorts_of_that_age_together(marts: Marts) -> None:
    for month, age, buyers, value in ((0, "0", 2, "40"), (0, "1", 2, "60"), (30, "0", 8, "60")):
        marts.insert("buyer_age", [{"cohort_on": day(month), "age": age, "buyers": buyers, "value_home": Decimal(value)}])
    assert by_key(marts.compute("ltv_historic", by="cohort")) == {"0": 10, "1": 30}
    months = [(r.key, r.period_start, r.value) for r in marts.compute("ltv_historic", by="cohort", period="month")]
    assert months == [("0", day(0), 20), ("0", day(30), Decimal("7.5")), ("1", day(0), 30)]


def test_invoices_that_are_void_or_not_yet_issued_bring_nothing(marts: Marts) -> None:
    """A credit note takes from the revenue, and is no invoice; a deposit is owed, and no revenue."""
    for amount, issued, revenue, unpaid, overdue in (
        ("100", True, True, False, False),
        ("40", True, True, True, True),
        ("9", False, False, False, False),
        ("-15", False, True, False, False),
        ("7", False, False, True, False),
    ):
        row = {"invoice_id": marts.new_id(), "invoiced_on": day(3), "amount_home": Decimal(amount)}
        what = {"is_issued": issued, "is_revenue": revenue, "is_unpaid": unpaid, "is_overdue": overdue}
        marts.insert("bill", [row | what])
    found = {n: marts.one(n).value for n in ("invoices", "invoiced_revenue", "unpaid_invoices", "overdue_invoices")}
    assert found == {"invoices": 2, "invoiced_revenue": 125, "unpaid_invoices": 47, "overdue_invoices": 40}


@pytest.mark.parametrize("name", ["ltv_predicted", "ltv_predicted_fit"])
def test_a_prediction_is_an_estimate_or_nothing(marts: Marts, name: str) -> None:
    without: dict[str, Coverage] = {f: known for f, known in EVERYTHING.items() if f not in ("buyer_forecast", "buyer_fit")}
    reason = marts.one(name, coverage=without).reason
    assert reason is not None
    assert "cadran[ltv]" in reason.text.en
    marts.insert(
        "buyer_forecast", [{"customer_id": "1", "channel": "direct", "purchases": Decimal(2), "value_home": Decimal(30)}]
    )
    marts.insert("buyer_fit", [{"split_on": day(0), "expected": Decimal(30), "bought": Decimal(1)}])
    assert marts.one(name).value == 30
    assert "estimate" in marts.one(name).flags


def test_a_customer_of_a_paid_channel_pays_its_ads_back_in_months(marts: Marts) -> None:
    """Worked check 13 by channel: 400 for a customer who pays 50 a month at a margin of 0.8 is 10 months."""
    for channel, spent, monthly in (("paid_search", "800", 50), ("paid_social", "1000", 25)):
        marts.spend(spent, on=TODAY, channel=channel)
        for _ in range(2):
            marts.customer(on=TODAY, channel=channel)
        sell(marts, "1000", "200", channel=channel, sold_on=TODAY)
        row = dict.fromkeys(("mrr_start", "mrr_gained", "mrr_lost", "mrr_months", "mrr_losses"), Decimal(0))
        row |= {"mrr_new": Decimal(2 * monthly * MRR_PARTS)}
        counts = dict.fromkeys(("customers_start", "customers_lost", "customer_months", "customer_losses"), 0)
        marts.insert(
            "subscriber_year",
            [{"customer_id": channel, "channel": channel, "has_assumed_end": False, "customers_new": 2, **row, **counts}],
        )
    assert by_key(marts.compute("cac_payback_months_paid", by="channel")) == {"paid_search": 10, "paid_social": 25}
    assert marts.one("cac_payback_months_paid").value == 15
