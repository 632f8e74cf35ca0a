"""Of leads and customers."""

from collections.abc import Iterator, Mapping
from typing import Any

from kpi.attribution import Touch, attribute
from kpi.channels import PAID
from kpi.schema import CREDIT_UNIT
from kpi.text import Text
from sync.marts.deals import CREDIT_TYPES
from sync.marts.desk import Desk, Note, day_end, utc


def leads(desk: Desk) -> None:
    """Leads and their credits.

    A lead's first visit always counts, also when the CRM dated it after the lead; its latest one only when it came before.
    """
    options = desk.options
    at, on = LEAD_DATES[options.lead_event]
    desk.mart("lead", LEAD.format(on=on, unit=CREDIT_UNIT))

    def shares() -> Iterator[tuple[Any, ...]]:
        for row in desk.rows(LEAD_TOUCHES.format(at=at, on=on)):
            contact_id, lead_at, lead_on, first_at, channel, campaign, last_at, last_channel, last_campaign = row
            moment = utc(lead_at) if lead_at is not None else day_end(lead_on, options.zone)
            touches = []
            if channel is not None:
                touches.append(Touch(min(moment, utc(first_at)) if first_at is not None else moment, "1", channel, campaign))
            if last_at is not None and utc(last_at) <= moment:
                touches.append(Touch(utc(last_at), "2", last_channel, last_campaign))
            for model in options.models:
                for target, credit in attribute(touches, model).items():
                    yield contact_id, model, *target, credit

    desk.load("_lead_credit", {"contact_id": "VARCHAR", **CREDIT_TYPES}, shares())
    desk.mart("lead_credit", LEAD_CREDIT)


def customers(desk: Desk) -> None:
    desk.con.execute(CUSTOMERS.format(customer=CUSTOMER_ID[desk.options.customer_unit]))
    desk.mart("customer", CUSTOMER.format(unit=CREDIT_UNIT))
    desk.mart("customer_credit", CUSTOMER_CREDIT, {"paid": sorted(PAID)})


LEAD_DATES = {
    "contact_created": ("created_at", "created_on"),
    "lifecycle_lead": ("lead_at", "lead_on"),
}
"""Setting ``lead_event`` -> the instant and the date that make a contact a lead."""

LEAD = """
SELECT c.contact_id, c.{on} AS lead_on, coalesce(c.mql_on, c.sql_on, c.opportunity_on, c.customer_on) AS mql_on,
    coalesce(c.sql_on, c.opportunity_on, c.customer_on) AS sql_on, coalesce(c.opportunity_on, c.customer_on) AS opportunity_on,
    coalesce(c.mql_on > c.sql_on, false) OR coalesce(c.sql_on > c.opportunity_on, false)
        OR coalesce(c.opportunity_on > c.customer_on, false) AS has_stage_disorder,
    t.team_id, c.owner_id, p.company_id, {unit} AS credit
FROM _contact c LEFT JOIN _contact_primary p USING (contact_id) LEFT JOIN _team t USING (owner_id) WHERE c.{on} IS NOT NULL
"""

LEAD_TOUCHES = """
SELECT c.contact_id, c.{at}, c.{on}, f.at, fp.channel, fp.campaign, l.at, lp.channel, lp.campaign
FROM _contact c
LEFT JOIN _touch f ON f.contact_id = c.contact_id AND f."end" = 'first' LEFT JOIN _place fp ON fp.mark_key = f.mark_key
LEFT JOIN _touch l ON l.contact_id = c.contact_id AND l."end" = 'last' LEFT JOIN _place lp ON lp.mark_key = l.mark_key
WHERE c.{on} IS NOT NULL
ORDER BY length(c.contact_id), c.contact_id
"""

LEAD_CREDIT = """
SELECT l.* EXCLUDE (credit), c.credit, c.model, c.channel, c.campaign FROM "lead" l JOIN _lead_credit c USING (contact_id)
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

CUSTOMER = "SELECT * EXCLUDE (deal_id), {unit} AS credit FROM _customer"

CUSTOMER_CREDIT = """
SELECT k.* EXCLUDE (deal_id), c.credit, c.model, c.channel, c.campaign, list_contains($paid, c.channel) AS is_paid
FROM _customer k JOIN _deal_credit c USING (deal_id)
"""

NOTES: Mapping[str, Note] = {
    "stages_out_of_order": Note(
        '"lead" WHERE has_stage_disorder',
        Text(
            "contacts whose lifecycle stages bear days out of order (counted as they stand)",
        ("contacts", "contact_id"),
            "contacts dont les étapes du cycle de vie portent des dates en désordre (comptées telles quelles)",
        ),
    ),
}
