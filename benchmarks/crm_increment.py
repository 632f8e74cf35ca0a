"""What changed since the last run, when everything changed at one and the same instant and goes on changing meanwhile.

An import or a workflow stamps 20,000 records alike. Search shows at most 10,000 of them by offset, and a reader that begins
anew from the newest modified date never gets past that date. Beside it: that search by the plain client, with ``after``.
"""

import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from hubspot import HubSpot
from hubspot.crm.deals import ApiException

from benchmarks import crowd, home
from benchmarks.apart import apart
from benchmarks.measuring import Figure
from benchmarks.vendors import FAR, Counted, reset, vendors
from connectors.sandbox.limits import Latency
from connectors.sandbox.world import FULL_TOKEN

SEARCH_PAGE = 200


class People:
    """Somebody changes a deal every ``pause_s`` while the block lasts, one by one, read or not yet read."""

    def __init__(self, address: str, deals: int, pause_s: float) -> None:
        self.amounts: dict[str, str] = {}
        """What they wrote last, by deal."""
        self._address, self._deals, self._pause_s = address, deals, pause_s
        self._over = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator["People"]:
        thread = threading.Thread(target=self._work)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _work(self) -> None:
        draw = random.Random(3)
        with requests.Session() as session:
            while not self._over.wait(self._pause_s):
                deal, amount = str(crowd.FIRST_ID + draw.randrange(self._deals)), str(draw.randrange(1, 10**6))
                order = {"object": "deals", "id": deal, "properties": {"amount": amount}}
                session.post(f"{self._address}/_sandbox/edit", json=order, timeout=10).raise_for_status()
                self.amounts[deal] = amount


def measure(folder: Path, *, deals: int = 20_000, pause_s: float = 0.05, latency: Latency = FAR) -> list[Figure]:
    with (
        vendors(f"crowd:{deals}:change=1", ample=False, latency=latency) as address,
        tempfile.TemporaryDirectory(dir=folder) as fresh,
    ):
        apart(home.load, address, fresh)
        _pass(address, 7_200)
        reset(address)
        with People(address, deals, pause_s).at_work() as people:
            done = apart(home.increment, address, fresh)
        counted = Counted(address)
        # What people changed meanwhile, some of it after its page was read, is in the next increment.
        _pass(address, 60)
        rest = apart(home.increment, address, fresh).result
        wrong = differing(apart(home.amounts, address, fresh).result, deals, people.amounts)
        # Last, because it takes searches from the same second without asking.
        plain = apart(search_plain, address).result
    read = done.result
    is_reached = read["records"] == read["distinct"] == deals and not wrong and not counted.refused_429
    return [
        Figure(
            f"increment with {deals:,} changed deals of one timestamp, {len(people.amounts):,} of them changed again meanwhile",
            "every row once, ends",
            f"{read['records']:,} rows, {read['distinct']:,} different, in {read['seconds']:.0f} s; {wrong} wrong in the end",
            is_reached=is_reached,
            requests=counted.requests,
            refused_429=counted.refused_429,
            peak_mb=done.peak_mb,
            beside=f"search with `after`: {plain['records']:,} rows, then HTTP {plain['status']}",
            note=f"{counted.routes.get('search', 0)} searches; the next increment read {rest['records']:,}",
        )
    ]


def _pass(address: str, seconds: float) -> None:
    """Let time pass at the sandbox."""
    requests.post(f"{address}/_sandbox/clock", json={"advance_seconds": seconds}, timeout=120).raise_for_status()


def differing(found: dict[str, str], deals: int, changed: dict[str, str]) -> int:
    """How many amounts are not those that the account holds now."""
    expected = {}
    for record in crowd.crowd(deals).hubspot.objects["deals"]:
        expected[record["id"]] = changed.get(record["id"], crowd.changed_amount(record))
    return sum(deal not in found or Decimal(found[deal]) != Decimal(amount) for deal, amount in expected.items())


def search_plain(address: str) -> dict[str, Any]:
    """Rows until the end, or until the search refuses to go on, at most five searches a second."""
    api = HubSpot(access_token=FULL_TOKEN, host=address).crm.deals.search_api
    since = str(int(crowd.CHANGE.timestamp() * 1000) - 1)
    query: dict[str, Any] = {
        "filterGroups": [{"filters": [{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": since}]}],
        "sorts": [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}],
        "limit": SEARCH_PAGE,
    }
    count = 0
    while True:
        try:
            page = api.do_search(query)
        except ApiException as refused:
            if refused.status == 429:
                threading.Event().wait(0.2)
                continue
            return {"records": count, "status": refused.status}
        count += len(page.results)
        if page.paging is None:
            return {"records": count, "status": 200}
        query["after"] = page.paging.next.after
