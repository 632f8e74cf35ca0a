"""The simulated vendors in a process of their own, fresh for every turn, so that no turn inherits another's rate window.

``python -m benchmarks.vendors WORLD [--ample]`` prints the address and serves until its standard input ends.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.worlds import open_world

ROOT = Path(__file__).parents[1]
AMPLE = HubSpotLimits(burst=1_000_000, search_per_second=1_000_000, associations=1_000_000)
"""Limits that nobody meets: what is measured then is work, not waiting."""
REAL = HubSpotLimits()


@contextmanager
def vendors(world: str, *, ample: bool) -> Iterator[str]:
    """The address of a sandbox that serves ``world``."""
    command = [sys.executable, "-m", "benchmarks.vendors", world, *(["--ample"] if ample else [])]
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


def main(world: str, *flags: str) -> None:
    limits = AMPLE if "--ample" in flags else REAL
    with SandboxServer(open_world(world), limits=limits, lags=Lags(property_s=0.0)) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
