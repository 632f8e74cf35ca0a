"""Section ``alerts``: what is watched, past which bounds, and who is told.

Only the form of a rule is checked here; whether its KPI, members of the settings and recipients exist is judged by
:mod:`sync.publish.alerts.rules`, which knows them.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, PlainValidator, field_validator, model_validator

from config.sections import Section

Kind = Literal["threshold", "change", "outside_forecast", "target_at_risk", "stale_data", "sync_failed"]
Severity = Literal["info", "warning", "critical"]
WatchedPeriod = Literal["day", "week", "month", "quarter", "year", "all", "last_30_days", "last_90_days", "last_365_days"]


class Step(NamedTuple):
    """How far a value moves: an amount in the KPI's unit, or a share of what it was."""

    amount: Decimal
    """Of a share: 0.2 is 20 %."""
    is_share: bool


def step(value: object) -> Step:
    """Out of ``20%`` or ``1500``. ValueError for anything else."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", str(value)) if not isinstance(value, bool | Step) else None
    if isinstance(value, Step):
        return value
    if found is None or Decimal(found[1]) == 0:
        raise ValueError("write a share of what it was, e.g. 20%, or an amount, e.g. 1500")
    return Step(Decimal(found[1]) / 100, True) if found[2] else Step(Decimal(found[1]), False)


def _number(value: Any) -> Decimal:
    """A number of YAML by its own digits."""
    try:
        if isinstance(value, int | float | str | Decimal) and not isinstance(value, bool) and Decimal(str(value)).is_finite():
            return Decimal(str(value))
    except InvalidOperation:
        pass
    raise ValueError("write a number, with a point before decimals; a rate of 20 % is 0.2")


Number = Annotated[Decimal, PlainValidator(_number)]
AStep = Annotated[Step, PlainValidator(step)]

_FIGURE = frozenset({"kpi", "by", "members", "period", "min_n", "partial", "provisional"})
_OWN: Mapping[Kind, tuple[frozenset[str], frozenset[str]]] = {
    "threshold": (_FIGURE | {"above", "below", "ends"}, frozenset({"kpi"})),
    "change": (_FIGURE - {"partial"} | {"rises", "falls", "than", "ends"}, frozenset({"kpi"})),
    "outside_forecast": (_FIGURE - {"partial"}, frozenset({"kpi"})),
    "target_at_risk": (frozenset({"targets"}), frozenset()),
    "stale_data": (frozenset({"sources", "hours"}), frozenset({"hours"})),
    "sync_failed": (frozenset({"hours"}), frozenset()),
}
"""Kind -> keys that it may have besides those of all rules, and those that it must have."""
_ONE_OF: Mapping[Kind, tuple[str, str]] = {"threshold": ("above", "below"), "change": ("rises", "falls")}


class RuleSettings(Section):
    """One thing that is watched. Which keys a rule has depends on its ``kind``."""

    kind: Kind
    kpi: str | None = None
    by: str = "total"
    members: list[str] = Field(default_factory=list)
    """Of the dimension ``by``; empty: all."""
    period: WatchedPeriod = "month"
    """The newest period that is over is watched."""
    min_n: Annotated[int, Field(ge=1)] | None = None
    """Nothing is said on fewer cases. None: ``kpis.min_cases``, of rates, means and costs."""
    partial: bool = False
    """Whether the period that is not over yet is watched."""
    provisional: bool = False
    """Whether figures that still settle are watched; else the newest that does not."""
    above: Number | None = None
    below: Number | None = None
    rises: AStep | None = None
    falls: AStep | None = None
    than: Literal["previous", "last_year"] = "previous"
    ends: str | None = None
    """Second bound, a value (threshold) or a smaller step (change), on the good side of the first: only past it an alert is over. None: a tenth of the bound (a threshold), half of
    the step (a change) away from it."""
    targets: list[str] = Field(default_factory=list)
    """Empty: all."""
    sources: list[str] = Field(default_factory=list)
    """Ids of sources; empty: all."""
    hours: Annotated[int, Field(ge=1)] | None = None
    """How long a source may be silent, or no sync end well."""
    cooldown_hours: Annotated[int, Field(ge=0)] = 24
    """After a message on a member, how long no other begins on it."""
    to: list[str] = Field(default_factory=list)
    """Recipients; empty: those of ``alerts.to``."""
    severity: Severity = "warning"

    @field_validator("ends", mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("members", "targets", "sources", "to", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _of_its_kind(self) -> "RuleSettings":
        told = "; ".join(self._faults())
        if told:
            raise ValueError(told)
        return self

    def _faults(self) -> list[str]:
        """Everything that is wrong between its keys."""
        allowed, needed = _OWN[self.kind]
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        known = allowed | {"kind", "cooldown_hours", "to", "severity"}
        found = [f"`{name}` has no meaning in a rule of kind {self.kind}" for name in sorted(given - known)]
        found += [f"`{name}` is missing, which {self.kind} needs" for name in sorted(needed - given)]
        if self.kind in _ONE_OF and len(given & set(_ONE_OF[self.kind])) != 1:
            found.append("give one of `{}` and `{}`".format(*_ONE_OF[self.kind]))
        if self.members and self.by == "total":
            found.append("`members` needs `by`, the dimension that they are of")
        if self.kind == "change" and self.period == "all":
            found.append("the period `all` has nothing to compare with")
        return found or self._band()

    def _band(self) -> list[str]:
        """The second bound lies on the side where the alert is over."""
        bound, move = (self.below if self.above is None else self.above), (self.rises or self.falls)
        try:
            if bound is not None:
                return self._value_band(bound)
            if move is not None and self.ends is not None:
                ends = step(self.ends)
                if ends.is_share != move.is_share or ends.amount > move.amount:
                    return ["`ends` is a smaller step of the same form, e.g. 10% for 20%"]
        except ValueError as error:
            return [f"`ends`: {error}"]
        return []

    def _value_band(self, bound: Decimal) -> list[str]:
        if self.ends is None:
            return [] if bound else ["a bound of 0 needs `ends`, the value past which the alert is over"]
        ends = _number(self.ends)
        if self.above is not None and ends > bound:
            return ["`ends` must not lie above `above`"]
        return ["`ends` must not lie below `below`"] if self.below is not None and ends < bound else []

    @property
    def last_bound(self) -> Decimal:
        """Of a threshold: the value past which its alert is over."""
        bound = self.below if self.above is None else self.above
        if bound is None:
            raise ValueError("only a threshold has one")
        if self.ends is not None:
            return Decimal(self.ends)
        return bound - abs(bound) / 10 if self.above is not None else bound + abs(bound) / 10

    @property
    def last_step(self) -> Step:
        """Of a change: the step below which its alert is over."""
        move = self.rises or self.falls
        if move is None:
            raise ValueError("only a change has one")
        return step(self.ends) if self.ends is not None else Step(move.amount / 2, move.is_share)


class AlertSettings(Section):
    to: list[str] = Field(default_factory=list)
    """Recipients (``notify.recipients``) of rules that name none."""
    rules: dict[str, RuleSettings] = Field(default_factory=dict)

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value
