"""Formulas as text: what they mean, and where they go wrong."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.expression import Constant, Expression, Operation
from kpi.language import MAX_DEPTH, MAX_LENGTH, Fault, names_in, parse, written
from kpi.measures import MEASURES
from kpi.measures.deals import DEALS_LOST, DEALS_WON, REVENUE_WON
from kpi.measures.media import SPEND
from kpi.measures.people import LEADS
from kpi.registry import KPIS
from kpi.units import Unit

NAMES: dict[str, Expression] = {m.name: m for m in MEASURES} | {k.name: k.formula for k in KPIS.values()}
COUNTS = (LEADS, DEALS_WON, DEALS_LOST)


def fault(text: str) -> Fault:
    with pytest.raises(Fault) as caught:
        parse(text, NAMES)
    return caught.value


numbers = st.decimals(min_value=0, max_value=10**9, places=3).map(Constant)
"""Of no unit."""
ratios = st.recursive(
    st.tuples(st.sampled_from(COUNTS), st.sampled_from(COUNTS)).map(lambda pair: Operation("÷", *pair)),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("+−×"), inner, st.one_of(inner, numbers)).map(lambda parts: Operation(*parts)),  # type: ignore[arg-type]
        st.tuples(st.one_of(inner, numbers), inner).map(lambda pair: Operation("×", *pair)),
        st.tuples(numbers, st.sampled_from(COUNTS)).map(
            lambda p: Operation("÷", Operation("×", *p), Operation("+", LEADS, p[1]))
        ),
    ),
    max_leaves=8,
)
"""Formulas of one unit, of every shape."""


@given(ratios)
def test_what_is_written_is_read_as_the_same_formula(formula: Expression) -> None:
    """Text to formula to text, in both spellings of the operators; and the formula is worth what it was."""
    text = written(formula)
    again = parse(text, NAMES)
    plain = text.replace("×", "*").replace("÷", "/").replace("−", "-")
    assert written(again) == text == written(parse(plain, NAMES))
    assert again.inputs == formula.inputs
    assert again.unit is formula.unit


@given(st.text(alphabet="abs_ leads0159.,+-*/()×÷−%é'\"#\n", max_size=60))
def test_whatever_is_typed_is_a_formula_or_a_fault_within_the_text(text: str) -> None:
    try:
        assert parse(text, NAMES).inputs
    except Fault as found:
        assert 1 <= found.column <= max(len(text), 1) + 1  # noqa: PT017 - some texts are formulas
        caret = found.pointed().splitlines()[-1].find("^")
        assert caret == 4 + found.column - 1 or not text.strip()  # noqa: PT017


def test_operators_bind_as_in_arithmetic() -> None:
    assert parse("revenue_won - spend - spend * 2", NAMES) == REVENUE_WON - SPEND - SPEND * 2
    assert parse("(revenue_won - spend) / spend", NAMES) == (REVENUE_WON - SPEND) / SPEND
    assert parse("revenue_won / deals_won / 2", NAMES) == REVENUE_WON / DEALS_WON / 2
    assert parse("spend ÷ leads × 1000", NAMES) == SPEND / LEADS * 1000


def test_a_number_keeps_its_digits() -> None:
    assert parse("0.1 * spend", NAMES).inputs == (SPEND,)
    assert parse("0.1 * spend", NAMES) == Operation("×", Constant(Decimal("0.1")), SPEND)


def test_a_kpi_stands_for_its_formula() -> None:
    assert parse("cpl * 2", NAMES) == SPEND / LEADS * 2
    assert parse("cpl * 2", NAMES).unit is Unit.MONEY


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("", 1, "the formula is empty"),
        ("   ", 1, "the formula is empty"),
        ("spend / leeds", 9, "no measure or KPI is called leeds; did you mean `leads`?"),
        ("spend + leads", 7, "money + count has no meaning"),
        ("leads / (leads - spend)", 16, "count − money has no meaning"),
        ("spend * revenue_won", 7, "no unit names money^2"),
        ("spend / 0", 7, "this division is never defined: 0 is 0 whatever the data"),
        ("spend / 0.00", 7, "this division is never defined"),
        ("spend / (leads - leads)", 7, "this division is never defined: leads − leads is 0 whatever the data"),
        ("spend / ((leads + deals_won) * 2 - leads * 2 - 2 * deals_won)", 7, "this division is never defined"),
        ("1 - spend / (leads * 0)", 11, "this division is never defined"),
        ("1,5 * spend", 1, "`1,5` is not a number; write 1.5"),
        ("spend * 1e5", 9, "`1e5` is not a number; write whole or decimal digits"),
        ("spend * 1e-5", 9, "`1e-5` is not a number"),
        ("spend * 0x10", 9, "`0x10` is not a number"),
        ("spend * .5", 9, "`.5` is not a number; write 0.5"),
        ("spend * 1.2.3", 9, "`1.2.3` is not a number"),
        ("20% * spend", 1, "`20%` is not a number; write 0.20"),
        ("spend * 123456789012345678901234", 9, "a number has at most 20 digits"),
        ("42", 1, "the formula names no measure"),
        ("spend leads", 7, "an operator is missing before this"),
        ("spend /", 8, "a name, a number or a parenthesis is missing: the formula ends here"),
        ("spend ** 2", 8, "a name, a number or a parenthesis is missing: `*` stands here"),
        ("-spend", 1, "a formula has no sign before a value"),
        ("(spend / leads", 1, "this parenthesis is never closed"),
        ("(spend leads)", 8, "an operator is missing before this"),
        ("spend / leads)", 14, "nothing opens this parenthesis"),
        ("spend; drop", 6, "`;` has no meaning here"),
        ("__import__('os')", 1, "no measure or KPI is called __import__"),
        ("spend" + " + spend" * MAX_LENGTH, MAX_LENGTH + 1, "a formula has at most"),
        ("(" * (MAX_DEPTH + 1) + "spend" + ")" * (MAX_DEPTH + 1), MAX_DEPTH + 1, "parentheses within each other"),
    ],
)
def test_a_fault_says_what_and_at_which_column(text: str, column: int, sentence: str) -> None:
    found = fault(text)
    assert found.column == column
    assert sentence in found.sentence


def test_a_fault_points_at_its_column_below_the_formula() -> None:
    assert fault("spend /\nleeds").pointed() == (
        "column 9: no measure or KPI is called leeds; did you mean `leads`?\n    spend / leeds\n            ^"
    )


def test_formulas_that_build_on_each_other_cannot_grow_without_end() -> None:
    """Each doubles the one before; thirty of them would be a thousand million parts."""
    names = dict(NAMES)
    for _ in range(5):
        names["leads"] = parse("leads + leads", names)
    with pytest.raises(Fault, match="more than 200 parts"):
        parse("leads + leads + leads + leads", names)


def test_names_are_found_also_in_a_text_that_is_no_formula() -> None:
    assert names_in("a / (b + a") == {"a": 1, "b": 6}
    assert names_in("a + $ + b") == {"a": 1}
