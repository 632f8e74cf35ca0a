"""The card of a KPI: its value with all that must be known about it, its course, who made it, and the way behind it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kpi.forecast import Ahead, Forecast, Range
from sync.publish.forecast_store import Kept
from sync.publish.i18n import Language
from sync.publish.shelf import Figure
from sync.publish.web.course import drawn
from tests.sync.publish.web.bound import as_bound
from tests.sync.publish.web.site import site, words
from tests.sync.versions import value

HOSTILE = '"><img src=x onerror=alert(1)>{{ 7*7 }}'


def rate(won: int, lost: int, month: int = 9, **more: Any) -> dict[str, Any]:
    share = str((Decimal(won) / (won + lost)).quantize(Decimal("1e-10")))
    row = value(
        "win_rate", share, {"deals_won": str(won), "deals_lost": str(lost)}, unit="ratio", start=date(2026, month, 1), **more
    )
    return {**row, "n": won + lost}


def won(amount: str, month: int = 9, **more: Any) -> dict[str, Any]:
    return value("revenue_won", amount, {"revenue_won": amount}, start=date(2026, month, 1), **more)


CATEGORIES = [won(str(1000 - n), by="category", key=f"cat {n:02}") for n in range(60)]


def test_a_card_says_what_the_number_is_and_how_sure(tmp_path: Path) -> None:
    """The value of the last whole month, its change, interval, cases and inputs; formula, example, source, version."""
    with site(tmp_path, [rate(30, 10, 8), rate(30, 30)]) as (client, _, _):
        said = words(client.get("/kpi/win_rate").text)
        french = words(client.get("/kpi/win_rate?cut=owner", headers={"accept-language": "fr"}).text)
    for text in (
        "Taux de gain",
        "septembre 2026",
        "50,00",
        "Expliquer l'écart depuis août 2026",
        "plus haut est mieux",
        "commercial",
    ):
        assert text in french, text
    for text in (
        "September 2026 50.00%",
        "-25 points (worse)",
        "before: 75.00% (August 2026)",
        "95 times in 100 (Wilson interval of a share)",
        "Cases 60",
        "Input Value deals won 30 deals lost 30",
        "deals won ÷ (deals won + deals lost)",
        "deals won = 3, deals lost = 1 → 75.00%",
        "QuarterOne, sales velocity metrics calculations",
        "Version 1",
        "Explain the change since August 2026",
        "Values as a table Month Win rate August 2026 75.00% September 2026 50.00%",
    ):
        assert text in said, text


def test_an_undefined_value_says_why_and_one_of_few_cases_warns(tmp_path: Path) -> None:
    empty = {**won("0"), "value": None, "reason": "no deal was won", "reason_fr": "aucune transaction gagnée"}
    few = {**rate(1, 1), "flags": '["small_sample"]', "provisional_until": "2026-10-31"}
    with site(tmp_path, [empty, few]) as (client, _, _):
        assert "no deal was won" in words(client.get("/kpi/revenue_won").text)
        said = words(client.get("/kpi/win_rate").text)
        assert "Not enough cases to build on" in said
        assert "provisional until Oct 31, 2026" in said


def test_members_are_sorted_and_paged(tmp_path: Path) -> None:
    """Fifty at a time, by value unless asked otherwise; each leads to its own card. What they are called is text."""
    with site(tmp_path, [won("5"), *CATEGORIES, won("0.5", by="category", key=HOSTILE)]) as (client, _, _):
        first = client.get("/kpi/revenue_won?cut=category").text
        assert 'aria-sort="descending"' in first
        assert "page 1 of 2" in words(first)
        assert first.index("cat 00") < first.index("cat 49")
        assert "cat 50" not in first
        second = client.get("/kpi/revenue_won", params={"cut": "category", "page": "2", "by": "category", "key": HOSTILE}).text
        assert "cat 59" in second
        assert "<img" not in second
        assert HOSTILE in words(second)  # the braces too: nothing was computed of them
        by_name = client.get("/kpi/revenue_won?cut=category&sort=name&dir=desc").text
        assert by_name.index("cat 59") < by_name.index("cat 10")
        one = words(client.get("/kpi/revenue_won?by=category&key=cat+07").text)
        assert "category: cat 07" in one
        assert "€993.00" in one


BROKEN = {
    "cut=planet": "cut: choose among",
    "sort=<script>": "sort: choose among value, change, n, name",
    "dir=up": "dir: choose among asc, desc",
    "page=0": "page: write a number from 1 to 1",
    "page=²": "page: write a number from 1 to 1",
    "by=deal&key=1": "by: choose among",
    "by=category&key=cat+9": "key: did you mean cat 09?",
}


def test_a_broken_address_says_what_can_be_written(tmp_path: Path) -> None:
    with site(tmp_path, [won("5"), won("1", by="category", key="cat 09")]) as (client, _, _):
        for query, said in BROKEN.items():
            answer = client.get(f"/kpi/revenue_won?{query}")
            assert answer.status_code == 400, query
            assert said in words(answer.text)
            assert "<script>" not in answer.text.split("<main")[1]


def test_an_unknown_kpi_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with site(tmp_path, [won("5")]) as (client, _, _):
        for place in ("/kpi/winrate", "/kpi/winrate/why", "/kpi/winrate/rows"):
            answer = client.get(place)
            assert answer.status_code == 404
            assert "There is no KPI winrate. Did you mean win_rate?" in words(answer.text)
        assert "Vouliez-vous dire win_rate ?" in words(client.get("/kpi/winrate", headers={"accept-language": "fr"}).text)
        of_records = client.get("/kpi/lead_cost")
        assert "stands on single records" in words(of_records.text)
        assert client.get("/kpi/lead_cost/rows").status_code == 404
        assert client.get("/kpi/lead_cost", headers={"hx-request": "true"}).status_code == 200
        hostile = client.get("/kpi/%3Cscript%3Ealert(1)%3C%2Fscript%3E".replace("%2F", ""))
        assert hostile.status_code == 404
        assert "<script>alert" not in hostile.text


def test_a_kpi_without_a_total_shows_its_members(tmp_path: Path) -> None:
    """By age in months, counted as numbers."""
    of_age = [
        value(
            "retention_cohort", "0.5", {"cohort_still_paying": "1", "cohort_subscribers": "2"}, unit="ratio", by="cohort", key=key
        )
        for key in ("10", "9", "2")
    ]
    with site(tmp_path, of_age) as (client, _, _):
        text = client.get("/kpi/retention_cohort").text
        assert "This KPI has no value in all" in words(text)
        assert text.index("key=2&") < text.index("key=9&") < text.index("key=10&")


def test_what_it_is_not_kept_by_is_said(tmp_path: Path) -> None:
    """A stock has no rolling window; a quarter that nobody computed has no value."""
    mrr = value("mrr", "9", {"mrr": "9"}, start=date(2026, 9, 1))
    with site(tmp_path, [mrr]) as (client, _, _):
        assert "Not kept by last 30 days; shown: month." in words(client.get("/kpi/mrr?period=last_30_days").text)
        assert "There is no value for this period" in words(client.get("/kpi/mrr?period=quarter").text)


# --- who may see what ------------------------------------------------------------------------------------------------

REPS = [rate(30, 30), rate(5, 5, by="owner", key="201"), rate(9, 1, by="owner", key="202")]


def test_a_bound_reader_sees_own_lines_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_bound(monkeypatch, "201")
    with site(tmp_path, REPS) as (client, _, _):
        text = client.get("/kpi/win_rate?cut=owner").text
        assert "key=201" in text
        assert "key=202" not in text
        assert "90.00%" not in text
        other = client.get("/kpi/win_rate?by=owner&key=202")
        assert other.status_code == 404
        assert "own records" in words(other.text)
        assert "90.00%" not in other.text


def test_a_bound_reader_looks_behind_own_figures_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a total are records of others too: no process is asked for them."""
    as_bound(monkeypatch, "201")
    asked = "explain win_rate --period month --by owner --for 201 --start 2026-09-01 --limit 20"
    with site(tmp_path, REPS, said={asked: {"rows": []}}) as (client, _, answers):
        assert "own records only" in words(client.get("/kpi/win_rate").text)
        assert client.get("/kpi/win_rate/rows").status_code == 404
        assert client.get("/kpi/win_rate/rows?by=owner&key=202").status_code == 404
        assert answers.asked == []
        assert client.get("/kpi/win_rate/rows?by=owner&key=201").status_code == 200
        assert answers.asked == [asked]


# --- forecast --------------------------------------------------------------------------------------------------------


def test_the_chart_goes_on_with_the_forecast(tmp_path: Path) -> None:
    """Dashed, with its range, after the last known period."""
    kept = Kept(
        kpi="revenue_won",
        by="total",
        key="",
        period="month",
        known_from=datetime(2026, 10, 1, tzinfo=UTC),
        run_id=1,
        unit="money",
        currency="EUR",
        history_start=date(2026, 8, 1),
        history_end=date(2026, 10, 1),
        unsettled=0,
        reason=None,
        forecast=Forecast(
            model="ses",
            season=12,
            values=2,
            origins=2,
            mase=None,
            naive_mase=None,
            error_share=None,
            ahead=(Ahead(1, Decimal(7), None, Range(Decimal(5), Decimal(9), Decimal("0.9")), Decimal(1), None, 2),),
            tried=(),
        ),
        present=None,
    )
    with site(tmp_path, [won("5", 8), won("6", 9)]) as (_, home, _):
        figures: list[Figure] = _course(home.house)
    chart = drawn(Language("en", ZoneInfo("UTC")), "Revenue", figures, kept)
    assert chart is not None
    assert chart["labels"] == ["August 2026", "September 2026", "October 2026"]
    known, coming = chart["series"]
    assert known["values"] == [5, 6, None]
    assert coming["dashed"]
    assert coming["values"] == [None, None, 7]
    assert (coming["low"][2], coming["high"][2]) == (5, 9)
    assert coming["told"][2] == "€7.00 (€5.00 … €9.00)"


def _course(house: Any) -> list[Figure]:
    from sync.publish import shelf

    with shelf.opened(house) as found:
        return found.series("revenue_won", period="month")
