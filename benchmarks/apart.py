"""A piece of work in a process of its own, so that its memory is its own.

``python -m benchmarks.apart MODULE:FUNCTION ARGUMENTS`` (a JSON list) calls the function and prints what it gave.
"""

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Done:
    """What became of a piece of work."""

    result: Any
    """What the function gave, through JSON."""
    seconds: float
    """The function alone; the process's start is not in it."""
    peak_mb: float
    """Most memory that the process held at any time (resident, 10^6 bytes)."""


def apart(work: Callable[..., Any], *arguments: Any) -> Done:
    """``work(*arguments)`` in a fresh process; both it and what it gives must go through JSON. Raises when it fails."""
    command = [sys.executable, "-m", "benchmarks.apart", f"{work.__module__}:{work.__name__}", json.dumps(arguments)]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if ran.returncode:
        raise RuntimeError(f"{work.__module__}.{work.__name__} failed: {ran.stdout[-2000:]}")
    return Done(**json.loads(ran.stdout.splitlines()[-1]))


def peak_mb(pid: int | str = "self") -> float:
    """The resident high-water mark of a process; 0 for one that has just ended. Not ``ru_maxrss``: a child begins with its
    parent's."""
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0")
    return int(kilobytes) * 1024 / 1e6


def main(spec: str, arguments: str) -> None:
    module, _, name = spec.partition(":")
    function = getattr(importlib.import_module(module), name)
    start = time.perf_counter()
    result = function(*json.loads(arguments))
    done = Done(result, time.perf_counter() - start, peak_mb())
    print(json.dumps(asdict(done)))


if __name__ == "__main__":
    main(*sys.argv[1:])
