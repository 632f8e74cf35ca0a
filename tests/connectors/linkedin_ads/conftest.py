"""Two ad accounts in two currencies and a company page, served on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import NormaliseContext, Page, Place, Raw, ReadContext
from connectors.linkedin_ads.settings import LinkedInAdsSettings
from connectors.linkedin_ads.source import LinkedInAdsSource
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import Fault
from connectors.sandbox.linkedin_ads.vendor import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, VENDOR
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import AccountWorld, HubSpotWorld, Record, World
from connectors.transport import no_waiting
from tests.connectors.google_rows import row_context

EURO, DOLLAR, PAGE = "512345001", "512345002", "2414183"
NOW = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
"""The first of October in Paris, still September in UTC."""
SINCE = date(2026, 1, 1)


def ad_day(day: str, campaign_id: str, name: str, spend: str, **more: Any) -> Record:
    figures: Record = {"impressions": 1000, "clicks": 10, "conversions": 3, "value": "120.50", "leads": 2}
    return {"date": day, "campaign_id": campaign_id, "campaign_name": name, "spend": spend} | figures | more


def euro_days() -> list[Record]:
    return [
        ad_day("2026-03-01", "6001", "spring old", "12.34"),
        ad_day("2026-09-29", "6001", "spring", "100.10", ad_group_id="701", ad_group_name="directors"),
        ad_day("2026-09-29", "6001", "spring", "0.05", ad_group_id="702", ad_group_name="engineers"),
        ad_day("2026-09-30", "6002", "hiring", "7", conversions=0, value=None, leads=0),
        ad_day("2026-10-01", "6002", "hiring", "900"),
    ]


def page_days() -> list[Record]:
    counts = {"impressions": 500, "unique_impressions": 300, "clicks": 20, "likes": 9, "comments": 4, "shares": 3}
    return [
        {"date": "2026-09-27", "organic_gain": 5, "paid_gain": 1, **counts},
        {"date": "2026-09-29", "organic_gain": 2, "paid_gain": 0, **counts},
        {"date": "2026-09-30", "organic_gain": 50, "paid_gain": 0, **counts},
    ]


def accounts() -> dict[str, AccountWorld]:
    return {
        EURO: AccountWorld({"name": "Shop FR", "currency": "EUR"}, {"days": euro_days()}),
        DOLLAR: AccountWorld({"name": "Shop US", "currency": "USD"}, {"days": [ad_day("2026-09-30", "6001", "spring", "6")]}),
        PAGE: AccountWorld({"kind": "organization", "followers": 1000}, {"days": page_days()}),
    }


@dataclass
class LinkedIn:
    """The served accounts and sources that read them."""

    base_url: str
    sandbox: Sandbox
    folder: Path
    sources: list[LinkedInAdsSource]

    def source(self, **changes: Any) -> LinkedInAdsSource:
        given: dict[str, Any] = {
            "base_url": f"{self.base_url}/linkedin_ads",
            "account_ids": [f"urn:li:sponsoredAccount:{EURO}", int(DOLLAR)],
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
        }
        settings = LinkedInAdsSettings(**{k: v for k, v in (given | changes).items() if v is not None})
        source = LinkedInAdsSource("linkedin_ads", settings, Place(self.folder, self.folder / "logins"))
        self.sources.append(source)
        return source

    def page_source(self, **changes: Any) -> LinkedInAdsSource:
        return self.source(**({"account_ids": [], "organizations": [PAGE]} | changes))

    @property
    def worlds(self) -> dict[str, AccountWorld]:
        return self.sandbox.world.accounts["linkedin_ads"]

    def calls(self, route: str) -> int:
        stats = self.sandbox.stats.vendors.get("linkedin_ads")
        return stats.routes[route] if stats else 0

    def quirk(self, **changes: bool) -> None:
        self.sandbox.quirks = replace(self.sandbox.quirks, **changes)

    def fault(self, kind: Any, **more: Any) -> None:
        self.sandbox.faults.add(Fault(kind, vendor="linkedin_ads", **more))


@pytest.fixture
def linkedin(tmp_path: Path) -> Iterator[LinkedIn]:
    crm = HubSpotWorld(account={"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"})
    world = World(name="small", now=NOW, hubspot=crm, accounts={"linkedin_ads": accounts()})
    clock = Clock(NOW, monotonic=lambda: 0.0)
    with SandboxServer(world, clock=clock, vendors={"linkedin_ads": VENDOR}) as server, no_waiting():
        served = LinkedIn(server.base_url, server.sandbox, tmp_path, [])
        yield served
        for source in served.sources:
            source.close()


def read(source: LinkedInAdsSource, cursor: str | None = None, *, now: datetime = NOW, **more: Any) -> list[Page]:
    """The pages of the source's one stream."""
    [stream] = source.streams()
    return list(source.read(stream, cursor, ReadContext(**({"now": now, "since": SINCE} | more))))


def records(pages: list[Page]) -> list[Raw]:
    return [record for page in pages for record in page.records]


def context_of(source: LinkedInAdsSource) -> NormaliseContext:
    return row_context(source.describe())


def rows(source: LinkedInAdsSource, found: list[Raw], table: str) -> list[dict[str, Any]]:
    [stream], context = source.streams(), context_of(source)
    return [row for record in found for where, row in source.normalise(stream, record, context) if where == table]


def spend(source: LinkedInAdsSource, **more: Any) -> dict[tuple[str, str, date], dict[str, Any]]:
    """By account, campaign and day."""
    found = rows(source, records(read(source, **more)), "ad_spend_daily")
    return {(row["account_id"], row["campaign_id"], row["spend_on"]): row for row in found}


def later(days: int) -> datetime:
    return NOW + timedelta(days=days)
