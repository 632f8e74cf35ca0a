"""What holds for every page: the frame, filters in the address, errors in words, nothing from outside."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.settings import AccountSettings
from sync.publish.web.page import STATIC, TEMPLATES
from sync.publish.web.pages import pages
from tests.sync.publish.web.site import site, words
from tests.sync.versions import value

HOSTILE = '<img src=x onerror="alert(1)">'


def won(amount: str | None, month: int = 8, **more: Any) -> dict[str, Any]:
    return value("revenue_won", amount, {"revenue_won": amount or "0"}, start=date(2026, month, 1), **more)


def test_a_followed_kpi_is_shown_with_its_change(tmp_path: Path) -> None:
    """The last whole month before the running one; in the reader's language."""
    with site(tmp_path, [won("1000", 7), won("1500", 8), won("100", 10)]) as (client, _, _):
        said = words(client.get("/").text)
        assert "Revenue won €1,500.00" in said
        assert "+50% (better)" in said
        assert "before: €1,000.00" in said
        french = words(client.get("/", headers={"accept-language": "fr"}).text)
        assert "Chiffre d'affaires gagné 1 500,00 €" in french.replace("\u202f", " ").replace("\xa0", " ")
        assert "avant :" in french


def test_a_tile_says_how_its_target_stands(tmp_path: Path) -> None:
    rows = [won("1000", 7), won("900", 8), won("1900", 7, period="quarter")]
    target = {
        "kpi": "revenue_won",
        "value": 3000,
        "period": "2026-Q3",
        "baseline": 1000,
        "owner": "Anna",
        "reason": "two more reps",
    }
    with site(tmp_path, rows) as (client, home, _):
        home.house.settings = AccountSettings(targets=[target])  # type: ignore[list-item]
        assert "target ≥ €3,000.00 in 2026-Q3: missed" in words(client.get("/").text)


def test_part_of_a_month_is_not_called_worse_than_a_whole_one(tmp_path: Path) -> None:
    running = {**won("100", 10), "flags": '["partial_period"]'}
    with site(tmp_path, [won("1000", 9), running]) as (client, _, _):
        said = words(client.get("/?start=2026-10-01").text)
        assert "-90% the period is not over" in said
        assert "(worse)" not in said


def test_a_value_that_is_not_there_says_why(tmp_path: Path) -> None:
    row = {**won(None), "reason": "no deal was won", "reason_fr": "aucune transaction gagnée"}
    with site(tmp_path, [row]) as (client, _, _):
        assert "no deal was won" in words(client.get("/").text)
        assert "aucune transaction gagnée" in words(client.get("/", headers={"accept-language": "fr"}).text)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("period=fortnight", "period: choose among"),
        ("start=yesterday", "start: write a day as 2026-01-31"),
        ("since=2026-03-01&until=2026-02-01", "until must be later than since"),
        ("channel=<script>", "channel: choose among"),
        ("model=best", "model: choose among"),
        ("role=boss", "role: choose among"),
    ],
)
def test_a_broken_filter_says_what_can_be_written(tmp_path: Path, query: str, said: str) -> None:
    """And leads back to the page without it; nothing is guessed, and what stood there is shown as text."""
    with site(tmp_path, [won("1")]) as (client, _, _):
        answer = client.get(f"/?{query}")
        assert answer.status_code == 400
        assert said in words(answer.text)
        assert "<script>" not in answer.text.split("<main")[1]


def test_before_the_first_sync_pages_say_what_is_missing(tmp_path: Path) -> None:
    with site(tmp_path) as (client, _, _):
        assert "Nothing has been synced yet" in words(client.get("/").text)
        assert client.get("/health").status_code == 200


def test_an_address_without_a_page_is_told(tmp_path: Path) -> None:
    with site(tmp_path, [won("1")]) as (client, _, _):
        answer = client.get("/nowhere")
        assert answer.status_code == 404
        assert "There is nothing at this address" in words(answer.text)


def test_our_own_fault_is_told_without_its_details(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has them."""

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    with site(tmp_path, [won("1")]) as (client, _, _):
        monkeypatch.setattr("sync.publish.shelf.Shelf.figure", breaks)
        answer = client.get("/")
        assert answer.status_code == 500
        assert "fault of Cadran" in words(answer.text)
        assert "secret detail" not in answer.text


def test_a_filter_reloads_its_part_alone(tmp_path: Path) -> None:
    """htmx puts it in; the same address opened by hand is the whole page."""
    with site(tmp_path, [won("1")]) as (client, _, _):
        part = client.get("/", headers={"hx-request": "true"})
        assert "<html" not in part.text
        assert "tile" in part.text
        assert "<html" in client.get("/").text


def test_every_page_opens_and_stands_in_the_menu(tmp_path: Path) -> None:
    """With next to no data: no page needs a KPI to be there."""
    with site(tmp_path, [won("1")]) as (client, _, _):
        menu = client.get("/").text
        for page in pages():
            if "{" not in page.path:
                for locale in ("en", "fr"):
                    answer = client.get(page.path, headers={"accept-language": locale})
                    assert answer.status_code in (200, 502), (page.path, words(answer.text)[-300:])
                    assert f'<html lang="{locale}">' in answer.text
            if page.group is not None:
                assert f'href="{page.path}"' in menu


def test_nothing_of_a_page_comes_from_outside(tmp_path: Path) -> None:
    """Neither by the templates nor by what they load."""
    for file in (*TEMPLATES.glob("*.html"), *STATIC.glob("*")):
        if file.is_file():
            loaded = re.findall(
                r"""(?:src|href|url\(|@import|fetch\()\s*=?\s*["'(]?(https?:)?//""", file.read_text(encoding="utf-8")
            )
            assert not loaded, file.name
    for template in TEMPLATES.glob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*(src=|application/json))", text), template.name
        assert not re.search(r"\son[a-z]+=", text), template.name
        assert "<style" not in text or template.name.startswith("report"), template.name


def test_a_hostile_account_is_shown_as_text(tmp_path: Path) -> None:
    with site(tmp_path, [won("1")]) as (client, home, _):
        home.house.name = HOSTILE
        text = client.get("/").text
        assert HOSTILE not in text
        assert "&lt;img" in text


def test_the_server_answers_while_a_sync_writes(tmp_path: Path) -> None:
    """A run that fills the shelf holds its transaction; who reads sees the values before."""
    with site(tmp_path, [won("1000")]) as (client, home, _):
        from sync.publish import shelf

        engine = shelf.engine_of(home.house)
        with engine.begin() as tx:
            tx.exec_driver_sql("DELETE FROM shelf_figure")
            assert "€1,000.00" in words(client.get("/").text)
            tx.rollback()
        engine.dispose()
