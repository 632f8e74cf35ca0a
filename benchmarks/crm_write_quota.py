"""Writing one value on each of 100,000 records as fast as HubSpot's quota allows, every answer 100 to 300 ms away.

Each batch of 100 is read again first, so that nobody's edit is overwritten, and costs two calls; 19 calls a second are
allowed. Beside it, on a sample: the plain client, one record a call and in batches, which read nothing and keep no journal.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hubspot import HubSpot
from hubspot.crm.deals import BatchInputSimplePublicObjectBatchInput, SimplePublicObjectBatchInput, SimplePublicObjectInput

from benchmarks import crowd
from benchmarks.apart import apart
from benchmarks.crm_read import source_at
from benchmarks.crm_write import BATCH, NOW
from benchmarks.measuring import Figure
from benchmarks.pace import steady_share
from benchmarks.vendors import FAR, REAL, Counted, reset, vendors
from connectors.hubspot.target import HubSpotTarget
from connectors.sandbox.limits import Latency
from connectors.sandbox.world import FULL_TOKEN
from sync.apply import apply_plan
from sync.ledger import Ledger
from sync.plan import Change, Plan

GROUP = "cadran_bench"
NAME = "cadran_bench_value"
SHARE = 0.97
OBJECTS = ("contacts", "deals")


def ids(count: int) -> list[str]:
    return [str(crowd.FIRST_ID + number) for number in range(count)]


def write(address: str, folder: str, counts: dict[str, int]) -> dict[str, Any]:
    """Apply a plan with a line for each of so many records of each object."""
    lines = tuple(
        Change(object, record_id, NAME, None, str(int(record_id) % 997), NAME, "create", "benchmark")
        for object in OBJECTS
        for record_id in ids(counts[object])
    )
    source, ledger = source_at(address), Ledger.at(Path(folder))
    try:
        run_id = ledger.start_run("apply", NOW)
        plan = Plan("benchmark", run_id, NOW, lines)
        start = time.perf_counter()
        done = apply_plan(
            plan,
            HubSpotTarget(source.client),
            ledger,
            run_id,
            group=(GROUP, {}),
            kinds={(object, NAME): "count" for object in OBJECTS},
            now=lambda: NOW,
        )
        return {"seconds": time.perf_counter() - start, "written": done.written}
    finally:
        source.close()
        ledger.close()


def write_batches(address: str, count: int) -> dict[str, Any]:
    api = HubSpot(access_token=FULL_TOKEN, host=address).crm.deals.batch_api
    start = time.perf_counter()
    for batch in _parts(ids(count), BATCH):
        inputs = [SimplePublicObjectBatchInput(id=one, properties={NAME: "1"}) for one in batch]
        api.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))
    return {"seconds": time.perf_counter() - start}


def write_singly(address: str, count: int) -> dict[str, Any]:
    api = HubSpot(access_token=FULL_TOKEN, host=address).crm.deals.basic_api
    start = time.perf_counter()
    for one in ids(count):
        api.update(one, SimplePublicObjectInput(properties={NAME: "1"}))
    return {"seconds": time.perf_counter() - start}


def _parts(all_ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [all_ids[start : start + size] for start in range(0, len(all_ids), size)]


def _prepare(address: str) -> None:
    """The property, on both objects."""
    crm = HubSpot(access_token=FULL_TOKEN, host=address).crm
    for object in OBJECTS:
        crm.properties.groups_api.create(object, {"name": GROUP, "label": "Benchmark"})
        definition = {"name": NAME, "label": NAME, "type": "number", "fieldType": "number", "groupName": GROUP}
        crm.properties.core_api.create(object, definition)


def measure(
    folder: Path, *, records: int = 100_000, singly: int = 50, batched: int = 2_000, latency: Latency = FAR
) -> list[Figure]:
    counts = {"contacts": records // 3, "deals": records - records // 3}
    calls = sum(2 * -(-count // BATCH) for count in counts.values())
    world = f"crowd:{counts['deals']}:links=2"
    with vendors(world, ample=False, latency=latency) as address, tempfile.TemporaryDirectory(dir=folder) as fresh:
        _prepare(address)
        time.sleep(
            REAL.window_s
        )  # those calls were another client's: HubSpot would still count them, and we know nothing of them
        reset(address)
        done = apart(write, address, fresh, counts)
        counted = Counted(address)
    with vendors(f"crowd:{batched}", ample=False, latency=latency) as address:
        _prepare(address)
        alone = singly / apart(write_singly, address, singly).result["seconds"]
        together = batched / apart(write_batches, address, batched).result["seconds"]
    if done.result["written"] != records:
        raise RuntimeError(f"{done.result['written']} of {records} records were written")
    share = steady_share([at for at, _, status in counted.calls if status != 429], REAL.burst, REAL.window_s) or 0.0
    seconds = done.result["seconds"]
    return [
        Figure(
            f"writing {records:,} changed records ({counts['deals']:,} deals, {counts['contacts']:,} contacts), "
            f"at {REAL.burst} calls in {REAL.window_s:.0f} s, answers after {latency.answer_s * 1000:.0f} ms ± {latency.spread:.0%}",
            f"{calls:,} calls (pre-read and update of each batch), ≥ {SHARE:.0%} of the quota",
            f"{counted.requests:,} calls, {share:.1%} of the quota: {records / seconds:,.0f} records/s",
            is_reached=counted.requests == calls and share >= SHARE and not counted.refused_429,
            requests=counted.requests,
            refused_429=counted.refused_429,
            peak_mb=done.peak_mb,
            beside=f"`hubspot-api-client` one by one: {alone:,.1f} records/s; in batches: {together:,.0f}/s, neither pre-read nor journal",
            note=f"{seconds:.0f} s, each row journalled before it is sent and settled after",
        )
    ]
