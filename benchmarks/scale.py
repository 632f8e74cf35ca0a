"""Ten times the records: how much more time, requests and memory.

Reading alone (:func:`benchmarks.home.load`), and a whole first life: ``sync``, ``plan``, ``apply``, then ``sync`` again with
nothing changed, which shows too what a run costs that has nothing to do. No limit is in the way, so that time is work.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import home
from benchmarks.apart import Done, apart
from benchmarks.measuring import Figure
from benchmarks.vendors import Counted, reset, vendors

TIMES = 10
GROWTH = 11.0
"""Most that time and requests may grow when records grow :data:`TIMES` fold."""
MEMORY_GROWTH = 1.25
"""What counts as memory that does not grow: buffers fill up, whatever their size."""
WRITES = ("create_property", "update_property", "batch_update", "create_group")
"""Routes that change something."""


@dataclass(frozen=True)
class Step:
    """One piece of work at one size."""

    seconds: float
    requests: int
    refused_429: int
    peak_mb: float
    result: Any
    routes: dict[str, int]


Life = dict[str, Step]
"""The steps of one size, by name."""


def measure(folder: Path, *, deals: int = 2_000, read_deals: int = 10_000, turns: int = 2) -> list[Figure]:
    reads = [_best(lambda count=count: lived(folder, count, READING), turns) for count in (read_deals, read_deals * TIMES)]  # type: ignore[misc]
    lives = [_best(lambda count=count: lived(folder, count, WHOLE), 1) for count in (deals, deals * TIMES)]  # type: ignore[misc]
    figures = [grown("reading", "read", read_deals, *reads)]
    figures += [
        grown(what, step, deals, *lives)
        for what, step in (("`cadran sync`", "sync"), ("`cadran plan`", "plan"), ("`cadran apply`", "apply"))
    ]
    return [*figures, *(quiet(count, life) for count, life in zip((deals, deals * TIMES), lives, strict=True))]


def _read(address: str, folder: str) -> Done:
    done = apart(home.load, address, folder)
    return Done(done.result, done.result["seconds"], done.peak_mb)


def _command(*words: str) -> Callable[[str, str], Done]:
    return lambda address, folder: home.command(address, folder, *words)


READING: dict[str, Callable[[str, str], Done]] = {"read": _read}
WHOLE: dict[str, Callable[[str, str], Done]] = {
    "sync": _command("sync"),
    "plan": _command("plan"),
    "apply": _command("apply"),
    "quiet": _command("sync"),
    "empty": _command("plan"),
}


def lived(folder: Path, deals: int, steps: dict[str, Callable[[str, str], Done]]) -> Life:
    life = {}
    with vendors(f"crowd:{deals}:links=2", ample=True) as address, tempfile.TemporaryDirectory(dir=folder) as fresh:
        for name, work in steps.items():
            reset(address)
            done = work(address, fresh)
            counted = Counted(address)
            life[name] = Step(done.seconds, counted.requests, counted.refused_429, done.peak_mb, done.result, counted.routes)
    return life


def _best(live: Callable[[], Life], turns: int) -> Life:
    """The quickest of some turns: what other work on the machine added says nothing about growth."""
    lives = [live() for _ in range(turns)]
    return {name: min((life[name] for life in lives), key=lambda step: step.seconds) for name in lives[0]}


def grown(what: str, step: str, deals: int, small: Life, big: Life) -> Figure:
    before, after = small[step], big[step]
    seconds, requests, memory = after.seconds / before.seconds, after.requests / before.requests, after.peak_mb / before.peak_mb
    return Figure(
        f"{what}: {deals * TIMES:,} deals instead of {deals:,}, each with a company and a contact",
        f"time and requests × {GROWTH:.0f} at most, memory does not grow",
        f"time × {seconds:.1f}, requests × {requests:.1f}, memory × {memory:.2f}",
        is_reached=seconds <= GROWTH and requests <= GROWTH and memory <= MEMORY_GROWTH,
        requests=after.requests,
        refused_429=after.refused_429,
        peak_mb=after.peak_mb,
        note=f"{before.seconds:.1f} s → {after.seconds:.1f} s, {before.requests:,} → {after.requests:,} requests, "
        f"{before.peak_mb:.0f} → {after.peak_mb:.0f} MB",
    )


def quiet(deals: int, life: Life) -> Figure:
    """The sync after the write-back, nobody having changed anything."""
    step, plan = life["quiet"], life["empty"]
    streams = len([name for name in step.result["records_read"] if name.startswith(f"{home.SOURCE}.")])
    most = 2 * streams + 4
    written = sum(step.routes.get(route, 0) + plan.routes.get(route, 0) for route in WRITES)
    changes = len(plan.result["changes"])
    applied = life["apply"].result
    back = applied.get("read_back") or {"requests": 0}
    return Figure(
        f"nothing changed since {applied['written']:,} values were written ({deals:,} deals)",
        f"≤ 2 requests × {streams} streams + 4 = {most}, no write",
        f"{step.requests} requests, {written} writes, {changes} lines in the plan",
        is_reached=step.requests <= most and not written and not changes,
        requests=step.requests,
        refused_429=step.refused_429,
        peak_mb=step.peak_mb,
        note=f"{', '.join(f'{count} {route}' for route, count in step.routes.items())}; reading its own writes back had cost the "
        f"write-back {back['requests']} requests",
    )
