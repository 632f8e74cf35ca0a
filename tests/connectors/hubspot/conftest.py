"""A small account served on loopback, the connector pointed at it, and a hand on the people and troubles behind it."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from connectors.base import NormaliseContext, Page, Raw, ReadContext, Row, Stream
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.source import HubSpotSource
from connectors.hubspot.target import HubSpotTarget
from connectors.hubspot.wire import LIMITS
from connectors.quota import Governor
from connectors.sandbox.faults import Fault
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import FULL_TOKEN, World
from connectors.transport import RetryRule, no_waiting
from tests.connectors.hubspot.small_world import NOW, small_world
from tests.connectors.hubspot.virtual_time import VirtualTime

AMPLE = HubSpotLimits(burst=10_000, search_per_second=10_000, associations=10_000)
"""Real time would be spent waiting otherwise; limits have tests of their own."""
CONTEXT = ReadContext(now=NOW, since=date(2025, 1, 1))


def no_rates(_amount: Decimal, _currency: str, _day: date) -> None:
    return None


def normalise_context(facts: Mapping[str, Any], **changes: Any) -> NormaliseContext:
    """Paris, euros, no exchange rate known."""
    given: dict[str, Any] = {
        "zone": ZoneInfo("Europe/Paris"),
        "home_currency": "EUR",
        "fx": no_rates,
        "pseudonym": lambda v: f"#{len(v)}",
    }
    return NormaliseContext(**(given | changes), facts=facts)


@dataclass
class Account:
    """One served account and the connector's parts that speak to it."""

    server: SandboxServer
    source: HubSpotSource
    target: HubSpotTarget

    @property
    def client(self) -> HubSpotClient:
        return self.source.client

    def stream(self, name: str) -> Stream:
        return next(s for s in self.source.streams() if s.name == name)

    def context(self, **changes: Any) -> ReadContext:
        """A run that begins now, by the account's clock."""
        return replace(CONTEXT, now=self.server.sandbox.clock.now(), **changes)

    def pages(self, name: str, cursor: str | None = None, **context: Any) -> Iterator[Page]:
        return self.source.read(self.stream(name), cursor, self.context(**context))

    def read(self, name: str, cursor: str | None = None, **context: Any) -> tuple[list[Raw], str | None]:
        """Every record of a read, and the cursor after it."""
        pages = list(self.pages(name, cursor, **context))
        cursors = [page.cursor for page in pages if page.cursor]
        return [record for page in pages for record in page.records], cursors[-1] if cursors else None

    def rows(self, name: str, records: list[Raw]) -> list[Row]:
        context = normalise_context(self.source.describe())
        return [row for record in records for row in self.source.normalise(self.stream(name), record, context)]

    def control(self, order: str, **body: Any) -> Any:
        answer = requests.post(f"{self.server.base_url}/_sandbox/{order}", json=body, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def edit(self, object: str, id: str, **properties: str) -> None:
        self.control("edit", object=object, id=id, properties=properties)

    def wait(self, seconds: float = 10) -> None:
        """Let the account's clock pass by, so that its search index has caught up."""
        self.server.sandbox.clock.advance(timedelta(seconds=seconds))

    def fault(self, **fault: Any) -> None:
        with self.server.sandbox.lock:
            self.server.sandbox.faults.add(Fault(vendor="hubspot", **fault))

    def calls(self, route: str) -> int:
        stats = self.server.sandbox.stats.vendors.get("hubspot")
        return stats.routes[route] if stats else 0

    @property
    def refused(self) -> int:
        stats = self.server.sandbox.stats.vendors.get("hubspot")
        return stats.refused_429 if stats else 0


Open = Callable[..., Account]


@pytest.fixture
def open_account() -> Iterator[Open]:
    """Serve a world and connect to it; a governor on a virtual clock unless one is given, and retries without pauses."""
    opened: list[Account] = []

    def open_(
        world: World | None = None,
        *,
        token: str = FULL_TOKEN,
        api_version: str = "2026-09",
        read_s: float = 20.0,
        rule: RetryRule = RetryRule(),
        settings: Mapping[str, Any] = MappingProxyType({}),
        **sandbox: Any,
    ) -> Account:
        options: dict[str, Any] = {"limits": AMPLE, "lags": Lags(property_s=0.0)} | sandbox
        server = SandboxServer(world or small_world(), **options).start()
        section = {"base_url": server.base_url, "token": token, "api_version": api_version, **settings}
        read = HubSpotSettings.model_validate(section)
        time = VirtualTime()
        governor = Governor(LIMITS, clock=time.clock, wait=time.wait)
        client = HubSpotClient("hubspot", read, governor=governor, read_s=read_s, rule=rule)
        source = HubSpotSource("hubspot", read, client)
        opened.append(Account(server, source, HubSpotTarget(client)))
        return opened[-1]

    with no_waiting():
        yield open_
    for account in opened:
        account.source.close()
        account.server.stop()


@pytest.fixture
def account(open_account: Open) -> Account:
    return open_account()


@pytest.fixture
def whole_log(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Everything logged at any level, as one text."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(record.getMessage() for record in caplog.records)
