"""What every stored row and every derived one begins with."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

MONEY_SCALE = 6
"""Decimals kept of a stored amount: platforms report micros."""

CREDIT_UNIT = 1_000_000_000
"""One whole credit. Credits are integers so that they sum to exactly one deal on every engine."""

CostClass = Literal["invoiced", "platform_reported", "manual", "estimate"]
"""How a cost is known (KPI_DEFINITIONS R13). An ``estimate`` enters a KPI only when the settings opt in."""


class Row(BaseModel):
    """Base of every stored row: where it came from and when it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: ClassVar[tuple[str, ...]]
    kept_days: ClassVar[int | None] = None
    """Days that a row may be kept after it was read, where a vendor's licence says so; None: as long as the vendor holds it."""

    source: str
    source_id: str
    extracted_at: datetime


class Mart(BaseModel):
    """Base of a derived table, rebuilt in full from the tables above on every run."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: ClassVar[tuple[str, ...]]
