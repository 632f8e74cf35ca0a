"""Who is signed in: rows in the ledger, found by the hash of the random id that the browser's cookie holds.

A session ends when it was idle too long, when it is old, when somebody signs out, and when what it stands on changes: the
password or the user (of a password file), or the settings of the provider (OIDC). The last are told by a stamp, so that nobody has
to find the rows of a user who was removed.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

import orjson
import sqlalchemy as sa

from config.serve import Role, SessionSettings
from sync.ledger_base import INSTANT, metadata, utc

_SEEN_EVERY = timedelta(minutes=1)
"""The ledger is not written for each page."""

web_sessions = sa.Table(
    "web_sessions",
    metadata,
    sa.Column("id_hash", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("stamp", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("owners", sa.Text, nullable=False),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("seen_at", INSTANT, nullable=False),
)


@dataclass(frozen=True)
class Session:
    name: str
    way: Literal["password", "oidc"]
    stamp: str
    """Of what it stands on, when it began."""
    role: Role
    """When it began; of a password's user the file tells the present one."""
    owners: tuple[str, ...]
    created_at: datetime
    seen_at: datetime


def digest(cookie: str) -> str:
    """What is kept of a session's id: nobody who reads the ledger can sign in with it."""
    return sha256(cookie.encode()).hexdigest()


class Sessions:
    def __init__(self, engine: sa.Engine, settings: SessionSettings) -> None:
        self._engine = engine
        self._idle = timedelta(minutes=settings.idle_minutes)
        self._longest = timedelta(hours=settings.longest_hours)
        metadata.create_all(engine, tables=[web_sessions])

    @property
    def longest(self) -> timedelta:
        return self._longest

    def begin(self, name: str, way: str, stamp: str, role: Role, owners: tuple[str, ...], now: datetime) -> str:
        """A new session; what its cookie holds, which is kept nowhere. Those that are over are removed."""
        cookie = secrets.token_urlsafe(32)
        row = {
            "id_hash": digest(cookie),
            "name": name,
            "way": way,
            "stamp": stamp,
            "role": role,
            "owners": orjson.dumps(owners).decode(),
            "created_at": now,
            "seen_at": now,
        }
        over = sa.or_(web_sessions.c.seen_at <= now - self._idle, web_sessions.c.created_at <= now - self._longest)
        with self._engine.begin() as tx:
            tx.execute(sa.delete(web_sessions).where(over))
            tx.execute(sa.insert(web_sessions).values(**row))
        return cookie

    def find(self, cookie: str, now: datetime) -> Session | None:
        """The session of a cookie, while it lasts."""
        with self._engine.connect() as c:
            row = c.execute(sa.select(web_sessions).where(web_sessions.c.id_hash == digest(cookie))).first()
        if row is None or utc(row.seen_at) <= now - self._idle or utc(row.created_at) <= now - self._longest:
            return None
        times = utc(row.created_at), utc(row.seen_at)
        return Session(row.name, row.way, row.stamp, row.role, tuple(orjson.loads(row.owners)), *times)

    def is_due(self, session: Session, now: datetime) -> bool:
        """Whether it is time to note that it is in use."""
        return now - session.seen_at >= _SEEN_EVERY

    def note_seen(self, cookie: str, now: datetime) -> None:
        with self._engine.begin() as tx:
            tx.execute(sa.update(web_sessions).where(web_sessions.c.id_hash == digest(cookie)).values(seen_at=now))

    def end(self, cookie: str) -> None:
        with self._engine.begin() as tx:
            tx.execute(sa.delete(web_sessions).where(web_sessions.c.id_hash == digest(cookie)))

    def end_all(self, name: str, way: str) -> int:
        """Everywhere that person is signed in; how many there were."""
        mine = (web_sessions.c.name == name, web_sessions.c.way == way)
        with self._engine.begin() as tx:
            return tx.execute(sa.delete(web_sessions).where(*mine)).rowcount
