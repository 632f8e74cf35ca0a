"""What a value can be at all: a share lies within 0 and 1, a count is never below 0."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from kpi.card import Kpi
from kpi.forecast.intervals import Range


class Limits(NamedTuple):
    """Lowest and highest value; None: without end."""

    low: Decimal | None = None
    high: Decimal | None = None

    def hold(self, value: Decimal) -> Decimal:
        if self.low is not None and value < self.low:
            return self.low
        return self.high if self.high is not None and value > self.high else value

    def hold_range(self, found: Range | None) -> Range | None:
        return None if found is None else Range(self.hold(found.low), self.hold(found.high), found.level)


ANYTHING = Limits()


def limits_of(kpi: Kpi, history: Sequence[Decimal]) -> Limits:
    """From the card, as far as the past does not say otherwise: a share that passes 100 %, a sum that refunds made negative."""
    estimator = kpi.estimator
    low: Decimal | None = None if "−" in kpi.formula.text() else Decimal(0)
    high: Decimal | None = None
    if estimator is not None and estimator.scale > 0:
        low = estimator.shift
        if estimator.kind == "net_share":
            low -= estimator.scale
        if estimator.kind in ("share", "net_share"):
            high = estimator.scale + estimator.shift
    if low is not None and any(value < low for value in history):
        low = None
    if high is not None and any(value > high for value in history):
        high = None
    return Limits(low, high)
