"""How every target stands: what is done, what should be by now, where it will end, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kpi.targets import STATES
from kpi.text import Text
from sync.publish.shelf import Figure
from sync.publish.targets.command import BASES, NONE_SET, PROFILES
from sync.publish.targets.standing import TargetStatus, crm_goals, statuses
from sync.publish.targets.when import name_of
from sync.publish.web.page import N_, Look, Page
from sync.publish.web.signin.readers import may_see

TONES: Mapping[str, str] = {"reached": "good", "on_track": "good", "at_risk": "doubt", "missed": "bad"}


@dataclass(frozen=True)
class Line:
    status: TargetStatus
    state: str
    tone: str
    title: str
    who: str
    """The member it is about; '' for the company."""
    period: str
    wanted: str
    value: str
    expected: str
    projected: str
    progress: int | None
    """Percent of the way from the baseline, 0 to 100, for the bar."""
    notes: tuple[str, ...]


def show(look: Look) -> dict[str, Any]:
    found = [one for one in statuses(look.house, look.shelf) if may_see(look.reader, one.target.by, one.target.key)]
    goals = [goal for goal in crm_goals(look.house, look.shelf) if may_see(look.reader, goal.by, goal.key)]
    return {
        "lines": [_line(look, one) for one in found],
        "none_set": NONE_SET.in_(look.locale),
        "goals": [_goal(look, goal) for goal in goals],
        "goal_title": look.title(goals[0].kpi) if goals else "",
    }


def _line(look: Look, one: TargetStatus) -> Line:
    target, told = one.target, look.language

    def amount(value: Any) -> str:
        return told.amount(value, one.unit, one.currency)

    sign = "≥" if target.direction == "at_least" else "≤"
    notes = [one.reason] if one.reason else []
    if one.likely is not None:
        ends = f"{amount(one.likely.low)} … {amount(one.likely.high)}"
        notes.append(Text(f"the end lies between {ends}, 8 times in 10", f"la fin se situe entre {ends}, 8 fois sur 10"))
    if one.interval is not None:
        ends = f"{amount(one.interval.low)} … {amount(one.interval.high)}"
        notes.append(Text(f"the value lies between {ends}, 95 times in 100", f"la valeur se situe entre {ends}, 95 fois sur 100"))
    if one.profile is not None:
        notes.append(PROFILES[one.profile])
    if one.basis != "none":
        notes.append(BASES[one.basis])
    return Line(
        status=one,
        state=STATES[one.state].in_(look.locale),
        tone=TONES.get(one.state, ""),
        title=look.title(target.kpi) if target.name.startswith(target.kpi) else target.name,
        who=look.shelf.labels(target.by).get(target.key, target.key),
        period=name_of(target.period, one.start, look.house.settings.kpis.fiscal_year_start),
        wanted=f"{sign} {amount(target.value)}",
        value=amount(one.value),
        expected=amount(one.expected),
        projected=amount(one.projected),
        progress=None if one.progress is None else max(0, min(100, int(one.progress * 100))),
        notes=tuple(note.in_(look.locale) for note in notes),
    )


def _goal(look: Look, goal: Figure) -> dict[str, str]:
    return {
        "who": look.shelf.labels(goal.by).get(goal.key, goal.key) if goal.key else "",
        "period": look.language.period(goal.period, goal.start),
        "value": look.language.value(goal),
        "reason": look.language.text(goal.reason),
    }


PAGE = Page("/targets", N_("Targets"), "targets.html", show, group="plan", order=0)
