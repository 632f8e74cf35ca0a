"""Tableau: files that read back as they were, and a server that takes, refuses or is down. Needs the extra ``tableau``."""

import importlib.util
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.tableau import TableauSettings
from connectors.errors import AuthenticationError, CadranError, ConfigurationError, TransientError
from sync.publish.bi import schema
from sync.publish.bi.place import ExportRefused
from sync.publish.bi.tableau import publish
from tests.sync.publish.bi.conftest import exported, names
from tests.sync.publish.bi.tableau_server import SECRET, SITE, TOKEN, Tableau, tableau_server
from tests.sync.versions import Versions, value


def needs(*modules: str) -> pytest.MarkDecorator:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed (pip install 'cadran[tableau]')")


writes, sends = needs("pantab", "pyarrow"), needs("tableauserverclient")


class Counted:
    done = 0

    def advance(self, done: int, total: int | None = None) -> None:
        self.done += done


def read(file: Path) -> list[dict[str, Any]]:
    import pantab

    found: list[dict[str, Any]] = pantab.frame_from_hyper(file, table=("Extract", "Extract"), return_type="pyarrow").to_pylist()
    return found


@writes
def test_hyper_files_read_back_as_they_were(home: Versions, tmp_path: Path) -> None:
    """One for each table, also what pantab cannot take as a decimal: between -0.1 and 0."""
    home.run(
        [
            value("net_margin", "-0.05", {"revenue_won": "20", "spend": "21"}, unit="ratio"),
            value("spend", "29036.72073", {"spend": "29036.72073"}),
        ]
    )
    done = exported(home.house, "hyper", tmp_path / "out")
    assert names(tmp_path / "out") == {f"{table.name}.hyper" for table in schema.TABLES} | {"cadran_export.json"}
    assert done.rows["kpi_value.hyper"] == 2
    margin, spend = sorted(read(tmp_path / "out" / "kpi_value.hyper"), key=lambda row: row["kpi"])
    assert list(margin) == [column.name for column in schema.VALUES.columns]
    assert (margin["value"], spend["value"], spend["currency"], spend["reason"]) == (-0.05, 29036.72073, "EUR", None)
    assert (margin["period_start"], margin["as_of"].isoformat()) == (date(2026, 8, 1), "2026-10-01T08:00:00+00:00")
    assert [
        (row["measure"], row["value"], row["adds"]) for row in read(tmp_path / "out" / "kpi_input.hyper") if row["kpi"] == "spend"
    ] == [("spend", 29036.72073, True)]


@writes
def test_a_hyper_file_that_cannot_be_written_leaves_nothing(
    home: Versions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library tells of a full disk in words of its own; the folder is as it was."""
    import pantab

    exported(home.house, "hyper", tmp_path / "out")
    before = {name: (tmp_path / "out" / name).read_bytes() for name in names(tmp_path / "out")}

    def refuse(_rows: Any, path: Path, **_: Any) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("COPY-IN cancelled.\nContext: 0x3df1553f")

    monkeypatch.setattr(pantab, "frame_to_hyper", refuse)
    with pytest.raises(ExportRefused, match=r"cannot export to .*: COPY-IN cancelled\. Nothing was changed there"):
        exported(home.house, "hyper", tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in names(tmp_path / "out")} == before


def test_without_the_extra_hyper_says_how_to_get_it(home: Versions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is read or written."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ExportRefused, match=r"pip install 'cadran\[tableau\]'") as refused:
        exported(home.house, "hyper", tmp_path / "out")
    assert refused.value.exit_code == 2
    assert not (tmp_path / "out").exists()


@pytest.fixture
def server() -> Iterator[Tableau]:
    with tableau_server() as state:
        yield state


def settings(at: Tableau, /, **changes: Any) -> TableauSettings:
    said = {"server": at.url, "site": SITE, "project": "Marketing", "token_name": TOKEN, "token": SECRET}
    return TableauSettings.model_validate({**said, **changes})


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Stand-ins: the server does not look inside."""
    made = [tmp_path / "kpi_value.hyper", tmp_path / "kpi.hyper"]
    for file in made:
        file.write_bytes(file.name.encode())
    return made


@sends
def test_hyper_files_are_published_each_in_the_place_of_the_earlier_one(server: Tableau, files: list[Path]) -> None:
    """Into the project that the settings name, and the session is ended."""
    step = Counted()
    assert publish(settings(server), files, step) == ["Cadran kpi_value", "Cadran kpi"]
    assert server.sources == {"Cadran kpi_value": b"kpi_value.hyper", "Cadran kpi": b"kpi.hyper"}
    assert (server.put_into, server.modes, server.signed_out, step.done) == ({"Marketing"}, {"overwrite"}, 1, 2)


@sends
def test_a_large_hyper_file_is_published_in_pieces(server: Tableau, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above 64 MB in earnest; one is enough here."""
    monkeypatch.setenv("TSC_FILESIZE_LIMIT_MB", "1")
    monkeypatch.setenv("TSC_CHUNK_SIZE_MB", "1")
    file = tmp_path / "kpi_value.hyper"
    file.write_bytes(bytes(range(256)) * 5000)
    publish(settings(server, api_version="3.24"), [file], Counted())
    assert server.sources["Cadran kpi_value"] == file.read_bytes()
    assert len(server.pieces["u1"]) == 2


@sends
@pytest.mark.parametrize(
    ("said", "state", "kind", "sentence"),
    [
        ({"token": "another-secret"}, {}, AuthenticationError, "credential was refused"),
        ({"project": "Sales"}, {}, ConfigurationError, "no project called Sales"),
        ({}, {"may_publish": False}, ConfigurationError, "refused .403004.: Forbidden"),
        ({}, {"is_down": True}, TransientError, "try again later"),
        ({"server": "http://127.0.0.1:9"}, {}, TransientError, "try again later"),
    ],
)
def test_a_hyper_file_that_tableau_does_not_take_is_a_sentence_without_the_token(
    server: Tableau, files: list[Path], said: dict[str, str], state: dict[str, bool], kind: type[CadranError], sentence: str
) -> None:
    """Whose fault it is decides the exit code."""
    for name, set_to in state.items():
        setattr(server, name, set_to)
    with pytest.raises(kind, match=sentence) as refused:
        publish(settings(server, **said), files, Counted())
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("address", ["http://tableau.example.com", "tableau.example.com", "ftp://127.0.0.1", "https://"])
def test_hyper_files_are_published_by_https_alone(address: str) -> None:
    """The token travels in every request."""
    with pytest.raises(ValidationError, match="write it as https://host"):
        TableauSettings.model_validate({"server": address, "token_name": "a", "token": "b"})
