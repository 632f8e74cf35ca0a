"""Where logins are kept: one file of mode 0600 for each source, in the account's folder ``logins``.

A login is replaced by writing a temporary file, forcing it to the disk and renaming it, so that a killed process leaves the old
one or the new one. A lock file beside it lets one process at a time refresh, and remembers a refresh that was begun and never
ended: with vendors that rotate refresh tokens, the one we hold may be spent then.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from connectors.base import Place
from connectors.errors import ConfigurationError
from connectors.oauth.grant import Grant


class Attempt:
    """A refresh as the lock file knows it, while the lock is held."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        text = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip()
        self.unfinished: datetime | None = None
        """When an earlier refresh was begun whose end nobody noted."""
        with suppress(ValueError):
            self.unfinished = datetime.fromisoformat(text) if text else None

    def begin(self, now: datetime) -> None:
        """Note it before the vendor is asked. On a full or read-only disk this fails, while the old token is still good."""
        self._write(now.isoformat().encode())

    def end(self) -> None:
        self._write(b"")

    def _write(self, text: bytes) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)
        os.fsync(self._descriptor)


class Logins:
    """The logins of an account's sources."""

    def __init__(self, place: Place) -> None:
        self._folder = place.logins

    def path(self, name: str) -> Path:
        """The file of a login; ``name`` is a source's id."""
        return self._folder / f"{quote(name, safe='')}.json"

    def load(self, name: str) -> Grant | None:
        """The login, or None where there is none. Raises :class:`ConfigurationError` for a file that others can read."""
        path = self.path(name)
        try:
            with path.open("rb") as file:
                _refuse_open_to_others(path, os.fstat(file.fileno()))
                return msgspec.json.decode(file.read(), type=Grant)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(f"{name}: the login in {path} cannot be read ({type(error).__name__})") from None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise ConfigurationError(f"{name}: {path} holds no login; delete it and run `cadran connect {name}` again") from None

    def save(self, name: str, grant: Grant) -> None:
        """Keep a login in the place of the one before it; on the disk when this returns."""
        path = self.path(name)
        self._make_folder()
        try:
            _replace(path, msgspec.json.encode(grant))
        except OSError as error:
            raise ConfigurationError(f"{name}: the login cannot be kept in {path} ({type(error).__name__})") from None

    def forget(self, name: str) -> bool:
        """Remove a login; False where there was none."""
        with self.locked(name) as attempt:
            attempt.end()
            try:
                self.path(name).unlink()
            except FileNotFoundError:
                return False
            return True

    @contextmanager
    def locked(self, name: str) -> Iterator[Attempt]:
        """Alone with a login, among the threads and processes of this machine; waits for as long as another refreshes."""
        self._make_folder()
        path = self.path(name).with_suffix(".lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigurationError(f"{name}: {path} cannot be written ({type(error).__name__})") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield Attempt(descriptor)
        finally:
            os.close(descriptor)

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"the folder {self._folder} for logins cannot be made ({type(error).__name__})") from None


def _refuse_open_to_others(path: Path, found: os.stat_result) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077 or found.st_uid != os.getuid():
        who = "belongs to another user" if found.st_uid != os.getuid() else f"can be read by others (mode {mode:04o})"
        raise ConfigurationError(
            f"{path} holds a login and {who}. If nobody used it: `chmod 600 {path}` as its owner. If in doubt, delete it and connect again."
        )


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
