"""Benchmark: a vendor's guesses stand apart from what was measured; our own past tells what a value is worth."""

from datetime import date
from pathlib import Path
from typing import Any

from sync.lake import Batch, Replaces
from sync.publish import after, search_estimates, shelf
from tests.sync.publish.months import months_before
from tests.sync.publish.web.site import site, words
from tests.sync.versions import FIRST, Versions, value

HOSTILE = "rival.example<script>alert(1)</script>"


def estimate(domain: str, month: int, traffic: int | None, *, rival: bool = False) -> tuple[str, dict[str, Any]]:
    return "seo_estimate", {
        "source_id": f"{domain} {month}",
        "domain": domain,
        "database": "fr",
        "month_on": date(2026, month, 1),
        "organic_traffic": traffic,
        "currency": "EUR",
        "cost_class": "media",
        "counts_as_spend": False,
        "is_competitor": rival,
    }


def read_estimates(home: Versions, *rows: tuple[str, dict[str, Any]]) -> int:
    """They are in the lake, and brought to the shelf."""
    batch = Batch("semrush", 1, FIRST)
    for number, row in enumerate(rows):
        batch.add(str(number), lambda row=row: [row])  # type: ignore[misc]
    assert not batch.bad, batch.bad
    with home.ledger.transaction() as tx:
        home.lake.register(tx, home.lake.write_facts(batch, ["seo_estimate"], Replaces()), FIRST)
    with shelf.opened(home.house) as found:
        return search_estimates.update(home.house, found)


def leads(month: date, amount: int) -> dict[str, Any]:
    return value("leads", str(amount), {"leads": str(amount)}, unit="count", start=month)


SESSIONS = [value("sessions", "4321", {"sessions": "4321"}, unit="count", start=date(2026, m, 1)) for m in (8, 9)]


def test_competitors_stand_beside_us_as_estimates(tmp_path: Path) -> None:
    """Own domains first; a month without a guess is not 0; never in one picture with measured sessions."""
    with site(tmp_path, SESSIONS) as (client, home, _):
        rows = [estimate("us.example", 8, 1000), estimate("us.example", 9, 1100)]
        rivals = [estimate(HOSTILE, 8, 9000, rival=True), estimate(HOSTILE, 9, None, rival=True)]
        assert read_estimates(home, *rows, *rivals) == 4
        text = client.get("/benchmark").text
        said = words(text)
        assert "estimate Guesses of a vendor" in said
        assert "us.example own 1,100 1,000" in said
        assert f"{HOSTILE} competitor — no estimate 9,000" in said
        assert "<script>alert" not in text
        for chart in text.split('<script type="application/json"')[1:]:
            assert not ("us.example" in chart.split("</script>")[0] and "4,321" in chart.split("</script>")[0])
        assert "Measured on our own site" in said
        assert "4,321" in said


def test_a_sync_brings_them_to_the_shelf(tmp_path: Path) -> None:
    """As one of the steps that follow it, whose results are shown."""
    names = [name for name, _ in after.steps()]
    assert set(after.SHOWN) <= set(names)
    with site(tmp_path, SESSIONS) as (_, home, _):
        assert read_estimates(home, estimate("us.example", 8, 1000)) == 1
        home.run(SESSIONS)
        assert after.follow(home.house) == []
        with shelf.opened(home.house) as found:
            assert [one.traffic for one in search_estimates.read(found)] == [1000]


def test_estimates_follow_what_is_stored(tmp_path: Path) -> None:
    """Their licence ends: what the lake holds no more is not shown either."""
    with site(tmp_path, SESSIONS) as (_, home, _):
        read_estimates(home, estimate("us.example", 8, 1000))
        with home.ledger.transaction() as tx:
            home.lake.register(
                tx, home.lake.write_facts(Batch("semrush", 2, FIRST), ["seo_estimate"], Replaces(everything=True)), FIRST
            )
        with shelf.opened(home.house) as found:
            search_estimates.update(home.house, found)
            assert search_estimates.read(found) == []


def test_a_followed_kpi_is_ranked_among_its_own_months(tmp_path: Path) -> None:
    """In words and as a share; too short a history is said."""
    months = months_before(date(2026, 10, 1), 10)
    values = [leads(month, 10 + at) for at, month in enumerate(months)]
    with site(tmp_path, [*values, value("spend", "5", {"spend": "5"}, start=date(2026, 9, 1))]) as (client, _, _):
        said = words(client.get("/benchmark").text)
        assert "Leads 19 September 2026 100% among its best quarter of 9 past values 10 14 18" in said
        assert "not enough history: 0 past values, 8 are needed" in said
        french = words(client.get("/benchmark", headers={"accept-language": "fr"}).text)
        assert "parmi son meilleur quart" in french
        assert "historique insuffisant" in french


def test_without_a_source_it_says_what_to_connect(tmp_path: Path) -> None:
    with site(tmp_path, [leads(date(2026, 9, 1), 5)]) as (client, _, _):
        said = words(client.get("/benchmark").text)
        assert "No estimates are read: connect SEMrush" in said
        assert "No sessions are measured yet" in said
        assert client.get("/benchmark?period=fortnight").status_code == 400
