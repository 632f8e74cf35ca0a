"""The data-driven model: what would be lost without a channel."""

from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.attribution import Moments, Touch, attribute
from kpi.attribution.markov import FEWEST_WON, channel_weights, paths, removal_effects, steps_of, won_paths
from kpi.schema import CREDIT_UNIT

Path = tuple[list[str], bool]

some_paths = st.lists(
    st.tuples(st.lists(st.sampled_from("abcd"), min_size=1, max_size=5), st.booleans()), min_size=1, max_size=12
).filter(lambda found: any(is_won for _, is_won in found))


def test_the_textbook_example() -> None:
    """Three paths: C1 → C2 → C3 won, C1 lost, C2 → C3 lost; a third of all is won. Without C1 half of the wins are left, without
    C2 or C3 none."""
    found = steps_of([(["c1", "c2", "c3"], True), (["c1"], False), (["c2", "c3"], False)])
    assert removal_effects(found) == {"c1": Fraction(1, 2), "c2": 1, "c3": 1}
    assert (paths(found), won_paths(found)) == (3, 1)
    weights = {channel: int(effect * CREDIT_UNIT) for channel, effect in removal_effects(found).items()}
    won = [Touch(datetime(2026, 1, day, tzinfo=UTC), str(day), f"c{day}", "unattributed") for day in (1, 2, 3)]
    shares = attribute(won, "markov", Moments(channel_weights=weights))
    assert [share * 900 // CREDIT_UNIT for share in shares.values()] == [180, 360, 360], "the page's example"


@given(some_paths)
@settings(max_examples=40, deadline=None)
def test_an_effect_is_a_share_and_nothing_only_where_no_win_passed(found: list[Path]) -> None:
    effects = removal_effects(steps_of(found))
    assert all(0 <= effect <= 1 for effect in effects.values())
    reaches_a_win = {channel for channels, is_won in found if is_won for channel in channels}
    assert all(effects[channel] > 0 for channel in reaches_a_win)


@given(some_paths, st.integers(2, 9))
@settings(max_examples=20, deadline=None)
def test_the_same_deals_many_times_over_have_the_same_effects(found: list[Path], times: int) -> None:
    assert removal_effects(steps_of(found * times)) == removal_effects(steps_of(found))


@given(some_paths)
@settings(max_examples=20, deadline=None)
def test_a_channel_that_follows_itself_adds_nothing(found: list[Path]) -> None:
    stuttered = [([c for c in channels for _ in range(2)], is_won) for channels, is_won in found]
    assert removal_effects(steps_of(stuttered)) == removal_effects(steps_of(found))


def test_too_few_wins_say_nothing() -> None:
    few: list[Path] = [(["email"], True)] * (FEWEST_WON - 1) + [(["direct"], False)] * 1000
    assert channel_weights(steps_of(few)) is None
    assert channel_weights(steps_of([*few, (["email"], True)])) == {"direct": 0, "email": CREDIT_UNIT}
