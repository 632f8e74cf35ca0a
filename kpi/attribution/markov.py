"""The data-driven model: how many won deals would be lost if a channel were not there.

The paths of closed deals, as channels in order, make a chain: from the start over channels to *won* or *lost*, each step as
likely as it was often taken. Take a channel away (who would have come to it is lost), and the chain wins less: that share of
all wins is its *removal effect* (Anderl, Becker, von Wangenheim, Schumann, "Mapping the customer journey", International
Journal of Research in Marketing 33, 2016). The effects of channels do not add up to 1; within a deal they are the weights
of its touches.

The chain is of the first order: what comes next depends on the present channel alone. A channel that follows itself adds
nothing: it neither wins nor loses by staying. All arithmetic is in whole numbers, so that the same paths give the same weights.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from kpi.schema import CREDIT_UNIT

START, WON, LOST = "(start)", "(won)", "(lost)"
"""The ends of a path, in brackets that no channel has."""

FEWEST_WON = 30
"""Won deals with a touch below which the model says nothing: fewer paths than channels × outcomes are chance."""

Steps = Mapping[tuple[str, str], int]
"""(from, to) -> how often a path took that step; from :data:`START`, to :data:`WON` or :data:`LOST` at its ends."""


def steps_of(paths: Iterable[tuple[Sequence[str], bool]]) -> Steps:
    """The steps of paths: channels in order, at least one, and whether the deal was won."""
    steps: Counter[tuple[str, str]] = Counter()
    for channels, is_won in paths:
        places = [START, *channels, WON if is_won else LOST]
        steps.update(pairwise(places))
    return steps


def won_paths(steps: Steps) -> int:
    return sum(count for (_, to), count in steps.items() if to == WON)


def paths(steps: Steps) -> int:
    """How many deals, won and lost, the steps were taken by."""
    return sum(count for (start, _), count in steps.items() if start == START)


def channel_weights(steps: Steps) -> dict[str, int] | None:
    """Channel -> its removal effect per :data:`kpi.schema.CREDIT_UNIT`; None while there are fewer than :data:`FEWEST_WON` won paths.

    A channel that no won deal passed weighs nothing, any other at least 1.
    """
    if won_paths(steps) < FEWEST_WON:
        return None
    return {channel: _whole(effect) for channel, effect in removal_effects(steps).items()}


def _whole(effect: Fraction) -> int:
    return max(effect.numerator * CREDIT_UNIT // effect.denominator, 1) if effect else 0


def removal_effects(steps: Steps) -> dict[str, Fraction]:
    """Channel -> the share of wins that would be lost without it, 0 to 1, by name. At least one path must be won."""
    channels = sorted({place for step in steps for place in step} - {START, WON, LOST})
    with_all = Fraction(won_paths(steps), paths(steps))  # what goes in comes out: the chain wins as often as the deals did
    return {channel: 1 - _chance(steps, [c for c in channels if c != channel]) / with_all for channel in channels}


def _chance(steps: Steps, channels: Sequence[str]) -> Fraction:
    """The probability of a win from the start when only these channels are there: for each place, all its steps times its
    chance is the sum over its steps of the chances that they lead to."""
    places = [START, *channels]
    out = Counter[str]()
    for (start, to), count in steps.items():
        if to != start:
            out[start] += count
    rows = [
        [
            *((out[place] if to == place else 0) - (steps.get((place, to), 0) if to != place else 0) for to in reversed(places)),
            steps.get((place, WON), 0),
        ]
        for place in reversed(places)
    ]
    return _last_unknown(rows)


def _last_unknown(rows: list[list[int]]) -> Fraction:
    """The last unknown of a system of linear equations in whole numbers, by elimination without fractions (Bareiss)."""
    before = 1
    size = len(rows)
    for k in range(size - 1):
        pivot = next(i for i in range(k, size) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(k + 1, size):
            head = rows[i][k]
            rows[i] = [(rows[i][j] * rows[k][k] - head * rows[k][j]) // before for j in range(size + 1)]
        before = rows[k][k]
    return Fraction(rows[-1][-1], rows[-1][-2])
