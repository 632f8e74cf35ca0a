"""Two advertisers in two currencies and zones, served on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Page, Place, Raw, ReadContext
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.tiktok_ads.service import TOKEN
from connectors.sandbox.vendor import vendors
from connectors.sandbox.world import AccountWorld, HubSpotWorld, Record, World
from connectors.tiktok_ads.settings import TikTokAdsSettings
from connectors.tiktok_ads.source import TikTokAdsSource
from connectors.transport import no_waiting
from tests.connectors.google_rows import row_context

PARIS, NEW_YORK = "7012345678901234567", "7012345678901234568"
NOW = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
"""The first of October in Paris, still September in New York."""
SINCE = date(2026, 1, 1)


def ad_day(day: str, campaign_id: str, name: str, spend: str, **more: Any) -> Record:
    figures: Record = {
        "impressions": 900,
        "clicks": 20,
        "conversion": 3,
        "real_time_conversion": 2,
        "total_purchase_value": "80.50",
    }
    return {"date": day, "campaign_id": campaign_id, "campaign_name": name, "spend": spend} | figures | more


def settings(base_url: str, **changes: Any) -> TikTokAdsSettings:
    given: dict[str, Any] = {
        "base_url": f"{base_url}/tiktok_ads/open_api/v1.3",
        "access_token": TOKEN,
        "advertiser_ids": [PARIS, NEW_YORK],
        "calls_per_second": 1_000,
    }
    return TikTokAdsSettings(**(given | changes))


@dataclass
class Ads:
    """The served advertisers, and sources that read them."""

    base_url: str
    sandbox: Sandbox
    place: Place
    sources: list[TikTokAdsSource] = field(default_factory=list)

    def source(self, **changes: Any) -> TikTokAdsSource:
        source = TikTokAdsSource("tiktok_ads", settings(self.base_url, **changes), self.place)
        self.sources.append(source)
        return source

    def days(self, advertiser_id: str = PARIS) -> list[Record]:
        """What an advertiser has; open to changes."""
        return self.sandbox.world.accounts["tiktok_ads"][advertiser_id].tables["days"]

    def about(self, advertiser_id: str = PARIS) -> Record:
        return self.sandbox.world.accounts["tiktok_ads"][advertiser_id].about

    def asked(self) -> dict[str, int]:
        """Calls by route, and a fresh count."""
        stats = self.sandbox.stats.vendors.get("tiktok_ads")
        found = dict(stats.routes) if stats else {}
        self.sandbox.stats.reset()
        return found

    def quirk(self, **changes: bool) -> None:
        self.sandbox.quirks = replace(self.sandbox.quirks, **changes)


@pytest.fixture
def tiktok(tmp_path: Path) -> Iterator[Ads]:
    days = {
        PARIS: [
            ad_day("2026-03-01", "1711", "Leads", "12.34", total_sales_lead_value="20"),
            ad_day("2026-09-30", "1711", "Leads", "1.00"),
            ad_day("2026-10-01", "1722", "Shop", "7.00"),
        ],
        NEW_YORK: [ad_day("2026-09-29", "1711", "Leads", "4.00"), ad_day("2026-09-30", "1711", "Leads", "6.00")],
    }
    about = {
        PARIS: {"name": "Shop FR", "currency": "EUR", "zone": "Europe/Paris", "calls_a_second": 1_000},
        NEW_YORK: {"name": "Shop US", "currency": "USD", "zone": "America/New_York", "calls_a_second": 1_000},
    }
    crm = HubSpotWorld(account={"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"})
    accounts = {"tiktok_ads": {one: AccountWorld(dict(about[one]), {"days": list(days[one])}) for one in days}}
    served = {"tiktok_ads": vendors()["tiktok_ads"]}
    world = World("small", NOW, crm, accounts=accounts)
    with SandboxServer(world, clock=Clock(NOW, monotonic=lambda: 0.0), vendors=served) as server, no_waiting():
        ads = Ads(server.base_url, server.sandbox, Place(tmp_path, tmp_path / "logins"))
        yield ads
        for source in ads.sources:
            source.close()


def read(
    source: TikTokAdsSource, cursor: str | None = None, *, now: datetime = NOW, since: date = SINCE, full: bool = False
) -> list[Page]:
    [stream] = source.streams()
    return list(source.read(stream, cursor, ReadContext(now=now, since=since, full=full)))


def records(pages: list[Page]) -> list[Raw]:
    return [record for page in pages for record in page.records]


def rows(source: TikTokAdsSource, found: list[Raw], table: str = "ad_spend_daily") -> list[dict[str, Any]]:
    [stream] = source.streams()
    context = row_context(source.describe())
    return [row for record in found for where, row in source.normalise(stream, record, context) if where == table]
