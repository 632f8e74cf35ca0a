"""How much memory a DuckDB engine may hold, and how many threads it gets: both follow the facts that it may go through.

Below its bound an engine spills to disk; but some of what a query holds cannot be spilled, and that grows with the rows. A
fixed bound would one day end a run that a larger one would have let through. What an engine does not need it does not take.
"""

import os
from pathlib import Path

import duckdb

from kpi.sql import literal

LEAST = 128 * 10**6
"""Bytes that every engine may hold."""
NEEDED_PER_ROW = 52
"""Bytes per row of the current facts in a bound with which every statement of a sync's computing and of a plan passes. Measured
2026-11-21 with two threads: 256 MB do for 400,000 deals in 4.92 million rows (192 MB do not), 128 MB for 100,000 deals in 1.23
million rows (96 MB do not)."""
SAFETY = 3
"""Other accounts have other shapes: more links for a deal, longer texts."""
MOST_SHARE = 0.8
"""Of the machine's memory; also what DuckDB takes unless told otherwise."""
PER_THREAD = 64 * 10**6
"""Bytes without which a thread is no gain: each sorts, groups and writes in buffers of its own, which cannot be spilled, so
that two of them fail within a bound in which one passes."""


def bound(rows: int, machine: int, least: int = LEAST) -> int:
    """Bytes that an engine may hold that goes through so many rows, on a machine with so many bytes of memory."""
    return min(max(least, rows * NEEDED_PER_ROW * SAFETY), int(machine * MOST_SHARE))


def threads(memory: int, cores: int) -> int:
    """All cores, as far as the memory in bytes feeds them; at least one."""
    return max(1, min(cores, memory // PER_THREAD))


def machine() -> int:
    """Bytes of memory that this process may use: the machine's, or what its container allows."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        allowed = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return physical
    return min(physical, int(allowed)) if allowed.isdecimal() else physical


def confine(con: duckdb.DuckDBPyConnection, memory: int, threads: int, spill: Path) -> None:
    """Let a new engine hold so many bytes at most, and put the rest into the folder ``spill``, which cannot be changed later."""
    con.execute(f"SET temp_directory={literal(str(spill))}")
    con.execute(f"SET threads={threads}")
    allow(con, memory)


def allow(con: duckdb.DuckDBPyConnection, memory: int) -> None:
    """Let an engine hold so many bytes at most from now on."""
    con.execute(f"SET memory_limit='{memory}B'")
