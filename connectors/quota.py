"""Fills a vendor's rate limit without ever being refused.

One :class:`Governor` per vendor account, shared by every thread that calls it. Each call takes a slot of its bucket
before it leaves; the slot stays taken while the call is under way and for one whole window after its *answer*:

    reserve ──▶ request travels ──▶ vendor counts it ──▶ answer arrives: stamp ──▶ one window later: free

Why at the answer: the vendor counts a request when it arrives, which is somewhere between our sending and its answer.
A limiter that stamps at sending frees the slot of a slow request too early (a TLS handshake of 300 ms is enough), and
the next burst meets requests that the vendor still counts. Stamping at the answer can only be late, by the answer's
latency, so no window of the vendor's ever holds more than the limit. ``tests/connectors/test_quota.py`` shows a
sliding window of ``pyrate-limiter`` with 1 % to spare being refused on the same traffic.

Limits are learnt from the vendor's headers (:meth:`Governor.learn`), and so is what others on the same credential used
(:meth:`Governor.observe`). Several processes each have a governor of their own today; one that shares its slots needs
the same methods: ``slot``, ``learn``, ``observe``, ``hold``.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

MARGIN = 0.01
"""Share of the window added to it, for the grain of the vendor's own counting."""


@dataclass(frozen=True)
class Allowance:
    """``limit`` calls in any ``period_s`` seconds."""

    limit: int
    period_s: float


class _Window:
    """The slots of one bucket."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self.under_way = 0
        self.answered: deque[float] = deque()
        self.held_until = 0.0

    @property
    def period_s(self) -> float:
        return self.allowance.period_s * (1 + MARGIN)

    def taken(self, now: float) -> int:
        """Slots that are not free at ``now``."""
        while self.answered and self.answered[0] <= now - self.period_s:
            self.answered.popleft()
        return self.under_way + len(self.answered)

    def delay(self, now: float) -> float | None:
        """Seconds until a slot may be free: 0 when one is; None when only an answer can free one."""
        if self.held_until > now:
            return self.held_until - now
        if self.taken(now) < self.allowance.limit:
            return 0.0
        return self.answered[0] + self.period_s - now if self.answered else None


class Governor:
    """Slots per bucket, thread-safe. ``clock`` gives seconds; ``wait`` is how a thread waits (tests move a clock instead)."""

    def __init__(
        self,
        allowances: Mapping[str, Allowance],
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float | None], object] = threading.Condition.wait,
    ) -> None:
        self._windows = {bucket: _Window(allowance) for bucket, allowance in allowances.items()}
        self._clock = clock
        self._wait = wait
        self._changed = threading.Condition()

    @contextmanager
    def slot(self, bucket: str) -> Iterator[None]:
        """Wait for a slot, hold it around the call, and count it from the answer on."""
        window = self._windows[bucket]
        with self._changed:
            while (delay := window.delay(self._clock())) != 0.0:
                self._wait(self._changed, delay)
            window.under_way += 1
        try:
            yield
        finally:
            with self._changed:
                window.under_way -= 1
                window.answered.append(self._clock())
                self._changed.notify_all()

    def learn(self, bucket: str, limit: int, period_s: float) -> None:
        """Take over the limit that the vendor states."""
        with self._changed:
            self._windows[bucket].allowance = Allowance(max(limit, 1), period_s)
            self._changed.notify_all()

    def observe(self, bucket: str, used: int) -> None:
        """The vendor counts ``used`` calls in its window, ours included. What exceeds ours is another process's: it takes
        slots of ours for one window, so that a run that follows another within seconds is not refused."""
        with self._changed:
            window, now = self._windows[bucket], self._clock()
            window.answered.extend([now] * (used - window.taken(now)))

    def hold(self, bucket: str, seconds: float) -> None:
        """Let nothing of this bucket through for a while: somebody else used up what we share."""
        with self._changed:
            window = self._windows[bucket]
            window.held_until = max(window.held_until, self._clock() + seconds)

    def allowance(self, bucket: str) -> Allowance:
        """The limit in force."""
        return self._windows[bucket].allowance
