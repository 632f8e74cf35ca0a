"""Visits by page and device: the same rates as by channel, from rows that add up; what the vendor held back is said."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.channels import SOURCE_NAMES
from kpi.joins import KnownName, campaign_index, place
from sync.marts.web import NOTES, TOLD, UNKNOWN_SOURCE, marks
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


_SAME_NAME = (("google_ads", "paid_search"), ("meta_ads", "paid_social"), ("hubspot", "email"), ("microsoft_ads", "display"))
_INDEX = campaign_index(
    KnownName(platform, str(n), name, channel)
    for n, (name, (platform, channel)) in enumerate(
        (name, at) for name in ("sale", "brand") for at in _SAME_NAME[: 1 + len(name) % 4]
    )
)
_WORDS = st.one_of(
    st.sampled_from(sorted(SOURCE_NAMES)),
    st.sampled_from(
        ["", "cpc", "paid-social", "organic", "referral", "none", "(none)", "(not set)", "{network}", "K", "\u212a", "é", "a%20b"]
    ),
    st.text("googlefbxt.(_K\u212a ", max_size=6),
).flatmap(lambda word: st.sampled_from([word, word.upper(), word.title()]))
_SOURCE_MEDIUMS = st.lists(
    st.lists(_WORDS, max_size=5).flatmap(lambda words: st.sampled_from(" / ./_/-/ //").map(lambda by: by.join(words))), min_size=1
)


@settings(max_examples=60)
@given(_SOURCE_MEDIUMS)
def test_a_source_that_no_rule_knows_tells_no_more_than_its_medium(told: list[str]) -> None:
    folded = duckdb.execute(
        f"SELECT source_medium, {TOLD} FROM (SELECT unnest($told) AS source_medium)", {"told": told}
    ).fetchall()
    for source_medium, short in folded:
        for name in ("sale", "brand"):
            for campaign_id in ("(not set)", "1"):
                found = [place(marks(name, campaign_id, text), _INDEX).campaign for text in (source_medium, short)]
                assert found[0] == found[1]


def test_sources_that_no_rule_knows_are_placed_as_one() -> None:
    assert UNKNOWN_SOURCE not in SOURCE_NAMES
    found = duckdb.execute(
        f"SELECT {TOLD} FROM (VALUES ('a.example / referral'), ('b.example / referral'), ('m.facebook.com / cpc')) t(source_medium)"
    )
    assert found.fetchall() == [("unknown/ referral",), ("unknown/ referral",), ("m.facebook.com / cpc",)]
