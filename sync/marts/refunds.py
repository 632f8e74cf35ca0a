"""What was given back: of which order, when, and which part of its value.

A refund holds the tax of what it gives back, an order's value does not: it takes back the part of the value that it is of the
amount. HubSpot keeps no day of a refund (docs/decisions/2026-11-21-commerce-tables.md); where none is known at all, what counts
by that day is unknown, and ``_refund_dating`` says so.
"""

from collections.abc import Mapping

from kpi.schema import CREDIT_UNIT
from kpi.text import Text
from sync.marts.desk import Desk, Note


def refunds(desk: Desk) -> None:
    options = desk.options
    desk.con.execute(REFUND_STATE, {"by_order": options.commerce.refund_date == "order"})
    desk.con.execute(REFUND_DATING, {"by_order": options.commerce.refund_date == "order"})
    desk.con.execute(ORDER_REFUND)
    desk.mart("refunded", REFUNDED.format(unit=CREDIT_UNIT))
    desk.mart("refunded_credit", REFUNDED_CREDIT)
    desk.mart("refunded_product", REFUNDED_PRODUCT)
    desk.mart("refunded_category", REFUNDED_CATEGORY)


REFUND_STATE = """
CREATE OR REPLACE TEMP TABLE _refund_state AS
WITH links AS (
    SELECT from_id AS order_id, to_id AS payment_id FROM association
    WHERE from_type = 'orders' AND to_type = 'commerce_payments'
    UNION ALL
    SELECT to_id, from_id FROM association WHERE from_type = 'commerce_payments' AND to_type = 'orders'
), paid AS (
    SELECT l.payment_id, o.* FROM (
        SELECT l.payment_id, coalesce(s.survivor, l.order_id) AS order_id FROM links l LEFT JOIN _order_survivor s ON s.id = l.order_id
    ) l JOIN _order_state o USING (order_id)
    QUALIFY row_number() OVER (PARTITION BY l.payment_id ORDER BY length(o.order_id), o.order_id) = 1
), placed AS (
    SELECT r.refund_id, r.amount_home AS refund_home, o.order_id, o.company_id, o.amount_home AS order_home,
        CASE WHEN o.order_id IS NULL THEN 0
            WHEN o.amount_home <> 0 THEN exact_share(r.amount_home, o.value_home, o.amount_home) END AS value_home,
        CASE WHEN $by_order THEN coalesce(o.ordered_on, r.paid_on) ELSE coalesce(r.refunded_on, r.paid_on) END AS counted_on,
        r.refunded_on IS NULL AND NOT ($by_order AND o.order_id IS NOT NULL) AS has_no_day
    FROM refund r LEFT JOIN paid o USING (payment_id)
    WHERE r.archived_at IS NULL AND r.amount > 0 AND r.amount <= coalesce(r.payment_amount, r.amount)
)
SELECT *, order_id IS NOT NULL AND sum(refund_home) OVER (PARTITION BY order_id) >= order_home - 0.005 AS is_whole,
    row_number() OVER (PARTITION BY order_id ORDER BY counted_on, refund_id) AS place,
    count(*) OVER (PARTITION BY order_id) AS places
FROM placed
"""
"""Half a cent of the company's currency is what conversions round."""

REFUND_DATING = """
CREATE OR REPLACE TEMP TABLE _refund_dating AS
SELECT CASE WHEN $by_order OR count(*) = 0 OR count(*) FILTER (NOT has_no_day) > 0 THEN true END AS is_known FROM _refund_state
"""
"""One row, null where refunds count on their own day and none is known."""

ORDER_REFUND = """
CREATE OR REPLACE TEMP TABLE _order_refund AS
SELECT order_id, sum(value_home) AS value_home FROM _refund_state WHERE order_id IS NOT NULL GROUP BY order_id
"""

REFUNDED = """
SELECT r.*, CASE WHEN is_whole AND place = places THEN coalesce(p.units, 0) ELSE 0 END AS units,
    r.order_id IS NOT NULL AS is_of_order, r.order_id IS NOT NULL AND place = 1 AS is_first_of_order, {unit} AS credit
FROM _refund_state r LEFT JOIN purchase p USING (order_id)
"""

REFUNDED_CREDIT = """
SELECT r.* EXCLUDE (credit), c.credit, c.model, c.channel, c.campaign FROM refunded r JOIN _order_credit c USING (order_id)
"""

REFUNDED_PRODUCT = """
WITH shared AS (
    SELECT r.*, p.product_id, p.category, exact_share(r.value_home, p.value_home, o.value_home) AS part,
        CASE WHEN r.units > 0 THEN coalesce(p.units, 0) ELSE 0 END AS part_units, p.credit AS part_credit,
        r.value_home - sum(exact_share(r.value_home, p.value_home, o.value_home)) OVER (PARTITION BY r.refund_id) AS rest,
        row_number() OVER (PARTITION BY r.refund_id ORDER BY p.value_home DESC NULLS LAST, p.product_id) AS place
    FROM refunded r JOIN purchase_product p USING (order_id) JOIN purchase o USING (order_id)
)
SELECT * REPLACE (
        part + CASE WHEN place = 1 THEN coalesce(rest, 0) ELSE 0 END AS value_home, part_units AS units,
        part_credit AS credit, NULL AS refund_home
    )
FROM shared
"""

REFUNDED_CATEGORY = """
SELECT r.* REPLACE (s.value_home AS value_home, CASE WHEN c.units IS NULL THEN 0 ELSE s.units END AS units, s.credit AS credit,
    NULL AS refund_home), s.category
FROM (
    SELECT refund_id, category, sum(value_home) AS value_home, sum(units) AS units, max(credit) AS credit
    FROM refunded_product GROUP BY refund_id, category
) s JOIN refunded r USING (refund_id)
JOIN purchase_category c ON c.order_id = r.order_id AND c.category IS NOT DISTINCT FROM s.category
"""
"""Units came back only where it is known how many were sold."""

_RECORD = ("commerce_payments", "refund_id")

NOTES: Mapping[str, Note] = {
    "refunds_above_payment": Note(
        "refund WHERE archived_at IS NULL AND amount > payment_amount",
        Text("refunds above their payment (left out)", "remboursements supérieurs au paiement (exclus)"),
        record=_RECORD,
    ),
    "negative_refunds": Note(
        "refund WHERE archived_at IS NULL AND amount < 0",
        Text("negative refunds (left out)", "remboursements négatifs (exclus)"),
        record=_RECORD,
    ),
    "refunds_without_day": Note(
        "refunded WHERE has_no_day",
        Text("refunds whose day nobody knows", "remboursements dont la date est inconnue"),
        record=_RECORD,
    ),
    "refunds_without_order": Note(
        "refunded WHERE NOT is_of_order AND EXISTS (FROM purchase)",
        Text(
            "refunds of no order that counts (in no figure of orders)",
            "remboursements sans commande comptée (dans aucun chiffre de commandes)",
        ),
        record=_RECORD,
    ),
}
