"""A HubSpot account with as many deals as a measurement needs, always the same for the same numbers.

Two pipelines of seven stages; a deal has passed through two to six of them, and holds an amount, an owner, dates, a source.
``links`` gives each deal so many associations: a company, a contact, further contacts. ``change`` lets the amount of every
deal change at one and the same instant, :data:`CHANGE`, an hour after the sandbox's clock begins: as an import does it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.sandbox.world import HubSpotWorld, Record, World

KIND = "crowd"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CHANGE = NOW + timedelta(hours=1)
FIRST_ID = 1_000_001
STAGES = 7
OWN = tuple(f"cadran_bench_{number}" for number in range(1, 9))
"""Properties of ours that the account has, not yet filled."""
_OWNERS = 20
_CHANGED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def read_spec(spec: str) -> World:
    """``crowd:DEALS``, ``crowd:DEALS:links=2``, ``crowd:DEALS:change=1``."""
    _, deals, *more = spec.split(":")
    options = {name: int(value) for name, _, value in (option.partition("=") for option in more)}
    return crowd(int(deals), **options)


def crowd(deals: int, *, links: int = 0, change: int = 0) -> World:
    objects: dict[str, list[Record]] = {"deals": [_deal(number, links) for number in range(deals)]}
    if change:
        for record in objects["deals"]:
            record["history"] = {"amount": _amounts(record)}
    if links:
        others = max(1, deals // 2)
        objects["companies"] = [_other(number, {"name": f"Company {number}"}) for number in range(others)]
        objects["contacts"] = [_other(number, {"lifecyclestage": "lead"}) for number in range(others)]
    hubspot = HubSpotWorld(
        account={
            "portalId": 4242,
            "accountType": "STANDARD",
            "timeZone": "Europe/Paris",
            "companyCurrency": "EUR",
            "additionalCurrencies": ["USD"],
            "uiDomain": "app-eu1.hubspot.com",
        },
        owners=[{"id": str(number), "email": f"owner{number}@example.com", "userId": number} for number in range(1, _OWNERS + 1)],
        properties={"deals": [{"name": name, "label": name, "type": "number", "fieldType": "number"} for name in OWN]},
        pipelines={"deals": [_pipeline(name) for name in ("sales", "renewals")]},
        objects=objects,
    )
    return World(KIND, NOW, hubspot)


def _amounts(deal: Record) -> list[Record]:
    """The amount a deal has, and another one from :data:`CHANGE` on."""
    before = {"value": deal["properties"]["amount"], "timestamp": deal["createdAt"]}
    return [{"value": changed_amount(deal), "timestamp": _text(CHANGE)}, before]


def changed_amount(deal: Record) -> str:
    """From :data:`CHANGE` on."""
    return f"{deal['properties']['amount']}1"


def _pipeline(name: str) -> Record:
    probabilities = ["0.1", "0.2", "0.4", "0.6", "0.8", "1.0", "0.0"]
    stages = [
        {"id": f"{name}_{place}", "label": f"Stage {place}", "displayOrder": place, "metadata": {"probability": probability}}
        for place, probability in enumerate(probabilities)
    ]
    return {"id": name, "label": name.title(), "displayOrder": 0, "stages": stages}


def _deal(number: int, links: int) -> Record:
    pipeline = "renewals" if number % 5 == 0 else "sales"
    passed = 2 + number % 5
    created = datetime(2024, 1, 1, 8, 0, tzinfo=UTC) + timedelta(minutes=number % 1_000_000)
    entered = [created + timedelta(days=3 * place) for place in range(passed)]
    properties: dict[str, Any] = {
        "dealname": f"Deal {number} of a customer with a name",
        "amount": f"{number % 90_000}.{number % 100:02}",
        "deal_currency_code": "USD" if number % 10 == 0 else "EUR",
        "pipeline": pipeline,
        "dealstage": f"{pipeline}_{passed - 1}",
        "createdate": _text(created),
        "closedate": _text(created + timedelta(days=40)),
        "hubspot_owner_id": str(number % _OWNERS + 1),
        "dealtype": "newbusiness" if number % 3 else "existingbusiness",
        "hs_analytics_source": "PAID_SEARCH" if number % 2 else "ORGANIC_SEARCH",
        "hs_analytics_source_data_1": f"campaign {number % 200}",
        "hs_analytics_source_data_2": f"keyword {number % 3_000}",
        **({"hs_exchange_rate": "0.92"} if number % 10 == 0 else {}),
        **{f"hs_v2_date_entered_{pipeline}_{place}": _text(at) for place, at in enumerate(entered)},
    }
    record = _other(number, properties) | {"createdAt": _text(created)}
    if links:
        other = str(FIRST_ID + number // 2)
        contacts = [other, *(str(FIRST_ID + extra) for extra in range(links - 2))]
        record["associations"] = {"companies": [other], "contacts": contacts[: links - 1]}
    return record


def _other(number: int, properties: Record) -> Record:
    return {
        "id": str(FIRST_ID + number),
        "properties": properties,
        "createdAt": "2026-01-10T00:00:00Z",
        "updatedAt": _text(_CHANGED - timedelta(seconds=number % 86_400)),
    }


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
