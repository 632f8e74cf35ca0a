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
