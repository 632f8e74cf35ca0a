"""Expected at maturity: worked by hand, judged by past cohorts, refused where these are too few."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.maturity import (
    LEAST_COHORTS,
    LESS_THAN_ONE,
    NOTHING_TO_DIVIDE,
    TOO_FEW_COHORTS,
    TOO_FEW_EVENTS,
    Outcome,
    Past,
    View,
    at_maturity,
    expected,
)
from kpi.survival import Counts, curve
from kpi.units import Unit

HORIZON = 10


def view(
    members: int,
    events: int,
    open_: Mapping[int, int],
    *,
    gain: int = 0,
    past: Mapping[int, int] | None = None,
    followed: int = 60,
) -> View:
    """Earlier cohorts: 100 leads of whom 20 converted on day 2 and 20 on day 8, unless ``past`` says otherwise."""
    converted = {day: Decimal(n) for day, n in (past or {2: 20, 8: 20}).items()}
    happened = sum(converted.values(), Decimal(0))
    return View(
        Decimal(members),
        Decimal(events),
        Decimal(gain),
        {age: Decimal(n) for age, n in open_.items()},
        curve(Counts(converted, {}, {HORIZON: Decimal(followed)}), HORIZON),
        happened,
        happened * 1000,
    )


THREE_GOOD_FORECASTS = [
    Past(view(100, 20, {5: 80}), Outcome(Decimal(100), Decimal(40), Decimal(40_000)), Decimal(8_000)) for _ in range(3)
]
"""80 were open after five days, of whom a quarter were expected and came."""


def test_the_open_members_convert_as_those_before_them_did() -> None:
    """80 leads have waited five days: of the 80 who once had, 20 converted later. 20 + 80 x 1/4 = 40."""
    found = at_maturity("share", Unit.RATIO, view(100, 20, {5: 80}), None, THREE_GOOD_FORECASTS)
    assert (found.value, found.maturity, found.error, found.cohorts, found.reason) == (
        Decimal("0.4"),
        Decimal("0.5"),
        Decimal(0),
        3,
        None,
    )


def test_a_cost_falls_and_a_return_rises_as_the_cohort_matures() -> None:
    """8,000 spent for 20 customers so far, 40 in the end, each bringing 1,000: CAC 400 becomes 200, ROI 1.5 becomes 4."""
    young = view(100, 20, {5: 80}, gain=20_000)
    spend = Decimal(8_000)
    cost = at_maturity("cost", Unit.MONEY, young, spend, THREE_GOOD_FORECASTS)
    assert (cost.value, cost.maturity, cost.error) == (Decimal(200), Decimal("0.5"), Decimal(0))
    gained = [replace(past, view=replace(past.view, gain=Decimal(20_000))) for past in THREE_GOOD_FORECASTS]
    back = at_maturity("return", Unit.RATIO, young, spend, gained)
    assert (back.value, back.maturity, back.error) == (Decimal(4), Decimal("0.5"), Decimal(0))


def test_the_error_is_how_far_past_forecasts_were_off() -> None:
    """40 % was expected each time; 30, 40 and 60 % came: off by 10, 0 and 20 points. As cost: by 25, 0 and 50 % of it."""
    came = [
        replace(past, outcome=replace(past.outcome, events=Decimal(n)))
        for past, n in zip(THREE_GOOD_FORECASTS, (30, 40, 60), strict=True)
    ]
    assert at_maturity("share", Unit.RATIO, view(100, 20, {5: 80}), None, came).error == Decimal("0.1")
    cost = at_maturity("cost", Unit.MONEY, view(100, 20, {5: 80}), Decimal(8_000), came).error
    # 200 was expected; 266.67, 200 and 133.33 came: off by a quarter, nothing and a half.
    assert cost == Decimal("0.25")


def test_nothing_is_guessed() -> None:
    """Too few mature cohorts, too few conversions, cohorts that were not followed to the end, nothing spent or expected."""
    young = view(100, 20, {5: 80})
    few = at_maturity("share", Unit.RATIO, young, None, THREE_GOOD_FORECASTS[: LEAST_COHORTS - 1])
    assert (few.value, few.reason, few.cohorts) == (None, TOO_FEW_COHORTS, 2)
    rare = at_maturity("share", Unit.RATIO, view(100, 1, {5: 99}, past={2: 2}), None, THREE_GOOD_FORECASTS)
    assert (rare.value, rare.reason) == (None, TOO_FEW_EVENTS)
    unseen = replace(young, curve=curve(Counts({2: Decimal(20)}, {}, {5: Decimal(80)}), HORIZON))
    assert at_maturity("share", Unit.RATIO, unseen, None, THREE_GOOD_FORECASTS).reason == TOO_FEW_COHORTS
    assert expected(unseen) is None
    assert at_maturity("return", Unit.RATIO, young, Decimal(0), THREE_GOOD_FORECASTS).reason == NOTHING_TO_DIVIDE
    assert at_maturity("share", Unit.RATIO, view(0, 0, {}), None, THREE_GOOD_FORECASTS).reason == NOTHING_TO_DIVIDE


def test_the_cost_of_half_a_customer_is_not_a_figure() -> None:
    """Two leads wait, of whom half a customer is expected: 8,000 spent would give a CAC of 16,000."""
    found = at_maturity("cost", Unit.MONEY, view(2, 0, {5: 2}), Decimal(8_000), THREE_GOOD_FORECASTS)
    assert (found.value, found.reason) == (None, LESS_THAN_ONE)


def test_a_cohort_in_which_nobody_waits_is_what_it_is() -> None:
    """Past the horizon nothing more is expected."""
    done = expected(view(50, 10, {HORIZON: 30, HORIZON + 5: 10}, gain=7))
    assert done == Outcome(Decimal(50), Decimal(10), Decimal(7))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.integers(0, HORIZON), st.integers(1, 50), max_size=5), st.integers(0, 50))
def test_more_are_expected_the_more_wait_and_never_more_than_do(open_: dict[int, int], events: int) -> None:
    """Between what has come and what could."""
    found = expected(view(events + sum(open_.values()), events, open_))
    assert found is not None
    assert events <= found.events <= events + sum(open_.values())
    assert 0 <= (found.value("share", None) or Decimal(0)) <= 1
