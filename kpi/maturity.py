"""What a cohort is expected to come to, beside what it has come to so far, and how well that would have predicted the past.

A cohort is those who began in one period: leads, or deals. For some days after its end (the horizon) more of them convert, so
its rate is too low and its cost per customer too high. Each member that is still open is expected to convert with the chance
that members of earlier cohorts had who had waited just as long (:mod:`kpi.survival`).

The forecast is judged by the cohorts that have become mature: each is looked at as it was known as many days after its end as
have now passed since the end of the one in question, with nothing but what was known on that day, and what would have been
expected is compared with what came. Too few of them, and nothing is expected: no guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kpi.expression import PRECISION
from kpi.survival import Curve
from kpi.text import Text
from kpi.undefined import Reason
from kpi.units import Unit, rounded

LEAST_COHORTS = 3
"""With fewer mature cohorts nobody could say how good the forecast is."""
LEAST_EVENTS = 5
"""Conversions that a curve must rest on (KPI_DEFINITIONS R12)."""

Form = Literal["share", "cost", "return"]
"""Converted ÷ members; spend ÷ converted; (what they brought − spend) ÷ spend."""

NOT_OVER = Reason("cohort_not_over", Text("the period is not over", "la période n'est pas terminée"))
TOO_FEW_COHORTS = Reason(
    "too_few_cohorts",
    Text(
        f"a forecast could be tried on fewer than {LEAST_COHORTS} earlier periods, so nothing says how good it would be",
        f"une prévision n'a pu être éprouvée que sur moins de {LEAST_COHORTS} périodes antérieures : rien ne dirait sa qualité",
    ),
)
TOO_FEW_EVENTS = Reason(
    "too_few_conversions",
    Text(
        f"fewer than {LEAST_EVENTS} conversions in earlier periods",
        f"moins de {LEAST_EVENTS} conversions dans les périodes antérieures",
    ),
)
NOTHING_TO_DIVIDE = Reason("nothing_expected", Text("nothing to divide by is expected", "aucun dénominateur n'est attendu"))
LESS_THAN_ONE = Reason(
    "less_than_one", Text("less than one customer is expected in all", "moins d'un client est attendu en tout")
)


@dataclass(frozen=True)
class View:
    """A cohort as it was known on a day, and what earlier cohorts had come to by then."""

    members: Decimal
    events: Decimal
    """Members that had converted, within the horizon."""
    gain: Decimal
    """What those had brought, in money."""
    open: Mapping[int, Decimal]
    """Days waited so far -> members that wait. Those past the horizon may be left out."""
    curve: Curve
    """Of the members of earlier cohorts."""
    past_events: Decimal
    past_gain: Decimal


@dataclass(frozen=True)
class Outcome:
    """What a cohort came to, or is expected to come to."""

    members: Decimal
    events: Decimal
    gain: Decimal

    def value(self, form: Form, spend: Decimal | None) -> Decimal | None:
        """The KPI of that form, unrounded; None where its denominator is 0 or the spend is not known."""
        if form == "share":
            return PRECISION.divide(self.events, self.members) if self.members else None
        if spend is None:
            return None
        if form == "cost":
            return PRECISION.divide(spend, self.events) if self.events else None
        return PRECISION.divide(self.gain - spend, spend) if spend else None


@dataclass(frozen=True)
class Past:
    """A mature cohort: how it looked then, and what it came to. ``spend`` is that of its own period."""

    view: View
    outcome: Outcome
    spend: Decimal | None = None


@dataclass(frozen=True)
class AtMaturity:
    """What is shown beside a cohort's raw value."""

    value: Decimal | None
    """Expected once every member was followed to the horizon; None is unknown, and ``reason`` says why."""
    maturity: Decimal | None
    """How much of what is expected has happened: 0 … 1."""
    error: Decimal | None
    """Mean absolute error over the cohorts it was tried on: in the KPI's own unit for a share and a return, for a cost as a
    share of what it came to."""
    cohorts: int | None
    """How many it was tried on."""
    reason: Reason | None


def expected(view: View) -> Outcome | None:
    """What the cohort comes to if its open members go on as those before them did; None where earlier cohorts do not say.

    What a further conversion brings is the mean of what one had brought in earlier cohorts.
    """
    more = Decimal(0)
    for age, waiting in view.open.items():
        chance = view.curve.chance(age)
        if chance is None:
            return None
        more = PRECISION.add(more, PRECISION.multiply(chance, waiting))
    gain = view.gain
    if more and view.past_events:
        gain = PRECISION.add(gain, PRECISION.divide(PRECISION.multiply(more, view.past_gain), view.past_events))
    return Outcome(view.members, PRECISION.add(view.events, more), gain)


def at_maturity(form: Form, unit: Unit, view: View, spend: Decimal | None, past: Sequence[Past]) -> AtMaturity:
    """The value expected at maturity with its error over ``past``, at the unit's scale; or none of it, with the reason."""
    if view.past_events < LEAST_EVENTS:
        return _unknown(TOO_FEW_EVENTS, None)
    errors = [error for one in past if (error := _error(form, one)) is not None]
    if len(errors) < LEAST_COHORTS:
        return _unknown(TOO_FEW_COHORTS, len(errors))
    outcome = expected(view)
    value = outcome.value(form, spend) if outcome is not None else None
    if outcome is None or value is None:
        return _unknown(TOO_FEW_COHORTS if outcome is None else NOTHING_TO_DIVIDE, len(errors))
    if form == "cost" and outcome.events < 1:
        return _unknown(LESS_THAN_ONE, len(errors))
    so_far, all_told = (view.gain, outcome.gain) if form == "return" else (view.events, outcome.events)
    error = PRECISION.divide(sum(errors, Decimal(0)), Decimal(len(errors)))
    return AtMaturity(
        value=rounded(value, unit),
        maturity=rounded(PRECISION.divide(so_far, all_told), Unit.RATIO) if all_told else None,
        error=rounded(error, Unit.RATIO),
        cohorts=len(errors),
        reason=None,
    )


def _error(form: Form, past: Past) -> Decimal | None:
    """How far the forecast would have been off; None where it would have been refused, or nothing can be compared."""
    forecast = expected(past.view) if past.view.past_events >= LEAST_EVENTS else None
    if forecast is None:
        return None
    said, came = forecast.value(form, past.spend), past.outcome.value(form, past.spend)
    if said is None or came is None:
        return None
    off = abs(said - came)
    if form != "cost":
        return off
    return PRECISION.divide(off, came) if came else None


def _unknown(reason: Reason, cohorts: int | None) -> AtMaturity:
    return AtMaturity(None, None, None, cohorts, reason)
