"""Orders by category, and buyers by category and by the channel that brought them: every order and every buyer once."""

from collections.abc import Iterator
from decimal import Decimal
from math import nan
from pathlib import Path

import duckdb
import pytest

from kpi.buyers import Buying, Spending
from sync.marts import cohorts, commerce, deals, forecast, orders, people, touches
from sync.marts.desk import CommerceOptions, Desk
from tests.sync.steps import Steps
from tests.sync.test_commerce import refund
from tests.sync.test_margin import line, order

KPIS = (
    "orders",
    "aov",
    "aov_net",
    "basket_size",
    "order_revenue_gross",
    "repeat_rate",
    "repeat_rate_12m",
    "customer_value",
    "ltv_predicted",
)


def shop(desk: Desk) -> None:
    touches.place_touches(desk, touches.campaigns(desk))
    learned = deals.deals(desk)
    people.customers(desk)
    cohorts.lead_outcomes(desk)
    people.leads(desk, learned)
    orders.orders(desk)
    commerce.commerce(desk)
    forecast.forecast(desk)


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Steps:
    return Steps(con, tmp_path)


def bought(facts: Steps, id: str, by: str, on: str, lines: dict[str, str], amount: str | None = None) -> None:
    """An order of a contact; ``lines``: product -> amount."""
    order(facts, id, amount or str(sum(map(Decimal, lines.values()))), on)
    facts.link("orders", id, "contacts", by)
    for product, worth in lines.items():
        line(facts, f"orders/{id}", f"{id}{product}", worth, product_id=product)


def baskets(facts: Steps) -> None:
    for product, category in (("ball", "Toys"), ("doll", "Toys"), ("pen", "Paper"), ("bag", None)):
        facts.add("product", product_id=product, category=category)
    facts.contact("anna", first_source="PAID_SEARCH")
    facts.contact("bob", first_source="PAID_SEARCH")
    facts.contact("chloe")
    bought(facts, "1", "anna", "2026-05-01", {"ball": "20", "doll": "30", "pen": "10"})
    bought(facts, "2", "anna", "2026-05-20", {"doll": "40"}, amount="45")
    bought(facts, "3", "bob", "2026-05-03", {"pen": "6", "bag": "8"})
    bought(facts, "4", "bob", "2025-05-03", {"ball": "12"})
    bought(facts, "5", "chloe", "2026-05-09", {"bag": "100"})


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steps]:
    """The baskets, derived once."""
    kept = Steps(duckdb.connect(), tmp_path_factory.mktemp("sold"))
    baskets(kept)
    kept.take([shop], KPIS, customer_unit="contact")
    yield kept
    kept.con.close()


# --- by category ---------------------------------------------------------------------------------------------------


def test_an_order_counts_once_in_each_category_that_it_holds(sold: Steps) -> None:
    assert sold.values("orders", by="category") == {"Paper": "2", "Toys": "3", "unallocated": "0", "unassigned": "2"}
    assert sold.values("aov", by="category") == {"Paper": "8", "Toys": "34", "unallocated": None, "unassigned": "54"}
    assert sold.values("aov", by="category", period="year")["Toys 2026-01-01"] == "45"
    assert sold.values("aov", by="product")["doll"] == "35", "by product as before"
    assert sold.value("aov") == "46.2"


def test_categories_sum_to_the_value_of_all_orders(sold: Steps) -> None:
    by_category = sold.values("order_revenue_gross", by="category")
    assert by_category == {"Paper": "16", "Toys": "102", "unallocated": "5", "unassigned": "108"}
    assert sum(Decimal(v or 0) for v in by_category.values()) == Decimal(sold.value("order_revenue_gross") or 0) == 231


def test_refunds_are_taken_from_the_categories_they_were_of(facts: Steps) -> None:
    baskets(facts)
    refund(facts, "r", "30", "1")
    facts.take([shop], KPIS, customer_unit="contact", commerce=CommerceOptions(refund_date="order"))
    net = facts.values("aov_net", by="category")
    assert (net["Toys"], net["Paper"]) == ("25.666667", "5.5"), "25 of the 30, and 5"


def test_an_order_with_a_line_of_unknown_quantity_is_no_basket_of_its_category(facts: Steps) -> None:
    baskets(facts)
    order(facts, "6", "9", "2026-05-09")
    line(facts, "orders/6", "6a", "4", quantity="7", product_id="ball")
    facts.add("line_item", line_item_id="6b", amount=Decimal(5), quantity=None, product_id="doll")
    facts.link("orders", "6", "line_items", "6b")
    facts.take([shop], KPIS, customer_unit="contact")
    assert facts.values("basket_size", by="category")["Toys"] == "1.333333", "four toys in three orders: the fourth tells not"


def test_who_buys_two_products_of_a_category_in_one_order_has_not_come_back(sold: Steps) -> None:
    assert sold.values("repeat_rate", by="category") == {"Paper": "0", "Toys": "0.5", "unassigned": "0"}
    assert sold.values("repeat_rate_12m", by="category")["Toys"] == "1", "Bob's ball is older than a year"
    assert sold.values("customer_value", by="category") == {"Paper": "8", "Toys": "51", "unassigned": "54"}


# --- by channel ----------------------------------------------------------------------------------------------------


def test_a_buyer_is_of_the_channel_that_brought_its_first_order(sold: Steps) -> None:
    assert sold.values("repeat_rate", by="channel") == {"paid_search": "1", "unattributed": "0"}
    assert sold.values("repeat_rate_12m", by="channel") == {"paid_search": "0.5", "unattributed": "0"}
    assert sold.values("customer_value", by="channel") == {"paid_search": "65.5", "unattributed": "100"}
    assert sum(r.inputs["buyers"] or 0 for r in sold.results("repeat_rate", by="channel")) == 3, "each buyer is of one channel"


def test_a_buyer_with_a_won_deal_is_of_the_channel_that_won_it(facts: Steps) -> None:
    """As customers are in every KPI of theirs by channel."""
    facts.contact("dora", first_source="EMAIL_MARKETING")
    facts.contact("emil", first_source="PAID_SOCIAL")
    facts.company("7")
    facts.won("d", "500", "2026-04-01", contacts="dora", companies="7")
    bought(facts, "1", "emil", "2026-03-01", {"ball": "20"})
    facts.link("orders", "1", "companies", "7", is_primary=True)
    bought(facts, "2", "emil", "2026-03-05", {"ball": "20"})
    facts.take([shop], KPIS)
    assert facts.values("repeat_rate", by="channel") == {"email": "0", "paid_social": "0"}
    assert facts.values("customer_value", by="channel") == {"email": "20", "paid_social": "20"}


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models as they were fitted to the CDNOW sample: a few customers are enough."""
    pytest.importorskip("scipy")
    monkeypatch.setattr(forecast, "FEWEST_REPEATS", 1)
    monkeypatch.setattr(forecast, "fit_buying", lambda history: Buying(0.243, 4.414, 0.793, 2.426, log_likelihood=0))
    monkeypatch.setattr(forecast, "fit_spending", lambda repeats, mean: Spending(6.25, 3.74, 15.45))


def test_predicted_values_of_channels_are_those_of_their_customers(facts: Steps, fitted: None) -> None:
    baskets(facts)
    facts.take([shop], KPIS, customer_unit="contact")
    found = {r.key: r for r in facts.results("ltv_predicted", by="channel")}
    assert {key: r.inputs["predicted_buyers"] for key, r in found.items()} == {"paid_search": 2, "unattributed": 1}
    (total,) = facts.results("ltv_predicted")
    assert sum(r.inputs["predicted_value"] or 0 for r in found.values()) == total.inputs["predicted_value"]
    assert all(r.value and "estimate" in r.flags for r in found.values())


def test_a_model_that_cannot_tell_the_past_is_not_held_against_it(
    facts: Steps, fitted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fitted without the last third it may have no expectation; that must not end the run."""
    models = iter((Buying(0.243, 4.414, 0.793, 2.426, log_likelihood=0), Buying(0.243, nan, 0.793, 2.426, log_likelihood=0)))
    monkeypatch.setattr(forecast, "fit_buying", lambda history: next(models))
    baskets(facts)
    bought(facts, "6", "anna", "2025-05-09", {"pen": "5"})
    bought(facts, "7", "anna", "2025-06-09", {"pen": "5"})
    facts.take([shop], KPIS, customer_unit="contact")
    assert (facts.one("SELECT count(*) FROM buyer_forecast"), facts.one("SELECT count(*) FROM buyer_fit")) == (3, 0)
