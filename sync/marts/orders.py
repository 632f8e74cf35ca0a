"""Orders as they count: living, dated, of a possible amount, with their customer and what the goods on them are worth.

What an order is worth is told apart from what the customer pays for it: tax and shipping are in the amount. An order of a won
deal is that deal's delivery; figures that have the deal's revenue already leave it out (``is_of_won_deal``).
"""

from collections.abc import Mapping

from kpi.text import Text
from sync.marts.desk import Desk, Note
from sync.marts.lines import at_rate_of, order_lines
from sync.marts.people import CUSTOMER_ID
from sync.marts.survivors import PRIMARY_COMPANY, link, resolve


def orders(desk: Desk) -> None:
    """``_order_state``, ``_order_line``, ``_order_credit`` and ``_customer_origin``. Customers must be known."""
    con, options = desk.con, desk.options
    resolve(desk, "order")
    for other in ("contact", "company", "deal"):
        con.execute(link("order", other))
    con.execute(PRIMARY_COMPANY.format(kind="order"))
    con.execute(FIRST_CONTACT)
    con.execute(ORDER_FAULT, {"today": options.today})
    state = ORDER_STATE.format(
        customer=CUSTOMER_ID[options.customer_unit].replace("deal", "order"),
        goods=at_rate_of("o.goods", "o.currency", "o"),
        value=at_rate_of(_VALUES[options.commerce.order_value], "o.currency", "o"),
    )
    left_out = [word.lower() for word in options.commerce.orders_left_out]
    con.execute(state, {"home": options.home_currency, "left_out": left_out})
    con.execute(ORDER_CREDIT, {"models": list(options.models)})
    con.execute(CUSTOMER_ORIGIN, {"model": options.record_model})
    order_lines(desk)


_VALUES: Mapping[str, str] = {
    "net": "o.goods",
    "with_shipping": "o.goods + coalesce(o.shipping_amount, 0)",
    "total": "o.amount",
}
"""Setting ``order_value`` -> what an order is worth, in its own currency."""

FIRST_CONTACT = """
CREATE OR REPLACE TEMP TABLE _order_first_contact AS
SELECT l.order_id, l.contact_id FROM _order_contact l JOIN _contact c USING (contact_id)
QUALIFY row_number() OVER (PARTITION BY l.order_id ORDER BY c.created_at NULLS LAST, length(l.contact_id), l.contact_id) = 1
"""

ORDER_FAULT = """
CREATE OR REPLACE TEMP TABLE _order_fault AS
SELECT order_id, CASE WHEN ordered_on IS NULL THEN 'no_date' WHEN ordered_on > $today THEN 'future' ELSE 'negative' END AS fault
FROM _order WHERE ordered_on IS NULL OR ordered_on > $today OR amount < 0
"""

ORDER_STATE = """
CREATE OR REPLACE TEMP TABLE _order_state AS
WITH counted AS (
    SELECT o.*, p.company_id, CASE WHEN coalesce(tax_amount, 0) >= 0 AND coalesce(shipping_amount, 0) >= 0
            AND amount >= coalesce(tax_amount, 0) + coalesce(shipping_amount, 0)
        THEN amount - coalesce(tax_amount, 0) - coalesce(shipping_amount, 0) END AS goods
    FROM _order o ANTI JOIN _order_fault USING (order_id) LEFT JOIN _order_primary p USING (order_id)
    WHERE NOT list_contains($left_out, lower(trim(coalesce(fulfillment_status, ''))))
)
SELECT o.*, f.contact_id, {customer} AS customer_id, {goods} AS goods_home, {value} AS value_home,
    o.order_id IN (
        SELECT order_id FROM _order_deal JOIN deal_outcome USING (deal_id) WHERE won_on IS NOT NULL
    ) AS is_of_won_deal
FROM counted o LEFT JOIN _order_first_contact f USING (order_id)
"""
"""An order whose tax and shipping are more than its amount has no value: none of the three can be trusted."""

ORDER_CREDIT = """
CREATE OR REPLACE TEMP TABLE _order_credit AS
SELECT o.order_id, c.model, c.channel, c.campaign, c.credit FROM _order_state o JOIN lead_credit c USING (contact_id)
UNION ALL
SELECT o.order_id, m.model, 'unattributed', 'unattributed', 1000000000
FROM _order_state o CROSS JOIN (SELECT unnest($models) AS model) m
WHERE NOT EXISTS (FROM lead_credit c WHERE c.contact_id = o.contact_id)
"""
"""An order is credited as the lead that its contact was: by what brought the person, whatever brought the purchase."""

CUSTOMER_ORIGIN = """
CREATE OR REPLACE TEMP TABLE _customer_origin AS
WITH shoppers AS (
    SELECT customer_id, arg_min(order_id, (ordered_on, length(order_id), order_id)) AS order_id
    FROM _order_state ANTI JOIN customer USING (customer_id) GROUP BY customer_id
), credits AS (
    SELECT customer_id, channel, credit FROM customer_credit WHERE model = $model
    UNION ALL
    SELECT s.customer_id, c.channel, c.credit FROM shoppers s JOIN _order_credit c USING (order_id) WHERE c.model = $model
)
SELECT customer_id, arg_min(channel, (-credit, channel)) AS channel
FROM (SELECT customer_id, channel, sum(credit) AS credit FROM credits GROUP BY ALL) GROUP BY customer_id
"""
"""The channel of everybody who ever bought: what earned most of the first won deal, else of the first order."""

_RECORD = ("orders", "order_id")


def _faulty(fault: str, words: Text) -> Note:
    return Note(f"_order_fault WHERE fault = '{fault}'", words, record=_RECORD)


NOTES: Mapping[str, Note] = {
    "orders_without_date": _faulty("no_date", Text("orders without a date (left out)", "commandes sans date (exclues)")),
    "orders_in_the_future": _faulty(
        "future", Text("orders dated in the future (left out)", "commandes datées dans le futur (exclues)")
    ),
    "orders_with_negative_amount": _faulty(
        "negative", Text("orders with a negative amount (left out)", "commandes au montant négatif (exclues)")
    ),
    "orders_with_impossible_tax": Note(
        "_order_state WHERE amount IS NOT NULL AND goods IS NULL",
        Text(
            "orders whose tax and shipping do not fit their amount (they add 0)",
            "commandes dont la taxe et la livraison ne correspondent pas au montant (comptées pour 0)",
        ),
        record=_RECORD,
    ),
    "orders_without_rate": Note(
        "_order_state WHERE goods IS NOT NULL AND goods_home IS NULL",
        Text("orders without an exchange rate (left out of sums)", "commandes sans taux de change (exclues des sommes)"),
        record=_RECORD,
    ),
}
