"""Quotas, active reps and forecasts as known: from goals and deals to what the KPIs read."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kpi.engine import ComputeContext, Coverage, Result, compute
from kpi.measures import FAMILIES
from kpi.periods import Period
from kpi.registry import KPIS
from tests.sync.facts import OPTIONS, Facts


def goal(facts: Facts, id: str, amount: str, first: str, last: str, owner: str | None = "41", name: str = "Revenue") -> None:
    days = {"starts_on": date.fromisoformat(first), "ends_on": date.fromisoformat(last)}
    facts.add("target", target_id=id, target_name=name, owner_id=owner, target_value=Decimal(amount), **days)


def quotas(facts: Facts, *names: str) -> dict[tuple[str, str], Decimal]:
    facts.derive(revenue_goals=names or ("rev*",))
    rows = facts.rows("SELECT period, period_start, quota_home FROM quota ORDER BY ALL")
    return {(period, str(start)): quota for period, start, quota in rows}


def computed(facts: Facts, kpi: str, period: Period, by: Any = "total") -> dict[tuple[str, str], Result]:
    context = ComputeContext(OPTIONS.as_of, OPTIONS.today, "EUR", {family: Coverage(None, 0) for family in FAMILIES})
    run = facts.rows
    found = compute([KPIS[kpi]], by=by, period=period, model="first", run=run, context=context)
    return {(r.key, str(r.period_start)): r for r in found}


def test_a_goal_of_a_quarter_gives_each_month_its_days(facts: Facts) -> None:
    goal(facts, "1", "9100", "2026-04-01", "2026-06-30")
    assert quotas(facts) == {
        ("month", "2026-04-01"): 3000,
        ("month", "2026-05-01"): 3100,
        ("month", "2026-06-01"): 3000,
        ("quarter", "2026-04-01"): 9100,
    }, "nothing is said of the year: its last day has no goal"


def test_who_joined_in_the_middle_has_a_quota_for_the_days_since(facts: Facts) -> None:
    goal(facts, "1", "700", "2026-06-24", "2026-06-30")
    assert quotas(facts) == {("month", "2026-06-01"): 700, ("quarter", "2026-04-01"): 700}


def test_a_months_goal_stands_for_its_part_of_the_quarters_and_equal_ones_add_up(facts: Facts) -> None:
    goal(facts, "1", "9100", "2026-04-01", "2026-06-30")
    goal(facts, "2", "5000", "2026-05-01", "2026-05-31")
    goal(facts, "3", "1000", "2026-05-01", "2026-05-31", name="Revenue of renewals")
    found = quotas(facts)
    assert found["month", "2026-05-01"] == 6000
    assert found["quarter", "2026-04-01"] == 3000 + 6000 + 3000


def test_goals_that_the_settings_do_not_name_are_no_quotas(facts: Facts) -> None:
    goal(facts, "1", "50", "2026-05-01", "2026-05-31", name="Calls")
    assert quotas(facts) == {}
    report = facts.derive()
    assert facts.rows("SELECT * FROM quota") == []
    assert report.counts["goals_without_days"] == 0


def test_attainment_and_coverage_stand_against_the_quota_of_the_owner(facts: Facts) -> None:
    goal(facts, "1", "1000", "2026-06-01", "2026-06-30")
    facts.won("1", "400", "2026-06-10", owner_id="41")
    facts.deal("2", amount=Decimal(1200), owner_id="41", close_on=date(2026, 6, 20))
    facts.deal("3", amount=Decimal(9999), owner_id="41", close_on=date(2026, 7, 20))
    facts.derive(revenue_goals=["Revenue"])
    assert computed(facts, "quota_attainment", "month", "owner")["41", "2026-06-01"].value == Decimal("0.4")
    assert computed(facts, "pipeline_coverage", "month", "owner")["41", "2026-06-01"].value == 2


def test_a_quota_that_is_met_leaves_nothing_to_cover_and_says_so(facts: Facts) -> None:
    goal(facts, "1", "1000", "2026-06-01", "2026-06-30")
    facts.won("1", "1000", "2026-06-10", owner_id="41")
    facts.derive(revenue_goals=["Revenue"])
    found = computed(facts, "pipeline_coverage", "month")["", "2026-06-01"]
    assert found.value is None
    assert found.reason is not None
    assert found.reason.code == "quota_met"


def test_without_a_quota_attainment_is_unknown_not_zero(facts: Facts) -> None:
    facts.won("1", "1000", "2026-06-10", owner_id="41")
    facts.derive()
    found = computed(facts, "quota_attainment", "month")["", "2026-06-01"]
    assert found.value is None
    assert found.reason is not None
    assert "kpis.revenue_goals" in found.reason.text.en


def test_revenue_is_shared_among_those_who_did_something_in_the_period(facts: Facts) -> None:
    facts.won("1", "600", "2026-06-10", owner_id="41", created="2026-05-02")
    facts.deal("2", owner_id="42", created="2026-06-03")
    facts.deal("3", owner_id="43", created="2026-01-03")
    facts.won("4", "300", "2026-06-11", created="2026-06-01")
    facts.derive()
    found = computed(facts, "revenue_per_rep", "month")["", "2026-06-01"]
    assert (found.value, found.n) == (450, 2)
    [ever] = computed(facts, "revenue_per_rep", "all").values()
    assert (ever.value, ever.n) == (300, 3)


def test_accuracy_holds_what_was_won_against_the_forecast_at_the_start(facts: Facts) -> None:
    facts.won("1", "1000", "2026-05-10")
    facts.con.execute(
        'CREATE TEMP TABLE known_forecast (period VARCHAR, period_start DATE, "by" VARCHAR, member VARCHAR, model VARCHAR, '
        "value DECIMAL(38, 10), as_of TIMESTAMP)"
    )
    for value, at in ((500, "2026-04-28 05:00"), (800, "2026-05-01 05:00"), (990, "2026-05-09 05:00")):
        row = ["month", date(2026, 5, 1), "total", "", "", value, datetime.fromisoformat(at)]
        facts.con.execute("INSERT INTO known_forecast VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    facts.derive()
    assert computed(facts, "forecast_accuracy", "month")["", "2026-05-01"].value == Decimal("0.8")
    assert computed(facts, "forecast_bias", "month")["", "2026-05-01"].value == Decimal("-0.2")


def test_a_forecast_made_too_late_is_none(facts: Facts) -> None:
    facts.won("1", "1000", "2026-05-10")
    facts.con.execute(
        "CREATE TEMP TABLE known_forecast AS SELECT 'month' AS period, DATE '2026-05-01' AS period_start, 'total' AS \"by\", "
        "'' AS member, '' AS model, CAST(990 AS DECIMAL(38, 10)) AS value, TIMESTAMP '2026-05-09 05:00' AS as_of"
    )
    facts.derive()
    found = computed(facts, "forecast_accuracy", "month")["", "2026-05-01"]
    assert found.value is None
    assert found.reason is not None
    assert found.reason.code == "no_forecast"
