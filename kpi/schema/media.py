"""Tables of ads, web traffic, e-mails, social networks, estimates and costs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from kpi.schema.base import CostClass, Row

SEO_KEPT_DAYS = 31
"""SEMrush's answers may be kept for one month at most without written consent
(https://developer.semrush.com/api/introduction/api-usage-restrictions, 2026-03-26, read 2026-11-21)."""


class Campaign(Row):
    """A campaign of an ad platform, or one that the CRM groups its marketing by (``platform`` hubspot)."""

    key = ("source", "account_id", "campaign_id")
    platform: str
    account_id: str
    campaign_id: str
    campaign_name: str
    channel: str | None
    """Channel this campaign buys, in the words of :mod:`kpi.channels`."""


class AdSpendDaily(Row):
    """Cost and results of one campaign on one day of the ad account's own zone."""

    key = ("source", "account_id", "campaign_id", "spend_on")
    platform: str
    account_id: str
    campaign_id: str
    campaign_name: str
    channel: str | None
    spend_on: date
    account_zone: str | None
    currency: str
    spend: Decimal
    spend_home: Decimal | None
    fx_rate: Decimal | None
    fx_on: date | None
    fx_source: str | None
    impressions: int
    clicks: int
    conversions: Decimal
    conversions_value: Decimal
    leads: Decimal | None
    """Leads that the platform claims, which may be among its conversions; null: it counts none apart."""
    attribution: str | None
    """How the platform counted its conversions, in its own words; null: it does not say."""
    cost_class: CostClass


class AdGroupDaily(Row):
    """Cost and results of one ad group on one day of the ad account's own zone: a level of its own.

    These are the campaign's figures again, cut finer, and are never added to those of :class:`AdSpendDaily`. Campaigns of a type
    without ad groups (Performance Max) have none here.
    """

    key = ("source", "account_id", "ad_group_id", "spend_on")
    platform: str
    account_id: str
    campaign_id: str
    ad_group_id: str
    ad_group_name: str
    spend_on: date
    account_zone: str | None
    currency: str
    spend: Decimal
    impressions: int
    clicks: int
    conversions: Decimal
    conversions_value: Decimal


class AdClick(Row):
    """Which campaign a click id belongs to."""

    key = ("source", "click_hash")
    platform: str
    account_id: str
    click_hash: str
    campaign_id: str
    clicked_on: date


class WebTrafficDaily(Row):
    """Sessions of one day of the property's own zone. Sessions add up; users do not (see ``WebUsers``)."""

    key = ("source", "property_id", "visit_on", "channel", "campaign_name", "campaign_id", "source_medium")
    property_id: str
    visit_on: date
    property_zone: str | None
    channel: str
    campaign_name: str
    campaign_id: str
    source_medium: str
    sessions: int
    engaged_sessions: int
    key_event_sessions: int
    """Sessions with a key event = ``sessionKeyEventRate`` x ``sessions`` of this row, a whole number."""
    key_events: Decimal
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool


class WebLandingDaily(Row):
    """Sessions of one day of the property's own zone, by the page they began on and the kind of device. They add up."""

    key = ("source", "property_id", "visit_on", "landing_page", "device_category")
    property_id: str
    visit_on: date
    property_zone: str | None
    landing_page: str
    """The path without its query string; ``(not set)``, ``(other)`` and '' as the vendor says them."""
    device_category: str
    """desktop | mobile | tablet | smart tv, as the vendor says it"""
    sessions: int
    engaged_sessions: int
    key_event_sessions: int
    key_events: Decimal
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool


class WebCommerceDaily(Row):
    """What was bought on the web on one day of the property's own zone, by what brought the buyer, in one of three scopes.

    The scopes tell the same purchases three ways and are never added: ``session`` is the last click of the visit, ``user`` what
    brought the person the first time, ``event`` the property's own attribution model. This is the web's count of revenue, beside
    the CRM's and never added to it. Null is what the vendor does not answer in that scope.
    """

    key = ("source", "property_id", "visit_on", "scope", "channel")
    property_id: str
    visit_on: date
    property_zone: str | None
    scope: Literal["session", "user", "event"]
    channel: str
    currency: str
    carts: int | None
    """Times that something was put into a cart."""
    checkouts: int | None
    purchases: Decimal | None
    """Fractional where the property's model divides one."""
    gross_revenue: Decimal | None
    """Of purchases, before refunds."""
    refunds: Decimal | None
    """On the day of the refund."""
    revenue: Decimal | None
    """Of purchases, less refunds."""
    fx_rate: Decimal | None
    fx_on: date | None
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool


class WebEventDaily(Row):
    """Events of one name on one day of the property's own zone: every key event, and the steps of a purchase.

    The channel is the session's (last click). Events add up; sessions of two names do not, as one visit may hold both.
    """

    key = ("source", "property_id", "visit_on", "channel", "event_name")
    property_id: str
    visit_on: date
    property_zone: str | None
    channel: str
    event_name: str
    sessions: int
    """Visits that held such an event."""
    events: int
    key_events: Decimal
    """Those counted as key events; fractional where the property's model divides one."""
    is_sampled: bool
    is_thresholded: bool
    has_other_row: bool


class WebUsers(Row):
    """Users of one period at exactly the grain they are shown at: asked from the vendor, never added."""

    key = ("source", "property_id", "period", "period_start", "by", "member")
    property_id: str
    period: str
    """day | week | month | quarter | year | all"""
    period_start: date
    by: str
    """total | channel | campaign"""
    member: str
    """Channel or campaign name; '' for total."""
    users: int
    is_sampled: bool
    is_thresholded: bool


class MarketingEmail(Row):
    """One e-mail with what came of it since it was sent, all told: totals, not a day's."""

    key = ("source", "account_id", "email_id")
    account_id: str
    email_id: str
    email_name: str | None
    email_type: str | None
    state: str | None
    campaign_id: str | None
    """The CRM's campaign it belongs to."""
    published_at: datetime | None
    published_on: date | None
    selected: int | None
    sent: int | None
    delivered: int | None
    opened: int | None
    """Recipients who opened it, each once."""
    unreliable_opened: int | None
    """Of these, opened by privacy software and not surely by a person; null where the source does not tell."""
    clicked: int | None
    bounced: int | None
    hard_bounced: int | None
    soft_bounced: int | None
    unsubscribed: int | None
    reported_as_spam: int | None
    contacts_lost: int | None
    dropped: int | None
    not_sent: int | None
    pending: int | None
    replied: int | None
    suppressed: int | None
    archived_at: datetime | None


class EmailStatsDaily(Row):
    """What came of all e-mails of an account on one day. Counters only: rates are divided where they are shown."""

    key = ("source", "account_id", "stats_on")
    account_id: str
    stats_on: date
    day_zone: str
    """Zone in which the vendor cut the day."""
    selected: int
    sent: int
    delivered: int
    opened: int
    """Recipients who opened an e-mail, each once per e-mail."""
    unreliable_opened: int | None
    """Of these, opened by privacy software and not surely by a person; null where the source does not tell."""
    clicked: int
    bounced: int
    hard_bounced: int
    soft_bounced: int
    unsubscribed: int
    reported_as_spam: int
    contacts_lost: int
    dropped: int
    not_sent: int
    pending: int
    replied: int
    suppressed: int


class SocialStatsDaily(Row):
    """What one account of a social network had and did on one day of the network's own zone. Null is what it does not tell."""

    key = ("source", "network", "account_id", "stats_on")
    network: str
    """linkedin | facebook | instagram | …"""
    account_id: str
    stats_on: date
    followers: int | None
    """At the end of the day."""
    impressions: int | None
    reach: int | None
    """People who saw something that day, each once a day."""
    likes: int | None
    """Reactions of every kind."""
    comments: int | None
    shares: int | None
    clicks: int | None
    engagements: int | None
    """Reactions, comments, shares and clicks where the network tells them as one number only."""


class SeoEstimate(Row):
    """SEMrush's monthly guess about a domain. Never spend unless the settings say so."""

    kept_days = SEO_KEPT_DAYS
    key = ("source", "domain", "database", "month_on")
    domain: str
    database: str
    month_on: date
    organic_keywords: int | None
    organic_traffic: int | None
    organic_cost: Decimal | None
    paid_keywords: int | None
    paid_traffic: int | None
    paid_cost: Decimal | None
    paid_cost_home: Decimal | None
    currency: str
    cost_class: CostClass
    counts_as_spend: bool
    """The company opted in: this estimate stands for spend it has no other figure for."""
    is_competitor: bool | None
    """A domain that is read to stand beside the company's own."""


class SeoKeyword(Row):
    """A keyword that brings a domain traffic, as it stood on the day it was read; gone a month later, as its licence says."""

    kept_days = SEO_KEPT_DAYS
    key = ("source", "listing", "keyword", "url")
    listing: str
    """Keywords of one report, domain and database, which are read and deleted together."""
    domain: str
    database: str
    kind: Literal["organic", "paid"]
    keyword: str
    url: str
    position: int | None
    previous_position: int | None
    search_volume: int | None
    """Searches a month."""
    cpc: Decimal | None
    currency: str
    traffic_percent: Decimal | None
    """Of the domain's own traffic of that kind."""
    traffic_cost_percent: Decimal | None
    competition: Decimal | None
    read_on: date


class SeoVisibilityDaily(Row):
    """How visible a tracked site was on one day among the keywords of a position-tracking campaign."""

    kept_days = SEO_KEPT_DAYS
    key = ("source", "campaign_id", "url", "seen_on")
    listing: str
    """Days that are read and replaced together."""
    campaign_id: str
    """Of the tracking, not of an ad."""
    url: str
    """The mask that is tracked."""
    seen_on: date
    visibility_percent: Decimal | None
    average_position: Decimal | None
    share_of_voice_percent: Decimal | None
    traffic: Decimal | None
    read_on: date


class CostEntry(Row):
    """A cost from the spend file. With a channel or campaign it is spend on it; without, overhead."""

    key = ("source", "cost_id")
    cost_id: str
    cost_on: date
    amount: Decimal
    currency: str
    amount_home: Decimal | None
    fx_rate: Decimal | None
    fx_on: date | None
    kind: Literal["marketing", "sales"]
    channel: str | None
    campaign_name: str | None
    note: str | None
    cost_class: CostClass
    impressions: int | None
    """What the same line of the file counts, of the cost's own day; null: it tells nothing."""
    clicks: int | None
    leads: int | None


class OfflineConversion(Row):
    """What came of marketing where no platform saw it (a call, a signed order, a shop), from a file. No person is in it."""

    key = ("source", "conversion_id")
    conversion_id: str
    converted_on: date
    conversion_type: str | None
    """In the file's own words: lead, sale …"""
    conversions: int
    """How many of them the line tells of."""
    value: Decimal | None
    currency: str | None
    value_home: Decimal | None
    fx_rate: Decimal | None
    fx_on: date | None
    platform: str | None
    """The platform that the click id or the campaign's id is of, as a slug."""
    click_hash: str | None
    """Keyed hash of the ad's click id; joins to ``ad_click.click_hash``."""
    campaign_id: str | None
    campaign_name: str | None
    channel: str | None
