"""TikTok: two advertisers."""

from datetime import date, timedelta
from decimal import Decimal

from connectors.errors import AuthenticationError
from connectors.sandbox.tiktok_ads.service import TOKEN
from connectors.sandbox.world import AccountWorld, Record
from tests.contract.subjects.base import Conserved, Subject, added, last_days

EURO, DOLLAR = "7012345678901234567", "7012345678901234568"

SUBJECT = Subject(
    section=lambda base_url, _: {
        "base_url": f"{base_url}/tiktok_ads/open_api/v1.3",
        "access_token": TOKEN,
        "advertiser_ids": [EURO, DOLLAR],
        "calls_per_second": 1_000,
    },
    wrong=(({"access_token": "act.mistyped-tiktok-token"}, AuthenticationError),),
    positions=last_days,
    conserved=Conserved(
        lambda records: added(
            [
                ({EURO: "EUR", DOLLAR: "USD"}[r["advertiser_id"]], Decimal(r["metrics"]["spend"]))
                for r in records["campaigns_daily"]
            ]
        ),
        "SELECT currency, sum(spend) FROM ad_spend_daily GROUP BY 1",
        kpi="spend",
        measures=("spend",),
    ),
    vendor="tiktok_ads",
    secrets=(TOKEN,),
)


def accounts() -> dict[str, AccountWorld]:
    days = [date(2026, 7, 1) + timedelta(days=n) for n in range(120)]
    return {
        EURO: AccountWorld(_about("Shop FR", "EUR", "Europe/Paris"), {"days": [_ad_day(day, "12.34", 1) for day in days]}),
        DOLLAR: AccountWorld(_about("Shop US", "USD", "America/New_York"), {"days": [_ad_day(day, "0.07", 2) for day in days]}),
    }


def _about(name: str, currency: str, zone: str) -> Record:
    """Nobody waits for a slot here: pace has a test of its own."""
    return {"name": name, "currency": currency, "zone": zone, "calls_a_second": 1_000}


def _ad_day(day: date, spend: str, campaign_id: int) -> Record:
    return {
        "date": str(day),
        "campaign_id": f"17000000000000{campaign_id:05d}",
        "campaign_name": "FR | Leads",
        "spend": spend,
        "impressions": 1_200,
        "clicks": 34,
        "conversion": 3,
        "real_time_conversion": 2,
        "total_purchase_value": "80.50",
    }
