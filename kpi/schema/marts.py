"""Marts: what measures read. Rebuilt in full from the tables on every run (:mod:`sync.derive`)."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import CostClass, Mart


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
    weighted_home: Decimal | None
    """Of an open deal: its amount times the probability of its stage. Null where the stage has none."""
    cycle_s: int | None
    """Creation to won, whole seconds; null unless won, and null when negative (imported or back-dated)."""
    has_negative_cycle: bool
    lost_cycle_s: int | None
    """Creation to lost, whole seconds; null unless lost, and null when negative."""
    credit: int


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


class StageStay(Mart):
    """One row per living deal and stage that it entered: from its first entry to the next stage's."""

    key: ClassVar[tuple[str, ...]] = ("deal_id", "stage_id")
    deal_id: str
    stage_id: str
    pipeline_id: str | None
    team_id: str | None
    owner_id: str | None
    entered_on: date
    left_on: date | None
    """Null while the deal is in it; always of the stage that a deal ended in."""
    stay_s: int | None
    """Whole seconds; null until it has been left."""


class Lead(Mart):
    """One row per lead (setting ``kpis.lead_event``), dated by ``lead_on``."""

    key: ClassVar[tuple[str, ...]] = ("contact_id",)
    contact_id: str
    lead_on: date
    mql_on: date | None
    """Marketing-qualified; this stage's own day, else the next one's that is known: who went further has passed it (R16)."""
    sql_on: date | None
    """Sales-qualified, likewise."""
    opportunity_on: date | None
    """Likewise."""
    has_stage_disorder: bool
    """A later stage bears an earlier day."""
    team_id: str | None
    owner_id: str | None
    company_id: str | None
    credit: int


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


class CustomerCredit(Customer):
    key: ClassVar[tuple[str, ...]] = ("customer_id", "model", "channel", "campaign")
    model: str
    channel: str
    campaign: str
    is_paid: bool
    """The credited channel is one that is paid for (:data:`kpi.channels.PAID`)."""


class Spend(Mart):
    """Media spend: ad platforms, spend-file entries that name a channel or campaign, and opted-in estimates."""

    key: ClassVar[tuple[str, ...]] = ("source", "source_id")
    source: str
    source_id: str
    spend_on: date
    platform: str
    channel: str
    campaign: str
    spend_home: Decimal | None
    """Null when no exchange rate is known: kept, counted as a gap, never guessed."""
    impressions: int | None
    """Null where nothing counts impressions (files, estimates), so they never enter a CPM."""
    clicks: int | None
    conversions: Decimal | None
    conversions_value_home: Decimal | None
    cost_class: CostClass
    is_paid_channel: bool


class Overhead(Mart):
    """Marketing and sales cost that names no channel: salaries, agencies, tools. Only in the blended CAC."""

    key: ClassVar[tuple[str, ...]] = ("source", "source_id")
    source: str
    source_id: str
    cost_on: date
    kind: str
    amount_home: Decimal | None


class Web(Mart):
    key: ClassVar[tuple[str, ...]] = ("property_id", "visit_on", "channel", "campaign", "source_medium")
    property_id: str
    visit_on: date
    channel: str
    campaign: str
    source_medium: str
    sessions: int
    engaged_sessions: int
    key_event_sessions: int
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool


class Visitors(Mart):
    """Users per period and member; ``period_start`` is the first day of the period."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "by", "member")
    period: str
    period_start: date
    by: str
    member: str
    users: int


class Calendar(Mart):
    """Each day with the first day of the periods it belongs to. Weeks start as the settings say."""

    key: ClassVar[tuple[str, ...]] = ("day",)
    day: date
    week: date
    month: date
    quarter: date
    year: date
