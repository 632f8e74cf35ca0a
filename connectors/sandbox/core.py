"""What the simulated vendors share: the world they serve, one clock, the quirks, ordered trouble, and the count of calls.

A vendor is a module with ``routes(sandbox) -> list[BaseRoute]``; everything hangs at the root of one server.
:mod:`connectors.sandbox.app` lays the same things around every route of every vendor, so a vendor does none of them:
it counts the answer in :class:`Stats` under the route's ``name``, plays the programmed :class:`Faults`, and puts the
clock into the ``Date`` header.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.clock import Clock
from connectors.sandbox.faults import TOO_MANY_REQUESTS, Faults
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.limits import HubSpotLimits, Lags, Latency
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import World


@dataclass
class VendorStats:
    requests: int = 0
    refused_429: int = 0
    routes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)


class Stats:
    """Calls answered, by vendor. :mod:`connectors.sandbox.app` counts them; the control plane's own calls are not in it."""

    def __init__(self) -> None:
        self.vendors: dict[str, VendorStats] = {}

    def count(self, vendor: str, route: str, status: int) -> None:
        stats = self.vendors.setdefault(vendor, VendorStats())
        stats.requests += 1
        stats.routes[route] += 1
        stats.statuses[status] += 1
        if status == TOO_MANY_REQUESTS:
            stats.refused_429 += 1

    def reset(self) -> None:
        self.vendors.clear()

    def as_json(self) -> dict[str, Any]:
        """``{vendor: {"requests", "refused_429", "routes": {name: n}, "statuses": {"200": n}}}``"""
        return {
            vendor: {
                "requests": stats.requests,
                "refused_429": stats.refused_429,
                "routes": dict(sorted(stats.routes.items())),
                "statuses": {str(status): count for status, count in sorted(stats.statuses.items())},
            }
            for vendor, stats in sorted(self.vendors.items())
        }


class Sandbox:
    """One world being served. ``lock`` is held while a vendor reads or changes state, so a test may do so from its own thread."""

    def __init__(
        self,
        world: World,
        *,
        quirks: Quirks | None = None,
        limits: HubSpotLimits | None = None,
        lags: Lags | None = None,
        latency: Latency | None = None,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.world = world
        self.clock = clock or Clock(world.now, monotonic)
        self.quirks = quirks or Quirks()
        self.limits = limits or HubSpotLimits()
        self.lags = lags or Lags()
        self.latency = latency or Latency()
        self.monotonic = monotonic
        """Real seconds, for rate limits; never the sandbox's clock."""
        self.portal = Portal(world.hubspot, self.clock, self.quirks, self.limits, self.lags)
        """The HubSpot account as it stands."""
        self.consents: dict[str, Any] = {}
        """Logins to the vendors, by vendor (:class:`connectors.sandbox.consent.Consent`)."""
        self.faults = Faults()
        self.stats = Stats()
        self.lock = threading.RLock()
