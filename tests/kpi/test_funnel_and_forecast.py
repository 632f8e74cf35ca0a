"""Sales and acquisition beyond the first numbers: what is expected, how fast it comes, and the way from lead to customer."""

from datetime import date, timedelta
from decimal import Decimal

from kpi.measures.base import By
from tests.kpi.marts import DAY_S, EVERYTHING, TODAY, WHOLE_DEAL, Marts, by_key, day, values_of


def test_the_forecast_of_a_month_is_what_is_won_and_what_is_expected(marts: Marts) -> None:
    """Months ahead have one too; an open deal that is overdue stands under today."""
    ahead = date(2027, 1, 15)
    marts.deal(won_on=TODAY, amount_home=100)
    marts.deal(forecast_on=TODAY, expected_on=day(3), amount_home=1000, weighted_home=Decimal(200))
    marts.deal(forecast_on=ahead, expected_on=ahead, amount_home=500, weighted_home=Decimal("50.5"))
    found = {r.period_start: r.value for r in marts.compute("weighted_forecast", period="month")}
    assert found == {date(2026, 11, 1): 300, date(2026, 12, 1): 0, date(2027, 1, 1): Decimal("50.5")}
    assert {r.period_start: r.value for r in marts.compute("weighted_forecast", period="year")} == {
        date(2026, 1, 1): 300,
        date(2027, 1, 1): Decimal("50.5"),
    }


def test_what_is_only_expected_is_in_no_other_number(marts: Marts) -> None:
    marts.deal(forecast_on=date(2027, 1, 15), amount_home=500, weighted_home=Decimal(50))
    assert [r.value for r in marts.compute("revenue_won")] == [0]
    assert marts.compute("revenue_won", period="month") == []


def test_an_open_deal_without_a_probability_adds_nothing_and_is_counted(marts: Marts) -> None:
    marts.deal(forecast_on=TODAY, amount_home=500)
    (found,) = marts.compute("weighted_forecast", period="month")
    assert (found.value, found.inputs["weighted_open_amount_missing"]) == (0, 1)
    assert "amount_missing" in found.flags


def test_velocity_reads_the_last_365_days(marts: Marts) -> None:
    """Worked check 4: 18 open, average 42,000, win rate 0.24, 78 days: 2,326.15 per day."""
    first_day = TODAY - timedelta(days=364)
    for number in range(24):
        marts.deal(won_on=first_day if number % 2 else TODAY, amount_home=42_000, cycle_s=78 * DAY_S)
    for _ in range(76):
        marts.deal(lost_on=first_day, amount_home=9)
    for _ in range(18):
        marts.deal(amount_home=1)
    marts.deal(won_on=first_day - timedelta(days=1), amount_home=10**6, cycle_s=DAY_S)
    found = marts.one("sales_velocity")
    assert found.value == Decimal("2326.153846")
    assert found.inputs["deals_won_365_days"] == 24
    assert found.currency == "EUR"


def test_a_product_has_a_velocity_of_its_own(marts: Marts) -> None:
    """Its share of the amounts, whole deals otherwise: 3 open x 1,000 x 0.5 / 10 days."""
    sold = [{"won_on": TODAY, "amount_home": 1000, "cycle_s": 10 * DAY_S}, {"lost_on": TODAY}, *[{"is_open": True}] * 3]
    marts.insert(
        "deal_product",
        [{**WHOLE_DEAL, "deal_id": marts.new_id(), "is_open": False, "product_id": "a", **row} for row in sold],
    )
    marts.deal(amount_home=10)
    found = by_key(marts.compute("sales_velocity", by="product"))
    assert found == {"a": 150, "unallocated": None}


def test_velocity_of_nothing_won_is_empty(marts: Marts) -> None:
    marts.deal(amount_home=100)
    assert values_of(marts.one("sales_velocity"), "value", "n")[0] is None


def test_time_in_a_stage_counts_by_the_day_it_was_left(marts: Marts) -> None:
    for stage, left, days in (("demo", day(1), 2), ("demo", day(2), 4), ("demo", None, None), ("quote", day(40), 10)):
        marts.insert(
            "stage_stay",
            [
                {
                    "deal_id": marts.new_id(),
                    "stage_id": stage,
                    "entered_on": day(0),
                    "left_on": left,
                    "stay_s": None if days is None else days * DAY_S,
                }
            ],
        )
    assert by_key(marts.compute("stage_days_mean", by="stage")) == {"demo": 3, "quote": 10}
    assert by_key(marts.compute("stage_days_median", by="stage", period="month")) == {"demo": 3, "quote": 10}
    (demo, _quote) = marts.compute("stage_days_p90", by="stage")
    assert (demo.value, demo.n) == (Decimal("3.8"), 2)


def test_each_step_of_the_funnel_is_counted_on_its_own_day(marts: Marts) -> None:
    marts.lead(on=day(0), channel="email", mql_on=day(1), sql_on=day(2), opportunity_on=day(40))
    marts.lead(on=day(0), channel="email", mql_on=day(1))
    marts.lead(on=day(0), channel="direct")
    june = {
        r.kpi: r.value
        for r in marts.compute("mqls", "sqls", "opportunities", "lead_to_mql", "mql_to_sql", period="month")
        if r.period_start == date(2026, 6, 1)
    }
    assert june == {"mqls": 2, "sqls": 1, "lead_to_mql": Decimal("0.6666666667"), "mql_to_sql": Decimal("0.5")}
    assert by_key(marts.compute("lead_to_mql", by="channel")) == {"direct": 0, "email": 1}


def test_a_step_that_no_contact_bears_is_unknown_not_zero(marts: Marts) -> None:
    marts.lead(on=day(0))
    marts.spend("100", on=day(0))
    without = {family: coverage for family, coverage in EVERYTHING.items() if family != "mql"}
    for name in ("mqls", "lead_to_mql", "mql_to_sql", "cost_per_mql"):
        found = marts.one(name, coverage=without)
        assert (found.value, str(found.reason)) == (
            None,
            "no contact in the CRM bears the date it became a marketing-qualified lead",
        )


def test_stages_out_of_order_are_flagged(marts: Marts) -> None:
    marts.lead(on=day(0), mql_on=day(3), sql_on=day(1), has_stage_disorder=True)
    found = marts.one("mqls")
    assert (found.value, found.inputs["mqls_stages_out_of_order"]) == (1, 1)


def test_teams_and_categories_sum_to_the_total(marts: Marts) -> None:
    for team, amount in (("7", 100), ("7", 50), (None, 25)):
        marts.deal(won_on=day(1), amount_home=amount, team_id=team)
    assert by_key(marts.compute("revenue_won", by="team")) == {"7": 150, "unassigned": 25}
    cuts: tuple[By, ...] = ("team", "category")
    for by in cuts:
        assert sum(r.value or 0 for r in marts.compute("revenue_won", by=by)) == 175


def test_a_median_of_money_keeps_its_cents(marts: Marts) -> None:
    for amount in ("10.10", "20.25"):
        marts.deal(won_on=day(1), amount_home=Decimal(amount))
    assert marts.one("deal_size_median").value == Decimal("15.175")


def test_by_value_the_win_rate_weighs_large_deals(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=1000)
    marts.deal(lost_on=day(1), amount_home=3000)
    marts.deal(lost_on=day(1), amount_home=None)
    found = marts.one("win_rate_value")
    assert (found.value, found.inputs["amount_lost_amount_missing"]) == (Decimal("0.25"), 1)


def test_attributed_revenue_sums_to_the_revenue_with_what_nobody_earned(marts: Marts) -> None:
    for channel, amount in (("email", 100), ("unattributed", 50)):
        marts.deal(won_on=day(1), amount_home=amount, channel=channel)
    assert by_key(marts.compute("attributed_revenue", by="channel")) == {"email": 100, "unattributed": 50}


def test_what_the_platforms_claim_is_divided_by_spend_with_conversions_only(marts: Marts) -> None:
    marts.spend("100", on=day(1), conversions=Decimal("2.5"), conversions_value_home=Decimal(300))
    marts.spend("900", on=day(1), channel="events")
    assert marts.one("cpa").value == 40
    assert marts.one("roas_platform").value == 3


def test_a_platforms_leads_are_held_against_spend_where_it_counts_them(marts: Marts) -> None:
    """Never against the spend of a platform that counts none apart; and never mixed with the CRM's leads."""
    marts.spend("100", on=day(1), conversions=Decimal(9), leads=Decimal(4))
    marts.spend("900", on=day(1), conversions=Decimal(9))
    found = marts.one("cpl_platform")
    assert (found.value, found.inputs["platform_leads"]) == (25, 4)


def test_days_whose_conversions_have_not_all_come_are_left_out_of_the_mature_return(marts: Marts) -> None:
    marts.spend("100", on=day(1), conversions=Decimal(2), conversions_value_home=Decimal(400))
    marts.spend("300", on=day(30), conversions=Decimal(0), conversions_value_home=Decimal(0), is_mature=False)
    marts.spend("500", on=day(1), channel="events")
    assert (marts.one("roas_platform").value, marts.one("roas_platform_mature").value) == (1, 4)


def test_bounce_is_what_engagement_leaves(marts: Marts) -> None:
    """A package in wide use publishes 1 − engaged ÷ sessions without its parentheses."""
    marts.visit(200, 10, on=day(1))
    assert (marts.one("engagement_rate").value, marts.one("bounce_rate").value) == (0, 1)
