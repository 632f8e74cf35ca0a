"""What rows about recurring revenue have in common, whether they stand for a customer or for a plan. No mart by itself.

Recurring amounts stand in ninths of what a month costs (:data:`MRR_PARTS`), so that the billing intervals of the CRM give exact
numbers: a third or a ninth of an amount has no end in decimals, nine times it has.
"""

from datetime import date
from decimal import Decimal

from kpi.schema.base import Mart

MRR_PARTS = 9
"""So many stored units make one of the company's currency. With the six decimals it bears, an amount in cents that is billed by
the day, by weeks or by 1, 2, 3, 4, 6, 12, 24, 36, 48 or 60 months is exact."""


class LevelRow(Mart):
    """What changed on a day: what all rows up to a day sum to is the level of that day."""

    change_on: date
    mrr: Decimal
    """In ninths, at the rate of the day on which each period of a subscription began (R3)."""
    customers: int
    """1 for each that began to pay, -1 for each that ceased."""
    customers_gone: int
    """Those that ceased, whoever else began."""
    subscriptions: int
    has_assumed_end: bool
    """A subscription ended on a day that the CRM does not tell; the day its record was last changed stands in."""


class ChangeRow(Mart):
    """What changed in a calendar period. All amounts are in ninths and, but for ``mrr_moved`` and ``mrr_fx``, none is negative:
    opening + new + reactivation + expansion - contraction - churned + moved + fx = closing.
    """

    period: str
    """year | quarter | month"""
    period_start: date
    mrr_new: Decimal
    mrr_expansion: Decimal
    mrr_contraction: Decimal
    mrr_churned: Decimal
    mrr_reactivation: Decimal
    mrr_moved: Decimal
    """What went from one plan to another without changing what the customer pays; 0 over all plans."""
    mrr_fx: Decimal
    """The effect of exchange rates, which is neither growth nor loss (R4)."""
    mrr_gained: Decimal
    """More than at the opening, of customers that were there then: net over the period."""
    mrr_lost: Decimal
    """Less than at the opening, likewise; of each customer at most what it paid then."""
    customers_new: int
    customers_lost: int
    """Those that were there at the opening and are not at the end."""
    customers_returned: int
    """Those that had paid before, were not there at the opening and are at the end."""
    customers_away: int
    """Those that were there at the opening and are at the end, and paid nothing for some time in between."""
    has_assumed_end: bool


class YearRow(Mart):
    """The last 365 days, and the last twelve whole months taken one by one. Amounts are in ninths."""

    mrr_start: Decimal
    """What was paid when the 365 days began. The four that follow are changes between then and today."""
    mrr_gained: Decimal
    mrr_lost: Decimal
    customers_start: int
    customers_lost: int
    customer_months: int
    """Over the twelve months, how many customers were there at the opening. The five that follow are sums over those months."""
    customer_losses: int
    mrr_months: Decimal
    mrr_losses: Decimal
    mrr_new: Decimal
    customers_new: int
    has_assumed_end: bool


class OfPlan(Mart):
    """The plan of a subscription is the product of its largest line."""

    plan_id: str
    category: str | None
