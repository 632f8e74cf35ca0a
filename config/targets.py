"""Section ``targets``: what a KPI is to be, until when, who answers for it and why.

A target that leaves something open is refused, with what is missing. Only the form is checked here; whether the KPI, its scope and its
unit allow it is judged by :mod:`sync.publish.targets.said`, which knows them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from config.sections import Section

_MISSING: Mapping[str, str] = {
    "kpi": "missing: which KPI it is about, e.g. `kpi: revenue_won`",
    "value": "missing: how much is to be reached, e.g. `value: 250000`, or `value: 25 %` of a rate",
    "period": "missing: until when, e.g. `period: 2026-Q4`, or `period: each month`",
    "owner": "missing: who answers for it, e.g. `owner: Anna Martin`",
    "baseline": "missing: where it starts from, a figure or a past period, e.g. `baseline: 2025-Q4`",
    "reason": "missing: why it is worth reaching, e.g. `reason: pays for two more sales reps`",
}
_EMPTY_WORDS = frozenset({"?", "-", "—", "tbd", "todo", "tba", "n/a", "none", "xxx", "..."})


def _as_written(value: Any) -> Any:
    """A number of YAML as its text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Written = Annotated[str, BeforeValidator(_as_written)]


class TargetSettings(Section):
    """One target: specific, measurable, owned, with a reason and an end."""

    name: str | None = Field(default=None, min_length=1, max_length=80)
    """What it is called; left out: its KPI, scope and period."""
    kpi: Written = Field(default="", validate_default=True)
    by: str = "total"
    """The dimension it is about, e.g. ``channel``."""
    member: Written = Field(default="", alias="for")
    """Which one of it, e.g. ``Paid search``; empty at total."""
    direction: Literal["at_least", "at_most"] | None = None
    """None: what is better of the KPI says it."""
    value: Written = Field(default="", validate_default=True)
    """A figure in the KPI's unit; of a rate 0.25 or ``25 %``."""
    period: Written = Field(default="", validate_default=True)
    """``2026-10``, ``2026-Q4``, ``2026``, or ``each month``, ``each quarter``, ``each year``."""
    owner: Written = Field(default="", validate_default=True)
    baseline: Written = Field(default="", validate_default=True)
    """Where it starts from: a figure, or a past period such as ``2025-Q4`` or ``year 2025``."""
    reason: Written = Field(default="", validate_default=True)

    @field_validator("kpi", "value", "period", "owner", "baseline", "reason")
    @classmethod
    def _said(cls, value: str, info: ValidationInfo) -> str:
        if value.strip().casefold() in _EMPTY_WORDS or not value.strip():
            raise ValueError(_MISSING[info.field_name or ""])
        return value.strip()
