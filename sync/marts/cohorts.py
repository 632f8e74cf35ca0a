"""What leads brought: the customer that each became, how long it took, and what its deals were worth.

A deal belongs to the lead that is its oldest contact, so that no customer and no cent is brought by two leads. The marts
``lead`` and ``deal_outcome`` carry what is known of the days after the start; cohorts are counted from them
(:mod:`kpi.measures.cohorts`), and so are the curves of :mod:`sync.maturity`.
"""

from collections.abc import Mapping

from kpi.text import Text
from sync.marts.desk import Desk, Note
from sync.marts.people import LEAD_DATES


def lead_outcomes(desk: Desk) -> None:
    """``_lead_deal`` (contact_id, days, amount_home), each won deal of a lead, and ``_lead_outcome``, a row per lead that has one."""
    _, on = LEAD_DATES[desk.options.lead_event]
    desk.con.execute(LEAD_DEAL.format(on=on))
    desk.con.execute(LEAD_OUTCOME, {"cohort_days": desk.options.cohort_days})


LEAD_DEAL = """
CREATE OR REPLACE TEMP TABLE _lead_deal AS
SELECT f.contact_id, CAST(o.won_on - c.{on} AS INTEGER) AS days, o.amount_home, k.deal_id IS NOT NULL AS made_customer
FROM deal_outcome o
JOIN _deal_first_contact f USING (deal_id)
JOIN _contact c USING (contact_id)
LEFT JOIN _customer k USING (deal_id)
WHERE o.won_on IS NOT NULL AND c.{on} IS NOT NULL
"""
"""``made_customer``: it was the first one that its customer bought."""

LEAD_OUTCOME = """
CREATE OR REPLACE TEMP TABLE _lead_outcome AS
WITH outcome AS (
    SELECT contact_id, min(days) FILTER (made_customer) AS first_days,
        sum(amount_home) FILTER (days BETWEEN 0 AND $cohort_days) AS cohort_revenue_home
    FROM _lead_deal GROUP BY contact_id
)
SELECT contact_id, CASE WHEN first_days BETWEEN 0 AND $cohort_days THEN first_days END AS customer_days,
    CASE WHEN first_days < 0 THEN true END AS was_customer_before, cohort_revenue_home
FROM outcome
"""

NOTES: Mapping[str, Note] = {
    "leads_after_their_customer": Note(
        '"lead" WHERE was_customer_before',
        Text(
            "leads that are younger than the customer they brought (left out of cohorts)",
            "leads plus récents que le client qu'ils ont apporté (exclus des cohortes)",
        ),
        ("contacts", "contact_id"),
    ),
}
