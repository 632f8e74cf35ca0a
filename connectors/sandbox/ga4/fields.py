"""The dimensions and metrics that the simulated GA4 can count, with the names, types and scopes of the vendor.

https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema (2026-11-21). Fields that exist there but
cannot be counted from a world's sessions are left out, so that asking for one is refused instead of invented.
"""

from dataclasses import dataclass
from typing import Any, Literal

MetricType = Literal["TYPE_INTEGER", "TYPE_FLOAT", "TYPE_CURRENCY", "TYPE_SECONDS"]

METRIC_TYPE_NUMBERS = {"TYPE_INTEGER": 1, "TYPE_FLOAT": 2, "TYPE_SECONDS": 4, "TYPE_CURRENCY": 9}
"""What ``enum-encoding=int`` (sent by Google's own client) turns the types into: ``MetricType`` of the discovery document."""

NOT_SET = "(not set)"
OTHER = "(other)"

Scope = Literal["time", "session", "user", "event", "page"]


@dataclass(frozen=True)
class Dimension:
    name: str
    ui_name: str
    category: str
    scope: Scope
    deprecated_names: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "apiName": self.name,
            "uiName": self.ui_name,
            "description": f"{self.ui_name}.",
            "category": self.category,
        }
        if self.deprecated_names:
            body["deprecatedApiNames"] = list(self.deprecated_names)
        return body


@dataclass(frozen=True)
class Metric:
    name: str
    ui_name: str
    category: str
    type: MetricType
    additive: bool = True
    """Whether adding it over rows gives the value of the whole."""
    weight: str | None = None
    """A rate's denominator: what to weight by when all there is are rows."""
    deprecated_names: tuple[str, ...] = ()

    @property
    def is_advertiser(self) -> bool:
        return self.name.startswith("advertiserAd") or self.name == "returnOnAdSpend"

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "apiName": self.name,
            "uiName": self.ui_name,
            "description": f"{self.ui_name}.",
            "category": self.category,
            "type": self.type,
        }
        if self.deprecated_names:
            body["deprecatedApiNames"] = list(self.deprecated_names)
        return body


_TIME = (
    Dimension("date", "Date", "Time", "time"),
    Dimension("year", "Year", "Time", "time"),
    Dimension("yearMonth", "Year month", "Time", "time"),
    Dimension("isoYearIsoWeek", "ISO week of ISO year", "Time", "time"),
)

TIME_DIMENSIONS = frozenset(dimension.name for dimension in _TIME)

_SESSION = (
    ("CampaignId", "campaign ID"),
    ("CampaignName", "campaign"),
    ("DefaultChannelGroup", "default channel group"),
    ("PrimaryChannelGroup", "primary channel group"),
    ("Source", "source"),
    ("Medium", "medium"),
    ("SourceMedium", "source / medium"),
    ("SourcePlatform", "source platform"),
    ("ManualAdContent", "manual ad content"),
    ("ManualTerm", "manual term"),
    ("ManualCampaignId", "manual campaign ID"),
    ("ManualCampaignName", "manual campaign name"),
    ("ManualSource", "manual source"),
    ("ManualMedium", "manual medium"),
    ("ManualSourceMedium", "manual source / medium"),
    ("GoogleAdsAccountName", "Google Ads account name"),
    ("GoogleAdsCustomerId", "Google Ads customer ID"),
    ("GoogleAdsCampaignId", "Google Ads campaign ID"),
    ("GoogleAdsCampaignName", "Google Ads campaign"),
    ("GoogleAdsCampaignType", "Google Ads campaign type"),
    ("GoogleAdsAdGroupId", "Google Ads ad group ID"),
    ("GoogleAdsAdGroupName", "Google Ads ad group name"),
    ("GoogleAdsKeyword", "Google Ads keyword text"),
)

DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in (
        *_TIME,
        *(
            Dimension(
                f"session{suffix}",
                f"Session {ui_name}",
                "Traffic source",
                "session",
                ("sessionDefaultChannelGrouping",) if suffix == "DefaultChannelGroup" else (),
            )
            for suffix, ui_name in _SESSION
        ),
        Dimension("firstUserDefaultChannelGroup", "First user default channel group", "Traffic source", "user"),
        Dimension("defaultChannelGroup", "Default channel group", "Attribution", "event"),
        Dimension("eventName", "Event name", "Event", "event"),
        Dimension("isKeyEvent", "Is key event", "Event", "event", ("isConversionEvent",)),
        Dimension("landingPage", "Landing page", "Page / screen", "page"),
        Dimension("landingPagePlusQueryString", "Landing page + query string", "Page / screen", "page"),
        Dimension("hostName", "Hostname", "Page / screen", "page"),
        Dimension("country", "Country", "Geography", "page"),
        Dimension("deviceCategory", "Device category", "Platform / device", "page"),
    )
}

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("sessions", "Sessions", "Session", "TYPE_INTEGER"),
        Metric("engagedSessions", "Engaged sessions", "Session", "TYPE_INTEGER"),
        Metric("engagementRate", "Engagement rate", "Session", "TYPE_FLOAT", False, "sessions"),
        Metric("bounceRate", "Bounce rate", "Session", "TYPE_FLOAT", False, "sessions"),
        Metric("totalUsers", "Total users", "User", "TYPE_INTEGER", False),
        Metric("activeUsers", "Active users", "User", "TYPE_INTEGER", False),
        Metric("newUsers", "New users", "User", "TYPE_INTEGER"),
        Metric("keyEvents", "Key events", "Event", "TYPE_FLOAT", deprecated_names=("conversions",)),
        Metric(
            "sessionKeyEventRate",
            "Session key event rate",
            "Session",
            "TYPE_FLOAT",
            False,
            "sessions",
            deprecated_names=("sessionConversionRate",),
        ),
        Metric(
            "userKeyEventRate",
            "User key event rate",
            "User",
            "TYPE_FLOAT",
            False,
            "activeUsers",
            deprecated_names=("userConversionRate",),
        ),
        Metric("screenPageViews", "Views", "Page / screen", "TYPE_INTEGER"),
        Metric("eventCount", "Event count", "Event", "TYPE_INTEGER"),
        Metric("transactions", "Transactions", "Ecommerce", "TYPE_INTEGER"),
        Metric("ecommercePurchases", "Ecommerce purchases", "Ecommerce", "TYPE_INTEGER"),
        Metric("addToCarts", "Add to carts", "Ecommerce", "TYPE_INTEGER"),
        Metric("checkouts", "Checkouts", "Ecommerce", "TYPE_INTEGER"),
        Metric("grossPurchaseRevenue", "Gross purchase revenue", "Ecommerce", "TYPE_CURRENCY"),
        Metric("refundAmount", "Refund amount", "Ecommerce", "TYPE_CURRENCY"),
        Metric("purchaseRevenue", "Purchase revenue", "Ecommerce", "TYPE_CURRENCY"),
        Metric("totalRevenue", "Total revenue", "Revenue", "TYPE_CURRENCY"),
        Metric("advertiserAdCost", "Ads cost", "Advertising", "TYPE_CURRENCY"),
        Metric("advertiserAdClicks", "Ads clicks", "Advertising", "TYPE_INTEGER"),
        Metric("advertiserAdImpressions", "Ads impressions", "Advertising", "TYPE_INTEGER"),
        Metric("advertiserAdCostPerClick", "Ads cost per click", "Advertising", "TYPE_CURRENCY", False),
        Metric("returnOnAdSpend", "Return on ad spend", "Advertising", "TYPE_FLOAT", False),
    )
}

EVENT_DIMENSIONS = frozenset({"eventName", "isKeyEvent"})
"""What tells single events apart; beside them only what an event has is counted."""

EVENT_ATTRIBUTION = frozenset({"defaultChannelGroup"})
"""Dimensions of the property's own attribution model, which credits key events only."""

_CURRENT_NAME = {old: dimension.name for dimension in DIMENSIONS.values() for old in dimension.deprecated_names} | {
    old: metric.name for metric in METRICS.values() for old in metric.deprecated_names
}


def current_name(name: str) -> str:
    """The name of today for one that the vendor renamed; old names are answered "for a period".

    https://developers.google.com/analytics/devguides/reporting/data/v1/changelog (2026-11-21)
    """
    return _CURRENT_NAME.get(name, name)


def is_campaign_dimension(name: str) -> bool:
    """Whether ad cost can be told by it."""
    return name.startswith("session") and ("Campaign" in name)
