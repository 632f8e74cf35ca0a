"""A report says what moved, what is not sure and why something is missing, in one file that loads nothing."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import ConfigurationError
from sync.publish import after, forecasts
from sync.publish.alerts import watch
from sync.publish.i18n import catalogues, merged
from sync.publish.reports import document, pictures
from sync.publish.reports.contents import Contents, gather, span_of
from sync.publish.reports.document import html, text
from sync.publish.web.rendering import environment, language
from tests.sync.publish.reports.world import AUGUST, HOSTILE, campaigns, count, home, money, months, rate
from tests.sync.versions import FIRST, Versions

FOLLOW = ("sales", "marketing")
MONTHS = [date(2022 + place // 12, place % 12 + 1, 1) for place in range(9, 57)]
"""October 2022 to September 2026."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Versions]:
    made, _ = home(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def august(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Versions]:
    """A home that is only read."""
    made, _ = home(tmp_path_factory.mktemp("august"))
    made.run([*months(), *campaigns(12), money("spend", "9", by="campaign", key="unattributed")])
    yield made
    made.close()


def contents(world: Versions, locale: str = "en", start: date = AUGUST, **more: Any) -> Contents:
    with after.filled(world.house) as shelf:
        said = language(locale, shelf.about["zone"])
        span = span_of("monthly", shelf, start, "mon")
        return gather(world.house, shelf, said, span, more.pop("follow", FOLLOW), **more)


def written(world: Versions, locale: str = "en", start: date = AUGUST, *, with_pictures: bool = True, **more: Any) -> str:
    with after.filled(world.house) as shelf:
        said = language(locale, shelf.about["zone"])
        span = span_of("monthly", shelf, start, "mon")
        found = gather(world.house, shelf, said, span, more.pop("follow", FOLLOW), **more)
        return html(found, said, watched=False, with_pictures=with_pictures)


def words(page: str) -> str:
    """What a reader sees, in one line."""

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []
            self.hidden = 0

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.hidden += tag == "style"

        def handle_endtag(self, tag: str) -> None:
            self.hidden -= tag == "style"

        def handle_data(self, data: str) -> None:
            if not self.hidden:
                self.seen.append(data)

    reader = Reader()
    reader.feed(page)
    return " ".join(" ".join(reader.seen).split())


def test_the_headline_is_made_of_the_figures(august: Versions) -> None:
    """The first KPI with its change, then what moved most for better and for worse; what chance explains and too few cases stay out."""
    assert contents(august).headline == (
        "Revenue won: €1,500.00, -25% on the period before; best change: Leads (+50%); worst change: Win rate (-40 points)."
    )
    french = contents(august, "fr").headline
    assert french.startswith("Chiffre d'affaires gagné : 1\u202f500,00\xa0€, -25\xa0% par rapport")
    assert " ; meilleure évolution : Leads (+50\xa0%) ; " in french


def test_every_line_says_its_change_its_doubts_and_why_it_is_empty(august: Versions) -> None:
    """Before and last year, provisional, not enough data with its interval, undefined with its reason, and what has no figure."""
    lines = {line.kpi: line for section in contents(august).sections for line in section.lines}
    won = lines["revenue_won"]
    assert (won.value, won.was, won.was_last_year) == ("€1,500.00", "€2,000.00", "€1,000.00")
    assert (won.previous.share, won.last_year.share) == (Decimal("-0.25"), Decimal("0.5"))
    assert lines["session_conversion"].value == "not enough data (2 of 3)"
    page = words(written(august))
    assert "provisional until Oct 30, 2026" in page
    assert "Some figures may still settle until Oct 30, 2026" in page
    assert "not enough data (2 of 3)" in page
    assert "— no spend in the period" in page
    assert "Without any figure" in page
    assert "Pipeline value" in page.split("Without any figure")[1]


def test_the_file_loads_nothing_and_runs_nothing(august: Versions) -> None:
    """No script, no address, a policy that forbids both; charts are well-formed SVG with their values in a table beside."""
    page = written(august)
    assert not re.search(r"<script|<link|<iframe|<object|@import|url\(|src=|href=|https?://|\son\w+=", page)
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert "size: A4" in page
    drawn = [ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]
    assert len(drawn) >= 3
    assert all(one.get("role") == "img" and one.get("aria-label") for one in drawn)
    assert "€2,000.00" in words(page)
    body = written(august, with_pictures=False)
    assert "<svg" not in body
    assert "€2,000.00" in words(body)


def test_hostile_names_are_words_and_nothing_else(world: Versions) -> None:
    """A campaign's name from the CRM and an account's, in tables, pictures and attributes."""
    world.run([*months(), *campaigns(1, HOSTILE)])
    world.house.name = HOSTILE
    page = written(world)
    assert "<script" not in page
    assert "<img" not in page
    assert HOSTILE in words(page)
    ET.fromstring(next(iter(re.findall(r"<svg.*?</svg>", page.split("Campaigns</h2>")[1], re.DOTALL))))


def test_campaigns_are_the_dearest_first_and_the_others_together(august: Versions) -> None:
    """Amounts added up, a ratio by its own formula; what no campaign earned stands apart."""
    found = contents(august).campaigns
    assert found is not None
    assert [row.name for row in found.rows][:2] == ["Campaign 11", "Campaign 10"]
    assert (len(found.rows), found.rest_count) == (10, 2)
    assert found.rest is not None
    assert [cell.value for cell in found.rest.cells][:3] == ["€201.00", "4", "€50.25"]
    assert found.rest.cells[3].note == "nothing recorded"
    assert found.unattributed is not None
    page = words(written(august))
    assert "2 other campaigns" in page
    assert "2 autres campagnes" in words(written(august, "fr"))


def test_the_funnel_says_which_step_is_not_known(august: Versions) -> None:
    """A step without a figure says why, and is not drawn as nothing."""
    steps = {step.title: step for step in contents(august).funnel}
    assert steps["Leads"].rate == "6.00%"
    missing = steps["Marketing-qualified leads (MQL)"]
    assert (missing.count, missing.told) == (None, "—")
    assert "no contact" in missing.note


def test_targets_stand_beside_their_figure(world: Versions) -> None:
    """The month's target for the month of the report, judged as over; the quarter's as it stands now."""
    common = {"kpi": "revenue_won", "owner": "Anna", "baseline": 100, "reason": "pays the rent"}
    targets = [{**common, "value": 1600, "period": "each month"}, {**common, "value": 4000, "period": "2026-Q3"}]
    world.house.settings = type(world.house.settings).model_validate({"targets": targets})
    world.run([*months(), money("revenue_won", "4200", date(2026, 7, 1), "quarter")])
    found = contents(world).goals
    assert [(goal.period, goal.wanted, goal.value, goal.state) for goal in found] == [
        ("August 2026", "≥ €1,600.00", "€1,500.00", "missed"),
        ("Jul – Sep 2026", "≥ €4,000.00", "€4,200.00", "reached"),
    ]
    page = words(written(world))
    assert "≥ €1,600.00: missed" in page
    assert "Anna" in page


def test_restatements_since_the_last_report_are_told_once_each(world: Versions) -> None:
    """From what the reader was told to what is true now, over several runs; what was not told before is not restated."""
    world.run(months())
    changed = [
        {**row, "value": "2100"} if row["period_start"] == "2026-07-01" and row["kpi"] == "revenue_won" else row
        for row in months()
    ]
    again = [{**row, "value": "2200"} if row["value"] == "2100" else row for row in changed]
    world.run(changed)
    world.run(again)
    (one,) = contents(world, since_run=1).restated
    assert (one.title, one.period, one.old, one.new) == ("Revenue won", "July 2026", "€2,000.00", "€2,200.00")
    assert one.why
    (one,) = contents(world, since_run=2).restated
    assert one.old == "€2,100.00"
    assert contents(world, since_run=3).restated == []
    assert "No figure above of a period that was over has changed." in words(written(world, since_run=3))


def test_alerts_and_what_went_wrong_are_told(world: Versions) -> None:
    """What fires, with its value; failed runs and records set aside; and where nothing is watched, that."""
    rule = {"kind": "change", "kpi": "revenue_won", "falls": "20%", "to": "sales"}
    said = {"notify": {"recipients": {"sales": {"to": "mailto://x"}}}, "alerts": {"rules": {"drop": rule}}}
    world.run(months())
    assert "Nothing is watched: the settings have no alerts." in words(written(world))
    world.house.settings = type(world.house.settings).model_validate(said)
    with after.filled(world.house) as shelf:
        watch.evaluate(world.house, shelf)
    failed = world.ledger.start_run("sync", FIRST)
    world.ledger.finish_run(failed, FIRST, "failed", None, {"error": "x"})
    found = contents(world, "fr", date(2026, 9, 1))
    assert [(one.title, one.is_firing) for one in found.alerts] == [("Chiffre d'affaires gagné", True)]
    assert found.alerts[0].value
    assert (found.health.is_failed, found.health.failed, found.health.aside) == (True, 1, 0)
    page = words(written(world, "fr", date(2026, 9, 1)))
    assert "Chiffre d'affaires gagné 80,00" in page.split("Alertes")[1]
    assert "La dernière exécution a échoué. 0 enregistrement mis de côté, car illisible. 1 exécution en échec" in page


def test_what_is_to_come_stands_beside_how_far_off_it_was(world: Versions) -> None:
    """The forecast of the running month with its range and past error; where there is none, why."""
    course = [money("revenue_won", str(1000 + place % 12 * 40), start) for place, start in enumerate(MONTHS)]
    world.run([*course, count("leads", "5", date(2026, 9, 1)), count("leads", "1", date(2026, 10, 1))])
    with after.filled(world.house) as shelf:
        forecasts.update(world.house, shelf)
    found = {one.title: one for one in contents(world, start=date(2026, 9, 1)).expected}
    won = found["Revenue won"]
    assert (won.period, won.note) == ("October 2026", "")
    assert re.fullmatch(r"€[\d,.]+ … €[\d,.]+", won.likely)
    assert won.error.endswith("%")
    assert (found["Leads"].value, bool(found["Leads"].note)) == ("—", True)
    assert won.value in words(written(world, start=date(2026, 9, 1))).split("Forecast")[-1]


def test_a_running_period_and_one_without_figures(world: Versions) -> None:
    """The first says that it is not over; the second is refused with what there is."""
    world.run([*months(), rate("win_rate", "0.5", {"deals_won": "5", "deals_lost": "5"}, date(2026, 10, 1))])
    page = words(written(world, start=date(2026, 10, 1)))
    assert "The period is not over: its figures are those of the days so far." in page
    with pytest.raises(ConfigurationError, match=r"no figures of the month that begins on 2024-02-01.* begin from 2025-08-01"):
        contents(world, start=date(2024, 2, 9))


def test_a_week_shows_the_month_where_a_kpi_has_no_weeks(world: Versions) -> None:
    """And says so."""
    world.run(
        [*months(), money("revenue_won", "500", date(2026, 9, 21), "week"), rate("gross_margin", "0.6", {}, date(2026, 8, 1))]
    )
    with after.filled(world.house) as shelf:
        said = language("en", shelf.about["zone"])
        span = span_of("weekly", shelf, None, "mon")
        assert span.start == date(2026, 9, 21)
        found = gather(world.house, shelf, said, span, ["revenue_won", "gross_margin"])
    won, margin = found.sections[0].lines
    assert (won.instead, margin.instead) == ("", "of August 2026: not kept by week")
    assert margin.value == "60.00%"


def test_plain_text_has_every_figure_for_chat(august: Versions) -> None:
    """With its change and what is to be known of it, and no mark-up."""
    with after.filled(august.house) as shelf:
        said = language("fr", shelf.about["zone"])
        told = text(gather(august.house, shelf, said, span_of("monthly", shelf, AUGUST, "mon"), FOLLOW), said)
    assert "- Leads : 60 (+50\xa0% par rapport à la période précédente)" in told
    assert "provisoire jusqu'au 30 oct. 2026" in told
    assert "données insuffisantes (2 sur 3)" in told
    assert "<" not in told


def test_every_message_of_the_template_has_its_french() -> None:
    """Singular and plural; and nothing is translated that is not there any more."""
    source = (document.HERE / "report.html").read_text()
    found = {message for _, _, message in environment("en").extract_translations(source)}  # type: ignore[attr-defined]
    asked = {one for message in found for one in (message if isinstance(message, tuple) else (message,)) if one}
    known: set[str] = set()
    for message in merged(catalogues("fr"), "fr"):
        known |= set(message.id) if isinstance(message.id, tuple) else {message.id}
    assert asked - known == set()
    own = catalogues("fr")
    (mine,) = [path for path in own if path.name == "reports.po"]
    kept = {
        one for message in merged([mine], "fr") for one in (message.id if isinstance(message.id, tuple) else (message.id,)) if one
    }
    assert kept - asked == set()


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        ("0", "37", "0 10 20 30 40"),
        ("-3", "8", "-5 -2.5 0 2.5 5 7.5 10"),
        ("0", "0.07", "0 0.02 0.04 0.06 0.08"),
        ("0", "0", "0 0.2"),
    ],
)
def test_axes_have_round_numbers(low: str, high: str, ticks: str) -> None:
    """From at or below the least to at or above the most."""
    assert pictures.scale(Decimal(low), Decimal(high)) == [Decimal(tick) for tick in ticks.split()]


def test_a_line_breaks_where_nothing_is_known() -> None:
    """A gap is no zero; a running period is an open dot; one value is no course."""
    values = [Decimal(1), None, Decimal(3), Decimal(4)]
    drawn = str(pictures.lines("T", ["a", "b", "c", "d"], values, str, partial=True))
    assert drawn.count("<circle") == 3
    assert len(re.findall(r'd="M[^"]*M', drawn)) == 1
    assert drawn.count('class="dot open"') == 1
    assert pictures.lines("T", ["a"], [Decimal(1)], str) == ""
