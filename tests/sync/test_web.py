"""Visits by page and device: the same rates as by channel, from rows that add up; what the vendor held back is said."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sync.marts.web import NOTES
from tests.sync.steps import Steps

RATES = ("sessions", "session_conversion", "engagement_rate", "bounce_rate", "key_events", "users")


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Steps:
    return Steps(con, tmp_path)


def sessions(n: int, engaged: int, converted: int, on: str = "2026-05-04", **more: Any) -> dict[str, Any]:
    told = {"is_sampled": False, "is_thresholded": False, "has_other_row": False, "key_events": Decimal(converted) * 2}
    counted = {"sessions": n, "engaged_sessions": engaged, "key_event_sessions": converted}
    return {"source_id": f"{on}{more}", "property_id": "1", "visit_on": date.fromisoformat(on), **counted, **told, **more}


def landing(facts: Steps, page: str, device: str, n: int, engaged: int, converted: int, **more: Any) -> None:
    facts.add("web_landing_daily", **sessions(n, engaged, converted, landing_page=page, device_category=device, **more))


def test_visits_are_rated_by_page_and_device(facts: Steps) -> None:
    landing(facts, "/", "mobile", 90, 30, 3)
    landing(facts, "/", "desktop", 10, 10, 7)
    landing(facts, "/pricing", "desktop", 40, 20, 10, on="2026-06-02")
    landing(facts, "", "desktop", 4, 1, 0)
    landing(facts, "(not set)", "desktop", 6, 1, 0)
    facts.take_all(RATES)
    assert facts.values("session_conversion", by="page") == {"(not set)": "0", "/": "0.1", "/pricing": "0.25"}
    assert facts.values("bounce_rate", by="device") == {"desktop": "0.4666666667", "mobile": "0.6666666667"}
    assert facts.values("sessions", by="page") == {"(not set)": "10", "/": "100", "/pricing": "40"}
    assert facts.values("sessions", by="page", period="month")["/pricing 2026-06-01"] == "40"
    assert facts.values("key_events", by="device") == {"desktop": "34", "mobile": "6"}


def test_more_converting_sessions_than_sessions_are_impossible_and_set_aside(facts: Steps) -> None:
    landing(facts, "/", "mobile", 10, 5, 11)
    landing(facts, "/", "mobile", 10, 11, 5, on="2026-05-05")
    landing(facts, "/", "mobile", 10, 5, 5, on="2026-05-06")
    landing(facts, "/", "mobile", 10, 12, 5, on="2026-05-07", is_sampled=True)
    where = {"channel": "direct", "campaign_name": "(not set)", "campaign_id": "(not set)", "source_medium": "(direct) / (none)"}
    facts.add("web_traffic_daily", **sessions(10, 5, 11, **where))
    facts.take_all(RATES)
    assert facts.value("sessions", by="page") == "20", "a sampled day is an estimate: kept, and flagged"
    assert facts.results("engagement_rate", by="page")[0].flags == ("sampled",)
    assert facts.noted(NOTES["web_rows_impossible"]) == 3


@pytest.mark.parametrize("flag", ["sampled", "thresholded"])
def test_what_the_vendor_held_back_is_said_beside_visitors_too(facts: Steps, flag: str) -> None:
    told = {"is_sampled": False, "is_thresholded": False, f"is_{flag}": True}
    facts.add(
        "web_users",
        source_id="1",
        property_id="1",
        period="all",
        period_start=date(2026, 1, 1),
        by="total",
        member="",
        users=40,
        **told,
    )
    facts.take_all(RATES)
    (found,) = facts.results("users")
    assert (found.value, found.flags) == (Decimal(40), (flag,))
