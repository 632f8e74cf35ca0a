"""Touches → credits: who gets the thanks for a deal, a lead or a customer.

A model gives each touch a weight (:mod:`kpi.attribution.models`); the weights become whole credits per
:data:`kpi.schema.CREDIT_UNIT`, and what rounding leaves over goes to the last key touch, so that the credits of one deal sum
to exactly one deal on every engine (KPI_DEFINITIONS §5). Where there is no touch, the whole credit is ``unattributed``.

This is the rule in Python, and the judge: what many deals get is worked out by :mod:`sync.marts.credits` as sets, and tests
hold the two equal for every model.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kpi.attribution.models import MODELS, Model, Moments, Shares, Touch, key_touches, weigh
from kpi.channels import UNATTRIBUTED
from kpi.schema import CREDIT_UNIT

__all__ = [
    "MODELS",
    "NOBODY",
    "Model",
    "Moments",
    "Shares",
    "Target",
    "Touch",
    "attribute",
    "key_touches",
    "split",
    "weigh",
    "within",
]

Target = tuple[str, str]
"""What earns credit: (channel, campaign key)."""

NOBODY: Target = (UNATTRIBUTED, UNATTRIBUTED)


def attribute(touches: Iterable[Touch], model: str, moments: Moments | None = None) -> dict[Target, int]:
    """Credit by channel and campaign; the values sum to ``CREDIT_UNIT`` and none is 0.

    ``moments``: what models know besides the touches; without, no touch is known to have made the lead or the deal. Raises
    ``KeyError`` for a model that is not in :data:`MODELS`.
    """
    asked = MODELS[model]
    ordered = sorted(touches)
    if not ordered:
        return {NOBODY: CREDIT_UNIT}
    weights, last_key = weigh(ordered, asked, moments or Moments())
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
