"""The sandbox's clock: starts where the world says, runs with real time, and can be moved.

Every answer carries it in the ``Date`` header, because the connectors cut their windows by the vendor's clock.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


class Clock:
    """An instant that runs on. Its steps come from a monotonic source, so a test may pass a frozen one."""

    def __init__(self, start: datetime, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self.set(start)

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self._start + timedelta(seconds=self._monotonic() - self._began)

    def set(self, instant: datetime) -> None:
        """Jump to an instant; it must carry a zone. Raises :class:`ValueError` for one that does not."""
        if instant.tzinfo is None:
            raise ValueError("the sandbox's clock needs an instant with a zone")
        self._start = instant.astimezone(UTC)
        self._began = self._monotonic()

    def advance(self, step: timedelta) -> None:
        """Jump by a step, from now."""
        self.set(self.now() + step)

    def http_date(self) -> bytes:
        """The present instant as a ``Date`` header (whole seconds, GMT)."""
        return format_datetime(self.now(), usegmt=True).encode("ascii")
