"""Where an alert stands, and when it is told: a pure step from one look to the next.

An alert of a rule on a member begins when its value is past the bound and is over when it is past the second one; in between it
stays as it is, so that a value that trembles at a bound is told once. After a message that it began, no other begins within the
cool-down: what begins meanwhile is told when that has passed, if it still is past the bound then. That it is over is told at once,
once, and only where its beginning was.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Judged = Literal["breached", "between", "cleared", "unknown"]
"""A value against its bounds: past the first, between them, past the second; unknown: there is none, or of too few cases."""
Told = Literal["began", "ended"]


@dataclass(frozen=True)
class State:
    is_firing: bool = False
    since: datetime | None = None
    """Since when it is firing, or quiet; None: never seen firing."""
    is_told: bool = False
    """Whether it was told that this firing began."""
    told_at: datetime | None = None
    """When a beginning was told last."""

    def next_message(self, cooldown: timedelta) -> datetime | None:
        """When a beginning can be told again; None: at any time."""
        return self.told_at + cooldown if self.told_at is not None else None


def advance(
    state: State, judged: Judged, now: datetime, cooldown: timedelta, *, is_muted: bool = False
) -> tuple[State, Told | None]:
    """The state after a look at ``now``, and what is to be told. While muted nothing is."""
    if judged == "breached":
        after = state if state.is_firing else replace(state, is_firing=True, since=now, is_told=False)
        free_at = state.next_message(cooldown)
        if after.is_told or is_muted or (free_at is not None and now < free_at):
            return after, None
        return replace(after, is_told=True, told_at=now), "began"
    if judged == "cleared" and state.is_firing:
        after = replace(state, is_firing=False, since=now, is_told=False)
        return after, "ended" if state.is_told and not is_muted else None
    return state, None
