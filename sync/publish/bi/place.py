"""The folder that an export goes to. Readers never see half a file: every file is written beside its place, and all are renamed once
the last one is whole. What goes wrong on the way leaves the folder as it was.

A note, :data:`NOTE`, says what the export is made of: how old it is, and which files are its own. What an earlier export wrote and
this one does not is named; nothing is deleted, for somebody may read it.
"""

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import orjson

from connectors.errors import StopRun

NOTE = "cadran_export.json"
NEARLY_FULL = 2**20
"""Bytes that are left of a disk that is called full: libraries do not always tell."""


class ExportRefused(StopRun):
    """The folder cannot be written to, or there is nothing to write; exit 2."""


@dataclass
class Place:
    """Where files are put while they are made. Made by :func:`filling`."""

    folder: Path
    rows: dict[str, int | None] = field(default_factory=dict)
    """File (relative, with ``/``) -> its rows; None: it is no table."""
    _beside: dict[str, Path] = field(default_factory=dict)
    _made: list[Path] = field(default_factory=list)
    """Folders that were not there before, the outer ones first."""

    def file(self, name: str, rows: int | None) -> Path:
        """A path to write the file ``name`` to, with this many rows; it gets its name at the end."""
        final = self.folder / name
        self.make(final.parent)
        if final.is_dir():
            raise IsADirectoryError(21, "there is a folder of this name", str(final))
        # The ending stays: libraries choose by it what they write.
        path = final.with_name(f".{final.stem}.{uuid.uuid4().hex[:12]}.part{final.suffix}")
        self._beside[name], self.rows[name] = path, rows
        return path

    def text(self, name: str, content: str) -> None:
        self.file(name, None).write_text(content, encoding="utf-8", newline="\n")

    def make(self, folder: Path) -> None:
        """The folder, with those it lies in."""
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        for one in reversed(missing):
            one.mkdir()
            self._made.append(one)

    def sizes(self) -> dict[str, int]:
        """Bytes by file, while or after they are written."""
        return {name: (p if (p := self._beside[name]).exists() else self.folder / name).stat().st_size for name in self.rows}

    def digest(self, name: str) -> str | None:
        return digest_of(self._beside[name])

    def take_back(self) -> None:
        for path in self._beside.values():
            path.unlink(missing_ok=True)
        for folder in reversed(self._made):
            with suppress(OSError):
                folder.rmdir()

    def settle(self) -> None:
        """Everything gets its name, the note last."""
        for name, path in self._beside.items():
            path.replace(self.folder / name)


def can_be_written(folder: Path) -> None:
    """Raises :class:`ExportRefused` where files cannot be put into the folder, or where it cannot be made."""
    nearest = next(f for f in (folder, *folder.parents) if f.exists())
    if not nearest.is_dir():
        raise ExportRefused(f"cannot export to {folder}: {nearest} is a file, not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ExportRefused(f"cannot export to {folder}: {nearest} may not be written to")


@contextmanager
def filling(folder: Path) -> Iterator[Place]:
    """A place to write to for the block; what was written stands there when it ends. Raises :class:`ExportRefused`."""
    can_be_written(folder)
    place = Place(folder)
    try:
        place.make(folder)
        yield place
        place.settle()
    except (OSError, duckdb.IOException) as error:
        place.take_back()
        raise refusal(folder, error) from None
    except BaseException:
        place.take_back()
        raise


def refusal(folder: Path, error: Exception) -> ExportRefused:
    """What to raise for an error while the folder is written to."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else _told(str(error))
    with suppress(OSError):
        if shutil.disk_usage(folder).free < NEARLY_FULL:
            reason = "the disk is full"
    return ExportRefused(f"cannot export to {folder}: {reason}. Nothing was changed there")


_TOLD = ("No space left on device", "File too large", "Permission denied", "Read-only file system", "Disk quota exceeded")
"""Of what the engine says, the words of the system: the rest is its own inside."""


def _told(text: str) -> str:
    return next(
        (words for words in _TOLD if words in text), text.splitlines()[0][:200].rstrip(".") if text else "it cannot be written"
    )


def digest_of(path: Path) -> str | None:
    """SHA-256 of a file as it is; None where it is not there."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def noted(folder: Path) -> Mapping[str, Any]:
    """What the note of an earlier export says; nothing where there is none that can be read."""
    try:
        found = orjson.loads((folder / NOTE).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("files"), dict) else {}


def left_over(folder: Path, earlier: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Files of the earlier export that this one did not write, and that are still there."""
    return sorted(name for name in earlier.get("files", {}) if name not in now and (folder / name).is_file())
