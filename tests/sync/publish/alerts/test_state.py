"""When an alert is told: never twice for a value that trembles, once in a cool-down, and its end once."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from config.alerts import RuleSettings
from sync.publish.alerts.figures import judged, judged_change
from sync.publish.alerts.state import Judged, State, Told, advance

START = datetime(2026, 10, 1, tzinfo=UTC)
COOLDOWN = timedelta(hours=24)

looks = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=40),
        st.sampled_from(["breached", "between", "cleared", "unknown"]),
        st.booleans(),
    ),
    max_size=60,
)
"""Hours since the look before, what was seen, and whether the rule was muted."""


def told_of(steps: list[tuple[int, Judged, bool]]) -> list[tuple[datetime, Told]]:
    state, now, told = State(), START, []
    for hours, seen, is_muted in steps:
        now += timedelta(hours=hours)
        state, event = advance(state, seen, now, COOLDOWN, is_muted=is_muted)
        if event is not None:
            told.append((now, event))
    return told


@given(looks)
def test_beginnings_are_a_cooldown_apart_and_each_has_one_end_at_most(steps: list[tuple[int, Judged, bool]]) -> None:
    """Whatever is seen: no end without a beginning that was told, none twice."""
    told = told_of(steps)
    began = [at for at, event in told if event == "began"]
    assert all(later - earlier >= COOLDOWN for earlier, later in itertools.pairwise(began))
    kinds = [event for _, event in told]
    assert kinds[:1] in ([], ["began"])
    assert not any(one == other == "ended" for one, other in itertools.pairwise(kinds))


@given(looks)
def test_nothing_is_told_where_no_bound_is_passed(steps: list[tuple[int, Judged, bool]]) -> None:
    """Between the bounds, or without a value, an alert stays as it is: there is no flapping."""
    calm = [(hours, seen, muted) for hours, seen, muted in steps if seen in ("between", "unknown")]
    assert told_of(calm) == []
    assert len(told_of([(0, "breached", False), *calm, (1, "breached", False)])) == 1


@given(looks)
def test_nothing_is_told_while_muted(steps: list[tuple[int, Judged, bool]]) -> None:
    """Neither that something began nor that it is over."""
    assert told_of([(hours, seen, True) for hours, seen, _ in steps]) == []


@given(looks)
def test_a_look_that_is_taken_twice_changes_nothing(steps: list[tuple[int, Judged, bool]]) -> None:
    """The same value at the same instant: no second message, no other state."""
    state, now = State(), START
    for hours, seen, is_muted in steps:
        now += timedelta(hours=hours)
        state, _ = advance(state, seen, now, COOLDOWN, is_muted=is_muted)
        assert advance(state, seen, now, COOLDOWN, is_muted=is_muted) == (state, None)


def test_what_begins_within_the_cooldown_is_told_after_it_if_it_lasts() -> None:
    """Nothing that lasts is swallowed; what is over by then never was told, and neither is its end."""
    short: list[tuple[int, Judged, bool]] = [(0, "breached", False), (1, "cleared", False), (1, "breached", False)]
    lasts = told_of([*short, (23, "breached", False), (1, "cleared", False)])
    assert [event for _, event in lasts] == ["began", "ended", "began", "ended"]
    assert lasts[2][0] == START + timedelta(hours=25)
    over = told_of([*short, (1, "cleared", False), (30, "between", False)])
    assert [event for _, event in over] == ["began", "ended"]


@given(
    was=st.decimals(min_value=1, max_value=1000, places=2),
    steps=st.lists(st.decimals(min_value="0.86", max_value="0.90", places=4), max_size=20),
)
def test_a_value_that_trembles_at_a_bound_is_told_once(was: object, steps: list[object]) -> None:
    """A fall of 10 to 14 %, by a rule that begins at 12 % and ends below 6 %."""
    rule = RuleSettings.model_validate({"kind": "change", "kpi": "leads", "falls": "12%", "cooldown_hours": 0})
    seen = [judged_change(rule, was * share, was) for share in steps]  # type: ignore[operator]
    assert len(told_of([(1, one, False) for one in seen])) <= 1
    assert "cleared" not in seen


def test_a_value_is_past_one_bound_or_the_other_or_between_them() -> None:
    """The two never hold together: the first wins."""
    assert (judged(True, False), judged(False, True), judged(False, False)) == ("breached", "cleared", "between")
