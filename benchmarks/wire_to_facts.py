"""Deals from the wire to committed facts, with no limit in the way: raw records, rows and cursor are committed.

Only the stream of deals is read, and the account's metadata; the other streams of an account, empty here, would wait for the
four searches a second that no header raises.

Beside it: ``hubspot-api-client``'s ``get_all`` with the same properties, which only gives models in memory; and a bare
reader that throws the pages away, which shows what the sandbox itself can serve.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import urllib3
from hubspot import HubSpot

from benchmarks import home
from benchmarks.apart import apart
from benchmarks.crm_read import source_at
from benchmarks.measuring import Figure, interleaved
from benchmarks.vendors import Counted, reset, vendors
from connectors.sandbox.world import FULL_TOKEN

PAGE = 100
SPEED = 15_000
MEMORY_MB = 300
"""To reach, records a second and 10^6 bytes."""
DLT = os.environ.get("CADRAN_BENCH_DLT", "")
"""A Python that has dlt, if there is one: see :mod:`benchmarks.dlt_rest`."""


def names_of(address: str) -> list[str]:
    """The deal properties that Cadran asks for."""
    source = source_at(address)
    try:
        return list(source.describe()["properties"]["deals"])
    finally:
        source.close()


def read_bare(address: str, names: Sequence[str]) -> dict[str, Any]:
    """Every page over one connection, unpacked and thrown away."""
    pool = urllib3.PoolManager(maxsize=1)
    headers = {"Authorization": f"Bearer {FULL_TOKEN}", "Accept-Encoding": "gzip"}
    query = f"limit={PAGE}&properties={','.join(names)}"
    count, after, start = 0, None, time.perf_counter()
    while True:
        url = f"{address}/crm/objects/2026-09/deals?{query}" + (f"&after={after}" if after else "")
        body = orjson.loads(pool.request("GET", url, headers=headers).data)
        count += len(body["results"])
        if "paging" not in body:
            return {"records": count, "seconds": time.perf_counter() - start}
        after = body["paging"]["next"]["after"]


def read_plain(address: str, names: Sequence[str]) -> dict[str, Any]:
    """What a user would write."""
    crm = HubSpot(access_token=FULL_TOKEN, host=address).crm
    start = time.perf_counter()
    found = len(crm.deals.get_all(properties=list(names)))
    return {"records": found, "seconds": time.perf_counter() - start}


def read_dlt(address: str, names: Sequence[str]) -> dict[str, Any]:
    """Into a DuckDB file, by another program (:mod:`benchmarks.dlt_rest`)."""
    with tempfile.TemporaryDirectory() as folder:
        order = {"address": address, "token": FULL_TOKEN, "names": list(names), "folder": folder}
        script = Path(__file__).with_name("dlt_rest.py")
        ran = subprocess.run(
            [DLT, script], input=json.dumps(order), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
        )
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def measure(folder: Path, *, deals: int = 20_000, turns: int = 3) -> list[Figure]:
    peaks: list[float] = []
    counted: list[Counted] = []
    with vendors(f"crowd:{deals}", ample=True) as address:
        names = names_of(address)

        def ours() -> float:
            reset(address)
            with tempfile.TemporaryDirectory(dir=folder) as fresh:
                done = apart(home.load, address, fresh, ["deals"])
            if done.result["committed"] != deals:
                raise RuntimeError(f"{done.result['committed']} of {deals} deals were committed")
            peaks.append(done.peak_mb)
            counted.append(Counted(address))
            return float(done.result["seconds"])

        def side(read: Callable[[str, Sequence[str]], dict[str, Any]]) -> Callable[[], float]:
            def turn() -> float:
                found: dict[str, Any] = apart(read, address, names).result
                if found["records"] != deals:
                    raise RuntimeError(f"{read.__name__}: {found['records']} of {deals} deals were read")
                return float(found["seconds"])

            return turn

        sides = {"ours": ours, "bare": side(read_bare), "plain": side(read_plain)}
        if DLT:
            sides["dlt"] = side(read_dlt)
        taken = interleaved(sides, turns)
    speeds = {name: deals / timing.median for name, timing in taken.items()}
    beside = f"`hubspot-api-client` `get_all`, models in memory: {speeds['plain']:,.0f}/s"
    if DLT:
        beside += f"; dlt into DuckDB: {speeds['dlt']:,.0f}/s"
    return [
        Figure(
            f"{deals:,} deals × {len(names)} properties, no limit: from the wire to committed facts",
            f"≥ {SPEED:,} records/s, < {MEMORY_MB} MB",
            f"{speeds['ours']:,.0f} records/s ({deals / max(taken['ours'].seconds):,.0f}–{deals / min(taken['ours'].seconds):,.0f})",
            is_reached=speeds["ours"] >= SPEED and max(peaks) < MEMORY_MB,
            requests=counted[-1].requests,
            refused_429=counted[-1].refused_429,
            peak_mb=max(peaks),
            beside=beside,
            note=f"median of {turns}; the sandbox alone serves {speeds['bare']:,.0f}/s to a reader that throws them away",
        )
    ]
