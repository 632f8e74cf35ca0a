"""Days and periods: the company's year, rolling windows, and users that the vendor counted in periods of its own."""

from datetime import date, timedelta

import pytest

from kpi.engine import ComputeContext, Coverage, compute
from kpi.measures import FAMILIES
from kpi.periods import ROLLING, period_end
from kpi.registry import KPIS
from tests.sync.facts import OPTIONS, Facts

TODAY = OPTIONS.today


@pytest.mark.parametrize(
    ("begins", "day", "year", "quarter"),
    [
        (1, "2026-03-31", "2026-01-01", "2026-01-01"),
        (4, "2026-03-31", "2025-04-01", "2026-01-01"),
        (4, "2026-04-01", "2026-04-01", "2026-04-01"),
        (11, "2026-01-31", "2025-11-01", "2025-11-01"),
        (2, "2026-04-30", "2026-02-01", "2026-02-01"),
    ],
)
def test_years_and_quarters_begin_when_the_companys_do(facts: Facts, begins: int, day: str, year: str, quarter: str) -> None:
    facts.derive(fiscal_year_start=begins)
    found = dict(
        facts.rows(f"SELECT period, period_start FROM calendar_period WHERE day = '{day}' AND period IN ('year', 'quarter')")
    )
    assert found == {"year": date.fromisoformat(year), "quarter": date.fromisoformat(quarter)}


def test_weeks_begin_when_the_settings_say(facts: Facts) -> None:
    facts.derive(week_start="sun")
    assert facts.one(f"SELECT period_start FROM calendar_period WHERE day = '{TODAY}' AND period = 'week'") == date(2026, 6, 14)


def test_rolling_windows_end_with_yesterday(facts: Facts) -> None:
    facts.won("1", "100", str(TODAY))
    facts.won("2", "10", str(TODAY - timedelta(days=1)))
    facts.won("3", "1", str(TODAY - timedelta(days=30)))
    facts.won("4", "1000", str(TODAY - timedelta(days=31)))
    facts.derive()
    context = ComputeContext(OPTIONS.as_of, TODAY, "EUR", {family: Coverage(None, 0) for family in FAMILIES})
    [found] = compute([KPIS["revenue_won"]], by="total", period="last_30_days", model="first", run=facts.rows, context=context)
    assert (found.value, found.period_start, found.period_end) == (11, TODAY - timedelta(days=30), TODAY)
    assert "partial_period" not in found.flags


@pytest.mark.parametrize("period", ROLLING)
def test_a_rolling_window_has_its_days(facts: Facts, period: str) -> None:
    facts.won("1", "1", str(TODAY - timedelta(days=500)))
    facts.derive()
    days = facts.rows(f"SELECT day, period_start FROM calendar_period WHERE period = '{period}' ORDER BY day")
    first = days[0][0]
    assert {start for _, start in days} == {first}
    assert (len(days), period_end(period, first)) == (ROLLING[period], TODAY)  # type: ignore[arg-type, index]


def test_what_is_no_sum_of_days_has_no_rolling_window() -> None:
    assert KPIS["win_rate"].allows("total", "last_90_days")
    assert not KPIS["visitor_to_lead"].allows("total", "last_90_days"), "users are counted by the vendor, per period"
    assert not KPIS["weighted_forecast"].allows("total", "last_90_days"), "what is expected lies ahead"
    assert not KPIS["pipeline_value"].allows("total", "last_90_days"), "a stock is of today"


def test_users_of_a_year_that_is_not_the_companys_have_no_figure(facts: Facts) -> None:
    for period, start in (("year", "2026-01-01"), ("quarter", "2026-01-01"), ("month", "2026-01-01")):
        facts.add(
            "web_users",
            property_id="1",
            period=period,
            period_start=date.fromisoformat(start),
            by="total",
            member="",
            users=7,
            is_sampled=False,
            is_thresholded=False,
        )
    facts.derive(fiscal_year_start=2)
    assert facts.rows("SELECT period FROM visitors") == [("month",)]
