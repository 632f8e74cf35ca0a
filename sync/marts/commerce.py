"""Of orders and what they hold, carts, who bought, and invoices."""

from collections.abc import Mapping
from datetime import UTC, timedelta

from kpi.schema import CREDIT_UNIT
from kpi.text import Text
from sync.marts.desk import Desk, Note
from sync.marts.refunds import refunds
from sync.marts.survivors import PRIMARY_COMPANY, link, resolve


def commerce(desk: Desk) -> None:
    """After :func:`sync.marts.orders.orders`."""
    desk.mart("purchase", PURCHASE.format(unit=CREDIT_UNIT))
    desk.mart("purchase_credit", PURCHASE_CREDIT)
    desk.mart("purchase_product", PURCHASE_PRODUCT.format(unit=CREDIT_UNIT))
    desk.mart("purchase_category", PURCHASE_CATEGORY)
    refunds(desk)
    _buyers(desk)
    _carts(desk)
    _bills(desk)


def _buyers(desk: Desk) -> None:
    desk.con.execute(SPENT)
    one = "1" if desk.options.commerce.same_day_orders == "once" else "orders"
    today = {"today": desk.options.today}
    desk.mart("buyer", BUYER.format(one=one, unit=CREDIT_UNIT), today)
    desk.mart("buyer_product", BUYER_PRODUCT.format(one=one, unit=CREDIT_UNIT), today)
    desk.mart("buyer_category", BUYER_CATEGORY.format(one=one, unit=CREDIT_UNIT), today)
    desk.mart("buyer_age", BUYER_AGE, today)


def _carts(desk: Desk) -> None:
    con, options = desk.con, desk.options
    resolve(desk, "cart")
    con.execute(link("cart", "order"))
    con.execute(link("cart", "contact"))
    before = options.as_of.astimezone(UTC).replace(tzinfo=None) - timedelta(hours=options.commerce.cart_window_hours)
    left_out = [word.lower() for word in options.commerce.orders_left_out]
    desk.mart("cart_outcome", CART_OUTCOME.format(unit=CREDIT_UNIT), {"before": before, "left_out": left_out})
    desk.mart("cart_credit", CART_CREDIT.format(unit=CREDIT_UNIT), {"models": list(options.models)})


def _bills(desk: Desk) -> None:
    con = desk.con
    resolve(desk, "invoice")
    con.execute(link("invoice", "company"))
    con.execute(PRIMARY_COMPANY.format(kind="invoice"))
    desk.mart("bill", BILL, {"today": desk.options.today})


PURCHASE = """
WITH counts AS (
    SELECT order_id, CASE WHEN count(*) = count(quantity) THEN sum(quantity) END AS units FROM _order_line GROUP BY order_id
)
SELECT o.order_id, o.ordered_on, o.company_id, o.value_home, c.units, {unit} AS credit
FROM _order_state o LEFT JOIN counts c USING (order_id)
"""

PURCHASE_CREDIT = """
SELECT p.* EXCLUDE (credit), c.credit, c.model, c.channel, c.campaign FROM purchase p JOIN _order_credit c USING (order_id)
"""

PURCHASE_PRODUCT = """
WITH products AS (
    SELECT l.order_id, l.product_id, any_value(l.category) AS category, coalesce(sum(l.amount_home), 0) AS share,
        CASE WHEN count(*) = count(quantity) THEN sum(quantity) END AS units
    FROM _order_line l JOIN purchase p USING (order_id)
    WHERE l.product_id IS NOT NULL AND p.value_home IS NOT NULL GROUP BY l.order_id, l.product_id
), rests AS (
    SELECT o.order_id, o.value_home - coalesce(sum(p.share), 0) AS rest, count(p.product_id) AS products
    FROM purchase o LEFT JOIN products p USING (order_id) GROUP BY o.order_id, o.value_home
), shares AS (
    SELECT order_id, product_id, category, units, {unit} AS credit, share + CASE
        WHEN abs(rest) < 0.01 AND row_number() OVER (PARTITION BY order_id ORDER BY share DESC, product_id) = 1 THEN rest ELSE 0
    END AS share
    FROM products JOIN rests USING (order_id)
    UNION ALL
    SELECT order_id, 'unallocated', 'unallocated', NULL, 0, rest FROM rests WHERE products = 0 OR rest IS NULL OR abs(rest) >= 0.01
)
SELECT o.* REPLACE (s.share AS value_home, s.units AS units, s.credit AS credit), s.product_id, s.category
FROM shares s JOIN purchase o USING (order_id)
"""
"""As products of deals are (:data:`sync.marts.deals.DEAL_PRODUCT`)."""

PURCHASE_CATEGORY = """
SELECT o.* REPLACE (s.value_home AS value_home, s.units AS units, s.credit AS credit), s.category FROM (
    SELECT order_id, category, sum(value_home) AS value_home, CASE WHEN count(*) = count(units) THEN sum(units) END AS units,
        max(credit) AS credit
    FROM purchase_product GROUP BY order_id, category
) s JOIN purchase o USING (order_id)
"""

SPENT = """
CREATE OR REPLACE TEMP TABLE _spent AS
SELECT o.customer_id, o.company_id, o.order_id, o.ordered_on, coalesce(o.value_home, 0) - coalesce(r.value_home, 0) AS value_home
FROM _order_state o LEFT JOIN _order_refund r USING (order_id)
"""

BUYER = """
WITH days AS (
    SELECT customer_id, ordered_on, min(company_id) AS company_id, count(*) AS orders, sum(value_home) AS value_home
    FROM _spent GROUP BY customer_id, ordered_on
)
SELECT customer_id, min(company_id) AS company_id, coalesce(any_value(o.channel), 'unattributed') AS channel, sum({one}) AS purchases,
    coalesce(sum({one}) FILTER (ordered_on > $today - 365), 0) AS purchases_of_year, sum(value_home) AS value_home, {unit} AS credit
FROM days LEFT JOIN _customer_origin o USING (customer_id) GROUP BY customer_id
"""

BUYER_PRODUCT = """
WITH days AS (
    SELECT s.customer_id, p.product_id, s.ordered_on, min(s.company_id) AS company_id, min(p.category) AS category,
        count(*) AS orders, sum(coalesce(p.value_home, 0) - coalesce(r.value_home, 0)) AS value_home
    FROM _spent s JOIN (SELECT order_id, product_id, category, value_home FROM purchase_product WHERE credit > 0) p USING (order_id)
    LEFT JOIN (SELECT order_id, product_id, sum(value_home) AS value_home FROM refunded_product GROUP BY ALL) r
        USING (order_id, product_id)
    GROUP BY s.customer_id, p.product_id, s.ordered_on
)
SELECT customer_id, min(d.company_id) AS company_id, any_value(b.channel) AS channel, sum({one}) AS purchases,
    coalesce(sum({one}) FILTER (ordered_on > $today - 365), 0) AS purchases_of_year, sum(d.value_home) AS value_home,
    {unit} AS credit, product_id, min(category) AS category
FROM days d JOIN buyer b USING (customer_id) GROUP BY customer_id, product_id
"""

BUYER_CATEGORY = """
WITH days AS (
    SELECT s.customer_id, p.category, s.ordered_on, count(*) AS orders
    FROM _spent s JOIN purchase_category p USING (order_id) WHERE p.credit > 0 GROUP BY ALL
), counts AS (
    SELECT customer_id, category, sum({one}) AS purchases,
        coalesce(sum({one}) FILTER (ordered_on > $today - 365), 0) AS purchases_of_year
    FROM days GROUP BY customer_id, category
), worth AS (
    SELECT customer_id, category, min(company_id) AS company_id, any_value(channel) AS channel, sum(value_home) AS value_home
    FROM buyer_product GROUP BY customer_id, category
)
SELECT w.*, c.purchases, c.purchases_of_year, {unit} AS credit
FROM worth w JOIN counts c ON c.customer_id = w.customer_id AND c.category IS NOT DISTINCT FROM w.category
"""

BUYER_AGE = """
WITH firsts AS (
    SELECT customer_id, CAST(date_trunc('month', min(ordered_on)) AS DATE) AS cohort_on FROM _spent GROUP BY customer_id
), sizes AS (
    SELECT cohort_on, count(*) AS buyers FROM firsts GROUP BY cohort_on
), ages AS (
    SELECT cohort_on, buyers, unnest(range(date_diff('month', cohort_on, $today))) AS age FROM sizes
), spent AS (
    SELECT f.cohort_on, date_diff('month', f.cohort_on, s.ordered_on) AS age, sum(s.value_home) AS value_home
    FROM _spent s JOIN firsts f USING (customer_id) GROUP BY ALL
)
SELECT a.cohort_on, CAST(a.age AS VARCHAR) AS age, a.buyers,
    sum(coalesce(s.value_home, 0)) OVER (PARTITION BY a.cohort_on ORDER BY a.age) AS value_home
FROM ages a LEFT JOIN spent s USING (cohort_on, age)
"""

CART_OUTCOME = """
SELECT cart_id, created_on, created_at <= $before AS is_mature, cart_id IN (SELECT cart_id FROM _cart_order) AS is_bought,
    {unit} AS credit
FROM _cart WHERE created_at IS NOT NULL AND NOT list_contains($left_out, lower(trim(coalesce(external_status, ''))))
"""

CART_CREDIT = """
WITH first AS (
    SELECT l.cart_id, l.contact_id FROM _cart_contact l JOIN _contact c USING (contact_id)
    QUALIFY row_number() OVER (PARTITION BY l.cart_id ORDER BY c.created_at NULLS LAST, length(l.contact_id), l.contact_id) = 1
), credited AS (
    SELECT f.cart_id, c.model, c.channel, c.campaign, c.credit FROM first f JOIN lead_credit c USING (contact_id)
)
SELECT o.* EXCLUDE (credit), c.credit, c.model, c.channel, c.campaign FROM cart_outcome o JOIN (
    FROM credited
    UNION ALL
    SELECT o.cart_id, m.model, 'unattributed', 'unattributed', {unit}
    FROM (FROM cart_outcome ANTI JOIN credited USING (cart_id)) o CROSS JOIN (SELECT unnest($models) AS model) m
) c USING (cart_id)
"""

BILL = """
WITH told AS (
    SELECT *, lower(trim(coalesce(status, ''))) AS word, coalesce(kind, 'invoice') AS sort FROM _invoice
), counted AS (
    SELECT *, word NOT IN ('draft', 'voided', 'void') AS stands FROM told WHERE coalesce(amount, 0) >= 0 OR sort = 'credit_note'
)
SELECT i.invoice_id, p.company_id, i.invoiced_on, i.due_on, i.amount_home,
    i.stands AND i.sort = 'invoice' AS is_issued, i.stands AND i.sort <> 'deposit' AS is_revenue,
    i.stands AND i.sort <> 'credit_note' AND i.word <> 'paid' AS is_unpaid,
    i.stands AND i.sort <> 'credit_note' AND i.word <> 'paid' AND coalesce(i.due_on < $today, false) AS is_overdue
FROM counted i LEFT JOIN _invoice_primary p USING (invoice_id)
"""
"""HubSpot's words are draft, open, paid, voided. Of payments of an invoice only the refunded ones are kept: nobody knows when
an invoice was paid."""

NOTES: Mapping[str, Note] = {
    "carts_without_date": Note(
        "_cart WHERE created_at IS NULL",
        Text("carts without a date (left out)", "paniers sans date (exclus)"),
        ("carts", "cart_id"),
    ),
    "orders_with_unexplained_value": Note(
        "purchase_product WHERE product_id = 'unallocated' AND value_home <> 0 "
        "AND order_id IN (SELECT order_id FROM purchase_product WHERE product_id <> 'unallocated')",
        Text("orders whose value their products do not explain", "commandes dont les produits n'expliquent pas la valeur"),
        ("orders", "order_id"),
    ),
    "invoices_without_date": Note(
        "bill WHERE is_issued AND invoiced_on IS NULL",
        Text("issued invoices without a date (in no period)", "factures émises sans date (dans aucune période)"),
        ("invoices", "invoice_id"),
    ),
    "invoices_with_negative_amount": Note(
        "_invoice WHERE amount < 0 AND kind IS DISTINCT FROM 'credit_note'",
        Text("invoices with a negative amount (left out)", "factures au montant négatif (exclues)"),
        ("invoices", "invoice_id"),
    ),
}
