"""A small property served on loopback, and the connector pointed at it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.base import Days, Page, Raw, ReadContext
from connectors.ga4.settings import Ga4Settings
from connectors.ga4.source import Ga4Source
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.vendor import vendors
from connectors.sandbox.world import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    GOOGLE_REFRESH_TOKEN,
    Ga4World,
    HubSpotWorld,
    Record,
    World,
)
from connectors.transport import no_waiting
from tests.connectors.google_rows import row_context

PROPERTY = "123456789"
ROWS_PROPERTY = "555000111"
NOW = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
"""Already the first of October in Paris."""
SINCE = date(2026, 8, 10)
VENDORS = {name: vendors()[name] for name in ("oauth", "ga4")}


def visit(user: str, at: str, group: str = "Direct", campaign: str = "(not set)", *, key_event: bool = False) -> Record:
    return {
        "user": user,
        "session": f"{user}-{at}",
        "at": at,
        "new": True,
        "engaged": True,
        "dimensions": {
            "sessionDefaultChannelGroup": group,
            "sessionCampaignName": campaign,
            "sessionCampaignId": "111" if campaign == "brand" else "(not set)",
            "sessionSourceMedium": "google / cpc" if group == "Paid Search" else "(direct) / (none)",
        },
        "events": {"generate_lead": 2} if key_event else {},
        "revenue": "0",
    }


VISITS = [
    visit("ann", "2026-08-12T08:00:00", "Paid Search", "brand", key_event=True),
    visit("ann", "2026-08-12T09:00:00", "Paid Search", "brand"),
    visit("bob", "2026-08-12T10:00:00", "Paid Search", "brand"),
    visit("ann", "2026-08-20T08:00:00"),
    visit("cyd", "2026-09-29T08:00:00", "Unassigned"),
    visit("cyd", "2026-09-29T09:00:00", "(not set)"),
    visit("dan", "2026-09-29T10:00:00", "(not set)"),
    visit("ann", "2026-09-30T08:00:00", "Paid Search", "brand", key_event=True),
    visit("eve", "2026-10-01T00:10:00", "Email", "news"),
]

ROWS = [
    {"date": "20260929", "sessionDefaultChannelGroup": "Email", "sessions": "10", "totalUsers": 8},
    {"date": "20260930", "sessionDefaultChannelGroup": "Direct", "sessions": "30", "totalUsers": 20},
]


def settings(base_url: str, **changes: Any) -> Ga4Settings:
    given: dict[str, Any] = {
        "base_url": base_url,
        "token_uri": f"{base_url}/token",
        "property_id": PROPERTY,
        "refresh_token": GOOGLE_REFRESH_TOKEN,
        "client_id": GOOGLE_CLIENT_ID,
        "client_secret": GOOGLE_CLIENT_SECRET,
    }
    return Ga4Settings(**(given | changes))


@dataclass
class Ga4:
    """The served property and sources that read it."""

    base_url: str
    sandbox: Sandbox
    sources: list[Ga4Source]

    def source(self, **changes: Any) -> Ga4Source:
        source = Ga4Source("ga4", settings(self.base_url, **changes))
        self.sources.append(source)
        return source

    def calls(self, route: str) -> int:
        stats = self.sandbox.stats.vendors.get("ga4")
        return stats.routes[route] if stats else 0

    @property
    def sessions(self) -> list[Record]:
        found = self.sandbox.world.ga4[PROPERTY].sessions
        assert found is not None
        return found

    def quirk(self, **changes: bool) -> None:
        self.sandbox.quirks = replace(self.sandbox.quirks, **changes)


@pytest.fixture
def google() -> Iterator[Ga4]:
    world = World(
        name="small",
        now=NOW,
        hubspot=HubSpotWorld(account={"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"}),
        ga4={
            PROPERTY: Ga4World("EUR", "Europe/Paris", "Shop", ("generate_lead",), sessions=list(VISITS)),
            ROWS_PROPERTY: Ga4World("EUR", "Europe/Paris", "Rows", rows=list(ROWS)),
        },
    )
    clock = Clock(NOW, monotonic=lambda: 0.0)
    with SandboxServer(world, clock=clock, vendors=VENDORS, quirks=Quirks()) as server, no_waiting():
        served = Ga4(server.base_url, server.sandbox, [])
        yield served
        for source in served.sources:
            source.close()


@dataclass
class Read:
    """What one read gave."""

    pages: list[Page]

    @property
    def records(self) -> list[Raw]:
        return [record for page in self.pages for record in page.records]

    @property
    def cursor(self) -> str | None:
        return self.pages[-1].cursor

    @property
    def days(self) -> list[Days]:
        return [days for page in self.pages for days in page.days]

    def covers(self, day: date) -> bool:
        return any(days.since <= day < days.until for days in self.days)


def read(
    source: Ga4Source,
    stream: str,
    cursor: str | None = None,
    *,
    now: datetime = NOW,
    since: date = SINCE,
    page_size: int | None = None,
    full: bool = False,
) -> Read:
    declared = next(s for s in source.streams() if s.name == stream)
    if page_size is not None:
        declared = replace(declared, page_size=page_size)
    return Read(list(source.read(declared, cursor, ReadContext(now=now, since=since, full=full))))


def rows(source: Ga4Source, stream: str, records: list[Raw]) -> list[dict[str, Any]]:
    """Rows as the source gives them."""
    declared = next(s for s in source.streams() if s.name == stream)
    context = row_context(facts=source.describe())
    return [row for record in records for _, row in source.normalise(declared, record, context)]
