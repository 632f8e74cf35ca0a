"""Microsoft Advertising: two ad accounts of one customer, read by one report."""

from datetime import date, timedelta
from decimal import Decimal

from connectors.errors import AuthenticationError
from connectors.sandbox.microsoft_ads.service import (
    CLIENT_ID,
    CLIENT_SECRET,
    CUSTOMER_ID,
    DEVELOPER_TOKEN,
    REFRESH_TOKEN,
    SIGNATURE,
)
from connectors.sandbox.world import AccountWorld, Record
from tests.contract.subjects.base import Conserved, Subject, added, last_days

EURO, DOLLAR = "180001", "180002"

SUBJECT = Subject(
    section=lambda base_url, _: {
        "base_url": f"{base_url}/microsoft_ads",
        "customer_id": CUSTOMER_ID,
        "account_ids": [EURO, DOLLAR],
        "time_zone": "Europe/Paris",
        "developer_token": DEVELOPER_TOKEN,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
    },
    wrong=(
        ({"refresh_token": "M.R3_worn-out-refresh"}, AuthenticationError),
        ({"developer_token": "WRONG0DEV0TOKEN"}, AuthenticationError),
    ),
    positions=last_days,
    conserved=Conserved(
        lambda records: added([(r["CurrencyCode"], Decimal(r["Spend"])) for r in records["campaigns_daily"]]),
        "SELECT currency, sum(spend) FROM ad_spend_daily GROUP BY 1",
        kpi="spend",
        measures=("spend",),
    ),
    vendor="microsoft_ads",
    secrets=(DEVELOPER_TOKEN, CLIENT_SECRET, REFRESH_TOKEN, "sandbox-microsoft_ads-", SIGNATURE),
)
"""The last but one is how every token begins that the sandbox issues."""


def accounts() -> dict[str, AccountWorld]:
    days = [date(2026, 7, 1) + timedelta(days=n) for n in range(120)]
    return {
        EURO: AccountWorld(_about("Shop FR", "EUR"), {"days": [_ad_day(day, "1012.34", 411) for day in days]}),
        DOLLAR: AccountWorld(_about("Shop US", "USD"), {"days": [_ad_day(day, "0.07", 422) for day in days]}),
    }


def _about(name: str, currency: str) -> Record:
    return {"name": name, "currency": currency, "zone": "BrusselsCopenhagenMadridParis"}


def _ad_day(day: date, spend: str, campaign_id: int) -> Record:
    return {
        "date": str(day),
        "campaign_id": campaign_id,
        "campaign_name": "brand",
        "spend": spend,
        "impressions": 1_200,
        "clicks": 34,
        "conversions": "1.5",
        "value": "300.25",
    }
