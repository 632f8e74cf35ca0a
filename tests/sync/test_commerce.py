"""Orders, refunds, carts, buyers and invoices: what counts, on which day, and what is set aside."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kpi.measures.orders import REFUND_FACTS
from sync.marts.desk import CommerceOptions
from tests.sync.sales import Sales as Facts
from tests.sync.test_margin import line, order

BY_ORDER = CommerceOptions(refund_date="order")


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Facts:
    return Facts(con, tmp_path)


def refund(facts: Facts, id: str, amount: str, of: str | None = None, **more: Any) -> None:
    """``of``: its order."""
    values = {"payment_id": id, "paid_on": date(2026, 5, 11), "payment_amount": Decimal(1000), "currency": "EUR"}
    facts.add("refund", refund_id=id, amount=Decimal(amount), amount_home=Decimal(amount), **{**values, **more})
    if of:
        facts.link("orders", of, "commerce_payments", id)


def cart(facts: Facts, id: str, at: str, order_id: str | None = None, **more: Any) -> None:
    created = datetime.fromisoformat(at).replace(tzinfo=UTC)
    facts.add("cart", cart_id=id, created_at=created, created_on=created.date(), **more)
    if order_id:
        facts.link("carts", id, "orders", order_id)


def is_dated(facts: Facts) -> bool:
    table, column = REFUND_FACTS.borne_by or ("", "")
    return bool(facts.one(f"SELECT count({column}) FROM {table}"))


# --- orders --------------------------------------------------------------------------------------------------------


def test_an_order_is_worth_its_goods_unless_the_settings_say_more(facts: Facts) -> None:
    order(facts, "1", "126", tax_amount=Decimal(20), shipping_amount=Decimal(6))
    order(facts, "2", "60", currency="USD", amount_home=Decimal(54), tax_amount=Decimal(10))
    for setting, worth in (("net", [100, 45]), ("with_shipping", [106, 45]), ("total", [126, 54])):
        facts.derive(commerce=CommerceOptions(order_value=setting))
        assert [v for (v,) in facts.rows("SELECT value_home FROM purchase ORDER BY order_id")] == worth, setting


def test_what_cannot_be_an_order_is_set_aside_and_counted(facts: Facts) -> None:
    order(facts, "sound", "100")
    order(facts, "off", "100", fulfillment_status=" Cancelled")
    order(facts, "test", "100", fulfillment_status="TEST")
    order(facts, "undated", "100", ordered_on=None)
    order(facts, "future", "100", "2026-06-16")
    order(facts, "negative", "-5")
    order(facts, "taxed", "10", tax_amount=Decimal(12))
    order(facts, "gone", "100", archived_at=datetime(2026, 6, 1, tzinfo=UTC))
    order(facts, "merged", "100", merged_into="sound")
    report = facts.derive()
    assert facts.rows("SELECT order_id, value_home FROM purchase ORDER BY 1") == [("sound", 100), ("taxed", None)]
    assert {code: report.counts[code] for code in report.counts if code.startswith("orders_")} == {
        "orders_without_date": 1,
        "orders_in_the_future": 1,
        "orders_with_negative_amount": 1,
        "orders_with_impossible_tax": 1,
        "orders_without_rate": 0,
        "orders_with_unexplained_value": 0,
    }


def test_products_of_an_order_and_the_rest_make_its_value(facts: Facts) -> None:
    facts.add("product", product_id="a", category="Toys")
    order(facts, "1", "100")
    line(facts, "orders/1", "11", "60", quantity="2")
    line(facts, "orders/1", "12", "30", quantity="3", product_id="b")
    order(facts, "2", "50")
    facts.derive()
    assert facts.rows(
        "SELECT order_id, product_id, category, value_home, units, credit > 0 FROM purchase_product ORDER BY ALL"
    ) == [
        ("1", "a", "Toys", 60, 2, True),
        ("1", "b", None, 30, 3, True),
        ("1", "unallocated", "unallocated", 10, None, False),
        ("2", "unallocated", "unallocated", 50, None, False),
    ]
    assert facts.rows("SELECT order_id, units FROM purchase ORDER BY 1") == [("1", 5), ("2", None)]


def test_an_order_is_credited_as_the_lead_its_contact_was(facts: Facts) -> None:
    facts.contact("5", first_source="PAID_SOCIAL")
    order(facts, "1", "100")
    facts.link("orders", "1", "contacts", "5")
    order(facts, "2", "50")
    facts.derive()
    assert facts.rows("SELECT order_id, channel, value_home FROM purchase_credit WHERE model = 'first' ORDER BY 1") == [
        ("1", "paid_social", 100),
        ("2", "unattributed", 50),
    ]


# --- refunds -------------------------------------------------------------------------------------------------------


def test_a_refund_takes_back_its_part_of_the_value_on_its_own_day_or_the_orders(facts: Facts) -> None:
    order(facts, "1", "120", "2026-04-02", tax_amount=Decimal(20))
    refund(facts, "r", "30", "1", refunded_on=date(2026, 5, 20))
    facts.derive()
    query = "SELECT counted_on, refund_home, value_home, units, is_first_of_order, has_no_day FROM refunded"
    assert facts.rows(query) == [(date(2026, 5, 20), 30, 25, 0, True, False)]
    facts.derive(commerce=BY_ORDER)
    assert facts.rows(query) == [(date(2026, 4, 2), 30, 25, 0, True, False)]


def test_units_come_back_when_the_whole_order_is_given_back(facts: Facts) -> None:
    order(facts, "1", "100")
    line(facts, "orders/1", "11", "60", quantity="2")
    line(facts, "orders/1", "12", "40", quantity="3", product_id="b")
    refund(facts, "r1", "30", "1", refunded_on=date(2026, 5, 20))
    refund(facts, "r2", "70", "1", refunded_on=date(2026, 5, 21))
    facts.derive()
    assert facts.rows("SELECT refund_id, value_home, units, is_first_of_order FROM refunded ORDER BY 1") == [
        ("r1", 30, 0, True),
        ("r2", 70, 5, False),
    ]
    assert facts.rows("SELECT refund_id, product_id, value_home, units FROM refunded_product ORDER BY ALL") == [
        ("r1", "a", 18, 0),
        ("r1", "b", 12, 0),
        ("r2", "a", 42, 2),
        ("r2", "b", 28, 3),
    ]


def test_refunds_are_unknown_only_where_none_bears_a_day_that_counts(facts: Facts) -> None:
    facts.derive()
    assert is_dated(facts), "none given is none, not unknown"
    order(facts, "1", "100")
    refund(facts, "r1", "10", "1")
    facts.derive()
    assert not is_dated(facts)
    facts.derive(commerce=BY_ORDER)
    assert is_dated(facts)
    refund(facts, "r2", "10", "1", refunded_on=date(2026, 5, 20))
    report = facts.derive()
    assert is_dated(facts)
    assert facts.rows("SELECT counted_on, has_no_day FROM refunded ORDER BY refund_id") == [
        (date(2026, 5, 11), True),
        (date(2026, 5, 20), False),
    ]
    assert report.counts["refunds_without_day"] == 1


def test_impossible_refunds_are_set_aside_and_counted(facts: Facts) -> None:
    order(facts, "1", "100")
    refund(facts, "above", "200", "1", payment_amount=Decimal(100))
    refund(facts, "negative", "-5", "1")
    refund(facts, "elsewhere", "5")
    report = facts.derive()
    assert facts.rows("SELECT refund_id, order_id, value_home FROM refunded") == [("elsewhere", None, 0)]
    assert (report.counts["refunds_above_payment"], report.counts["negative_refunds"]) == (1, 1)
    assert report.counts["refunds_without_order"] == 1


def test_what_products_share_of_orders_and_refunds_sums_to_them_in_any_currency(facts: Facts) -> None:
    for number in range(24):
        amount = Decimal(number * 41 + 7)
        home = (amount * Decimal("0.923417")).quantize(Decimal("0.000001"))
        order(facts, str(number), str(amount), currency="USD", amount_home=home, tax_amount=Decimal(number) / 3)
        for part in range(number % 4):
            worth = (amount / 3).quantize(Decimal("0.01"))
            line(facts, f"orders/{number}", f"{number}-{part}", str(worth), product_id=str(part), currency="USD")
        refund(facts, f"r{number}", str(home / 7), str(number), refunded_on=date(2026, 5, 20))
    facts.derive()
    for whole, parts in (("purchase", "purchase_product"), ("refunded", "refunded_product")):
        total = facts.one(f"SELECT sum(value_home) FROM {whole}")
        assert facts.one(f"SELECT sum(value_home) FROM {parts}") == total > 0, parts
    assert facts.one("SELECT sum(value_home) FROM buyer") == facts.one(
        "SELECT (SELECT sum(value_home) FROM purchase) - (SELECT sum(value_home) FROM refunded)"
    )


# --- carts and invoices ----------------------------------------------------------------------------------------------


def test_a_cart_is_abandoned_when_it_is_old_enough_and_no_order_came_of_it(facts: Facts) -> None:
    order(facts, "1", "100")
    cart(facts, "bought", "2026-06-01T10:00", "1")
    cart(facts, "left", "2026-06-14T08:59")
    cart(facts, "young", "2026-06-14T09:01")
    cart(facts, "test", "2026-06-01T10:00", external_status="Test")
    facts.add("cart", cart_id="undated")
    report = facts.derive()
    assert facts.rows("SELECT cart_id, is_mature, is_bought FROM cart_outcome ORDER BY 1") == [
        ("bought", True, True),
        ("left", True, False),
        ("young", False, False),
    ]
    assert facts.one("SELECT count(*) FROM cart_credit WHERE model = 'first'") == 3
    assert report.counts["carts_without_date"] == 1
    facts.derive(commerce=CommerceOptions(cart_window_hours=48))
    assert facts.one("SELECT count(*) FROM cart_outcome WHERE is_mature") == 1


def test_invoices_are_issued_unpaid_overdue_or_void(facts: Facts) -> None:
    for id, status, due in (
        ("1", "paid", 1),
        ("2", "open", 14),
        ("3", "OPEN", 15),
        ("4", "draft", 1),
        ("5", "voided", 1),
    ):
        facts.add(
            "invoice",
            invoice_id=id,
            status=status,
            invoiced_on=date(2026, 5, 1),
            due_on=date(2026, 6, due),
            amount=Decimal(10),
            currency="EUR",
            amount_home=Decimal(10),
        )
    facts.company("c")
    facts.link("invoices", "2", "companies", "c")
    facts.derive()
    assert facts.rows("SELECT invoice_id, company_id, is_issued, is_unpaid, is_overdue FROM bill ORDER BY 1") == [
        ("1", None, True, False, False),
        ("2", "c", True, True, True),
        ("3", None, True, True, False),
        ("4", None, False, False, False),
        ("5", None, False, False, False),
    ]


def test_a_credit_note_takes_off_and_a_deposit_is_owed_but_no_revenue(facts: Facts) -> None:
    for id, kind, status, amount in (
        ("1", None, "open", 100),
        ("2", "invoice", "paid", 50),
        ("3", "deposit", "open", 30),
        ("4", "deposit", "paid", 30),
        ("5", "credit_note", "open", -20),
        ("6", "credit_note", "voided", -70),
        ("7", None, "open", -5),
    ):
        on, value = date(2026, 5, 1), Decimal(amount)
        facts.add("invoice", invoice_id=id, kind=kind, status=status, invoiced_on=on, amount=value, amount_home=value)
    report = facts.derive()
    assert facts.rows("SELECT invoice_id, is_issued, is_revenue, is_unpaid FROM bill ORDER BY 1") == [
        ("1", True, True, True),
        ("2", True, True, False),
        ("3", False, False, True),
        ("4", False, False, False),
        ("5", False, True, False),
        ("6", False, False, False),
    ]
    assert report.counts["invoices_with_negative_amount"] == 1


# --- buyers --------------------------------------------------------------------------------------------------------


def test_several_orders_of_a_day_are_one_purchase_unless_each_counts(facts: Facts) -> None:
    facts.contact("5")
    for id, on in (("1", "2025-01-10"), ("2", "2025-01-10"), ("3", "2026-05-02")):
        order(facts, id, "10", on)
        facts.link("orders", id, "contacts", "5")
    facts.derive(customer_unit="contact")
    assert facts.rows("SELECT customer_id, purchases, purchases_of_year, value_home FROM buyer") == [("5", 2, 1, 30)]
    facts.derive(customer_unit="contact", commerce=CommerceOptions(same_day_orders="each"))
    assert facts.rows("SELECT customer_id, purchases, purchases_of_year FROM buyer") == [("5", 3, 1)]


def test_value_so_far_is_compared_at_equal_age_over_months_that_are_over(facts: Facts) -> None:
    """Today is 15 June: May is the newest month that is over."""
    for id, contact, on, amount in (
        ("1", "5", "2026-04-30", "10"),
        ("2", "5", "2026-05-01", "20"),
        ("3", "6", "2026-04-01", "50"),
    ):
        facts.contact(contact)
        order(facts, id, amount, on)
        facts.link("orders", id, "contacts", contact)
    order(facts, "4", "7", "2026-05-09")
    order(facts, "5", "7", "2026-06-01")
    refund(facts, "r", "5", "3")
    facts.derive(customer_unit="contact")
    assert facts.rows("SELECT * FROM buyer_age ORDER BY ALL") == [
        (date(2026, 4, 1), "0", 2, 55),
        (date(2026, 4, 1), "1", 2, 75),
        (date(2026, 5, 1), "0", 1, 7),
    ]
