"""What all values of a run have in common: rates, zones, and the flags that follow from them."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import orjson
import pytest

from kpi.engine import Coverage
from sync.marts.vendor_days import other_zones
from sync.passport import LOADED, RATE, ZONE, rows
from sync.pipeline import Frame
from tests.sync.facts import OPTIONS, Facts

PARIS, TODAY = ZoneInfo("Europe/Paris"), date(2026, 6, 15)


def ad(facts: Facts, n: int, zone: str, rate_on: date | None, currency: str = "USD") -> None:
    facts.add("campaign", campaign_id=str(n), platform="google_ads", account_id="1", campaign_name=f"c{n}", channel="paid_search")
    facts.add(
        "ad_spend_daily",
        platform="google_ads",
        account_id="1",
        campaign_id=str(n),
        campaign_name=f"c{n}",
        channel="paid_search",
        spend_on=date(2026, 5, 20),
        account_zone=zone,
        currency=currency,
        spend=Decimal(100),
        spend_home=Decimal(90) if rate_on else None,
        fx_rate=Decimal("0.9") if rate_on else None,
        fx_on=rate_on,
        fx_source="ecb" if rate_on else None,
        impressions=1,
        clicks=1,
        conversions=Decimal(0),
        conversions_value=Decimal(0),
        cost_class="platform_reported",
    )


@pytest.fixture
def facts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Facts:
    made = Facts(con, tmp_path)
    ad(made, 1, "Europe/Berlin", date(2026, 5, 20))
    ad(made, 2, "America/New_York", date(2026, 5, 14))
    ad(made, 3, "Europe/Paris", None)
    made.deal("1", amount=Decimal(10), currency="CHF", amount_home=Decimal(11), fx_rate=Decimal("1.1"), fx_source="crm")
    return made


def test_a_zone_is_another_one_only_where_days_are_cut_at_another_instant() -> None:
    assert other_zones(["Europe/Berlin", "Europe/London", "Mars/Olympus", None], PARIS, TODAY) == {
        "Europe/London",
        "Mars/Olympus",
    }


def test_rates_zones_and_what_was_loaded_are_told_by_table_and_source(facts: Facts) -> None:
    """Home currency aside: 20 May at the rate of that day, of 14 May (too old), and without one."""
    facts.store()
    frame = Frame(OPTIONS.as_of, TODAY, PARIS, "Europe/Paris", "EUR", date(2026, 1, 1))
    said: dict[tuple[str, str], Any] = {
        (row["kind"], row["name"]): orjson.loads(row["value"])
        for row in rows(facts.con, frame, {"spend": Coverage(date(2026, 1, 1), 30)})
    }
    assert said[RATE, "ad_spend_daily s USD"] == {
        "rows": 3,
        "by": "ecb",
        "without_rate": 1,
        "first_rate_on": "2026-05-14",
        "last_rate_on": "2026-05-20",
        "stale": 1,
    }
    assert said[RATE, "deal s CHF"]["by"] == "crm"
    assert said[ZONE, "ad_spend_daily s America/New_York"] == {"zone": "America/New_York", "is_other": True}
    assert not said[ZONE, "ad_spend_daily s Europe/Berlin"]["is_other"]
    assert said[LOADED, "spend"] == {"since": "2026-01-01", "settles_days": 30}


def test_rows_of_another_zone_and_at_an_old_rate_are_marked(facts: Facts) -> None:
    facts.derive()
    found = facts.con.execute("SELECT campaign, is_other_zone, has_stale_rate FROM spend ORDER BY campaign").fetchall()
    assert found == [("google_ads/1", False, False), ("google_ads/2", True, True), ("google_ads/3", False, False)]
