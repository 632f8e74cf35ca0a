"""A reader never sees half a file, and what cannot be written leaves the folder as it was."""

import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from sync.publish.bi.exporting import Format
from sync.publish.bi.place import NOTE, ExportRefused, Place, filling
from tests.sync.publish.bi.conftest import exported, names
from tests.sync.versions import Versions, value

WITHOUT_EXTRAS: list[Format] = ["parquet", "csv", "pbip"]


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Once an export begins to write, the system refuses to make any file large, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    file = Place.file

    def limited(self: Place, *named: Any) -> Path:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
        return file(self, *named)

    monkeypatch.setattr(Place, "file", limited)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("format", WITHOUT_EXTRAS)
def test_what_cannot_be_written_leaves_the_earlier_export_whole(
    home: Versions, tmp_path: Path, format: Format, request: pytest.FixtureRequest
) -> None:
    """Not one file of it is touched, and nothing half written stays."""
    out = tmp_path / "out"
    exported(home.house, format, out)
    before = {name: (out / name).read_bytes() for name in names(out)}
    home.run([value("cpl", "99", {"spend": "99", "leads": "1"})])
    request.getfixturevalue("small_files")
    with pytest.raises(ExportRefused, match=r"cannot export to .*: File too large\. Nothing was changed there"):
        exported(home.house, format, out)
    assert {name: (out / name).read_bytes() for name in names(out)} == before


def test_a_full_disk_is_said_and_nothing_stays(tmp_path: Path) -> None:
    """The system's own refusal; also the folders that were made for it go again."""

    def fill() -> None:
        with filling(tmp_path / "new" / "deep") as place, Path("/dev/full").open("wb", buffering=0) as full:
            place.text("a.txt", "whole")
            full.write(b"x")

    with pytest.raises(ExportRefused, match="No space left on device"):
        fill()
    assert names(tmp_path) == set()
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(home: Versions, tmp_path: Path) -> None:
    """It is left alone."""
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    for folder in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(ExportRefused, match="out is a file, not a folder") as refused:
            exported(home.house, "csv", folder)
        assert refused.value.exit_code == 2
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_a_read_only_folder_is_refused(home: Versions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may write everywhere: the system's answer is put in its mouth."""
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path / "out")
    with pytest.raises(ExportRefused, match="may not be written to"):
        exported(home.house, "csv", tmp_path / "out")
    assert names(tmp_path / "out") == set()


def test_files_get_their_names_when_the_last_one_is_whole(tmp_path: Path) -> None:
    """Until then a reader sees the earlier ones."""
    (tmp_path / "a.txt").write_text("old", encoding="utf-8")
    with filling(tmp_path) as place:
        place.text("a.txt", "new")
        place.text("b.txt", "new")
        assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "old"
        assert not (tmp_path / "b.txt").exists()
    assert {name: (tmp_path / name).read_text(encoding="utf-8") for name in names(tmp_path)} == {"a.txt": "new", "b.txt": "new"}


def test_files_of_an_earlier_export_are_named_and_stay(home: Versions, tmp_path: Path) -> None:
    """Somebody may still read them; a stranger's file is no business of ours."""
    out = tmp_path / "out"
    exported(home.house, "csv", out)
    (out / "theirs.txt").write_text("theirs", encoding="utf-8")
    done = exported(home.house, "parquet", out)
    assert done.left_over == ["kpi.csv", "kpi_input.csv", "kpi_value.csv", "member.csv"]
    assert {"kpi.csv", "kpi.parquet", "theirs.txt"} <= names(out)


def test_the_note_says_what_the_export_is_made_of(home: Versions, tmp_path: Path) -> None:
    """Who reads the files can tell how old they are."""
    exported(home.house, "csv", tmp_path)
    note = orjson.loads((tmp_path / NOTE).read_bytes())
    assert note["as_of"] == "2026-10-01T08:00:00Z"
    assert note["files"]["kpi_value.csv"] == {"rows": 9}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"files": 3}', b"\xff\x00"])
def test_a_note_that_cannot_be_read_is_no_note(home: Versions, tmp_path: Path, content: bytes) -> None:
    """It is written anew."""
    (tmp_path / NOTE).write_bytes(content)
    assert exported(home.house, "csv", tmp_path).left_over == []
    assert orjson.loads((tmp_path / NOTE).read_bytes())["format"] == "csv"
