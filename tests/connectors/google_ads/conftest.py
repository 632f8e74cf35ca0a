"""Two ad accounts in two currencies and zones, with or without a manager above them, served on loopback."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.base import Page, Raw, ReadContext, Stream
from connectors.google_ads.settings import GoogleAdsSettings
from connectors.google_ads.source import GoogleAdsSource
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.vendor import vendors
from connectors.sandbox.world import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    GOOGLE_REFRESH_TOKEN,
    GoogleAdsWorld,
    HubSpotWorld,
    Record,
    World,
)
from connectors.transport import no_waiting
from tests.connectors.google_rows import row_context

PARIS, NEW_YORK, MANAGER = "1111111111", "2222222222", "9999999999"
NOW = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
"""The first of October in Paris, still September in New York."""
SINCE = date(2026, 1, 1)
VENDORS = {name: vendors()[name] for name in ("oauth", "google_ads")}


def ad_day(day: str, campaign_id: int, name: str, micros: int, **more: Any) -> Record:
    figures: Record = {"impressions": 100, "clicks": 10, "conversions": 1.5, "conversions_value": 300}
    return (
        {"date": day, "campaign_id": campaign_id, "campaign_name": name, "channel_type": "SEARCH", "cost_micros": micros}
        | figures
        | more
    )


PARIS_DAYS = [
    ad_day("2026-03-01", 111, "brand old", 12_340_001),
    ad_day("2026-09-30", 111, "brand", 1_000_000),
    ad_day("2026-09-30", 222, "max", 2_500_000, channel_type="PERFORMANCE_MAX"),
    ad_day("2026-10-01", 222, "max", 700_000, channel_type="PERFORMANCE_MAX", conversions=0, conversions_value=0, clicks=0),
    ad_day("2026-10-02", 222, "max", 9_000_000, channel_type="PERFORMANCE_MAX"),
]
NEW_YORK_DAYS = [ad_day("2026-09-29", 111, "brand", 4_000_000), ad_day("2026-09-30", 111, "brand", 6_000_000)]
PARIS_AD_GROUPS = [
    ad_day("2026-03-01", 111, "brand", 12_000_000, ad_group_id=51, ad_group_name="exact"),
    ad_day("2026-03-01", 111, "brand", 340_001, ad_group_id=52, ad_group_name="broad"),
    ad_day("2026-09-30", 111, "brand", 900_000, ad_group_id=51, ad_group_name="exact"),
]
"""Of campaign 222, which is Performance Max, there are none; of the last day of 111 a tenth is missing."""
CLICKS = [
    {"date": "2026-09-01", "gclid": "Cj0old", "campaign_id": 111},
    {"date": "2026-09-30", "gclid": "Cj0new-one", "campaign_id": 222},
]


def settings(base_url: str, **changes: Any) -> GoogleAdsSettings:
    given: dict[str, Any] = {
        "base_url": base_url,
        "token_uri": f"{base_url}/token",
        "customer_ids": ["111-111-1111", NEW_YORK],
        "refresh_token": GOOGLE_REFRESH_TOKEN,
        "client_id": GOOGLE_CLIENT_ID,
        "client_secret": GOOGLE_CLIENT_SECRET,
    }
    return GoogleAdsSettings(**(given | changes))


@dataclass
class Ads:
    """The served accounts and sources that read them."""

    base_url: str
    sandbox: Sandbox
    sources: list[GoogleAdsSource]

    def source(self, **changes: Any) -> GoogleAdsSource:
        source = GoogleAdsSource("google_ads", settings(self.base_url, **changes))
        self.sources.append(source)
        return source

    def queries(self) -> int:
        stats = self.sandbox.stats.vendors.get("google_ads")
        return stats.routes["searchStream"] if stats else 0

    def quirk(self, **changes: bool) -> None:
        self.sandbox.quirks = replace(self.sandbox.quirks, **changes)


@pytest.fixture
def has_manager() -> bool:
    """Override to put a manager above the accounts."""
    return False


@pytest.fixture
def google(has_manager: bool) -> Iterator[Ads]:
    accounts = {
        PARIS: GoogleAdsWorld(
            "EUR",
            "Europe/Paris",
            "Shop FR",
            rows=deepcopy(PARIS_DAYS),
            clicks=deepcopy(CLICKS),
            ad_groups=deepcopy(PARIS_AD_GROUPS),
        ),
        NEW_YORK: GoogleAdsWorld("USD", "America/New_York", "Shop US", rows=deepcopy(NEW_YORK_DAYS)),
    }
    if has_manager:
        accounts[MANAGER] = GoogleAdsWorld("EUR", "Europe/Paris", "Agency", is_manager=True)
    crm = HubSpotWorld(account={"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"})
    world = World(name="small", now=NOW, hubspot=crm, google_ads=accounts)
    with SandboxServer(world, clock=Clock(NOW, monotonic=lambda: 0.0), vendors=VENDORS) as server, no_waiting():
        served = Ads(server.base_url, server.sandbox, [])
        yield served
        for source in served.sources:
            source.close()


def stream_of(source: GoogleAdsSource, name: str) -> Stream:
    return next(s for s in source.streams() if s.name == name)


def read(
    source: GoogleAdsSource, name: str, cursor: str | None = None, *, now: datetime = NOW, since: date = SINCE
) -> list[Page]:
    return list(source.read(stream_of(source, name), cursor, ReadContext(now=now, since=since)))


def records(pages: list[Page]) -> list[Raw]:
    return [record for page in pages for record in page.records]


def rows(source: GoogleAdsSource, name: str, found: list[Raw], table: str) -> list[dict[str, Any]]:
    context = row_context(facts={})
    return [
        row for record in found for where, row in source.normalise(stream_of(source, name), record, context) if where == table
    ]
