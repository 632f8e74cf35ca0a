"""What the suite has to know about a connector."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.base import Raw
from connectors.errors import AuthenticationError, StopRun

Sums = dict[str, Decimal]
"""Currency (or unit) -> what the records add up to."""
Records = Mapping[str, Sequence[Raw]]
"""Raw records by stream."""


@dataclass(frozen=True)
class Conserved:
    """A figure that must be the same in the vendor's answers, in the facts and in the measure."""

    raw: Callable[[Records], Sums]
    facts: str
    """SQL over the facts: (currency or unit, sum)."""
    kpi: str
    measures: tuple[str, ...]
    """Inputs of that KPI which the figure is the sum of."""


@dataclass(frozen=True)
class Subject:
    """What the suite has to know about a connector."""

    section: Callable[[str, Path], dict[str, Any]]
    """(base URL of the sandbox, folder with ``costs.csv``) -> its section of the settings."""
    wrong: tuple[tuple[Mapping[str, str], type[StopRun]], ...]
    """Changes that make the section refused, and how."""
    positions: Callable[[str], Mapping[str, Any]]
    """A cursor taken apart: each part may only grow."""
    conserved: Conserved
    vendor: str | None = None
    """Name that the sandbox counts its calls under; None when the connector speaks no HTTP."""
    too_many: Mapping[str, Any] = field(default_factory=dict)
    """A 429 that a short wait mends, as a fault of the sandbox."""
    secrets: tuple[str, ...] = ()

    @property
    def all_secrets(self) -> tuple[str, ...]:
        """Good and wrong ones: a mistyped key is a key too."""
        return (
            *self.secrets,
            *(value for changes, kind in self.wrong if kind is AuthenticationError for value in changes.values()),
        )


def added(pairs: Sequence[tuple[str, Decimal]]) -> Sums:
    """Sums of (currency or unit, amount)."""
    sums: Sums = {}
    for unit, amount in pairs:
        sums[unit] = sums.get(unit, Decimal(0)) + amount
    return sums


def last_days(cursor: str) -> Mapping[str, str]:
    """A cursor of :class:`connectors.ads.accounts.Stands` taken apart: account -> day."""
    return dict(part.split("=") for part in cursor.split())
