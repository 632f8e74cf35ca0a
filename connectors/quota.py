"""Fills a vendor's rate limit without ever being refused.

One governor per vendor account, shared by everything that calls it. Each call takes a slot of its bucket before it
leaves; the slot stays taken while the call is under way and for one whole window after its *answer*:

    reserve ──▶ request travels ──▶ vendor counts it ──▶ answer arrives: stamp ──▶ one window later: free

Why at the answer: the vendor counts a request when it arrives, which is somewhere between our sending and its answer.
A limiter that stamps at sending frees the slot of a slow request too early (a TLS handshake of 300 ms is enough), and
the next burst meets requests that the vendor still counts. Stamping at the answer can only be late, by the answer's
latency, so no window of the vendor's ever holds more than the limit. ``tests/connectors/test_quota.py`` shows a
sliding window of ``pyrate-limiter`` with 1 % to spare being refused on the same traffic.

What an answer says of the limits (:class:`Heard`) is taken over with its stamp: limits and window, what others on the
same credential used, the account's day (:mod:`connectors.quota_day`). :class:`Governor` serves the threads of one
process; :class:`connectors.quota_shared.SharedGovernor` does the same for all processes of a user on the machine.
"""

import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from connectors.quota_day import UNKNOWN, Day, DayHeard

MARGIN = 0.002
"""Share of the window added to it, for the grain of the vendor's own counting. Little is needed: what an answer takes
to travel back is to spare already."""

STALE_S = 5.0
"""What an answer says of the vendor's count holds for the moment when it was given; after a longer travel it is not
compared with ours."""

LEAST_WAIT_S = 0.0005
"""Shortest wait: what is due in less than that is due now, give or take what floating point makes of two instants."""


@dataclass(frozen=True)
class Allowance:
    """``limit`` calls in any ``period_s`` seconds."""

    limit: int
    period_s: float

    @property
    def window_s(self) -> float:
        """How long after its answer a call is counted."""
        return self.period_s * (1 + MARGIN)


@dataclass(frozen=True)
class Heard:
    """What one answer says of the vendor's limits."""

    limits: Mapping[str, Allowance] = field(default_factory=dict)
    """Bucket -> the limit in force."""
    used: Mapping[str, int] = field(default_factory=dict)
    """Bucket -> calls that the vendor counts in its window, ours included. What exceeds ours is somebody else's: it takes
    slots of ours for one window, so that a run that follows another tool's within seconds is not refused."""
    day: DayHeard = field(default_factory=DayHeard)


class Call:
    """One call under way. Whoever makes it puts here what its answer said."""

    def __init__(self) -> None:
        self.heard = Heard()


Admit = Callable[[Day], None]
"""Raises when the account's day, as it stands, leaves no call for us."""


class Governs(Protocol):
    """What keeps us below a vendor's limits."""

    def slot(self, bucket: str, admit: Admit | None = None) -> AbstractContextManager[Call]:
        """Wait for a slot, hold it around the call, count it in the account's day, and in its window from the answer on.
        What ``admit`` raises is raised, and nothing is counted."""

    def hold(self, bucket: str, seconds: float) -> None:
        """Let nothing of this bucket through for a while: somebody else used up what we share."""

    def allowance(self, bucket: str) -> Allowance:
        """The limit in force."""

    def day(self) -> Day:
        """The account's day as far as it is known."""

    def learn_zone(self, zone: str) -> None:
        """Where the account's day begins (IANA name)."""


class _Window:
    """The slots of one bucket."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self.under_way = 0
        self.answered: deque[float] = deque()
        """Instants of the answers, oldest first."""
        self.held_until = 0.0

    def counted(self, instant: float) -> int:
        """Calls that the vendor may have counted in its window at ``instant`` or since."""
        return self.under_way + len(self.answered) - self._free(instant)

    def delay(self, now: float) -> float | None:
        """Seconds until a slot may be free: 0 when one is; None when only an answer can free one."""
        self._forget(now)
        if self.held_until > now:
            return self.held_until - now
        if self.counted(now) < self.allowance.limit:
            return 0.0
        oldest = self._free(now)
        return self.answered[oldest] + self.allowance.window_s - now if oldest < len(self.answered) else None

    def _free(self, instant: float) -> int:
        """How many of the answered calls were out of the window at ``instant``."""
        return bisect_right(self.answered, instant - self.allowance.window_s)

    def _forget(self, now: float) -> None:
        while self.answered and self.answered[0] <= now - self.allowance.window_s - STALE_S:
            self.answered.popleft()


class Governor:
    """Slots per bucket for the threads of one process.

    ``clock`` gives seconds and ``wall`` seconds since 1970; ``wait`` is how a thread waits (tests move a clock instead).
    ``is_full``: every slot counts as taken at first, because the calls of the last moments are not known.
    """

    def __init__(
        self,
        allowances: Mapping[str, Allowance],
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        wait: Callable[[threading.Condition, float | None], object] = threading.Condition.wait,
        day: Day = UNKNOWN,
        is_full: bool = False,
    ) -> None:
        self._windows = {bucket: _Window(allowance) for bucket, allowance in allowances.items()}
        self._clock = clock
        self._wall = wall
        self._wait = wait
        self._day = day
        self._changed = threading.Condition()
        if is_full:
            for window in self._windows.values():
                window.answered.extend([clock()] * window.allowance.limit)

    @contextmanager
    def slot(self, bucket: str, admit: Admit | None = None) -> Iterator[Call]:
        """See :meth:`Governs.slot`."""
        window, call = self._windows[bucket], Call()
        with self._changed:
            while True:
                day = self._day.at(self._wall())
                if admit is not None:
                    admit(day)
                delay = window.delay(sent_at := self._clock())
                if delay == 0.0:
                    break
                self._wait(self._changed, None if delay is None else max(LEAST_WAIT_S, delay))
            window.under_way += 1
            self._day = day.charged()
        try:
            yield call
        finally:
            with self._changed:
                window.under_way -= 1
                window.answered.append(self._clock())
                self._take_over(call.heard, sent_at)
                self._changed.notify_all()

    def _take_over(self, heard: Heard, sent_at: float) -> None:
        now = self._clock()
        for bucket, allowance in heard.limits.items():
            self._windows[bucket].allowance = allowance
        for bucket, used in heard.used.items():
            if now - sent_at <= STALE_S:
                window = self._windows[bucket]
                window.answered.extend([now] * (used - window.counted(sent_at)))
        self._day = self._day.told(heard.day, self._wall())

    def hold(self, bucket: str, seconds: float) -> None:
        """See :meth:`Governs.hold`."""
        with self._changed:
            window = self._windows[bucket]
            window.held_until = max(window.held_until, self._clock() + seconds)

    def allowance(self, bucket: str) -> Allowance:
        """The limit in force."""
        return self._windows[bucket].allowance

    def day(self) -> Day:
        """See :meth:`Governs.day`."""
        with self._changed:
            return self._day.at(self._wall())

    def learn_zone(self, zone: str) -> None:
        """See :meth:`Governs.learn_zone`."""
        with self._changed:
            self._day = self._day.in_zone(zone, self._wall())
