"""Restatements: found by another process, told in the reader's language, some at a time."""

from pathlib import Path
from typing import Any

import pytest

from sync.publish.web.asking import NoAnswer
from tests.sync.publish.web.bound import as_bound
from tests.sync.publish.web.pages.test_kpi import HOSTILE, won
from tests.sync.publish.web.site import site, words

USUAL = "restatements --since 2026-08-31"


def restated(**more: Any) -> dict[str, Any]:
    return {
        "kpi": "revenue_won",
        "by": "total",
        "key": "",
        "period": "month",
        "period_start": "2026-08-01",
        "period_end": "2026-09-01",
        "old": "1000",
        "new": "1250",
        "change": "250",
        "unit": "money",
        "currency": "EUR",
        "model": None,
        "run": 7,
        "at": "2026-09-20T08:00:00Z",
        "was_provisional": False,
        "inputs": {},
        "causes": [{"cause": "late_data", "rows": 3, "tables": {"deal": 3}, "names": []}],
        "why": "in the account's language",
        **more,
    }


def test_the_page_is_there_before_the_answer(tmp_path: Path) -> None:
    """It asks for it itself, saying that this takes time; without scripts there is a link."""
    with site(tmp_path, [won("5")], said={USUAL: [restated(was_provisional=True)]}) as (client, _, answers):
        text = client.get("/restatements").text
        assert answers.asked == []
        assert 'hx-trigger="load"' in text
        assert "this takes some seconds" in words(text)
        assert "Show them" in text
        part = client.get("/restatements?days=31", headers={"hx-request": "true"}).text
        assert "<html" not in part
        assert answers.asked == [USUAL]
        assert "€1,000.00 €1,250.00 +€250.00 (+25%) data came late (rows: 3; deal)" in words(part)
        french = words(client.get("/restatements?show=1", headers={"accept-language": "fr"}).text)
        assert "données arrivées après coup (lignes : 3 ; deal)" in french
        assert "août 2026 était provisoire" in french


def test_totals_first_members_when_asked(tmp_path: Path) -> None:
    """Of what the reader may see; names are text; the largest change first if so wanted."""
    found = [
        restated(),
        restated(by="owner", key=HOSTILE, old="1", new="9", change="8"),
        restated(kpi="win_rate", unit="ratio", old=None, change=None),
    ]
    with site(tmp_path, [won("5")], said={USUAL: found}) as (client, _, _):
        assert "2 figures moved" in words(client.get("/restatements?show=1").text)
        text = client.get("/restatements?show=1&of=all&sort=change").text
        said = words(text)
        assert "3 figures moved" in said
        assert "<img" not in text
        assert said.index("Win rate August") < said.index("sales rep") < said.index("+€250.00")


def test_a_bound_reader_is_not_told_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_bound(monkeypatch, "201")
    found = [restated(by="owner", key="201", new="11", change="1"), restated(by="owner", key="202", new="22", change="2")]
    found.append(restated(by="company", key="9", new="33", change="3"))
    with site(tmp_path, [won("5")], said={USUAL: found}) as (client, _, _):
        said = words(client.get("/restatements?show=1&of=all").text)
        assert "1 figure moved" in said
        assert "€11.00" in said
        assert "€22.00" not in said


def test_many_are_paged(tmp_path: Path) -> None:
    with site(tmp_path, [won("5")], said={USUAL: [restated(run=n) for n in range(120)]}) as (client, _, answers):
        assert "page 1 of 3" in words(client.get("/restatements?show=1").text)
        last = client.get("/restatements?show=1&page=3").text
        assert "page=2" in last
        assert "Next" not in words(last)
        assert client.get("/restatements?show=1&page=4").status_code == 400
        assert len(answers.asked) == 1


def test_nothing_moved_and_a_failure_are_told_apart(tmp_path: Path) -> None:
    said = {USUAL: NoAnswer("cadran: another format", 2), "restatements --kpi revenue_won": []}
    with site(tmp_path, [won("5")], said=said) as (client, _, _):
        failed = client.get("/restatements?show=1")
        assert "Restatements could not be found: cadran: another format" in words(failed.text)
        assert 'role="alert"' in failed.text
        assert "No figure of a period that was over has changed" in words(
            client.get("/restatements?show=1&days=all&kpi=revenue_won").text
        )


def test_a_broken_choice_asks_nobody(tmp_path: Path) -> None:
    with site(tmp_path, [won("5")]) as (client, _, answers):
        for query in ("days=9", "of=me", "sort=<b>", "kpi=--json"):
            assert client.get(f"/restatements?show=1&{query}").status_code == 400, query
        assert answers.asked == []


def test_before_the_first_sync_there_is_nothing_to_ask(tmp_path: Path) -> None:
    with site(tmp_path) as (client, _, answers):
        assert "Nothing synced yet" in words(client.get("/restatements?show=1").text)
        assert answers.asked == []
