"""KPIs and measures that a company defines: what they become, every mistake at once, and that they compute."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kpi.engine import ComputeContext, compute
from kpi.measures.base import Count, Percentile
from kpi.own import Mistake, OwnFaults, OwnKpi, OwnMeasure, with_own
from kpi.registry import BUILT_IN, KPIS, Catalogue
from kpi.roles import FOLLOWED, ROLES
from kpi.text import Text
from kpi.units import Unit
from tests.kpi.marts import AS_OF, EVERYTHING, TODAY, Marts

BIG = OwnMeasure("big_deals", "deal", "count", None, ("amount_home >= 10000",), "won_on")


def made(*kpis: OwnKpi, measures: tuple[OwnMeasure, ...] = (), follow: tuple[str, ...] = FOLLOWED) -> Catalogue:
    return with_own(measures, kpis, follow)


def mistakes(*kpis: OwnKpi, measures: tuple[OwnMeasure, ...] = (), follow: tuple[str, ...] = FOLLOWED) -> dict[str, str]:
    """Place -> the first line of what is said."""
    with pytest.raises(OwnFaults) as caught:
        with_own(measures, kpis, follow)
    assert all(isinstance(m, Mistake) for m in caught.value.mistakes)
    return {".".join(m.place): m.sentence.splitlines()[0] for m in caught.value.mistakes}


def test_a_name_and_a_formula_are_enough() -> None:
    kpi = made(OwnKpi("ad_margin", "(revenue_won - spend) / revenue_won")).kpis["ad_margin"]
    assert kpi.title == Text("ad_margin", "ad_margin")
    assert kpi.explain == Text(
        "A KPI of your own: (revenue won − spend) ÷ revenue won.",
        "Un indicateur à vous : (chiffre d'affaires gagné − dépenses) ÷ chiffre d'affaires gagné.",
    )
    assert (kpi.unit, kpi.version, kpi.is_own, kpi.example) == (Unit.RATIO, 1, True, None)
    assert kpi.grains == ("total", "channel", "campaign")
    assert kpi.periods == ("all", "year", "quarter", "month", "week", "day")


def test_dimensions_and_periods_are_those_that_all_parts_have() -> None:
    made_of = made(OwnKpi("a", "weighted_forecast / deals_won"), OwnKpi("b", "a * 2", by=("owner",), periods=("month",))).kpis
    assert made_of["a"].grains == ("total", "pipeline", "team", "owner")
    assert made_of["a"].periods == ("year", "quarter", "month")
    assert (made_of["b"].grains, made_of["b"].periods) == (("owner",), ("month",))
    assert made(OwnKpi("c", "open_amount / 2")).kpis["c"].periods == ("all",)


def test_a_measure_reads_its_unit_from_the_column_and_its_day_where_there_is_one() -> None:
    measures = (
        BIG,
        OwnMeasure("cycle", "deal", "median", "cycle_s", time="won_on"),
        OwnMeasure("dear", "overhead", "sum", "amount_home", ("kind in ('sales')",), "cost_on"),
        OwnMeasure("open_now", "deal", "sum", "amount_home", ("is_open",), is_stock=True),
        OwnMeasure("own_buyers", "customer", "count", None),
        OwnMeasure("converted", "spend", "sum", "conversions", time="spend_on", unit="count"),
    )
    found = {m.name: m for m in made(measures=measures).measures}
    assert (found["big_deals"].measures, found["big_deals"].aggregate) == (Unit.COUNT, Count())
    assert (found["cycle"].measures, found["cycle"].aggregate) == (Unit.DAYS, Percentile("cycle_s", 1, 2, 86_400))
    assert (found["dear"].measures, found["dear"].time) == (Unit.MONEY, "cost_on")
    assert found["dear"].recipe() == "SUM(amount_home) FROM overhead WHERE \"kind\" IN ('sales') BY cost_on"
    assert (found["open_now"].time, found["own_buyers"].time) == (None, "customer_on")
    assert found["converted"].measures is Unit.COUNT


def test_a_kpi_may_bear_the_name_of_the_measure_that_it_is() -> None:
    """As built-in ones do: ``spend`` is both."""
    catalogue = made(OwnKpi("big_deals", "big_deals"), OwnKpi("cost", "spend / big_deals"), measures=(BIG,))
    assert catalogue.kpis["big_deals"].formula.inputs == catalogue.kpis["cost"].formula.inputs[1:]
    assert mistakes(OwnKpi("big_deals", "spend"), measures=(BIG,)) == {
        "measures.big_deals": "the KPI big_deals is something else; a KPI and a measure of one name must be the same"
    }


def test_by_product_a_condition_on_what_is_shared_is_not_offered() -> None:
    """There the amount is a line's share: 10,000 of it is another question."""
    catalogue = made(
        OwnKpi("n", "big_deals"), OwnKpi("m", "partner_deals"), measures=(BIG, replace(BIG, name="partner_deals", where=()))
    )
    assert "product" not in catalogue.kpis["n"].grains
    assert "product" in catalogue.kpis["m"].grains
    assert mistakes(OwnKpi("n", "big_deals", by=("product",)), measures=(BIG,)).keys() == {"own.n.by.0"}


def test_a_measure_means_something_only_where_its_kpis_do() -> None:
    """The marts have days and owners of both; overhead is known by the month, and time in stages is not a total."""
    spent = OwnMeasure("agencies", "overhead", "sum", "amount_home", ("kind = 'agency'",), "cost_on")
    waited = OwnMeasure("waited", "stay", "p90", "stay_s", time="left_on")
    kpis = made(OwnKpi("a", "agencies"), OwnKpi("b", "waited"), OwnKpi("c", "stay_time"), measures=(spent, waited)).kpis
    assert (kpis["a"].grains, kpis["a"].periods) == (("total",), ("all", "year", "quarter", "month"))
    assert kpis["b"].grains == kpis["c"].grains == ("pipeline", "stage", "team", "owner")
    assert mistakes(OwnKpi("a", "overhead / deals_won", periods=("day",))).keys() == {"own.a.periods.0"}


def test_every_built_in_kpi_and_measure_may_stand_in_a_formula() -> None:
    """Shown where they are, single deals apart."""
    named = [*KPIS, *(m.name for m in BUILT_IN.measures if m.name not in KPIS)]
    found = made(*(OwnKpi(f"own_{number}", f"{name} * 2") for number, name in enumerate(named))).kpis
    for number, name in enumerate(KPIS):
        assert set(found[f"own_{number}"].grains) == set(KPIS[name].grains) - {"deal"}
        assert set(found[f"own_{number}"].periods) == set(KPIS[name].periods)


def test_every_mistake_is_told_at_once_with_its_place() -> None:
    """What follows from another mistake is not told again."""
    measures = (
        OwnMeasure("far", "deall", "count", None),
        OwnMeasure("sums", "deal", "sum", "amount", time="won"),
        OwnMeasure("days", "deal", "sum", "cycle_s", time="won_on", unit="money"),
        OwnMeasure("what", "spend", "sum", "conversions", time="spend_on"),
        OwnMeasure("when", "deal", "count", None, ("amount = 5",)),
        OwnMeasure("words", "deal", "sum", "pipeline_id", time="won_on"),
        OwnMeasure("spend", "deal", "count", None, time="won_on"),
        OwnMeasure("people", "visitors", "sum", "users"),
    )
    kpis = (
        OwnKpi("a", "b / leads"),
        OwnKpi("b", "c * 2"),
        OwnKpi("c", "b + b"),
        OwnKpi("d", "d + leads"),
        OwnKpi("follows", "far / leads + a"),
        OwnKpi("moment", "pipeline_value / weighted_forecast"),
        OwnKpi("apart", "stage_days_mean / ctr"),
        OwnKpi("cut", "spend / leads", by=("owner", "chanel"), periods=("hour",)),
        OwnKpi("single", "lead_cost * 2"),
        OwnKpi("cpl", "spend / leads"),
        OwnKpi("Bad name", "leads"),
        OwnKpi("sales", "leads"),
        OwnKpi("summary", "leads"),
        OwnKpi("silent", "leads", title=Text("Leads", " "), version=0),
        OwnKpi("wrong", "spend / leads", given={"spend": "100", "leads": "4"}, gives="26"),
        OwnKpi("strange", "spend / leads", given={"spend": "100", "leads": "four", "x": "1"}, gives="26"),
    )
    assert mistakes(*kpis, measures=measures, follow=("sales", "marketting", "cpl", "moment", "lead_cost")) == {
        "measures.far.of": "there are no facts called deall; did you mean `deal`?",
        "measures.sums.sum": "there is no column amount; did you mean `amount_home`?",
        "measures.sums.time": "there is no column won; did you mean `won_on`?",
        "measures.days.unit": "cycle_s is not measured in money but in days",
        "measures.what": "nothing says what conversions is measured in: add `unit:`, one of money, count, days, score",
        "measures.when": "`time:` is missing: by which day is it counted? One of created_on, expected_on, forecast_on, lost_on, won_on; "
        "null for what is there now",
        "measures.when.where.0": "column 1: there is no column amount; did you mean `amount_home`?",
        "measures.words.sum": mistakes(measures=measures[5:6])["measures.words.sum"],
        "measures.spend": "spend is a built-in KPI already; give yours another name",
        "measures.people.of": mistakes(measures=measures[7:])["measures.people.of"],
        "own.b.formula": "column 1: a KPI cannot be made of itself: b → c → b",
        "own.c.formula": "column 1: a KPI cannot be made of itself: c → b → c",
        "own.d.formula": "column 1: a KPI cannot be made of itself: d → d",
        "own.moment": "its parts have no period in common (pipeline_value: all; weighted_forecast: year, quarter, month)",
        "own.apart": mistakes(kpis[6])["own.apart"],
        "own.cut.by.0": "spend cannot be told by owner; possible: total, channel, campaign",
        "own.cut.by.1": "there is no dimension chanel; did you mean `channel`?",
        "own.cut.periods.0": "there is no period hour; known: all, day, month, quarter, week, year",
        "own.single.formula": "column 1: lead_cost stands on single records; a formula is made of measures and other KPIs",
        "own.cpl": "cpl is a built-in KPI already; give yours another name",
        "own.Bad name": "a name holds a-z, 0-9 and _, begins with a letter and has at most 50 characters",
        "own.sales": "sales stands for a set of KPIs in `follow`; give yours another name",
        "own.summary": "summary is the name of a property of Cadran; give yours another name",
        "own.silent": "versions start at 1",
        "own.wrong": "the example gives 25, not 26",
        "own.strange.example.given.leads": "not a number",
        "own.strange.example.given.x": "the formula reads no measure x; it reads spend, leads",
        "follow.1": "no role or KPI is called marketting; did you mean `marketing`?",
    }


def test_what_is_followed_comes_in_the_order_of_the_settings() -> None:
    catalogue = made(OwnKpi("a", "leads"), OwnKpi("b", "spend"), follow=("b", "sales", "deals_won", "own"))
    assert catalogue.followed == ("b", *ROLES["sales"], "a")
    assert [kpi.name for kpi in catalogue.own_followed] == ["b", "a"]
    assert made(OwnKpi("a", "leads")).followed == (*BUILT_IN.followed, "a")


def test_every_role_is_short_and_of_kpis_that_there_are() -> None:
    for names in ROLES.values():
        assert 6 <= len(set(names)) == len(names) <= 10
        assert set(names) <= set(KPIS)


def test_the_fingerprint_changes_with_the_formula_and_with_what_a_measure_reads() -> None:
    def fingerprint(formula: str, where: str) -> str:
        measure = OwnMeasure("m", "deal", "count", None, (where,), "won_on")
        return made(OwnKpi("k", formula), measures=(measure,)).kpis["k"].fingerprint

    first = fingerprint("spend / m", "is_open")
    assert first == fingerprint(" spend   ÷ (m)", "is_open = true")
    assert len({first, fingerprint("spend / m", "not is_open"), fingerprint("spend / m * 2", "is_open")}) == 3


def test_own_measures_compute_like_any_other(marts: Marts) -> None:
    for amount, days in (("9999.99", 1), ("10000", 2), ("25000", 9)):
        marts.deal(
            won_on=date(2026, 6, 3), amount_home=Decimal(amount), channel="email", cycle_s=days * 86_400, pipeline_id="p'1"
        )
    marts.deal(won_on=date(2026, 7, 3), amount_home=Decimal(50000), channel="direct", cycle_s=86_400, pipeline_id="other")
    marts.spend("300", on=date(2026, 6, 1), channel="email")
    measures = (
        BIG,
        OwnMeasure("their_median", "deal", "median", "cycle_s", ('pipeline_id = "p\'1"',), "won_on"),
    )
    catalogue = made(OwnKpi("cost", "spend / big_deals"), OwnKpi("slow", "their_median * 2"), measures=measures)
    context = ComputeContext(AS_OF, TODAY, "EUR", EVERYTHING)
    kpis = [catalogue.kpis["cost"], catalogue.kpis["slow"]]
    by_total = {r.kpi: r for r in compute(kpis, by="total", period="all", model="first", run=marts.run, context=context)}
    assert (by_total["cost"].value, by_total["cost"].currency) == (Decimal(100), "EUR")
    assert by_total["cost"].inputs == {"spend": 300, "big_deals": 3}
    assert by_total["slow"].value == 4
    by_channel = compute(kpis[:1], by="channel", period="all", model="first", run=marts.run, context=context)
    assert {r.key: r.value for r in by_channel} == {"email": Decimal(150), "direct": Decimal(0)}
