"""Writing five properties of 1,000 contacts.

Ours is ``sync.apply``: each batch is read again first, its intention committed to the journal, sent, its outcome
committed. Beside the plain client's batch update, which does only the sending, and beside one call per record.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hubspot import HubSpot
from hubspot.crm.contacts import BatchInputSimplePublicObjectBatchInput, SimplePublicObjectBatchInput, SimplePublicObjectInput
from hubspot.crm.contacts.exceptions import ApiException

from benchmarks.crm_read import source_at
from benchmarks.measuring import Row, interleaved, timed
from benchmarks.vendors import vendors
from connectors.hubspot.target import HubSpotTarget
from connectors.sandbox.world import FULL_TOKEN
from sync.apply import apply_plan
from sync.ledger import Ledger
from sync.plan import Change, Plan

GROUP = "cadran_bench"
NAMES = tuple(f"cadran_bench_{number}" for number in range(1, 6))
BATCH = 100
NOW = datetime(2026, 11, 21, tzinfo=UTC)

Values = Mapping[str, str]
Write = Callable[[str, Sequence[str], Path], float]
"""(address, record ids, scratch folder) -> seconds of the writing alone."""


def values_of(record_id: str) -> Values:
    return {name: str(int(record_id) % 1000 + place) for place, name in enumerate(NAMES)}


def write_ours(address: str, ids: Sequence[str], folder: Path) -> float:
    lines = tuple(
        Change("contacts", record_id, name, None, value, name, "create", "benchmark")
        for record_id in ids
        for name, value in values_of(record_id).items()
    )
    source, ledger = source_at(address), Ledger.at(folder)
    try:
        target = HubSpotTarget(source.client)
        run_id = ledger.start_run("apply", NOW)
        plan = Plan("benchmark", run_id, NOW, lines)
        kinds = {("contacts", name): "count" for name in NAMES}

        def work() -> None:
            done = apply_plan(plan, target, ledger, run_id, group=(GROUP, {}), kinds=kinds, now=lambda: NOW)  # type: ignore[arg-type]
            if done.written != len(lines):
                raise RuntimeError(f"{done.written} of {len(lines)} values were written")

        return timed(work)
    finally:
        source.close()
        ledger.close()


def write_batches(address: str, ids: Sequence[str], _folder: Path) -> float:
    client = HubSpot(access_token=FULL_TOKEN, host=address)

    def work() -> None:
        for start in range(0, len(ids), BATCH):
            inputs = [SimplePublicObjectBatchInput(id=i, properties=dict(values_of(i))) for i in ids[start : start + BATCH]]
            client.crm.contacts.batch_api.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))

    return timed(work)


def write_singly(address: str, ids: Sequence[str], _folder: Path) -> float:
    """One call a record; refused for too many requests, it waits a second and tries again."""
    client = HubSpot(access_token=FULL_TOKEN, host=address)

    def work() -> None:
        for record_id in ids:
            while True:
                try:
                    client.crm.contacts.basic_api.update(
                        record_id, SimplePublicObjectInput(properties=dict(values_of(record_id)))
                    )
                    break
                except ApiException as refused:
                    if refused.status != 429:
                        raise
                    time.sleep(1.0)

    return timed(work)


def prepared(address: str, count: int) -> list[str]:
    """The properties made, and the ids to write to."""
    client = HubSpot(access_token=FULL_TOKEN, host=address)
    client.crm.properties.groups_api.create("contacts", {"name": GROUP, "label": "Benchmark"})
    for name in NAMES:
        definition = {"name": name, "label": name, "type": "number", "fieldType": "number", "groupName": GROUP}
        client.crm.properties.core_api.create("contacts", definition)
    return [contact.id for contact in client.crm.contacts.get_all(limit=count)]


def measure(folder: Path, *, world: str = "builtin", records: int = 1_000, turns: int = 5) -> list[Row]:
    def side(write: Write, *, ample: bool) -> Callable[[], float]:
        def turn() -> float:
            with vendors(world, ample=ample) as address, tempfile.TemporaryDirectory(dir=folder) as fresh:
                return write(address, prepared(address, records), Path(fresh))

        return turn

    sides = {"`hubspot-api-client`, batches of 100": write_batches, "`hubspot-api-client`, one by one": write_singly}
    rows = []
    for ample, note, count in ((True, "no rate limit in the way", turns), (False, "HubSpot's real limits", 1)):
        writes: dict[str, Write] = {"ours": write_ours, **sides}
        taken = interleaved({name: side(write, ample=ample) for name, write in writes.items()}, count)
        what = f"writing {records:,} records × {len(NAMES)} properties, with pre-read and journal"
        rows += [Row(what, taken["ours"], name, taken[name], note=note) for name in sides]
    return rows
