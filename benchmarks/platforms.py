"""24 months of daily rows for 500 campaigns from each ad platform: the requests used, beside the fewest that its documentation allows.

Each platform's sandbox runs in a process of its own and counts; the connector reads and normalises in another, at 6 and at 24 months,
so that its memory can be held against itself. To add a platform: a function that gives its :class:`Platform`, and its name in
:data:`PLATFORMS`. ``python -m benchmarks platforms`` measures all, ``measure(Path(), names=["meta_ads"])`` one; ``python -m benchmarks.platforms NAME
MONTHS CAMPAIGNS`` serves one until its standard input ends.
"""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from benchmarks.apart import ROOT, apart
from benchmarks.measuring import Figure
from connectors.ads.days import months_before
from connectors.base import NormaliseContext, Place, ReadContext
from connectors.registry import CONNECTORS
from connectors.sandbox.clock import Clock
from connectors.sandbox.linkedin_ads.vendor import ACCESS_TOKEN as LINKEDIN_TOKEN
from connectors.sandbox.meta_ads.access import TOKEN as META_TOKEN
from connectors.sandbox.microsoft_ads.service import ACCESS_TOKEN as MICROSOFT_TOKEN
from connectors.sandbox.microsoft_ads.service import CUSTOMER_ID, DEVELOPER_TOKEN
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.tiktok_ads.service import TOKEN as TIKTOK_TOKEN
from connectors.sandbox.world import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    GOOGLE_REFRESH_TOKEN,
    AccountWorld,
    Ga4World,
    GoogleAdsWorld,
    HubSpotWorld,
    Record,
    World,
)

NOW = datetime(2026, 9, 30, 20, tzinfo=UTC)
TODAY = date(2026, 9, 30)
"""In the accounts' zone, which is Paris; it is read too."""
MONTHS = (6, 24)
CAMPAIGNS = 500
MEMORY_GROWTH = 1.25
"""What "does not grow" means, as elsewhere in this table."""


@dataclass(frozen=True)
class Load:
    """What there is to read: every campaign has figures on every day, both ends inclusive."""

    since: date
    campaigns: int

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.since + timedelta(days=n) for n in range((TODAY - self.since).days + 1))

    @property
    def rows(self) -> int:
        return len(self.days) * self.campaigns


@dataclass(frozen=True)
class Least:
    """The fewest requests that a platform's documentation allows for a load."""

    requests: int
    how: str
    """What they are, with the documented limit that makes them so many."""


@dataclass(frozen=True)
class Platform:
    """One ad platform: its connector's name, what its sandbox is to hold, and what it documents."""

    name: str
    fill: Callable[[World, Load], None]
    """Put the load into the sandbox's world. Rows may share objects: nobody changes them."""
    section: Callable[[str], Mapping[str, Any]]
    """(base URL of the sandbox) -> the connector's settings; the credential stands there as it is."""
    stream: str
    """Which stream is measured."""
    least: Callable[[Load], Least]
    table: str = "ad_spend_daily"
    """Which rows are counted."""


# --- the platforms -----------------------------------------------------------------------------------------------------


def meta_ads() -> Platform:
    """Meta documents no largest page of insights, so its least is at the size that the connector asks for."""
    account_id = "1201"

    def fill(world: World, load: Load) -> None:
        actions: list[Record] = [
            {"action_type": kind, "7d_click": 2, "1d_view": 1}
            for kind in (
                "lead",
                "onsite_conversion.lead_grouped",
                "link_click",
                "post_engagement",
                "page_engagement",
                "video_view",
            )
        ]
        values: list[Record] = [{"action_type": "offsite_conversion.fb_pixel_purchase", "7d_click": "80.5"}]
        campaigns = [(str(120_000_000_000 + n), f"FR | Campaign {n}") for n in range(load.campaigns)]
        rows = [
            {
                "date": day,
                "campaign_id": campaign_id,
                "campaign_name": name,
                "spend": "12.34",
                "impressions": 1_200,
                "clicks": 34,
                "actions": actions,
                "action_values": values,
            }
            for day in map(str, load.days)
            for campaign_id, name in campaigns
        ]
        about: Record = {"name": "Shop", "currency": "EUR", "timezone_name": "Europe/Paris"}
        world.accounts["meta_ads"] = {account_id: AccountWorld(about, {"days": rows})}

    def least(load: Load) -> Least:
        from connectors.meta_ads.client import PAGE_ROWS

        pages = math.ceil(load.rows / PAGE_ROWS)
        return Least(1 + 1 + 1 + pages, f"the account, one report and one look at it, {pages} pages of {PAGE_ROWS:,} rows")

    return Platform(
        name="meta_ads",
        fill=fill,
        section=lambda base_url: {
            "base_url": f"{base_url}/meta_ads",
            "access_token": META_TOKEN,
            "account_ids": [account_id],
        },
        stream="campaigns_daily",
        least=least,
    )


def linkedin_ads() -> Platform:
    """A report has no pages: what decides is how many rows a call may be planned for."""
    account_id = "512345001"

    def fill(world: World, load: Load) -> None:
        campaigns = [(str(600_000_000 + n), f"FR | Campaign {n}") for n in range(load.campaigns)]
        figures = {"spend": "12.34", "impressions": 1_200, "clicks": 34, "conversions": 3, "value": "80.5", "leads": 2}
        rows = [
            {"date": day, "campaign_id": campaign_id, "campaign_name": name, **figures}
            for day in map(str, load.days)
            for campaign_id, name in campaigns
        ]
        world.accounts["linkedin_ads"] = {account_id: AccountWorld({"name": "Shop", "currency": "EUR"}, {"days": rows})}

    def least(load: Load) -> Least:
        from connectors.linkedin_ads.figures import days_at_once
        from connectors.linkedin_ads.streams import SAFE

        days = days_at_once(load.campaigns)
        calls = math.ceil(len(load.days) / days)
        return Least(
            2 + calls,
            f"the accounts, the campaigns, {calls} slices of {days} days that stay below {SAFE:,} rows: 15,000 are cut in silence",
        )

    return Platform(
        name="linkedin_ads",
        fill=fill,
        section=lambda base_url: {
            "base_url": f"{base_url}/linkedin_ads",
            "access_token": LINKEDIN_TOKEN,
            "account_ids": [account_id],
        },
        stream="campaigns_daily",
        least=least,
    )


def microsoft_ads() -> Platform:
    """A report has neither pages nor a documented limit of days, and may cover every account."""
    account_id = "180001"

    def fill(world: World, load: Load) -> None:
        campaigns = [(str(400_000_000 + n), f"FR | Campaign {n}") for n in range(load.campaigns)]
        figures = {"spend": "12.34", "impressions": 1_200, "clicks": 34, "conversions": "1.5", "value": "80.5"}
        rows = [
            {"date": day, "campaign_id": campaign_id, "campaign_name": name, **figures}
            for day in map(str, load.days)
            for campaign_id, name in campaigns
        ]
        about: Record = {"name": "Shop", "currency": "EUR", "zone": "BrusselsCopenhagenMadridParis"}
        world.accounts["microsoft_ads"] = {account_id: AccountWorld(about, {"days": rows})}

    return Platform(
        name="microsoft_ads",
        fill=fill,
        section=lambda base_url: {
            "base_url": f"{base_url}/microsoft_ads",
            "customer_id": CUSTOMER_ID,
            "account_ids": [account_id],
            "developer_token": DEVELOPER_TOKEN,
            "access_token": MICROSOFT_TOKEN,
        },
        stream="campaigns_daily",
        least=lambda load: Least(4, "the accounts, one report and one look at it, one file"),
    )


def tiktok_ads() -> Platform:
    """By synchronous reports: see ``docs/decisions/2026-11-22-tiktok-and-microsoft-reports.md`` for why not in the background."""
    advertiser_id = "7012345678901234567"

    def fill(world: World, load: Load) -> None:
        campaigns = [(str(1_700_000_000_000_000 + n), f"FR | Campaign {n}") for n in range(load.campaigns)]
        figures = {"spend": "12.34", "impressions": 900, "clicks": 20, "conversion": 3, "real_time_conversion": 2}
        rows = [
            {"date": day, "campaign_id": campaign_id, "campaign_name": name, "total_purchase_value": "80.5", **figures}
            for day in map(str, load.days)
            for campaign_id, name in campaigns
        ]
        about: Record = {"name": "Shop", "currency": "EUR", "zone": "Europe/Paris"}
        world.accounts["tiktok_ads"] = {advertiser_id: AccountWorld(about, {"days": rows})}

    def least(load: Load) -> Least:
        from connectors.tiktok_ads.streams import PAGE_ROWS, SLICE_DAYS

        slices = [min(SLICE_DAYS, len(load.days) - start) for start in range(0, len(load.days), SLICE_DAYS)]
        pages = sum(math.ceil(days * load.campaigns / PAGE_ROWS) for days in slices)
        return Least(1 + pages, f"the advertiser, {len(slices)} slices of {SLICE_DAYS} days, {pages} pages of {PAGE_ROWS:,} rows")

    return Platform(
        name="tiktok_ads",
        fill=fill,
        section=lambda base_url: {
            "base_url": f"{base_url}/tiktok_ads/open_api/v1.3",
            "access_token": TIKTOK_TOKEN,
            "advertiser_ids": [advertiser_id],
        },
        stream="campaigns_daily",
        least=least,
    )


def google_ads() -> Platform:
    """An answer of searchStream has no documented limit; the connector holds it in memory whole, so its least is at slices of a quarter."""
    customer_id = "1234567890"

    def fill(world: World, load: Load) -> None:
        figures = {"cost_micros": 12_340_000, "impressions": 1_200, "clicks": 34, "conversions": 1.5, "conversions_value": 80.5}
        rows = [
            {
                "date": day,
                "campaign_id": 300_000_000 + n,
                "campaign_name": f"FR | Campaign {n}",
                "channel_type": "SEARCH",
                **figures,
            }
            for day in map(str, load.days)
            for n in range(load.campaigns)
        ]
        world.google_ads[customer_id] = GoogleAdsWorld("EUR", "Europe/Paris", "Shop", rows=rows)

    def least(load: Load) -> Least:
        from connectors.google_ads.streams import SLICE_DAYS

        queries = math.ceil(len(load.days) / SLICE_DAYS)
        return Least(
            1 + queries, f"the account, {queries} queries of {SLICE_DAYS} days; in one query memory would grow with the days"
        )

    return Platform(
        name="google_ads",
        fill=fill,
        section=lambda base_url: _google(base_url) | {"customer_ids": [customer_id]},
        stream="campaigns_daily",
        least=least,
    )


def ga4() -> Platform:
    """Not an ad platform: sessions of as many campaigns. A report may have 250,000 rows; a month each keeps it from being sampled."""
    property_id = "123456789"

    def fill(world: World, load: Load) -> None:
        figures = {"sessions": "40", "engagedSessions": "30", "sessionKeyEventRate": "0.1", "keyEvents": "4"}
        rows = [
            {
                "date": day.replace("-", ""),
                "sessionCampaignName": f"FR | Campaign {n}",
                "sessionCampaignId": str(300_000_000 + n),
                "sessionSourceMedium": "google / cpc",
                "sessionDefaultChannelGroup": "Paid Search",
                **figures,
            }
            for day in map(str, load.days)
            for n in range(load.campaigns)
        ]
        world.ga4[property_id] = Ga4World("EUR", "Europe/Paris", "Shop", rows=rows)

    def least(load: Load) -> Least:
        months = len({(day.year, day.month) for day in load.days})
        return Least(
            4 + months,
            f"the property and its key events, its fields and whether they go together, {months} months of a report each",
        )

    return Platform(
        name="ga4",
        fill=fill,
        section=lambda base_url: _google(base_url) | {"property_id": property_id},
        stream="traffic_daily",
        least=least,
        table="web_traffic_daily",
    )


def _google(base_url: str) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "token_uri": f"{base_url}/token",
        "client_id": GOOGLE_CLIENT_ID,
        "client_secret": GOOGLE_CLIENT_SECRET,
        "refresh_token": GOOGLE_REFRESH_TOKEN,
    }


PLATFORMS: Mapping[str, Callable[[], Platform]] = {
    "meta_ads": meta_ads,
    "linkedin_ads": linkedin_ads,
    "microsoft_ads": microsoft_ads,
    "tiktok_ads": tiktok_ads,
    "google_ads": google_ads,
    "ga4": ga4,
}
"""By the connector's name."""


# --- measuring ---------------------------------------------------------------------------------------------------------


def measure(
    _folder: Path, *, months: Sequence[int] = MONTHS, campaigns: int = CAMPAIGNS, names: Sequence[str] = tuple(PLATFORMS)
) -> list[Figure]:
    return [figure(PLATFORMS[name](), {n: _taken(name, n, campaigns) for n in months}, campaigns) for name in names]


def figure(platform: Platform, taken: Mapping[int, "Taken"], campaigns: int) -> Figure:
    """``taken``: by months."""
    months = taken.keys()
    longest = taken[max(months)]
    load = Load(months_before(TODAY, max(months)), campaigns)
    least = platform.least(load)
    growth = longest.peak_mb / taken[min(months)].peak_mb
    grown = " → ".join(f"{taken[length].peak_mb:,.0f} MB" for length in sorted(taken))
    return Figure(
        what=f"{max(months)} months of daily rows of {campaigns} campaigns from {CONNECTORS[platform.name].title}",
        to_reach=f"{least.requests} requests ({least.how}); no limit exceeded; memory does not grow",
        reached=f"{longest.requests} requests for {longest.rows:,} rows in {longest.seconds:.0f} s; memory {grown} (× {growth:.2f})",
        is_reached=(
            longest.rows == load.rows
            and not any(one.refused for one in taken.values())
            and growth <= MEMORY_GROWTH
            and longest.requests <= math.ceil(least.requests * 1.1)
        ),
        requests=longest.requests,
        refused_429=longest.refused,
        peak_mb=longest.peak_mb,
        beside=f"fewest that the documentation allows: {least.requests}",
        note=f"memory at {' and '.join(map(str, sorted(taken)))} months; requests that a background report takes to be ready are in it",
    )


@dataclass(frozen=True)
class Taken:
    """What one read took."""

    requests: int
    """As the sandbox counted them."""
    refused: int
    """As too many, by the connector's own count: not every vendor says so with a 429."""
    rows: int
    seconds: float
    peak_mb: float


def _taken(name: str, months: int, campaigns: int) -> Taken:
    with served(name, months, campaigns) as address:
        done = apart(read, name, address, months)
        counted = requests.get(f"{address}/_sandbox/stats", timeout=60).json()[name]
    return Taken(
        counted["requests"], max(done.result["refused"], counted["refused_429"]), done.result["rows"], done.seconds, done.peak_mb
    )


def read(name: str, address: str, months: int) -> dict[str, int]:
    """Read and normalise a platform's days in this process, and keep none: how many rows of spend there were."""
    platform, connector = PLATFORMS[name](), CONNECTORS[name]
    section = connector.settings_model().model_validate(dict(platform.section(address)))
    source = connector.build(name, section, Place(Path(os.devnull), Path(os.devnull)))
    rows = 0
    try:
        facts = source.describe()
        context = NormaliseContext(ZoneInfo("Europe/Paris"), "EUR", lambda amount, _, day: (amount, amount, day), str, facts)
        stream = next(one for one in source.streams() if one.name == platform.stream)
        for page in source.read(stream, None, ReadContext(now=NOW, since=months_before(TODAY, months))):
            for record in page.records:
                rows += sum(table == platform.table for table, _ in source.normalise(stream, record, context))
        return {"rows": rows, "refused": getattr(source, "refused_429", 0)}
    finally:
        source.close()


# --- the sandbox -------------------------------------------------------------------------------------------------------


@contextmanager
def served(name: str, months: int, campaigns: int) -> Iterator[str]:
    """The address of a sandbox that holds so much of a platform, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.platforms", name, str(months), str(campaigns)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError(f"the sandbox of {name} did not come up")
        yield address
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def sandbox(name: str, months: int, campaigns: int) -> SandboxServer:
    """It is not started yet; its clock stands still, and its limits run on real time."""
    crm = HubSpotWorld(account={"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"})
    world = World(name="platform", now=NOW, hubspot=crm)
    PLATFORMS[name]().fill(world, Load(months_before(TODAY, months), campaigns))
    return SandboxServer(world, clock=Clock(NOW, monotonic=lambda: 0.0))


def serve(name: str, months: int, campaigns: int) -> None:
    with sandbox(name, months, campaigns) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
