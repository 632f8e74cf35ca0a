"""Of what is aimed at: quotas, who sells, and what was forecast when a period began."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import Mart


class Quota(Mart):
    """What an owner is to win in a period, for each period to whose last day the owner's goals reach.

    A goal is shared out over its days, so that a goal of a quarter gives each month its part, and somebody who joined in the
    middle has a quota for the days since.
    """

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "owner_id")
    period: str
    """month | quarter | year"""
    period_start: date
    owner_id: str | None
    team_id: str | None
    quota_home: Decimal


class ActiveRep(Mart):
    """An owner who created, won or lost a deal in a period."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "owner_id")
    period: str
    """month | quarter | year | all"""
    period_start: date
    owner_id: str
    team_id: str | None


class ForecastSnapshot(Mart):
    """The weighted forecast of a past or present period as it was known when the period began."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "by", "member")
    period: str
    """month | quarter | year"""
    period_start: date
    by: str
    """total | pipeline | team | owner"""
    member: str
    forecast_home: Decimal
