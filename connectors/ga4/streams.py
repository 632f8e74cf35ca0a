"""What is read from GA4: declarations only.

Sessions add up, so ``traffic_daily`` reads them by day at the finest grain that the KPIs group by. Users do not add up
over days, channels or campaigns, so ``users`` asks for them at exactly each grain they are shown at. ``landing_daily`` reads the same
sessions by the page they began on and the device: with the campaign beside them, far more rows would fall below Google's
thresholds or into "(other)". ``commerce_daily`` reads what was bought in each of the three attribution scopes, ``events_daily`` key
events by name and the visits that came to each step of a purchase.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from connectors.base import Raw, RawAmount, Stream
from connectors.ga4.periods import Grain
from connectors.ga4.settings import Ga4Settings
from connectors.values import number

SCOPES = ("https://www.googleapis.com/auth/analytics.readonly",)
API_VERSION = "v1beta"
DOCS = "https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport"

PAGE_SIZE = 100_000
"""Rows a page. 250,000 is the vendor's maximum; a page is held in memory."""

TRAFFIC_DIMENSIONS = ("date", "sessionCampaignName", "sessionCampaignId", "sessionSourceMedium", "sessionDefaultChannelGroup")
"""Session scope: the last click of the session. The other scopes answer other questions."""

GROUP = "sessionDefaultChannelGroup"
"""The dimension that becomes our channel."""
LANDING_DIMENSIONS = ("date", "landingPage", "deviceCategory")
"""``landingPage`` is the path alone: ``landingPagePlusQueryString`` would make a page of every click id."""

TRAFFIC_METRICS = ("sessions", "engagedSessions", "sessionKeyEventRate", "keyEvents")
"""``sessionKeyEventRate`` is the one ratio that is read: GA4 has no count of sessions with a key event, and the rate of a
row times its sessions is that count."""

SCOPES_OF_ATTRIBUTION: Mapping[str, str] = MappingProxyType(
    {"session": GROUP, "user": "firstUserDefaultChannelGroup", "event": "defaultChannelGroup"}
)
"""Scope -> the dimension that tells the channel in it: the last click of the visit, the first of the person, the property's own
model (https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema, 2026-11-21)."""

STEPS = ("addToCarts", "checkouts")
PURCHASE_METRICS = ("ecommercePurchases", "grossPurchaseRevenue", "refundAmount", "purchaseRevenue")
COMMERCE_METRICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"session": (*STEPS, *PURCHASE_METRICS), "user": (*STEPS, *PURCHASE_METRICS), "event": PURCHASE_METRICS}
)
"""Scope -> what is asked. Metrics of any event are refused beside event-scoped attribution
(https://developers.google.com/analytics/devguides/reporting/data/v1/announcements/20221201-compatibility-changes)."""

EVENT = "eventName"
EVENT_DIMENSIONS = ("date", GROUP, EVENT)
EVENT_METRICS = ("sessions", "eventCount", "keyEvents")
IS_KEY_EVENT = "isKeyEvent"
PURCHASE_EVENTS = ("add_to_cart", "begin_checkout", "purchase")
"""Read beside the property's key events, whether or not they are such."""

USERS_METRIC = "totalUsers"

MEMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"total": (), "channel": ("sessionDefaultChannelGroup",), "campaign": ("sessionCampaignName",)}
)
"""What users are grouped by -> dimension."""

PERIOD_DIMENSIONS: Mapping[Grain, tuple[str, ...]] = MappingProxyType(
    {"day": ("date",), "week": ("isoYearIsoWeek",), "month": ("yearMonth",), "quarter": (), "year": (), "all": ()}
)
"""Period -> dimension that tells it. GA4 has none for quarters; the few quarters and years are asked as date ranges."""


def traffic_id(record: Raw) -> str:
    return "|".join(str(record[name]) for name in TRAFFIC_DIMENSIONS)


def landing_id(record: Raw) -> str:
    return "|".join(str(record[name]) for name in LANDING_DIMENSIONS)


def commerce_id(record: Raw) -> str:
    return "|".join([str(record["date"]), record["scope"], str(record[SCOPES_OF_ATTRIBUTION[record["scope"]]])])


def event_id(record: Raw) -> str:
    return "|".join(str(record[name]) for name in EVENT_DIMENSIONS)


def users_id(record: Raw) -> str:
    period = PERIOD_DIMENSIONS[record["period"]] or ("dateRange",)
    return "|".join([record["period"], record["by"], *(str(record[name]) for name in (*period, *MEMBERS[record["by"]]))])


def _traffic_day(record: Raw) -> str:
    day = str(record["date"])
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


_AMOUNTS: Mapping[str, RawAmount] = MappingProxyType(
    {
        "traffic_daily": RawAmount(
            "web_traffic_daily",
            "sessions",
            lambda record, _: number(record["sessions"], "sessions"),
            "visit_on",
            _traffic_day,
            None,
        )
    }
)


def streams(settings: Ga4Settings) -> tuple[Stream, ...]:
    read: tuple[tuple[str, str, Callable[[Raw], str]], ...] = (
        ("traffic_daily", "web_traffic_daily", traffic_id),
        ("landing_daily", "web_landing_daily", landing_id),
        *((("commerce_daily", "web_commerce_daily", commerce_id),) if settings.commerce else ()),
        *((("events_daily", "web_event_daily", event_id),) if settings.events else ()),
        ("users", "web_users", users_id),
    )
    return tuple(
        Stream(
            name=name,
            mode="window",
            tables=(table,),
            record_id=record_id,
            docs_url=DOCS,
            api_version=API_VERSION,
            scopes=SCOPES,
            page_size=PAGE_SIZE,
            lookback_days=settings.lookback_days,
            amount=_AMOUNTS.get(name),
        )
        for name, table, record_id in read
    )
