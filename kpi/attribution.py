"""Touches → credits: who gets the thanks for a deal, a lead or a customer.

A model gives each touch a weight; the weights become whole credits per :data:`kpi.schema.CREDIT_UNIT`, and what
rounding leaves over goes to the last key touch, so that the credits of one deal sum to exactly one deal on every
engine (KPI_DEFINITIONS §5). Where there is no touch, the whole credit is ``unattributed``.

To add a model: a function from the ordered touches to a :class:`Weighting`, and its line in :data:`MODELS`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from kpi.channels import UNATTRIBUTED
from kpi.schema import CREDIT_UNIT

Target = tuple[str, str]
"""What earns credit: (channel, campaign key)."""

NOBODY: Target = (UNATTRIBUTED, UNATTRIBUTED)


class Touch(NamedTuple):
    """A dated interaction. Ordered by time, then by id where two share a time stamp."""

    at: datetime
    id: str
    channel: str
    campaign: str


class Weighting(NamedTuple):
    """A weight for each touch, in their order, and the position of the last key touch."""

    weights: tuple[int, ...]
    last_key: int


Model = Callable[[Sequence[Touch]], Weighting]
"""From at least one touch, in order, to their weights."""


def _first(touches: Sequence[Touch]) -> Weighting:
    return Weighting((1,) + (0,) * (len(touches) - 1), 0)


def _last(touches: Sequence[Touch]) -> Weighting:
    return Weighting((0,) * (len(touches) - 1) + (1,), len(touches) - 1)


MODELS: Mapping[str, Model] = MappingProxyType({"first": _first, "last": _last})
"""Every model by the name that the settings and results carry."""


def attribute(touches: Iterable[Touch], model: str) -> dict[Target, int]:
    """Credit by channel and campaign; the values sum to ``CREDIT_UNIT`` and none is 0.

    Raises ``KeyError`` for a model that is not in :data:`MODELS`.
    """
    weigh = MODELS[model]
    ordered = sorted(touches)
    if not ordered:
        return {NOBODY: CREDIT_UNIT}
    weights, last_key = weigh(ordered)
    shares: dict[Target, int] = {}
    for touch, share in zip(ordered, split(weights, last_key), strict=True):
        if share:
            target = (touch.channel, touch.campaign)
            shares[target] = shares.get(target, 0) + share
    return shares


def split(weights: Sequence[int], last_key: int, unit: int = CREDIT_UNIT) -> list[int]:
    """``unit`` cut in proportion to whole weights (none negative, one positive); what rounding leaves goes to ``last_key``."""
    total = sum(weights)
    shares = [unit * weight // total for weight in weights]
    shares[last_key] += unit - sum(shares)
    return shares


def within(touches: Iterable[Touch], since: datetime | None, until: datetime) -> list[Touch]:
    """Touches of the window, both ends included; ``since`` None is the whole history."""
    return [t for t in touches if t.at <= until and (since is None or t.at >= since)]
