"""The governor of :mod:`connectors.quota`, shared by every process of a user on the machine through one small file.

A slot is a row that says when the vendor can have counted its call at the latest: while it is under way, the end of its
lease; once it is answered, that instant. One window after it the slot is free. So a process that is killed gives its slots
back on its own, one lease and one window later, and the arithmetic is the same for all.

Instants are those of ``time.monotonic``: one clock for all processes of a machine, unmoved when the time of day is set.
It begins anew when the machine starts; what lies further ahead than a lease or a hold can reach is from before that, and
counts no more. The account's day is counted by date instead, and survives.

In each process one thread a bucket stands in line for the next slot, the others behind it, so a process with many threads
does not crowd out one with few. When the file cannot be used (no room, no right, damaged) one warning says so, and the
process goes on with a governor of its own.
"""

import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

from connectors.quota import LEAST_WAIT_S, STALE_S, Admit, Allowance, Call, Governor, Heard
from connectors.quota_day import UNKNOWN, Day
from connectors.quota_file import QuotaFile

log = logging.getLogger("cadran.quota")

POLL_S = 0.2
"""Longest sleep between two looks: another process may have learnt a higher limit."""
JITTER_S = 0.002
"""Longest delay on top of a sleep, so that processes that wait for one slot do not look at the same instant."""
HOLD_MAX_S = 600.0
"""Longest hold; what lies further ahead in the file is from before the machine started."""

T = TypeVar("T")
U = TypeVar("U")

_TABLES = (
    "CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, calls INTEGER NOT NULL, period_s REAL NOT NULL, "
    "held_until REAL NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS slot (id INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, latest REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS slot_of_bucket ON slot (bucket, latest)",
    "CREATE TABLE IF NOT EXISTS day (id INTEGER PRIMARY KEY CHECK (id = 1), counted_on TEXT, calls INTEGER NOT NULL, "
    "day_limit INTEGER, remaining INTEGER, zone TEXT, ahead_s REAL)",
    "INSERT OR IGNORE INTO day (id, calls) VALUES (1, 0)",
)


def sleep(seconds: float) -> None:
    """Wait a little longer than asked."""
    time.sleep(seconds + random.random() * JITTER_S)  # noqa: S311 - not a secret


class _Taken(NamedTuple):
    """A slot of ours."""

    id: int
    at: float
    """When it was taken, by the governor's clock."""
    counted: int
    """Calls of its bucket that the vendor could count then, this one included."""


class SharedGovernor:
    """Slots per bucket for all processes that name the same ``path``; see :class:`connectors.quota.Governs`.

    ``lease_s``: after this many seconds a call without an answer has been counted by the vendor or never will be.
    ``clock`` and ``wall`` as in :class:`Governor`; ``wait`` is how a thread sleeps.
    """

    def __init__(
        self,
        path: Path,
        allowances: Mapping[str, Allowance],
        *,
        lease_s: float,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        wait: Callable[[float], object] = sleep,
    ) -> None:
        self._file = QuotaFile(path, self._prepare)
        self._lease_s = lease_s
        self._clock = clock
        self._wall = wall
        self._wait = wait
        self._line = {bucket: threading.Lock() for bucket in allowances}
        self._allowances = dict(allowances)
        """As last seen in the file."""
        self._day = UNKNOWN
        """As last seen in the file."""
        self._was_shared = False
        self._alone: Governor | None = None
        self._giving_up = threading.Lock()

    def close(self) -> None:
        """Let go of the file. What stands in it stays."""
        self._file.close()

    @contextmanager
    def slot(self, bucket: str, admit: Admit | None = None) -> Iterator[Call]:
        """See :meth:`connectors.quota.Governs.slot`."""
        taken = self._take(bucket, admit)
        if isinstance(taken, Governor):
            with taken.slot(bucket, admit) as call:
                yield call
            return
        call = Call()
        try:
            yield call
        finally:
            # A governor that went on alone meanwhile knows nothing of this call: it began with every slot taken.
            self._in_file(lambda rows: self._answered(rows, bucket, taken, call.heard), lambda _alone: None)

    def hold(self, bucket: str, seconds: float) -> None:
        """See :meth:`connectors.quota.Governs.hold`. No hold lasts longer than :data:`HOLD_MAX_S`."""

        def note(rows: sqlite3.Connection) -> None:
            now = self._clock()
            until = max(self._held_until(rows, bucket, now), now + min(seconds, HOLD_MAX_S))
            rows.execute("UPDATE bucket SET held_until = ? WHERE name = ?", (until, bucket))

        self._in_file(note, lambda alone: alone.hold(bucket, seconds))

    def allowance(self, bucket: str) -> Allowance:
        """The limit in force."""
        return self._in_file(lambda rows: self._limit(rows, bucket), lambda alone: alone.allowance(bucket))

    def day(self) -> Day:
        """See :meth:`connectors.quota.Governs.day`."""
        return self._in_file(lambda rows: self._load_day(rows).at(self._wall()), lambda alone: alone.day())

    def learn_zone(self, zone: str) -> None:
        """See :meth:`connectors.quota.Governs.learn_zone`."""
        self._in_file(
            lambda rows: self._save_day(rows, self._load_day(rows).in_zone(zone, self._wall())),
            lambda alone: alone.learn_zone(zone),
        )

    # --- one call ---------------------------------------------------------------------------------------------

    def _take(self, bucket: str, admit: Admit | None) -> _Taken | Governor:
        """A slot, as soon as there is one; or who gives slots when the file cannot be used."""
        with self._line[bucket]:
            while True:
                found = self._in_file(lambda rows: self._look(rows, bucket, admit), lambda alone: alone)
                if not isinstance(found, float):
                    return found
                self._wait(max(LEAST_WAIT_S, min(found, POLL_S)))

    def _look(self, rows: sqlite3.Connection, bucket: str, admit: Admit | None) -> _Taken | float:
        """A slot if one is free, else the seconds until one may be."""
        # The clock is read inside the transaction: instants in the file are then in the order in which they were written.
        now = self._clock()
        day = self._load_day(rows).at(self._wall())
        if admit is not None:
            admit(day)
        if (held_until := self._held_until(rows, bucket, now)) > now:
            return held_until - now
        limit = self._limit(rows, bucket)
        rows.execute("DELETE FROM slot WHERE bucket = ? AND latest <= ?", (bucket, now - limit.window_s - STALE_S))
        rows.execute("DELETE FROM slot WHERE bucket = ? AND latest > ?", (bucket, now + self._lease_s))
        count, oldest = rows.execute(
            "SELECT count(*), min(latest) FROM slot WHERE bucket = ? AND latest > ?", (bucket, now - limit.window_s)
        ).fetchone()
        if count >= limit.limit:
            return float(min(oldest, now) + limit.window_s - now)
        taken = rows.execute("INSERT INTO slot (bucket, latest) VALUES (?, ?)", (bucket, now + self._lease_s))
        self._save_day(rows, day.charged())
        return _Taken(int(taken.lastrowid or 0), now, count + 1)

    def _answered(self, rows: sqlite3.Connection, bucket: str, taken: _Taken, heard: Heard) -> None:
        """The call's answer is here, or will not come: count it from now on, and take over what it said."""
        now = self._clock()
        if not rows.execute("UPDATE slot SET latest = ? WHERE id = ?", (now, taken.id)).rowcount:
            rows.execute("INSERT INTO slot (bucket, latest) VALUES (?, ?)", (bucket, now))  # its lease had run out
        for name, limit in heard.limits.items():
            rows.execute("UPDATE bucket SET calls = ?, period_s = ? WHERE name = ?", (limit.limit, limit.period_s, name))
        for name, used in heard.used.items():
            is_ours = name == bucket and used <= taken.counted
            if not is_ours and now - taken.at <= STALE_S:
                self._count_others(rows, name, used, taken.at, now)
        self._save_day(rows, self._load_day(rows).told(heard.day, self._wall()))

    def _count_others(self, rows: sqlite3.Connection, bucket: str, used: int, sent_at: float, now: float) -> None:
        since = sent_at - self._limit(rows, bucket).window_s
        (ours,) = rows.execute("SELECT count(*) FROM slot WHERE bucket = ? AND latest > ?", (bucket, since)).fetchone()
        rows.executemany("INSERT INTO slot (bucket, latest) VALUES (?, ?)", [(bucket, now)] * (used - ours))

    # --- what stands in the file ------------------------------------------------------------------------------

    def _prepare(self, rows: sqlite3.Connection) -> None:
        for statement in _TABLES:
            rows.execute(statement)
        for name, limit in self._allowances.items():
            rows.execute("INSERT OR IGNORE INTO bucket VALUES (?, ?, ?, 0.0)", (name, limit.limit, limit.period_s))

    def _limit(self, rows: sqlite3.Connection, bucket: str) -> Allowance:
        limit = Allowance(*rows.execute("SELECT calls, period_s FROM bucket WHERE name = ?", (bucket,)).fetchone())
        self._allowances[bucket] = limit
        return limit

    def _held_until(self, rows: sqlite3.Connection, bucket: str, now: float) -> float:
        (until,) = rows.execute("SELECT held_until FROM bucket WHERE name = ?", (bucket,)).fetchone()
        return float(until) if until <= now + HOLD_MAX_S else 0.0

    def _load_day(self, rows: sqlite3.Connection) -> Day:
        on, *known = rows.execute("SELECT counted_on, calls, day_limit, remaining, zone, ahead_s FROM day").fetchone()
        self._day = Day(date.fromisoformat(on) if on else None, *known)
        return self._day

    def _save_day(self, rows: sqlite3.Connection, day: Day) -> None:
        on = day.on.isoformat() if day.on else None
        rows.execute(
            "UPDATE day SET (counted_on, calls, day_limit, remaining, zone, ahead_s) = (?, ?, ?, ?, ?, ?)",
            (on, day.calls, day.limit, day.remaining, day.zone, day.ahead_s),
        )
        self._day = day

    # --- without the file -------------------------------------------------------------------------------------

    def _in_file(self, work: Callable[[sqlite3.Connection], T], alone: Callable[[Governor], U]) -> T | U:
        """``work`` on the file; once the file could not be used, ``alone`` from then on."""
        governor = self._alone
        if governor is None:
            try:
                with self._file.transaction() as rows:
                    self._was_shared = True
                    return work(rows)
            except (sqlite3.Error, OSError) as error:
                governor = self._give_up(error)
        return alone(governor)

    def _give_up(self, error: Exception) -> Governor:
        with self._giving_up:
            if self._alone is not None:
                return self._alone
            log.warning(
                "the call count in %s cannot be used (%s): other runs of this account on this machine go unseen, and calls "
                "may be refused. Delete the file, or give this user a folder that it may write (XDG_STATE_HOME).",
                self._file.path,
                error,
            )
            self._alone = Governor(self._allowances, clock=self._clock, wall=self._wall, day=self._day, is_full=self._was_shared)
            return self._alone
