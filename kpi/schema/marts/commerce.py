"""Of orders, what was given back, carts, buyers and invoices."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import Mart


class Purchase(Mart):
    """One row per order that counts: living, dated, not in the future, not cancelled."""

    key: ClassVar[tuple[str, ...]] = ("order_id",)
    order_id: str
    ordered_on: date
    company_id: str | None
    value_home: Decimal | None
    """Of the goods, by the setting ``kpis.order_value``; null without an amount or an exchange rate."""
    units: Decimal | None
    """On its lines; null where it has none, or one without a quantity."""
    credit: int


class PurchaseCredit(Purchase):
    """One row per order, attribution model and credited touch: those of the lead that its contact was."""

    key: ClassVar[tuple[str, ...]] = ("order_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str


class PurchaseProduct(Purchase):
    """One row per order and product, as :class:`~kpi.schema.marts.deals.DealProduct` is of deals."""

    key: ClassVar[tuple[str, ...]] = ("order_id", "product_id")
    product_id: str
    """``unallocated``: what the lines do not explain, with ``credit`` 0."""
    category: str | None


class PurchaseCategory(Purchase):
    """One row per order and category of its products: two products of a category are one order in it."""

    key: ClassVar[tuple[str, ...]] = ("order_id", "category")
    category: str | None


class Refunded(Mart):
    """One row per payment of which something was given back."""

    key: ClassVar[tuple[str, ...]] = ("refund_id",)
    refund_id: str
    order_id: str | None
    company_id: str | None
    counted_on: date | None
    """By the setting ``kpis.refund_date``: the day it was given, or the order's."""
    refund_home: Decimal | None
    value_home: Decimal | None
    """The part of the order's value that it takes back; 0 where it is of no order that counts."""
    units: Decimal
    """Of an order that was given back wholly, all its units, on its last refund; else 0."""
    is_of_order: bool
    is_first_of_order: bool
    has_no_day: bool
    """Nobody knows when it was given: it counts on the day of the payment."""
    credit: int


class RefundedCredit(Refunded):
    key: ClassVar[tuple[str, ...]] = ("refund_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str


class RefundedProduct(Refunded):
    """One row per refund of an order and product; shared out as the order's value is."""

    key: ClassVar[tuple[str, ...]] = ("refund_id", "product_id")
    product_id: str
    category: str | None


class RefundedCategory(Refunded):
    """One row per refund of an order and category."""

    key: ClassVar[tuple[str, ...]] = ("refund_id", "category")
    category: str | None


class CartOutcome(Mart):
    """One row per cart."""

    key: ClassVar[tuple[str, ...]] = ("cart_id",)
    cart_id: str
    created_on: date | None
    is_mature: bool
    """Older than the setting ``kpis.cart_window_hours``: no longer expected to become an order."""
    is_bought: bool
    """An order is linked to it."""
    credit: int


class CartCredit(CartOutcome):
    key: ClassVar[tuple[str, ...]] = ("cart_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str


class Buyer(Mart):
    """One row per customer (setting ``kpis.customer_unit``) with an order."""

    key: ClassVar[tuple[str, ...]] = ("customer_id",)
    customer_id: str
    company_id: str | None
    channel: str
    """What earned most of the customer's first won deal, else of its first order, under the model of the settings."""
    purchases: int
    """Several orders of a day are one, by the setting ``kpis.same_day_orders``."""
    purchases_of_year: int
    """Of the 365 days to today."""
    value_home: Decimal
    """Of all its orders so far, less what was given back of them."""
    credit: int


class BuyerProduct(Buyer):
    """One row per customer and product: the purchases in which it was bought."""

    key: ClassVar[tuple[str, ...]] = ("customer_id", "product_id")
    product_id: str
    category: str | None


class BuyerCategory(Buyer):
    """One row per customer and category: the purchases in which any product of it was bought."""

    key: ClassVar[tuple[str, ...]] = ("customer_id", "category")
    category: str | None


class BuyerAge(Mart):
    """One row per month of first orders and whole months since: who began then, and what they have brought by that age."""

    key: ClassVar[tuple[str, ...]] = ("cohort_on", "age")
    cohort_on: date
    age: str
    """Whole months, 0 being the first month itself. Only months that are over."""
    buyers: int
    value_home: Decimal
    """Brought up to the end of that month, less what was given back."""


class BuyerForecast(Mart):
    """One row per customer with an order: what is expected of it. Empty without the extra ``ltv`` or enough repeat purchases."""

    key: ClassVar[tuple[str, ...]] = ("customer_id",)
    customer_id: str
    company_id: str | None
    channel: str
    """As of :class:`Buyer`."""
    purchases: Decimal
    """In the months of the setting ``kpis.ltv_months``."""
    value_home: Decimal
    """What they will bring, discounted."""


class BuyerFit(Mart):
    """One row: what the model of the first two thirds of the history expects of the last third, beside what came."""

    key: ClassVar[tuple[str, ...]] = ("split_on",)
    split_on: date
    """First day of the last third."""
    expected: Decimal
    bought: Decimal


class Bill(Mart):
    """One row per living invoice and credit note."""

    key: ClassVar[tuple[str, ...]] = ("invoice_id",)
    invoice_id: str
    company_id: str | None
    invoiced_on: date | None
    due_on: date | None
    amount_home: Decimal | None
    is_issued: bool
    """An invoice, neither a draft nor void."""
    is_revenue: bool
    """Its amount counts in what was invoiced: an issued invoice's, and what a credit note takes off."""
    is_unpaid: bool
    is_overdue: bool
