"""What another process tells of a value: the rows behind it, and why it changed. Or that it cannot."""

from pathlib import Path
from typing import Any

import pytest

from sync.publish.web.asking import NoAnswer
from tests.sync.publish.web.bound import as_bound
from tests.sync.publish.web.pages.test_kpi import HOSTILE, rate, won
from tests.sync.publish.web.site import site, words

HTMX = {"hx-request": "true"}
ROWS = "explain revenue_won --period month --start 2026-09-01 --limit 20"
WHY = "why win_rate --from 2026-08 --to 2026-09 --across channel"
RATES = [rate(30, 10, 8), rate(30, 30)]


def behind(*sample: dict[str, Any], rows: int = 2) -> dict[str, Any]:
    read = "SUM(amount_home) FROM deal_outcome BY won_on"
    part = {
        "measure": "revenue_won",
        "family": "deal",
        "read": read,
        "mart": "deal_outcome",
        "rows": rows,
        "sample": list(sample),
    }
    return {"rows": [part]}


DEAL = {
    "deal_id": "7",
    "amount_home": "1234.5",
    "won_on": "2026-09-03",
    "channel": "paid_search",
    "lost_on": None,
    "share": "0.5",
    "record": "deals/7",
    "link": "https://app.crm.example/contacts/1/record/0-3/7",
}


def test_rows_lead_to_the_records(tmp_path: Path) -> None:
    """In the reader's words and formats; asked once, kept for the run."""
    with site(tmp_path, [won("5")], said={ROWS: behind(DEAL, rows=334)}) as (client, _, answers):
        text = client.get("/kpi/revenue_won/rows").text
        said = words(text)
        assert '<a href="https://app.crm.example/contacts/1/record/0-3/7" rel="noopener noreferrer"' in text
        assert "334 rows, the first 1" in said
        assert "amount share credited won on channel deal_id" in said
        assert "€1,234.50 50.00% Sep 3, 2026" in said
        assert "lost on" not in said
        assert "limit=200" in text
        part = client.get("/kpi/revenue_won/rows", headers=HTMX).text
        assert "<html" not in part
        assert "deals/7" in part
        assert answers.asked == [ROWS]
        card = client.get("/kpi/revenue_won").text
        assert 'hx-get="/kpi/revenue_won/rows?period=month&amp;start=2026-09-01"' in card
        assert "this takes some seconds" in words(card)


def test_what_records_hold_is_text_and_only_https_is_a_link(tmp_path: Path) -> None:
    bad = {
        "deal_id": HOSTILE,
        HOSTILE: HOSTILE,
        "won_on": "soon",
        "amount_home": "?",
        "record": HOSTILE,
        "link": "javascript:alert(1)",
    }
    with site(tmp_path, [won("5")], said={ROWS: behind(bad)}) as (client, _, _):
        answer = client.get("/kpi/revenue_won/rows", headers=HTMX)
        assert answer.status_code == 200
        assert "<img" not in answer.text
        assert "javascript:" not in answer.text
        assert HOSTILE in words(answer.text)


FAILED = {
    "/kpi/revenue_won/rows": ("The rows could not be read: took longer", "Les lignes n'ont pas pu être lues : took longer"),
    "/kpi/win_rate/why?before=2026-08-01": ("The change could not be explained:", "L'écart n'a pas pu être expliqué :"),
}


def test_a_process_that_fails_is_told_in_place(tmp_path: Path) -> None:
    """With what it said, and a way to try again; nothing of it is kept."""
    none = NoAnswer("took longer than 120 s", None)
    with site(tmp_path, [*RATES, won("5")], said={ROWS: none, WHY: none}) as (client, _, answers):
        for place, (said, french) in FAILED.items():
            for _ in range(2):
                answer = client.get(place, headers=HTMX)
                assert answer.status_code == 200
                assert 'role="alert"' in answer.text
                assert said in words(answer.text)
                assert "Try again" in words(answer.text)
            assert french in words(client.get(place, headers={"accept-language": "fr"}).text)
        assert answers.asked == [ROWS] * 3 + [WHY] * 3


def test_so_many_rows_are_shown_at_most(tmp_path: Path) -> None:
    with site(tmp_path, [won("5")]) as (client, _, answers):
        for limit in ("0", "501", "many", "-1"):
            answer = client.get(f"/kpi/revenue_won/rows?limit={limit}")
            assert answer.status_code == 400, limit
            assert "limit: write a number from 1 to 500" in words(answer.text)
        assert answers.asked == []


def test_rows_are_of_the_settings_own_attribution(tmp_path: Path) -> None:
    """The command knows no other: a credited value of another model is not given rows that do not make it."""
    of_model = [won("5", by="channel", key="email", model=model) for model in ("first", "last")]
    with site(tmp_path, of_model) as (client, _, _):
        usual = client.get("/kpi/revenue_won?by=channel&key=email").text
        assert "Show the rows" in words(usual)
        other = words(client.get("/kpi/revenue_won?by=channel&key=email&model=last").text)
        assert "kept by the settings' own attribution (first)" in other


def answer(**more: Any) -> dict[str, Any]:
    side: dict[str, Any] = {"run": None, "period_end": "", "inputs": {}, "flags": []}
    return {
        "kpi": "win_rate",
        "by": "total",
        "key": "",
        "period": "month",
        "from": {**side, "label": "2026-08", "period_start": "2026-08-01", "value": "0.75"},
        "to": {**side, "label": "2026-09", "period_start": "2026-09-01", "value": "0.5"},
        "change": "-0.25",
        "unit": "ratio",
        "currency": None,
        "model": None,
        "across": "channel",
        "parts": [{"part": "mix", "value": "0.05"}, {"part": "rate", "value": "-0.3"}],
        "members": [{"key": "email", "mix": "0.05", "rate": "-0.1"}, {"key": HOSTILE, "mix": "0", "rate": "-0.2"}],
        "inputs": [],
        "restatements": [],
        "reason": None,
        **more,
    }


def test_a_change_is_taken_apart(tmp_path: Path) -> None:
    """Its parts, and what each member added; by another dimension at a click."""
    with site(tmp_path, RATES, said={WHY: answer()}) as (client, _, _):
        page = client.get("/kpi/win_rate/why?period=month&start=2026-09-01&before=2026-08-01").text
        said = words(page)
        assert "August 2026: 75.00% → September 2026: 50.00% (-25 points)" in said
        assert "rate: each one's own value -30 points" in said
        assert "E-mail +5 points -10 points -5 points" in said
        assert "<img" not in page
        assert "across=owner" in page


def test_a_change_that_cannot_be_explained_says_why(tmp_path: Path) -> None:
    none = answer(change=None, parts=[], members=[], reason="undefined")
    with site(tmp_path, RATES, said={WHY: none}, locale="fr") as (client, _, _):
        assert "L'une des deux valeurs est indéfinie" in words(client.get("/kpi/win_rate/why?before=2026-08-01").text)


def test_it_is_asked_of_periods_that_there_are(tmp_path: Path) -> None:
    with site(tmp_path, RATES) as (client, _, answers):
        for before in ("", "2026-01-01", "--run"):
            refused = client.get(f"/kpi/win_rate/why?before={before}")
            assert refused.status_code == 400
            assert "before: write the first day" in words(refused.text)
        assert client.get("/kpi/win_rate/why?before=2026-08-01&across=deal").status_code == 400
        assert answers.asked == []


def test_a_bound_reader_is_not_told_of_other_reps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_bound(monkeypatch, "201")
    with site(tmp_path, RATES, said={WHY: answer()}) as (client, _, _):
        assert "across=owner" not in client.get("/kpi/win_rate/why?before=2026-08-01").text
        assert client.get("/kpi/win_rate/why?before=2026-08-01&across=owner").status_code == 400
