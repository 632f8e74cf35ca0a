"""Lines of deals and orders in the company's currency, and what they cost: exact, at the rate of the document they stand on.

HubSpot has one kind of line for every document, and copies lines when one document is made from another; a figure takes the
lines of one kind of document only. A line with a negative quantity is set aside: it says neither what was sold nor what
came back.
"""

from collections.abc import Mapping

from kpi.text import Text
from sync.marts.desk import Desk, Note

MACROS = (
    "CREATE OR REPLACE TEMP MACRO times(a, b) AS TRY_CAST(CAST(a AS DECIMAL(20, 6)) * CAST(b AS DECIMAL(18, 6)) AS DECIMAL(18, 6))",
    "CREATE OR REPLACE TEMP MACRO millionths(a) AS CAST(CAST(a AS DECIMAL(26, 6)) * 1000000 AS HUGEINT)",
    """
CREATE OR REPLACE TEMP MACRO exact_share(amount, part, whole) AS TRY_CAST(
    TRY_CAST(sign(amount) * sign(part) * sign(whole) * (
        (2 * millionths(abs(amount)) * millionths(abs(part)) + millionths(abs(whole))) // nullif(2 * millionths(abs(whole)), 0)
    ) AS DECIMAL(31, 0)) * CAST(0.000001 AS DECIMAL(7, 6))
AS DECIMAL(18, 6))
""",
)
"""Arithmetic of amounts: the engine keeps the 18 digits of two DECIMALs that it multiplies, and divides them as doubles.

``times(a, b)`` and ``exact_share(amount, part, whole)``, which is ``amount x part / whole``, are exact to the sixth decimal,
halves away from zero; null where ``whole`` is 0 and where the outcome has more digits than an amount may have. 18 digits times
18 digits in whole millionths fit a HUGEINT.
"""


def at_rate_of(amount: str, currency: str, document: str) -> str:
    """SQL of an amount that stands on a document, in the company's currency (``$home``); null where a rate would be a guess.

    The document's own amounts tell its rate, so that what its lines sum to is what it is worth; a document of 0 has the rate
    that it bears. An amount in a third currency has none.
    """
    return f"""CASE
        WHEN coalesce({currency}, {document}.currency, $home) = $home THEN {amount}
        WHEN coalesce({currency}, {document}.currency) IS DISTINCT FROM {document}.currency THEN NULL
        WHEN {document}.amount <> 0 AND {document}.amount_home IS NOT NULL
            THEN exact_share({amount}, {document}.amount_home, {document}.amount)
        ELSE times({amount}, {document}.fx_rate)
    END"""


def deal_lines(desk: Desk) -> None:
    """``_deal_line``: the lines of every living deal."""
    for macro in MACROS:
        desk.con.execute(macro)
    desk.con.execute(_LINES.format(kind="deal", documents="deals", state="_deal_state", **_AMOUNTS), _home(desk))


def order_lines(desk: Desk) -> None:
    """``_order_line``: the lines of every order that counts."""
    desk.con.execute(_LINES.format(kind="order", documents="orders", state="_order_state", **_AMOUNTS), _home(desk))


def _home(desk: Desk) -> dict[str, str]:
    return {"home": desk.options.home_currency}


_AMOUNTS = {
    "amount": at_rate_of("i.amount", "i.currency", "d"),
    "own_cost": at_rate_of("times(i.quantity, i.unit_cost)", "i.currency", "d"),
    "product_cost": at_rate_of("times(i.quantity, p.unit_cost)", "p.currency", "d"),
}

_LINES = """
CREATE OR REPLACE TEMP TABLE _{kind}_line AS
WITH links AS (
    SELECT from_id AS {kind}_id, to_id AS line_item_id FROM association
    WHERE from_type = '{documents}' AND to_type = 'line_items'
    UNION ALL
    SELECT to_id, from_id FROM association WHERE from_type = 'line_items' AND to_type = '{documents}'
), owned AS (
    SELECT DISTINCT coalesce(s.survivor, l.{kind}_id) AS {kind}_id, l.line_item_id
    FROM links l LEFT JOIN _{kind}_survivor s ON s.id = l.{kind}_id
), products AS (
    SELECT product_id, any_value(category) AS category,
        any_value(unit_cost) FILTER (unit_cost >= 0) AS unit_cost, any_value(currency) FILTER (unit_cost >= 0) AS currency
    FROM product GROUP BY product_id
)
SELECT o.{kind}_id, i.line_item_id, i.product_id, p.category, i.quantity, {amount} AS amount_home,
    CASE WHEN i.unit_cost >= 0 THEN {own_cost} ELSE {product_cost} END AS cost_home
FROM owned o JOIN {state} d USING ({kind}_id) JOIN line_item i USING (line_item_id) LEFT JOIN products p USING (product_id)
WHERE i.archived_at IS NULL AND coalesce(i.quantity, 0) >= 0
"""
"""A negative cost is none: the product's own stands in, as it does where the line has none."""

NOTES: Mapping[str, Note] = {
    "lines_with_negative_quantity": Note(
        "line_item WHERE archived_at IS NULL AND quantity < 0",
        Text("lines with a negative quantity (set aside)", "lignes de quantité négative (mises de côté)"),
        record=("line_items", "line_item_id"),
    ),
    "lines_with_negative_cost": Note(
        "line_item WHERE archived_at IS NULL AND unit_cost < 0",
        Text("lines with a negative unit cost (their product's is taken)", "lignes de coût négatif (celui du produit est pris)"),
        record=("line_items", "line_item_id"),
    ),
}
