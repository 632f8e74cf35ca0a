"""``cadran export`` as somebody calls it, and the exports of the settings after a sync."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError

from config.exports import ExportSettings
from config.settings import AccountSettings
from config.tableau import TableauSettings
from connectors.errors import ConfigurationError
from sync import basis
from sync.cli import cli
from sync.house import House
from sync.publish.bi.command import export_due
from sync.publish.bi.tableau import can_publish
from tests.sync.publish.bi.conftest import in_french, names
from tests.sync.versions import Versions


@pytest.fixture
def called(home: Versions, monkeypatch: pytest.MonkeyPatch) -> Versions:
    """The home is the one that commands open."""

    @contextmanager
    def opened(*_: Any, **__: Any) -> Iterator[House]:
        yield home.house

    monkeypatch.setattr("sync.publish.bi.command.opened", opened)
    return home


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["export", *words])


def test_the_command_writes_files_and_says_which(called: Versions, tmp_path: Path) -> None:
    """One line for each."""
    out = tmp_path / "out"
    done = run("csv", str(out), "--kpi", "cpl")
    assert done.exit_code == 0, done.output
    assert f"{out}/kpi_value.csv" in done.stdout
    assert "5 rows" in done.stdout
    assert names(out) == {"kpi_value.csv", "kpi_input.csv", "kpi.csv", "member.csv", "cadran_export.json"}


def test_with_json_the_answer_is_one_document(called: Versions, tmp_path: Path) -> None:
    """Files, rows, bytes, and what is left of an earlier export."""
    out = tmp_path / "out"
    run("csv", str(out))
    done = json.loads(run("parquet", str(out), "--json").stdout)
    assert {key: done[key] for key in ("format", "folder", "as_of", "too_large", "kept", "published")} == {
        "format": "parquet",
        "folder": str(out),
        "as_of": "2026-10-01T08:00:00Z",
        "too_large": 0,
        "kept": [],
        "published": [],
    }
    assert done["left_over"] == ["kpi.csv", "kpi_input.csv", "kpi_value.csv", "member.csv"]
    assert {"file": "kpi_value.parquet", "rows": 9, "bytes": (out / "kpi_value.parquet").stat().st_size} in done["files"]


def test_a_french_account_is_answered_in_french(called: Versions, tmp_path: Path) -> None:
    """What was there before is named."""
    called.house = in_french(called.house)
    run("parquet", str(tmp_path / "out"))
    done = run("csv", str(tmp_path / "out"))
    assert "9 lignes" in done.stdout
    assert "D'un export précédent, qui ne sont plus écrits : kpi.parquet" in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["csv", "--kpi", "cpI"], "no KPI is called cpI; did you mean"),
        (["csv", "--by", "colour"], "no KPI is cut by colour; there are total"),
        (["csv", "--model", "markov"], "no results of the attribution model markov are kept"),
        (["csv", "--since", "2030-01-01"], "nothing that was computed fits"),
        (["parquet", "--excel"], "--excel is of the format csv"),
        (["csv", "--publish"], "--publish is of the format hyper"),
        (["hyper", "--publish"], "--publish needs a section `tableau`"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    called: Versions, tmp_path: Path, words: list[str], sentence: str
) -> None:
    """Exit code 2 and a sentence that says what to do."""
    done = run(words[0], str(tmp_path / "out"), *words[1:])
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_home_that_was_never_synced_has_nothing_to_export(tmp_path: Path) -> None:
    """It says what comes first."""
    done = run("csv", str(tmp_path / "out"), "--home", str(tmp_path / "home"))
    assert done.exit_code == 2
    assert "run `cadran sync`" in done.stderr


def test_exports_of_the_settings_follow_a_sync_each_on_its_own(home: Versions, tmp_path: Path) -> None:
    """One that fails is told and keeps no other from being written."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = [
        {"format": "parquet", "folder": str(tmp_path / "one"), "kpis": ["cpl"], "by": ["total"]},
        {"format": "csv", "folder": str(tmp_path / "file")},
        {"format": "csv", "folder": str(tmp_path / "two"), "excel": True},
    ]
    home.house.settings = AccountSettings.model_validate({"exports": said})
    [problem] = export_due(home.house)
    assert problem.startswith(f"export csv to {tmp_path / 'file'}: cannot export to")
    assert "kpi_value.parquet" in names(tmp_path / "one")
    assert (tmp_path / "two" / "kpi_value.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"format": "parquet", "folder": "out"}, "write the whole path"),
        ({"format": "xlsx", "folder": "/out"}, "Input should be 'parquet', 'csv', 'hyper' or 'pbip'"),
        ({"format": "parquet", "folder": "/out", "excel": True}, "`excel` is of the format csv"),
        ({"format": "csv", "folder": "/out", "publish": True}, "`publish` is of the format hyper"),
    ],
)
def test_settings_that_cannot_be_are_refused(said: dict[str, Any], sentence: str) -> None:
    """When they are read, not in the night after a sync."""
    with pytest.raises(ValidationError, match=sentence):
        ExportSettings.model_validate(said)


def test_no_value_depends_on_where_files_go(home: Versions) -> None:
    """A folder that changes restates nothing."""
    said = {
        "exports": [{"format": "csv", "folder": "/out"}],
        "tableau": {"server": "https://t.example.com", "token_name": "a", "token": "b"},
    }
    home.house.settings = AccountSettings.model_validate(said)
    frame = type("Frame", (), {"zone_name": "Europe/Paris", "currency": "EUR"})
    named = {row["name"].split(".")[0] for row in basis.basis(home.house, frame)}  # type: ignore[arg-type]
    assert not named & {"exports", "tableau"}


def test_publishing_needs_a_server_in_the_settings() -> None:
    """It says which lines to write."""
    with pytest.raises(ConfigurationError, match="server, project, token_name, token"):
        can_publish(None)
    assert TableauSettings.model_validate({"server": "http://127.0.0.1:1", "token_name": "a", "token": "b"}).site == ""
