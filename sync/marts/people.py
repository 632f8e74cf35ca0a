"""Of leads and customers."""

from collections.abc import Mapping

from kpi.channels import PAID
from kpi.schema import CREDIT_UNIT
from kpi.text import Text
from sync.marts.credits import Learned, credit
from sync.marts.desk import Desk, Note


def leads(desk: Desk, learned: Learned | None) -> None:
    """Leads and their credits. ``learned``: from deals.

    A lead's first visit always counts, also when the CRM dated it after the lead; later ones only when they came before.
    """
    at, on = LEAD_DATES[desk.options.lead_event]
    desk.mart(
        "lead",
        LEAD.format(
            on=on, unit=CREDIT_UNIT, of_visits=OF_VISITS[desk.options.offline_leads], **STAGES[desk.options.skipped_stages]
        ),
    )
    desk.con.execute(LEAD_JOURNEY.format(at=at, on=on), {"zone": desk.options.zone.key})
    desk.con.execute(LEAD_PATH)
    credit(desk, "lead", learned)
    desk.mart("lead_credit", LEAD_CREDIT)
    desk.con.execute("DROP TABLE _lead_credit")


def customers(desk: Desk) -> None:
    desk.con.execute(CUSTOMERS.format(customer=CUSTOMER_ID[desk.options.customer_unit]))
    desk.mart("customer", CUSTOMER.format(unit=CREDIT_UNIT))
    desk.mart("customer_credit", CUSTOMER_CREDIT, {"paid": sorted(PAID)})


LEAD_DATES = {
    "contact_created": ("created_at", "created_on"),
    "lifecycle_lead": ("lead_at", "lead_on"),
}
"""Setting ``lead_event`` -> the instant and the date that make a contact a lead."""

OF_VISITS = {
    "count": "true",
    "leave_out": """c.contact_id NOT IN (
        SELECT v.contact_id FROM _visit v JOIN _target t USING (target) WHERE v."end" = 'first' AND t.channel = 'offline'
    )""",
}
"""Setting ``offline_leads`` -> whether a lead is held against visits. An ad's click or a campaign's tag on the first touch is a visit,
whatever the CRM calls its source."""

STAGES = {
    "passed": {
        "mql_on": "coalesce(c.mql_on, c.sql_on, c.opportunity_on, c.customer_on)",
        "sql_on": "coalesce(c.sql_on, c.opportunity_on, c.customer_on)",
        "opportunity_on": "coalesce(c.opportunity_on, c.customer_on)",
    },
    "not_passed": {stage: f"c.{stage}" for stage in ("mql_on", "sql_on", "opportunity_on")},
}
"""Setting ``skipped_stages`` -> the day of each stage."""

LEAD = """
SELECT c.contact_id, c.{on} AS lead_on, {mql_on} AS mql_on, {sql_on} AS sql_on, {opportunity_on} AS opportunity_on,
    coalesce(c.mql_on > least(c.sql_on, c.opportunity_on, c.customer_on), false)
        OR coalesce(c.sql_on > least(c.opportunity_on, c.customer_on), false)
        OR coalesce(c.opportunity_on > c.customer_on, false) AS has_stage_disorder,
    o.customer_days, o.was_customer_before, o.cohort_revenue_home, t.team_id, c.owner_id, p.company_id, {unit} AS credit,
    {of_visits} AS may_come_of_visit
FROM _contact c LEFT JOIN _contact_primary p USING (contact_id) LEFT JOIN _team t USING (owner_id)
LEFT JOIN _lead_outcome o USING (contact_id) WHERE c.{on} IS NOT NULL
"""

LEAD_JOURNEY = """
CREATE OR REPLACE TEMP TABLE _lead_journey AS
SELECT row_number() OVER () AS journey, contact_id AS id, created_at, NULL AS fallback, coalesce(
    {at}, CAST(timezone($zone, CAST({on} + 1 AS TIMESTAMP)) AS TIMESTAMP) - INTERVAL 1 MICROSECOND
) AS until_at
FROM _contact WHERE {on} IS NOT NULL
"""

LEAD_PATH = """
CREATE OR REPLACE TEMP TABLE _lead_path AS
WITH counted AS (
    SELECT j.journey, v.target, v."end", CASE WHEN v."end" = 'first' THEN least(v.at, j.until_at) ELSE v.at END AS at, j.created_at
    FROM _lead_journey j JOIN _visit v ON v.contact_id = j.id
    WHERE v."end" = 'first' OR v.at <= j.until_at
)
SELECT journey, row_number() OVER (ORDER BY c.at, CASE "end" WHEN 'first' THEN 1 WHEN 'click' THEN 2 ELSE 3 END) AS seq, c.at, target,
    true AS is_oldest, coalesce(c.at <= created_at, false) AS is_before_contact, false AS is_before_deal
FROM counted c
"""
"""A lead has no deal yet: that moment has no touch."""

LEAD_CREDIT = """
SELECT l.* EXCLUDE (credit), c.credit, c.model, c.channel, c.campaign FROM "lead" l JOIN _lead_credit c ON c.id = l.contact_id
"""

CUSTOMERS = """
CREATE OR REPLACE TEMP TABLE _customer AS
SELECT {customer} AS customer_id, o.won_on AS customer_on, o.team_id, o.owner_id, o.pipeline_id, o.company_id, o.deal_id
FROM deal_outcome o LEFT JOIN _deal_first_contact f USING (deal_id)
WHERE o.won_on IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY o.won_on, length(o.deal_id), o.deal_id) = 1
"""

CUSTOMER_ID = {
    "company": "coalesce(o.company_id, 'contact:' || f.contact_id, 'deal:' || o.deal_id)",
    "contact": "coalesce(f.contact_id, 'company:' || o.company_id, 'deal:' || o.deal_id)",
}
"""Setting ``customer_unit`` -> who bought; where the unit is missing on a deal, the next best stands in, marked as such."""

CUSTOMER = "SELECT * EXCLUDE (deal_id), {unit} AS credit, false AS is_crm_source FROM _customer"

CUSTOMER_CREDIT = """
SELECT k.* EXCLUDE (deal_id), c.credit, c.is_crm_source, c.model, c.channel, c.campaign, list_contains($paid, c.channel) AS is_paid
FROM _customer k JOIN _deal_credit c ON c.id = k.deal_id
"""

NOTES: Mapping[str, Note] = {
    "stages_out_of_order": Note(
        '"lead" WHERE has_stage_disorder',
        Text(
            "contacts whose lifecycle stages bear days out of order (counted as they stand)",
            "contacts dont les étapes du cycle de vie portent des dates en désordre (comptées telles quelles)",
        ),
        ("contacts", "contact_id"),
    ),
}
