"""Missing is not zero: what stands in a calculation where a number is not known, and why.

Nothing in ``kpi`` raises for data. A bad or missing input becomes :class:`Undefined`, travels through the formula and
arrives in the result as ``None`` with its reason (KPI_DEFINITIONS R1).
"""

from dataclasses import dataclass
from decimal import Decimal

from kpi.text import Text


@dataclass(frozen=True)
class Reason:
    """Why a value is undefined: a code that does not change, and words for people."""

    code: str
    text: Text

    def __str__(self) -> str:
        return self.text.en


@dataclass(frozen=True)
class Undefined:
    """The absence of a number, with its reason. Arithmetic with it gives it back."""

    reason: Reason


Value = Decimal | Undefined
"""What a measure or a formula is worth."""
