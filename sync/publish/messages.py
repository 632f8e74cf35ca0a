"""Messages to people: kept with what caused them, then sent, and sent again until an address has taken them.

A message is kept in the ledger's outbox in the transaction of its cause: what happened is told, also when the program is killed
in between, and what did not happen is not. Each address of a recipient is served on its own.

What is promised: **at least once**, per address, or given up after ``notify.keep_trying_days`` with a line that says so. The same
message (its ``key``) is kept once, and one that was taken is never sent again. It arrives twice only where a server took it and we
did not learn of it: its answer was lost, or we were killed before it was noted. No order is promised.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connectors.errors import ConfigurationError
from sync.house import House
from sync.ledger_base import utc
from sync.ledger_messages import outbox
from sync.publish.post import Letter, post

log = logging.getLogger("cadran.messages")

WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720))
"""After the first failure, the second …; the last one from then on."""
LEASE = timedelta(minutes=10)
"""How long a message that is being sent is left alone by others: whoever had it was killed."""
KEPT = timedelta(days=90)
"""How long it is known that a message was settled."""

WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"

Post = Callable[[str, Letter], str | None]


@dataclass(frozen=True)
class Message:
    """What one recipient is told, in the recipient's language (:func:`language_of`)."""

    key: str
    """What makes it this message: kept once however often it is asked for, e.g. ``report/weekly/2026-11-16/sales``."""
    recipient: str
    """Name under ``notify.recipients``."""
    subject: str
    text: str
    html: str
    attachments: tuple[Path, ...] = ()
    """Files below the account's folder; they must stay there until the message is settled."""


@dataclass(frozen=True)
class Kept:
    """A message to one address, where it stands."""

    id: int
    key: str
    recipient: str
    place: int
    """Which of the recipient's addresses, from 0."""
    subject: str
    state: str
    kept_at: datetime
    attempts: int
    next_at: datetime
    reason: str | None
    """Why it has not been taken, the last time."""

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "recipient": self.recipient,
            "address": self.place + 1,
            "subject": self.subject,
            "state": self.state,
            "kept_at": self.kept_at.isoformat(),
            "attempts": self.attempts,
            "next_at": self.next_at.isoformat() if self.state == WAITING else None,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Delivered:
    """What came of a delivery, by address."""

    sent: tuple[Kept, ...] = ()
    waiting: tuple[Kept, ...] = ()
    """Could not be delivered now."""
    given_up: tuple[Kept, ...] = ()


def language_of(house: House, recipient: str) -> str:
    """The language a recipient reads."""
    known = house.settings.notify.recipients.get(recipient)
    return (known.language if known else None) or house.locale


def send_later(tx: sa.Connection, house: House, message: Message) -> tuple[int, ...]:
    """Keep a message in the outbox, inside the caller's transaction; :func:`deliver` sends it. Ids of what was kept: none where it
    was kept before. Raises :class:`ConfigurationError` for an unknown recipient or a file outside the account's folder."""
    known = house.settings.notify.recipients
    if message.recipient not in known:
        raise ConfigurationError(f"notify.recipients has no {message.recipient}; known: {', '.join(known) or 'none'}")
    now, ids = house.clock(), []
    files = json.dumps([_below(house, path) for path in message.attachments])
    for place in range(len(known[message.recipient].to)):
        mine = (outbox.c.key == message.key, outbox.c.recipient == message.recipient, outbox.c.place == place)
        if tx.execute(sa.select(outbox.c.id).where(*mine)).first() is not None:
            continue
        row = {
            "key": message.key,
            "recipient": message.recipient,
            "place": place,
            "subject": re.sub(r"[\r\n]+", " ", message.subject),
            "text": message.text,
            "html": message.html,
            "attachments": files,
            "state": WAITING,
            "kept_at": now,
            "attempts": 0,
            "next_at": now,
        }
        ids.append(int(tx.execute(sa.insert(outbox).values(row)).inserted_primary_key[0]))  # type: ignore[index]
    return tuple(ids)


def deliver(house: House, send: Post = post, *, only: Sequence[int] | None = None) -> Delivered:
    """Send what is due. An address that fails is asked once: what else waits for it waits as long. Raises nothing for what cannot be
    delivered. ``only``: these ids alone."""
    due = [outbox.c.state == WAITING, outbox.c.next_at <= house.clock()]
    if only is not None:
        due.append(outbox.c.id.in_(only))
    _forget_settled(house)
    with house.ledger.engine.connect() as c:
        ids = list(c.execute(sa.select(outbox.c.id).where(*due).order_by(outbox.c.id)).scalars())
    failed: dict[tuple[str, int], str] = {}
    for one in ids:
        row = _claimed(house, one)
        if row is not None:
            _send(house, row, send, failed)
    found = [kept for kept in messages(house) if kept.id in set(ids)]
    by_state = {state: tuple(kept for kept in found if kept.state == state) for state in (SENT, WAITING, GIVEN_UP)}
    return Delivered(by_state[SENT], by_state[WAITING], by_state[GIVEN_UP])


def messages(house: House, *states: str) -> list[Kept]:
    """What the outbox holds, the oldest first."""
    query = sa.select(outbox).order_by(outbox.c.id)
    if states:
        query = query.where(outbox.c.state.in_(states))
    names = tuple(Kept.__dataclass_fields__)
    with house.ledger.engine.connect() as c:
        return [Kept(**{name: utc(getattr(row, name)) for name in names}) for row in c.execute(query)]


def troubles(house: House) -> list[Kept]:
    """Messages that could not be delivered so far, and those that were given up in the last :data:`KEPT` days."""
    return [kept for kept in messages(house, WAITING, GIVEN_UP) if kept.reason]


def withdraw(house: House, ids: Sequence[int]) -> None:
    """Messages that are not to be tried again."""
    with house.ledger.transaction() as tx:
        tx.execute(sa.delete(outbox).where(outbox.c.id.in_(ids), outbox.c.state == WAITING))


def _forget_settled(house: House) -> None:
    """Looks first: this is asked every minute, and must not wait for whoever writes where there is nothing to do."""
    old = (outbox.c.state != WAITING, outbox.c.settled_at < house.clock() - KEPT)
    with house.ledger.engine.connect() as c:
        found = c.execute(sa.select(outbox.c.id).where(*old).limit(1)).first()
    if found is not None:
        with house.ledger.transaction() as tx:
            tx.execute(sa.delete(outbox).where(*old))


def _claimed(house: House, one: int) -> sa.Row[Any] | None:
    """The message, for us alone for the time of :data:`LEASE`; None where another process has it."""
    now = house.clock()
    mine = (outbox.c.id == one, outbox.c.state == WAITING, outbox.c.next_at <= now)
    with house.ledger.transaction() as tx:
        taken = tx.execute(sa.update(outbox).where(*mine).values(next_at=now + LEASE))
        return tx.execute(sa.select(outbox).where(outbox.c.id == one)).first() if taken.rowcount == 1 else None


def _send(house: House, row: sa.Row[Any], send: Post, failed: dict[tuple[str, int], str]) -> None:
    address = row.recipient, row.place
    known = house.settings.notify.recipients.get(row.recipient)
    if known is None or row.place >= len(known.to):
        _give_up(house, row, "the settings have no such address any more")
        return
    reason = failed.get(address)
    attempts = row.attempts
    if reason is None:
        files = tuple(house.folder / name for name in json.loads(row.attachments))
        reason = send(known.to[row.place].get_secret_value(), Letter(row.subject, row.text, row.html, files))
        attempts += 1
    now = house.clock()
    if reason is None:
        _note(house, row.id, {"state": SENT, "attempts": attempts, "reason": None, "settled_at": now, "text": None, "html": None})
        return
    failed[address] = reason
    days = house.settings.notify.keep_trying_days
    if now - utc(row.kept_at) >= timedelta(days=days):
        _give_up(house, row, f"given up after {days} days: {reason}")
        return
    wait = WAITS[min(max(attempts, 1), len(WAITS)) - 1]
    _note(house, row.id, {"attempts": attempts, "reason": reason, "next_at": now + wait})
    log.warning("message %r to %s not delivered, tried again in %s: %s", row.subject, row.recipient, wait, reason)


def _give_up(house: House, row: sa.Row[Any], reason: str) -> None:
    values = {"state": GIVEN_UP, "reason": reason, "settled_at": house.clock(), "text": None, "html": None}
    _note(house, row.id, values)
    log.error("message %r to %s will not be delivered: %s", row.subject, row.recipient, reason)


def _note(house: House, one: int, values: Mapping[str, Any]) -> None:
    with house.ledger.transaction() as tx:
        tx.execute(sa.update(outbox).where(outbox.c.id == one).values(values))


def _below(house: House, path: Path) -> str:
    try:
        return path.resolve().relative_to(house.folder.resolve()).as_posix()
    except ValueError:
        raise ConfigurationError(f"only files in {house.folder} can be sent, and {path} is not") from None
