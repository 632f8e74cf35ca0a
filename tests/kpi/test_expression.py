"""Formulas: what they say, what they refuse, what they are worth."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.expression import AboveZero, Absolute, Expression, expression
from kpi.measures.base import Measure, Percentile
from kpi.measures.deals import CYCLE_MEDIAN, CYCLE_TIME, DEALS_LOST, DEALS_WON, REVENUE_WON
from kpi.measures.media import CLICKS, PAID_SPEND, SPEND
from kpi.measures.people import LEADS
from kpi.measures.web import KEY_EVENT_SESSIONS, SESSIONS
from kpi.text import Text
from kpi.undefined import Reason, Undefined, Value
from kpi.units import Unit, UnitClash, plain, rounded

ZERO = Reason("nothing_below", Text("nothing below the line", "rien sous la barre"))
NOT_THERE = Undefined(Reason("spend_not_connected", Text("no spend", "pas de dépenses")))
numbers = st.decimals(-(10**12), 10**12, places=6)


def value(formula: Expression, **given_values: str | Undefined) -> Value:
    by_name = {m.name: m for m in formula.inputs}
    values: dict[Measure, Value] = {
        by_name[name]: v if isinstance(v, Undefined) else Decimal(v) for name, v in given_values.items()
    }
    return formula.evaluate(values, ZERO)


def test_a_formula_prints_itself_with_only_the_brackets_it_needs() -> None:
    assert ((REVENUE_WON - SPEND) / SPEND).text() == "(revenue won − spend) ÷ spend"
    assert (SPEND / LEADS * 1000).text("fr") == "dépenses ÷ leads × 1000"
    assert (SPEND / (LEADS / DEALS_WON)).text() == "spend ÷ (leads ÷ deals won)"
    assert (LEADS - (DEALS_WON - DEALS_LOST)).text() == "leads − (deals won − deals lost)"


def test_a_formula_knows_each_input_once_in_the_order_written() -> None:
    assert ((REVENUE_WON - SPEND) / SPEND).inputs == (REVENUE_WON, SPEND)


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        (SPEND / LEADS, Unit.MONEY),
        (SPEND / LEADS * 1000, Unit.MONEY),
        ((REVENUE_WON - SPEND) / SPEND, Unit.RATIO),
        (DEALS_WON / (DEALS_WON + DEALS_LOST), Unit.RATIO),
        (CYCLE_TIME / DEALS_WON, Unit.DAYS),
        (1 - KEY_EVENT_SESSIONS / SESSIONS, Unit.RATIO),
        (LEADS, Unit.COUNT),
        (CYCLE_MEDIAN, Unit.DAYS),
    ],
)
def test_the_unit_is_read_off_the_formula(formula: Expression, unit: Unit) -> None:
    assert formula.unit is unit


def test_a_count_minus_a_ratio_is_refused_and_the_sentence_names_both_sides() -> None:
    with pytest.raises(UnitClash, match=r"“leads − sessions with a key event ÷ sessions”: count − ratio has no meaning"):
        LEADS - KEY_EVENT_SESSIONS / SESSIONS


def test_money_plus_days_is_refused() -> None:
    with pytest.raises(UnitClash, match=r"money \+ days"):
        SPEND + CYCLE_TIME


def test_money_is_not_added_to_money_per_count() -> None:
    with pytest.raises(UnitClash, match="money per count"):
        SPEND + SPEND / LEADS


def test_a_unit_that_has_no_name_cannot_be_shown() -> None:
    with pytest.raises(UnitClash, match="no unit names money"):
        _ = (SPEND * REVENUE_WON).unit


def test_a_float_has_no_place_in_a_formula() -> None:
    with pytest.raises(TypeError, match="float"):
        expression(0.1)  # type: ignore[arg-type]


def test_a_division_by_zero_is_undefined_in_the_words_it_was_given() -> None:
    assert value(SPEND / LEADS, spend="3000", leads="0") == Undefined(ZERO)
    assert value(SPEND / LEADS, spend="0", leads="0") == Undefined(ZERO)


def test_a_numerator_of_zero_gives_zero() -> None:
    assert value(SPEND / LEADS, spend="0", leads="8") == 0


def test_an_undefined_input_travels_through_with_its_own_reason() -> None:
    assert value((REVENUE_WON - SPEND) / SPEND, revenue_won="5", spend=NOT_THERE) is NOT_THERE
    assert value(SPEND / LEADS, spend=NOT_THERE, leads="0") is NOT_THERE


def test_division_keeps_28_digits() -> None:
    assert value(SPEND / LEADS, spend="1", leads="3") == Decimal("0.3333333333333333333333333333")


@given(numbers, numbers, st.integers(0, 10**12))
def test_no_number_makes_a_formula_raise(revenue: Decimal, spend: Decimal, leads: int) -> None:
    for formula in ((REVENUE_WON - SPEND) / SPEND, SPEND / LEADS * 1000, REVENUE_WON / SPEND):
        values: dict[Measure, Value] = {REVENUE_WON: revenue, SPEND: spend, LEADS: Decimal(leads)}
        found = formula.evaluate(values, ZERO)
        assert isinstance(found, Undefined) or rounded(found, formula.unit).is_finite()


@pytest.mark.parametrize(
    ("formula", "sample"),
    [
        (SPEND / LEADS, LEADS),
        (SPEND / LEADS * 1000, LEADS),
        (REVENUE_WON / SPEND, None),
        (SPEND, None),
        (CYCLE_MEDIAN, CYCLE_MEDIAN),
    ],
)
def test_what_is_counted_is_the_denominator_where_that_is_a_count(formula: Expression, sample: Expression | None) -> None:
    assert formula.sample == sample


def test_worked_check_8_percentiles_interpolate_between_the_closest_ranks() -> None:
    cycles = [5, 10, 20, 40, 200]
    assert Percentile("cycle_s", 1, 2).of(cycles) == 20
    assert Percentile("cycle_s", 9, 10).of(cycles) == 136


def test_the_percentile_of_one_value_is_that_value() -> None:
    assert Percentile("cycle_s", 9, 10).of([7]) == 7


@pytest.mark.parametrize(
    ("written", "shown"), [("12.500000", "12.5"), ("100", "100"), ("1E+3", "1000"), ("-0.000", "0"), ("0.0001", "0.0001")]
)
def test_a_value_is_shown_as_its_shortest_decimal_text(written: str, shown: str) -> None:
    assert plain(Decimal(written)) == shown


def test_rounding_is_half_even_at_the_scale_of_the_unit() -> None:
    assert rounded(Decimal("0.0000025"), Unit.MONEY) == Decimal("0.000002")
    assert rounded(Decimal("0.0000035"), Unit.MONEY) == Decimal("0.000004")


def test_a_difference_has_a_size_whichever_way_it_goes() -> None:
    gap = Absolute(SPEND - PAID_SPEND)
    for spend, paid in (("3", "10"), ("10", "3")):
        assert gap.evaluate({SPEND: Decimal(spend), PAID_SPEND: Decimal(paid)}, ZERO) == 7
    assert (gap.unit, gap.text()) == (Unit.MONEY, "|spend − spend in paid channels|")


def test_what_has_a_meaning_above_zero_only_says_so_below() -> None:
    met = Reason("met", Text("met", "atteint"))
    left = AboveZero(SPEND - PAID_SPEND, met)
    assert left.evaluate({SPEND: Decimal(3), PAID_SPEND: Decimal(1)}, ZERO) == 2
    assert left.evaluate({SPEND: Decimal(3), PAID_SPEND: Decimal(3)}, ZERO) == Undefined(met)
    assert (CLICKS / left).text() == "clicks ÷ (spend − spend in paid channels)"
