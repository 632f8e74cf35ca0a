"""Sellsy's quotas: calls of a second, minute, day and month of an account, by real time; failed calls count too.

https://api.sellsy.com/documentation/rules: 5 a second and 432,000 a day. Those of a minute and a month are the sandbox's own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox.limits import RollingWindow

USUAL: Mapping[str, int] = {"seconds": 5, "minutes": 300, "days": 432_000, "months": 13_000_000}
LENGTHS_S: Mapping[str, float] = {"seconds": 1.0, "minutes": 60.0, "days": 86_400.0, "months": 30 * 86_400.0}


class Quotas:
    """The counters of one account. ``peak``: most calls that were let through in any one second."""

    def __init__(self, limits: Mapping[str, int], monotonic: Callable[[], float]) -> None:
        self._limits = {**USUAL, **limits}
        self._windows = {name: RollingWindow(self._limits[name], LENGTHS_S[name], monotonic) for name in USUAL}
        self.peak = 0

    def take(self) -> bool:
        """Count a call; False when one of the quotas is used up."""
        if any(window.remaining() <= 0 for window in self._windows.values()):
            return False
        for window in self._windows.values():
            window.take()
        seconds = self._windows["seconds"]
        self.peak = max(self.peak, seconds.limit - seconds.remaining())
        return True

    def headers(self) -> dict[str, str]:
        """What every answer says of them."""
        return {
            f"X-Quota-Remaining-By-{name.removesuffix('s').capitalize()}": str(window.remaining())
            for name, window in self._windows.items()
        }

    def as_json(self) -> dict[str, Any]:
        return {
            f"api_rate_{name}": {"limit": self._limits[name], "used": self._limits[name] - window.remaining()}
            for name, window in self._windows.items()
        }
