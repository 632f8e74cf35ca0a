"""Marts: what measures read, made from facts with all their dirt."""

import gc
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kpi.channels import CHANNELS
from kpi.records import RecordValue
from kpi.schema import CREDIT_UNIT, MARTS, columns
from kpi.summary import summary
from sync.derive import DeriveReport
from tests.sync.facts import READ_AT, Facts


def values(report: DeriveReport, object: str, record_id: str) -> dict[str, Any]:
    return {v.property: v.value for v in report.records if (v.object, v.record_id) == (object, record_id)}


# --- shape -------------------------------------------------------------------------------------------------------


def test_an_empty_portal_gives_empty_marts_of_the_declared_types(facts: Facts) -> None:
    report = facts.derive()
    for name, model in MARTS.items():
        found = [(row[0], row[1]) for row in facts.rows(f'DESCRIBE "{name}"')]
        assert found == [(c.name, c.sql_type) for c in columns(model)]
        days = {"calendar": 365, "calendar_period": 5 * 365 + 30 + 90 + 165}  # of a year only what is in the calendar
        assert facts.one(f'SELECT count(*) FROM "{name}"') == days.get(name, 0)
    assert tuple(report.records) == ()
    assert report.notes == ()


def test_deriving_twice_gives_the_same(facts: Facts) -> None:
    facts.contact("1", first_source="PAID_SEARCH")
    facts.won("7", "100", contacts="1")
    first = facts.derive()
    values_before = tuple(first.records)
    rows = facts.rows("SELECT * FROM deal_credit ORDER BY ALL")
    again = facts.derive()
    assert (tuple(again.records), replace(again, records=())) == (values_before, replace(first, records=()))
    assert facts.rows("SELECT * FROM deal_credit ORDER BY ALL") == rows


def test_few_values_of_records_are_in_memory_whatever_their_number(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 contacts have 4,000 values; those of the record in hand are alive at any time."""
    alive: list[int] = []

    def watched(*arguments: Any) -> str | None:
        if len(alive) % 100 == 0:
            alive.append(sum(type(one) is RecordValue for one in gc.get_objects()))
        else:
            alive.append(0)
        return summary(*arguments)

    monkeypatch.setattr("sync.record_inputs.summary", watched)
    for number in range(1_000):
        facts.contact(str(number))
    report = facts.derive()
    assert sum(1 for _ in report.records) == 4_000
    assert (len(alive), report.records.count) == (1_000, 1_000)
    assert max(alive) <= 10


# --- outcomes ----------------------------------------------------------------------------------------------------


def test_a_deal_is_won_when_it_first_entered_a_won_stage(facts: Facts) -> None:
    facts.add("stage", stage_id="won2", pipeline_id="p", stage_name="Paid", probability=Decimal(1), is_closed=True)
    facts.deal("7", "won2", amount=Decimal(9), close_on=date(2026, 5, 30))
    for stage, day in (("won", 10), ("won2", 20), ("lost", 5)):
        at = datetime(2026, 4, day, 12, tzinfo=UTC)
        facts.add("deal_stage_entry", deal_id="7", stage_id=stage, entered_at=at, entered_on=at.date())
    facts.derive()
    assert facts.rows("SELECT won_on, lost_on, is_open, cycle_s, expected_on FROM deal_outcome") == [
        (date(2026, 4, 10), None, False, 40 * 86_400 + 43_200, None)
    ]


def test_a_reopened_deal_is_not_won(facts: Facts) -> None:
    facts.deal("7", "open", amount=Decimal(9), close_on=date(2026, 7, 1))
    at = datetime(2026, 4, 10, tzinfo=UTC)
    facts.add("deal_stage_entry", deal_id="7", stage_id="won", entered_at=at, entered_on=at.date())
    facts.derive()
    assert facts.rows("SELECT won_on, is_open, cycle_s, expected_on FROM deal_outcome") == [(None, True, None, date(2026, 7, 1))]
    assert facts.rows("SELECT * FROM customer") == []


def test_without_stage_entries_the_close_date_decides(facts: Facts) -> None:
    facts.won("7", "9", "2026-03-11")
    facts.deal("8", "lost", close_on=date(2026, 3, 12))
    facts.derive()
    assert facts.rows("SELECT won_on, lost_on, cycle_s FROM deal_outcome ORDER BY deal_id") == [
        (date(2026, 3, 11), None, 10 * 86_400),
        (None, date(2026, 3, 12), None),
    ]


def test_won_lost_and_open_make_all_deals(facts: Facts) -> None:
    facts.won("1", "1")
    facts.deal("2", "lost", close_on=date(2026, 4, 1))
    facts.deal("3", "open")
    facts.deal("4", "a stage nobody knows")
    facts.deal("5", archived_at=READ_AT)
    facts.deal("6", merged_into="1")
    facts.derive()
    assert facts.rows("SELECT count(won_on), count(lost_on), count(*) FILTER (is_open), count(*) FROM deal_outcome") == [
        (1, 1, 2, 4)
    ]


def test_a_negative_cycle_is_null_and_counted(facts: Facts) -> None:
    facts.won("7", "9", "2026-02-01")
    report = facts.derive()
    assert facts.rows("SELECT cycle_s, has_negative_cycle FROM deal_outcome") == [(None, True)]
    assert report.counts["negative_cycles"] == 1


def test_a_deal_with_two_companies_counts_once_for_its_primary_one(facts: Facts) -> None:
    facts.company("1")
    facts.company("2")
    facts.won("7", "1000", companies="2 1")
    report = facts.derive()
    assert facts.rows("SELECT company_id, amount_home FROM deal_outcome") == [("2", Decimal(1000))]
    assert facts.one("SELECT sum(amount_home) FROM deal_outcome") == 1000
    assert values(report, "companies", "2")["revenue_won"] == Decimal("1000.00")
    assert values(report, "companies", "1")["revenue_won"] is None


def test_without_a_primary_company_the_lowest_id_counts_whichever_way_the_link_was_read(facts: Facts) -> None:
    facts.company("9")
    facts.company("10")
    facts.won("7", "1")
    facts.link("companies", "10", "deals", "7")
    facts.link("companies", "9", "deals", "7")
    facts.derive()
    assert facts.one("SELECT company_id FROM deal_outcome") == "9"


# --- merges ------------------------------------------------------------------------------------------------------


def test_what_was_associated_with_a_merged_record_belongs_to_its_survivor(facts: Facts) -> None:
    facts.contact("1", merged_into="2")
    facts.contact("2", merged_into="3")
    facts.contact("3", first_source="PAID_SOCIAL")
    facts.company("1", merged_into="2")
    facts.company("2")
    facts.won("7", "10", contacts="1 3", companies="1")
    report = facts.derive()
    assert facts.rows("SELECT contact_id FROM lead") == [("3",)]
    assert facts.one("SELECT company_id FROM deal_outcome") == "2"
    assert facts.rows("SELECT channel, credit FROM deal_credit WHERE model = 'first'") == [("paid_social", CREDIT_UNIT)]
    assert {v.record_id for v in report.records if v.object == "contacts"} == {"3"}


def test_a_link_to_an_archived_record_is_no_link(facts: Facts) -> None:
    facts.contact("1", archived_at=READ_AT)
    facts.company("1", archived_at=READ_AT)
    facts.won("7", "10", contacts="1", companies="1")
    report = facts.derive()
    assert report.counts["deals_without_contact"] == report.counts["deals_without_company"] == 1


# --- credit ------------------------------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def credited(facts: Facts, model: str, table: str = "deal_credit") -> list[tuple[Any, ...]]:
    return facts.rows(f"SELECT channel, campaign, credit FROM {table} WHERE model = '{model}' ORDER BY ALL")


def test_first_and_last_visit_of_all_contacts_before_winning_earn_the_credit(facts: Facts) -> None:
    facts.contact(
        "1",
        first_touch_at=at("2026-02-05"),
        first_source="PAID_SEARCH",
        last_touch_at=at("2026-04-01"),
        last_source="EMAIL_MARKETING",
    )
    facts.contact(
        "2",
        first_touch_at=at("2026-02-03"),
        first_source="REFERRALS",
        last_touch_at=at("2026-06-01"),
        last_source="DIRECT_TRAFFIC",
    )
    facts.won("7", "10", contacts="1 2")
    facts.derive()
    assert credited(facts, "first") == [("referral", "unattributed", CREDIT_UNIT)]
    assert credited(facts, "last") == [("email", "unattributed", CREDIT_UNIT)]


def test_a_visit_on_the_closing_day_counts_when_only_the_day_is_known(facts: Facts) -> None:
    facts.contact("1", first_touch_at=at("2026-05-10T15:00"), first_source="PAID_SEARCH")
    facts.won("7", "10", "2026-05-10", contacts="1")
    facts.derive()
    assert credited(facts, "first") == [("paid_search", "unattributed", CREDIT_UNIT)]


def test_a_lookback_drops_older_visits_and_none_keeps_the_whole_history(facts: Facts) -> None:
    facts.contact("1", first_touch_at=at("2025-01-01"), first_source="PAID_SEARCH")
    facts.won("7", "10", contacts="1")
    facts.derive(lookback_days=90)
    assert credited(facts, "first") == [("unattributed", "unattributed", CREDIT_UNIT)]
    facts.derive(lookback_days=None)
    assert credited(facts, "first") == [("paid_search", "unattributed", CREDIT_UNIT)]


def test_an_open_deals_origin_does_not_change_by_waiting(facts: Facts) -> None:
    facts.contact("1", first_touch_at=at("2026-02-05"), first_source="PAID_SEARCH")
    facts.deal("7", contacts="1")
    facts.derive(lookback_days=90, as_of=datetime(2028, 1, 1, tzinfo=UTC))
    assert credited(facts, "first") == [("paid_search", "unattributed", CREDIT_UNIT)]


def test_a_deal_without_touches_is_unattributed_and_channels_make_the_total(facts: Facts) -> None:
    facts.contact("1", first_source="PAID_SEARCH")
    facts.contact("2")
    facts.won("7", "10.50", contacts="1")
    facts.won("8", "7", contacts="2")
    facts.won("9", "3")
    facts.derive()
    by_channel = facts.rows(
        f"SELECT channel, sum(amount_home * credit) / {CREDIT_UNIT} FROM deal_credit WHERE model = 'first' GROUP BY 1 ORDER BY 1"
    )
    assert by_channel == [("paid_search", 10.5), ("unattributed", 10.0)]
    assert facts.one("SELECT sum(amount_home) FROM deal_outcome") == Decimal("20.5")
    assert {row[0] for row in facts.rows(f"SELECT sum(credit) // {CREDIT_UNIT} FROM deal_credit GROUP BY deal_id, model")} == {1}


def test_a_contacts_click_belongs_to_the_visit_nearest_to_it(facts: Facts) -> None:
    facts.spend("11", "2026-04-01", "10", "Search")
    facts.add("ad_click", click_hash="h", platform="google_ads", account_id="a", campaign_id="11", clicked_on=date(2026, 4, 2))
    facts.contact(
        "1",
        first_touch_at=at("2026-02-05"),
        first_source="ORGANIC_SEARCH",
        last_touch_at=at("2026-04-01T23:30"),
        last_source="PAID_SEARCH",
        click_hash="h",
        click_platform="google_ads",
    )
    facts.won("7", "10", contacts="1")
    facts.derive()
    assert credited(facts, "first") == [("organic_search", "unattributed", CREDIT_UNIT)]
    assert credited(facts, "last") == [("paid_search", "google_ads/11", CREDIT_UNIT)]


def test_a_click_days_from_both_visits_was_a_visit_of_its_own(facts: Facts) -> None:
    """It lies between them in time, and brings its campaign; neither visit does."""
    facts.add("ad_click", click_hash="h", platform="google_ads", account_id="a", campaign_id="11", clicked_on=date(2026, 3, 1))
    facts.contact(
        "1",
        first_touch_at=at("2026-02-05"),
        first_source="ORGANIC_SEARCH",
        last_touch_at=at("2026-04-01"),
        last_source="DIRECT_TRAFFIC",
        click_hash="h",
    )
    facts.won("7", "10", contacts="1", created="2026-03-10")
    facts.derive(models=("first", "last", "last_non_direct", "w_shaped"))
    assert credited(facts, "first") == [("organic_search", "unattributed", CREDIT_UNIT)]
    assert credited(facts, "last_non_direct") == [("paid_search", "google_ads/11", CREDIT_UNIT)]
    third = CREDIT_UNIT // 100
    assert credited(facts, "w_shaped") == [
        ("direct", "unattributed", 10 * third),
        ("organic_search", "unattributed", 60 * third),
        ("paid_search", "google_ads/11", 30 * third),
    ], "first and lead creation; deal creation; the rest"


def test_key_touches_are_found_among_all_contacts_of_a_deal(facts: Facts) -> None:
    """The oldest contact is not the one who came first, and the deal was created between visits."""
    facts.contact("1", "2026-02-20", first_touch_at=at("2026-02-01"), first_source="PAID_SEARCH")
    facts.contact(
        "2",
        "2026-02-10",
        first_touch_at=at("2026-02-08"),
        first_source="EMAIL_MARKETING",
        last_touch_at=at("2026-03-15"),
        last_source="REFERRALS",
    )
    facts.won("7", "10", contacts="1 2", created="2026-03-01")
    facts.derive(models=("u_shaped", "full_path"), record_model="u_shaped")
    assert {channel: share for channel, _, share in credited(facts, "u_shaped")} == {
        "paid_search": 4 * CREDIT_UNIT // 10,
        "email": 4 * CREDIT_UNIT // 10,
        "referral": 2 * CREDIT_UNIT // 10,
    }
    assert {channel: share for channel, _, share in credited(facts, "full_path")} == {
        "paid_search": CREDIT_UNIT // 4,
        "email": CREDIT_UNIT // 2,
        "referral": CREDIT_UNIT // 4,
    }


def test_the_crms_own_source_stands_in_where_the_settings_let_it_and_is_marked(facts: Facts) -> None:
    facts.won("7", "10", original_source="PAID_SEARCH")
    facts.won("8", "10", original_source="SOMETHING_NEW")
    facts.won("9", "10", original_source="Salon de Lyon")
    facts.derive()
    query = "SELECT deal_id, channel, is_crm_source FROM deal_credit WHERE model = 'first' ORDER BY 1"
    assert facts.rows(query) == [(id, "unattributed", False) for id in "789"]
    facts.derive(crm_source_fallback=True)
    assert facts.rows(query) == [("7", "paid_search", True), ("8", "unattributed", False), ("9", "events", True)]
    assert facts.rows("SELECT channel, is_crm_source FROM customer_credit WHERE model = 'last' ORDER BY 1") == [
        ("events", True),
        ("paid_search", True),
        ("unattributed", False),
    ]


def test_a_model_learned_from_deals_says_how_many_or_that_they_are_too_few(facts: Facts) -> None:
    facts.contact("1", first_touch_at=at("2026-02-05"), first_source="EMAIL_MARKETING")
    for number in range(29):
        facts.won(f"1{number}", "10", contacts="1")
    report = facts.derive(models=("first", "markov"))
    assert report.models == ("first",)
    assert "attribution model markov: no results, as 29 won deals have a known touch and 30 are needed" in report.notes
    assert (
        facts.rows("SELECT DISTINCT model FROM deal_credit")
        == facts.rows("SELECT DISTINCT model FROM lead_credit")
        == [("first",)]
    )
    facts.won("2", "10", contacts="1")
    facts.deal("3", "lost", contacts="1", close_on=date(2026, 5, 1))
    report = facts.derive(models=("first", "markov"))
    assert report.models == ("first", "markov")
    assert "attribution model markov: learned from the paths of 31 closed deals, 30 of them won" in report.notes
    assert facts.rows("SELECT DISTINCT channel, credit FROM deal_credit WHERE model = 'markov'") == [("email", CREDIT_UNIT)]


def test_a_click_id_alone_is_enough(facts: Facts) -> None:
    facts.add("ad_click", click_hash="h", platform="google_ads", account_id="a", campaign_id="11", clicked_on=date(2026, 2, 1))
    facts.contact("1", click_hash="h")
    report = facts.derive()
    assert credited(facts, "first", "lead_credit") == [("paid_search", "google_ads/11", CREDIT_UNIT)]
    assert report.rules == {"click_id": 1, "unattributed": 0}


# --- leads and customers -------------------------------------------------------------------------------------------


def test_the_setting_names_the_event_that_makes_a_lead(facts: Facts) -> None:
    facts.contact("1", lead_at=at("2026-03-05"), lead_on=date(2026, 3, 5))
    facts.contact("2")
    facts.derive()
    assert facts.rows("SELECT contact_id, lead_on FROM lead ORDER BY 1") == [("1", date(2026, 2, 1)), ("2", date(2026, 2, 1))]
    facts.derive(lead_event="lifecycle_lead")
    assert facts.rows("SELECT contact_id, lead_on FROM lead") == [("1", date(2026, 3, 5))]


def test_a_visit_after_the_lead_earns_it_nothing(facts: Facts) -> None:
    facts.contact("1", first_source="PAID_SEARCH", last_touch_at=at("2026-05-01"), last_source="DIRECT_TRAFFIC")
    facts.derive()
    assert credited(facts, "last", "lead_credit") == [("paid_search", "unattributed", CREDIT_UNIT)]


def test_a_company_is_a_new_customer_once_at_its_first_won_deal(facts: Facts) -> None:
    facts.company("1")
    facts.contact("5", first_source="PAID_SOCIAL")
    facts.won("7", "10", "2026-05-10", companies="1", contacts="5")
    facts.won("8", "10", "2026-04-10", companies="1", owner_id="o")
    facts.derive()
    assert facts.rows("SELECT customer_id, customer_on, owner_id FROM customer") == [("1", date(2026, 4, 10), "o")]
    assert facts.rows("SELECT channel, is_paid FROM customer_credit WHERE model = 'first'") == [("unattributed", False)]


def test_a_won_deal_without_the_unit_falls_back_to_the_next_best(facts: Facts) -> None:
    facts.company("1")
    facts.contact("5", "2026-02-02")
    facts.contact("6", "2026-02-01", first_source="PAID_SEARCH")
    facts.won("7", "10", contacts="5 6")
    facts.won("8", "10")
    facts.won("9", "10", companies="1")
    facts.derive()
    assert [r[0] for r in facts.rows("SELECT customer_id FROM customer ORDER BY 1")] == ["1", "contact:6", "deal:8"]
    assert facts.one("SELECT count(*) FROM customer_credit WHERE is_paid AND model = 'first'") == 1
    facts.derive(customer_unit="contact")
    assert [r[0] for r in facts.rows("SELECT customer_id FROM customer ORDER BY 1")] == ["6", "company:1", "deal:8"]


# --- products ------------------------------------------------------------------------------------------------------


def line(facts: Facts, deal_id: str, id: str, amount: str | None, product: str | None, currency: str | None = None) -> None:
    facts.add(
        "line_item", line_item_id=id, product_id=product, amount=None if amount is None else Decimal(amount), currency=currency
    )
    facts.link("deals", deal_id, "line_items", id)


def products(facts: Facts) -> list[tuple[Any, ...]]:
    return facts.rows(f"SELECT deal_id, product_id, amount_home, credit // {CREDIT_UNIT} FROM deal_product ORDER BY ALL")


def test_products_and_the_unallocated_rest_make_the_total(facts: Facts) -> None:
    facts.won("7", "100")
    line(facts, "7", "1", "60", "a")
    line(facts, "7", "2", "15", "b")
    line(facts, "7", "3", "5", "b")
    line(facts, "7", "4", "9", None)
    facts.won("8", "30")
    facts.deal("9")
    report = facts.derive()
    assert products(facts) == [
        ("7", "a", Decimal(60), 1),
        ("7", "b", Decimal(20), 1),
        ("7", "unallocated", Decimal(20), 0),
        ("8", "unallocated", Decimal(30), 0),
        ("9", "unallocated", None, 0),
    ]
    assert facts.one("SELECT sum(amount_home) FROM deal_product") == facts.one("SELECT sum(amount_home) FROM deal_outcome") == 130
    assert report.counts["deals_with_unexplained_amount"] == 1


def test_lines_in_the_deals_currency_are_converted_at_the_deals_own_rate(facts: Facts) -> None:
    facts.deal("7", "won", amount=Decimal(300), currency="USD", amount_home=Decimal("100"), close_on=date(2026, 5, 1))
    line(facts, "7", "1", "100", "a")
    line(facts, "7", "2", "200", "b", "USD")
    facts.derive()
    assert [(p, a) for _, p, a, _ in products(facts)] == [("a", Decimal("33.333333")), ("b", Decimal("66.666667"))]


def test_a_line_in_a_third_currency_is_not_guessed(facts: Facts) -> None:
    facts.deal("7", "won", amount=Decimal(300), currency="USD", amount_home=Decimal("100"), close_on=date(2026, 5, 1))
    line(facts, "7", "1", "100", "a", "GBP")
    facts.derive()
    assert [(p, a) for _, p, a, _ in products(facts)] == [("a", Decimal(0)), ("unallocated", Decimal(100))]


# --- spend, web, calendar --------------------------------------------------------------------------------------------


def test_a_cost_with_a_channel_or_campaign_is_spend_and_one_with_neither_is_overhead(facts: Facts) -> None:
    facts.spend("11", "2026-05-01", "10", "Brand FR")
    facts.cost("fee", "5", campaign_name="brand_fr")
    facts.cost("fair", "7", campaign_name="Salon de Lyon", channel="Salon")
    facts.cost("print", "8", channel="offline")
    facts.cost("pay", "900", kind="sales")
    facts.derive()
    assert facts.rows("SELECT source_id, channel, campaign, spend_home, is_paid_channel, impressions FROM spend ORDER BY 1") == [
        ("11@2026-05-01", "paid_search", "google_ads/11", Decimal(10), True, 100),
        ("fair", "events", "spend_file/salon de lyon", Decimal(7), False, None),
        ("fee", "paid_search", "google_ads/11", Decimal(5), True, None),
        ("print", "offline", "unattributed", Decimal(8), False, None),
    ]
    assert facts.rows("SELECT source_id, kind, amount_home FROM overhead") == [("pay", "sales", Decimal(900))]
    titles = dict(facts.rows("SELECT campaign, title FROM campaign_title"))
    assert titles["spend_file/salon de lyon"] == "Salon de Lyon"


def test_an_estimate_is_spend_only_when_opted_in_and_never_a_lead_cost(facts: Facts) -> None:
    known = {
        "domain": "d",
        "database": "fr",
        "paid_cost": Decimal(9),
        "paid_cost_home": Decimal(8),
        "currency": "USD",
        "cost_class": "estimate",
    }
    facts.add("seo_estimate", source_id="may", month_on=date(2026, 5, 1), counts_as_spend=True, **known)
    facts.add("seo_estimate", source_id="june", month_on=date(2026, 6, 1), counts_as_spend=False, **known)
    report = facts.derive()
    assert facts.rows("SELECT source_id, spend_home, cost_class, channel FROM spend") == [
        ("may", Decimal(8), "estimate", "paid_search")
    ]
    assert report.conservation == ()
    assert report.counts["estimates_as_spend"] == 1


def test_a_day_of_spend_is_mature_once_the_window_for_conversions_has_passed(facts: Facts) -> None:
    for on in ("2026-06-04", "2026-06-05"):
        facts.spend("11", on, "10")
    facts.derive(ads_window_days=10)
    assert facts.rows("SELECT spend_on, is_mature FROM spend ORDER BY ALL") == [
        (date(2026, 6, 4), True),
        (date(2026, 6, 5), False),
    ]


def test_spend_without_a_rate_is_kept_and_counted(facts: Facts) -> None:
    facts.spend("11", "2026-05-01", "10", currency="USD", spend_home=None)
    report = facts.derive()
    assert facts.rows("SELECT spend_home, conversions_value_home FROM spend") == [(None, None)]
    assert report.counts["spend_without_rate"] == 1


def test_a_renamed_campaign_is_one_campaign_under_its_current_name(facts: Facts) -> None:
    facts.spend("11", "2026-04-01", "10", "Old name")
    facts.spend("11", "2026-05-01", "10", "New name")
    facts.contact("1", first_utm_campaign="old-name")
    facts.contact("2", first_utm_campaign="new_name")
    facts.derive()
    assert facts.rows("SELECT title FROM campaign_title WHERE campaign = 'google_ads/11'") == [("New name",)]
    assert facts.one("SELECT count(*) FROM lead_credit WHERE campaign = 'google_ads/11' AND model = 'first'") == 2


def web(facts: Facts, channel: str, campaign: str, campaign_id: str, source_medium: str, sessions: int) -> None:
    facts.add(
        "web_traffic_daily",
        source_id=f"{channel}{campaign}",
        property_id="1",
        visit_on=date(2026, 5, 1),
        channel=channel,
        campaign_name=campaign,
        campaign_id=campaign_id,
        source_medium=source_medium,
        sessions=sessions,
        engaged_sessions=1,
        key_event_sessions=1,
        key_events=Decimal(1),
        is_sampled=False,
        is_thresholded=False,
        has_other_row=False,
    )


def test_traffic_keeps_the_vendors_channel_and_finds_our_campaign(facts: Facts) -> None:
    facts.spend("11", "2026-05-01", "10", "Brand FR")
    web(facts, "Paid Search", "Anything", "11", "google / cpc", 5)
    web(facts, "paid_search", "brand fr", "(not set)", "google / cpc", 2)
    web(facts, "Direct", "(direct)", "(not set)", "(direct) / (none)", 9)
    facts.derive()
    assert facts.rows("SELECT channel, campaign, sessions FROM web ORDER BY 1 DESC") == [
        ("paid_search", "google_ads/11", 7),
        ("direct", "unattributed", 9),
    ]


def test_users_of_members_that_become_one_are_left_out_because_they_do_not_add_up(facts: Facts) -> None:
    for by, member, users in (
        ("total", "", 9),
        ("channel", "Paid Search", 4),
        ("channel", "Unassigned", 3),
        ("channel", "(other)", 2),
    ):
        facts.add(
            "web_users",
            source_id=f"{by}{member}",
            property_id="1",
            period="month",
            period_start=date(2026, 5, 1),
            by=by,
            member=member,
            users=users,
            is_sampled=False,
            is_thresholded=False,
        )
    facts.derive()
    assert facts.rows('SELECT "by", member, users FROM visitors ORDER BY ALL') == [
        ("channel", "paid_search", 4),
        ("total", "", 9),
    ]


@pytest.mark.parametrize(("start", "first"), [("mon", date(2026, 6, 8)), ("sun", date(2026, 6, 14)), ("sat", date(2026, 6, 13))])
def test_weeks_start_on_the_day_that_the_settings_name(facts: Facts, start: str, first: date) -> None:
    facts.derive(week_start=start)
    found = dict(
        facts.rows("SELECT period, period_start FROM calendar_period WHERE day = DATE '2026-06-14' AND period NOT LIKE 'last%'")
    )
    assert found == {
        "day": date(2026, 6, 14),
        "week": first,
        "month": date(2026, 6, 1),
        "quarter": date(2026, 4, 1),
        "year": date(2026, 1, 1),
    }


def test_a_mistyped_year_does_not_blow_up_the_calendar(facts: Facts) -> None:
    facts.won("7", "1", "2026-05-01", created="0206-01-01")
    facts.deal("8", close_on=date(9999, 1, 1))
    facts.derive()
    assert facts.rows("SELECT min(day), max(day) FROM calendar_period") == [(date(1970, 1, 1), date(2100, 12, 31))]


# --- records and notes -------------------------------------------------------------------------------------------------


def story(facts: Facts) -> None:
    facts.spend("11", "2026-02-03", "100", "Brand FR")
    facts.company("1")
    facts.contact(
        "1", first_utm_source="google", first_utm_medium="cpc", first_utm_campaign="brand_fr", first_source="PAID_SEARCH"
    )
    facts.contact("2", first_utm_id="11", first_utm_source="google")
    facts.contact("3", first_utm_id="{campaignid}", first_source="OFFLINE")
    facts.contact("4")
    facts.won("7", "500", contacts="1 3", companies="1")


def test_records_carry_values_and_a_line_in_the_settings_language(facts: Facts) -> None:
    story(facts)
    report = facts.derive(locale="fr")
    found = values(report, "deals", "7")
    assert found["deal_acquisition_cost"] == Decimal("50.00")
    assert found["deal_roi"] == Decimal("9.0000")
    assert found["campaign"] == "Brand FR"
    assert found["summary"].replace("\xa0", " ") == "Recherche payante · Brand FR — coût 50,00 € — ROI 9,0"
    assert values(report, "contacts", "2")["lead_cost"] == Decimal("50.00")
    assert values(report, "companies", "1")["company_roi"] == Decimal("9.0000")
    assert values(report, "contacts", "4") == dict.fromkeys(
        ("first_touch_channel", "first_touch_campaign", "lead_cost", "summary")
    )
    (month,) = report.conservation
    assert (month.spend, month.deals, month.not_converted) == (Decimal(100), Decimal(50), Decimal(50))


def test_the_report_says_how_contacts_were_matched_and_what_is_missing(facts: Facts) -> None:
    story(facts)
    report = facts.derive()
    assert report.rules == {"campaign_id": 1, "utm_campaign": 1, "original_source": 1, "unattributed": 1}
    assert report.notes == (
        "contacts with a known campaign: 2 of 4 (50.0%); by click id 0, by campaign id 1, by name 1",
        "contacts that come from nowhere known: 1",
        "contacts with a tag that the ad platform never filled in, such as {campaignid}: 1",
    )
    assert facts.derive(locale="fr").notes[1] == "contacts d'origine inconnue : 1"


def test_the_record_model_decides_a_deals_own_channel(facts: Facts) -> None:
    facts.contact("1", first_source="PAID_SEARCH", last_touch_at=at("2026-03-01"), last_source="EMAIL_MARKETING")
    facts.won("7", "10", contacts="1")
    assert values(facts.derive(), "deals", "7")["channel"] == "paid_search"
    assert values(facts.derive(record_model="last"), "deals", "7")["channel"] == "email"


def test_every_channel_in_the_marts_is_one_of_ours(facts: Facts) -> None:
    story(facts)
    facts.cost("x", "1", channel="carrier pigeons")
    web(facts, "Somebody's own group", "", "", "x / y", 1)
    facts.derive()
    for table in ("deal_credit", "lead_credit", "customer_credit", "spend", "web"):
        assert {row[0] for row in facts.rows(f"SELECT channel FROM {table}")} <= set(CHANNELS)


# --- the way to the close ------------------------------------------------------------------------------------------


def test_a_stay_lasts_from_one_stages_first_entry_to_the_nexts(facts: Facts) -> None:
    facts.deal("1", "won")
    for stage, at in (("open", "2026-03-01 08:00"), ("won", "2026-03-03 20:00")):
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        facts.add("deal_stage_entry", deal_id="1", stage_id=stage, entered_at=moment, entered_on=moment.date())
    facts.derive()
    assert facts.rows("SELECT stage_id, entered_on, left_on, stay_s FROM stage_stay ORDER BY entered_on") == [
        ("open", date(2026, 3, 1), date(2026, 3, 3), 60 * 3600),
        ("won", date(2026, 3, 3), None, None),
    ]


def test_an_open_deal_is_expected_on_its_day_or_today_at_its_stages_probability(facts: Facts) -> None:
    facts.deal("1", amount=Decimal("100.01"), close_on=date(2026, 7, 1))
    facts.deal("2", amount=Decimal(100), close_on=date(2026, 6, 1))
    facts.deal("3", "elsewhere", amount=Decimal(100))
    facts.won("4", "100")
    report = facts.derive()
    assert facts.rows("SELECT deal_id, expected_on, forecast_on, weighted_home FROM deal_outcome ORDER BY 1") == [
        ("1", date(2026, 7, 1), date(2026, 7, 1), Decimal("20.002000")),
        ("2", date(2026, 6, 1), date(2026, 6, 15), Decimal("20.000000")),
        ("3", None, None, None),
        ("4", None, None, None),
    ]
    assert (report.counts["open_and_overdue"], report.counts["open_without_probability"]) == (1, 1)


def test_the_settings_keep_closed_deals_that_were_archived_and_overdue_ones_out_of_the_forecast(facts: Facts) -> None:
    """An archived deal that was open is gone; one that was won still made its customer, and nothing is written on it."""
    facts.company("1")
    facts.won("1", "100", companies="1", archived_at=READ_AT)
    facts.deal("2", "lost", amount=Decimal(5), close_on=date(2026, 5, 1), archived_at=READ_AT)
    facts.deal("3", amount=Decimal(7), archived_at=READ_AT)
    facts.won("4", "9", archived_at=READ_AT, merged_into="1")
    for id, close in (("5", "2026-06-14"), ("6", "2026-06-15")):
        facts.deal(id, amount=Decimal(20), close_on=date.fromisoformat(close))
    report = facts.derive(archived_deals="keep_closed", overdue_deals="exclude")
    assert facts.rows("SELECT deal_id, won_on, lost_on, forecast_on FROM deal_outcome ORDER BY 1") == [
        ("1", date(2026, 5, 10), None, None),
        ("2", None, date(2026, 5, 1), None),
        ("5", None, None, None),
        ("6", None, None, date(2026, 6, 15)),
    ]
    assert facts.rows("SELECT customer_id FROM customer") == [("1",)]
    assert {v.record_id for v in report.records if v.object == "deals"} == {"5", "6"}
    assert [report.counts[code] for code in ("archived_but_counted", "overdue_left_out", "open_and_overdue")] == [2, 1, 0]


def test_a_lost_deal_has_a_length_too(facts: Facts) -> None:
    facts.deal("1", "lost", close_on=date(2026, 3, 11))
    facts.derive()
    assert facts.rows("SELECT cycle_s, lost_cycle_s FROM deal_outcome") == [(None, 10 * 86_400)]


def test_who_reached_a_later_stage_has_passed_those_before(facts: Facts) -> None:
    """A missing stamp takes the next one's day; a later stage with an earlier day is counted as a fault of the data."""
    facts.contact("1", sql_on=date(2026, 3, 5))
    facts.contact("2", mql_on=date(2026, 3, 5), sql_on=date(2026, 3, 4), customer_on=date(2026, 4, 1))
    facts.contact("3")
    report = facts.derive()
    rows = facts.rows('SELECT contact_id, mql_on, sql_on, opportunity_on, has_stage_disorder FROM "lead" ORDER BY 1')
    assert rows == [
        ("1", date(2026, 3, 5), date(2026, 3, 5), None, False),
        ("2", date(2026, 3, 5), date(2026, 3, 4), date(2026, 4, 1), True),
        ("3", None, None, None, False),
    ]
    assert report.counts["stages_out_of_order"] == 1


def test_a_record_belongs_to_its_owners_team_and_a_line_to_its_products_category(facts: Facts) -> None:
    facts.add("owner", owner_id="8", team_id="7", team_name="North")
    facts.add("product", product_id="p1", category="Tools")
    facts.won("1", "100", owner_id="8")
    facts.add("line_item", line_item_id="l", product_id="p1", amount=Decimal(60))
    facts.link("deals", "1", "line_items", "l")
    facts.contact("2", owner_id="8")
    facts.derive()
    assert facts.one("SELECT team_id FROM deal_outcome") == "7"
    assert facts.one('SELECT team_id FROM "lead"') == "7"
    assert facts.one("SELECT team_id FROM customer") == "7"
    assert facts.rows("SELECT category, amount_home FROM deal_product ORDER BY 1") == [
        ("Tools", Decimal("60.000000")),
        ("unallocated", Decimal("40.000000")),
    ]
