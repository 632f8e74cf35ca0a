"""LinkedIn: two ad accounts and a company page."""

from datetime import date, timedelta
from decimal import Decimal

from connectors.errors import AuthenticationError
from connectors.sandbox.linkedin_ads.vendor import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from connectors.sandbox.world import AccountWorld, Record
from tests.contract.subjects.base import Conserved, Records, Subject, Sums, added, last_days

EURO, DOLLAR, PAGE = "512345001", "512345002", "2414183"
CURRENCY = {EURO: "EUR", DOLLAR: "USD"}


def _spent(records: Records) -> Sums:
    return added([(CURRENCY[r["account"]], Decimal(r["costInLocalCurrency"])) for r in records["campaigns_daily"]])


SUBJECT = Subject(
    section=lambda base_url, _: {
        "base_url": f"{base_url}/linkedin_ads",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
        "account_ids": [EURO, DOLLAR],
        "organizations": [PAGE],
    },
    wrong=(
        ({"refresh_token": "AQwrong0123456789abcdef"}, AuthenticationError),
        ({"client_secret": "WPL_AP1.wrong-secret"}, AuthenticationError),
    ),
    positions=last_days,
    conserved=Conserved(_spent, "SELECT currency, sum(spend) FROM ad_spend_daily GROUP BY 1", kpi="spend", measures=("spend",)),
    vendor="linkedin_ads",
    secrets=(REFRESH_TOKEN, CLIENT_SECRET, "sandbox-linkedin_ads-access"),
)
"""The last secret is how every access token of the sandbox begins."""


def accounts() -> dict[str, AccountWorld]:
    """Every second day from the beginning until well after the clock."""
    days = [date(2026, 7, 1) + timedelta(days=2 * n) for n in range(60)]
    return {
        EURO: AccountWorld({"name": "Shop FR", "currency": "EUR"}, {"days": [_ad_day(n, day) for n, day in enumerate(days)]}),
        DOLLAR: AccountWorld({"name": "Shop US", "currency": "USD"}, {"days": [_ad_day(3, day) for day in days]}),
        PAGE: AccountWorld(
            {"kind": "organization", "followers": 4_000}, {"days": [_page_day(n, day) for n, day in enumerate(days)]}
        ),
    }


def _ad_day(number: int, day: date) -> Record:
    return {
        "date": str(day),
        "campaign_id": str(6001 + number % 3),
        "campaign_name": ("spring", "hiring", "hiring")[number % 3],
        "spend": f"{10 + number}.{number % 100:02d}",
        "impressions": 900 + number,
        "clicks": number % 7,
        "conversions": number % 2,
        "value": "99.90" if number % 2 else None,
        "leads": number % 3,
    }


def _page_day(number: int, day: date) -> Record:
    counts = ("impressions", "unique_impressions", "clicks", "likes", "comments", "shares")
    return {"date": str(day), "organic_gain": number % 4, "paid_gain": 1} | {
        name: 5 * place + number for place, name in enumerate(counts)
    }
