"""Runs, freshness, what was set aside; and taking back what was written."""

import re
from pathlib import Path

import pytest

from sync.publish.web.asking import NoAnswer
from tests.sync.publish.web.site import HOST, site, words
from tests.sync.versions import FIRST, Versions, value

ROWS = [value("revenue_won", "1000", {"revenue_won": "1000"})]
HOSTILE = "<b>12k</b>"


def ran(home: Versions, kind: str, status: str = "done", **summary: object) -> int:
    run_id = home.ledger.start_run(kind, FIRST)
    home.ledger.finish_run(run_id, FIRST, status, FIRST if status == "done" else None, summary)
    return run_id


def token(text: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def test_each_run_says_what_it_did_or_why_it_did_not(tmp_path: Path) -> None:
    with site(tmp_path, ROWS) as (client, home, _):
        ran(home, "apply", written=1234, requests={"hubspot": 20, "ga4": 3})
        ran(home, "sync", "failed", error="hubspot: the token is refused")
        said = words(client.get("/health").text)
        assert "write to the CRM" in said
        assert "1,234 23" in said
        assert "failed hubspot: the token is refused" in said
        assert "The last run failed" in said


def test_records_set_aside_are_listed_as_text(tmp_path: Path) -> None:
    with site(tmp_path, ROWS) as (client, home, _):
        with home.ledger.transaction() as tx:
            home.ledger.settle_aside(tx, "hubspot", "deals", [], {"7": f"amount: '{HOSTILE}' is not a number"}, 1)
        text = client.get("/health").text
        assert HOSTILE not in text
        assert "amount: '<b>12k</b>' is not a number" in words(text)


def test_a_run_is_taken_back_after_a_question(tmp_path: Path) -> None:
    """By the command that a person would type; what came of it is told."""
    said = {"undo 2": {"written": 1234, "rejected": 0}}
    with site(tmp_path, ROWS, said=said) as (client, home, answers):
        assert ran(home, "apply", written=1234) == 2
        page = client.get("/health").text
        assert "Take back run 2?" in words(page)
        done = client.post("/health/undo", data={"run": "2", "csrf_token": token(page)}, headers={"origin": HOST})
        assert answers.asked == ["undo 2"]
        assert "Run 2 was taken back: 1,234 values restored." in words(done.text)


@pytest.mark.parametrize(("run", "code", "said"), [("1", 404, "no write with the number 1"), ("x", 404, "No run was named")])
def test_only_a_write_can_be_taken_back(tmp_path: Path, run: str, code: int, said: str) -> None:
    with site(tmp_path, ROWS) as (client, _, answers):
        page = client.get("/health").text
        done = client.post("/health/undo", data={"run": run, "csrf_token": token(page)}, headers={"origin": HOST})
        assert done.status_code == code
        assert said in words(done.text)
        assert answers.asked == []


def test_an_undo_that_is_refused_says_why(tmp_path: Path) -> None:
    """As when a run is under way."""
    said = {"undo 2 --through": NoAnswer("cadran: another run holds the account", 6)}
    with site(tmp_path, ROWS, said=said) as (client, home, _):
        ran(home, "apply", written=5)
        page = client.get("/health").text
        form = {"run": "2", "through": "yes", "csrf_token": token(page)}
        done = client.post("/health/undo", data=form, headers={"origin": HOST})
        assert "Nothing was undone: cadran: another run holds the account" in words(done.text)


def test_a_form_of_another_site_undoes_nothing(tmp_path: Path) -> None:
    with site(tmp_path, ROWS, said={"undo 2": {"written": 1}}) as (client, home, answers):
        ran(home, "apply", written=5)
        page = client.get("/health").text
        for form, origin in (({"run": "2"}, HOST), ({"run": "2", "csrf_token": token(page)}, "https://evil.example")):
            assert client.post("/health/undo", data=form, headers={"origin": origin}).status_code == 403
        assert answers.asked == []
