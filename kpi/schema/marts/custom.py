"""Of records of the account's own objects."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from kpi.schema.base import Mart


class CustomEntry(Mart):
    """One row per living record of an object that the account defined itself; what it means, only the account knows."""

    key: ClassVar[tuple[str, ...]] = ("object", "record_id")
    object: str
    """As in the stream ``custom.<object>``."""
    record_id: str
    pipeline_id: str | None
    stage_id: str | None
    owner_id: str | None
    team_id: str | None
    """The owner's team as it is now."""
    created_on: date | None
    amount_home: Decimal | None
    """Null unless an amount is mapped and has an exchange rate."""
