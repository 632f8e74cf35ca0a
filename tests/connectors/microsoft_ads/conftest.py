"""Two ad accounts of one customer, in two currencies and zones, served on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Page, Place, Raw, ReadContext
from connectors.microsoft_ads.settings import MicrosoftAdsSettings
from connectors.microsoft_ads.source import MicrosoftAdsSource
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.microsoft_ads.service import CLIENT_ID, CLIENT_SECRET, CUSTOMER_ID, DEVELOPER_TOKEN, REFRESH_TOKEN
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.vendor import vendors
from connectors.sandbox.world import AccountWorld, HubSpotWorld, Record, World
from connectors.transport import no_waiting
from tests.connectors.google_rows import row_context

PARIS, TOKYO = "180001", "180002"
NOW = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
"""The first of October in Paris and Tokyo, still September in UTC."""
SINCE = date(2026, 1, 1)


def ad_day(day: str, campaign_id: int | str, name: str, spend: str, **more: Any) -> Record:
    figures: Record = {"impressions": 100, "clicks": 10, "conversions": "1.5", "value": "300"}
    return {"date": day, "campaign_id": campaign_id, "campaign_name": name, "spend": spend} | figures | more


def settings(base_url: str, **changes: Any) -> MicrosoftAdsSettings:
    given: dict[str, Any] = {
        "base_url": f"{base_url}/microsoft_ads",
        "customer_id": CUSTOMER_ID,
        "developer_token": DEVELOPER_TOKEN,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
    }
    return MicrosoftAdsSettings(**(given | changes))


@dataclass
class Ads:
    """The served accounts, and sources that read them."""

    base_url: str
    sandbox: Sandbox
    place: Place
    sources: list[MicrosoftAdsSource] = field(default_factory=list)

    def source(self, **changes: Any) -> MicrosoftAdsSource:
        source = MicrosoftAdsSource("microsoft_ads", settings(self.base_url, **changes), self.place)
        self.sources.append(source)
        return source

    def days(self, account_id: str = PARIS) -> list[Record]:
        """What an account has; open to changes."""
        return self.sandbox.world.accounts["microsoft_ads"][account_id].tables["days"]

    def about(self, account_id: str = PARIS) -> Record:
        return self.sandbox.world.accounts["microsoft_ads"][account_id].about

    def asked(self) -> dict[str, int]:
        """Calls by route, and a fresh count."""
        stats = self.sandbox.stats.vendors.get("microsoft_ads")
        found = dict(stats.routes) if stats else {}
        self.sandbox.stats.reset()
        return found

    def quirk(self, **changes: bool) -> None:
        self.sandbox.quirks = replace(self.sandbox.quirks, **changes)


@pytest.fixture
def microsoft(tmp_path: Path) -> Iterator[Ads]:
    days = {
        PARIS: [
            ad_day("2026-03-01", 111, "brand", "1012.34"),
            ad_day("2026-09-30", 111, "brand", "1.00"),
            ad_day("2026-09-30", 222, "shop", "2.50", campaign_type="Shopping"),
            ad_day("2026-10-01", 222, "shop", "7.00", campaign_type="Shopping"),
        ],
        TOKYO: [ad_day("2026-09-29", 111, "brand", "400"), ad_day("2026-09-30", 111, "brand", "600")],
    }
    about = {
        PARIS: {"name": "Shop FR", "currency": "EUR", "zone": "BrusselsCopenhagenMadridParis"},
        TOKYO: {"name": "Shop JP", "currency": "JPY", "zone": "OsakaSapporoTokyo"},
    }
    crm = HubSpotWorld(account={"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"})
    accounts = {"microsoft_ads": {one: AccountWorld(dict(about[one]), {"days": list(days[one])}) for one in days}}
    served = {"microsoft_ads": vendors()["microsoft_ads"]}
    world = World("small", NOW, crm, accounts=accounts)
    with SandboxServer(world, clock=Clock(NOW, monotonic=lambda: 0.0), vendors=served) as server, no_waiting():
        ads = Ads(server.base_url, server.sandbox, Place(tmp_path, tmp_path / "logins"))
        yield ads
        for source in ads.sources:
            source.close()


def read(
    source: MicrosoftAdsSource, cursor: str | None = None, *, now: datetime = NOW, since: date = SINCE, full: bool = False
) -> list[Page]:
    [stream] = source.streams()
    return list(source.read(stream, cursor, ReadContext(now=now, since=since, full=full)))


def records(pages: list[Page]) -> list[Raw]:
    return [record for page in pages for record in page.records]


def rows(source: MicrosoftAdsSource, found: list[Raw], table: str = "ad_spend_daily") -> list[dict[str, Any]]:
    [stream] = source.streams()
    context = row_context(source.describe())
    return [row for record in found for where, row in source.normalise(stream, record, context) if where == table]
