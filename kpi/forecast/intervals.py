"""How far a forecast may be off: the errors that the same model made on the same series' past, ranked.

No shape of distribution is assumed. That a new error is no larger than the k-th smallest of n past ones has the probability
k / (n + 1) if errors come in no particular order: split conformal prediction (Lei et al. 2018, Journal of the American Statistical
Association 113(523), 1094-1111); of forecast errors first in Williams & Goodman (1971), ibid. 66(336), 752-754.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

LIKELY = Decimal("0.8")
WIDE = Decimal("0.95")
LEAST_WIDE = Decimal("0.9")
"""Where errors are too few for 95 in 100, the largest of them is taken if it stands for this much at least (nine errors)."""
FEWEST_ERRORS = 4
"""For 8 in 10: of fewer not even the largest is large enough."""


class Range(NamedTuple):
    """Both ends, and how often the true value lies within them: 0.8 is 8 times in 10."""

    low: Decimal
    high: Decimal
    level: Decimal


def reach(errors: Sequence[Decimal], level: Decimal) -> Decimal | None:
    """The size that a new error keeps within with that probability; None where errors are too few to say."""
    rank = int((level * (len(errors) + 1)).to_integral_value(ROUND_CEILING))
    return None if rank > len(errors) else sorted(abs(error) for error in errors)[rank - 1]


def widest(errors: Sequence[Decimal]) -> tuple[Decimal, Decimal] | None:
    """(size, level): 95 in 100, or as near to it as so few errors allow."""
    if (found := reach(errors, WIDE)) is not None:
        return found, WIDE
    level = Decimal(len(errors)) / (len(errors) + 1)
    return None if level < LEAST_WIDE else (max(abs(error) for error in errors), level.quantize(Decimal("0.001")))
