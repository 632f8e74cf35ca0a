"""Of visits and visitors."""

from datetime import date
from typing import ClassVar

from kpi.schema.base import Mart


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
