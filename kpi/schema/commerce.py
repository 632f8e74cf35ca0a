"""Tables of what is sold without a salesperson: carts, orders, refunds, subscriptions, invoices.

Their lines are ``line_item`` rows: HubSpot has one kind of line for deals, orders, carts and subscriptions, and the
``association`` says whose it is. A line is copied when one document is made from another, so that a figure takes the lines
of one kind of parent only.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from kpi.schema.base import Row

IntervalUnit = Literal["day", "week", "month"]


class Order(Row):
    key = ("source", "order_id")
    order_id: str
    external_order_id: str | None
    """The shop's own number."""
    source_store: str | None
    pipeline_id: str | None
    stage_id: str | None
    fulfillment_status: str | None
    ordered_at: datetime | None
    """The CRM's creation date, unless the settings map a property that holds when it was placed."""
    ordered_on: date | None
    amount: Decimal | None
    """What the customer pays: after discounts, with tax and shipping."""
    discount_amount: Decimal | None
    tax_amount: Decimal | None
    shipping_amount: Decimal | None
    currency: str | None
    amount_home: Decimal | None
    fx_rate: Decimal | None
    fx_source: str | None
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None


class Cart(Row):
    """A cart. Nothing says that it was abandoned: it is when no order is linked to it after a while."""

    key = ("source", "cart_id")
    cart_id: str
    external_cart_id: str | None
    external_status: str | None
    source_store: str | None
    created_at: datetime | None
    created_on: date | None
    amount: Decimal | None
    discount_amount: Decimal | None
    currency: str | None
    amount_home: Decimal | None
    fx_rate: Decimal | None
    fx_source: str | None
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None


class Refund(Row):
    """What was given back of one payment, so far."""

    key = ("source", "refund_id")
    refund_id: str
    payment_id: str
    status: str | None
    paid_at: datetime | None
    paid_on: date | None
    refunded_at: datetime | None
    """Null unless the settings map a property that holds it: HubSpot keeps no date of a refund."""
    refunded_on: date | None
    payment_amount: Decimal | None
    amount: Decimal
    currency: str | None
    amount_home: Decimal | None
    fx_rate: Decimal | None
    fx_source: str | None
    modified_at: datetime | None
    archived_at: datetime | None


class SubscriptionPeriod(Row):
    """A time during which a customer pays one recurring amount: the present one of each subscription of the CRM."""

    key = ("source", "period_id")
    period_id: str
    subscription_id: str
    status: str | None
    """active | past_due | canceled | expired | scheduled"""
    starts_on: date | None
    ends_on: date | None
    """Exclusive. Null while it runs, and where the CRM keeps no such date and the settings map none."""
    interval_unit: IntervalUnit | None
    """With ``interval_count``: how long one amount pays for. A year is 12 months; null: paid once, or not understood."""
    interval_count: int | None
    billing_frequency: str | None
    """The vendor's word."""
    amount: Decimal | None
    """Per interval."""
    currency: str | None
    amount_home: Decimal | None
    fx_rate: Decimal | None
    fx_source: str | None
    next_due_on: date | None
    created_at: datetime | None
    created_on: date | None
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None


class Invoice(Row):
    key = ("source", "invoice_id")
    invoice_id: str
    kind: Literal["invoice", "deposit", "credit_note"] | None
    """Null: an invoice. A ``deposit`` is billed once more in the final invoice, so that it is owed and no revenue; a
    ``credit_note`` has a negative amount, which takes from the revenue of its own day."""
    status: str | None
    invoiced_on: date | None
    due_on: date | None
    amount: Decimal | None
    currency: str | None
    amount_home: Decimal | None
    fx_rate: Decimal | None
    fx_source: str | None
    modified_at: datetime | None
    archived_at: datetime | None
    merged_into: str | None
