"""A small account, served on loopback, and a caller for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.app import build_app
from connectors.sandbox.core import Sandbox
from connectors.sandbox.server import LoopbackServer
from connectors.sandbox.vendor import vendors
from connectors.sandbox.world import FULL_TOKEN, HubSpotWorld, World

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
UUID_STAGE = "0f1e2d3c-aaaa-bbbb-cccc-1234567890ab"
JSON = dict[str, Any]


def small_world(**changes: Any) -> World:
    """Four contacts (one merged away), two companies, five deals (one archived, one without amount), two currencies."""
    stages = [
        {"id": "appointmentscheduled", "label": "Prise de contact", "metadata": {"probability": "0.2", "isClosed": "false"}},
        {"id": UUID_STAGE, "label": "Démo faite", "metadata": {"probability": "0.6"}},
        {"id": "closedwon", "label": "Gagné", "metadata": {"probability": "1.0", "isClosed": "true"}},
        {"id": "closedlost", "label": "Perdu", "metadata": {"probability": "0.0", "isClosed": "true"}},
    ]
    contacts: list[JSON] = [
        {
            "id": str(10 + n),
            "properties": {"email": f"Person{n}@Example.com", "firstname": f"P{n}", "lifecyclestage": "lead"},
            "createdAt": f"2026-01-0{n}T10:00:00Z",
            "updatedAt": f"2026-02-0{n}T10:00:00Z",
            "associations": {"companies": ["1", "2"] if n == 1 else []},
        }
        for n in (1, 2, 3)
    ]
    contacts.append(
        {"id": "19", "properties": {"email": "old@example.com"}, "createdAt": "2025-01-01T00:00:00Z", "mergedInto": "11"}
    )
    deals: list[JSON] = [
        {
            "id": "101",
            "properties": {
                "dealname": "Alpha",
                "amount": "1500.00",
                "dealstage": "closedwon",
                "pipeline": "default",
                "closedate": "2026-03-01T00:00:00Z",
                "hs_v2_date_entered_closedwon": "2026-03-01T00:00:00Z",
            },
            "createdAt": "2026-01-10T00:00:00Z",
            "updatedAt": "2026-03-01T00:00:00Z",
            "associations": {"contacts": ["11", "12"], "companies": ["1", "2"], "line_items": ["501"]},
            "history": {
                "dealstage": [
                    {"value": "closedwon", "timestamp": "2026-03-01T00:00:00Z", "sourceType": "CRM_UI", "sourceId": "userId:7"},
                    {"value": "appointmentscheduled", "timestamp": "2026-01-10T00:00:00Z"},
                ]
            },
        },
        {
            "id": "102",
            "properties": {
                "dealname": "Beta",
                "amount": "1000",
                "deal_currency_code": "USD",
                "hs_exchange_rate": "0.9",
                "dealstage": "appointmentscheduled",
                "pipeline": "default",
            },
            "createdAt": "2026-02-01T00:00:00Z",
            "associations": {"contacts": ["12"]},
        },
        {
            "id": "103",
            "properties": {"dealname": "Gamma", "dealstage": UUID_STAGE, "pipeline": "default"},
            "createdAt": "2026-03-01T00:00:00Z",
        },
        {
            "id": "104",
            "properties": {"dealname": "Delta", "amount": "20", "dealstage": "closedlost", "pipeline": "default"},
            "createdAt": "2026-04-01T00:00:00Z",
        },
        {
            "id": "105",
            "properties": {"dealname": "Gone", "amount": "9", "dealstage": "closedlost", "pipeline": "default"},
            "createdAt": "2026-04-02T00:00:00Z",
            "archivedAt": "2026-05-01T00:00:00Z",
        },
    ]
    hubspot: dict[str, Any] = {
        "account": {
            "portalId": 4242,
            "accountType": "STANDARD",
            "timeZone": "Europe/Paris",
            "companyCurrency": "EUR",
            "additionalCurrencies": ["USD"],
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "eu1",
        },
        "owners": [
            {"id": "41", "email": "a@example.com", "firstName": "Ada", "lastName": "L", "userId": 9, "teams": []},
            {"id": "42", "email": "b@example.com", "firstName": "Bob", "lastName": "M", "userId": 10},
            {"id": "43", "email": "c@example.com", "firstName": "Cy", "lastName": "N", "userId": 11, "archived": True},
        ],
        "pipelines": {"deals": [{"id": "default", "label": "Ventes", "displayOrder": 0, "stages": stages}]},
        "properties": {
            "deals": [{"name": "deal_origin", "label": "Origin", "type": "string", "fieldType": "text", "groupName": "own"}]
        },
        "groups": {"deals": [{"name": "own", "label": "Our own"}]},
        "objects": {
            "contacts": contacts,
            "companies": [
                {"id": "1", "properties": {"name": "Acme", "domain": "acme.test"}, "createdAt": "2026-01-01T00:00:00Z"},
                {"id": "2", "properties": {"name": "Bolt", "domain": "bolt.test"}, "createdAt": "2026-01-02T00:00:00Z"},
            ],
            "deals": deals,
            "line_items": [
                {
                    "id": "501",
                    "properties": {"name": "Seat", "quantity": "3", "price": "500"},
                    "createdAt": "2026-01-10T00:00:00Z",
                }
            ],
        },
    }
    return World("small", NOW, HubSpotWorld(**(hubspot | changes)))


@dataclass(frozen=True)
class Served:
    base_url: str
    sandbox: Sandbox


class Houses:
    """Many sandboxes behind one port, each under an address of its own: starting a server for each test would cost the time."""

    def __init__(self) -> None:
        self.apps: list[ASGIApp] = []

    def add(self, sandbox: Sandbox) -> str:
        self.apps.append(build_app(sandbox, {"hubspot": vendors()["hubspot"]}))
        return f"/{len(self.apps) - 1}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = scope["path"].split("/")[1]
        await self.apps[int(number)]({**scope, "root_path": f"/{number}"}, receive, send)


@pytest.fixture(scope="session")
def street() -> Iterator[tuple[LoopbackServer, Houses]]:
    houses = Houses()
    with LoopbackServer(houses) as server:
        yield server, houses


class Api:
    """Calls of one token against one sandbox."""

    def __init__(self, server: Served, token: str | None = FULL_TOKEN) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers["Accept"] = "application/json"
        if token is not None:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.request(method, self.server.base_url + path, json=body, timeout=10, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.call("POST", path, body)

    def patch(self, path: str, body: Any) -> requests.Response:
        return self.call("PATCH", path, body)

    def control(self, name: str, body: Any) -> JSON:
        answer = self.post(f"/_sandbox/{name}", body)
        assert answer.status_code == 200, answer.text
        found: JSON = answer.json()
        return found

    def deal(self, id: str, *names: str) -> dict[str, str | None]:
        """Fresh values of a deal."""
        answer = self.post("/crm/objects/2026-09/deals/batch/read", {"inputs": [{"id": id}], "properties": list(names)})
        values: dict[str, str | None] = answer.json()["results"][0]["properties"]
        return values


Serve = Callable[..., Api]


@pytest.fixture
def serve(street: tuple[LoopbackServer, Houses]) -> Iterator[Serve]:
    """``serve(world?, token=…, quirks=…, limits=…, lags=…)``: a served world and a caller for it."""
    server, houses = street
    callers: list[Api] = []

    def start(world: World | None = None, token: str | None = FULL_TOKEN, **more: Any) -> Api:
        sandbox = Sandbox(world or small_world(), **more)
        callers.append(Api(Served(server.base_url + houses.add(sandbox), sandbox), token))
        return callers[-1]

    yield start
    for caller in callers:
        caller.session.close()


@pytest.fixture
def as_token() -> Iterator[Callable[[Api, str | None], Api]]:
    """Another token against the same server."""
    callers: list[Api] = []

    def caller(api: Api, token: str | None) -> Api:
        callers.append(Api(api.server, token))
        return callers[-1]

    yield caller
    for one in callers:
        one.session.close()


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve()
