"""The attribution models: which touch weighs how much.

Two kinds. :class:`Shares` gives parts to the *key touches* of a deal (the one that came first, the one that made the lead …)
and one part that the other touches divide among them. :data:`Scale` weighs each touch by itself: by its age, or by its channel.
To add a model of the first kind, write its line in :data:`MODELS`: Python, SQL, settings and command line follow.

Edge cases (KPI_DEFINITIONS §5): a touch that is several keys adds their parts. Where no touch is left over, the part of the
others goes to the keys in proportion; where a key moment has no touch (the oldest contact came in by an import), its part goes
to all that there is, in proportion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Context, Decimal
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple

DIRECT = "direct"
"""The channel that ``last_non_direct`` passes over."""


class Touch(NamedTuple):
    """A dated interaction. Ordered by time, then by id where two share a time stamp."""

    at: datetime
    id: str
    channel: str
    campaign: str
    contact: str = ""
    """Who came."""


@dataclass(frozen=True)
class Moments:
    """What a model knows besides the touches."""

    created_at: datetime | None = None
    """When the deal was created; None: unknown, or there is no deal yet (a lead)."""
    oldest_contact: str | None = None
    """Who of the deal's contacts was there first."""
    contact_created_at: datetime | None = None
    """When that contact was created."""
    half_life_days: int = 7
    channel_weights: Mapping[str, int] = field(default_factory=dict)
    """Channel -> its removal effect (:mod:`kpi.attribution.markov`)."""


Key = Literal["first", "lead", "deal", "last", "last_non_direct"]
"""Moments that a model may thank for: the first touch; the one that created the oldest contact; the last before the deal was
created; the last; the last that was not direct (the last, where all are)."""


@dataclass(frozen=True)
class Shares:
    """Parts for key touches, and one that the others divide equally. Only their proportion counts."""

    keys: Mapping[Key, int]
    rest: int = 0


Scale = Literal["age", "channel"]
"""Each touch weighs by itself: half as much for every half-life before the last one, or as its channel's removal effect."""

Model = Shares | Scale

MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "first": Shares({"first": 1}),
        "last": Shares({"last": 1}),
        "last_non_direct": Shares({"last_non_direct": 1}),
        "linear": Shares({}, rest=1),
        "u_shaped": Shares({"first": 40, "lead": 40}, rest=20),
        "position_based": Shares({"first": 40, "last": 40}, rest=20),
        "w_shaped": Shares({"first": 30, "lead": 30, "deal": 30}, rest=10),
        "full_path": Shares({"first": 225, "lead": 225, "deal": 225, "last": 225}, rest=100),
        "j_shaped": Shares({"first": 20, "last": 60}, rest=20),
        "inverse_j": Shares({"first": 60, "last": 20}, rest=20),
        "time_decay": "age",
        "markov": "channel",
    }
)
"""Every model by the name that the settings and results carry."""

DATA_DRIVEN = "markov"
"""The model that is learned from all deals: absent while there are too few, and moved by the outcome of any of them."""

HALF = 30
"""Half-lives after which a touch weighs nothing: weights are whole numbers up to 2 to this power, so that a weight times
:data:`kpi.schema.CREDIT_UNIT` fits 64 bits."""


class Weights(NamedTuple):
    """A weight for each touch, in their order, and the position of the last key touch."""

    weights: tuple[int, ...]
    last_key: int


def key_touches(touches: Sequence[Touch], moments: Moments) -> dict[Key, int]:
    """Positions of the key touches among at least one, in order; a moment without a touch is absent.

    The lead was made by the last touch of the oldest contact up to its creation. Clocks differ and imports are dated late: where
    all its touches came afterwards, by the first of them.
    """
    last = len(touches) - 1
    found: dict[Key, int] = {"first": 0, "last": last}
    theirs = [i for i, t in enumerate(touches) if moments.oldest_contact is not None and t.contact == moments.oldest_contact]
    if theirs:
        created = moments.contact_created_at
        found["lead"] = max((i for i in theirs if created is not None and touches[i].at <= created), default=theirs[0])
    before = [i for i, t in enumerate(touches) if moments.created_at is not None and t.at <= moments.created_at]
    if before:
        found["deal"] = before[-1]
    found["last_non_direct"] = max((i for i, t in enumerate(touches) if t.channel != DIRECT), default=last)
    return found


def weigh(touches: Sequence[Touch], model: Model, moments: Moments) -> Weights:
    """The weights of at least one touch, in order; one of them is positive."""
    last = len(touches) - 1
    if model == "age":
        table = decay(moments.half_life_days)
        ages = [(touches[last].at - t.at) // timedelta(days=1) for t in touches]
        return Weights(tuple(table[age] if age < len(table) else 0 for age in ages), last)
    if model == "channel":
        weights = tuple(moments.channel_weights.get(t.channel, 0) for t in touches)
        return Weights(weights if any(weights) else (1,) * len(touches), last)
    assert isinstance(model, Shares)  # noqa: S101 - the scales are named above
    positions = key_touches(touches, moments)
    parts: dict[int, int] = {}
    for key, part in model.keys.items():
        if key in positions:
            parts[positions[key]] = parts.get(positions[key], 0) + part
    others = len(touches) - len(parts)
    weights = tuple(parts[i] * max(others, 1) if i in parts else model.rest for i in range(len(touches)))
    return Weights(weights, max(parts, default=last))


@cache
def decay(half_life_days: int) -> tuple[int, ...]:
    """Weight by whole days before the last touch: 2 to the power of :data:`HALF`, halved with every half-life, down to 1.

    Whole numbers, so that every engine gives the same credits. Counting from the last touch and not from the win changes no
    credit: all weights shrink alike.
    """
    exact = Context(prec=40)
    step = exact.divide(Decimal(-1), Decimal(half_life_days))
    powers = (exact.power(Decimal(2), exact.multiply(step, Decimal(day))) for day in range(half_life_days))
    within_one = [exact.multiply(power, Decimal(2**HALF)) for power in powers]
    days = ((within_one[day % half_life_days], day // half_life_days) for day in range(half_life_days * HALF + 1))
    return tuple(int(weight) >> halvings for weight, halvings in days)
