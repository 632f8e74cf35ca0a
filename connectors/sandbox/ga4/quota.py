"""What a GA4 property lets one project ask, counted and enforced.

https://developers.google.com/analytics/devguides/reporting/data/v1/quotas (2026-11-21). Unlike a rate limit these are
allowances of a clock hour and of a calendar day, so they run on the sandbox's clock: a test may exhaust one and then wait.
Only the number of requests in flight is a matter of real time. The price of a report is not published beyond "most cost
under 10"; ours rises with rows, columns and days.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.google_errors import GoogleError

CONCURRENT = "Exhausted concurrent requests quota."
PER_PROJECT_HOUR = "Exhausted property tokens for a project per hour."
PER_HOUR = "Exhausted property tokens per hour."
PER_DAY = "Exhausted property tokens per day."
THRESHOLDED = "Exhausted potentially thresholded requests quota."
SERVER_ERRORS = "Exhausted server errors quota."
"""Messages of a 429: https://developers.google.com/analytics/devguides/reporting/data/v1/quotas (2026-11-21). Those of hour and
day are worded like the others: nobody has published theirs."""

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Where the day of the quota begins at midnight."""


@dataclass(frozen=True)
class Ga4Limits:
    """A standard property's allowance; :data:`GA4_360` is that of a paid one."""

    tokens_per_day: int = 200_000
    tokens_per_hour: int = 40_000
    tokens_per_project_per_hour: int = 14_000
    concurrent: int = 10
    thresholded_per_hour: int = 120
    server_errors_per_hour: int = 10
    service_level: str = "GOOGLE_ANALYTICS_STANDARD"


GA4_360 = Ga4Limits(2_000_000, 400_000, 140_000, 50, 120, 50, "GOOGLE_ANALYTICS_360")


def price(rows: int, columns: int, days: int) -> int:
    """Tokens of one report: one, and one more for every 5,000 rows, every five columns and every 90 days."""
    return 1 + rows // 5_000 + columns // 5 + days // 90


@dataclass
class Allowance:
    """A counter that starts again when its period (an hour, a day) does."""

    limit: int
    refusal: str
    period: object = None
    consumed: int = 0

    def enter(self, period: object) -> None:
        if period != self.period:
            self.period, self.consumed = period, 0

    @property
    def remaining(self) -> int:
        return max(self.limit - self.consumed, 0)


class PropertyQuota:
    """The quota of one property; ``now`` is the sandbox's clock."""

    def __init__(self, limits: Ga4Limits, now: Callable[[], datetime]) -> None:
        self.limits = limits
        self.in_flight = 0
        self.day = Allowance(limits.tokens_per_day, PER_DAY)
        self.hour = Allowance(limits.tokens_per_hour, PER_HOUR)
        self.project_hour = Allowance(limits.tokens_per_project_per_hour, PER_PROJECT_HOUR)
        self.thresholded = Allowance(limits.thresholded_per_hour, THRESHOLDED)
        self._now = now
        self._lock = threading.Lock()

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """One request under way. Raises the vendor's 429 when any allowance is used up, whichever it is."""
        with self._lock:
            self._enter_periods()
            for allowance in (self.day, self.hour, self.project_hour, self.thresholded):
                if allowance.remaining == 0:
                    raise GoogleError(429, allowance.refusal)
            if self.in_flight >= self.limits.concurrent:
                raise GoogleError(429, CONCURRENT)
            self.in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self.in_flight -= 1

    def charge(self, tokens: int, *, is_thresholded: bool = False) -> dict[str, Any]:
        """Take tokens; the ``propertyQuota`` of the answer, whose ``consumed`` is what this one request took."""
        with self._lock:
            self._enter_periods()
            for allowance in (self.day, self.hour, self.project_hour):
                allowance.consumed += tokens
            self.thresholded.consumed += is_thresholded
            return {
                "tokensPerDay": _status(tokens, self.day.remaining),
                "tokensPerHour": _status(tokens, self.hour.remaining),
                "tokensPerProjectPerHour": _status(tokens, self.project_hour.remaining),
                "concurrentRequests": _status(self.in_flight, self.limits.concurrent - self.in_flight),
                "serverErrorsPerProjectPerHour": _status(0, self.limits.server_errors_per_hour),
                "potentiallyThresholdedRequestsPerHour": _status(int(is_thresholded), self.thresholded.remaining),
            }

    def _enter_periods(self) -> None:
        now = self._now()
        self.day.enter(now.astimezone(PACIFIC).date())
        for allowance in (self.hour, self.project_hour, self.thresholded):
            allowance.enter(now.replace(minute=0, second=0, microsecond=0))


def _status(consumed: int, remaining: int) -> dict[str, int]:
    return {"consumed": consumed, "remaining": remaining}
