"""A Cadran home on a sandbox, and the pieces of the real pipeline that are measured in it, in processes of their own."""

import json
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from benchmarks.apart import Done, peak_mb
from benchmarks.measuring import cadran
from connectors.base import Cursor, Page, ReadContext, Stream
from connectors.sandbox.world import FULL_TOKEN
from sync import bootstrap
from sync.house import House
from sync.pipeline import extract, frame_of, meet
from sync.progress import LogProgress

ACCOUNT = "bench"
SOURCE = "hubspot"
TOKEN = "BENCH_TOKEN"
SINCE = date(2024, 1, 1)
SEARCH_LAG_S = 4
"""The sandbox's search lags 3 s behind a write; a run waits so long before it reads its own writes back."""
LOOK_S = 0.05
"""How often a running command's memory is looked at."""


def settings(address: str, folder: str) -> Path:
    """The settings file in ``folder``, made on first use."""
    file = Path(folder) / "cadran.yaml"
    if not file.exists():
        sources = {SOURCE: {"base_url": address, "token": f"env:{TOKEN}", "search_lag_s": SEARCH_LAG_S}}
        document = {"home": folder, "history_start": SINCE, "accounts": {ACCOUNT: {"sources": sources}}}
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


@contextmanager
def opened(address: str, folder: str) -> Iterator[House]:
    """The account's house in ``folder``."""
    loaded = bootstrap.settings(settings(address, folder), environment())
    with bootstrap.house(loaded, loaded.accounts[ACCOUNT]) as house:
        yield house


def environment() -> dict[str, str]:
    return {**os.environ, TOKEN: FULL_TOKEN}


def command(address: str, folder: str, *words: str) -> Done:
    """``cadran WORDS --json`` as a process of its own; its memory is looked at until it ends."""
    file = settings(address, folder)
    start = time.perf_counter()
    with subprocess.Popen(
        [cadran(), *words, "--json", "--settings", str(file)], env=environment(), stdout=subprocess.PIPE, text=True
    ) as ran:
        peak = 0.0
        answer = threading.Thread(target=lambda: said.append(ran.stdout.read() if ran.stdout else ""))
        said: list[str] = []
        answer.start()
        while ran.poll() is None:
            peak = max(peak, peak_mb(ran.pid))
            time.sleep(LOOK_S)
        answer.join()
    if ran.returncode:
        raise RuntimeError(f"cadran {' '.join(words)} ended with {ran.returncode}: {said[0][-2000:]}")
    return Done(json.loads(said[0]), time.perf_counter() - start, peak)


def list_deals(address: str, folder: str) -> dict[str, Any]:
    """Read every deal and keep none: their number, each counted once."""
    with opened(address, folder) as house:
        source = house.sources[SOURCE]
        source.describe()
        stream = next(one for one in source.streams() if one.name == "deals")
        seen: set[int] = set()
        given = 0
        start = time.perf_counter()
        for page in source.read(stream, None, ReadContext(now=house.clock(), since=SINCE)):
            seen.update(int(record["id"]) for record in page.records)
            given += len(page.records)
        if given != len(seen):
            raise RuntimeError(f"{given} records were given, {len(seen)} of them different")
        return {"seconds": time.perf_counter() - start, "records": given}


def load(address: str, folder: str, streams: Sequence[str] = ()) -> dict[str, Any]:
    """Read these streams, or all, from the wire to committed facts: seconds of the extraction, metadata included, and the
    deals it committed."""
    with opened(address, folder) as house:
        run_id = house.ledger.start_run("sync", house.clock())
        crm = meet(house)
        frame = frame_of(house, crm)
        start = time.perf_counter()
        extracted = extract(house, run_id, crm, frame, LogProgress(), streams=streams)
        seconds = time.perf_counter() - start
        if extracted.errors:
            raise RuntimeError(f"not everything was read: {extracted.errors}")
        with house.lake.facts() as con:
            committed = con.execute("SELECT count(*) FROM deal").fetchall()[0][0]
        return {"seconds": seconds, "records": extracted.records_read, "committed": committed}


def increment(address: str, folder: str) -> dict[str, Any]:
    """Read what changed: seconds, and how often each deal was given."""
    given: Counter[str] = Counter()
    with opened(address, folder) as house:
        source = house.sources[SOURCE]
        read = source.read

        def watched(stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
            for page in read(stream, cursor, context):
                if stream.name == "deals":
                    given.update(str(record["id"]) for record in page.records)
                yield page

        source.read = watched  # type: ignore[method-assign]
        crm = meet(house)
        frame = frame_of(house, crm)
        run_id = house.ledger.start_run("sync", house.clock())
        start = time.perf_counter()
        extracted = extract(house, run_id, crm, frame, LogProgress())
        seconds = time.perf_counter() - start
        if extracted.errors:
            raise RuntimeError(f"not everything was read: {extracted.errors}")
        return {"seconds": seconds, "records": given.total(), "distinct": len(given)}


def amounts(address: str, folder: str) -> dict[str, str]:
    """Deal id -> amount as the facts hold it."""
    with opened(address, folder) as house, house.lake.facts() as con:
        return {str(deal): str(amount) for deal, amount in con.execute("SELECT deal_id, amount FROM deal").fetchall()}
