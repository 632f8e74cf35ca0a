"""What was sold and what it cost: every sale once, exact in the company's currency, a missing cost never taken for none."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.marts.desk import CommerceOptions
from sync.marts.lines import MACROS
from tests.sync.sales import Sales as Facts


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Facts:
    return Facts(con, tmp_path)


def line(facts: Facts, of: str, id: str, amount: str, cost: str | None = None, *, quantity: str = "1", **more: Any) -> None:
    """``of``: ``deals/7``. ``cost`` is of one unit."""
    unit_cost = None if cost is None else Decimal(cost)
    facts.add(
        "line_item",
        line_item_id=id,
        amount=Decimal(amount),
        unit_cost=unit_cost,
        quantity=Decimal(quantity),
        **{"product_id": "a", **more},
    )
    kind, _, parent = of.partition("/")
    facts.link(kind, parent, "line_items", id)


def order(facts: Facts, id: str, amount: str, on: str = "2026-05-10", **more: Any) -> None:
    values = {"ordered_on": date.fromisoformat(on), "amount": Decimal(amount), "currency": "EUR", "amount_home": Decimal(amount)}
    facts.add("order", order_id=id, **{**values, **more})


def sold(facts: Facts) -> list[tuple[Any, ...]]:
    return facts.rows("SELECT sale_id, line_id, net_home, cost_home, costed_net, costed_cost FROM sold_line ORDER BY ALL")


def test_a_won_deal_is_sold_by_its_lines_and_costs_what_their_units_cost(facts: Facts) -> None:
    facts.won("7", "100")
    line(facts, "deals/7", "1", "60", "10", quantity="3")
    line(facts, "deals/7", "2", "40", "5")
    facts.deal("8", amount=Decimal(50))
    line(facts, "deals/8", "3", "50", "1")
    facts.derive()
    assert sold(facts) == [("7", "1", 60, 30, 60, 30), ("7", "2", 40, 5, 40, 5)], "an open deal sold nothing"


def test_a_line_without_a_cost_has_its_products_and_else_stays_out_of_the_margin(facts: Facts) -> None:
    facts.add("product", product_id="a", unit_cost=Decimal(4), currency="EUR")
    facts.add("product", product_id="b", currency="EUR")
    facts.won("7", "100")
    line(facts, "deals/7", "1", "60")
    line(facts, "deals/7", "2", "40", product_id="b")
    line(facts, "deals/7", "3", "0", "-1")
    report = facts.derive()
    assert sold(facts) == [("7", "1", 60, 4, 60, 4), ("7", "2", 40, None, 0, 0), ("7", "3", 0, 4, 0, 4)]
    assert (report.counts["sold_without_cost"], report.counts["lines_with_negative_cost"]) == (1, 1)


def test_what_the_lines_do_not_explain_has_no_cost_and_a_reduction_costs_nothing(facts: Facts) -> None:
    facts.won("7", "110")
    line(facts, "deals/7", "1", "100", "60")
    facts.won("8", "90")
    line(facts, "deals/8", "2", "100", "60")
    facts.won("9", "30")
    facts.deal("10", "won", close_on=date(2026, 5, 1))
    facts.derive()
    assert sold(facts) == [
        ("10", "unallocated", None, None, None, 0),
        ("7", "1", 100, 60, 100, 60),
        ("7", "unallocated", 10, None, 0, 0),
        ("8", "2", 100, 60, 100, 60),
        ("8", "unallocated", -10, 0, -10, 0),
        ("9", "unallocated", 30, None, 0, 0),
    ]


def test_an_assumed_margin_fills_what_has_no_cost_and_says_so(facts: Facts) -> None:
    facts.won("7", "100")
    line(facts, "deals/7", "1", "60", "50")
    report = facts.derive(commerce=CommerceOptions(gross_margin=Decimal("0.4")))
    assert facts.rows("SELECT line_id, costed_net, costed_cost, is_assumed, has_no_cost FROM sold_line ORDER BY 1") == [
        ("1", 60, 50, False, False),
        ("unallocated", 40, 24, True, False),
    ]
    assert report.counts["sold_with_assumed_cost"] == 1


def test_an_order_of_a_won_deal_is_its_delivery_and_sells_nothing_twice(facts: Facts) -> None:
    facts.won("7", "100")
    line(facts, "deals/7", "1", "100", "60")
    order(facts, "71", "120", tax_amount=Decimal(20))
    facts.link("orders", "71", "deals", "7")
    facts.link("orders", "71", "line_items", "1")
    order(facts, "72", "126", tax_amount=Decimal(20), shipping_amount=Decimal(6))
    line(facts, "orders/72", "2", "100", "70")
    facts.derive()
    assert facts.rows("SELECT sale_kind, sale_id, net_home, cost_home FROM sold_line ORDER BY ALL") == [
        ("deal", "7", 100, 60),
        ("order", "72", 100, 70),
    ]


def test_a_deal_of_two_companies_is_sold_once(facts: Facts) -> None:
    """Worked check 12."""
    facts.company("1")
    facts.company("2")
    facts.won("7", "1000", companies="1 2")
    facts.derive()
    assert facts.rows("SELECT company_id, net_home FROM sold_line") == [("1", 1000)]
    assert facts.one("SELECT sum(net_home) FROM sold_line") == 1000


def test_credits_share_a_sale_with_all_its_lines(facts: Facts) -> None:
    facts.contact("5", first_source="PAID_SOCIAL")
    facts.won("7", "100", contacts="5")
    line(facts, "deals/7", "1", "60", "50")
    order(facts, "72", "10")
    facts.link("orders", "72", "contacts", "5")
    order(facts, "73", "20")
    facts.derive()
    found = facts.rows(
        "SELECT sale_id, channel, net_home, costed_net, costed_cost, has_no_cost FROM sold_credit WHERE model = 'first' ORDER BY ALL"
    )
    assert found == [
        ("7", "paid_social", 100, 60, 50, True),
        ("72", "paid_social", 10, 0, 0, True),
        ("73", "unattributed", 20, 0, 0, True),
    ]


def test_lines_in_the_documents_currency_are_converted_at_its_own_rate_and_sum_to_it(facts: Facts) -> None:
    order(facts, "72", "300", currency="USD", amount_home=Decimal(100))
    line(facts, "orders/72", "1", "100", "30", currency="USD")
    line(facts, "orders/72", "2", "200", "30", product_id="b")
    order(facts, "73", "0", currency="USD", amount_home=Decimal(0), fx_rate=Decimal("0.9"))
    line(facts, "orders/73", "3", "10", "1")
    facts.derive()
    assert sold(facts)[:2] == [
        ("72", "1", Decimal("33.333333"), 10, Decimal("33.333333"), 10),
        ("72", "2", Decimal("66.666667"), 10, Decimal("66.666667"), 10),
    ]
    assert sold(facts)[2:4] == [("73", "3", 9, Decimal("0.9"), 9, Decimal("0.9")), ("73", "unallocated", -9, 0, -9, 0)]


def test_a_line_of_a_negative_quantity_is_set_aside_and_counted(facts: Facts) -> None:
    facts.won("7", "100")
    line(facts, "deals/7", "1", "100", "60")
    line(facts, "deals/7", "2", "-20", "60", quantity="-2")
    report = facts.derive()
    assert sold(facts) == [("7", "1", 100, 60, 100, 60)]
    assert report.counts["lines_with_negative_quantity"] == 1


def test_margins_and_revenue_agree(facts: Facts) -> None:
    """Everything sold by deals sums to the revenue won, whatever their lines say, to the last digit kept."""
    for number in range(30):
        rate = Decimal("0.923417") + Decimal(number) / 1000
        amount = Decimal(number * 37) / 7
        home = (amount.quantize(Decimal("0.01")) * rate).quantize(Decimal("0.000001"))
        facts.deal(
            str(number),
            "won",
            amount=amount.quantize(Decimal("0.01")),
            currency="USD",
            amount_home=home,
            close_on=date(2026, 5, 1),
        )
        for part in range(number % 4):
            line(
                facts,
                f"deals/{number}",
                f"{number}-{part}",
                str((amount / 3).quantize(Decimal("0.01"))),
                "0.37",
                product_id=str(part),
            )
    facts.derive()
    won = facts.one("SELECT sum(amount_home) FROM deal_outcome WHERE won_on IS NOT NULL")
    assert facts.one("SELECT sum(net_home) FROM sold_line") == facts.one("SELECT sum(amount_home) FROM deal_product") == won


_ENGINE = duckdb.connect()
for _macro in MACROS:
    _ENGINE.execute(_macro)
_MILLIONTHS = st.integers(-(10**18) + 1, 10**18 - 1).map(lambda n: Decimal(n).scaleb(-6))


@given(amount=_MILLIONTHS, part=_MILLIONTHS, whole=_MILLIONTHS)
@settings(max_examples=60, deadline=None)
def test_a_share_is_exact_to_the_sixth_decimal(amount: Decimal, part: Decimal, whole: Decimal) -> None:
    """Also where doubles would not be: against whole numbers of any size."""
    ((found,),) = _ENGINE.execute(
        "SELECT exact_share(CAST(? AS DECIMAL(18, 6)), CAST(? AS DECIMAL(18, 6)), CAST(? AS DECIMAL(18, 6)))",
        [amount, part, whole],
    ).fetchall()
    a, p, w = (int(value.scaleb(6)) for value in (amount, part, whole))
    if not w:
        assert found is None
        return
    exact = (2 * abs(a * p) + abs(w)) // (2 * abs(w))
    sign = -1 if (a < 0) ^ (p < 0) ^ (w < 0) else 1
    assert found == (None if exact >= 10**18 else Decimal(sign * exact).scaleb(-6))
