"""Of leads and customers."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import Mart


class Lead(Mart):
    """One row per lead (setting ``kpis.lead_event``), dated by ``lead_on``."""

    key: ClassVar[tuple[str, ...]] = ("contact_id",)
    contact_id: str
    lead_on: date
    mql_on: date | None
    """Marketing-qualified; this stage's own day, else the next one's that is known: who went further has passed it (R16), unless the
    setting ``kpis.skipped_stages`` counts own days alone."""
    sql_on: date | None
    """Sales-qualified, likewise."""
    opportunity_on: date | None
    """Likewise."""
    has_stage_disorder: bool
    """A later stage bears an earlier day."""
    customer_days: int | None
    """Whole days from the lead to the customer that it brought: the oldest contact of a customer's first won deal did. Null unless
    within so many days as cohorts are followed (setting ``kpis.cohort_days``)."""
    was_customer_before: bool | None
    """True where that customer is older than the lead, else null: nothing can be said of how long it took."""
    cohort_revenue_home: Decimal | None
    """Amounts of the deals won within those days whose oldest contact the lead is; null where there is none."""
    team_id: str | None
    owner_id: str | None
    company_id: str | None
    credit: int
    may_come_of_visit: bool
    """Unless its first touch is of the channel ``offline`` and the setting ``kpis.offline_leads`` leaves such leads out of what
    visits turn into."""


class LeadCredit(Lead):
    key: ClassVar[tuple[str, ...]] = ("contact_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str


class Customer(Mart):
    """One row per customer (setting ``kpis.customer_unit``), dated by its first won deal."""

    key: ClassVar[tuple[str, ...]] = ("customer_id",)
    customer_id: str
    customer_on: date
    team_id: str | None
    owner_id: str | None
    pipeline_id: str | None
    company_id: str | None
    credit: int
    is_crm_source: bool | None
    """In ``customer_credit``: as of the deal (:class:`~kpi.schema.marts.deals.DealOutcome`)."""


class CustomerCredit(Customer):
    key: ClassVar[tuple[str, ...]] = ("customer_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str
    is_paid: bool
    """The credited channel is one that is paid for (:data:`kpi.channels.PAID`)."""
