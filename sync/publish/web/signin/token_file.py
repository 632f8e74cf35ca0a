"""Tokens of programs that read the HTTP API: ``<home>/<account>/tokens``, managed by ``cadran tokens``. Only hashes are kept."""

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from connectors.errors import ConfigurationError
from sync.publish.web.signin.private_file import PrivateFile

_NAME = re.compile(r"[\w.@+-]{1,64}")
_PREFIX = "cdr_"
"""So that scanners of source code can tell what was left in a file."""


@dataclass(frozen=True)
class Token:
    name: str
    owners: tuple[str, ...]
    """The CRM's owner ids whose figures it may read (``own_records_only``); ``*``: everyone's."""
    since: str
    """When made, UTC, ISO 8601."""
    expires: date | None
    """The first day, UTC, on which it is not taken any more."""

    def is_over(self, now: datetime) -> bool:
        return self.expires is not None and now.date() >= self.expires


class TokenFile:
    def __init__(self, folder: Path) -> None:
        """``folder``: of the account."""
        self._file = PrivateFile(folder / "tokens")

    def all(self) -> list[Token]:
        """By name."""
        return [_token(name, entry) for name, entry in sorted(self._file.entries().items())]

    def find(self, secret: str, now: datetime) -> Token | None:
        """The token that this is, while it lasts."""
        wanted = _digest(secret)
        for name, entry in self._file.entries().items():
            if hmac.compare_digest(entry["hash"], wanted):
                token = _token(name, entry)
                return None if token.is_over(now) else token
        return None

    def add(self, name: str, days: int | None, owners: Iterable[str], now: datetime) -> str:
        """A new token, which is kept nowhere."""
        if not _NAME.fullmatch(name):
            raise ConfigurationError(f"a token's name is 1 to 64 letters, digits and . _ @ + -; {name!r} is not")
        secret = _PREFIX + secrets.token_urlsafe(32)
        with self._file.changed() as entries:
            if name in entries:
                raise ConfigurationError(f"there is a token {name} already; `cadran tokens revoke {name}` ends it")
            entries[name] = {
                "hash": _digest(secret),
                "owners": sorted(set(owners)),
                "since": now.isoformat(timespec="seconds"),
                "expires": (now.date() + timedelta(days=days)).isoformat() if days is not None else None,
            }
        return secret

    def revoke(self, name: str) -> None:
        with self._file.changed() as entries:
            if name not in entries:
                there = f"there are: {', '.join(sorted(entries))}" if entries else "there are none yet"
                raise ConfigurationError(f"no token is called {name}; {there}")
            del entries[name]


def _token(name: str, entry: dict[str, Any]) -> Token:
    expires = date.fromisoformat(entry["expires"]) if entry["expires"] else None
    return Token(name, tuple(entry["owners"]), entry["since"], expires)


def _digest(secret: str) -> str:
    """A plain hash is enough: 256 random bits cannot be guessed."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
