"""How long it takes until something happens to those who may still wait for it: survival over whole days.

Counts come in by whole days since the start: to how many it happened on a day, how many left for another reason, how many
were followed up to a day and no further. Kaplan–Meier (E. L. Kaplan, P. Meier, 1958), and where one may leave for another
reason, as a deal is lost, Aalen–Johansen's share to whom it happened: who is gone must not count as if it could still come.
Counts may be parts of one, as credits are. Everything is Decimal, so that every machine gives the same digits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kpi.expression import PRECISION

_ONE = Decimal(1)
_NONE = Decimal(0)


@dataclass(frozen=True)
class Counts:
    """Whole days since the start -> how many. Who was followed for ``d`` days has lived through day ``d``."""

    events: Mapping[int, Decimal]
    others: Mapping[int, Decimal]
    """Gone for another reason: it cannot happen to them any more."""
    censored: Mapping[int, Decimal]
    """Nothing had happened when they were looked at last."""

    @property
    def happened(self) -> Decimal:
        """To how many it happened in all."""
        return sum(self.events.values(), _NONE)


@dataclass(frozen=True)
class Curve:
    """What became of those who started, day by day from day 0 to the horizon, both included."""

    still: tuple[Decimal, ...]
    """Share to whom nothing had happened at the end of the day, and who had not left."""
    happened: tuple[Decimal, ...]
    """Share to whom it had happened by the end of the day."""
    followed_until: int
    """The last day on which somebody was still followed; beyond it nothing is known. -1: nobody was."""

    def chance(self, age: int) -> Decimal | None:
        """The probability that it happens after day ``age`` and up to the horizon, to one who waits on that day still.

        0 from the horizon on. None where nobody was followed to the horizon, or nobody had waited that long.
        """
        horizon = len(self.still) - 1
        if age >= horizon:
            return _NONE
        if self.followed_until < horizon and self.still[-1] != 0:
            return None
        if self.still[age] == 0:
            return None
        return PRECISION.divide(self.happened[-1] - self.happened[age], self.still[age])


def curve(counts: Counts, horizon: int) -> Curve:
    """The curve of these counts over the days 0 … ``horizon``. What happened on a day comes before who was last seen on it."""
    days = (*counts.events, *counts.others, *counts.censored)
    at_risk = sum((sum(part.values(), _NONE) for part in (counts.events, counts.others, counts.censored)), _NONE)
    followed_until = max((day for day in days), default=-1)
    still, happened = _ONE, _NONE
    stills, happeneds = [], []
    for day in range(horizon + 1):
        events, others = counts.events.get(day, _NONE), counts.others.get(day, _NONE)
        if at_risk > 0 and (events or others):
            happened = PRECISION.add(happened, PRECISION.divide(PRECISION.multiply(still, events), at_risk))
            left = at_risk - events - others
            still = _NONE if left <= 0 else PRECISION.divide(PRECISION.multiply(still, left), at_risk)
        stills.append(still)
        happeneds.append(happened)
        at_risk -= events + others + counts.censored.get(day, _NONE)
    return Curve(tuple(stills), tuple(happeneds), followed_until)
