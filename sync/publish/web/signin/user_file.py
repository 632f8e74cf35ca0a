"""The users of an account and their passwords: ``<home>/<account>/users``, managed by ``cadran users``.

A file beside the ledger and not rows in it, so that users can be set up before the first sync and whatever database the ledger
is in.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.serve import Role
from connectors.errors import ConfigurationError
from sync.publish.web.signin import passwords
from sync.publish.web.signin.private_file import PrivateFile

_NAME = re.compile(r"[\w.@+-]{1,64}")


@dataclass(frozen=True)
class User:
    name: str
    role: Role
    owners: tuple[str, ...]
    """The CRM's owner ids of this person; ``*``: everyone's."""
    hash: str
    stamp: str
    """Changes with the password: sessions that bear another one are over."""
    since: str
    """When added, UTC, ISO 8601."""


class UserFile:
    def __init__(self, folder: Path) -> None:
        """``folder``: of the account."""
        self._file = PrivateFile(folder / "users")

    @property
    def path(self) -> Path:
        return self._file.path

    def all(self) -> list[User]:
        """By name."""
        return [_user(name, entry) for name, entry in sorted(self._file.entries().items())]

    def find(self, name: str) -> User | None:
        known = _spelt(name)
        entry = self._file.entries().get(known)
        return None if entry is None else _user(known, entry)

    def is_empty(self) -> bool:
        return not self._file.entries()

    def add(self, name: str, role: Role, owners: Iterable[str], password: str, now: datetime) -> User:
        known = _spelt(name)
        if not _NAME.fullmatch(known):
            raise ConfigurationError(f"a user's name is 1 to 64 letters, digits and . _ @ + -; {name!r} is not")
        entry = {
            "role": role,
            "owners": sorted(set(owners)),
            **_secret(password, known),
            "since": now.isoformat(timespec="seconds"),
        }
        with self._file.changed() as entries:
            if known in entries:
                raise ConfigurationError(f"there is a user {known} already; `cadran users password {known}` changes the password")
            entries[known] = entry
        return _user(known, entry)

    def remove(self, name: str) -> None:
        with self._file.changed() as entries:
            del entries[self._known(name, entries)]

    def set_password(self, name: str, password: str) -> None:
        """Signs that user out everywhere."""
        with self._file.changed() as entries:
            known = self._known(name, entries)
            entries[known] = {**entries[known], **_secret(password, known)}

    def rehash(self, user: User, password: str) -> None:
        """Keep the same password under today's parameters, unless it was changed meanwhile."""
        new = passwords.hashed(password)
        with self._file.changed() as entries:
            if entries.get(user.name, {}).get("hash") == user.hash:
                entries[user.name] = {**entries[user.name], "hash": new}

    def _known(self, name: str, entries: dict[str, Any]) -> str:
        known = _spelt(name)
        if known not in entries:
            there = f"there are: {', '.join(sorted(entries))}" if entries else "there are none yet"
            raise ConfigurationError(f"no user is called {known}; {there}")
        return known


def _spelt(name: str) -> str:
    """One spelling per name: no user can pass for another."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _user(name: str, entry: dict[str, Any]) -> User:
    return User(name, entry["role"], tuple(entry["owners"]), entry["hash"], entry["stamp"], entry["since"])


def _secret(password: str, name: str) -> dict[str, str]:
    if why := passwords.refused(password, name):
        raise ConfigurationError(f"this password is not taken: {why}")
    return {"hash": passwords.hashed(password), "stamp": secrets.token_hex(8)}
