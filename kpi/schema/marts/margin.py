"""Of what was sold and what it cost."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import Mart


class SoldLine(Mart):
    """One row per line of a won deal or of an order that is not the delivery of one, and one for what the lines do not explain.

    A sale's rows sum to what it is worth: a won deal's amount, an order's goods before tax and shipping.
    """

    key: ClassVar[tuple[str, ...]] = ("sale_kind", "sale_id", "line_id")
    sale_kind: str
    """deal | order"""
    sale_id: str
    line_id: str
    """``unallocated``: what the lines do not explain."""
    sold_on: date
    company_id: str | None
    product_id: str | None
    """``unallocated`` as the line is."""
    category: str | None
    net_home: Decimal | None
    """What it brought; null where the sale bears no amount or no exchange rate is known."""
    cost_home: Decimal | None
    """Null where no cost is known and none is assumed. A reduction of the whole sale costs nothing."""
    costed_net: Decimal | None
    """``net_home`` where the cost is known, else 0: margins rest on nothing else."""
    costed_cost: Decimal
    """``cost_home`` of the same, else 0."""
    has_no_cost: bool
    is_assumed: bool
    """The cost is what the assumed margin leaves."""
    credit: int


class SoldCredit(Mart):
    """One row per sale, attribution model and credited touch: a deal's own, an order's as those of its contact's lead."""

    key: ClassVar[tuple[str, ...]] = ("sale_kind", "sale_id", "model", "channel", "campaign")
    sale_kind: str
    sale_id: str
    sold_on: date
    company_id: str | None
    net_home: Decimal | None
    costed_net: Decimal | None
    costed_cost: Decimal
    has_no_cost: bool
    """Of any of its lines."""
    is_assumed: bool
    """Likewise."""
    credit: int
    model: str
    channel: str
    campaign: str
