"""Watched files: what is due, when, and that the scheduler reads it."""

import threading
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.settings import ScheduleSettings
from connectors.base import Place
from connectors.files.settings import FilesSettings
from connectors.files.source import FilesSource, build
from sync.schedule import StopSignal, run_forever
from sync.watching import Standing, Watcher, Watches, looked_at

A, B = {"a.csv": (1, 10)}, {"a.csv": (1, 10), "b.csv": (2, 20)}


def looks(*stands: Standing | None) -> list[list[str]]:
    """What is due at each look of one source; what is due is taken."""
    watcher, found = Watcher(), []
    for one in stands:
        due = watcher.look({"files": one})
        for source in due:
            watcher.took(source)
        found.append(due)
    return found


def test_a_new_file_is_due_once_two_looks_found_it_the_same() -> None:
    assert looks(A, A, B, B, B) == [[], [], [], ["files"], []]


def test_a_file_that_grows_is_due_when_it_has_come_to_rest() -> None:
    growing = [{**A, "b.csv": (n, n)} for n in range(3)]
    assert looks(A, *growing, growing[-1], growing[-1]) == [[], [], [], [], ["files"], []]


def test_a_share_that_vanishes_and_comes_back_the_same_is_no_news() -> None:
    assert looks(A, None, None, A, A) == [[], [], [], [], []]
    assert looks(A, None, B, B) == [[], [], [], ["files"]]
    assert looks(None, A, A) == [[], [], []]


def test_a_file_that_is_taken_back_is_news_too() -> None:
    assert looks(B, A, A) == [[], [], ["files"]]


def test_a_share_that_is_away_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    watcher = Watcher()
    stands: list[Mapping[str, Standing | None]] = [{"files": None}, {"files": None}, {"files": A}, {"files": None}]
    for one in stands:
        watcher.look(one)
    assert len(caplog.records) == 2


def files(folder: Path) -> FilesSource:
    settings = FilesSettings.model_validate({"entries": [{"kind": "costs", "path": "in"}]})
    return build("files", settings, Place(folder, folder))


def test_a_folder_that_is_not_there_is_away(tmp_path: Path) -> None:
    source: Watches = files(tmp_path)
    assert looked_at([source]) == {"files": None}


def test_the_scheduler_reads_a_file_that_is_dropped_into_the_folder(tmp_path: Path) -> None:
    """The looks are the test's own: no time has to pass."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("date,amount,currency\n")
    stop, read, looked = StopSignal(), threading.Event(), []
    due_then: list[list[str]] = []

    class Dropping:
        """A person who drops a file between two looks."""

        id = "files"

        def standing(self) -> Standing | None:
            if len(looked) == 1:
                (tmp_path / "in" / "b.csv").write_text("date,amount,currency\n2026-03-01,1,EUR\n")
            looked.append(1)
            return files(tmp_path).standing()

    def pause(_: float | None = None) -> bool:
        """The scheduler's own wait, and each look's: over once the file was read."""
        return read.wait(0.01)

    def read_files(due: list[str]) -> None:
        due_then.append(due)
        read.set()

    stop.wait = pause  # type: ignore[method-assign]
    schedule = ScheduleSettings(at=["03:00"], watch_seconds=1)
    run_forever(schedule, ZoneInfo("UTC"), lambda: None, stop, [Dropping()], read_files)
    assert due_then == [["files"]]
    assert len(looked) >= 3
