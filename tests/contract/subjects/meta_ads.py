"""Meta: two ad accounts and a Facebook page. Instagram has tests of its own: the followers of a past day are known to nobody who
did not look on it, so that a home that grew knows more than a fresh one."""

from datetime import date, timedelta
from decimal import Decimal

from connectors.errors import AuthenticationError
from connectors.sandbox.meta_ads.access import TOKEN
from connectors.sandbox.world import AccountWorld, Record
from tests.contract.subjects.base import Conserved, Subject, added, last_days

EURO, DOLLAR, PAGE = "1201", "1202", "5550001"

SUBJECT = Subject(
    section=lambda base_url, _: {
        "base_url": f"{base_url}/meta_ads",
        "access_token": TOKEN,
        "account_ids": [EURO, DOLLAR],
        "pages": [PAGE],
    },
    wrong=(({"access_token": "EAAwrong0123456789abcdef"}, AuthenticationError),),
    positions=last_days,
    conserved=Conserved(
        lambda records: added([(r["account_currency"], Decimal(r["spend"])) for r in records["campaigns_daily"]]),
        "SELECT currency, sum(spend) FROM ad_spend_daily GROUP BY 1",
        kpi="spend",
        measures=("spend",),
    ),
    vendor="meta_ads",
    secrets=("EAAsandbox",),
)
"""Every token of the sandbox begins like that, those of pages too."""


def accounts() -> dict[str, AccountWorld]:
    days = [date(2026, 7, 1) + timedelta(days=n) for n in range(120)]
    return {
        EURO: AccountWorld(_about("Shop FR", "EUR", "Europe/Paris"), {"days": [_ad_day(day, "12.34") for day in days]}),
        DOLLAR: AccountWorld(_about("Shop US", "USD", "America/New_York"), {"days": [_ad_day(day, "0.07") for day in days]}),
        PAGE: AccountWorld({"kind": "page", "name": "Shop"}, {"days": [_page_day(n, day) for n, day in enumerate(days)]}),
    }


def _about(name: str, currency: str, zone: str) -> Record:
    return {"name": name, "currency": currency, "timezone_name": zone}


def _ad_day(day: date, spend: str) -> Record:
    return {
        "date": str(day),
        "campaign_id": "23850001",
        "campaign_name": "FR | Leads",
        "spend": spend,
        "impressions": 1_200,
        "clicks": 34,
        "actions": [
            {"action_type": "lead", "7d_click": 2, "1d_view": 1},
            {"action_type": "onsite_conversion.lead_grouped", "7d_click": 2},
            {"action_type": "offsite_conversion.fb_pixel_lead", "1d_view": 1},
        ],
        "action_values": [{"action_type": "offsite_conversion.fb_pixel_lead", "1d_view": "80.5"}],
    }


def _page_day(number: int, day: date) -> Record:
    return {
        "date": str(day),
        "page_follows": 1_000 + number,
        "page_media_view": 300,
        "page_total_media_view_unique": 200,
        "page_post_engagements": 12,
    }
