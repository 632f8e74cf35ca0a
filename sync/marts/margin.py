"""What was sold and what it cost: the lines of won deals and of orders, each sale counted once."""

from collections.abc import Mapping

from kpi.schema import CREDIT_UNIT
from kpi.text import Text
from sync.marts.desk import Desk, Note


def margin(desk: Desk) -> None:
    assumed = desk.options.commerce.gross_margin
    desk.mart("sold_line", SOLD_LINE.format(unit=CREDIT_UNIT), {"cost_share": None if assumed is None else 1 - assumed})
    desk.mart("sold_credit", SOLD_CREDIT)


SOLD_LINE = """
WITH sales AS (
    SELECT 'deal' AS sale_kind, deal_id AS sale_id, won_on AS sold_on, company_id, amount_home AS net_home
    FROM deal_outcome WHERE won_on IS NOT NULL
    UNION ALL
    SELECT 'order', order_id, ordered_on, company_id, goods_home FROM _order_state WHERE NOT is_of_won_deal
), lines AS (
    SELECT 'deal' AS sale_kind, deal_id AS sale_id, line_item_id, product_id, category, amount_home, cost_home FROM _deal_line
    UNION ALL
    SELECT 'order', order_id, line_item_id, product_id, category, amount_home, cost_home FROM _order_line
), sold AS (
    SELECT l.*, s.sold_on, s.company_id FROM lines l JOIN sales s USING (sale_kind, sale_id)
    WHERE s.net_home IS NOT NULL AND l.amount_home IS NOT NULL
), rests AS (
    SELECT s.*, s.net_home - t.explained AS rest
    FROM sales s JOIN (SELECT sale_kind, sale_id, sum(amount_home) AS explained FROM sold GROUP BY sale_kind, sale_id) t
        USING (sale_kind, sale_id)
), roundings AS (
    SELECT l.sale_kind, l.sale_id, l.line_item_id, r.rest
    FROM sold l JOIN rests r USING (sale_kind, sale_id) WHERE r.rest <> 0 AND abs(r.rest) < 0.01
    QUALIFY row_number() OVER (PARTITION BY l.sale_kind, l.sale_id ORDER BY l.amount_home DESC, l.line_item_id) = 1
), parts AS (
    SELECT sale_kind, sale_id, line_item_id AS line_id, l.sold_on, l.company_id, l.product_id, l.category,
        l.amount_home + coalesce(r.rest, 0) AS net_home, l.cost_home
    FROM sold l LEFT JOIN roundings r USING (sale_kind, sale_id, line_item_id)
    UNION ALL
    SELECT sale_kind, sale_id, 'unallocated', sold_on, company_id, 'unallocated', 'unallocated', rest,
        CASE WHEN rest < 0 THEN 0 END
    FROM rests WHERE abs(rest) >= 0.01
    UNION ALL
    SELECT sale_kind, sale_id, 'unallocated', sold_on, company_id, 'unallocated', 'unallocated', net_home, NULL
    FROM sales ANTI JOIN rests USING (sale_kind, sale_id)
), costed AS (
    SELECT * REPLACE (coalesce(cost_home, times(net_home, $cost_share)) AS cost_home),
        cost_home IS NULL AND times(net_home, $cost_share) IS NOT NULL AS is_assumed
    FROM parts
)
SELECT *, CASE WHEN net_home IS NULL OR cost_home IS NOT NULL THEN net_home ELSE 0 END AS costed_net,
    CASE WHEN net_home IS NOT NULL THEN coalesce(cost_home, 0) ELSE 0 END AS costed_cost,
    cost_home IS NULL AS has_no_cost, {unit} AS credit
FROM costed
"""
"""A remainder of less than a cent is the rounding of a currency conversion: it goes to the largest line.

What a sale brought beyond its lines has no known cost; what it brought less is a reduction, which costs nothing.
"""

SOLD_CREDIT = """
WITH sales AS (
    SELECT sale_kind, sale_id, sold_on, any_value(company_id) AS company_id, sum(net_home) AS net_home,
        sum(costed_net) AS costed_net, sum(costed_cost) AS costed_cost, bool_or(has_no_cost) AS has_no_cost,
        bool_or(is_assumed) AS is_assumed
    FROM sold_line GROUP BY sale_kind, sale_id, sold_on
), credits AS (
    SELECT 'deal' AS sale_kind, deal_id AS sale_id, model, channel, campaign, credit FROM deal_credit
    UNION ALL
    SELECT 'order', order_id, model, channel, campaign, credit FROM _order_credit
)
SELECT * FROM sales JOIN credits USING (sale_kind, sale_id)
"""

NOTES: Mapping[str, Note] = {
    "sold_without_cost": Note(
        "sold_line WHERE has_no_cost AND line_id <> 'unallocated' AND EXISTS (FROM sold_line WHERE cost_home IS NOT NULL)",
        Text(
            "sold lines without a known cost (left out of margins)",
            "lignes vendues de coût inconnu (exclues des marges)",
        ),
        record=("line_items", "line_id"),
    ),
    "sold_with_assumed_cost": Note(
        "sold_line WHERE is_assumed",
        Text(
            "sold lines whose margin is assumed, as the settings say",
            "lignes vendues dont la marge est supposée, selon les réglages",
        ),
    ),
}
