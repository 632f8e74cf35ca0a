"""A world: vendor-shaped records that the sandbox serves. This file is the format; ``worlds/`` fills it.

On disk a world is a folder (DESIGN §9), any file of which may be missing except ``world.json`` and ``clock.json``:

=============================================  ==============================================================
``world.json``                                 ``{"format": 1, "name": "…"}``
``clock.json``                                 ``{"now": "2026-10-01T09:00:00Z"}`` where the sandbox's clock starts
``hubspot/account.json``                       account details as the vendor answers them
``hubspot/owners.json``                        list of owners, archived ones included
``hubspot/pipelines.json``                     ``{"deals": [pipeline, …]}``, stages inside, metadata values text
``hubspot/properties/<object>.json``           list of property definitions beyond the standard ones
``hubspot/groups/<object>.json``               list of property groups beyond the standard one
``hubspot/rules.json``                         list of the account's validation rules
``hubspot/schemas.json``                       labels of the account's own object types, by name
``hubspot/marketing_emails.json``              list of ``{"id", "name", "publishDate", "days": {date: {counter: n}}}``
``hubspot/campaigns.jsonl``                      marketing campaigns; their ``id`` is a GUID
``hubspot/<object>.jsonl``                     ``{"id", "properties": {…}, "associations": {"companies": ["1"]}}``,
                                               optional ``createdAt, updatedAt, archivedAt, mergedInto, history``;
                                               the first company of a deal or contact is the primary one
``ga4/<property>.property.json``               ``{"currencyCode", "timeZone", "displayName", "keyEvents": [event, …], "hidesRevenue"}``
``ga4/<property>.jsonl``                       rows at one grain: dimension and metric names -> values
``ga4/<property>/sessions.jsonl``              ``{"user", "session", "at", "new", "engaged", "dimensions": {…},
                                               "events": {name: count}, "revenue", "refund"}``; ``at`` is the property's local
                                               time without zone; every report is counted from these
``google_ads/<customer>.account.json``         ``{"currency", "zone", "name", "manager", "above", "conversion_actions"}``;
                                               ``above``: the manager it hangs under, the top ones without it
``google_ads/<customer>.jsonl``                ``date, campaign_id, campaign_name, channel_type, cost_micros,
                                               impressions, clicks, conversions, conversions_value``
``google_ads/<customer>.ad_groups.jsonl``      the same with ``ad_group_id, ad_group_name``, for campaigns that have ad groups
``google_ads/<customer>.clicks.jsonl``         ``date, gclid, campaign_id`` for click_view
``semrush/domain_rank_history.csv``            ``domain,database,`` + the report's columns (codes), dates ``YYYYMMDD``
``semrush/keywords.jsonl``                     ``report, domain, database`` + the report's columns (codes), values text
``semrush/visibility.jsonl``                   ``campaign, url, Dt`` (``YYYYMMDD``) ``, Vi, Vr, Av, Sov, Tr, Tc``
``semrush/account.json``                       ``{"units": 50000}``
``<vendor>/<account>/account.json``            what another vendor says of an account: its own words
``<vendor>/<account>/<table>.jsonl``           its records; :mod:`connectors.sandbox.vendor` says who keeps which
``costs.csv``                                  the spend file
``cadran.yaml``                                settings for this world; sources lack ``base_url`` and secrets
=============================================  ==============================================================

Records dated after ``now`` may be in a world: the vendors answer only what lies before their clock, so that
time can pass in a test.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Record = dict[str, Any]

FORMAT = 1

FULL_TOKEN = "sandbox-full"  # noqa: S105 - opens nothing but the sandbox
"""HubSpot key with every scope."""
READONLY_TOKEN = "sandbox-readonly"  # noqa: S105
"""HubSpot key with every read scope and no write scope. ``sandbox-without:SCOPE,SCOPE`` lacks just those."""
GOOGLE_REFRESH_TOKEN = "sandbox-refresh"  # noqa: S105
GOOGLE_CLIENT_ID = "sandbox-client"
GOOGLE_CLIENT_SECRET = "sandbox-secret"  # noqa: S105
SEMRUSH_KEY = "sandbox-semrush"


class WorldError(ValueError):
    """A world that cannot be read: the file, the line and the column are in the sentence."""


@dataclass
class HubSpotWorld:
    account: Record
    owners: list[Record] = field(default_factory=list)
    pipelines: dict[str, list[Record]] = field(default_factory=dict)
    properties: dict[str, list[Record]] = field(default_factory=dict)
    objects: dict[str, list[Record]] = field(default_factory=dict)
    """By plural object name: deals, contacts, companies, line_items, products …"""
    groups: dict[str, list[Record]] = field(default_factory=dict)
    """Property groups beyond the standard one, by plural object name."""
    marketing_emails: list[Record] = field(default_factory=list)
    """``days``: what came of it, by day."""
    schemas: dict[str, Record] = field(default_factory=dict)
    """What the account says of its own object types beyond their properties (labels, associated objects), by name."""
    rules: list[Record] = field(default_factory=list)
    """The account's own: ``{"object": "deals", "when": {"dealstage": ["closedlost"]}, "require": ["closed_lost_reason"]}``."""


@dataclass
class Ga4World:
    currency: str
    zone: str
    name: str
    key_events: tuple[str, ...] = ()
    sessions: list[Record] | None = None
    rows: list[Record] | None = None
    """Used when there are no sessions: one grain, and nothing can be asked at another."""
    hides_revenue: bool = False
    """The login's role may not see revenue: it is answered as 0, and said so."""


@dataclass
class GoogleAdsWorld:
    currency: str
    zone: str
    name: str
    is_manager: bool = False
    rows: list[Record] = field(default_factory=list)
    clicks: list[Record] = field(default_factory=list)
    ad_groups: list[Record] = field(default_factory=list)
    """Rows by ad group and day, of campaigns that have ad groups."""
    conversion_actions: list[Record] = field(default_factory=list)
    """``{"id", "name", "status", "click_days", "view_days"}``."""
    above: str | None = None
    """Id of the manager that the account hangs under; None: directly under every top manager, or one itself."""


@dataclass
class SemrushWorld:
    units: int = 50_000
    history: list[Record] = field(default_factory=list)
    """Rows with ``domain``, ``database`` and column codes (Rk, Or, Ot, Oc, Ad, At, Ac, Dt), values text."""
    keywords: list[Record] = field(default_factory=list)
    """Rows with ``report`` (domain_organic, domain_adwords), ``domain``, ``database`` and column codes, values text."""
    visibility: list[Record] = field(default_factory=list)
    """Days with ``campaign``, ``url`` and codes (Dt as ``YYYYMMDD``, Vi, Vr, Av, Sov, Tr, Tc)."""


@dataclass
class AccountWorld:
    """One account of any other vendor, as its own simulation keeps it (JSON types)."""

    about: Record
    tables: dict[str, list[Record]] = field(default_factory=dict)


@dataclass
class World:
    name: str
    now: datetime
    """UTC; where the sandbox's clock starts."""
    hubspot: HubSpotWorld
    ga4: dict[str, Ga4World] = field(default_factory=dict)
    google_ads: dict[str, GoogleAdsWorld] = field(default_factory=dict)
    semrush: SemrushWorld | None = None
    accounts: dict[str, dict[str, AccountWorld]] = field(default_factory=dict)
    """Accounts of all other vendors: vendor -> account id -> account."""
    costs_csv: str | None = None
    settings_yaml: str | None = None
    """Settings for this world as text; the demo adds base URLs and credentials."""
