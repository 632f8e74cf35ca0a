"""Bounds proposed from a KPI's own past: what it rarely did before is what is worth a message.

The bounds are the tails of its past changes from one period to the next (quantiles: robust, since one wild month moves them little).
Each proposal is tried on the last year with the same steps that rules are judged by, so that it says how often it would have fired.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal

from config.alerts import RuleSettings
from kpi.card import Kpi
from kpi.expression import PRECISION
from kpi.text import Text
from kpi.why import adds_up
from sync.house import House
from sync.publish.alerts.figures import judged_change
from sync.publish.alerts.state import State, advance
from sync.publish.shelf import Figure, Shelf

LEAST = {"month": 13, "week": 27}
"""So many changes are needed: of fewer, a tail is one or two chance values."""
YEAR = {"month": 12, "week": 52}
TAIL = Decimal("0.9")
"""A change larger than nine in ten of its kind, of either direction, is rare enough."""


@dataclass(frozen=True)
class Suggestion:
    """A rule, or why none is proposed."""

    kpi: Kpi
    period: str
    changes: int
    """Past changes that it rests on."""
    rule: RuleSettings | None
    fired: int = 0
    """How often it would have fired in the last year."""
    reason: Text | None = None

    @property
    def name(self) -> str:
        return f"{self.kpi.name}_{'drop' if self.rule is not None and self.rule.falls else 'rise'}_{self.period}"

    def yaml(self) -> str:
        """One line to paste below ``alerts.rules``."""
        if self.rule is None:
            return ""
        way = "falls" if self.rule.falls else "rises"
        return f"{self.name}: {{kind: change, kpi: {self.kpi.name}, period: {self.period}, {way}: {_percent(self.rule)}}}"


def _percent(rule: RuleSettings) -> str:
    step = rule.falls or rule.rises
    return f"{(step.amount * 100).normalize():f}%" if step is not None else ""


def suggestions(house: House, shelf: Shelf) -> list[Suggestion]:
    """For each KPI that is followed, by month and where that is too short by week: a rule on its bad side."""
    found = []
    for name in house.catalogue.followed:
        kpi = house.catalogue.kpis.get(name)
        if kpi is not None:
            found.append(_suggested(house, shelf, kpi))
    return found


def _suggested(house: House, shelf: Shelf, kpi: Kpi) -> Suggestion:
    tried = [_by(house, shelf, kpi, period) for period in LEAST]
    return next((one for one in tried if one.rule is not None), tried[0])


def _by(house: House, shelf: Shelf, kpi: Kpi, period: str) -> Suggestion:
    figures = [one for one in shelf.series(kpi.name, period=period) if _counts(house, kpi, one, shelf)]
    moves = [move for before, after in itertools.pairwise(figures) if (move := share(before, after)) is not None]
    if len(moves) < LEAST[period]:
        words = Text(
            f"{len(moves)} changes by {period} are known, {LEAST[period]} are needed",
            f"{len(moves)} variations par {_FR[period]} sont connues, il en faut {LEAST[period]}",
        )
        return Suggestion(kpi, period, len(moves), None, reason=words)
    is_drop = kpi.better != "down"
    tail = [(-move if is_drop else move) for move in moves if (move < 0) == is_drop]
    if not tail:
        words = Text("it never moved to its bad side", "elle n'a jamais évolué du mauvais côté")
        return Suggestion(kpi, period, len(moves), None, reason=words)
    step = _rounded_up(quantile(tail, TAIL))
    if is_drop and step >= 1:
        words = Text("it falls to nothing too often for a bound", "elle retombe à rien trop souvent pour une borne")
        return Suggestion(kpi, period, len(moves), None, reason=words)
    way = "falls" if is_drop else "rises"
    rule = RuleSettings.model_validate({"kind": "change", "kpi": kpi.name, "period": period, way: f"{step * 100:f}%"})
    return Suggestion(kpi, period, len(moves), rule, fired(rule, figures[-YEAR[period] - 1 :]))


_FR = {"month": "mois", "week": "semaine"}


def _counts(house: House, kpi: Kpi, figure: Figure, shelf: Shelf) -> bool:
    """Whether a rule would have judged it."""
    if figure.value is None or figure.is_partial or shelf.today is None or figure.end > shelf.today:
        return False
    if figure.provisional_until is not None and figure.provisional_until > shelf.today:
        return False
    return figure.n is None or adds_up(kpi.formula) or figure.n >= house.settings.kpis.min_cases


def share(before: Figure, after: Figure) -> Decimal | None:
    """The change as a share of what it was; None across a gap, or from 0."""
    if before.end != after.start or not before.value or after.value is None:
        return None
    return PRECISION.divide(after.value - before.value, abs(before.value))


def quantile(values: Sequence[Decimal], at: Decimal) -> Decimal:
    """The smallest of the values that so large a share of them does not pass."""
    ranked = sorted(values)
    rank = int((at * len(ranked)).to_integral_value(ROUND_CEILING))
    return ranked[max(rank, 1) - 1]


def _rounded_up(step: Decimal) -> Decimal:
    """To whole percents, to fives from 20 % on: a bound is not more exact than that."""
    grid = Decimal("0.05") if step > Decimal("0.2") else Decimal("0.01")
    return max((step / grid).to_integral_value(ROUND_CEILING) * grid, Decimal("0.01"))


def fired(rule: RuleSettings, figures: Sequence[Figure]) -> int:
    """How many messages the rule would have sent on these values, one look a period."""
    state, count = State(), 0
    for before, after in itertools.pairwise(figures):
        if after.value is None or before.value is None or before.end != after.start:
            continue
        at = datetime.combine(after.end, time(), UTC)
        judged = judged_change(rule, after.value, before.value)
        state, told = advance(state, judged, at, timedelta(hours=rule.cooldown_hours))
        count += told == "began"
    return count
