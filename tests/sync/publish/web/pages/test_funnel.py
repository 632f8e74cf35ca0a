"""From visitor to customer: counts, shares of the step above, and cohorts with what they will come to."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from sync.publish import shelf
from sync.publish.shelf_tables import expected, series
from tests.sync.publish.web.site import site, words
from tests.sync.versions import value

FRENCH = {"accept-language": "fr"}
COHORT = "lead_to_customer_cohort"


def count(kpi: str, amount: str, **more: Any) -> dict[str, Any]:
    return value(kpi, amount, {kpi: amount}, unit="count", **more)


def cohort(customers: str, leads: str, month: int, ripe_on: str | None = None, **more: Any) -> dict[str, Any]:
    inputs = {"cohort_customers": customers, "cohort_leads": leads}
    share = str(Decimal(customers) / Decimal(leads))
    return value(COHORT, share, inputs, unit="ratio", start=date(2026, month, 1), provisional_until=ripe_on, **more)


def values() -> Iterator[dict[str, Any]]:
    for by, key in (("total", ""), ("channel", "email")):
        yield count("users", "1000", by=by, key=key)
        yield count("leads", "50", by=by, key=key)
        yield count("new_customers", "5", by=by, key=key)
        shares = (("visitor_to_lead", "0.05", "leads_of_visits", "50", "users", "1000"),)
        for kpi, amount, above, upper, below, lower in shares:
            yield value(kpi, amount, {above: upper, below: lower}, unit="ratio", by=by, key=key)
    missing = {"reason": "no contact bears the date", "reason_fr": "aucun contact ne porte la date"}
    yield {**value("mqls", None, {}, unit="count"), "period": "all", **missing}
    yield cohort("4", "40", 4)
    yield cohort("2", "40", 8, "2026-11-30")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """August's cohort is expected to come to 12 %."""
    with site(tmp_path_factory.mktemp("funnel"), values()) as (found, home, _):
        engine = shelf.engine_of(home.house)
        with engine.begin() as tx:
            at = tx.scalar(sa.select(series.c.id).where(series.c.kpi == COHORT, series.c.dimension == "total"))
            row = {"value": Decimal("0.12"), "maturity": Decimal("0.4"), "error": Decimal("0.02"), "cohorts": 8}
            tx.execute(sa.insert(expected), [{"series_id": at, "period_start": date(2026, 8, 1), **row}])
        engine.dispose()
        yield found


def test_each_step_has_its_share_of_the_one_above_with_a_range(client: TestClient) -> None:
    said = words(client.get("/funnel").text)
    assert "Visitors 1,000" in said
    assert "Leads 50" in said
    assert "5.00% 3.8% – 6.6% Visitor-to-lead rate" in said
    assert "New customers 5" in said


def test_a_step_that_the_crm_does_not_date_says_why(client: TestClient) -> None:
    """And no share is made up in its place."""
    assert "Marketing-qualified leads (MQL) — no contact bears the date" in words(client.get("/funnel").text)
    french = words(client.get("/funnel", headers=FRENCH).text)
    assert "aucun contact ne porte la date" in french


def test_a_cohort_that_is_not_ripe_says_when_and_what_it_will_come_to(client: TestClient) -> None:
    said = words(client.get("/funnel").text)
    assert "August 2026 40 2 5.00%" in said
    assert "on Nov 30, 2026 has reached about 40% of its end value 12.00% ± 2.00%" in said
    assert "April 2026 40 4 10.00%" in said
    assert said.split("April 2026 40 4")[1].split("Cohort mode")[0].strip().endswith("yes 10.00%")


def test_it_is_cut_by_channel_or_narrowed_down_to_one(client: TestClient) -> None:
    said = words(client.get("/funnel").text)
    assert "E-mail 1,000 5.00%" in said
    one = words(client.get("/funnel?channel=email").text)
    assert "August 2026 · E-mail" in one
    assert "By channel" not in one
    assert client.get("/funnel?channel=emial").status_code == 400
    assert client.get("/funnel?sort=worst").status_code == 400


def test_all_of_it_is_in_french(client: TestClient) -> None:
    said = words(client.get("/funnel", headers=FRENCH).text)
    for english in ("Visitors", "Step", "Ripe", "Of the step above", "By channel", "customer"):
        assert english not in said
    assert "Visiteurs" in said


@pytest.mark.parametrize("period", ["week", "last_30_days", "all"])
def test_what_a_kind_of_period_does_not_tell_is_said(client: TestClient, period: str) -> None:
    answer = client.get(f"/funnel?period={period}")
    assert answer.status_code == 200
    assert "nothing was recorded" in words(answer.text)
