"""Other people's shops, against totals that are counted here from the published files by other means.

Fuzzy Factory, Online Retail and Maven's CRM are read from ../shared/data; CDNOW from the `Lifetimes` package, where installed.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pytest

from kpi.measures.base import By
from sync.marts.desk import CommerceOptions
from sync.marts.forecast import SHAPES
from tests.sync.published import DATA, Published, needs, opened, ratio

_LIFETIMES = find_spec("lifetimes")
CDNOW = Path(next(iter(_LIFETIMES.submodule_search_locations or ("",)))) / "datasets" if _LIFETIMES else Path("absent")

needs_cdnow = pytest.mark.skipif(not CDNOW.is_dir(), reason="the package Lifetimes, which carries CDNOW, is not installed")


@pytest.fixture
def shop(tmp_path: Path) -> Published:
    return Published(tmp_path)


@needs("fuzzy_factory_orders")
def test_the_toy_shops_orders_margins_and_returns_are_those_of_its_files(shop: Published) -> None:
    folder = DATA / "fuzzy_factory_orders"
    orders, items = list(opened(folder / "orders.csv.gz")), list(opened(folder / "order_items.csv.gz"))
    given_back = list(opened(folder / "order_item_refunds.csv"))
    shop.insert(
        "order",
        f"""SELECT order_id::VARCHAR AS order_id, created_at::DATE AS ordered_on, price_usd::DECIMAL(18, 6) AS amount, amount AS amount_home,
            'EUR' AS currency FROM read_csv('{folder}/orders.csv.gz')""",
    )
    shop.insert(
        "line_item",
        f"""SELECT order_item_id::VARCHAR AS line_item_id, product_id::VARCHAR AS product_id, 1 AS quantity,
            price_usd::DECIMAL(18, 6) AS amount, cogs_usd::DECIMAL(18, 6) AS unit_cost FROM read_csv('{folder}/order_items.csv.gz')""",
    )
    shop.insert(
        "refund",
        f"""SELECT order_item_refund_id::VARCHAR AS refund_id, refund_id AS payment_id, created_at::DATE AS refunded_on,
            refund_amount_usd::DECIMAL(18, 6) AS amount, amount AS amount_home
            FROM read_csv('{folder}/order_item_refunds.csv')""",
    )
    shop.insert("contact", f"SELECT DISTINCT user_id::VARCHAR AS contact_id FROM read_csv('{folder}/orders.csv.gz')")
    for kind, column, file in (
        ("contacts", "user_id", "orders.csv.gz"),
        ("line_items", "order_item_id", "order_items.csv.gz"),
        ("commerce_payments", "order_item_refund_id", "order_item_refunds.csv"),
    ):
        shop.insert(
            "association",
            f"""SELECT 'orders' AS from_type, order_id::VARCHAR AS from_id, '{kind}' AS to_type, {column}::VARCHAR AS to_id,
                false AS is_primary FROM read_csv('{folder}/{file}')""",
        )
    shop.derive(date(2015, 4, 30))

    revenue, refunded = sum(Decimal(o["price_usd"]) for o in orders), sum(Decimal(r["refund_amount_usd"]) for r in given_back)
    assert (len(orders), len(items), len(given_back)) == (32_313, 40_025, 1_731)
    assert shop.value("orders") == len(orders)
    assert shop.value("order_revenue_gross") == revenue
    assert shop.value("refunds") == refunded
    assert shop.value("order_revenue_net") == revenue - refunded
    assert shop.value("aov") == ratio(revenue, len(orders), 6)
    assert shop.value("basket_size") == ratio(len(items), len(orders), 6)

    cost: dict[str, Decimal] = defaultdict(Decimal)
    sold: dict[str, Decimal] = defaultdict(Decimal)
    for item in items:
        cost[item["product_id"]] += Decimal(item["cogs_usd"])
        sold[item["product_id"]] += Decimal(item["price_usd"])
    assert shop.value("gross_margin") == ratio(revenue - sum(cost.values()), revenue)
    assert shop.by("gross_margin_value", "product") == {product: sold[product] - cost[product] for product in sold}
    assert shop.by("order_revenue_gross", "product") == sold
    assert shop.value("margin_coverage") == 1

    paid = {o["order_id"]: Decimal(o["price_usd"]) for o in orders}
    units = {o["order_id"]: int(o["items_purchased"]) for o in orders}
    back: dict[str, Decimal] = defaultdict(Decimal)
    for one in given_back:
        back[one["order_id"]] += Decimal(one["refund_amount_usd"])
    assert shop.value("return_rate_orders") == ratio(len(back), len(orders))
    assert shop.value("return_rate_value") == ratio(refunded, revenue)
    whole = sum(units[order] for order, amount in back.items() if amount >= paid[order])
    assert shop.value("return_rate") == ratio(whole, len(items))

    days: dict[str, set[str]] = defaultdict(set)
    for o in orders:
        days[o["user_id"]].add(o["created_at"][:10])
    assert shop.value("repeat_rate") == ratio(sum(len(d) > 1 for d in days.values()), len(days))
    assert shop.value("customer_value") == ratio(revenue - refunded, len(days), 6)


@needs("online_retail_slice")
def test_a_wholesalers_messy_invoices_are_counted_as_they_are(shop: Published) -> None:
    """Returns without an invoice to return are no orders: negative ones are set aside, and counted."""
    (file,) = (DATA / "online_retail_slice").glob("*.csv.gz")
    shop.con.execute(
        f"""CREATE TEMP TABLE lines AS SELECT row_number() OVER () AS line, *, Quantity * UnitPrice::DECIMAL(18, 6) AS worth FROM read_csv('{file}',
            types={{'InvoiceNo': 'VARCHAR', 'StockCode': 'VARCHAR', 'CustomerID': 'VARCHAR', 'UnitPrice': 'DECIMAL(18, 6)'}})"""
    )
    shop.insert(
        "order",
        """SELECT InvoiceNo AS order_id, min(InvoiceDate)::DATE AS ordered_on, sum(worth) AS amount, amount AS amount_home FROM lines
            GROUP BY InvoiceNo""",
    )
    shop.insert(
        "line_item",
        """SELECT line::VARCHAR AS line_item_id, StockCode AS product_id, Quantity AS quantity, worth AS amount FROM lines""",
    )
    shop.insert("contact", "SELECT DISTINCT CustomerID AS contact_id FROM lines WHERE CustomerID IS NOT NULL")
    for kind, column in (("contacts", "CustomerID"), ("line_items", "line")):
        shop.insert(
            "association",
            f"""SELECT DISTINCT 'orders' AS from_type, InvoiceNo AS from_id, '{kind}' AS to_type, {column}::VARCHAR AS to_id,
                false AS is_primary FROM lines WHERE {column} IS NOT NULL""",
        )
    shop.derive(date(2011, 2, 28), commerce=CommerceOptions(orders_left_out=()))

    amounts: dict[str, Decimal] = defaultdict(Decimal)
    buyer: dict[str, str] = {}
    day: dict[str, str] = {}
    negative = 0
    for line in opened(file):
        amounts[line["InvoiceNo"]] += int(line["Quantity"]) * Decimal(line["UnitPrice"])
        buyer[line["InvoiceNo"]], day[line["InvoiceNo"]] = line["CustomerID"], line["InvoiceDate"][:10]
        negative += int(line["Quantity"]) < 0
    sound = {invoice: amount for invoice, amount in amounts.items() if amount >= 0}
    assert shop.count("SELECT count(*) FROM _order_fault WHERE fault = 'negative'") == len(amounts) - len(sound) > 400
    assert shop.count("SELECT count(*) FROM line_item WHERE quantity < 0") == negative
    assert shop.value("orders") == len(sound)
    assert shop.value("order_revenue_gross") == sum(sound.values())
    assert shop.value("aov") == ratio(sum(sound.values()), len(sound), 6)
    assert sum(shop.by("order_revenue_gross", "product").values(), Decimal(0)) == sum(sound.values())
    days: dict[str, set[str]] = defaultdict(set)
    for invoice in sound:
        days[buyer[invoice] or invoice].add(day[invoice])
    assert shop.value("repeat_rate") == ratio(sum(len(d) > 1 for d in days.values()), len(days))


@needs("maven_crm")
def test_a_hardware_makers_deals_by_product_and_team(shop: Published) -> None:
    folder = DATA / "maven_crm"
    shop.insert("stage", "SELECT 'Won' AS stage_id, 1 AS probability, true AS is_closed UNION ALL SELECT 'Lost', 0, true")
    read = f"read_csv('{folder}/sales_pipeline.csv', all_varchar=true)"
    shop.insert(
        "deal",
        f"""SELECT opportunity_id AS deal_id, sales_agent AS owner_id, deal_stage AS stage_id, close_date::DATE AS close_on,
            close_value::DECIMAL(18, 6) AS amount, amount AS amount_home, 'EUR' AS currency FROM {read}""",
    )
    shop.insert(
        "line_item",
        f"""SELECT opportunity_id AS line_item_id, replace(product, 'GTXPro', 'GTX Pro') AS product_id, 1 AS quantity,
            close_value::DECIMAL(18, 6) AS amount FROM {read} WHERE deal_stage = 'Won'""",
    )
    shop.insert("product", f"SELECT product AS product_id, series AS category FROM read_csv('{folder}/products.csv')")
    shop.insert("owner", f"SELECT sales_agent AS owner_id, manager AS team_id FROM read_csv('{folder}/sales_teams.csv')")
    shop.insert(
        "association",
        "SELECT 'deals' AS from_type, line_item_id AS from_id, 'line_items' AS to_type, line_item_id AS to_id, false AS is_primary FROM line_item",
    )
    shop.derive(date(2018, 1, 1))

    won = [row for row in opened(folder / "sales_pipeline.csv") if row["deal_stage"] == "Won"]
    series = {row["product"]: row["series"] for row in opened(folder / "products.csv")}
    manager = {row["sales_agent"]: row["manager"] for row in opened(folder / "sales_teams.csv")}
    totals: dict[By, dict[str, Decimal]] = {by: defaultdict(Decimal) for by in ("product", "category", "team")}
    for row in won:
        product = row["product"].replace("GTXPro", "GTX Pro")
        for by, key in (("product", product), ("category", series[product]), ("team", manager[row["sales_agent"]])):
            totals[by][key] += Decimal(row["close_value"])  # type: ignore[index]
    assert shop.value("revenue_won") == sum(totals["product"].values()) == 10_005_534
    assert shop.by("revenue_by_product", "product") == totals["product"]
    assert shop.by("revenue_by_product", "category") == totals["category"]
    assert {k: v for k, v in shop.by("revenue_won", "team").items() if v} == totals["team"]


def _cdnow(shop: Published, file: str, until: date, columns: str) -> None:
    shop.con.execute(
        f"""CREATE TEMP TABLE bought AS SELECT row_number() OVER () AS id, string_split_regex(trim(line), '\\s+') AS w
            FROM read_csv('{CDNOW / file}', columns={{'line': 'VARCHAR'}}, delim='\\t', header=false, auto_detect=false)
            WHERE regexp_matches(line, '^\\s*[0-9]')"""
    )
    customer, day, amount = columns.split()
    shop.insert(
        "order",
        f"""SELECT id::VARCHAR AS order_id, strptime(w[{day}], '%Y%m%d')::DATE AS ordered_on, w[{amount}]::DECIMAL(18, 6) AS amount,
            amount AS amount_home FROM bought""",
    )
    shop.insert("contact", f"SELECT DISTINCT w[{customer}] AS contact_id FROM bought")
    shop.insert(
        "association",
        f"""SELECT 'orders' AS from_type, id::VARCHAR AS from_id, 'contacts' AS to_type, w[{customer}] AS to_id, false AS is_primary FROM bought""",
    )
    shop.derive(until)


@needs_cdnow
def test_cdnow_is_counted_as_published(shop: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    """23,570 customers, 69,659 transactions; 1998-06-30 is the last day. Nothing is predicted here."""
    monkeypatch.setattr("sync.marts.forecast.is_available", lambda: False)
    _cdnow(shop, "CDNOW_master.txt", date(1998, 6, 30), "1 2 4")
    days: dict[str, set[str]] = defaultdict(set)
    total, lines = Decimal(0), 0
    for words in map(str.split, (CDNOW / "CDNOW_master.txt").read_text().splitlines()):
        if words[0].isdigit():
            days[words[0]].add(words[1])
            total, lines = total + Decimal(words[3]), lines + 1
    assert (len(days), lines, total) == (23_570, 69_659, Decimal("2500315.63"))
    assert shop.value("orders") == lines
    assert shop.value("customer_value") == ratio(total, len(days), 6)
    assert shop.value("repeat_rate") == ratio(sum(len(d) > 1 for d in days.values()), len(days))
    assert shop.count("SELECT count(*) FROM buyer_forecast") == 0


@needs_cdnow
def test_the_papers_parameters_are_found_on_its_sample(shop: Published) -> None:
    """Fader, Hardie and Lee (2005), table 2: r 0.243, alpha 4.414, a 0.793, b 2.426, log-likelihood -9,582.4; 39 weeks of 2,357
    customers. What the next 39 weeks brought then tells whether the prediction holds."""
    pytest.importorskip("scipy", reason="the extra ltv is not installed")
    from kpi.buyers import History, fit_buying

    until = date(1997, 9, 30)
    _cdnow(shop, "CDNOW_sample.txt", until, "2 3 5")
    found = {name: c.astype("float64") for name, c in shop.con.execute(SHAPES, {"until": until}).fetchnumpy().items()}
    history = History(found["repeats"], found["recency"] / 7, found["age"] / 7, found["customers"])
    assert history.customers.sum() == 2_357
    buying = fit_buying(history)
    assert buying is not None
    assert [round(n, 3) for n in (buying.r, buying.alpha, buying.a, buying.b)] == [0.243, 4.414, 0.793, 2.426]
    assert round(buying.log_likelihood, 1) == -9_582.4
    fit = shop.value("ltv_predicted_fit")
    assert fit is not None
    assert Decimal("0.9") < fit < Decimal("1.1")
    assert shop.results("ltv_predicted")[0].flags == ("estimate",)

    shop.derive(until, commerce=CommerceOptions(ltv_months=9, ltv_discount=Decimal(0)))
    came: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for _, customer, day, _, amount in map(str.split, (CDNOW / "CDNOW_sample.txt").read_text().splitlines()):
        if day > "19970930":
            came[customer, day] += Decimal(amount)
    ((purchases, worth),) = shop.con.execute("SELECT sum(purchases), sum(value_home) FROM buyer_forecast").fetchall()
    assert 0.8 < purchases / len(came) < 1.2
    assert 0.8 < worth / sum(came.values()) < 1.2
