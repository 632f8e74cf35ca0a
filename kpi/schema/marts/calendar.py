"""Days and the periods they belong to."""

from datetime import date
from typing import ClassVar

from kpi.schema.base import Mart


class CalendarPeriod(Mart):
    """Each day once for every kind of period, with the first day of the one it belongs to. Weeks and years begin as the settings say."""

    key: ClassVar[tuple[str, ...]] = ("day", "period")
    day: date
    period: str
    """year | quarter | month | week | day"""
    period_start: date
