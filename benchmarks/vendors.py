"""The simulated vendors in a process of their own, fresh for every turn, so that no turn inherits another's rate window.

``python -m benchmarks.vendors WORLD OPTIONS`` (a JSON object) prints the address and serves until its standard input ends.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests

from benchmarks import crowd
from connectors.sandbox.core import Stats
from connectors.sandbox.limits import HubSpotLimits, Lags, Latency
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import World
from connectors.sandbox.worlds import open_world

ROOT = Path(__file__).parents[1]
AMPLE = HubSpotLimits(burst=1_000_000, search_per_second=1_000_000, associations=1_000_000)
"""Limits that nobody meets: what is measured then is work, not waiting."""
REAL = HubSpotLimits()
LIKELY = Quirks()
AT_ONCE = Latency()
FAR = Latency(answer_s=0.2, spread=0.5, seed=1)
"""Answers as from another continent: 100 to 300 ms."""


@contextmanager
def vendors(world: str, *, ample: bool, latency: Latency = AT_ONCE, quirks: Quirks = LIKELY) -> Iterator[str]:
    """The address of a sandbox that serves ``world``: see :func:`opened`."""
    options = json.dumps({"ample": ample, "latency": asdict(latency), "quirks": asdict(quirks)})
    command = [sys.executable, "-m", "benchmarks.vendors", world, options]
    served = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert served.stdin is not None
    assert served.stdout is not None
    try:
        address = served.stdout.readline().strip()
        if not address:
            raise RuntimeError("the sandbox did not come up")
        yield address
    finally:
        served.stdin.close()
        served.wait(20)
        served.stdout.close()


def opened(spec: str) -> World:
    """Any world that ``cadran sandbox`` knows, or a crowd (:mod:`benchmarks.crowd`)."""
    return crowd.read_spec(spec) if spec.startswith(f"{crowd.KIND}:") else open_world(spec)


class Timed(Stats):
    """Calls by vendor, and when each was counted."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[float, str, int]] = []

    def count(self, vendor: str, route: str, status: int) -> None:
        super().count(vendor, route, status)
        self.calls.append((time.monotonic(), route, status))

    def reset(self) -> None:
        super().reset()
        self.calls.clear()

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"calls": self.calls}


class Counted:
    """What a sandbox counted since it began, or since :func:`reset`."""

    def __init__(self, address: str) -> None:
        body = requests.get(f"{address}/_sandbox/stats", timeout=60).json()
        vendor = body.get("hubspot", {})
        self.requests: int = vendor.get("requests", 0)
        self.refused_429: int = vendor.get("refused_429", 0)
        self.routes: dict[str, int] = vendor.get("routes", {})
        self.calls = [(float(at), str(route), int(status)) for at, route, status in body["calls"]]


def reset(address: str) -> None:
    """Begin counting anew."""
    requests.post(f"{address}/_sandbox/stats", json={"reset": True}, timeout=60).raise_for_status()


def main(world: str, options: str) -> None:
    chosen = json.loads(options)
    limits = AMPLE if chosen["ample"] else REAL
    latency, quirks = Latency(**chosen["latency"]), Quirks(**chosen["quirks"])
    server = SandboxServer(opened(world), quirks=quirks, limits=limits, lags=Lags(property_s=0.0), latency=latency)
    server.sandbox.stats = Timed()
    with server:
        print(server.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
