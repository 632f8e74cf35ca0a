"""How much a vendor lets through, and how soon it answers: rolling windows, day counters and waits, on real time.

Limits deliberately do not run on the sandbox's clock: a client is slow or fast in real seconds, and moving the
simulated clock by a month must not hand out a month of requests.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class HubSpotLimits:
    """HubSpot's limits for a private app on a Professional or Enterprise account.

    https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines (2026-11-21)
    """

    burst: int = 190
    """Requests in ``window_s``, search and associations not counted."""
    window_s: float = 10.0
    daily: int = 1_000_000
    """Requests a day of the account's time zone, all kinds counted."""
    search_per_second: int = 5
    associations: int = 150
    """Association requests in ``window_s``."""
    custom_properties_per_object: int = 1_000
    custom_properties: int = 10_000
    custom_object_types: int = 10
    """How many types of its own the account may define; 0: its tier has none (Enterprise does)."""
    has_campaigns: bool = True
    """Whether the account's tier has marketing campaigns (Marketing Hub Professional and up)."""


@dataclass(frozen=True)
class Lags:
    """How long the vendor takes to show what was just written, in seconds of the sandbox's clock."""

    search_s: float = 3.0
    """HubSpot's search index; list and batch read are always fresh."""
    property_s: float = 0.3
    """HubSpot: a property definition is visible 0.25-0.7 s after its 201 (seen live, 2026-09)."""


@dataclass(frozen=True)
class Latency:
    """How long an answer takes, in real seconds, on top of the sandbox's own work: the way there and back included.

    Calls wait side by side, never behind each other.
    """

    answer_s: float = 0.0
    """In the middle."""
    spread: float = 0.0
    """Share of it by which single answers are quicker or slower, evenly: 0.5 makes 0.2 s anything from 0.1 to 0.3 s."""
    seed: int = 0

    def waits(self) -> Iterator[tuple[float, float]]:
        """(before, after) the vendor counts and carries out a call, one pair a call, without end.

        Where in between a call is counted is drawn too: a caller cannot know it, and must fill the limits all the same.
        """
        draw = random.Random(self.seed)  # noqa: S311 - not a secret
        while True:
            wait_s = self.answer_s * (1 + self.spread * draw.uniform(-1, 1))
            before_s = wait_s * draw.random()
            yield before_s, wait_s - before_s


class RollingWindow:
    """Lets ``limit`` requests through in any ``window_s`` seconds. What is refused does not count."""

    def __init__(self, limit: int, window_s: float, monotonic: Callable[[], float]) -> None:
        self.limit = limit
        self.window_s = window_s
        self._monotonic = monotonic
        self._passed: deque[float] = deque()

    def take(self) -> bool:
        """Count one request; False when it must be refused."""
        now = self._monotonic()
        self._forget(now)
        if len(self._passed) >= self.limit:
            return False
        self._passed.append(now)
        return True

    def remaining(self) -> int:
        self._forget(self._monotonic())
        return self.limit - len(self._passed)

    def _forget(self, now: float) -> None:
        passed = self._passed
        horizon = now - self.window_s
        while passed and passed[0] <= horizon:
            passed.popleft()
