"""Of spend and other cost."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import CostClass, Mart


class Spend(Mart):
    """Media spend: ad platforms, spend-file entries that name a channel or campaign, and opted-in estimates. An entry that the
    settings spread over months (``kpis.spread_costs``) is a row a month."""

    key: ClassVar[tuple[str, ...]] = ("source", "source_id", "spend_on")
    source: str
    source_id: str
    spend_on: date
    lagged_on: date
    """The day it is held against: later by the setting ``kpis.cost_lag_days`` (R17)."""
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
    leads: Decimal | None
    """Leads that the platform claims; null where it counts none apart from its conversions."""
    cost_class: CostClass
    is_paid_channel: bool
    is_other_zone: bool
    """The vendor cut the day in a zone that is not the reporting one: it cannot be cut again (R5)."""
    is_mature: bool
    """Its day is older than the ad platforms still count conversions for (setting ``kpis.ads_window_days``)."""
    has_stale_rate: bool
    """Converted at an exchange rate that was too old for its day."""


class Overhead(Mart):
    """Marketing and sales cost that names no channel: salaries, agencies, tools. Only in the blended CAC. Spread as spend is."""

    key: ClassVar[tuple[str, ...]] = ("source", "source_id", "cost_on")
    source: str
    source_id: str
    cost_on: date
    lagged_on: date
    """As that of spend."""
    kind: str
    amount_home: Decimal | None
