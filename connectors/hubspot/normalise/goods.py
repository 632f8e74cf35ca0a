"""What is sold: products, and the lines of deals, orders, carts and subscriptions."""

from collections.abc import Iterator

from connectors.base import NormaliseContext, Raw, Row
from connectors.hubspot.kinds import LINE_ITEMS, PRODUCTS
from connectors.hubspot.normalise.common import Rows, account_currency, archived_at, names_of, properties_of
from connectors.hubspot.values import currency, number, text


def products(context: NormaliseContext) -> Rows:
    names = names_of(PRODUCTS, context)
    price_name, cost_name = str(names["price"]), str(names["unit_cost"])
    category_name, accounts = str(context.facts.get("product_category")), account_currency(context)

    def rows(record: Raw) -> Iterator[Row]:
        properties, product_id = properties_of(record), str(record["id"])
        price, unit_cost = number(properties, price_name), number(properties, cost_name)
        yield (
            "product",
            {
                "source_id": product_id,
                "product_id": product_id,
                "product_name": text(properties, "name"),
                "category": text(properties, category_name),
                "price": price,
                "unit_cost": unit_cost,
                # A product's price and cost are in the account's own currency.
                "currency": None if price is None and unit_cost is None else accounts,
                "archived_at": archived_at(record),
            },
        )

    return rows


def line_items(context: NormaliseContext) -> Rows:
    names = names_of(LINE_ITEMS, context)
    quantity_name, amount_name, cost_name = str(names["quantity"]), str(names["amount"]), str(names["unit_cost"])

    def rows(record: Raw) -> Iterator[Row]:
        properties, line_item_id = properties_of(record), str(record["id"])
        yield (
            "line_item",
            {
                "source_id": line_item_id,
                "line_item_id": line_item_id,
                "product_id": text(properties, "hs_product_id"),
                "line_name": text(properties, "name"),
                "quantity": number(properties, quantity_name),
                "amount": number(properties, amount_name),
                "unit_cost": number(properties, cost_name),
                "currency": currency(properties, "hs_line_item_currency_code"),
                "archived_at": archived_at(record),
            },
        )

    return rows
