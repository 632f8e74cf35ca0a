"""Where a value stands among its own past: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sync.publish.shelf import Figure

FEWEST = 8
"""With fewer past values a rank among them says nothing."""
LAST = 36
"""Past periods that are looked at: what was longer ago is another company."""


@dataclass(frozen=True)
class Standing:
    """The value of the last period that is over, held against those before it."""

    figure: Figure | None
    past: int
    """How many values there are before it."""
    share: Decimal | None = None
    """Of them, how many were lower; one that was equal counts half. None: too few."""
    low: Decimal | None = None
    median: Decimal | None = None
    high: Decimal | None = None


def standing(course: Sequence[Figure], today: date | None) -> Standing:
    """``course``: the oldest first. A period that is not over is neither ranked nor compared with."""
    over = [one for one in course if today is None or one.end <= today]
    if not over or over[-1].value is None:
        return Standing(over[-1] if over else None, sum(one.value is not None for one in over))
    now = over[-1].value
    before = sorted(one.value for one in over[-LAST - 1 : -1] if one.value is not None)
    if len(before) < FEWEST:
        return Standing(over[-1], len(before))
    lower, equal = sum(value < now for value in before), sum(value == now for value in before)
    middle = len(before) // 2
    median = before[middle] if len(before) % 2 else (before[middle - 1] + before[middle]) / 2
    share = (lower + Decimal(equal) / 2) / len(before)
    return Standing(over[-1], len(before), share, before[0], median, before[-1])
