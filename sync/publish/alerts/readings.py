"""What a rule sees when it looks: a value against its bounds, with all that a message says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from config.alerts import RuleSettings
from kpi.text import Text
from kpi.units import plain
from sync.publish.alerts.state import Judged

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class Reading:
    """One look of a rule at one member."""

    rule: str
    settings: RuleSettings
    member: str
    """Key of the member of ``by``; a source, a target, or the part of a run that failed."""
    label: str
    """What people call it; empty for the total."""
    judged: Judged
    kpi: str | None = None
    value: Decimal | None = None
    was: Decimal | None = None
    """What it is compared with, or what it was in the period before."""
    was_start: date | None = None
    low: Decimal | None = None
    """The interval of the value, and of a forecast the expected one."""
    high: Decimal | None = None
    unit: str = "count"
    currency: str | None = None
    n: int | None = None
    start: date | None = None
    end: date | None = None
    """Exclusive."""
    note: Text | None = None
    """Why nothing is said, or what is to be said besides."""
    direction: Direction | None = None
    """To which side it is past its bound."""

    def to_json(self, locale: str) -> dict[str, Any]:
        """JSON types only; texts in the reader's language."""
        return {
            "rule": self.rule,
            "kind": self.settings.kind,
            "kpi": self.kpi,
            "by": self.settings.by if self.kpi else None,
            "key": self.member,
            "label": self.label,
            "judged": self.judged,
            "value": _plain(self.value),
            "was": _plain(self.was),
            "unit": self.unit if self.value is not None else None,
            "currency": self.currency,
            "n": self.n,
            "interval": {"low": _plain(self.low), "high": _plain(self.high)} if self.low is not None else None,
            "period_start": self.start.isoformat() if self.start else None,
            "period_end": self.end.isoformat() if self.end else None,
            "note": self.note.in_(locale) if self.note else None,
        }


def _plain(value: Decimal | None) -> str | None:
    return plain(value) if value is not None else None


Labels = Mapping[str, str]
