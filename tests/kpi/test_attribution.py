"""Attribution: credits sum to exactly one deal, whatever the touches."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.attribution import MODELS, NOBODY, Touch, attribute, split, within
from kpi.schema import CREDIT_UNIT

START = datetime(2026, 1, 1, tzinfo=UTC)

touches = st.lists(
    st.builds(
        Touch,
        at=st.integers(0, 500).map(lambda h: START + timedelta(hours=h)),
        id=st.text("abc", min_size=1, max_size=3),
        channel=st.sampled_from(["direct", "email", "paid_search"]),
        campaign=st.sampled_from(["google_ads/1", "unattributed"]),
    ),
    max_size=12,
)


def touch(hour: int, id: str, channel: str) -> Touch:
    return Touch(START + timedelta(hours=hour), id, channel, "unattributed")


@given(touches, st.sampled_from(sorted(MODELS)))
def test_credits_sum_to_exactly_one_and_none_is_empty(found: list[Touch], model: str) -> None:
    given_out = attribute(found, model)
    assert sum(given_out.values()) == CREDIT_UNIT
    assert all(given_out.values())


@given(touches, st.sampled_from(sorted(MODELS)), st.randoms())
def test_the_order_in_which_touches_are_read_never_matters(found: list[Touch], model: str, random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert attribute(shuffled, model) == attribute(found, model)


@given(st.lists(st.integers(0, 10**6), min_size=1).filter(any), st.data())
def test_any_weights_are_cut_exactly_and_the_remainder_lies_on_the_key_touch(weights: list[int], data: st.DataObject) -> None:
    key = data.draw(st.integers(0, len(weights) - 1))
    shares = split(weights, key)
    assert sum(shares) == CREDIT_UNIT
    assert [CREDIT_UNIT * w // sum(weights) for i, w in enumerate(weights) if i != key] == [
        s for i, s in enumerate(shares) if i != key
    ]


def test_first_and_last_credit_the_ends() -> None:
    found = [touch(5, "b", "email"), touch(1, "a", "paid_search"), touch(9, "c", "direct")]
    assert attribute(found, "first") == {("paid_search", "unattributed"): CREDIT_UNIT}
    assert attribute(found, "last") == {("direct", "unattributed"): CREDIT_UNIT}


def test_touches_of_the_same_instant_are_ordered_by_id() -> None:
    assert attribute([touch(1, "b", "email"), touch(1, "a", "direct")], "first") == {("direct", "unattributed"): CREDIT_UNIT}


def test_no_touch_is_unattributed() -> None:
    assert attribute([], "first") == {NOBODY: CREDIT_UNIT}


def test_a_model_that_nobody_wrote_is_refused() -> None:
    with pytest.raises(KeyError):
        attribute([], "crystal_ball")


def test_the_window_includes_both_its_ends() -> None:
    found = [touch(h, str(h), "email") for h in (0, 1, 2, 3)]
    assert [t.id for t in within(found, START + timedelta(hours=1), START + timedelta(hours=2))] == ["1", "2"]
    assert [t.id for t in within(found, None, START + timedelta(hours=2))] == ["0", "1", "2"]
