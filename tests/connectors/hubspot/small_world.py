"""A small account with what matters to reading: several pages, two currencies, a merged contact, an archived deal."""

from datetime import UTC, datetime
from typing import Any

from connectors.sandbox.world import HubSpotWorld, World

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
UUID_STAGE = "0f1e2d3c-aaaa-bbbb-cccc-1234567890ab"

ACCOUNT = {
    "portalId": 4242,
    "accountType": "STANDARD",
    "timeZone": "Europe/Paris",
    "companyCurrency": "EUR",
    "additionalCurrencies": ["USD"],
    "uiDomain": "app-eu1.hubspot.com",
}
STAGES = [
    {"id": "appointmentscheduled", "label": "Meeting", "metadata": {"probability": "0.2"}},
    {"id": UUID_STAGE, "label": "Demo", "metadata": {"probability": "0.6"}},
    {"id": "closedwon", "label": "Won", "metadata": {"probability": "1.0"}},
    {"id": "closedlost", "label": "Lost", "metadata": {"probability": "0.0"}},
]
DEALS = 230
"""Live ones; ids 1001 … 1230. Deal 900 is archived."""
FIRST_DEAL = 1001


def deal(number: int) -> dict[str, Any]:
    """Every third is won; every tenth is in dollars; each belongs to contact 11 and company 1, and 2 as a further one."""
    is_won = number % 3 == 0
    return {
        "id": str(number),
        "properties": {
            "dealname": f"Deal {number}",
            "amount": str(number),
            "pipeline": "default",
            "dealstage": "closedwon" if is_won else UUID_STAGE,
            "createdate": "2026-01-10T00:00:00Z",
            **({"closedate": "2026-03-01T23:30:00Z", "hs_v2_date_entered_closedwon": "2026-03-01T23:30:00Z"} if is_won else {}),
            **({"deal_currency_code": "USD", "hs_exchange_rate": "0.9"} if number % 10 == 0 else {}),
        },
        "createdAt": "2026-01-10T00:00:00Z",
        "updatedAt": "2026-03-02T00:00:00Z",
        "associations": {"contacts": ["11"], "companies": ["1", "2"], "line_items": ["501"] if number == FIRST_DEAL else []},
    }


def small_world(deals: int = DEALS, **changes: Any) -> World:
    hubspot: dict[str, Any] = {
        "account": dict(ACCOUNT),
        "owners": [
            {
                "id": "41",
                "email": "ada@example.com",
                "firstName": "Ada",
                "userId": 9,
                "teams": [{"id": "1", "name": "North", "primary": True}],
            },
            {"id": "43", "email": "cy@example.com", "firstName": "Cy", "userId": 11, "archived": True},
        ],
        "pipelines": {"deals": [{"id": "default", "label": "Sales", "displayOrder": 0, "stages": STAGES}]},
        "objects": {
            "contacts": [
                {
                    "id": str(id),
                    "properties": {
                        "email": f"person{id}@example.com",
                        "firstname": "Pat",
                        "phone": "+33 1 23 45 67 89",
                        "lifecyclestage": "lead",
                        "hs_analytics_first_url": "https://shop.example/?utm_source=google&utm_campaign=spring%20sale&hsa_cam=123",
                        "hs_google_click_id": f"gclid-{id}",
                    },
                    "createdAt": "2026-01-01T10:00:00Z",
                    "updatedAt": "2026-02-01T10:00:00Z",
                    "associations": {"companies": ["1"]},
                }
                for id in (11, 12)
            ]
            + [{"id": "19", "properties": {}, "createdAt": "2025-01-01T00:00:00Z", "mergedInto": "11"}],
            "companies": [
                {"id": "1", "properties": {"name": "Acme"}, "createdAt": "2026-01-01T00:00:00Z"},
                {"id": "2", "properties": {"name": "Bolt"}, "createdAt": "2026-01-02T00:00:00Z"},
            ],
            "deals": [deal(FIRST_DEAL + n) for n in range(deals)]
            + [{**deal(900), "createdAt": "2025-12-01T00:00:00Z", "archivedAt": "2026-05-01T00:00:00Z"}],
            "line_items": [
                {
                    "id": "501",
                    "properties": {"name": "Seat", "quantity": "3", "price": "500", "amount": "1500"},
                    "createdAt": "2026-01-10T00:00:00Z",
                }
            ],
            "products": [{"id": "7", "properties": {"name": "Seat", "price": "500"}, "createdAt": "2026-01-10T00:00:00Z"}],
        },
    }
    return World("small", NOW, HubSpotWorld(**(hubspot | changes)))
