"""Of visits and visitors."""

from datetime import date
from decimal import Decimal
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
    key_events: Decimal
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool
    is_other_zone: bool
    """The vendor cut the day in a zone that is not the reporting one: it cannot be cut again (R5)."""


class WebLanding(Mart):
    """The same sessions by the page they began on and the device; a vendor may hold back other rows here than there."""

    key: ClassVar[tuple[str, ...]] = ("property_id", "visit_on", "page", "device")
    property_id: str
    visit_on: date
    page: str
    """Path without its query string; ``(not set)`` where the vendor knows none."""
    device: str
    sessions: int
    engaged_sessions: int
    key_event_sessions: int
    key_events: Decimal
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool
    is_other_zone: bool
    """The vendor cut the day in a zone that is not the reporting one: it cannot be cut again (R5)."""


class WebShop(Mart):
    """What was bought on the web, by the channel of the visit (last click): the web's own count, beside the CRM's."""

    key: ClassVar[tuple[str, ...]] = ("property_id", "visit_on", "channel")
    property_id: str
    visit_on: date
    channel: str
    purchases: Decimal | None
    gross_home: Decimal | None
    """Before refunds; null when no rate is known."""
    refunds_home: Decimal | None
    revenue_home: Decimal | None
    """Less refunds."""
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool
    is_other_zone: bool


class WebStep(Mart):
    """Visits that came to a step of a purchase. One visit may be in all three."""

    key: ClassVar[tuple[str, ...]] = ("property_id", "visit_on", "channel")
    property_id: str
    visit_on: date
    channel: str
    cart_sessions: int
    checkout_sessions: int
    purchase_sessions: int
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool
    is_other_zone: bool


class Visitors(Mart):
    """Users per period and member; ``period_start`` is the first day of the period."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "by", "member")
    period: str
    period_start: date
    by: str
    member: str
    users: int
    is_sampled: bool
    is_thresholded: bool
