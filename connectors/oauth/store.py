"""Where logins are kept: one file of mode 0600 for each source, in the account's folder ``logins``.

With a system keyring (:mod:`connectors.oauth.keyring`) the tokens are in there, and the file says no more than that: so a
process that cannot open the keyring (cron, a service) can say why there is no login.

A login is replaced by writing a temporary file, forcing it to the disk and renaming it, so that a killed process leaves the old
one or the new one. A lock file beside it lets one process at a time refresh, and remembers a refresh that was begun and never
ended: with vendors that rotate refresh tokens, the one we hold may be spent then.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import msgspec

from connectors.base import Place
from connectors.errors import ConfigurationError
from connectors.oauth import keyring
from connectors.oauth.grant import Grant
from connectors.oauth.section import HasApp


@dataclass(frozen=True)
class Kept:
    """What a login's file holds."""

    kept_in: Literal["file", "keyring"]
    grant: Grant | None
    """None: it is in the keyring."""


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
        self._choice = place.login_store

    def path(self, name: str) -> Path:
        """The file of a login; ``name`` is a source's id."""
        return self._folder / f"{quote(name, safe='')}.json"

    def load(self, name: str) -> Grant | None:
        """The login, or None where there is none. Raises :class:`ConfigurationError` for a file that others can read."""
        kept = self._file(name)
        if kept is None or kept.kept_in == "file":
            return kept.grant if kept else None
        try:
            return msgspec.json.decode(keyring.read(self._entry(name)), type=Grant)
        except (keyring.Unusable, msgspec.MsgspecError) as error:
            raise ConfigurationError(
                f"{name}: its login is in the system's keyring, which this process cannot read it from ({error}). For runs without a "
                f"desktop session write `logins: file` at the top of the settings and run `cadran connect {name}` again."
            ) from None

    def kept_in(self, name: str) -> Literal["file", "keyring"] | None:
        """Where a login is kept; None where there is none."""
        kept = self._file(name)
        return kept.kept_in if kept else None

    def save(self, name: str, grant: Grant) -> None:
        """Keep a login in the place of the one before it, wherever that is; on the disk when this returns."""
        self._put(name, grant, self.kept_in(name) or "file")

    def connected(self, name: str, grant: Grant) -> Literal["file", "keyring"]:
        """Keep a login that a person has just made, where the settings want it; says where."""
        usable = self._choice != "file" and keyring.is_usable(any_backend=self._choice == "keyring")
        if self._choice == "keyring" and not usable:
            raise ConfigurationError(
                "`logins: keyring` needs a keyring of the system and the extra that speaks to it (pip install 'cadran[keyring]'); "
                "write `logins: file` to keep logins in files that only you can read"
            )
        where: Literal["file", "keyring"] = "keyring" if usable else "file"
        with self.locked(name) as attempt:
            if where == "file" and self.kept_in(name) == "keyring":
                keyring.remove(self._entry(name))
            self._put(name, grant, where)
            attempt.end()
        return where

    def _put(self, name: str, grant: Grant, where: Literal["file", "keyring"]) -> None:
        path = self.path(name)
        self._make_folder()
        try:
            if where == "keyring":
                keyring.write(self._entry(name), msgspec.json.encode(grant).decode())
            _replace(path, msgspec.json.encode(Kept(where, grant if where == "file" else None)))
        except (OSError, keyring.Unusable) as error:
            raise ConfigurationError(f"{name}: the login cannot be kept in {path} ({type(error).__name__})") from None

    def _file(self, name: str) -> Kept | None:
        path = self.path(name)
        try:
            with path.open("rb") as file:
                _refuse_open_to_others(path, os.fstat(file.fileno()))
                return msgspec.json.decode(file.read(), type=Kept)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(f"{name}: the login in {path} cannot be read ({type(error).__name__})") from None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise ConfigurationError(f"{name}: {path} holds no login; delete it and run `cadran connect {name}` again") from None

    def _entry(self, name: str) -> str:
        """The keyring's name of a login: one machine may hold several homes."""
        return str(self.path(name))

    def forget(self, name: str) -> bool:
        """Remove a login; False where there was none."""
        with self.locked(name) as attempt:
            attempt.end()
            kept = self.kept_in(name)
            if kept == "keyring":
                keyring.remove(self._entry(name))
            self.path(name).unlink(missing_ok=True)
            return kept is not None

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


def kept_login(source_id: str, section: HasApp, vendor: str, place: Place) -> Grant:
    """The login by ``cadran connect`` for a source that renews tokens by itself. Raises :class:`ConfigurationError` without one."""
    grant = Logins(place).load(source_id)
    if grant is None:
        raise nobody_yet(source_id, vendor)
    return of_this_app(source_id, grant, section.client_id)


def nobody_yet(source_id: str, vendor: str) -> ConfigurationError:
    return ConfigurationError(f"{source_id}: nobody has logged in to {vendor} yet: run `cadran connect {source_id}`.")


def of_this_app(source_id: str, grant: Grant, client_id: str | None) -> Grant:
    """``grant``, which only the app can use that it was made to."""
    if grant.client_id == client_id:
        return grant
    raise ConfigurationError(
        f"{source_id}: the login of {grant.connected_at.date()} was made to another app (client_id): run `cadran connect {source_id}`."
    )


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
