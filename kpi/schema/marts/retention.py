"""Of customers who buy now and then: whether they still do."""

from datetime import date
from typing import ClassVar

from kpi.schema.base import Mart
from kpi.schema.marts.customers import OfCustomer


class ActivityLevel(OfCustomer):
    """One row per customer and day on which it became active, by buying, or lapsed: by not buying for so long that the settings
    (``kpis.lapsed_after_days``) count it as lost."""

    key: ClassVar[tuple[str, ...]] = ("customer_id", "change_on")
    change_on: date
    customers: int
    """1: active from that day on, -1: no longer."""


class ActivityChange(OfCustomer):
    """One row per customer and calendar period in which it came, was lost or came back: net over the period."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "customer_id")
    period: str
    """year | quarter | month"""
    period_start: date
    customers_new: int
    """Bought for the first time ever."""
    customers_returned: int
    """Not active at the opening, nor new, and active at the end."""
    customers_lost: int
    """Active at the opening and not at the end."""


class ActivityCohort(Mart):
    """One row per month in which customers first bought, and month since: a triangle."""

    key: ClassVar[tuple[str, ...]] = ("cohort_on", "age")
    cohort_on: date
    age: str
    """Whole months since, as text: 0 is the first month itself."""
    customers: int
    active: int
    """How many of them bought in that month."""
    is_partial: bool
    """That month is not over."""
