"""Days and the periods they belong to."""

from datetime import date
from typing import ClassVar

from kpi.schema.base import Mart


class Calendar(Mart):
    """Each day with the first day of the periods it belongs to. Weeks start as the settings say."""

    key: ClassVar[tuple[str, ...]] = ("day",)
    day: date
    week: date
    month: date
    quarter: date
    year: date


class CalendarPeriod(Mart):
    """Each day once for every kind of calendar period, with the first day of the one it belongs to."""

    key: ClassVar[tuple[str, ...]] = ("day", "period")
    day: date
    period: str
    """year | quarter | month | week | day"""
    period_start: date
