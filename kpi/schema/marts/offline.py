"""Of conversions that no platform saw."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import Mart


class OfflineResult(Mart):
    """One row per offline conversion of a file, on the channel and campaign that brought it."""

    key: ClassVar[tuple[str, ...]] = ("source", "source_id")
    source: str
    source_id: str
    converted_on: date
    channel: str
    campaign: str
    conversions: int
    value_home: Decimal | None
    """Null where the line tells no value, or no exchange rate is known."""
    is_valued: bool
    """The line tells a value."""
    has_stale_rate: bool
    """Converted at an exchange rate that was too old for its day."""
