"""Of search engines: estimated traffic beside that of competitors, and measured visibility."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import Mart


class SeoMonth(Mart):
    """One row per month and database of which traffic is estimated, of one's own domains and of competitors: an estimate."""

    key: ClassVar[tuple[str, ...]] = ("source", "database", "month_on")
    source: str
    database: str
    month_on: date
    own_traffic: int | None
    """Estimated visits of the month; null where there is no competitor to stand beside."""
    all_traffic: int | None


class SeoDay(Mart):
    """One row per tracked mask and day whose visibility was measured."""

    key: ClassVar[tuple[str, ...]] = ("source", "campaign_id", "url", "seen_on")
    source: str
    campaign_id: str
    url: str
    seen_on: date
    visibility: Decimal
    """A share: 1 is the top place for every keyword."""
