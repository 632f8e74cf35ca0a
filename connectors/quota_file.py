"""The small file through which the processes of one user on one machine share a governor.

SQLite in WAL: it survives a killed process whole, without a wait for the disk. It holds counts and instants, never a
credential; only its name depends on one, through a digest. Folder 0700, files 0600.
"""

import hashlib
import os
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

VERSION = 1
"""Of the tables; part of the file's name, so that two releases never read each other's."""
PATIENCE_S = 10.0
"""How long another process may keep us from the file, seconds. Transactions take less than a millisecond."""
KEPT_S = 2 * 86_400.0
"""A file that nobody wrote for so long is deleted by the next process that opens another: every window and the day that it
counts are over."""


def state_folder() -> Path:
    """Where a user's programs keep what survives a restart: the same for a login, cron and a service.

    ``XDG_STATE_HOME`` or ``~/.local/state`` (https://specifications.freedesktop.org/basedir-spec/latest/, 2026-11-21). Not
    ``XDG_RUNTIME_DIR``: cron has none, and would count on its own beside a session of the same user.
    """
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    if given.is_absolute():
        return given / "cadran"
    try:
        return Path.home() / ".local" / "state" / "cadran"
    except RuntimeError:  # a user without a home
        return Path(tempfile.gettempdir()) / f"cadran-{os.getuid()}"


def quota_path(base_url: str, credential: str) -> Path:
    """The file of one credential at one address."""
    digest = hashlib.sha256("\0".join(("cadran quota", base_url.rstrip("/"), credential)).encode()).hexdigest()
    return state_folder() / f"quota-{VERSION}-{digest[:32]}.sqlite"


class QuotaFile:
    """One file, opened when it is first needed. Thread-safe; ``prepare`` makes the tables where they are missing."""

    def __init__(self, path: Path, prepare: Callable[[sqlite3.Connection], None]) -> None:
        self.path = path
        self._prepare = prepare
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The file for us alone, for a moment. Raises :class:`sqlite3.Error` or :class:`OSError` when it cannot be used."""
        with self._lock:
            rows = self._opened()
            rows.execute("BEGIN IMMEDIATE")
            try:
                yield rows
                rows.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    rows.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection:
        """The connection, to the file that has the name *now*: somebody may have deleted the one that we had."""
        if self._connection is not None:
            with suppress(FileNotFoundError):
                if self.path.stat().st_ino == self._inode:
                    return self._connection
            self._close()
        _make_private(self.path)
        connection = sqlite3.connect(self.path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            self._prepare(connection)
            connection.execute("COMMIT")
            self._inode = self.path.stat().st_ino
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        _sweep(self.path)
        return connection


def _make_private(path: Path) -> None:
    """Folder and file for this user alone, made where they are missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        # Never opened when it exists: closing it again would release the locks that SQLite holds on it in this process.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for one, mode in ((path.parent, 0o700), (path, 0o600)):
        found = one.stat()
        if found.st_uid != os.getuid():
            raise PermissionError(f"{one} belongs to another user")
        if stat.S_IMODE(found.st_mode) & 0o077:
            one.chmod(mode)


def _sweep(own: Path) -> None:
    """Delete the files of credentials and sandboxes that are no longer used. A process that still has one open sees that
    it is gone (:meth:`QuotaFile._opened`)."""
    horizon = time.time() - KEPT_S
    for file in own.parent.glob("quota-*.sqlite"):
        parts = [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))]
        with suppress(OSError):
            if file != own and all(part.stat().st_mtime < horizon for part in parts if part.exists()):
                for part in parts:
                    part.unlink(missing_ok=True)
