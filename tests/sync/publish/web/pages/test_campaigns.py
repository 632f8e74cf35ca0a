"""What each campaign and channel cost and brought: compared, sorted, narrowed down, as a file, and one by itself."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sync.labels import Campaigns
from tests.sync.publish.web.site import site, words
from tests.sync.versions import value

HOSTILE = '<img src=x onerror="alert(1)">'
FORMULA = '=HYPERLINK("http://x";"y")'
NAMES = {"google_ads/1": HOSTILE, "google_ads/2": FORMULA, "meta/3": "Élan", "unattributed": "Unattributed"}
CHANNELS = {"google_ads/1": "paid_search", "google_ads/2": "paid_search", "meta/3": "paid_social"}
FRENCH = {"accept-language": "fr"}


def both(key: str, spend: str, leads: str, cpl: str | None, by: str = "campaign", **more: Any) -> Iterator[dict[str, Any]]:
    yield value("spend", spend, {"spend": spend}, by=by, key=key, **more)
    yield {**value("leads", leads, {"leads": leads}, by=by, key=key, **more), "unit": "count"}
    cost = value("cpl", cpl, {"spend": spend, "leads": leads}, by=by, key=key, **more)
    why = {} if cpl else {"reason": "no lead in the period", "reason_fr": "aucun lead dans la période"}
    few = {"flags": '["small_sample"]'} if leads == "1" else {}
    yield {**cost, "n": int(leads), **why, **few}


def values() -> Iterator[dict[str, Any]]:
    yield from both("google_ads/1", "300", "10", "30")
    yield from both("google_ads/2", "90", "1", "90")
    yield from both("meta/3", "200", "0", None)
    yield {**value("leads", "40", {"leads": "40"}, by="campaign", key="unattributed"), "unit": "count"}
    yield from both("", "590", "51", "11.57", by="total")
    yield from both("", "400", "50", "8", by="total", start=date(2026, 7, 1))
    yield from both("", "990", "101", "9.8", by="total", start=date(2026, 7, 1), period="quarter")
    yield from both("meta/3", "350", "7", "50", start=date(2026, 7, 1), period="quarter")
    yield from both("google_ads/1", "150", "10", "15", start=date(2026, 7, 1))
    yield from both("paid_search", "390", "13", "29", by="channel")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Titles and channels of campaigns are derived from all facts otherwise."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sync.publish.shelving.campaigns", lambda _: Campaigns(NAMES, CHANNELS))
        with site(tmp_path_factory.mktemp("campaigns"), values()) as (found, _, _):
            yield found


def named(text: str) -> list[str]:
    """The first column, from above."""
    return [words(found) for found in re.findall(r'<th scope="row">(.*?)</th>', text)]


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_campaigns_stand_side_by_side_and_the_whole_is_the_kpis_own_value(client: TestClient) -> None:
    """CPL at total is 11.57, neither the sum nor the mean of the lines; a range or few cases stand beside a rate."""
    text = client.get("/campaigns?compare=none").text
    said = words(text)
    assert f"{FORMULA} €90.00 1 €90.00" in said
    assert "few cases (1)" in said
    assert "Élan €200.00 0 — no lead in the period" in said
    assert "Total €590.00 51 €11.57" in said
    assert re.search(r"€30.00 €16\.\d+ – €62\.\d+", said)
    assert "not the sum of the lines" in said
    assert named(text) == [HOSTILE, "Élan", FORMULA, "Unattributed", "Total"]


def test_a_hostile_name_is_text_on_every_page(client: TestClient) -> None:
    for address in ("/campaigns", "/campaigns/one?key=google_ads/1"):
        text = client.get(address).text
        assert "<img" not in text
        assert HOSTILE in words(text)


def test_rows_are_sorted_by_links_and_what_has_no_value_stands_last(client: TestClient) -> None:
    down = client.get("/campaigns?sort=cpl").text
    assert named(down)[:3] == [FORMULA, HOSTILE, "Élan"]
    assert re.search(r'<th scope="col" class="number" aria-sort="descending"><a class="sort" href="\?sort=cpl&amp;dir=asc"', down)
    up = client.get("/campaigns?sort=cpl&dir=asc").text
    assert named(up) == [HOSTILE, FORMULA, "Élan", "Unattributed", "Total"]
    assert named(client.get("/campaigns?sort=name").text)[:3] == [HOSTILE, FORMULA, "Élan"]
    assert '<input type="hidden" name="sort" value="cpl">' in up, "a filter keeps the order"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sort=<b>", "sort: choose among spend"),
        ("dir=up", "dir: choose among asc, desc"),
        ("file=xls", "file: choose among csv, excel"),
        ("start=2019-01-01", "start: there are values of 2026-07-01 – 2026-08-01"),
    ],
)
def test_a_broken_filter_says_what_can_be_written(client: TestClient, query: str, said: str) -> None:
    answer = client.get(f"/campaigns?{query}")
    assert answer.status_code == 400
    assert said in words(answer.text)
    assert "<b>" not in answer.text


def test_narrowed_to_a_channel_its_campaigns_and_its_own_value_are_shown(client: TestClient) -> None:
    """390 of the channel, whatever its campaigns add up to."""
    text = client.get("/campaigns?channel=paid_search").text
    assert named(text) == [HOSTILE, FORMULA, "All of it"]
    assert "All of it €390.00 13 €29.00" in words(text)


def test_a_change_is_against_the_period_before(client: TestClient) -> None:
    """CPL went up: worse."""
    said = words(client.get("/campaigns").text)
    assert "▲ +100% (worse)" in said
    assert "+100%" not in words(client.get("/campaigns?compare=none").text)


def test_the_file_holds_what_is_shown_and_no_formula(client: TestClient) -> None:
    answer = client.get("/campaigns?sort=cpl&dir=asc&file=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="campaigns-month-2026-08-01.csv"'
    rows = lines(answer.text)
    assert [row["name"] for row in rows] == [HOSTILE, f"'{FORMULA}", "Élan", "Unattributed", "Total"]
    assert (rows[0]["spend"], rows[0]["cpl_before"], rows[1]["cpl_note"]) == ("300", "15", "few cases")
    assert (rows[2]["cpl"], rows[2]["cpl_note"]) == ("", "no lead in the period")
    assert (rows[4]["cpl"], rows[4]["start"], rows[4]["end"]) == ("11.57", "2026-08-01", "2026-09-01")
    only = lines(client.get("/campaigns?channel=paid_search&file=csv&compare=none").text)
    assert len(only) == 3
    assert "cpl_before" not in only[0]


def test_the_file_for_excel_opens_as_the_reader_writes(client: TestClient) -> None:
    """French Excel wants semicolons and decimal commas; a name is quoted, and no cell begins like a formula."""
    text = client.get("/campaigns?file=excel", headers=FRENCH).text
    assert text.startswith("\ufeffclé;Campagne;")
    rows = list(csv.reader(io.StringIO(text[1:]), delimiter=";"))
    assert rows[-1][:2] == ["", "Total"]
    assert "11,57" in rows[-1]
    assert not [cell for row in rows for cell in row if re.match(r"\s*[=+@]|\s*-\D", cell)]


def test_a_campaign_has_a_page_of_its_course(client: TestClient) -> None:
    said = words(client.get("/campaigns/one?key=google_ads/1&kpi=cpl").text)
    assert "August 2026 €300.00 10 €30.00" in said
    assert said.index("August 2026 €300.00") < said.index("July 2026 €150.00")
    assert "Cost per lead (CPL) in detail" in said
    unknown = client.get("/campaigns/one?key=<b>")
    assert unknown.status_code == 404
    assert "<b>" not in unknown.text
    assert client.get("/campaigns/one?key=meta/3&kpi=x").status_code == 400
    assert client.get("/campaigns/one", follow_redirects=False).headers["location"] == "/campaigns"


def test_channels_stand_in_the_same_table(client: TestClient) -> None:
    """In the reader's language."""
    assert "Paid search €390.00 13 €29.00" in words(client.get("/channels").text)
    french = words(client.get("/channels", headers=FRENCH).text).replace("\xa0", " ")
    assert "390,00 € 13 29,00 €" in french
    assert "Paid search" not in french
    assert client.get("/channels/one?key=paid_search").status_code == 200


def test_it_is_all_there_without_javascript(client: TestClient) -> None:
    """Filters are a form with a button, order and files are links."""
    text = client.get("/campaigns").text
    assert re.search(r'<form class="filters"[^>]* method="get" action="/campaigns"', text)
    assert "<noscript><button>" in text
    for address in re.findall(r'href="(\?[^"]*)"', text):
        assert client.get("/campaigns" + address.replace("&amp;", "&")).status_code == 200
    sent = "period=month&start=2026-08-01&compare=previous&channel=&model=first&sort=cpl"
    assert client.get(f"/campaigns?{sent}").status_code == 200


def test_the_filters_follow_the_kind_of_period(client: TestClient) -> None:
    """From August to quarters: the quarter that holds it, chosen among quarters; htmx renews the form with the part."""
    part = client.get("/campaigns?period=quarter&start=2026-08-01", headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert 'id="filters" hx-swap-oob="true"' in part
    assert re.search(r'<option value="2026-07-01" selected>Jul – Sep 2026', part)
    assert "€990.00" in words(part)


def test_a_period_without_any_campaign_says_so(client: TestClient) -> None:
    assert "There is nothing to show here" in words(client.get("/campaigns?channel=email").text)


def test_many_campaigns_are_shown_by_pages_and_all_of_them_in_a_file(tmp_path: Path) -> None:
    """Thirty at once, the dearest first; the last line is computed of everything on each page."""
    rows = [
        *both("", "5000", "60", "83.33", by="total"),
        *(row for n in range(60) for row in both(f"google_ads/{n}", str(1000 - n), "1", "1")),
    ]
    with site(tmp_path, rows) as (found, _, _):
        first, second = found.get("/campaigns").text, found.get("/campaigns?page=2").text
        assert (len(named(first)), len(named(second))) == (31, 31)
        assert "page 1 of 2" in words(first)
        assert named(second)[0] == "google_ads/30"
        assert named(second)[-1] == "Total"
        assert len(lines(found.get("/campaigns?file=csv").text)) == 61
        assert found.get("/campaigns?page=3").status_code == 400
