"""LinkedIn's allowance of metric values: fields times rows, in any five minutes.

A call that would pass it waits for its turn; one that passed it would be answered 429. Calls of other programs under the same app
count too and cannot be seen from here.
"""

import time
from collections import deque
from collections.abc import Callable

from connectors.transport import pause

METRIC_VALUES = 45_000_000
"""As the refusal says it (https://github.com/airbytehq/airbyte, tests of source-linkedin-ads, 2026-11-21)."""
WINDOW_S = 300.0


class MetricBudget:
    """What was answered in the last :data:`WINDOW_S`. ``clock`` gives seconds."""

    def __init__(self, limit: int = METRIC_VALUES, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._spent: deque[tuple[float, int]] = deque()

    def make_room(self, values: int) -> None:
        """Wait until ``values`` more fit."""
        wait_s = 0.0
        while self._spent and (self._is_over(now := self._clock()) or self._total() + values > self._limit):
            at, _ = self._spent.popleft()
            wait_s = max(wait_s, at + WINDOW_S - now)
        if wait_s > 0:
            pause(wait_s)

    def spend(self, values: int) -> None:
        """Note what an answer held."""
        self._spent.append((self._clock(), values))

    def _is_over(self, now: float) -> bool:
        return self._spent[0][0] + WINDOW_S <= now

    def _total(self) -> int:
        return sum(values for _, values in self._spent)
