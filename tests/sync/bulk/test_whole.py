"""Whole numbers in the engine give the digits that Decimal gives."""

from decimal import Decimal
from fractions import Fraction

import duckdb
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kpi.expression import PRECISION
from kpi.units import kept
from sync.bulk.whole import LARGE, SMALL, cut, decimal_text, kind, quotient, rounded_quotient, unscaled

CON = duckdb.connect(":memory:")

numbers = st.one_of(st.integers(-(10**18), 10**18), st.integers(-(10**26), 10**26), st.integers(-(10**4), 10**4))
units = st.sampled_from(
    [
        1,
        2,
        9,
        100,
        1_000,
        86_400,
        172_800,
        864_000,
        10**6,
        2 * 10**6,
        9 * 10**6,
        10**9,
        10**15,
        86_400 * 10**15,
        86_400**2,
        86_400**2 * 10**4,
    ]
)


@settings(max_examples=150, deadline=None)
@given(numbers, units)
@example(-1, 86_400 * 10**15)
@example(43_200, 86_400)
@example(-5, 10**15)
@example(5 * 10**14 + 1, 10**15)
@example(2**61, 86_400)
@example(2**61 - 1, 86_400**2)
@example(138_574_466_367_428_767, 172_800)  # Decimal rounds it twice
def test_a_text_is_the_decimal_that_is_kept(number: int, units: int) -> None:
    for largest in (abs(number), 10**24):  # as the largest of a column, and beside larger ones
        text = decimal_text("x", units, max(abs(number), largest))
        if text is not None:
            ((found,),) = CON.execute(f"SELECT {text} FROM (SELECT CAST({number} AS {kind(largest)}) AS x)").fetchall()
            assert found == kept(PRECISION.divide(Decimal(number), Decimal(units)))


@settings(max_examples=150, deadline=None)
@given(numbers, st.sampled_from([0, 2, 4, 6, 10]))
@example(10**16 - 1, 6)
@example(-(10**16) + 1, 2)
@example(10**16, 6)
@example(-1_500_000, 6)
@example(2_499_999, 6)
def test_a_decimal_is_made_whole_without_a_loss(number: int, decimals: int) -> None:
    assume(abs(number) * 10**decimals < LARGE)
    stored = f"CAST('{Decimal(number).scaleb(-decimals):f}' AS DECIMAL(38, {decimals}))"
    for largest in (abs(number) + 1, 10**24):
        ((found,),) = CON.execute(f"SELECT {unscaled('x', decimals, largest)} FROM (SELECT {stored} AS x)").fetchall()
        assert found == number


@pytest.mark.parametrize("units", [1, 86_400, 10**15])
def test_of_what_decimal_would_round_there_is_no_text(units: int) -> None:
    assert decimal_text("x", units, 10**40) is None


@settings(max_examples=100, deadline=None)
@given(st.integers(-(10**17), 10**17), st.integers(1, 10**6).flatmap(lambda b: st.sampled_from([b, -b])))
@example(5, 2)
@example(-5, 2)
@example(7, -2)
@example(-1, 3)
def test_a_quotient_is_rounded_half_even(above: int, below: int) -> None:
    wide = "BIGINT" if abs(above) < SMALL else "HUGEINT"
    source = f"(SELECT CAST({above} AS {wide}) AS a, CAST({below} AS {wide}) AS b)"
    ((found,),) = CON.execute(f"SELECT {rounded_quotient('a', 'b')} FROM {source}").fetchall()
    assert found == round(Fraction(above, below))


@settings(max_examples=150, deadline=None)
@given(numbers, numbers.filter(bool), st.booleans())
@example(2**61, 3, True)
@example(-(2**61) + 1, 2, True)
@example(10**26, -(2**61), True)
def test_where_both_are_short_a_quotient_is_the_same(above: int, below: int, is_wide: bool) -> None:
    wide = "HUGEINT" if is_wide else kind(max(abs(above), 2 * abs(below)))
    source = f"(SELECT CAST({above} AS {wide}) AS a, CAST({below} AS {wide}) AS b)"
    ((found,),) = CON.execute(f"SELECT {quotient('a', 'b', wide)} FROM {source}").fetchall()
    assert found == round(Fraction(above, below))


@settings(max_examples=100, deadline=None)
@given(numbers, st.sampled_from([1, 100, 10**4, 10**13]))
@example(2**61 // 100, 100)
@example(-(2**61), 10**4)
def test_what_is_a_whole_multiple_is_cut(number: int, step: int) -> None:
    largest = abs(number * step)
    assume(largest < LARGE)
    source = f"(SELECT CAST({number * step} AS HUGEINT) AS a)"
    ((found,),) = CON.execute(f"SELECT {cut('a', step, largest)} FROM {source}").fetchall()
    assert found == number
