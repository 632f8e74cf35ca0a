"""Listing deals as fast as HubSpot's quota allows, every answer 100 to 300 ms away.

At 190 calls in 10 s, 100 deals a call, the ceiling is 1,900 deals a second. One reader alone gets what its answers' distance
leaves: that is shown too, by a sandbox that refuses to begin a list anywhere but at its start, and by the plain client.
"""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks import home
from benchmarks.apart import Done, apart
from benchmarks.measuring import Figure
from benchmarks.pace import steady_share
from benchmarks.vendors import FAR, LIKELY, REAL, Counted, reset, vendors
from benchmarks.wire_to_facts import names_of, read_plain
from connectors.sandbox.limits import Latency
from connectors.sandbox.quirks import Quirks

PAGE = 100
CEILING = REAL.burst * PAGE / REAL.window_s
"""Records a second."""
SHARE = 0.97
MEMORY_MB = 300


def pace_of(counted: Counted) -> float:
    """Deals a second from the second window on, by the times at which the sandbox counted the list's calls."""
    share = steady_share(
        [at for at, route, status in counted.calls if route == "list" and status == 200], REAL.burst, REAL.window_s
    )
    return (share or 0.0) * CEILING


def measure(folder: Path, *, deals: int = 100_000, sample: int = 10_000, latency: Latency = FAR) -> list[Figure]:
    """``sample``: how many deals the serial readers are given, whose pace does not depend on it."""

    def run(count: int, work: Callable[[str, str], Done], quirks: Quirks = LIKELY) -> tuple[Done, Counted]:
        return _run(folder, vendors(f"crowd:{count}", ample=False, latency=latency, quirks=quirks), count, work)

    whole, counted = run(deals, _listed)
    serial, _ = run(sample, _listed, Quirks(seeded_after_is_refused=True))
    plain, _ = run(sample, lambda address, _: apart(read_plain, address, names_of(address)))
    synced, sync_counted = run(deals, _sync)
    beside = f"`hubspot-api-client` `get_all`: {sample / plain.result['seconds']:,.0f}/s"
    alone = f"one reader alone, where HubSpot would refuse several: {sample / serial.result['seconds']:,.0f}/s"
    seconds = whole.result["seconds"]
    return [
        _figure(f"listing {deals:,} deals", counted, whole, latency, beside, f"{seconds:.0f} s, each deal once; {alone}"),
        _figure(
            f"`cadran sync` over {deals:,} deals, the whole process", sync_counted, synced, latency, "", f"{synced.seconds:.0f} s"
        ),
    ]


def _listed(address: str, folder: str) -> Done:
    return apart(home.list_deals, address, folder)


def _sync(address: str, folder: str) -> Done:
    """The real command, from its start to its end."""
    done = home.command(address, folder, "sync")
    return Done({"records": done.result["records_read"]["hubspot.deals"]}, done.seconds, done.peak_mb)


def _figure(what: str, counted: Counted, done: Done, latency: Latency, beside: str, note: str) -> Figure:
    pace = pace_of(counted)
    far = f"answers after {latency.answer_s * 1000:.0f} ms ± {latency.spread:.0%}"
    return Figure(
        f"{what}, at {REAL.burst} calls in {REAL.window_s:.0f} s, {far}",
        f"≥ {SHARE:.0%} of {CEILING:,.0f} records/s, no 429, < {MEMORY_MB} MB",
        f"{pace / CEILING:.1%}: {pace:,.0f} records/s",
        is_reached=pace >= SHARE * CEILING and not counted.refused_429 and done.peak_mb < MEMORY_MB,
        requests=counted.requests,
        refused_429=counted.refused_429,
        peak_mb=done.peak_mb,
        beside=beside,
        note=note,
    )


def _run(
    folder: Path, sandbox: AbstractContextManager[str], deals: int, work: Callable[[str, str], Done]
) -> tuple[Done, Counted]:
    """Each piece of work at a sandbox of its own, with a home of its own. Raises when it did not give every deal."""
    with sandbox as address, tempfile.TemporaryDirectory(dir=folder) as fresh:
        reset(address)
        done = work(address, fresh)
        if done.result["records"] != deals:
            raise RuntimeError(f"{done.result['records']} of {deals} deals were read")
        return done, Counted(address)
