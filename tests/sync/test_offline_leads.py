"""Leads that came in offline brought no visit: what visits turn into leaves them out, unless the settings count them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from sync.marts import cohorts, deals, people, touches, vendor_days, web
from sync.marts.desk import Desk
from tests.sync.steps import Steps

RATES = ("contact_conversion", "visitor_to_lead", "leads")


@pytest.fixture
def portal(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Steps:
    """Forty sessions by twenty visitors; ten leads, four of them from imports, by hand or from a fair."""
    steps = Steps(con, tmp_path)
    told = {"is_sampled": False, "is_thresholded": False}
    steps.add(
        "web_traffic_daily",
        source_id="1",
        property_id="1",
        visit_on=date(2026, 2, 1),
        channel="Direct",
        campaign_name="(not set)",
        campaign_id="(not set)",
        source_medium="(direct) / (none)",
        sessions=40,
        engaged_sessions=20,
        key_event_sessions=10,
        key_events=Decimal(10),
        has_other_row=False,
        **told,
    )
    steps.add(
        "web_users",
        source_id="1",
        property_id="1",
        period="all",
        period_start=date(2026, 1, 1),
        by="total",
        member="",
        users=20,
        **told,
    )
    for n in range(4):
        steps.contact(f"fair {n}", first_source="OFFLINE")
    for n in range(3):
        steps.contact(f"web {n}", first_source="DIRECT_TRAFFIC")
    steps.contact("back online", first_source="DIRECT_TRAFFIC", last_source="OFFLINE")
    steps.contact("tagged", first_source="OFFLINE", first_utm_id="11", first_utm_source="google")
    steps.contact("of nowhere")
    steps.spend("11", "2026-02-01", "100")
    return steps


def read(steps: Steps, **changes: str) -> Steps:
    def everything(desk: Desk) -> None:
        index = touches.campaigns(desk)
        touches.place_touches(desk, index)
        learned = deals.deals(desk)
        people.customers(desk)
        cohorts.lead_outcomes(desk)
        people.leads(desk, learned)
        vendor_days.vendor_zones(desk)
        web.web(desk, index)

    steps.take([everything], RATES, **changes)
    return steps


def test_leads_that_came_in_offline_are_not_held_against_visits(portal: Steps) -> None:
    read(portal)
    assert portal.value("contact_conversion") == "0.15", "6 of 40: a link that was followed, and no source at all, may be visits"
    assert portal.value("visitor_to_lead") == "0.3"
    assert portal.values("contact_conversion", by="channel") == {"direct": "0.1", "paid_search": None, "unattributed": None}
    assert portal.value("leads") == "10", "leads all the same"


def test_leads_that_came_in_offline_are_held_against_visits_where_the_settings_say_so(portal: Steps) -> None:
    read(portal, offline_leads="count")
    assert portal.value("contact_conversion") == "0.25"
    assert portal.value("visitor_to_lead") == "0.5"
