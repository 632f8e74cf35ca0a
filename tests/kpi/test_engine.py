"""From marts to results: what they are worth, what they carry, and why they are empty."""

from datetime import date
from decimal import Decimal

import pytest

from kpi.engine import Coverage
from kpi.measures.base import By
from kpi.registry import KPIS
from kpi.schema import CREDIT_UNIT
from kpi.units import Unit
from tests.kpi.marts import AS_OF, DAY_S, EVERYTHING, ONLY_CRM, TODAY, WHOLE_DEAL, Marts, by_key, day, values_of

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


# --- Worked checks of KPI_DEFINITIONS §7 -------------------------------------------------------------------


def test_worked_check_5_spend_without_leads_has_no_cpl_but_shows_the_spend(marts: Marts) -> None:
    marts.spend("3000", on=day(1))
    found = marts.one("cpl")
    assert found.value is None
    assert found.reason is not None
    assert (found.reason.code, str(found.reason)) == ("nothing_below", "no lead in the period")
    assert found.inputs == {"spend": 3000, "leads": 0}
    assert values_of(found, "n", "flags") == (0, ())


def test_worked_check_6_ctr_is_clicks_over_impressions_not_the_mean_of_days(marts: Marts) -> None:
    marts.spend("5", on=day(1), clicks=10, impressions=100)
    marts.spend("5", on=day(2), clicks=10, impressions=900)
    assert marts.one("ctr").value == Decimal("0.02")


def test_worked_check_7_roas_is_five_and_roi_is_four(marts: Marts) -> None:
    marts.spend("1000", on=day(1))
    marts.deal(won_on=day(2), amount_home=5000, channel="paid_search", campaign="brand")
    assert marts.one("roas_crm").value == 5
    assert marts.one("roi").value == 4


def test_worked_check_8_cycle_mean_median_and_p90(marts: Marts) -> None:
    for days in (40, 5, 200, 10, 20):
        marts.deal(won_on=day(3), amount_home=1, cycle_s=days * DAY_S)
    found = marts.compute("cycle_days_mean", "cycle_days_median", "cycle_days_p90")
    assert [values_of(r, "value", "n", "unit") for r in found] == [(55, 5, Unit.DAYS), (20, 5, Unit.DAYS), (136, 5, Unit.DAYS)]


def test_worked_check_12_a_deal_of_two_companies_counts_once(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=1000, company_id="7")
    assert marts.one("revenue_won").value == 1000
    assert by_key(marts.compute("revenue_won", by="company")) == {"7": 1000}


def test_worked_check_14_three_wins_are_a_small_sample_and_open_deals_do_not_count(marts: Marts) -> None:
    for _ in range(3):
        marts.deal(won_on=day(1), amount_home=10)
    for _ in range(40):
        marts.deal(amount_home=10)
    found = marts.one("win_rate")
    assert values_of(found, "value", "n", "flags") == (1, 3, ("small_sample",))


# --- Sales -------------------------------------------------------------------------------------------------


def test_win_rate_puts_each_deal_in_the_period_it_closed(marts: Marts) -> None:
    marts.deal(won_on=JUNE, amount_home=1)
    marts.deal(lost_on=JULY)
    found = marts.compute("win_rate", period="month")
    assert [values_of(r, "period_start", "value") for r in found] == [(JUNE, 1), (JULY, 0)]


def test_an_amount_that_is_missing_adds_nothing_and_is_flagged_with_its_count(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=1000)
    marts.deal(won_on=day(1), amount_home=None)
    revenue, won, size = marts.compute("revenue_won", "deals_won", "avg_deal_size")
    assert values_of(revenue, "value", "flags") == (1000, ("amount_missing",))
    assert revenue.inputs == {"revenue_won": 1000, "revenue_won_amount_missing": 1}
    assert values_of(won, "value", "flags") == (2, ())
    assert values_of(size, "value", "n") == (1000, 1)


def test_an_amount_of_zero_stays_in_the_average(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=1000)
    marts.deal(won_on=day(1), amount_home=0)
    assert marts.one("avg_deal_size").value == 500


def test_the_largest_amounts_that_the_schema_holds_add_up_to_the_micro(marts: Marts) -> None:
    for _ in range(3):
        marts.deal(won_on=day(1), amount_home=Decimal("999999999999.999999"), channel="email")
    cuts: tuple[By, ...] = ("total", "channel", "product")
    for by in cuts:
        (found,) = marts.compute("revenue_won", by=by)
        assert found.value == Decimal("2999999999999.999997")


def test_a_negative_cycle_is_left_out_and_counted(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=1, cycle_s=4 * DAY_S)
    marts.deal(won_on=day(1), amount_home=1, cycle_s=None, has_negative_cycle=True)
    for found in marts.compute("cycle_days_mean", "cycle_days_median"):
        assert values_of(found, "value", "n") == (4, 1)
        assert "negative_cycle" in found.flags
        assert [v for k, v in found.inputs.items() if k.endswith("_negative_cycle")] == [1]


def test_without_a_known_cycle_the_median_is_undefined_not_zero(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=1)
    found = marts.one("cycle_days_median")
    assert (found.value, found.n, str(found.reason)) == (None, 0, "no won deal with a known cycle in the period")


def test_a_cycle_of_part_of_a_day_is_a_fraction(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=1, cycle_s=DAY_S // 2)
    assert [r.value for r in marts.compute("cycle_days_mean", "cycle_days_median")] == [Decimal("0.5")] * 2


def test_pipeline_value_is_what_is_open_now_and_has_no_months(marts: Marts) -> None:
    marts.deal(amount_home=300, owner_id="1", created_on=day(0))
    marts.deal(amount_home=200, owner_id="2", created_on=day(0))
    marts.deal(won_on=day(1), amount_home=1000)
    found = marts.one("pipeline_value")
    assert values_of(found, "value", "period_start", "period_end") == (500, TODAY, date(2026, 11, 22))
    assert by_key(marts.compute("pipeline_value", by="owner")) == {"1": 300, "2": 200}
    assert marts.compute("pipeline_value", period="month") == []


def test_a_record_without_an_owner_is_unassigned(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=10, owner_id=None)
    assert by_key(marts.compute("revenue_won", by="owner")) == {"unassigned": 10}


def test_products_sum_to_the_total_and_unallocated_counts_no_deal(marts: Marts) -> None:
    marts.deal(deal_id="d", won_on=day(1), amount_home=100)
    marts.run("DELETE FROM deal_product")
    row = {**WHOLE_DEAL, "deal_id": "d", "won_on": day(1), "is_open": False}
    lines = (("a", CREDIT_UNIT, 60), ("b", CREDIT_UNIT, 30), ("unallocated", 0, 10))
    marts.insert("deal_product", [{**row, "product_id": p, "credit": c, "amount_home": a} for p, c, a in lines])
    assert by_key(marts.compute("revenue_won", by="product")) == {"a": 60, "b": 30, "unallocated": 10}
    assert by_key(marts.compute("deals_won", by="product")) == {"a": 1, "b": 1, "unallocated": 0}
    assert by_key(marts.compute("avg_deal_size", by="product")) == {"a": 60, "b": 30, "unallocated": None}


# --- Acquisition -------------------------------------------------------------------------------------------


def test_lead_to_customer_may_pass_one_and_is_flagged(marts: Marts) -> None:
    marts.lead(on=day(1))
    marts.customer(on=day(2))
    marts.customer(on=day(2))
    found = marts.one("lead_to_customer")
    assert values_of(found, "value", "flags") == (2, ("above_one", "small_sample"))


def test_blended_cac_adds_what_no_channel_bears(marts: Marts) -> None:
    marts.spend("300", on=day(1))
    marts.overhead("700", on=day(2))
    marts.customer(on=day(3))
    marts.customer(on=day(3), channel="email")
    assert marts.one("cac_blended").value == 500
    assert marts.compute("cac_blended", by="channel") == []
    assert marts.compute("cac_blended", period="week") == []


def test_paid_cac_and_roas_read_paid_channels_only(marts: Marts) -> None:
    marts.spend("300", on=day(1), channel="paid_search")
    marts.spend("900", on=day(1), channel="events", campaign="fair")
    for channel in ("paid_search", "events", "organic_search", "unattributed"):
        marts.customer(on=day(3), channel=channel)
        marts.deal(won_on=day(3), amount_home=600, channel=channel)
    assert marts.one("cac_paid").value == 300
    assert marts.one("roas_crm").value == 2
    assert by_key(marts.compute("cac_paid", by="channel")) == {"paid_search": 300}
    assert by_key(marts.compute("roas_crm", by="channel")) == {"paid_search": 2}


def test_roi_leaves_out_what_no_touch_explains_at_every_cut(marts: Marts) -> None:
    marts.spend("100", on=day(1), channel="paid_search")
    marts.spend("50", on=day(1), channel="events", campaign="fair")
    marts.deal(won_on=day(2), amount_home=300, channel="paid_search")
    marts.deal(won_on=day(2), amount_home=9000)
    assert marts.one("roi").value == 1
    assert by_key(marts.compute("roi", by="channel")) == {"events": -1, "paid_search": 2}


def test_a_channel_that_earned_without_spend_shows_why_its_roi_is_empty(marts: Marts) -> None:
    marts.spend("100", on=day(1), channel="paid_search")
    marts.deal(won_on=day(2), amount_home=300, channel="email")
    found = {r.key: r for r in marts.compute("roi", by="channel")}
    assert str(found["email"].reason) == "no spend in the period"
    assert found["email"].inputs == {"attributed_revenue": 300, "spend": 0}


def test_the_model_that_is_asked_decides_who_gets_the_credit(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=80, channel="email", last="direct")
    for model, channel in (("first", "email"), ("last", "direct")):
        (found,) = marts.compute("revenue_won", by="channel", model=model)
        assert values_of(found, "key", "value", "model") == (channel, 80, model)


def test_the_model_is_named_only_where_it_decides(marts: Marts) -> None:
    """In all, of what only a credited touch counts for: every other total is the same under each."""
    named = {r.kpi for r in marts.compute() if r.model}
    assert named >= {"roi", "roas_crm", "cac_paid", "roi_cohort", "cac_cohort"}
    assert named.isdisjoint(
        {"revenue_won", "win_rate", "spend", "leads", "lead_to_customer", "lead_to_customer_cohort", "cac_blended"}
    )


def test_shared_credit_splits_deals_and_money(marts: Marts) -> None:
    row = {**WHOLE_DEAL, "deal_id": "1", "won_on": day(1), "is_open": False, "amount_home": 90, "model": "linear"}
    third = CREDIT_UNIT // 3
    shares = (("email", third), ("direct", third), ("referral", CREDIT_UNIT - 2 * third))
    marts.insert("deal_credit", [{**row, "campaign": "unattributed", "channel": c, "credit": share} for c, share in shares])
    revenue = by_key(marts.compute("revenue_won", by="channel", model="linear"))
    won = by_key(marts.compute("deals_won", by="channel", model="linear"))
    assert sum(v for v in revenue.values() if v is not None) == 90
    assert sum(v for v in won.values() if v is not None) == 1
    assert won["email"] == Decimal("0.333333333")


def test_cost_per_click_leaves_out_spend_whose_clicks_nobody_counts(marts: Marts) -> None:
    marts.spend("100", on=day(1), clicks=50, impressions=10_000)
    marts.spend("900", on=day(1), channel="events")
    cpc, cpm, spend = marts.compute("cpc", "cpm", "spend")
    assert values_of(cpc, "value", "n") == (2, 50)
    assert cpm.value == 10
    assert spend.value == 1000


def test_spend_without_an_exchange_rate_is_flagged_never_guessed(marts: Marts) -> None:
    marts.spend("100", on=day(1))
    marts.spend(None, on=day(1))
    found = marts.one("spend")
    assert values_of(found, "value", "flags") == (100, ("amount_missing",))
    assert found.inputs["spend_amount_missing"] == 1


def test_spend_that_holds_an_estimate_says_so_in_every_kpi_made_of_it(marts: Marts) -> None:
    marts.spend("100", on=day(1), cost_class="estimate")
    marts.lead(on=day(1))
    for name in ("spend", "cpl", "roi"):
        assert "estimate" in marts.one(name).flags


# --- Web ---------------------------------------------------------------------------------------------------


def test_session_conversion_counts_sessions_not_events(marts: Marts) -> None:
    marts.visit(90, 3, on=day(1), channel="direct")
    marts.visit(10, 2, on=day(2), channel="email")
    assert marts.one("session_conversion").value == Decimal("0.05")
    assert by_key(marts.compute("sessions", by="channel")) == {"direct": 90, "email": 10}


@pytest.mark.parametrize(
    ("column", "flag"), [("is_sampled", "sampled"), ("is_thresholded", "thresholded"), ("has_other_row", "other_row")]
)
def test_what_the_vendor_said_of_its_rows_is_kept_as_a_flag(marts: Marts, column: str, flag: str) -> None:
    marts.visit(10, 1, on=day(1))
    marts.visit(10, 1, on=day(1), said=(column,))
    assert marts.one("sessions").flags == (flag,)


def test_visitors_are_read_at_exactly_the_period_and_cut(marts: Marts) -> None:
    for _ in range(6):
        marts.lead(on=day(1), channel="email")
    marts.visitors(100, period="month", start=JUNE)
    marts.visitors(70, period="month", start=JUNE, by="channel", member="email")
    marts.visitors(30, period="day", start=day(1))
    assert marts.one("visitor_to_lead", period="month").value == Decimal("0.06")
    assert marts.one("visitor_to_lead", period="day").value == Decimal("0.2")
    (by_channel,) = marts.compute("visitor_to_lead", by="channel", period="month")
    assert by_channel.inputs == {"leads_of_visits": 6, "users": 70}


def test_visitors_that_were_not_given_are_unknown_not_zero(marts: Marts) -> None:
    marts.lead(on=day(1), channel="offline")
    (found,) = marts.compute("visitor_to_lead", by="channel", period="month")
    assert found.value is None
    assert found.reason is not None
    assert found.reason.code == "no_users"
    assert found.inputs == {"leads_of_visits": 1, "users": None}


def test_visitors_of_all_time_are_not_set_against_leads_of_a_shorter_time(marts: Marts) -> None:
    marts.lead(on=day(40))
    marts.visitors(50, period="all", start=JUNE)
    users = {**EVERYTHING, "visitors": Coverage(JUNE, 3)}
    assert marts.one("visitor_to_lead", coverage=users).value == Decimal("0.02")
    shorter = {**users, "lead": Coverage(JULY, 0)}
    assert str(marts.one("visitor_to_lead", coverage=shorter).reason) == "visitors are loaded from 2026-06-01 on"


# --- Coverage, periods, freshness ----------------------------------------------------------------------------


def test_without_a_spend_source_cost_kpis_say_so_and_show_the_rest(marts: Marts) -> None:
    marts.lead(on=day(1))
    marts.deal(won_on=day(1), amount_home=100, channel="paid_search")
    for name in ("spend", "cpl", "cac_paid", "cac_blended", "roi", "roas_crm", "cpc"):
        found = marts.one(name, coverage=ONLY_CRM)
        assert (found.value, str(found.reason)) == (None, "no spend source is connected")
    assert marts.one("cpl", coverage=ONLY_CRM).inputs == {"spend": None, "leads": 1}
    assert str(marts.one("sessions", coverage=ONLY_CRM).reason) == "no web analytics source is connected"


def test_a_source_that_is_not_connected_is_not_read(marts: Marts) -> None:
    marts.compute("cpl", coverage=ONLY_CRM)
    assert not [sql for sql in marts.statements if '"spend"' in sql]


def test_a_loaded_window_without_rows_sums_to_zero(marts: Marts) -> None:
    assert marts.one("revenue_won").value == 0
    assert marts.one("spend").value == 0
    assert marts.one("win_rate").value is None


def test_an_empty_portal_gives_one_total_per_kpi_and_nothing_else(marts: Marts) -> None:
    assert len(marts.compute()) == sum(kpi.allows("total", "all") for kpi in KPIS.values())
    cuts: tuple[By, ...] = ("channel", "owner", "deal")
    for by in cuts:
        assert marts.compute(by=by) == []
    assert marts.compute(period="month") == []


def test_a_period_that_begins_before_the_data_is_undefined(marts: Marts) -> None:
    since = {**EVERYTHING, "spend": Coverage(date(2026, 6, 15), 30)}
    marts.spend("100", on=date(2026, 6, 20))
    marts.spend("100", on=date(2026, 7, 20))
    for on in (day(1), day(40)):
        marts.lead(on=on)
    june, july = marts.compute("cpl", period="month", coverage=since)
    assert (june.value, str(june.reason)) == (None, "spend is loaded from 2026-06-15 on")
    assert june.inputs == {"spend": None, "leads": 1}
    assert june.n is None
    assert july.value == 100


def test_all_begins_where_everything_it_needs_is_loaded(marts: Marts) -> None:
    since = {**EVERYTHING, "spend": Coverage(date(2026, 6, 15), 30)}
    marts.spend("100", on=date(2026, 6, 20))
    for on in (day(1), day(20), day(21)):
        marts.lead(on=on)
    found = marts.one("cpl", coverage=since)
    assert values_of(found, "value", "period_start") == (50, date(2026, 6, 15))
    assert found.inputs["leads"] == 2
    leads = marts.one("leads", coverage=since)
    assert values_of(leads, "value", "period_start") == (3, day(1))


def test_all_ends_after_today_and_later_days_wait(marts: Marts) -> None:
    marts.lead(on=TODAY)
    marts.lead(on=date(2026, 11, 22))
    found = marts.one("leads")
    assert values_of(found, "value", "period_start", "period_end") == (1, TODAY, date(2026, 11, 22))
    assert found.flags == ()


def test_the_period_that_contains_today_is_partial_and_keeps_its_calendar_end(marts: Marts) -> None:
    marts.lead(on=date(2026, 10, 5))
    marts.lead(on=date(2026, 11, 5))
    october, november = marts.compute("leads", period="month")
    assert values_of(october, "flags", "period_end") == ((), date(2026, 11, 1))
    assert values_of(november, "flags", "period_end") == (("partial_period",), date(2026, 12, 1))


def test_a_value_is_provisional_until_every_source_it_needs_has_settled(marts: Marts) -> None:
    settling = {**EVERYTHING, "spend": Coverage(None, 30), "lead": Coverage(None, 2)}
    for on in (date(2026, 9, 5), date(2026, 10, 5)):
        marts.lead(on=on)
        marts.spend("1", on=on)
    september, october = marts.compute("cpl", period="month", coverage=settling)
    assert september.provisional_until is None
    assert october.provisional_until == date(2026, 12, 1)
    assert marts.compute("leads", period="month", coverage=settling)[1].provisional_until is None


def test_a_series_at_total_has_no_holes(marts: Marts) -> None:
    marts.deal(won_on=date(2026, 3, 10), amount_home=10)
    marts.deal(won_on=date(2026, 6, 10), amount_home=20)
    found = marts.compute("revenue_won", period="month")
    assert [r.value for r in found] == [10, 0, 0, 20]


def test_weeks_start_where_the_calendar_says(marts: Marts) -> None:
    marts.deal(won_on=date(2026, 6, 3), amount_home=10)
    (found,) = marts.compute("deals_won", period="week")
    assert values_of(found, "period_start", "period_end") == (date(2026, 6, 1), date(2026, 6, 8))


def test_a_result_has_the_json_form_of_show(marts: Marts) -> None:
    marts.spend("1000.50", on=day(1))
    for _ in range(8):
        marts.lead(on=day(2))
    assert marts.one("cpl", period="month").to_json() == {
        "kpi": "cpl",
        "by": "total",
        "key": "",
        "period_start": "2026-06-01",
        "period_end": "2026-07-01",
        "value": "125.0625",
        "unit": "money",
        "currency": "EUR",
        "n": 8,
        "inputs": {"spend": "1000.5", "leads": "8"},
        "model": None,
        "as_of": "2026-11-21T06:30:00Z",
        "provisional_until": None,
        "reason": None,
        "flags": [],
        "version": 1,
        "interval": {"low": "63.467392", "high": "290.446981"},
    }


def test_the_reason_is_told_in_the_language_asked(marts: Marts) -> None:
    found = marts.one("spend", coverage=ONLY_CRM)
    assert found.to_json("fr")["reason"] == "aucune source de dépenses n'est connectée"
    assert found.to_json()["value"] is None
    assert found.as_of == AS_OF


def test_only_money_has_a_currency(marts: Marts) -> None:
    assert {r.unit for r in marts.compute() if r.currency == "EUR"} == {Unit.MONEY}
    assert {r.currency for r in marts.compute() if r.unit is not Unit.MONEY} == {None}


def test_cost_may_be_held_against_what_came_later(marts: Marts) -> None:
    marts.spend("300", on=day(0), lagged_on=day(40))
    marts.spend("900", on=day(40), lagged_on=day(80))
    marts.customer(on=day(41), channel="paid_search", campaign="brand")
    found = {kpi: marts.compute(kpi, period="month") for kpi in ("cac_paid", "cac_paid_lagged")}
    july = {kpi: [r.value for r in results if r.period_start == date(2026, 7, 1)] for kpi, results in found.items()}
    assert july == {"cac_paid": [900], "cac_paid_lagged": [300]}
