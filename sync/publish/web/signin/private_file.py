"""A small JSON file that nobody else on the machine may read, changed by one process at a time."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from connectors.errors import ConfigurationError

_OTHERS = 0o077


class PrivateFile:
    """Entries by name. Reading looks at the file again only when it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, int, int], Mapping[str, Any]] | None = None

    def entries(self) -> Mapping[str, Any]:
        """What it holds; nothing when there is no file. Raises :class:`ConfigurationError` when others may read it, or it is broken."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return {}
        version = (found.st_mtime_ns, found.st_size, found.st_ino)
        if self._read is None or self._read[0] != version:
            if found.st_mode & _OTHERS:
                raise ConfigurationError(f"{self.path} can be read by others on this machine: `chmod 600 {self.path}`")
            self._read = version, self._parsed()
        return self._read[1]

    @contextmanager
    def changed(self) -> Iterator[dict[str, Any]]:
        """The entries, to be changed in the block; written in one step when it ends well."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            entries = dict(self.entries())
            yield entries
            self._write(entries)
        finally:
            os.close(descriptor)

    def _parsed(self) -> Mapping[str, Any]:
        try:
            document = orjson.loads(self.path.read_bytes())
        except orjson.JSONDecodeError:
            document = None
        if not isinstance(document, dict) or not all(isinstance(entry, dict) for entry in document.values()):
            raise ConfigurationError(f"{self.path} is not what Cadran wrote there: put a copy back, or remove it and start anew")
        return document

    def _write(self, entries: Mapping[str, Any]) -> None:
        new = self.path.with_name(self.path.name + ".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(entries, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
