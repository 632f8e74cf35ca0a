"""Deals by category: two products of a category on a deal are one deal of it, and what the deal is worth there is the sum of both."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
import pytest

from sync.marts import touches
from sync.marts.deals import deals
from sync.marts.desk import Desk
from tests.sync.steps import Steps

KPIS = (
    "revenue_won",
    "revenue_by_product",
    "deals_won",
    "avg_deal_size",
    "win_rate",
    "cycle_days_mean",
    "cycle_days_median",
    "cycle_days_p90",
    "pipeline_value",
    "sales_velocity",
)


def deals_alone(desk: Desk) -> None:
    touches.place_touches(desk, touches.campaigns(desk))
    deals(desk)


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    kept = duckdb.connect()
    yield Steps(kept, tmp_path)
    kept.close()


CATEGORIES = {"ball": "Toys", "doll": "Toys", "kite": "Toys", "pen": "Paper", "ink": "Paper", "bag": None, "box": None}


def catalogue(steps: Steps) -> None:
    for product, category in CATEGORIES.items():
        steps.add("product", product_id=product, category=category)


def lines(steps: Steps, deal_id: str, amounts: dict[str, str]) -> None:
    for product, amount in amounts.items():
        steps.add(
            "line_item", line_item_id=f"{deal_id}{product}", product_id=product, quantity=Decimal(1), amount=Decimal(amount)
        )
        steps.link("deals", deal_id, "line_items", f"{deal_id}{product}")


def won(steps: Steps, id: str, amount: str, days: int, sold: dict[str, str]) -> None:
    """On the tenth of May, so many days after it was created."""
    steps.won(id, amount, "2026-05-10", created=str(date(2026, 5, 10) - timedelta(days=days)))
    lines(steps, id, sold)


def test_a_deal_with_two_products_of_a_category_is_one_deal_of_it(steps: Steps) -> None:
    catalogue(steps)
    won(steps, "1", "50", 10, {"ball": "20", "doll": "30"})
    steps.take([deals_alone], KPIS)
    assert steps.values("deals_won", by="category") == {"Toys": "1"}
    assert steps.values("avg_deal_size", by="category") == {"Toys": "50"}
    assert steps.values("revenue_won", by="category") == {"Toys": "50"}
    assert steps.values("deals_won", by="product") == {"ball": "1", "doll": "1"}, "by product as before"
    assert steps.values("avg_deal_size", by="product") == {"ball": "20", "doll": "30"}


def test_rates_cycles_and_velocity_of_a_category_hold_each_deal_once(steps: Steps) -> None:
    """Toys: won at 50 in 10 days (two of them), at 20 of 30 in 20 days; lost with three; open with two, of 8 each.

    Velocity: 1 open x 70 / 2 x 2 / 3 / 15 days. Paper: won at 10 in 20 days, and nothing else.
    """
    catalogue(steps)
    won(steps, "1", "50", 10, {"ball": "20", "doll": "30"})
    won(steps, "2", "30", 20, {"ball": "20", "pen": "4", "ink": "6"})
    steps.deal("3", "lost", amount=Decimal(9), close_on=date(2026, 5, 10))
    lines(steps, "3", {"ball": "3", "doll": "3", "kite": "3"})
    steps.deal("4", amount=Decimal(16))
    lines(steps, "4", {"kite": "8", "doll": "8"})
    steps.take([deals_alone], KPIS)
    toys = {kpi: steps.values(kpi, by="category")["Toys"] for kpi in KPIS}
    assert toys == {
        "revenue_won": "70",
        "revenue_by_product": "70",
        "deals_won": "2",
        "avg_deal_size": "35",
        "win_rate": "0.6666666667",
        "cycle_days_mean": "15",
        "cycle_days_median": "15",
        "cycle_days_p90": "19",
        "pipeline_value": "16",
        "sales_velocity": "1.555556",
    }
    assert steps.values("cycle_days_median", by="category") == {"Paper": "20", "Toys": "15"}
    assert steps.values("win_rate", by="category") == {"Paper": "1", "Toys": "0.6666666667"}


def test_a_deal_of_zero_is_one_deal_of_zero_in_its_category(steps: Steps) -> None:
    """And a product given away with others is none, whatever the settings say."""
    catalogue(steps)
    won(steps, "1", "30", 10, {"ball": "30", "pen": "0", "ink": "0"})
    won(steps, "2", "0", 10, {"ball": "0", "doll": "0"})
    steps.take([deals_alone], KPIS)
    assert steps.values("avg_deal_size", by="category") == {"Paper": "0", "Toys": "15"}
    steps.take([deals_alone], KPIS, zero_amount_deals="leave_out")
    assert steps.values("avg_deal_size", by="category") == {"Paper": "0", "Toys": "30"}
    assert steps.values("deals_won", by="category") == {"Paper": "1", "Toys": "2"}


def test_a_category_may_be_called_as_what_no_line_explains(steps: Steps) -> None:
    for product in ("a", "b"):
        steps.add("product", product_id=product, category="unallocated")
    won(steps, "1", "50", 10, {"a": "20", "b": "10"})
    steps.take([deals_alone], KPIS)
    assert steps.values("revenue_won", by="category") == {"unallocated": "50"}
    assert steps.values("deals_won", by="category") == {"unallocated": "1"}


# --- Many deals, beside totals in plain Python -----------------------------------------------------------------


def test_categories_sum_to_the_revenue_and_hold_every_deal_once(steps: Steps) -> None:
    chance = Random(7)
    catalogue(steps)
    sold_in: defaultdict[str, list[dict[str, int]]] = defaultdict(list)
    rests: list[int] = []
    for number in range(60):
        sold = {p: chance.randint(-2, 40) for p in chance.sample(sorted(CATEGORIES), chance.randint(0, 5))}
        rest = chance.choice((0, 0, 7, -3))
        won(steps, str(number), str(sum(sold.values()) + rest), chance.randint(1, 90), {p: str(a) for p, a in sold.items()})
        rests.append(rest)
        for category in {CATEGORIES[p] for p in sold}:
            sold_in[category or "unassigned"].append({p: a for p, a in sold.items() if CATEGORIES[p] == category})
    worth = {category: sum(sum(sold.values()) for sold in of) for category, of in sold_in.items()}
    steps.take([deals_alone], KPIS)

    revenue = {r.key: r.value for r in steps.results("revenue_won", by="category")}
    assert revenue == {**worth, "unallocated": sum(rests)}
    assert sum(worth.values()) + sum(rests) == steps.results("revenue_won")[0].value
    assert {r.key: r.value for r in steps.results("revenue_by_product", by="category")} == revenue
    of_products = {r.key: r.value or 0 for r in steps.results("revenue_by_product", by="product")}
    for category in ("Toys", "Paper"):
        assert revenue[category] == sum(of_products[p] for p, of in CATEGORIES.items() if of == category)

    deals_in = {r.key: r.value for r in steps.results("deals_won", by="category")}
    assert deals_in == {**{category: len(of) for category, of in sold_in.items()}, "unallocated": 0}
    assert steps.one("SELECT max(n) FROM (SELECT count(*) AS n FROM deal_category GROUP BY deal_id, category)") == 1
    sizes = {r.key: r.value for r in steps.results("avg_deal_size", by="category")}
    assert sizes.pop("unallocated") is None, "what no line explains is no deal"
    assert sizes == {category: round(Decimal(worth[category]) / len(of), 6) for category, of in sold_in.items()}


def test_a_deal_of_several_categories_is_in_each(steps: Steps) -> None:
    """So that categories hold as many deals as there are, or more; and fewer than products do."""
    catalogue(steps)
    won(steps, "1", "60", 10, {"ball": "20", "doll": "30", "pen": "10"})
    won(steps, "2", "5", 10, {"bag": "2", "box": "3"})
    steps.take([deals_alone], KPIS)
    assert steps.value("deals_won") == "2"
    assert steps.values("deals_won", by="category") == {"Paper": "1", "Toys": "1", "unassigned": "1"}
    assert len(steps.values("deals_won", by="product")) == 5
