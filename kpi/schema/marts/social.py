"""Of accounts on social networks."""

from datetime import date
from typing import ClassVar

from kpi.schema.base import Mart


class Social(Mart):
    """One row per account and period, from its first known day on: a level has to be known at a period's two ends."""

    key: ClassVar[tuple[str, ...]] = ("period", "period_start", "network", "account_id")
    period: str
    """day | week | month | quarter | year | all"""
    period_start: date
    """Of ``all``, the account's first known day."""
    network: str
    account_id: str
    followers_opening: int | None
    """As last known before the period; null where nothing is known before."""
    followers_closing: int | None
    """As last known at its end, or by today while it lasts."""
    interactions: int | None
    """Reactions, comments, shares and clicks of the days whose ``base`` is known."""
    shares: int | None
    base: int | None
    """What interactions are held against, as the setting ``kpis.social_base`` says: reach or impressions, the sum of the
    days'; or followers at the end."""
