"""Four processes that share one HubSpot account and know nothing of each other but the credential.

Each has eight threads that read pages of a list as fast as they may, every answer 100 to 300 ms away. Together they must
fill 190 calls in 10 s, be refused never, and none may starve beside the others: they end when the account's calls are
made, whoever made them.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.apart import Done, apart
from benchmarks.measuring import Figure
from benchmarks.pace import steady_share
from benchmarks.vendors import FAR, REAL, Counted, reset, vendors
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings
from connectors.sandbox.limits import Latency
from connectors.sandbox.world import FULL_TOKEN

PROCESSES = 4
THREADS = 8
SHARE = 0.97


def ask(address: str, seconds: float) -> dict[str, Any]:
    """Read a list's first page again and again for so long; how often it was given."""
    client = HubSpotClient("hubspot", HubSpotSettings.model_validate({"base_url": address, "token": FULL_TOKEN}))
    until = time.monotonic() + seconds

    def reader(_number: int) -> int:
        answers = 0
        while time.monotonic() < until:
            client.list_page("deals", ["amount"])
            answers += 1
        return answers

    with ThreadPoolExecutor(THREADS) as pool:
        answers = sum(pool.map(reader, range(THREADS)))
    client.close()
    return {"answers": answers}


def measure(folder: Path, *, seconds: float = 60.0, latency: Latency = FAR) -> list[Figure]:
    """``seconds``: how long the processes ask; the last calls wait for their slots beyond it."""
    with vendors("crowd:100", ample=False, latency=latency) as address:
        reset(address)
        with ThreadPoolExecutor(PROCESSES) as pool:
            parts: list[Done] = list(pool.map(lambda _: apart(ask, address, seconds), range(PROCESSES)))
        counted = Counted(address)
    answers = [part.result["answers"] for part in parts]
    if sum(answers) != counted.requests - counted.refused_429:
        raise RuntimeError(f"{sum(answers)} answers arrived, {counted.requests} calls were counted")
    share = steady_share([at for at, _, status in counted.calls if status == 200], REAL.burst, REAL.window_s) or 0.0
    return [
        Figure(
            f"{PROCESSES} processes sharing one account, at {REAL.burst} calls in {REAL.window_s:.0f} s, "
            f"answers after {latency.answer_s * 1000:.0f} ms ± {latency.spread:.0%}",
            f"no 429, ≥ {SHARE:.0%} of the limit",
            f"{share:.1%}: {share * REAL.burst / REAL.window_s:.1f} calls/s",
            is_reached=share >= SHARE and not counted.refused_429,
            requests=counted.requests,
            refused_429=counted.refused_429,
            peak_mb=max(part.peak_mb for part in parts),
            note=f"each process got {min(answers)} to {max(answers)} answers in {seconds:.0f} s",
        )
    ]
