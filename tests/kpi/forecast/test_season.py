"""Seasons are taken out and put back without a remainder."""

from decimal import Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.expression import PRECISION
from kpi.forecast.season import adjusted
from tests.kpi.forecast.series import decimals


def test_a_season_that_multiplies_is_found() -> None:
    """By hand: a level of 100, four seasons of 50, 100, 100, 150 in a hundred."""
    with localcontext(PRECISION):
        calm = adjusted(decimals(*[50, 100, 100, 150] * 3), 4)
    assert calm.is_multiplicative
    assert list(calm.indices) == decimals("0.5", 1, 1, "1.5")
    assert set(calm.values) == {Decimal(100)}
    assert calm.put_back(Decimal(200), 13) == 200
    assert calm.put_back(Decimal(200), 15) == 300


def test_where_values_may_be_nought_or_less_it_adds() -> None:
    """Nothing can be divided by a season of nought."""
    with localcontext(PRECISION):
        calm = adjusted(decimals(*[-50, 0, 0, 50] * 3), 4)
    assert not calm.is_multiplicative
    assert list(calm.indices) == decimals(-50, 0, 0, 50)
    assert set(calm.values) == {Decimal(0)}


def test_a_season_of_next_to_nothing_adds_too() -> None:
    """A twentieth of the usual would blow up whatever little stands there."""
    with localcontext(PRECISION):
        assert not adjusted(decimals(*[5, 130, 130, 135] * 3), 4).is_multiplicative


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-20, 300).map(Decimal), min_size=8, max_size=19))
def test_what_was_taken_out_comes_back(values: list[Decimal]) -> None:
    """Of any series of two years and more."""
    with localcontext(PRECISION):
        calm = adjusted(values, 4)
        back = [calm.put_back(value, place) for place, value in enumerate(calm.values)]
    assert all(abs(one - other) < Decimal("1e-18") for one, other in zip(back, values, strict=True))
