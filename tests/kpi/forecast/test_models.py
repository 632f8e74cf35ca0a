"""Each model against figures worked out by hand; and none looks ahead."""

from decimal import Decimal, localcontext
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.expression import PRECISION
from kpi.forecast.models import BENCHMARK, CHALLENGERS, FEWEST, Model
from tests.kpi.forecast.series import decimals

MODELS = {model.name: model for model in (BENCHMARK, *CHALLENGERS)}
SERIES = st.lists(st.integers(-50, 200).map(Decimal), min_size=9, max_size=20)


def row(name: str, values: list[Decimal], ahead: int, season: int = 1) -> list[Decimal]:
    """What the model says from the end of the series."""
    with localcontext(PRECISION):
        (found,) = MODELS[name].rows(values, range(len(values), len(values) + 1), ahead, season)  # type: ignore[index]
    return found


def test_the_naive_ones_repeat_what_was() -> None:
    """The last value; or the same season of the last year, again and again."""
    values = decimals(1, 2, 3, 4, 5, 6, 7)
    assert row("naive", values, 3) == [7, 7, 7]
    assert row("seasonal_naive", values, 5, season=3) == [5, 6, 7, 5, 6]


def test_drift_goes_on_along_the_line_from_first_to_last() -> None:
    """From 2 to 12 in five steps: two more each."""
    assert row("drift", decimals(2, 5, 4, 9, 8, 12), 3) == [14, 16, 18]


def test_smoothing_starts_from_the_mean_of_the_first_values() -> None:
    """Of six values 10 and then 16: the errors are nought and six, whatever the weight; the smallest weight comes first, 0.05, so
    the level is 10 + 0.05 × 6."""
    assert row("ses", decimals(10, 10, 10, 10, 10, 10, 16), 2) == [Decimal("10.3"), Decimal("10.3")]


def test_smoothing_follows_a_level_that_moves() -> None:
    """A series that steps up for good is best followed at once: weight 1."""
    assert row("ses", decimals(*[0] * 6, *[100] * 10), 1) == [100]


def test_a_damped_trend_flattens() -> None:
    """A straight line is expected to go on rising, by 0.98 of the step before each time."""
    steps = row("damped", decimals(10, 20, 30, 40, 50, 60), 4)
    assert 60 < steps[0] < 70
    rises = [after - before for before, after in pairwise(steps)]
    assert all(abs(after / before - Decimal("0.98")) < Decimal("1e-9") for before, after in pairwise(rises))


def test_theta_is_smoothing_with_half_the_slope_as_drift() -> None:
    """By hand, of 1 to 7: the slope is 1, the best weight 1, so the level 7 and the offset (1 − 0) / 1 = 1; one ahead
    7 + ½ × (0 + 1), two ahead 7 + ½ × (1 + 1)."""
    assert row("theta", decimals(1, 2, 3, 4, 5, 6, 7), 2) == [Decimal("7.5"), Decimal("8")]


def test_theta_with_a_weight_below_one() -> None:
    """By hand, of 0 0 0 0 0 0 7: whatever the weight, the only error is the last, so the weight is 0.05 and the level 0.35. The slope
    by least squares of (t, y): 12 Σty / (n(n² − 1)) − 6 Σy / (n(n − 1)) = 12 × 49 / 336 − 6 × 7 / 42 = 0.75. Drift one ahead:
    0.375 × (1 − 0.95⁷) / 0.05."""
    (found,) = row("theta", decimals(0, 0, 0, 0, 0, 0, 7), 1)
    assert abs(found - (Decimal("0.35") + Decimal("7.5") * (1 - Decimal("0.95") ** 7))) < Decimal("1e-20")


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
@settings(max_examples=12, deadline=None)
@given(values=SERIES, other=st.lists(st.integers(-50, 200).map(Decimal), min_size=3, max_size=3))
def test_no_model_looks_ahead(model: Model, values: list[Decimal], other: list[Decimal]) -> None:
    """What it says from an origin is the same whatever comes after it."""
    season = 4
    first = max(model.needs(season), FEWEST)
    with localcontext(PRECISION):
        rows = model.rows([*values, *other], range(first, len(values) + 4), 3, season)
        for place, origin in enumerate(range(first, len(values) + 1)):
            (alone,) = model.rows(values[:origin], range(origin, origin + 1), 3, season)
            assert rows[place] == alone


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
@settings(max_examples=10, deadline=None)
@given(values=SERIES)
def test_twice_the_money_is_twice_the_forecast(model: Model, values: list[Decimal]) -> None:
    """To 20 digits."""
    with localcontext(PRECISION):
        end = range(len(values), len(values) + 1)
        (once,) = model.rows(values, end, 3, 4)
        (twice,) = model.rows([2 * value for value in values], end, 3, 4)
    assert all(abs(2 * a - b) <= Decimal("1e-18") * (1 + abs(b)) for a, b in zip(once, twice, strict=True))
