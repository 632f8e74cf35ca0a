"""Of subscriptions: what is paid each month, how that changed, and who stayed. Amounts are in ninths
(:data:`~kpi.schema.marts.recurring.MRR_PARTS`)."""

from datetime import date
from typing import ClassVar

from kpi.schema.base import Mart
from kpi.schema.marts.customers import OfCustomer
from kpi.schema.marts.recurring import ChangeRow, LevelRow, OfPlan, YearRow


class MrrLevel(OfCustomer, LevelRow):
    """One row per customer and day on which what it pays changed."""

    key: ClassVar[tuple[str, ...]] = ("customer_id", "change_on")


class MrrPlanLevel(OfPlan, LevelRow):
    """One row per plan and day on which what its customers pay changed. A customer counts once for each plan it pays."""

    key: ClassVar[tuple[str, ...]] = ("plan_id", "change_on")


class MrrChange(OfCustomer, ChangeRow):
    """One row per customer and calendar period in which something changed."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "customer_id")


class MrrPlanChange(OfPlan, ChangeRow):
    """One row per plan and calendar period. Customers are lost to a plan also when they went to another one."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "plan_id")


class SubscriberYear(OfCustomer, YearRow):
    """One row per customer of the last year."""

    key: ClassVar[tuple[str, ...]] = ("customer_id",)


class SubscriberPlanYear(OfPlan, YearRow):
    """One row per plan."""

    key: ClassVar[tuple[str, ...]] = ("plan_id",)


class SubscriberCohort(Mart):
    """One row per month in which customers began to pay, and month since: a triangle."""

    key: ClassVar[tuple[str, ...]] = ("cohort_on", "age")
    cohort_on: date
    age: str
    """Whole months since, as text: 0 is the first month itself."""
    customers: int
    """How many the cohort has."""
    active: int
    """How many of them paid for at least one day of that month."""
    is_partial: bool
    """That month is not over."""
