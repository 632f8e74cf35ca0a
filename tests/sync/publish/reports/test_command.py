"""``cadran report``: files, JSON, sending, and what cannot be done in a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sync.cli import cli
from sync.publish.reports import making
from sync.publish.reports.pdf import NoPdf
from tests.sync.publish.mail import PASSWORD, address, free_port, mail_server
from tests.sync.publish.reports.world import months, weeks
from tests.sync.versions import Versions

SETTINGS = """
notify: {recipients: {sales: {to: env:SALES, language: fr}}}
reports:
  - {kind: weekly, to: sales, format: html}
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> Any:
    """Runs ``cadran report`` on a home with figures; gives its exit code and what it printed."""
    folder = tmp_path / "home" / "default"
    folder.mkdir(parents=True)
    made = Versions(folder)
    made.run([*months(), *weeks()])
    made.close()
    settings = tmp_path / "cadran.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("SALES", address(port))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        place = ["--settings", str(settings), "--home", str(tmp_path / "home")]
        done = CliRunner().invoke(cli, ["report", *words, *place], catch_exceptions=False)
        return done.exit_code, done.output

    return run


def test_it_writes_the_file_and_says_what_moved(said: Any, tmp_path: Path) -> None:
    """Of any day's month, of one role; as words or as one JSON document."""
    code, told = said("monthly", "--start", "2026-08-17", "--role", "marketing")
    assert code == 0
    assert told.splitlines() == [
        "Media spend: €310.00, +3.3% on the period before; best change: Leads (+50%).",
        "cadran-monthly-2026-08-marketing.en.html",
    ]
    page = (tmp_path / "cadran-monthly-2026-08-marketing.en.html").read_text()
    assert ("Win rate" in page, "Leads" in page) == (False, True)
    code, told = said("monthly", "--start", "2026-08-01", "--out", str(tmp_path / "new" / "folder"), "--json")
    document = json.loads(told)
    assert document["period_end"] == "2026-09-01"
    assert Path(document["files"][0]).is_file()
    assert set(document) == {"kind", "period_start", "period_end", "headline", "files", "no_pdf", "sent", "waiting"}


def test_without_a_way_to_a_pdf_there_is_the_html_and_a_sentence(
    said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> bytes:
        raise NoPdf("no PDF can be made here: there is no browser")

    monkeypatch.setattr(making, "pdf", refuses)
    code, told = said("weekly", "--format", "pdf")
    assert code == 0
    assert "cadran: no PDF can be made here: there is no browser" in told
    assert [path.name for path in tmp_path.glob("cadran-*")] == ["cadran-weekly-2026-09-21.en.html"]


def test_it_is_sent_where_asked(said: Any, port: int, tmp_path: Path) -> None:
    """To whom the settings name, in their language; what waits is said, and no address is."""
    code, told = said("weekly", "--send")
    assert code == 0
    assert "Message to sales waits" in told
    assert PASSWORD not in told
    with mail_server(port) as inbox:
        code, told = said("weekly", "--send", "--json")
    assert [kept["recipient"] for kept in json.loads(told)["sent"]] == ["sales"]
    assert inbox.subjects == ["Rapport hebdomadaire, semaine du 21 sept. 2026"]
    assert list(tmp_path.glob("cadran-*")) == []
    code, told = said("monthly", "--send")
    assert code == 2
    assert "the settings have no monthly report to send" in told


def test_what_cannot_be_done_is_one_sentence(said: Any, tmp_path: Path) -> None:
    """A folder that is a file; a month nothing is known of. Nothing is written."""
    (tmp_path / "taken").write_text("")
    code, told = said("monthly", "--out", str(tmp_path / "taken"))
    assert (code, told.count("\n")) == (2, 1)
    assert "cannot write the report to" in told
    code, told = said("monthly", "--start", "2031-01-01")
    assert code == 2
    assert "there are no figures of the month that begins on 2031-01-01" in told
    assert list(tmp_path.glob("cadran-*")) == []
