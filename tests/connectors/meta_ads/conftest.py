"""Two ad accounts in two currencies and zones, a Facebook page and an Instagram account behind one token, served on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Page, Place, Raw, ReadContext, Stream
from connectors.meta_ads.settings import MetaAdsSettings
from connectors.meta_ads.source import MetaAdsSource
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import Fault
from connectors.sandbox.meta_ads.access import TOKEN
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import AccountWorld, HubSpotWorld, Record, World
from connectors.transport import no_waiting
from tests.connectors.google_rows import row_context

PARIS, NEW_YORK, PAGE, INSTAGRAM = "1201", "1202", "5550001", "17840001"
NOW = datetime(2026, 9, 30, 22, 30, tzinfo=UTC)
"""The first of October in Paris, still September in New York and in California."""
SINCE = date(2026, 1, 1)

LEADS: list[Record] = [
    {"action_type": "lead", "1d_click": 2, "7d_click": 3, "28d_click": 5, "1d_view": 1},
    {"action_type": "onsite_conversion.lead_grouped", "1d_click": 1, "7d_click": 2, "28d_click": 3},
    {"action_type": "offsite_conversion.fb_pixel_lead", "1d_click": 1, "7d_click": 1, "28d_click": 2, "1d_view": 1},
    {"action_type": "link_click", "1d_click": 30, "7d_click": 30, "28d_click": 30},
]
VALUES: list[Record] = [{"action_type": "offsite_conversion.fb_pixel_lead", "7d_click": "80.50", "1d_view": "19.5"}]


def ad_day(day: str, campaign_id: str, name: str, spend: str, **more: Any) -> Record:
    figures: Record = {"impressions": 1_200, "clicks": 34, "inline_link_clicks": 30}
    return {"date": day, "campaign_id": campaign_id, "campaign_name": name, "spend": spend, **figures, **more}


def paris_days() -> list[Record]:
    return [
        ad_day("2026-03-01", "111", "brand", "12.34", state="DELETED"),
        ad_day("2026-09-30", "111", "brand", "1.10", actions=LEADS, action_values=VALUES),
        ad_day("2026-09-30", "222", "brand", "2.50"),
        ad_day("2026-10-01", "222", "brand", "0.70"),
        ad_day("2026-10-01", "111", "brand", "0", impressions=0, clicks=0),
        ad_day("2026-10-02", "222", "brand", "9.00"),
    ]


def new_york_days() -> list[Record]:
    return [
        ad_day("2026-09-29", "333", "us", "4"),
        ad_day("2026-09-30", "333", "us", "6"),
        ad_day("2026-10-01", "333", "us", "8"),
    ]


def page_days() -> list[Record]:
    return [
        {
            "date": str(date.fromordinal(day)),
            "page_follows": 1_000 + day % 50,
            "page_media_view": 300,
            "page_total_media_view_unique": 200,
            "page_post_engagements": 12,
        }
        for day in range(date(2026, 1, 1).toordinal(), date(2026, 10, 20).toordinal())
    ]


def instagram_days() -> list[Record]:
    return [
        {
            "date": str(date.fromordinal(day)),
            "followers": 500 + day - date(2026, 9, 1).toordinal(),
            "views": 90,
            "reach": 60,
            "likes": 7,
            "comments": 2,
            "shares": 1,
        }
        for day in range(date(2026, 8, 1).toordinal(), date(2026, 10, 20).toordinal())
    ]


def world() -> World:
    crm = HubSpotWorld(account={"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"})
    euro: Record = {"name": "Shop FR", "currency": "EUR", "timezone_name": "Europe/Paris"}
    dollar: Record = {"name": "Shop US", "currency": "USD", "timezone_name": "America/New_York"}
    accounts = {
        PARIS: AccountWorld(euro, {"days": paris_days()}),
        NEW_YORK: AccountWorld(dollar, {"days": new_york_days()}),
        PAGE: AccountWorld({"kind": "page", "name": "Shop"}, {"days": page_days()}),
        INSTAGRAM: AccountWorld({"kind": "instagram", "username": "shop"}, {"days": instagram_days()}),
    }
    return World(name="small", now=NOW, hubspot=crm, accounts={"meta_ads": accounts})


@dataclass
class Meta:
    """The served accounts, and sources that read them."""

    base_url: str
    sandbox: Sandbox
    folder: Path
    sources: list[MetaAdsSource]

    def source(self, **changes: Any) -> MetaAdsSource:
        """With the ad accounts of the world, unless ``changes`` say what else is read."""
        given: dict[str, Any] = {"base_url": f"{self.base_url}/meta_ads", "access_token": TOKEN}
        if not {"account_ids", "pages", "instagram"} & changes.keys():
            given["account_ids"] = [f"act_{PARIS}", NEW_YORK]
        settings = MetaAdsSettings(**{k: v for k, v in (given | changes).items() if v is not None})
        source = MetaAdsSource("meta_ads", settings, Place(self.folder, self.folder / "logins"))
        self.sources.append(source)
        return source

    def account(self, account_id: str) -> AccountWorld:
        return self.sandbox.world.accounts["meta_ads"][account_id]

    def days(self, account_id: str) -> list[Record]:
        return self.account(account_id).tables["days"]

    def calls(self, route: str) -> int:
        stats = self.sandbox.stats.vendors.get("meta_ads")
        return stats.routes[route] if stats else 0

    def quirk(self, **changes: bool) -> None:
        self.sandbox.quirks = replace(self.sandbox.quirks, **changes)

    def refuse(self, policy: str, *, route: str | None = None, times: int = 1, status: int = 400) -> None:
        self.sandbox.faults.add(Fault("status", vendor="meta_ads", route=route, times=times, status=status, policy=policy))


@pytest.fixture
def meta(tmp_path: Path) -> Iterator[Meta]:
    with SandboxServer(world(), clock=Clock(NOW, monotonic=lambda: 0.0)) as server, no_waiting():
        served = Meta(server.base_url, server.sandbox, tmp_path, [])
        yield served
        for source in served.sources:
            source.close()


def stream_of(source: MetaAdsSource, name: str) -> Stream:
    return next(s for s in source.streams() if s.name == name)


def read(
    source: MetaAdsSource,
    name: str = "campaigns_daily",
    cursor: str | None = None,
    *,
    now: datetime = NOW,
    since: date = SINCE,
    full: bool = False,
) -> list[Page]:
    return list(source.read(stream_of(source, name), cursor, ReadContext(now=now, since=since, full=full)))


def records(pages: list[Page]) -> list[Raw]:
    return [record for page in pages for record in page.records]


def rows(
    source: MetaAdsSource, found: list[Raw], name: str = "campaigns_daily", table: str = "ad_spend_daily"
) -> list[dict[str, Any]]:
    context = row_context(facts=source.describe())
    stream = stream_of(source, name)
    return [row for record in found for where, row in source.normalise(stream, record, context) if where == table]


def spend(source: MetaAdsSource) -> dict[tuple[str, str, str], dict[str, Any]]:
    """By account, campaign and day."""
    found = rows(source, records(read(source)))
    return {(row["account_id"], row["campaign_id"], str(row["spend_on"])): row for row in found}
