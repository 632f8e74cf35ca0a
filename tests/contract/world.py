"""One small company as every vendor sees it, with something to come after its clock: time can pass in a test."""

import importlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from connectors.registry import CONNECTORS
from connectors.sandbox.world import AccountWorld, Ga4World, GoogleAdsWorld, HubSpotWorld, Record, SemrushWorld, World
from tests.shop import shop_emails, shop_objects, shop_properties

NOW = datetime(2026, 9, 30, 9, tzinfo=UTC)
SINCE = date(2026, 7, 1)
LATER = timedelta(days=16)
"""Long enough for SEMrush to be asked again, and to have a new month."""

PROPERTY = "123456789"
EURO_ADS, DOLLAR_ADS = "1111111111", "2222222222"
DOMAIN = "acme.example"

COSTS = """date,amount,currency,kind,channel,campaign,note
2026-07-10,1200.50,EUR,marketing,events,summer fair,stand
2026-08-31,300.25,USD,marketing,paid_social,reels,
2026-08-31,99.99,EUR,marketing,,,agency
2026-09-15,4000.00,EUR,sales,,,salaries
2026-09-20,-12.34,EUR,marketing,events,summer fair,credit note
"""


def world() -> World:
    return World(
        "contract",
        NOW,
        _hubspot(),
        ga4={PROPERTY: Ga4World("EUR", "Europe/Paris", "Shop", ("generate_lead",), sessions=_sessions())},
        google_ads={
            EURO_ADS: GoogleAdsWorld(
                "EUR",
                "Europe/Paris",
                "Shop FR",
                rows=_ad_days(1_230_001),
                clicks=_clicks(),
                ad_groups=[day | {"ad_group_id": 51, "ad_group_name": "exact"} for day in _ad_days(1_230_001)],
            ),
            DOLLAR_ADS: GoogleAdsWorld("USD", "America/New_York", "Shop US", rows=_ad_days(0) + _ad_days(777_777)),
        },
        semrush=SemrushWorld(units=50_000, history=_estimates(), keywords=_keywords(), visibility=_visibility()),
        costs_csv=COSTS,
        accounts=_accounts(),
    )


def _accounts() -> dict[str, dict[str, AccountWorld]]:
    """Of the vendors whose subjects bring their own."""
    subjects = {name: importlib.import_module(f"tests.contract.subjects.{name}") for name in CONNECTORS}
    return {name: module.accounts() for name, module in subjects.items() if hasattr(module, "accounts")}


# --- CRM -----------------------------------------------------------------------------------------------------

_STAGES = [
    {"id": "meeting", "label": "Meeting", "metadata": {"probability": "0.2"}},
    {"id": "closedwon", "label": "Won", "metadata": {"probability": "1.0"}},
    {"id": "closedlost", "label": "Lost", "metadata": {"probability": "0.0"}},
]


def _hubspot() -> HubSpotWorld:
    return HubSpotWorld(
        account={
            "portalId": 4242,
            "accountType": "STANDARD",
            "timeZone": "Europe/Paris",
            "companyCurrency": "EUR",
            "additionalCurrencies": ["USD"],
            "uiDomain": "app-eu1.hubspot.com",
        },
        owners=[
            {"id": str(41 + n), "email": f"owner{n}@acme.example", "firstName": f"Owner {n}", "userId": 9 + n, "archived": n == 3}
            for n in range(4)
        ],
        pipelines={"deals": [{"id": "default", "label": "Sales", "displayOrder": 0, "stages": _STAGES}]},
        properties=shop_properties(),
        marketing_emails=shop_emails(),
        objects=shop_objects()
        | {
            "companies": [
                {"id": str(n), "properties": {"name": f"Company {n}"}, "createdAt": "2026-07-01T00:00:00Z"} for n in (1, 2, 3)
            ],
            "contacts": [
                *(_contact(number) for number in range(11, 16)),
                {"id": "19", "properties": {}, "createdAt": "2025-01-01T00:00:00Z", "mergedInto": "11"},
                _contact(16) | {"createdAt": "2026-10-02T10:00:00Z", "updatedAt": "2026-10-02T10:00:00Z"},
            ],
            "products": [{"id": "7", "properties": {"name": "Lamp", "price": "250"}, "createdAt": "2026-07-01T00:00:00Z"}],
            "line_items": [
                {
                    "id": "501",
                    "properties": {"name": "Lamp", "quantity": "2", "price": "250", "hs_product_id": "7"},
                    "createdAt": "2026-07-10T00:00:00Z",
                }
            ],
            "deals": [
                *(_deal(number) for number in range(1001, 1121)),
                _deal(900) | {"createdAt": "2025-12-01T00:00:00Z", "archivedAt": "2026-08-01T00:00:00Z"},
                _deal(1121) | {"createdAt": "2026-10-02T11:00:00Z", "updatedAt": "2026-10-02T11:00:00Z"},
            ],
        },
    )


def _contact(number: int) -> Record:
    return {
        "id": str(number),
        "properties": {
            "email": f"person{number}@example.com",
            "firstname": "Pat",
            "phone": "+33 1 23 45 67 89",
            "lifecyclestage": "lead",
            "hs_analytics_source": "PAID_SEARCH",
            "hs_analytics_first_url": "https://acme.example/?utm_source=google&utm_campaign=brand&hsa_cam=111",
            "hs_google_click_id": f"Cj0click-{number}",
        },
        "createdAt": "2026-07-05T10:00:00Z",
        "updatedAt": "2026-08-01T10:00:00Z",
        "associations": {"companies": ["1"]},
    }


def _deal(number: int) -> Record:
    """Every third is won, every tenth in dollars; some without amount or companies, one with lines."""
    properties: dict[str, str] = {
        "dealname": f"Deal {number}",
        "pipeline": "default",
        "dealstage": "closedwon" if number % 3 == 0 else "meeting",
        "hubspot_owner_id": "41",
        "createdate": "2026-07-10T00:00:00Z",
    }
    if number % 7:
        properties["amount"] = f"{number}.10"
    if number % 3 == 0:
        properties |= {"closedate": "2026-08-20T23:30:00Z", "hs_v2_date_entered_closedwon": "2026-08-20T23:30:00Z"}
    if number % 10 == 0:
        properties |= {"deal_currency_code": "USD", "hs_exchange_rate": "0.5"}
    return {
        "id": str(number),
        "properties": properties,
        "createdAt": "2026-07-10T00:00:00Z",
        "updatedAt": "2026-08-21T00:00:00Z",
        "associations": {
            "contacts": [str(11 + number % 5)],
            "companies": ["1", "2"] if number % 4 else [],
            "line_items": ["501"] if number == 1002 else [],
        },
    }


# --- web, ads, estimates ---------------------------------------------------------------------------------------


def _days() -> list[date]:
    """Every third day from the beginning until well after the clock."""
    return [SINCE + timedelta(days=3 * n) for n in range(36)]


def _sessions() -> list[Record]:
    """Three visits every third day, and one day in July with more campaigns than a small table holds."""
    found = [
        _visit(number, datetime.combine(day, time(8 + hour)), group, campaign, is_key=number % 4 == hour)
        for number, day in enumerate(_days())
        for hour, (group, campaign) in enumerate((("Paid Search", "brand"), ("Direct", "(not set)"), ("Unassigned", "news")))
    ]
    found += [
        _visit(number, datetime.combine(SINCE + timedelta(days=1), time(12, number)), "Email", f"letter {number}", is_key=False)
        for number in range(25)
    ]
    return sorted(found, key=lambda session: str(session["at"]))


def _visit(number: int, at: datetime, group: str, campaign: str, *, is_key: bool) -> Record:
    return {
        "user": f"user-{(number + at.hour) % 9}",
        "session": f"{at.isoformat()}-{group}",
        "at": at.isoformat(),
        "new": number < 9,
        "engaged": bool(number % 2),
        "dimensions": {
            "sessionDefaultChannelGroup": group,
            "sessionCampaignName": campaign,
            "sessionCampaignId": "111" if campaign == "brand" else "(not set)",
            "sessionSourceMedium": "google / cpc" if group == "Paid Search" else "(direct) / (none)",
        },
        "events": {"generate_lead": 1, "add_to_cart": 2, "purchase": 1} if is_key else {},
        "revenue": "12.50" if is_key else "0",
    }


def _ad_days(micros: int) -> list[Record]:
    """Seen and never clicked for ``micros`` 0: the vendor may leave figures that are zero out of a row."""
    return [
        {
            "date": day.isoformat(),
            "campaign_id": 111 if micros else 222,
            "campaign_name": "brand" if micros else "idle",
            "channel_type": "SEARCH",
            "cost_micros": micros * (number + 1),
            "impressions": 100,
            "clicks": 10 if micros else 0,
            "conversions": 1.5 if micros else 0,
            "conversions_value": 300 if micros else 0,
        }
        for number, day in enumerate(_days())
    ]


def _clicks() -> list[Record]:
    days = ("2026-09-20", "2026-09-29", "2026-10-05")
    return [{"date": day, "gclid": f"Cj0click-{11 + n}", "campaign_id": 111} for n, day in enumerate(days)]


TRACKED = ("103580023_16852", f"*.{DOMAIN}/*")


def _keywords() -> list[Record]:
    """More than are bought, some of them under ads too."""
    cells = {"Po": "3", "Pp": "0", "Nq": "880", "Cp": "1.25", "Tc": "1.1", "Co": "0.4"}
    return [
        {
            "report": report,
            "domain": DOMAIN,
            "database": "fr",
            "Ph": f"word; {n}",
            "Ur": f"https://{DOMAIN}/{n}",
            "Tr": f"{90 - n}.5",
        }
        | cells
        for report, count in (("domain_organic", 8), ("domain_adwords", 3))
        for n in range(count)
    ]


def _visibility() -> list[Record]:
    days = (SINCE + timedelta(days=n) for n in range(120))
    return [
        {"campaign": TRACKED[0], "url": TRACKED[1], "Dt": f"{day:%Y%m%d}", "Vr": 45.8, "Av": "8.07", "Sov": 5.9} for day in days
    ]


def _estimates() -> list[Record]:
    months = [f"2026{month:02d}15" for month in range(1, 12)]
    codes: dict[str, Any] = {"Rk": 5000, "Or": 40, "Ot": 900, "Oc": 1200, "Ad": 3, "At": 70, "Ac": 150}
    return [
        {"domain": DOMAIN, "database": database, "Dt": month} | {code: str(value + n) for code, value in codes.items()}
        for database in ("fr", "us")
        for n, month in enumerate(months)
    ]
