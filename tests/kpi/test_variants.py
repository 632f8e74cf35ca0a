"""KPIs whose formula a setting decides: every variant is a sound card, says which choice it is, and counts as it says."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.card import Definitions, example_value, problems_of
from kpi.expression import AtMost
from kpi.flags import FLAGS
from kpi.language import written
from kpi.measures.subscriptions import CUSTOMER_LOSSES, CUSTOMER_MONTHS
from kpi.own import OwnKpi, with_own
from kpi.registry import BUILT_IN, KPIS
from kpi.text import Text
from kpi.undefined import Reason, Undefined
from kpi.variants import CAPPED, Choices, with_choices
from kpi.why import value_of

LIFETIMES = ("ltv_simple", "ltv", "ltv_rev", "ltv_cac", "ltv_cac_paid")
AVERAGE = Choices(arpa_customers="average")
SIXTY = Choices(longest_life_months=60)
QUARTER = Choices(velocity_days=90)
WITHOUT_BREAK, WITH_RETURNS = (Choices(reactivation_in_retention=how) for how in ("exclude", "include"))
EVERY = {
    WITHOUT_BREAK: {"retention_rate"},
    WITH_RETURNS: {"retention_rate"},
    AVERAGE: {"arpa", "arpu"},
    SIXTY: set(LIFETIMES),
    QUARTER: {"sales_velocity"},
}
ZERO = Reason("nothing_below", Text("nothing", "rien"))


def test_unless_something_else_is_chosen_the_catalogue_is_the_built_in_one() -> None:
    assert with_choices(Choices()) is BUILT_IN


@pytest.mark.parametrize("choices", EVERY)
def test_a_variant_passes_every_rule_of_cards_and_tells_that_it_is_another(choices: Choices) -> None:
    """In place of the KPI of its name, with a fingerprint and words of its own; the others are untouched."""
    found = with_choices(choices)
    assert problems_of(Definitions(found.definitions.kpis, (), found.measures)) == []
    assert [*found.kpis] == [*KPIS]
    changed = {name for name, kpi in found.kpis.items() if kpi is not KPIS[name]}
    assert changed == EVERY[choices]
    for name in changed:
        kpi, usual = found.kpis[name], KPIS[name]
        assert kpi.fingerprint != usual.fingerprint, name
        assert (kpi.explain, kpi.caveats) != (usual.explain, usual.caveats), name
        assert kpi.unit == usual.unit, name


def test_the_highest_lifetime_is_in_every_formula_that_divides_by_churn() -> None:
    """A KPI that came to rest on churn and was not held to the limit would be found here."""
    on_churn = {k.name for k in KPIS.values() if {"customer_losses", "mrr_losses"} & {m.name for m in k.formula.inputs}}
    found = with_choices(SIXTY).kpis
    assert {name for name in on_churn if found[name].formula.limits} == set(LIFETIMES) == on_churn


def test_a_lifetime_is_the_one_that_churn_tells_or_the_longest_allowed() -> None:
    """Worked check 13 stays as it is at 60 months; at 40 the lifetime of 50 months is cut, without churn it is the limit."""
    assert example_value(with_choices(SIXTY).kpis["ltv"]) == "2000"
    assert example_value(with_choices(Choices(longest_life_months=40)).kpis["ltv"]) == "1600"
    life = AtMost(CUSTOMER_MONTHS, CUSTOMER_LOSSES, 60, CAPPED)
    assert life.evaluate({CUSTOMER_MONTHS: Decimal(48), CUSTOMER_LOSSES: Decimal(0)}, ZERO) == 60
    assert life.evaluate({CUSTOMER_MONTHS: Decimal(0), CUSTOMER_LOSSES: Decimal(0)}, ZERO) == Undefined(ZERO)
    assert life.evaluate({CUSTOMER_MONTHS: Undefined(ZERO), CUSTOMER_LOSSES: Decimal(1)}, ZERO) == Undefined(ZERO)
    assert (life.text(), written(life)) == (f"min({(CUSTOMER_MONTHS / CUSTOMER_LOSSES).text()}; 60)",) * 2
    assert CAPPED in FLAGS


@settings(max_examples=50, deadline=None)
@given(months=st.integers(0, 10**9), losses=st.integers(0, 10**6), most=st.integers(1, 600))
def test_the_limit_bites_exactly_where_the_quotient_is_above_it(months: int, losses: int, most: int) -> None:
    """And what explains a change of the value works with the same number."""
    life = AtMost(CUSTOMER_MONTHS, CUSTOMER_LOSSES, most, CAPPED)
    values = [Decimal(months), Decimal(losses)]
    value = life.prepare(life.inputs, ZERO)(values)
    exact = value_of(life, {"customer_months": Fraction(months), "customer_losses": Fraction(losses)})
    assert life.reached(life.inputs)(values) == (months > losses * most)
    if not months and not losses:
        assert (value, exact) == (Undefined(ZERO), None)
    else:
        assert isinstance(value, Decimal)
        assert exact is not None
        assert value <= most
        assert abs(value - Decimal(exact.numerator) / exact.denominator) < Decimal("1e-20")


def test_an_average_needs_a_period_with_an_opening() -> None:
    assert "all" not in with_choices(AVERAGE).kpis["arpa"].periods
    assert example_value(with_choices(AVERAGE).kpis["arpa"]) == "62.5"


def test_what_a_company_builds_on_a_variant_is_made_of_it() -> None:
    own = with_own([], [OwnKpi("worth", "ltv_simple × 2")], built_in=with_choices(SIXTY)).kpis["worth"]
    assert own.formula.limits == with_choices(SIXTY).kpis["ltv_simple"].formula.limits != ()
