"""Sales by rep, what is open, how long stages take, and the months to come."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from sync.publish import after
from sync.publish.forecasts import update
from tests.sync.publish.web.bound import as_bound
from tests.sync.publish.web.site import site, words
from tests.sync.versions import value

SEPTEMBER = date(2026, 9, 1)


def rep(key: str, won: str, deals: str, lost: str, by: str = "owner") -> Iterator[dict[str, Any]]:
    rate = str(int(deals) / (int(deals) + int(lost)))
    yield value("revenue_won", won, {"revenue_won": won}, by=by, key=key, start=SEPTEMBER)
    yield value("deals_won", deals, {"deals_won": deals}, unit="count", by=by, key=key, start=SEPTEMBER)
    yield value("win_rate", rate, {"deals_won": deals, "deals_lost": lost}, unit="ratio", by=by, key=key, start=SEPTEMBER)


def values() -> Iterator[dict[str, Any]]:
    yield from rep("201", "5000", "3", "1")
    yield from rep("202", "9000", "4", "4")
    yield from rep("unassigned", "100", "1", "1")
    yield from rep("", "14100", "8", "6", by="total")
    no_goals = {"reason": "nobody has a goal", "reason_fr": "personne n'a d'objectif"}
    for by, key in (("owner", "201"), ("total", "")):
        yield {**value("quota_attainment", None, {}, unit="ratio", by=by, key=key, start=SEPTEMBER), **no_goals}
    yield value("stage_days_median", "12.5", {"stay_median": "12.5"}, unit="days", by="stage", key="offer", start=SEPTEMBER)
    for by, key, amount in (("owner", "201", "700"), ("owner", "202", "800"), ("pipeline", "new", "1500"), ("total", "", "1500")):
        row = value("pipeline_value", amount, {"open_amount": amount}, by=by, key=key, period="year", start=date(2026, 1, 1))
        yield {**row, "period": "all"}
    for month, won, weighted in ((10, "1000", "2500"), (11, "0", "1800")):
        inputs = {"revenue_won": won, "weighted_open": weighted}
        yield value("weighted_forecast", str(int(won) + int(weighted)), inputs, start=date(2026, month, 1))
    yield value("weighted_forecast", "1", {"revenue_won": "1"}, start=date(2026, 9, 1))
    for month in range(13):
        won, start = str(900 + 20 * (month % 5)), date(2025 + (month + 7) // 12, (month + 7) % 12 + 1, 1)
        yield value("revenue_won", won, {"revenue_won": won}, start=start)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Forecasts of revenue stand on the shelf too."""
    with site(tmp_path_factory.mktemp("sales"), values()) as (found, home, _):
        with after.filled(home.house) as current:
            update(home.house, current)
        yield found


def test_reps_stand_side_by_side_with_the_company(client: TestClient) -> None:
    """The company's win rate is its own, 8 of 14; whose deals nobody owns stand last."""
    said = words(client.get("/sales?compare=none").text)
    assert said.index("202 €9,000.00 4 50.00%") < said.index("201 €5,000.00 3 75.00%") < said.index("Not assigned €100.00 1")
    assert "75.00% 30.1% – 95.4%" in said
    assert "Total €14,100.00 8 57.14%" in said
    by_rate = words(client.get("/sales?sort=win_rate").text)
    assert by_rate.index("201 €5,000.00") < by_rate.index("202 €9,000.00")
    assert client.get("/sales?sort=charm").status_code == 400


def test_a_column_without_any_value_is_one_sentence(client: TestClient) -> None:
    said = words(client.get("/sales").text)
    assert "Quota attainment : nobody has a goal" in said
    assert said.count("nobody has a goal") == 1


def test_the_months_to_come_have_what_is_won_and_what_is_open(client: TestClient) -> None:
    """From the running one on."""
    said = words(client.get("/sales").text)
    assert "October 2026 €1,000.00 €2,500.00 €3,500.00" in said
    assert "November 2026 €0.00 €1,800.00 €1,800.00" in said
    assert "September 2026 €" not in said
    assert re.search(r"November 2026 €0.00 €1,800.00 €1,800.00 €[\d,.]+", said), "by the past of won revenue"
    assert "cannot be told yet" in said


def test_what_is_open_and_how_long_stages_take(client: TestClient) -> None:
    said = words(client.get("/sales").text)
    assert "new €1,500.00" in said
    assert "offer 12.5 days" in said


def test_a_bound_reader_sees_own_figures_and_those_of_the_company(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every table, in the file, and by no address of another's page."""
    as_bound(monkeypatch, "201")
    text = client.get("/sales").text
    said = words(text)
    assert "201 €5,000.00" in said
    assert "key=202" not in text
    assert "Total €14,100.00" in said
    assert "you see your own figures" in said
    for hidden in ("202 €", "€9,000.00", "€800.00", "Not assigned"):
        assert hidden not in said
    assert "9000" not in client.get("/sales?file=csv").text
    assert client.get("/sales/one?key=201").status_code == 200
    refused = client.get("/sales/one?key=202")
    assert refused.status_code == 404
    assert words(refused.text) == words(client.get("/sales/one?key=999").text), "nor is it told that there is one"


def test_all_of_it_is_in_french(client: TestClient) -> None:
    said = words(client.get("/sales", headers={"accept-language": "fr"}).text)
    for english in ("Sales", "Won so far", "Open today", "How long", "By pipeline", "Not assigned", "Total of", "nobody"):
        assert english not in said
    assert "personne n'a d'objectif" in said
    assert "Non attribué" in said
