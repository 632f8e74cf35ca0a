"""Reports arrive once for each period, on their schedule, through a real mail server, and are kept while that is down."""

import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import ValidationError

from config.reports import ReportSettings
from config.settings import AccountSettings
from connectors.errors import ConfigurationError
from sync.publish import after
from sync.publish.messages import deliver, messages
from sync.publish.reports.files import FolderRefused, put
from sync.publish.reports.mistakes import mistakes
from sync.publish.reports.pdf import NoPdf, NotMade, pdf
from sync.publish.reports.sending import send_due, send_now, waiting
from sync.publish.reports.span import Span, containing, due
from tests.sync.publish.mail import Clock, free_port, mail_server, recipients
from tests.sync.publish.reports.world import home, months, weeks
from tests.sync.versions import Versions

PARIS = ZoneInfo("Europe/Paris")
PDF = b"%PDF-1.7 made by a test"


def a_pdf(_html: str) -> bytes:
    return PDF


def no_pdf(_html: str) -> bytes:
    raise NotMade("there is no browser")


@pytest.fixture
def port() -> int:
    return free_port()


def settings(port: int, *reports: dict[str, Any]) -> dict[str, Any]:
    return {"notify": recipients(port, sales="en", direction="fr"), "reports": list(reports)}


MONTHLY = {"kind": "monthly", "to": ["sales", "direction"], "follow": "sales", "day": 1}
WEEKLY = {"kind": "weekly", "name": "monday", "to": "sales", "follow": ["revenue_won"]}


@pytest.fixture
def world(tmp_path: Path, port: int) -> Iterator[tuple[Versions, Clock]]:
    made, clock = home(tmp_path, settings(port, MONTHLY, WEEKLY))
    yield made, clock
    made.close()


def sent(world: Versions, makers: Any = (a_pdf,)) -> int:
    with after.filled(world.house) as shelf:
        return send_due(world.house, shelf, makers)


def test_a_report_arrives_on_its_schedule_in_the_reader_s_language_once(world: tuple[Versions, Clock], port: int) -> None:
    """Subject, the report itself as the mail's HTML, words for chat, the PDF; nothing the second time."""
    made, clock = world
    made.run([*months(), *weeks()])
    clock.now = datetime.fromisoformat("2026-10-01T07:59:00+02:00")
    with mail_server(port) as inbox:
        assert sent(made) == 2, "new in the settings, so at once: August, and the week of 21 September; September comes at 08:00"
        assert "Weekly report, week of Sep 21, 2026 (monday)" in inbox.subjects
        inbox.mails.clear()
        assert sent(made) == 0
        clock.move(minutes=2)
        assert sent(made) == 1
        assert sent(made) == 0
        clock.move(days=2)
        assert sent(made) == 0
        assert sorted(inbox.subjects) == ["Monthly report, September 2026", "Rapport mensuel, septembre 2026"]
    place = inbox.subjects.index("Rapport mensuel, septembre 2026")
    page, plain = inbox.body(place, "html"), inbox.body(place)
    assert "<h1>Rapport mensuel, septembre 2026</h1>" in page
    assert "80,00" in page
    assert "<svg" not in page
    assert "Chiffre d'affaires gagné : 80,00" in plain
    assert "{" not in plain, "a style sheet is no text"
    (attached,) = inbox.mails[place].iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("cadran-monthly-2026-09.fr.pdf", PDF)
    kept = made.house.folder / "reports" / "cadran-monthly-2026-09.fr.pdf"
    assert kept.stat().st_mode & 0o077 == 0


def test_without_a_pdf_the_report_comes_as_html_and_says_so(world: tuple[Versions, Clock], port: int) -> None:
    """In the mail, in both forms, and with pictures in the attached file."""
    made, clock = world
    made.run([*months(), *weeks()])
    clock.now = datetime.fromisoformat("2026-10-01T07:00:00+02:00")
    with mail_server(port) as inbox:
        assert sent(made, (no_pdf,)) == 2
    assert inbox.subjects[-1] == "Weekly report, week of Sep 21, 2026 (monday)"
    assert "No PDF could be made" in inbox.body()
    assert "No PDF could be made" in inbox.body(kind="html")
    (attached,) = inbox.mails[-1].iter_attachments()
    assert attached.get_filename() == "cadran-weekly-2026-09-21-monday.en.html"
    body = attached.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert b"<svg" in body


def test_a_mail_server_that_is_down_gets_it_later_and_once(world: tuple[Versions, Clock], port: int) -> None:
    """The outbox tries again; that it was made is known meanwhile."""
    made, clock = world
    made.run([*months(), *weeks()])
    clock.now = datetime.fromisoformat("2026-10-01T07:00:00+02:00")
    assert sent(made) == 2
    assert [kept.state for kept in messages(made.house)] == ["waiting"] * 3
    clock.move(minutes=5)
    with mail_server(port) as inbox:
        assert sent(made) == 0
        deliver(made.house)
        assert len(inbox.mails) == 3
        clock.move(hours=2)
        deliver(made.house)
        assert sent(made) == 1, "September's month"
    assert len(inbox.mails) == 5


def test_a_report_waits_for_a_sync_that_saw_its_whole_period(world: tuple[Versions, Clock], port: int) -> None:
    """The machine was off for weeks: nothing is sent on old figures, and of those that were missed the newest alone."""
    made, clock = world
    made.run([*months(), *weeks()])
    clock.now = datetime.fromisoformat("2026-10-20T12:00:00+02:00")
    with mail_server(port) as inbox:
        assert sent(made) == 1
        assert inbox.subjects == ["Monthly report, September 2026", "Rapport mensuel, septembre 2026"]
        assert [(report.title, span.start) for report, span in waiting(made.house)] == [("monday", date(2026, 10, 12))]
        assert sent(made) == 0


def test_asked_for_by_a_person_it_is_sent_again(world: tuple[Versions, Clock], port: int) -> None:
    """Whatever the schedule sent; and where the settings have none it says what to add."""
    made, clock = world
    made.run([*months(), *weeks()])
    with after.filled(made.house) as shelf:
        span = Span("weekly", date(2026, 9, 21))
        assert len(send_now(made.house, shelf, "weekly", span, None, (a_pdf,))[1]) == 1
        clock.move(seconds=1)
        assert len(send_now(made.house, shelf, "weekly", span, None, (a_pdf,))[1]) == 1
        made.house.settings = type(made.house.settings)()
        with pytest.raises(ConfigurationError, match="no weekly report to send: add one under `reports`"):
            send_now(made.house, shelf, "weekly", span, None)


@pytest.mark.parametrize(
    ("report", "now", "start"),
    [
        ({"kind": "weekly"}, "2026-11-23T07:59", date(2026, 11, 9)),
        ({"kind": "weekly"}, "2026-11-23T08:00", date(2026, 11, 16)),
        ({"kind": "weekly", "day": "wed", "at": "18:30"}, "2026-11-25T18:29", date(2026, 11, 9)),
        ({"kind": "weekly", "day": "sun"}, "2026-11-29T08:00", date(2026, 11, 16)),
        ({"kind": "monthly"}, "2026-11-02T07:59", date(2026, 9, 1)),
        ({"kind": "monthly"}, "2026-11-02T08:00", date(2026, 10, 1)),
        ({"kind": "monthly", "day": 28}, "2027-01-05T08:00", date(2026, 11, 1)),
    ],
)
def test_what_is_due_when(report: dict[str, Any], now: str, start: date) -> None:
    """The newest period whose day and time have come, by the wall clock of the reporting zone."""
    found = due(ReportSettings(to=["sales"], **report), datetime.fromisoformat(now).replace(tzinfo=PARIS), PARIS, "mon")
    assert found.start == start


def test_weeks_begin_when_the_settings_say() -> None:
    assert containing("weekly", date(2026, 11, 22), "sun").start == date(2026, 11, 22)
    assert containing("weekly", date(2026, 11, 22), "mon").end == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": "weekly", "day": 2}, "`day` of a weekly report is one of mon, tue"),
        ({"kind": "monthly", "day": 31}, "`day` of a monthly report is 1 to 28"),
        ({"kind": "monthly", "at": 630}, "write HH:MM in quotes"),
        ({"kind": "weekly", "name": "../x"}, "String should match pattern"),
        ({"kind": "weekly", "to": []}, "at least 1 item"),
    ],
)
def test_settings_that_cannot_be_meant(wrong: dict[str, Any], sentence: str) -> None:
    """Each with what to write."""
    with pytest.raises(ValidationError, match=sentence):
        ReportSettings.model_validate({"to": ["sales"], **wrong})


def test_names_that_the_settings_do_not_have(world: tuple[Versions, Clock], port: int) -> None:
    """Recipients, roles and KPIs with the nearest one; two reports of one name."""
    wrong = settings(port, {**MONTHLY, "to": "sale", "follow": ["saless", "win_rat"]}, {"kind": "monthly", "to": "sales"})
    found = {".".join(keys): sentence for keys, sentence in mistakes(type(world[0].house.settings).model_validate(wrong))}
    assert "did you mean `sales`?" in found["reports.0.to"]
    assert found["reports.0.follow"] == "no role and no KPI is called win_rat; did you mean `win_rate`?"
    assert found["reports.1"] == "2 reports are called monthly: give each a `name` of its own"
    assert list(mistakes(world[0].house.settings)) == []


@pytest.mark.parametrize("page", ["reports.md", "reports.fr.md"])
def test_the_settings_of_the_docs_can_be_used(page: str) -> None:
    """As they stand there."""
    block = (Path(__file__).parents[4] / "docs" / page).read_text(encoding="utf-8").split("```yaml")[1].split("```")[0]
    said = AccountSettings.model_validate(yaml.safe_load(block))
    assert list(mistakes(said)) == []
    assert [report.title for report in said.reports] == ["weekly", "monthly", "finance"]


def test_no_way_to_a_pdf_says_what_each_lacks() -> None:
    """And the next way is taken where one fails."""
    assert pdf("", [no_pdf, a_pdf]) == PDF
    with pytest.raises(NoPdf, match=r"there is no browser; what was made is no PDF\. Install Chromium, or `pip install 'cadran"):
        pdf("", [no_pdf, lambda _: b"<html>"])


def test_a_folder_that_takes_nothing_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in its place, a disk that is full in the middle: one sentence, no half file, the earlier report untouched."""
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(FolderRefused, match=r"cannot write the report to .*taken: .*Nothing was written there"):
        put(taken, {"a.html": b"x"})
    put(tmp_path / "out", {"a.html": b"earlier"})
    calls: list[int] = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FolderRefused, match="No space left on device"):
        put(tmp_path / "out", {"a.html": b"new", "a.pdf": b"new"})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.html"]
    assert (tmp_path / "out" / "a.html").read_bytes() == b"earlier"
