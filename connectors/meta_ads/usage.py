"""How much of Meta's allowance is used, and slowing down before it is gone.

Every answer says so in ``X-Business-Use-Case-Usage``: by the id of an ad account or page a list of uses, each with the per cent of
calls, CPU and time that are used up, and the minutes after which a blocked account is let in again
(https://developers.facebook.com/docs/graph-api/overview/rate-limiting, 2026-11-21).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from connectors.transport import Response, pause

HEADER = "X-Business-Use-Case-Usage"
PARTS = ("call_count", "total_cputime", "total_time")
SLOW_FROM = 75.0
"""Per cent of the allowance from which calls are spaced out."""
LONGEST_PAUSE_S = 30.0
"""Before a call at 100 %."""


class Pace:
    """Waits before a call as long as the last answer makes it wise: nothing up to :data:`SLOW_FROM`, then more and more."""

    def __init__(self) -> None:
        self.used = 0.0
        """Per cent, the highest of the last answer that told."""

    def look(self, response: Response) -> None:
        told = [float(one[part]) for one in _uses(response.headers) for part in PARTS if isinstance(one.get(part), (int, float))]
        if told:
            self.used = max(told)

    def wait(self) -> None:
        over = min(self.used, 100.0) - SLOW_FROM
        if over > 0:
            pause(over / (100.0 - SLOW_FROM) * LONGEST_PAUSE_S)


def regained_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until a blocked account is let in again; None where Meta does not say."""
    found = [one.get("estimated_time_to_regain_access") for one in _uses(headers)]
    minutes = [value for value in found if isinstance(value, (int, float)) and value > 0]
    return max(minutes) * 60.0 if minutes else None


def _uses(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    try:
        body = orjson.loads(headers.get(HEADER) or "{}")
    except orjson.JSONDecodeError:
        return
    for uses in body.values() if isinstance(body, dict) else ():
        for one in uses if isinstance(uses, list) else ():
            if isinstance(one, dict):
                yield one
