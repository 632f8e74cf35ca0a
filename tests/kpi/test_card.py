"""The rules that every definition must pass: all faults at once, each with its name."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kpi.card import BadDefinitions, Definitions, Example, Kpi, RecordKpi, Source, WriteStep, check, example_value
from kpi.measures import FAMILIES
from kpi.measures.base import Count, Measure, Sum
from kpi.measures.deals import CYCLE_MEDIAN, REVENUE_WON
from kpi.measures.media import SPEND
from kpi.measures.people import LEADS
from kpi.measures.web import SESSIONS, USERS
from kpi.registry import DEFINITIONS, KPIS, RECORD_KPIS
from kpi.text import Text
from kpi.units import Unit

CPL = KPIS["cpl"]
REQUIRED = [
    "revenue_won",
    "deals_won",
    "avg_deal_size",
    "win_rate",
    "lead_to_customer",
    "cycle_days_mean",
    "cycle_days_median",
    "cycle_days_p90",
    "spend",
    "cpl",
    "cac_paid",
    "cac_blended",
    "roi",
    "roas_crm",
    "cpc",
    "cpm",
    "ctr",
    "sessions",
    "session_conversion",
    "visitor_to_lead",
    "visitor_to_customer",
    "pipeline_value",
    "leads",
    "new_customers",
]


def problems(*kpis: Kpi, record_kpis: tuple[RecordKpi, ...] = (), measures: tuple[Measure, ...] = ()) -> tuple[str, ...]:
    with pytest.raises(BadDefinitions) as caught:
        check(Definitions(kpis, record_kpis, (*DEFINITIONS.measures, *measures)))
    return caught.value.problems


def test_every_promised_kpi_is_registered() -> None:
    assert set(REQUIRED) <= set(KPIS)
    assert set(RECORD_KPIS) == {
        "lead_cost",
        "deal_acquisition_cost",
        "deal_roi",
        "company_acquisition_cost",
        "company_roi",
        "cycle_band",
    }


@pytest.mark.parametrize("kpi", KPIS.values(), ids=lambda kpi: kpi.name)
def test_the_worked_example_of_each_kpi_is_met(kpi: Kpi) -> None:
    assert example_value(kpi) == kpi.example.gives


def test_all_faults_are_reported_at_once_with_their_names() -> None:
    bad = replace(
        CPL, name="bad", source=Source(""), title=Text("Bad", ""), version=0, example=Example(CPL.example.given, gives="26")
    )
    assert problems(bad) == (
        "bad: missing French for “Bad”",
        "bad: no source",
        "bad: versions start at 1",
        "bad: the example gives 25, not 26",
    )


def test_a_name_is_taken_once_also_across_kinds() -> None:
    twin = replace(RECORD_KPIS["lead_cost"], name="cpl")
    assert problems(CPL, record_kpis=(twin,)) == ("cpl: 2 KPIs have this name",)


def test_a_measure_nobody_registered_is_unknown() -> None:
    stranger = replace(LEADS, name="strangers")
    formula = SPEND / stranger
    assert problems(replace(CPL, formula=formula, example=Example({SPEND: "100", stranger: "4"}, gives="25"))) == (
        "cpl: unknown measure strangers",
    )


def test_a_formula_whose_unit_has_no_name_is_reported() -> None:
    squared = replace(
        CPL, formula=SPEND * REVENUE_WON, grains=("total",), example=Example({SPEND: "1", REVENUE_WON: "1"}, gives="1")
    )
    assert problems(squared) == ("cpl: “spend × revenue won”: no unit names money^2",)


def test_a_cut_that_a_measure_does_not_have_is_reported() -> None:
    assert problems(replace(CPL, grains=("total", "owner"))) == ("cpl: spend cannot be cut by owner",)
    assert problems(replace(KPIS["roi"], grains=("product",)))[0] == "roi: attributed_revenue cannot be cut by product"


def test_a_stock_has_no_months() -> None:
    assert problems(replace(KPIS["pipeline_value"], periods=("all", "month"))) == (
        "pipeline_value: a stock and a trailing window are known at one moment only, so its only period is `all`",
    )


def test_an_example_without_an_input_is_reported() -> None:
    assert problems(replace(CPL, example=Example({SPEND: "3000"}, gives="25"))) == ("cpl: the example has no leads",)


def test_an_example_may_be_undefined() -> None:
    check(Definitions((replace(CPL, example=Example({SPEND: "3000", LEADS: "0"}, gives=None)),), (), DEFINITIONS.measures))


def test_a_measure_over_a_column_that_no_mart_has_is_reported() -> None:
    lost = Measure("lost", Text("lost", "perdu"), Unit.MONEY, FAMILIES["lead"], Sum("amount"), "lead_on")
    dated = Measure("dated", Text("dated", "daté"), Unit.COUNT, FAMILIES["visitors"], Count(), "seen_on")
    assert problems(measures=(lost, dated)) == (
        "measure lost: mart lead has no column amount",
        "measure lost: mart lead_credit has no column amount",
        "measure dated: mart visitors has no column seen_on",
    )


def test_units_grains_and_counts_come_from_the_formula() -> None:
    assert CPL.unit is Unit.MONEY
    assert CPL.allows("channel", "month")
    assert not CPL.allows("owner", "month")
    assert not KPIS["pipeline_value"].allows("total", "month")


def test_attribution_decides_where_credit_is_shared_or_asked_for() -> None:
    assert not CPL.is_credited("total")
    assert CPL.is_credited("channel")
    assert KPIS["roi"].is_credited("total")
    assert not KPIS["sessions"].is_credited("channel")


@pytest.mark.parametrize(
    ("unit", "step"),
    [
        (Unit.MONEY, WriteStep(Decimal("0.01"), is_share=True)),
        (Unit.RATIO, WriteStep(Decimal("0.005"))),
        (Unit.DAYS, WriteStep(Decimal(1))),
        (Unit.COUNT, WriteStep(Decimal(0))),
    ],
)
def test_write_steps_are_those_of_the_definitions(unit: Unit, step: WriteStep) -> None:
    assert {card.write_step for card in DEFINITIONS.cards if card.unit is unit} == {step}


def test_users_and_percentiles_are_measures_that_do_not_add() -> None:
    assert USERS.facts.own_periods == "cuts"
    assert CYCLE_MEDIAN.sample is CYCLE_MEDIAN
    assert SESSIONS.sample is None
