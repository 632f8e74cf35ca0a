"""The object types that are read: names, ids, scopes, links, and what each is asked for.

Scopes: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes, as seen on live
keys in 2026-09 (FACTS §2.3). Property names are HubSpot's own; those that an account does not have are left out and
reported (:mod:`connectors.hubspot.discover`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from config.mapping import Offers
from connectors.hubspot import fields
from connectors.hubspot.fields import Field

OWN_PREFIX = "cadran_"
"""Names of the properties and objects that we write; the properties' present values are read back with every record."""
CUSTOM_PREFIX = "custom."
"""Streams of the objects that an account defined itself: ``custom.machines``."""


@dataclass(frozen=True)
class Kind:
    """One object type that we read."""

    plural: str
    """Name in paths."""
    type_id: str
    scope: str
    """What stands between ``crm.objects.`` and ``.read`` in its scope; a whole scope where there is a dot or none fits."""
    table: str
    key: str
    """Our table and the column of the record's id in it."""
    fields: tuple[Field, ...] = ()
    """What its rows are made of."""
    also: tuple[str, ...] = ()
    """Standard properties that it is asked for beyond those of its fields."""
    links: tuple[str, ...] = ()
    """Objects whose associations are stored as part of the record."""
    doubtful_links: tuple[str, ...] = ()
    """Those of them that HubSpot's list of association types has no number for (FACTS §7): an account is asked whether it
    offers them."""
    modified: str = "hs_lastmodifieddate"
    """Property that holds the modified date; contacts have their own (FACTS §5.4)."""
    has_ours: bool = False
    """Whether we write properties on it."""
    is_searchable: bool = True
    """Whether what changed can be searched for; else the whole list is read each time."""
    has_archive: bool = True
    """Whether deleted records are listed for a while."""
    is_optional: bool = False
    """Whether an account may lack it."""
    tier: str = ""
    """What an account needs to have it."""
    feeds: str = ""
    """What there is none of without it."""
    custom: str = ""
    """Name of an object that the account defined itself."""

    @property
    def stream(self) -> str:
        """The stream's name."""
        return f"{CUSTOM_PREFIX}{self.custom}" if self.custom else self.plural

    @property
    def read_scope(self) -> str:
        return self.scope if self.scope == "tickets" else f"crm.objects.{self.scope}.read"

    @property
    def schema_scope(self) -> str:
        return self.scope if self.scope == "tickets" else f"crm.schemas.{self.scope}.read"

    @property
    def properties(self) -> tuple[str, ...]:
        """Standard properties that its rows are made from."""
        return tuple(dict.fromkeys((*self.also, *(field.standard for field in self.fields if field.standard))))

    @property
    def doubtful(self) -> frozenset[str]:
        """Those whose absence is not worth a note: not every account has them, or something else stands in."""
        return frozenset(field.standard for field in self.fields if field.standard and field.is_doubtful) | DOUBTFUL


_SOURCE = ("hs_analytics_source", "hs_analytics_source_data_1", "hs_analytics_source_data_2")
_MERGED = "hs_merged_object_ids"
_MODIFIED = "hs_lastmodifieddate"

LIFECYCLE = ("lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
"""HubSpot's own names of the stages that are read, in their order."""
LIFECYCLE_STAMPS = tuple(
    name for stage in LIFECYCLE for name in (f"hs_v2_date_entered_{stage}", f"hs_lifecyclestage_{stage}_date")
)
"""When a contact entered each: an account has the one, the other or both, and of a stage that it removed neither."""

DOUBTFUL = frozenset({*LIFECYCLE_STAMPS, fields.FIRST_REPLY, _MERGED})

DEALS = Kind(
    "deals",
    "0-3",
    "deals",
    "deal",
    "deal_id",
    fields.DEALS,
    # The names of deals and companies stay in the raw record: lists show them, no fact holds them.
    also=(_MERGED, _MODIFIED, "dealname"),
    links=("contacts", "companies", "line_items"),
    has_ours=True,
)
CONTACTS = Kind(
    "contacts",
    "0-1",
    "contacts",
    "contact",
    "contact_id",
    fields.CONTACTS,
    also=(
        _MERGED,
        *LIFECYCLE_STAMPS,
        "lastmodifieddate",
        *_SOURCE,
        "hs_analytics_first_timestamp",
        "hs_analytics_first_url",
        "hs_analytics_last_url",
        "hs_latest_source",
        "hs_latest_source_data_1",
        "hs_latest_source_data_2",
        "hs_latest_source_timestamp",
        "hs_google_click_id",
        "hs_facebook_click_id",
        "hs_bing_click_id",
        "hs_linkedin_click_id",
        "hs_tiktok_click_id",
    ),
    links=("companies",),
    modified="lastmodifieddate",
    has_ours=True,
)
COMPANIES = Kind(
    "companies",
    "0-2",
    "companies",
    "company",
    "company_id",
    fields.COMPANIES,
    also=(_MERGED, _MODIFIED, "name"),
    has_ours=True,
)
PRODUCTS = Kind("products", "0-7", "products", "product", "product_id", fields.PRODUCTS)
PRODUCT_TYPE = "hs_product_type"
"""Stands in for the category where an account has no property of its own for it."""
LINE_ITEMS = Kind("line_items", "0-8", "line_items", "line_item", "line_item_id", fields.LINE_ITEMS)

_ALSO = (_MERGED, _MODIFIED)

ORDERS = Kind(
    "orders",
    "0-123",
    "orders",
    "order",
    "order_id",
    fields.ORDERS,
    also=_ALSO,
    links=("contacts", "companies", "deals", "line_items", "commerce_payments", "subscriptions"),
    is_optional=True,
    tier="the commerce objects",
    feeds="orders, their average value, repeat purchases",
)
CARTS = Kind(
    "carts",
    "0-142",
    "carts",
    "cart",
    "cart_id",
    fields.CARTS,
    also=_ALSO,
    links=("contacts", "deals", "line_items", "orders"),
    is_optional=True,
    tier="the commerce objects",
    feeds="cart abandonment",
)
SUBSCRIPTIONS = Kind(
    "subscriptions",
    "0-69",
    "subscriptions",
    "subscription_period",
    "subscription_id",
    fields.SUBSCRIPTIONS,
    also=(*_ALSO, fields.LAST_PAYMENT),
    links=("contacts", "companies", "line_items"),
    doubtful_links=("companies",),
    is_optional=True,
    tier="the commerce objects",
    feeds="recurring revenue from subscriptions",
)
INVOICES = Kind(
    "invoices",
    "0-53",
    "invoices",
    "invoice",
    "invoice_id",
    fields.INVOICES,
    also=_ALSO,
    links=("contacts", "companies"),
    is_optional=True,
    tier="the commerce objects",
    feeds="invoiced revenue",
)
PAYMENTS = Kind(
    "commerce_payments",
    "0-101",
    "commercepayments",
    "refund",
    "payment_id",
    fields.PAYMENTS,
    also=(_MODIFIED,),
    links=("contacts", "companies", "deals", "subscriptions", "invoices"),
    is_optional=True,
    tier="the commerce objects",
    feeds="refunds",
)
TICKETS = Kind(
    "tickets",
    "0-5",
    "tickets",
    "ticket",
    "ticket_id",
    fields.TICKETS,
    also=(*_ALSO, fields.FIRST_REPLY),
    links=("contacts", "companies"),
    is_optional=True,
    tier="Service Hub",
    feeds="tickets and how long they take",
)
FEEDBACK = Kind(
    "feedback_submissions",
    "0-19",
    "feedback_submissions",
    "survey_response",
    "response_id",
    fields.FEEDBACK,
    also=("hs_createdate", _MODIFIED),
    links=("contacts",),
    is_optional=True,
    tier="Service Hub Professional",
    feeds="NPS, CSAT and CES",
)
GOALS = Kind(
    "goal_targets",
    "0-74",
    "goals",
    "target",
    "target_id",
    fields.GOALS,
    also=(_MODIFIED,),
    # Not among the searchable objects of HubSpot's guide; an account has few.
    is_searchable=False,
    is_optional=True,
    tier="Sales Hub Starter",
    feeds="targets set in HubSpot",
)
CUSTOM = Kind(
    "",
    "",
    "custom",
    "custom_record",
    "record_id",
    fields.CUSTOM,
    also=_ALSO,
    is_optional=True,
    tier="custom objects, an Enterprise feature",
    feeds="your own objects",
)
"""What every object has in common that the account defined itself."""

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.plural: kind
        for kind in (
            PRODUCTS,
            COMPANIES,
            CONTACTS,
            LINE_ITEMS,
            DEALS,
            SUBSCRIPTIONS,
            INVOICES,
            PAYMENTS,
            ORDERS,
            CARTS,
            TICKETS,
            FEEDBACK,
            GOALS,
        )
    }
)
"""In the order they are read: what records point to comes before them."""

OFFERS: Offers = MappingProxyType(
    {
        **{kind.plural: tuple(field.offer for field in kind.fields if field.is_mappable) for kind in KINDS.values()},
        CUSTOM_PREFIX: tuple(field.offer for field in fields.CUSTOM if field.is_mappable),
    }
)
"""The columns that the settings may map to properties of the account's own."""


def custom_kind(name: str, type_id: str) -> Kind:
    """The object ``name`` that the account defined; in paths it goes by its id, a bare name is refused (FACTS §1)."""
    return replace(CUSTOM, plural=type_id, type_id=type_id, custom=name)


def kind_of(stream: str, facts: Mapping[str, Any]) -> Kind:
    """The object type behind a stream, with those of its links that can be read. ``facts``: see
    :func:`connectors.hubspot.discover.discover`."""
    name = stream.removeprefix(CUSTOM_PREFIX)
    kind = KINDS[stream] if stream in KINDS else custom_kind(name, str(facts["custom_objects"][name]))
    readable = facts.get("links", {}).get(stream)
    return kind if readable is None or tuple(readable) == kind.links else replace(kind, links=tuple(readable))
