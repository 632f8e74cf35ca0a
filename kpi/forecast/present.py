"""What a period that is not over will end at: what is done, and what is still to come.

What is to come is the forecast of the whole period for the part that is left, or the pace so far carried on, whichever was nearer
in past periods when as much of them was over. How much of a period's whole is done by then is taken from those periods too: most
weeks bring little on their weekend. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal, NamedTuple

from kpi.expression import PRECISION
from kpi.forecast.backtest import BETTER_BY, Tried, around
from kpi.forecast.intervals import FEWEST_ERRORS, LIKELY, Range, reach, widest
from kpi.forecast.limits import Limits
from kpi.units import Unit, rounded

Profile = Literal["past_periods", "last_year", "days"]
"""How much should be done by now: as much as in past periods, as in the same period last year, or each day the same."""
Rest = Literal["forecast", "pace"]

FEWEST_PAST = 6
LEAST_SHARE = Decimal("0.1")
"""With less than a tenth of a period behind, its pace says nothing about the rest."""


class Past(NamedTuple):
    """A past period as it stood when as much of it was over as is of the present one now."""

    done: Decimal
    whole: Decimal
    forecast: Decimal | None
    """Of the whole, made before it began; None: it was not tried."""


@dataclass(frozen=True)
class Present:
    """A period that is not over."""

    done: Decimal
    share: Decimal
    """Of its whole, how much is done by now in an ordinary period."""
    profile: Profile
    rest: Rest
    value: Decimal
    """What it will end at."""
    likely: Range | None
    wide: Range | None
    errors: int
    """How many past periods the ranges rest on."""


def share_done(past: Sequence[Past], elapsed: Decimal) -> tuple[Decimal, Profile]:
    """How much of the period's whole is usually done by now; ``elapsed``: the share of its time that is over."""
    whole = sum((one.whole for one in past), Decimal(0))
    if len(past) < FEWEST_PAST or whole <= 0:
        return elapsed, "days"
    done = sum((one.done for one in past), Decimal(0))
    return min(max(PRECISION.divide(done, whole), Decimal(0)), Decimal(1)), "past_periods"


def ends_at(
    done: Decimal,
    elapsed: Decimal,
    whole: Decimal,
    *,
    past: Sequence[Past],
    tried: Sequence[Tried],
    unit: Unit,
    limits: Limits,
) -> Present:
    """``whole``: the forecast of the period from before it began; ``tried``: such forecasts of the past. Of additive values only."""
    with localcontext(PRECISION):
        share, profile = share_done(past, elapsed)
        left = 1 - share
        known = [(one, one.forecast) for one in past if one.forecast is not None] if profile == "past_periods" else []
        by_forecast = [one.whole - one.done - left * forecast for one, forecast in known]
        by_pace = [one.whole - one.done / share for one, _ in known] if share >= LEAST_SHARE else []
        rest: Rest = "forecast"
        if len(by_pace) >= FEWEST_ERRORS and _size(by_pace) < BETTER_BY * _size(by_forecast):
            rest, errors = "pace", by_pace
        elif len(by_forecast) >= FEWEST_ERRORS:
            errors = by_forecast
        else:
            # How past periods stood is not known. If days do not hang together, the error of the part that is left is that
            # of the whole times the root of the part.
            errors = [one.error * left.sqrt() for one in tried]
        value = done / share if rest == "pace" else done + left * whole
        if limits.low is not None:
            limits = Limits(max(limits.low, done), limits.high)  # what is done stays
        likely, wide = reach(errors, LIKELY), widest(errors)
        value = limits.hold(value)
        return Present(
            done=done,
            share=share.quantize(Decimal("0.0001")),
            profile=profile,
            rest=rest,
            value=rounded(value, unit),
            likely=around(value, likely, LIKELY, unit, limits) if likely is not None else None,
            wide=around(value, *wide, unit, limits) if wide is not None else None,
            errors=len(errors),
        )


def _size(errors: Sequence[Decimal]) -> Decimal:
    return sum((abs(error) for error in errors), Decimal(0))
