"""A small world with round numbers, served on loopback, and a client that holds a token for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox import ga4
from connectors.sandbox.app import build_app
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.ga4.quota import Ga4Limits
from connectors.sandbox.ga4.vendor import refusal
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.server import LoopbackServer
from connectors.sandbox.vendor import Vendor, vendors
from connectors.sandbox.world import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    GOOGLE_REFRESH_TOKEN,
    Ga4World,
    GoogleAdsWorld,
    HubSpotWorld,
    Record,
    World,
)

PROPERTY = "123456789"
ROWS_PROPERTY = "555000111"
CUSTOMER = "1234567890"
MANAGER = "9998887777"
STANDARD = Ga4Limits()
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
"""11:00 in Paris."""

REFRESH_FORM = {
    "grant_type": "refresh_token",
    "client_id": GOOGLE_CLIENT_ID,
    "client_secret": GOOGLE_CLIENT_SECRET,
    "refresh_token": GOOGLE_REFRESH_TOKEN,
}


def session(
    user: str,
    at: str,
    channel: str = "Direct",
    campaign: str | None = None,
    *,
    new: bool = False,
    engaged: bool = True,
    events: dict[str, int] | None = None,
    revenue: str = "0",
) -> Record:
    dimensions = {"sessionDefaultChannelGroup": channel, "landingPage": "/"}
    if campaign:
        dimensions["sessionCampaignName"] = campaign
    return {
        "user": user,
        "session": f"{user}-{at}",
        "at": at,
        "new": new,
        "engaged": engaged,
        "dimensions": dimensions,
        "events": {"session_start": 1} | (events or {}),
        "revenue": revenue,
    }


SESSIONS = [
    session("ann", "2026-09-29T08:00:00", "Paid Search", "brand", new=True, events={"page_view": 3, "generate_lead": 2}),
    session("ann", "2026-09-29T20:00:00", events={"page_view": 1}),
    session("bob", "2026-09-29T23:59:59", "Paid Search", "brand", new=True, engaged=False, events={"page_view": 1}),
    session("ann", "2026-09-30T00:00:00", "Paid Search", "generic", events={"purchase": 1}, revenue="99.50"),
    session("cyd", "2026-09-30T12:00:00", "Email", "news", new=True, events={"page_view": 2}),
    session("dan", "2026-10-01T10:59:00", "Email", "news", new=True),
    session("dan", "2026-10-01T11:30:00", "Email", "news"),
]
"""Not sorted out by anybody: the last one lies after the clock."""

ROWS = [
    {"date": "20260929", "sessionDefaultChannelGroup": "Email", "sessions": "10", "totalUsers": 8, "sessionKeyEventRate": 0.1},
    {"date": "20260929", "sessionDefaultChannelGroup": "Direct", "sessions": "30", "totalUsers": 20, "sessionKeyEventRate": 0.2},
    {"date": "20260930", "sessionDefaultChannelGroup": "Email", "sessions": "5", "totalUsers": 5, "sessionKeyEventRate": 0},
    {"date": "20261002", "sessionDefaultChannelGroup": "Email", "sessions": "7", "totalUsers": 7, "sessionKeyEventRate": 0},
]


def ad_day(day: str, campaign_id: int, name: str, micros: int, clicks: int = 0, **more: Any) -> Record:
    return {
        "date": day,
        "campaign_id": campaign_id,
        "campaign_name": name,
        "channel_type": "SEARCH",
        "cost_micros": micros,
        "impressions": clicks * 10,
        "clicks": clicks,
        "conversions": more.pop("conversions", 0),
        "conversions_value": more.pop("conversions_value", 0),
    } | more


AD_DAYS = [
    ad_day("2026-09-29", 111, "brand old", 12_340_000, 42, conversions=1.5, conversions_value=300),
    ad_day("2026-09-30", 111, "brand", 1_000_000, 3),
    ad_day("2026-09-30", 222, "generic", 0, 0),
    ad_day("2026-10-01", 222, "generic", 5_000_000, 10),
    ad_day("2026-10-02", 222, "generic", 7_000_000, 10),
]

CLICKS = [
    {"date": "2026-09-29", "gclid": "Cj0abc", "campaign_id": 111},
    {"date": "2026-09-30", "gclid": "Cj0def", "campaign_id": 111},
]


def small_world() -> World:
    return World(
        name="small",
        now=NOW,
        hubspot=HubSpotWorld(account={"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"}),
        ga4={
            PROPERTY: Ga4World("EUR", "Europe/Paris", "Shop", ("generate_lead", "purchase"), sessions=list(SESSIONS)),
            ROWS_PROPERTY: Ga4World("USD", "America/New_York", "Rows", rows=list(ROWS)),
        },
        google_ads={CUSTOMER: GoogleAdsWorld("EUR", "Europe/Paris", "Shop", rows=list(AD_DAYS), clicks=list(CLICKS))},
    )


@dataclass
class Google:
    """The sandbox from outside (``get``, ``post`` with a token) and from inside (``sandbox``)."""

    base_url: str
    sandbox: Sandbox
    http: requests.Session
    token: str = ""

    def renew(self) -> None:
        self.token = self.http.post(f"{self.base_url}/token", data=REFRESH_FORM).json()["access_token"]

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} | more

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(self.base_url + path, json=body, headers=self._headers(named), timeout=30)

    def get(self, path: str, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.get(self.base_url + path, headers=self._headers(named), timeout=30)

    def report(self, property_id: str = PROPERTY, days: tuple[str, str] = ("2026-09-01", "2026-10-01"), **request: Any) -> Any:
        """The answer to a report; ``dimensions`` and ``metrics`` are lists of names."""
        answer = self.ask_report(property_id, days, **request)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask_report(
        self, property_id: str = PROPERTY, days: tuple[str, str] = ("2026-09-01", "2026-10-01"), **request: Any
    ) -> requests.Response:
        for part in ("dimensions", "metrics"):
            if part in request:
                request[part] = [{"name": name} for name in request[part]]
        request.setdefault("dateRanges", [{"startDate": days[0], "endDate": days[1]}])
        return self.post(f"/v1beta/properties/{property_id}:runReport", request)

    def stream(self, query: str, customer: str = CUSTOMER, version: int = 26, **headers: str) -> requests.Response:
        path = f"/v{version}/customers/{customer}/googleAds:searchStream"
        return self.post(path, {"query": query}, **headers)

    def ad_rows(self, query: str, **more: Any) -> list[Any]:
        answer = self.stream(query, **more)
        assert answer.status_code == 200, answer.text
        return [row for batch in answer.json() for row in batch.get("results", [])]


def cells(report: Any) -> list[tuple[str, ...]]:
    """Every row of a report as one tuple of texts."""
    return [
        tuple(cell["value"] for part in ("dimensionValues", "metricValues") for cell in row.get(part, []))
        for row in report.get("rows", [])
    ]


class Switchboard:
    """The application of the running test behind one port: starting a server for each test would cost the time."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


Serve = Callable[..., Google]


@pytest.fixture(scope="session")
def switchboard() -> Iterator[tuple[LoopbackServer, Switchboard]]:
    board = Switchboard()
    with LoopbackServer(board) as server:
        yield server, board


@pytest.fixture
def serve(switchboard: tuple[LoopbackServer, Switchboard]) -> Iterator[Serve]:
    """``serve(world, quirks, ga4_limits)`` starts a sandbox whose clock stands still."""
    server, board = switchboard
    with requests.Session() as http:

        def start(world: World | None = None, quirks: Quirks | None = None, limits: Ga4Limits = STANDARD) -> Google:
            sandbox = Sandbox(world or small_world(), quirks=quirks, clock=Clock(NOW, monotonic=lambda: 0.0))
            board.app = build_app(
                sandbox, {**vendors(), "ga4": Vendor("ga4", lambda sandbox: ga4.routes(sandbox, limits), refusal)}
            )
            google = Google(server.base_url, sandbox, http)
            google.renew()
            return google

        yield start


@pytest.fixture
def google(serve: Serve) -> Google:
    return serve()
