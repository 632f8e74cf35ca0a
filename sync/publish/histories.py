"""What a forecast may learn from: whole, settled periods without a gap, each founded on enough cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kpi.card import Kpi
from kpi.forecast.backtest import LEAST_VALUES
from kpi.periods import Period
from kpi.text import Text
from sync.publish.shelf import Figure

MOST_VALUES = {"month": 72, "week": 156}
"""What is older than six years of months, or three of weeks, tells of another company."""

_PERIODS = {"month": Text("months", "mois"), "week": Text("weeks", "semaines")}
_ONE = {"month": Text("month", "mois"), "week": Text("week", "semaine")}

NOTHING = Text("there are no values yet", "il n'y a pas encore de valeurs")
LOOKS_AHEAD = Text(
    "it is a forecast itself: `cadran forecast revenue_won` sets it beside another one",
    "c'est déjà une prévision : `cadran forecast revenue_won` la met à côté d'une autre",
)
ZEROS = Text("it has always been 0", "il a toujours été à 0")


@dataclass(frozen=True)
class History:
    """Values in order of time, one per period."""

    start: date
    end: date
    """Exclusive: where the first period that is forecast begins."""
    values: tuple[Decimal, ...]
    unsettled: int
    """How many periods after it are over but not settled."""


def history(kpi: Kpi, period: Period, figures: Sequence[Figure], today: date) -> History | Text:
    """Of one member's figures in order of time; or why there is none to learn from."""
    if any(measure.looks_ahead for measure in kpi.formula.inputs):
        return LOOKS_AHEAD
    over = [figure for figure in figures if figure.end <= today]
    settled = [figure for figure in over if figure.provisional_until is None or figure.provisional_until <= today]
    if not over:
        return NOTHING
    unsettled = sum(figure.start > settled[-1].start for figure in over) if settled else len(over)
    run = _run(settled)
    if not run:
        return _no_end(settled, unsettled, period)
    values = _without_first_zeros(run)[-MOST_VALUES[period] :]
    if not values:
        return ZEROS
    if len(values) < LEAST_VALUES + unsettled:
        return _too_short(len(values), LEAST_VALUES + unsettled, period)
    return History(values[0].start, values[-1].end, tuple(f.value for f in values if f.value is not None), unsettled)


def _run(settled: Sequence[Figure]) -> list[Figure]:
    """The last of them that follow one another without a gap, the oldest first."""
    run: list[Figure] = []
    for figure in reversed(settled):
        if figure.value is None or "small_sample" in figure.flags or (run and run[-1].start != figure.end):
            break
        run.append(figure)
    return run[::-1]


def _without_first_zeros(run: Sequence[Figure]) -> Sequence[Figure]:
    """From when on there was anything."""
    return run[next((place for place, figure in enumerate(run) if figure.value), len(run)) :]


def _no_end(settled: Sequence[Figure], unsettled: int, period: Period) -> Text:
    if not settled:
        return Text(
            f"none of its {unsettled} {_PERIODS[period].en} is settled",
            f"aucun de ses {unsettled} {_PERIODS[period].fr} n'est définitif"
            if period == "month"
            else f"aucune de ses {unsettled} {_PERIODS[period].fr} n'est définitive",
        )
    last = settled[-1]
    if last.reason is not None:
        return Text(
            f"the last {_ONE[period].en} has no value: {last.reason.en}",
            f"{'le dernier' if period == 'month' else 'la dernière'} {_ONE[period].fr} n'a pas de valeur : {last.reason.fr}",
        )
    return Text(
        f"the last {_ONE[period].en} rests on too few cases",
        f"{'le dernier' if period == 'month' else 'la dernière'} {_ONE[period].fr} repose sur trop peu de cas",
    )


def _too_short(known: int, needed: int, period: Period) -> Text:
    return Text(
        f"{known} settled {_PERIODS[period].en} without a gap are known, {needed} are needed",
        f"{known} {_PERIODS[period].fr} {'définitifs' if period == 'month' else 'définitives'} sans trou sont "
        f"{'connus' if period == 'month' else 'connues'}, il en faut {needed}",
    )
