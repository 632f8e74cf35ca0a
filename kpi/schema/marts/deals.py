"""Of deals: how they ended, who earned them, what was sold, and where they stayed."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import Mart


class DealOutcome(Mart):
    """One row per living deal (not archived, not merged away)."""

    key: ClassVar[tuple[str, ...]] = ("deal_id",)
    deal_id: str
    pipeline_id: str | None
    team_id: str | None
    """The owner's team as it is now."""
    owner_id: str | None
    company_id: str | None
    """The primary company, so that a deal with several is never counted twice (R10)."""
    created_on: date | None
    won_on: date | None
    lost_on: date | None
    is_open: bool
    expected_on: date | None
    """When an open deal is expected to close, as the CRM says."""
    forecast_on: date | None
    """The same; a day that has passed already is today."""
    amount_home: Decimal | None
    is_zero_left_out: bool
    """Its amount is 0, and the setting ``kpis.zero_amount_deals`` leaves such deals out of average sizes. In ``deal_product`` and
    ``deal_category``, too, of the deal: a product given away with others is not a deal of zero."""
    weighted_home: Decimal | None
    """Of an open deal: its amount times the probability of its stage. Null where the stage has none."""
    cycle_s: int | None
    """Creation to won, whole seconds; null unless won, and null when negative (imported or back-dated)."""
    has_negative_cycle: bool
    lost_cycle_s: int | None
    """Creation to lost, whole seconds; null unless lost, and null when negative."""
    won_days: int | None
    """Creation to won, whole days; null unless won within so many days as cohorts are followed (setting ``kpis.cohort_days``)."""
    lost_days: int | None
    """Creation to lost, likewise."""
    credit: int
    is_crm_source: bool | None
    """In ``deal_credit``: no touch is known, and the CRM's own original source stands in (setting)."""


class DealCredit(DealOutcome):
    """One row per deal, attribution model and credited touch; ``credit`` sums to CREDIT_UNIT per deal and model."""

    key: ClassVar[tuple[str, ...]] = ("deal_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str


class DealProduct(DealOutcome):
    """One row per deal and product; ``amount_home`` is the product's share.

    What the lines do not explain stands under product ``unallocated`` with ``credit`` 0, so that revenue
    sums to the total while no deal is counted for it; a deal without lines is wholly ``unallocated``.
    """

    key: ClassVar[tuple[str, ...]] = ("deal_id", "product_id")
    product_id: str
    category: str | None
    """``unallocated`` as the product is."""


class DealCategory(DealOutcome):
    """One row per deal and category of its products; ``amount_home`` is what they sum to. Two products of a category are one deal in it.

    What the lines do not explain stands under category ``unallocated`` as in ``deal_product``, in a row of its own.
    """

    key: ClassVar[tuple[str, ...]] = ("deal_id", "category")
    category: str | None


class StageStay(Mart):
    """One row per living deal and stage that it entered: from its first entry to the next stage's."""

    key: ClassVar[tuple[str, ...]] = ("deal_id", "stage_id")
    deal_id: str
    stage_id: str
    pipeline_id: str | None
    """The stage's own; the deal's where the stage is of several pipelines, or no longer there."""
    team_id: str | None
    owner_id: str | None
    entered_on: date
    left_on: date | None
    """Null while the deal is in it; always of the stage that a deal ended in."""
    stay_s: int | None
    """Whole seconds; null until it has been left."""
