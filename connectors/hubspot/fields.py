"""From HubSpot's names to ours, as tables: which property each column is read from, and which the user may replace.

Property names are HubSpot's own (FACTS §9-§11, 2026-11-21). ``doubtful`` ones come from public code or are guesses: an
account that lacks them is normal, and their absence is no note.
"""

from dataclasses import dataclass

from config.mapping import Offer, ValueType


@dataclass(frozen=True)
class Field:
    """One column and the property it is read from."""

    column: str
    type: ValueType
    standard: str | None
    """HubSpot's own property; None: only a property of the user's choice fills it."""
    is_mappable: bool = False
    is_doubtful: bool = False

    @property
    def offer(self) -> Offer:
        return Offer(self.column, self.type, self.standard)


def text(column: str, property: str | None, *, mappable: bool = False, doubtful: bool = False) -> Field:
    return Field(column, "text", property, mappable, doubtful)


def number(column: str, property: str | None, *, mappable: bool = False, doubtful: bool = False) -> Field:
    return Field(column, "number", property, mappable, doubtful)


def instant(column: str, property: str | None, *, mappable: bool = False, doubtful: bool = False) -> Field:
    """A column ``x_at``; where the table has ``x_on`` too, it is its day."""
    return Field(column, "instant", property, mappable, doubtful)


def day(column: str, property: str | None, *, mappable: bool = False, doubtful: bool = False) -> Field:
    return Field(column, "date", property, mappable, doubtful)


def currency(property: str | None, *, mappable: bool = False) -> Field:
    """The currency of every amount of the record."""
    return Field("currency", "currency", property, mappable)


AMOUNT_HOME = "amount_home"
FX_RATE = "fx_rate"
"""Columns whose property is the CRM's own conversion of ``amount``: void where another amount is mapped."""

OWNER = text("owner_id", "hubspot_owner_id")

DEALS = (
    OWNER,
    text("pipeline_id", "pipeline"),
    text("stage_id", "dealstage"),
    instant("created_at", "createdate", mappable=True),
    instant("close_at", "closedate", mappable=True),
    number("amount", "amount", mappable=True),
    currency("deal_currency_code", mappable=True),
    number(AMOUNT_HOME, "amount_in_home_currency"),
    number(FX_RATE, "hs_exchange_rate"),
    text("deal_type", "dealtype", mappable=True),
    text("original_source", "hs_analytics_source", mappable=True),
    text("original_source_data_1", "hs_analytics_source_data_1"),
    text("original_source_data_2", "hs_analytics_source_data_2"),
)

CONTACTS = (
    OWNER,
    instant("created_at", "createdate", mappable=True),
    text("lifecycle_stage", "lifecyclestage", mappable=True),
)

COMPANIES = (
    OWNER,
    instant("created_at", "createdate", mappable=True),
    text("lifecycle_stage", "lifecyclestage", mappable=True),
    text("industry", "industry", mappable=True),
)

COST = "hs_cost_of_goods_sold"
"""Of one unit (UNVERIFIED, FACTS §9.4)."""

PRODUCTS = (
    text("product_name", "name"),
    number("price", "price", mappable=True),
    number("unit_cost", COST, mappable=True, doubtful=True),
)

LINE_ITEMS = (
    text("product_id", "hs_product_id"),
    text("line_name", "name"),
    number("quantity", "quantity", mappable=True),
    number("amount", "amount", mappable=True),
    number("unit_cost", COST, mappable=True, doubtful=True),
    currency("hs_line_item_currency_code"),
)

ORDERS = (
    text("external_order_id", "hs_external_order_id", mappable=True, doubtful=True),
    text("source_store", "hs_source_store"),
    text("pipeline_id", "hs_pipeline"),
    text("stage_id", "hs_pipeline_stage"),
    text("fulfillment_status", "hs_fulfillment_status", mappable=True),
    instant("ordered_at", "hs_createdate", mappable=True),
    number("amount", "hs_total_price", mappable=True, doubtful=True),
    number("discount_amount", "hs_order_discount", mappable=True, doubtful=True),
    number("tax_amount", "hs_tax", mappable=True, doubtful=True),
    number("shipping_amount", "hs_shipping_cost", mappable=True, doubtful=True),
    currency("hs_currency_code"),
    number(FX_RATE, "hs_exchange_rate"),
)

CARTS = (
    text("external_cart_id", "hs_external_cart_id"),
    text("external_status", "hs_external_status", mappable=True),
    text("source_store", "hs_source_store"),
    instant("created_at", "hs_createdate", mappable=True),
    number("amount", "hs_total_price", mappable=True),
    number("discount_amount", "hs_cart_discount", mappable=True),
    currency("hs_currency_code"),
    number(AMOUNT_HOME, "hs_homecurrency_amount"),
    number(FX_RATE, "hs_exchange_rate"),
)

SUBSCRIPTIONS = (
    text("status", "hs_status", mappable=True),
    day("starts_on", "hs_recurring_billing_start_date", mappable=True),
    day("ends_on", None, mappable=True),
    text("billing_frequency", "hs_recurring_billing_frequency", mappable=True),
    number("amount", "hs_next_payment_amount", mappable=True),
    currency("hs_currency_code"),
    day("next_due_on", "hs_next_payment_due_date"),
    instant("created_at", "hs_createdate"),
)
LAST_PAYMENT = "hs_last_payment_amount"
"""Stands in for the next payment of a subscription that has ended."""

INVOICES = (
    text("status", "hs_invoice_status"),
    day("invoiced_on", "hs_invoice_date"),
    day("due_on", "hs_due_date"),
    number("amount", "hs_amount_billed", mappable=True, doubtful=True),
    currency("hs_currency"),
)

PAYMENTS = (
    text("status", "hs_latest_status"),
    instant("paid_at", "hs_initiated_date"),
    instant("refunded_at", None, mappable=True),
    number("payment_amount", "hs_initial_amount"),
    number("amount", "hs_refunds_amount", mappable=True),
    currency("hs_currency_code"),
    number(AMOUNT_HOME, "hs_refunds_amount_in_portal_currency", doubtful=True),
)

TICKETS = (
    OWNER,
    text("pipeline_id", "hs_pipeline"),
    text("stage_id", "hs_pipeline_stage"),
    text("priority", "hs_ticket_priority", mappable=True),
    text("origin", "source_type", mappable=True, doubtful=True),
    instant("created_at", "createdate", mappable=True),
    instant("closed_at", "closed_date", mappable=True, doubtful=True),
)
FIRST_REPLY = "time_to_first_agent_reply"
"""Milliseconds (UNVERIFIED, as all durations of HubSpot's calculated properties)."""

FEEDBACK = (
    text("survey_type", "hs_survey_type", doubtful=True),
    text("survey_id", "hs_survey_id", doubtful=True),
    text("survey_name", "hs_survey_name", doubtful=True),
    text("channel", "hs_survey_channel"),
    number("score", "hs_value", doubtful=True),
    text("response_group", "hs_response_group", doubtful=True),
    text("sentiment", "hs_sentiment"),
    instant("answered_at", "hs_submission_timestamp", doubtful=True),
)
"""``hs_content`` holds what a customer wrote, and is not asked for. No custom properties exist on this object."""

GOALS = (
    text("target_name", "hs_goal_name"),
    OWNER,
    text("group_id", "hs_group_correlation_uuid", doubtful=True),
    text("milestone", "hs_milestone"),
    number("target_value", "hs_target_amount"),
    instant("starts_at", "hs_start_datetime"),
    instant("ends_at", "hs_end_datetime"),
)

CUSTOM = (
    text("label", None, mappable=True),
    text("pipeline_id", "hs_pipeline", doubtful=True),
    text("stage_id", "hs_pipeline_stage", mappable=True, doubtful=True),
    OWNER,
    number("amount", None, mappable=True),
    currency(None, mappable=True),
    instant("created_at", "hs_createdate", mappable=True),
)
"""Of every object that the account defined itself."""
