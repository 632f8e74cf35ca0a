"""Why a value moved: the parts have a meaning, and they add up to the last digit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.expression import Constant
from kpi.measures.deals import CYCLE_MEDIAN, DEALS_LOST, DEALS_WON, REVENUE_WON
from kpi.measures.media import SPEND
from kpi.measures.people import LEADS
from kpi.registry import KPIS
from kpi.why import (
    MOST_INPUTS,
    Pair,
    Parts,
    adds_up,
    as_ratio,
    input_parts,
    ratio_parts,
    shapley,
    sum_parts,
    to_decimals,
    value_of,
)

WIN_RATE = DEALS_WON / (DEALS_WON + DEALS_LOST)
amounts = st.fractions(min_value=0, max_value=10**6, max_denominator=1000)
sides = st.dictionaries(st.sampled_from("abcde"), st.tuples(amounts, amounts), min_size=1)


def total(parts: dict[str, Parts]) -> Parts:
    return sum(parts.values(), Parts())


def ratio(side: dict[str, Pair]) -> Fraction:
    return Fraction(sum(above for above, _ in side.values())) / sum(below for _, below in side.values())


def test_a_rate_that_falls_though_every_channel_does_better_fell_by_its_mix() -> None:
    """Simpson's case: ads win 20 %, then 25 % of their leads; referrals 60, then 70 %. Ads grew from 1 to 9 leads in 10."""
    before = {"ads": (Fraction(2), Fraction(10)), "referral": (Fraction(54), Fraction(90))}
    after = {"ads": (Fraction(225, 10), Fraction(90)), "referral": (Fraction(7), Fraction(10))}
    found = total(ratio_parts(before, after))
    assert found.total == ratio(after) - ratio(before) == Fraction("-0.265")
    assert found.rate == Fraction("0.075")
    assert found.mix == Fraction("-0.34")
    by_member = ratio_parts(before, after)
    assert by_member["ads"].mix < 0 < by_member["ads"].rate


def test_a_sum_moves_by_how_many_which_and_how_much_each() -> None:
    """Ten deals of 100 become twelve of 110: two deals at about 105, ten euros on about eleven deals."""
    found = sum_parts({"": (Fraction(1000), Fraction(10))}, {"": (Fraction(1320), Fraction(12))})[""]
    assert (found.volume, found.mix, found.rate) == (Fraction(210), Fraction(0), Fraction(110))


def test_what_has_nothing_below_the_line_is_told_apart() -> None:
    """Two customers of a channel that had no lead."""
    found = ratio_parts(
        {"ads": (Fraction(5), Fraction(100))}, {"ads": (Fraction(5), Fraction(100)), "direct": (Fraction(2), Fraction(0))}
    )
    assert found["direct"] == Parts(other=Fraction(2, 100))
    assert found["ads"] == Parts()


@settings(max_examples=40, deadline=None)
@given(sides, sides)
def test_the_parts_of_a_ratio_add_up_both_ways(before: dict[str, Pair], after: dict[str, Pair]) -> None:
    """To the change exactly; the way back is the same with the other sign, member by member."""
    if not sum(below for _, below in before.values()) or not sum(below for _, below in after.values()):
        with pytest.raises(ValueError, match="below the line"):
            ratio_parts(before, after)
        return
    there, back = ratio_parts(before, after), ratio_parts(after, before)
    assert total(there).total == ratio(after) - ratio(before)
    assert {m: Parts(-p.volume, -p.mix, -p.rate, -p.other) for m, p in there.items()} == back
    assert set(ratio_parts(before, before).values()) == {Parts()}


@settings(max_examples=40, deadline=None)
@given(sides, sides)
def test_the_parts_of_a_sum_add_up_both_ways(before: dict[str, Pair], after: dict[str, Pair]) -> None:
    there, back = sum_parts(before, after), sum_parts(after, before)
    change = sum(amount for amount, _ in after.values()) - sum(amount for amount, _ in before.values())
    assert total(there).total == change
    assert {m: Parts(-p.volume, -p.mix, -p.rate, -p.other) for m, p in there.items()} == back
    assert set(sum_parts(before, before).values()) == {Parts()}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(amounts, amounts), min_size=4, max_size=4))
def test_the_shares_of_inputs_add_up_and_are_even_handed(moves: list[tuple[Fraction, Fraction]]) -> None:
    """For any formula: here a velocity, a x b x c ÷ d. An input that stood still has no share."""
    formula = SPEND * REVENUE_WON * DEALS_WON / LEADS

    def at(values: list[Fraction] | tuple[Fraction, ...]) -> Fraction | None:
        return value_of(formula, dict(zip(("spend", "revenue_won", "deals_won", "leads"), values, strict=True)))

    there, back = shapley(at, moves), shapley(at, [(b, a) for a, b in moves])
    if not moves[3][0] or not moves[3][1]:
        assert there is None
        return
    assert there is not None
    assert back is not None
    first, last = at([a for a, _ in moves]), at([b for _, b in moves])
    assert first is not None
    assert last is not None
    assert sum(there) == last - first
    assert [-one for one in there] == list(back)
    assert all(share == 0 for share, (a, b) in zip(there, moves, strict=True) if a == b)


def test_there_is_an_end_to_how_many_inputs_are_taken_apart() -> None:
    """Eleven that moved are refused; those that stood still do not count."""
    moves = [(Fraction(0), Fraction(1))] * MOST_INPUTS
    assert shapley(lambda values: sum(values, Fraction(0)), [*moves, (Fraction(5), Fraction(5))]) == (*[1] * MOST_INPUTS, 0)
    with pytest.raises(ValueError, match="at most 10 inputs"):
        shapley(lambda values: sum(values, Fraction(0)), [*moves, (Fraction(0), Fraction(1))])


def test_what_has_no_value_halfway_is_not_taken_apart() -> None:
    """A quota that was met on the way: open deals cover nothing of it."""
    before = {"expected_open": Fraction(50), "quota": Fraction(100), "revenue_won": Fraction(80)}
    coverage = KPIS["pipeline_coverage"].formula
    assert value_of(coverage, before) == Fraction(5, 2)
    assert input_parts(coverage, before, {**before, "quota": Fraction(300), "revenue_won": Fraction(120)}) is None
    found = input_parts(coverage, before, {**before, "quota": Fraction(130)})
    assert found == {"expected_open": 0, "quota": Fraction(-3, 2), "revenue_won": 0}


def test_the_inputs_of_a_win_rate() -> None:
    """From 1 of 2 to 2 of 3: won adds, lost did not move."""
    found = input_parts(
        WIN_RATE, {"deals_won": Fraction(1), "deals_lost": Fraction(1)}, {"deals_won": Fraction(2), "deals_lost": Fraction(1)}
    )
    assert found == {"deals_won": Fraction(1, 6), "deals_lost": Fraction(0)}


def test_what_adds_up_over_members() -> None:
    """Sums and counts do, and what is added or scaled of them; medians, products and users do not."""
    assert adds_up(REVENUE_WON)
    assert adds_up((REVENUE_WON - SPEND) * 2)
    assert as_ratio(WIN_RATE) == (DEALS_WON, DEALS_WON + DEALS_LOST)
    for formula in (CYCLE_MEDIAN, REVENUE_WON * SPEND, KPIS["visitor_to_lead"].formula, Constant(Decimal(1))):
        assert not adds_up(formula)
        assert as_ratio(formula) is None or formula is KPIS["visitor_to_lead"].formula


def test_no_formula_of_the_catalogue_is_beyond_taking_apart() -> None:
    """Each is made of what can be evaluated in fractions, and of no more inputs than are allowed."""
    for kpi in KPIS.values():
        names = [measure.name for measure in kpi.formula.inputs]
        assert len(names) <= MOST_INPUTS, kpi.name
        values = ({name: Fraction(10**place) for place, name in enumerate(order)} for order in (names, names[::-1]))
        assert any(value_of(kpi.formula, inputs) is not None for inputs in values), kpi.name


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), st.fractions(min_value=-1000, max_value=1000, max_denominator=997), min_size=1))
def test_rounded_parts_add_up_to_the_rounded_total(parts: dict[str, Fraction]) -> None:
    """To the last digit, whatever was lost on the way; each part is within a step per part of its own value."""
    total_ = (Decimal(sum(parts.values(), Fraction(0)).numerator) / sum(parts.values(), Fraction(0)).denominator).quantize(
        Decimal("0.01")
    )
    shown = to_decimals(parts, total_, 2)
    assert sum(shown.values()) == total_
    assert all(abs(Fraction(shown[name]) - part) <= Fraction(len(parts) + 1, 100) for name, part in parts.items())
    assert to_decimals({}, Decimal(1), 2) == {}
