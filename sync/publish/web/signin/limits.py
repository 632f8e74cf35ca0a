"""How often something may be tried, per name, address or token: a sliding window in memory.

One server is one process, so its memory knows every attempt. Counting before the answer is known lets no guesses through that run
side by side.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from threading import Lock
from time import monotonic_ns

from pyrate_limiter import InMemoryBucket, Rate, RateItem

_MOST = 20_000
"""Names or addresses that are remembered; the longest unheard of are forgotten first."""
MINUTE, HOUR = 60_000, 3_600_000


def milliseconds() -> int:
    return monotonic_ns() // 1_000_000


class Limit:
    """``rates``: (how many, in so many milliseconds)."""

    def __init__(self, *rates: tuple[int, int], clock: Callable[[], int] = milliseconds) -> None:
        self._rates = [Rate(limit, interval) for limit, interval in rates]
        self._clock = clock
        self._buckets: OrderedDict[str, InMemoryBucket] = OrderedDict()
        self._lock = Lock()

    def wait_s(self, key: str) -> int:
        """0: go on, and it is counted. Else the seconds until the next try may be made."""
        with self._lock:
            now = self._clock()
            bucket = self._buckets.setdefault(key, InMemoryBucket(self._rates))
            self._buckets.move_to_end(key)
            if len(self._buckets) > _MOST:
                self._buckets.popitem(last=False)
            bucket.leak(now)
            item = RateItem(key, now)
            return 0 if bucket.put(item) else max(1, ceil(int(bucket.waiting(item)) / 1000))  # type: ignore[arg-type]


def of_address(address: str) -> str:
    """What an address is counted under: an IPv6 caller has a whole /64 to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
