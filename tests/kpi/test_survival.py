"""Survival over whole days: numbers written here, an independent judge, and what must hold for any counts."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.survival import Counts, Curve, curve

CLOSE = Decimal(1).scaleb(-24)
numbers = st.dictionaries(st.integers(0, 12), st.integers(1, 9).map(Decimal), max_size=6)


def counted(events: dict[int, int], censored: dict[int, int], others: dict[int, int] | None = None) -> Counts:
    return Counts(*({day: Decimal(n) for day, n in part.items()} for part in (events, others or {}, censored)))


def test_the_textbook_case() -> None:
    """Ten start; one converts on day 1, two are last seen on day 2, two convert on day 3: 9/10, then 9/10 x 5/7."""
    found = curve(counted({1: 1, 3: 2}, {2: 2, 5: 5}), 5)
    expected = [Fraction(1), Fraction(9, 10), Fraction(9, 10), *[Fraction(9, 14)] * 3]
    assert [abs(Fraction(s) - e) < Fraction(CLOSE) for s, e in zip(found.still, expected, strict=True)] == [True] * 6
    assert found.chance(1) is not None
    assert abs(Fraction(found.chance(1) or 0) - Fraction(2, 7)) < Fraction(CLOSE)
    assert found.chance(5) == 0


def test_who_left_for_another_reason_does_not_convert_any_more() -> None:
    """Four deals: one lost on day 1, one won on day 2, two open to the end. The lost one stays below the line for good."""
    found = curve(counted({2: 1}, {3: 2}, {1: 1}), 3)
    assert found.happened == (0, 0, Decimal("0.25"), Decimal("0.25"))
    assert found.still == (1, Decimal("0.75"), Decimal("0.5"), Decimal("0.5"))
    assert abs((found.chance(1) or Decimal(0)) - Decimal(1) / 3) < CLOSE


def test_nothing_is_said_beyond_what_was_followed() -> None:
    """Nobody was followed past day 4: what comes by day 9 is not known, and nobody who waited can be given a chance."""
    short = curve(counted({1: 1}, {4: 3}), 9)
    assert short.followed_until == 4
    assert short.chance(2) is None
    assert curve(counted({}, {}), 3).chance(0) is None
    assert curve(counted({1: 4}, {}), 3).chance(2) is None


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, numbers)
def test_a_curve_only_falls_and_shares_are_shares(
    events: dict[int, Decimal], others: dict[int, Decimal], censored: dict[int, Decimal]
) -> None:
    found = curve(Counts(events, others, censored), 12)
    assert list(found.still) == sorted(found.still, reverse=True)
    assert list(found.happened) == sorted(found.happened)
    for still, happened in zip(found.still, found.happened, strict=True):
        assert 0 <= still <= 1
        assert -CLOSE <= happened <= 1 - still + CLOSE
    for age in range(13):
        chance = found.chance(age)
        assert chance is None or -CLOSE <= chance <= 1 + CLOSE


@settings(max_examples=40, deadline=None)
@given(numbers)
def test_without_anybody_lost_from_sight_the_share_is_plain_counting(events: dict[int, Decimal]) -> None:
    """All were followed to the horizon: the curve is converted ÷ started."""
    found = curve(Counts(events, {}, {12: Decimal(5)}), 12)
    started = sum(events.values(), Decimal(5))
    assert abs(found.happened[-1] - (started - 5) / started) < CLOSE


def _judged(events: dict[int, int], censored: dict[int, int]) -> tuple[Curve, list[float]]:
    lifelines = pytest.importorskip("lifelines", reason="lifelines is a tool of development: pip install lifelines")
    durations = [day for part in (events, censored) for day, n in part.items() for _ in range(n)]
    observed = [is_event for part, is_event in ((events, 1), (censored, 0)) for n in part.values() for _ in range(n)]
    judge = lifelines.KaplanMeierFitter().fit(durations, observed)
    horizon = max(durations)
    return curve(counted(events, censored), horizon), [float(judge.predict(day)) for day in range(horizon + 1)]


@pytest.mark.filterwarnings("ignore")
def test_lifelines_gives_the_same_curve() -> None:
    """An independent implementation of Kaplan–Meier, on a hundred leads of whom most were not followed to the end."""
    found, judged = _judged({0: 3, 1: 5, 4: 2, 7: 9, 30: 4, 61: 1, 90: 2}, {2: 6, 10: 11, 30: 8, 45: 20, 90: 29})
    assert [float(still) for still in found.still] == pytest.approx(judged, abs=1e-12)
