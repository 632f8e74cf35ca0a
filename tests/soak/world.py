"""A CRM small enough to be synced hundreds of times, and with enough in it that reading and writing take several pages and batches.

No website and no ad platform: costs come from the spend file, so that the campaigns are about the CRM alone.
"""

from datetime import UTC, datetime
from typing import Any

from connectors.sandbox.world import HubSpotWorld, Record, World

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
DEALS = 104
"""Live ones, ids from :data:`FIRST_DEAL` on: two list pages, two write batches."""
FIRST_DEAL = 1001
CONTACTS = 12
FIRST_CONTACT = 501
COMPANIES = 6
FIRST_COMPANY = 301

WON, OPEN, LOST = "closedwon", "appointmentscheduled", "closedlost"
_STAGES = [
    {"id": OPEN, "label": "Meeting", "metadata": {"probability": "0.2", "isClosed": "false"}},
    {"id": WON, "label": "Won", "metadata": {"probability": "1.0", "isClosed": "true"}},
    {"id": LOST, "label": "Lost", "metadata": {"probability": "0.0", "isClosed": "true"}},
]
_COSTS = """date,amount,currency,kind,channel,campaign,note
2026-07-10,1200.50,EUR,marketing,paid_search,spring,
2026-08-31,300.25,EUR,marketing,paid_social,reels,
2026-09-15,4000.00,EUR,sales,,,salaries
"""
_SETTINGS = """
locale: en
timezone: Europe/Paris
currency: EUR
history_start: 2026-07-01
crm: hubspot
sources:
  hubspot: {}
  spend_file: {path: costs.csv}
"""


def deal(number: int) -> Record:
    """Every third is won, every seventh lost; a contact each, and the contact's company."""
    stage = WON if number % 3 == 0 else LOST if number % 7 == 0 else OPEN
    created = f"2026-07-{number % 27 + 1:02d}T08:00:00Z"
    closed = f"2026-09-{number % 27 + 1:02d}T15:30:00Z"
    closing = {"closedate": closed} if stage != OPEN else {}
    timing = {f"hs_v2_date_entered_{OPEN}": created} | ({f"hs_v2_date_entered_{stage}": closed} if closing else {})
    contact = FIRST_CONTACT + number % CONTACTS
    return {
        "id": str(number),
        "properties": {
            "dealname": f"Deal {number}",
            "amount": str(100 * (number % 50 + 1)),
            "pipeline": "default",
            "dealstage": stage,
            "createdate": created,
            "hubspot_owner_id": "41",
            **closing,
            **timing,
        },
        "createdAt": created,
        "updatedAt": closed if closing else created,
        "associations": {"contacts": [str(contact)], "companies": [str(_company_of(contact))]},
    }


def contact(number: int) -> Record:
    """From paid search, from paid social, or from nowhere known."""
    sources = {0: ("PAID_SEARCH", "spring"), 1: ("PAID_SOCIAL", "reels")}
    drill: dict[str, Any] = {}
    if number % 3 in sources:
        source, campaign = sources[number % 3]
        drill = {"hs_analytics_source": source, "hs_analytics_source_data_1": campaign}
    return {
        "id": str(number),
        "properties": {
            "email": f"person{number}@example.com",
            "firstname": "Pat",
            "lifecyclestage": "lead",
            "createdate": "2026-07-05T10:00:00Z",
            "hs_analytics_first_timestamp": "2026-07-05T09:58:00Z",
            **drill,
        },
        "createdAt": "2026-07-05T10:00:00Z",
        "updatedAt": "2026-07-06T10:00:00Z",
        "associations": {"companies": [str(_company_of(number))]},
    }


def _company_of(contact: int) -> int:
    return FIRST_COMPANY + contact % COMPANIES


def soak_world() -> World:
    """Fresh: whoever gets it may change it."""
    created = "2026-07-01T00:00:00Z"
    return World(
        "soak",
        NOW,
        HubSpotWorld(
            account={
                "portalId": 4242,
                "accountType": "STANDARD",
                "timeZone": "Europe/Paris",
                "companyCurrency": "EUR",
                "additionalCurrencies": [],
                "uiDomain": "app-eu1.hubspot.com",
            },
            owners=[{"id": "41", "email": "ada@example.com", "firstName": "Ada", "userId": 9}],
            pipelines={"deals": [{"id": "default", "label": "Sales", "displayOrder": 0, "stages": _STAGES}]},
            objects={
                "deals": [deal(FIRST_DEAL + n) for n in range(DEALS)],
                "contacts": [contact(FIRST_CONTACT + n) for n in range(CONTACTS)],
                "companies": [
                    {"id": str(FIRST_COMPANY + n), "properties": {"name": f"Company {n}"}, "createdAt": created}
                    for n in range(COMPANIES)
                ],
            },
        ),
        costs_csv=_COSTS,
        settings_yaml=_SETTINGS,
    )
