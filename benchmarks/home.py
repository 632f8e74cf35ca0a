"""A Cadran home on a sandbox, and the pieces of the real pipeline that are measured in it. Called in processes of their own."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from connectors.sandbox.world import FULL_TOKEN
from sync import bootstrap
from sync.house import House
from sync.pipeline import extract, frame_of, meet
from sync.progress import LogProgress

ACCOUNT = "bench"
SOURCE = "hubspot"


@contextmanager
def opened(address: str, folder: str) -> Iterator[House]:
    """The account's house in ``folder``, made on first use."""
    file = Path(folder) / "cadran.yaml"
    if not file.exists():
        sources = {SOURCE: {"base_url": address, "token": "env:BENCH_TOKEN"}}
        document = {"home": folder, "history_start": "2024-01-01", "accounts": {ACCOUNT: {"sources": sources}}}
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
    loaded = bootstrap.settings(file, {**os.environ, "BENCH_TOKEN": FULL_TOKEN})
    with bootstrap.house(loaded, loaded.accounts[ACCOUNT]) as house:
        yield house


def load(address: str, folder: str, full: bool = False) -> dict[str, Any]:
    """Read everything from the wire to committed facts: seconds of the extraction, and the records it committed."""
    with opened(address, folder) as house:
        run_id = house.ledger.start_run("sync", house.clock())
        crm = meet(house)
        frame = frame_of(house, crm)
        start = time.perf_counter()
        extracted = extract(house, run_id, crm, frame, LogProgress(), full=full)
        seconds = time.perf_counter() - start
        if extracted.errors:
            raise RuntimeError(f"not everything was read: {extracted.errors}")
        with house.lake.facts() as con:
            committed = con.execute("SELECT count(*) FROM deal").fetchall()[0][0]
        return {"seconds": seconds, "records": extracted.records_read, "committed": committed}
