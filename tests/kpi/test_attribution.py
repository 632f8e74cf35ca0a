"""Attribution: credits sum to exactly one deal, whatever the touches."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.settings import AttributionSettings, RecordModel
from kpi.attribution import MODELS, NOBODY, Moments, Shares, Touch, attribute, key_touches, split, within
from kpi.attribution.models import DATA_DRIVEN, HALF, decay
from kpi.schema import CREDIT_UNIT
from sync.cli import MODELS as OFFERED

DOCS = Path(__file__).parents[2] / "docs"
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


hours = st.none() | st.integers(0, 500).map(lambda h: START + timedelta(hours=h))
moments = st.builds(
    Moments,
    created_at=hours,
    oldest_contact=st.sampled_from([None, "", "somebody else"]),
    contact_created_at=hours,
    half_life_days=st.integers(1, 30),
    channel_weights=st.dictionaries(st.sampled_from(["direct", "email", "paid_search"]), st.integers(0, CREDIT_UNIT)),
)


def touch(hour: int, id: str, channel: str, contact: str = "") -> Touch:
    return Touch(START + timedelta(hours=hour), id, channel, "unattributed", contact)


def of_900(found: list[Touch], model: str, known: Moments | None = None) -> dict[str, int]:
    """What each channel gets of a deal of 900, to the nearest whole."""
    return {channel: round(Fraction(share * 900, CREDIT_UNIT)) for (channel, _), share in attribute(found, model, known).items()}


@given(touches, st.sampled_from(sorted(MODELS)), moments)
def test_credits_sum_to_exactly_one_and_none_is_empty(found: list[Touch], model: str, known: Moments) -> None:
    given_out = attribute(found, model, known)
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


# --- key touches and their parts -----------------------------------------------------------------------------------

A, B, C, D = (touch(hour, name, name, "ada") for hour, name in ((1, "a"), (2, "b"), (3, "c"), (4, "d")))


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def test_check_10_a_deal_of_900_over_four_touches_u_shaped() -> None:
    """KPI_DEFINITIONS §7: A(first), B, C(lead creation), D(last)."""
    known = Moments(oldest_contact="ada", contact_created_at=at(3))
    assert of_900([A, B, C, D], "u_shaped", known) == {"a": 360, "b": 90, "c": 360, "d": 90}


def test_check_11_the_same_deal_with_one_touch_that_is_two_keys() -> None:
    known = Moments(oldest_contact="ada", contact_created_at=at(1))
    assert of_900([A, D], "u_shaped", known) == {"a": 720, "d": 180}


@pytest.mark.parametrize(
    ("model", "shares"),
    [
        ("linear", (225, 225, 225, 225)),
        ("position_based", (360, 90, 90, 360)),
        ("w_shaped", (270, 270, 270, 90)),
        ("full_path", (225, 225, 225, 225)),
        ("j_shaped", (180, 90, 90, 540)),
        ("inverse_j", (540, 90, 90, 180)),
        ("last_non_direct", (0, 0, 0, 900)),
    ],
)
def test_each_shape_gives_its_keys_their_parts(model: str, shares: tuple[int, ...]) -> None:
    """First A, lead creation B, deal creation C, last D; full_path then has no rest, whose part goes to its keys."""
    known = Moments(created_at=at(3), oldest_contact="ada", contact_created_at=at(2))
    assert of_900([A, B, C, D], model, known) == {name: share for name, share in zip("abcd", shares, strict=True) if share}


def test_direct_is_passed_over_unless_all_are_direct() -> None:
    found = [touch(1, "1", "email"), touch(2, "2", "referral"), touch(3, "3", "direct")]
    assert of_900(found, "last_non_direct") == {"referral": 900}
    assert of_900(found[2:], "last_non_direct") == {"direct": 900}


def test_a_moment_without_a_touch_gives_its_part_to_all_there_is_in_proportion() -> None:
    """The oldest contact came in by an import: 40 to the first touch, 20 to the rest."""
    assert of_900([A, B], "u_shaped", Moments(oldest_contact="somebody else")) == {"a": 600, "b": 300}


def test_a_lead_that_was_dated_before_its_visits_was_made_by_the_first_of_them() -> None:
    known = Moments(oldest_contact="ada", contact_created_at=at(0))
    assert key_touches([touch(0, "0", "x", "bob"), A, B], known)["lead"] == 1


def test_one_touch_gets_everything_under_every_model() -> None:
    known = Moments(created_at=at(1), oldest_contact="ada", contact_created_at=at(1))
    assert {model: of_900([A], model, known) for model in MODELS} == {model: {"a": 900} for model in MODELS}


def test_what_rounding_leaves_goes_to_the_last_key_touch() -> None:
    found = attribute([A, B, C], "linear")
    assert list(found.values()) == [333_333_333, 333_333_333, 333_333_334]
    parts = attribute([A, B, C, D, touch(5, "e", "e")], "inverse_j")
    assert parts["a", "unattributed"] == 600_000_000
    assert parts["e", "unattributed"] == CREDIT_UNIT - 600_000_000 - 3 * 66_666_666


# --- decay ---------------------------------------------------------------------------------------------------------


def test_a_touch_weighs_half_as_much_a_half_life_earlier() -> None:
    found = [touch(0, "1", "email"), touch(7 * 24, "2", "direct")]
    assert of_900(found, "time_decay") == {"email": 300, "direct": 600}
    assert of_900(found, "time_decay", Moments(half_life_days=14)) == {"email": 373, "direct": 527}


@given(st.integers(1, 90))
def test_decay_weights_fall_by_half_every_half_life_down_to_one(half_life_days: int) -> None:
    table = decay(half_life_days)
    assert table[0] == 2**HALF
    assert table[-1] == 1
    assert all(later <= earlier for earlier, later in pairwise(table))
    assert all(table[day] == table[day - half_life_days] >> 1 for day in range(half_life_days, len(table)))


def test_a_history_of_years_still_has_credits() -> None:
    """What is past counting weighs nothing; the last touch always weighs."""
    assert of_900([touch(0, "1", "email"), touch(24 * 365 * 5, "2", "direct")], "time_decay") == {"direct": 900}


def test_every_share_of_a_model_can_be_counted_in_64_bits() -> None:
    """In SQL a touch's weight is its part times the touches that are no key: a million touches of one deal fit."""
    most = max(sum(model.keys.values()) for model in MODELS.values() if isinstance(model, Shares))
    assert most * 10**6 * CREDIT_UNIT < 2**63


def test_settings_and_command_line_know_every_model_and_records_none_that_others_move() -> None:
    assert set(get_args(RecordModel)) == set(MODELS) - {DATA_DRIVEN}
    assert tuple(MODELS) == OFFERED
    kept = AttributionSettings.model_validate({"model": "linear", "models": ["markov", "first", "linear"]}).kept
    assert kept == ("linear", "markov", "first")
    with pytest.raises(ValidationError):
        AttributionSettings.model_validate({"model": "markov"})


@pytest.mark.parametrize("page", ["attribution.md", "attribution.fr.md"])
def test_the_pages_example_is_what_the_models_give(page: str) -> None:
    """A deal of 900, four touches seven days apart: first, lead creation, deal creation, last."""
    found = [touch(7 * 24 * week, name, name, "ada") for week, name in enumerate("ABCD")]
    known = Moments(created_at=at(2 * 7 * 24), oldest_contact="ada", contact_created_at=at(7 * 24))
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert [model for model, _ in rows] == list(MODELS)
    for model, cells in rows:
        if model != DATA_DRIVEN:
            said = dict(zip("ABCD", (int(cell.strip() or 0) for cell in cells.split("|")), strict=True))
            assert {name: share for name, share in said.items() if share} == of_900(found, model, known), model
