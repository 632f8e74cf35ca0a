"""Where each alert stands, kept in the ledger; and which rules are to be silent until when."""

import fcntl
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from sync.house import House
from sync.ledger_base import upsert, utc
from sync.ledger_messages import alert_mutes, alert_states
from sync.publish.alerts.readings import Reading
from sync.publish.alerts.state import State

Place = tuple[str, str]
"""(rule, member)."""


@dataclass(frozen=True)
class Standing:
    """A rule's alert on one member, and the last reading in its JSON form."""

    rule: str
    member: str
    state: State
    seen_at: datetime
    reading: Mapping[str, Any]


@contextmanager
def alone(house: House) -> Iterator[None]:
    """One look at a time: the scheduler's and that after a sync must not tell the same twice. Waits for the other."""
    descriptor = os.open(house.folder / "alerts.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def standings(house: House) -> list[Standing]:
    """By rule and member."""
    query = sa.select(alert_states).order_by(alert_states.c.rule, alert_states.c.member)
    with house.ledger.engine.connect() as c:
        return [
            Standing(
                row.rule,
                row.member,
                State(row.is_firing, utc(row.since), row.is_told, utc(row.told_at)),
                utc(row.seen_at),
                orjson.loads(row.reading),
            )
            for row in c.execute(query)
        ]


def save(tx: sa.Connection, states: Mapping[Place, State], readings: Mapping[Place, Reading], now: datetime, locale: str) -> None:
    rows = [
        {
            "rule": rule,
            "member": member,
            "is_firing": state.is_firing,
            "since": state.since,
            "is_told": state.is_told,
            "told_at": state.told_at,
            "seen_at": now,
            "reading": orjson.dumps(readings[rule, member].to_json(locale)).decode(),
        }
        for (rule, member), state in states.items()
    ]
    upsert(tx, alert_states, rows)


def forget(tx: sa.Connection, known: Collection[str]) -> None:
    """Rules that the settings no longer have."""
    tx.execute(sa.delete(alert_states).where(alert_states.c.rule.not_in(known)))
    tx.execute(sa.delete(alert_mutes).where(alert_mutes.c.rule.not_in(known)))


def mute(house: House, rule: str, until: datetime | None) -> None:
    """Nothing is told of the rule until then; None: it is told again."""
    with house.ledger.transaction() as tx:
        if until is None:
            tx.execute(sa.delete(alert_mutes).where(alert_mutes.c.rule == rule))
        else:
            upsert(tx, alert_mutes, [{"rule": rule, "until": until}])


def mutes(house: House) -> dict[str, datetime]:
    """Rule -> until when it is silent; those alone that still are."""
    with house.ledger.engine.connect() as c:
        found = {row.rule: utc(row.until) for row in c.execute(sa.select(alert_mutes))}
    return {rule: until for rule, until in found.items() if until > house.clock()}
