"""What can be read from HubSpot: one line per stream, and the properties that each record is asked for.

Scopes: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes, as seen on live
keys in 2026-09 (FACTS §2.3). Property names are HubSpot's own; those that an account does not have are left out and
reported (:mod:`connectors.hubspot.discover`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connectors.base import Owned, Raw, Stream

API_VERSION = "2026-09"
OWN_PREFIX = "cadran_"
"""Names of the properties that we write; their present values are read back with every record."""

_DOCS = "https://developers.hubspot.com/docs/api-reference/latest/crm"


@dataclass(frozen=True)
class Kind:
    """One object type that we read."""

    plural: str
    """Name in paths, and the stream's name."""
    type_id: str
    modified: str = "hs_lastmodifieddate"
    """Property that holds the modified date; contacts have their own (FACTS §5.4)."""
    links: tuple[str, ...] = ()
    """Objects whose associations are stored as part of the record."""
    properties: tuple[str, ...] = ()
    """Standard properties that its rows are made from."""
    has_ours: bool = False
    """Whether we write properties on it."""


_SOURCE = ("hs_analytics_source", "hs_analytics_source_data_1", "hs_analytics_source_data_2")
_STANDING = ("hubspot_owner_id", "createdate", "hs_merged_object_ids")

DEALS = Kind(
    "deals",
    "0-3",
    links=("contacts", "companies", "line_items"),
    properties=(
        *_STANDING,
        "pipeline",
        "dealstage",
        "closedate",
        "amount",
        "amount_in_home_currency",
        "deal_currency_code",
        "hs_exchange_rate",
        "dealtype",
        "hs_lastmodifieddate",
        "dealname",
        *_SOURCE,
    ),
    has_ours=True,
)
CONTACTS = Kind(
    "contacts",
    "0-1",
    modified="lastmodifieddate",
    links=("companies",),
    properties=(
        *_STANDING,
        "lifecyclestage",
        "hs_v2_date_entered_lead",
        "hs_lifecyclestage_lead_date",
        "hs_v2_date_entered_customer",
        "hs_lifecyclestage_customer_date",
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
    has_ours=True,
)
COMPANIES = Kind(
    "companies",
    "0-2",
    # The names of deals and companies stay in the raw record: lists show them, no fact holds them.
    properties=(*_STANDING, "lifecyclestage", "industry", "hs_lastmodifieddate", "name"),
    has_ours=True,
)
PRODUCT_TYPE = "hs_product_type"
"""Stands in for the category where an account has no property of its own for it."""
PRODUCTS = Kind("products", "0-7", properties=("name", "price"))
LINE_ITEMS = Kind("line_items", "0-8", properties=("name", "quantity", "amount", "hs_product_id", "hs_line_item_currency_code"))

KINDS: Mapping[str, Kind] = MappingProxyType({kind.plural: kind for kind in (PRODUCTS, COMPANIES, CONTACTS, LINE_ITEMS, DEALS)})
"""In the order they are read: what deals point to comes before the deals."""

OPTIONAL = frozenset({"hs_v2_date_entered_lead", "hs_v2_date_entered_customer"})
"""Not every account has them, and something else stands in: their absence is not worth a note."""


def _record_id(record: Raw) -> str:
    return str(record["id"])


def _incremental(kind: Kind, tables: tuple[str, ...], docs: str, owned: Mapping[str, Owned] = MappingProxyType({})) -> Stream:
    ours = {"crm_value": Owned("record_id", (("object", kind.plural),))} if kind.has_ours else {}
    return Stream(
        name=kind.plural,
        mode="incremental",
        tables=(*tables, *ours),
        record_id=_record_id,
        docs_url=f"{_DOCS}/{docs}",
        api_version=API_VERSION,
        # Associations need the read scope of both ends.
        scopes=(f"crm.schemas.{kind.plural}.read", *(f"crm.objects.{name}.read" for name in (kind.plural, *kind.links))),
        owned={**owned, **ours},
    )


def _linked(kind: Kind) -> Owned:
    return Owned("from_id", (("from_type", kind.plural),))


STREAMS: tuple[Stream, ...] = (
    Stream(
        "owners", "snapshot", ("owner",), _record_id, f"{_DOCS}/owners/guide", API_VERSION, scopes=("crm.objects.owners.read",)
    ),
    Stream(
        "pipelines",
        "snapshot",
        ("pipeline", "stage"),
        _record_id,
        f"{_DOCS}/pipelines/guide",
        API_VERSION,
        scopes=("crm.schemas.deals.read",),
    ),
    _incremental(PRODUCTS, ("product",), "objects/products/guide"),
    _incremental(COMPANIES, ("company",), "objects/companies/guide"),
    _incremental(CONTACTS, ("contact", "association"), "objects/contacts/guide", {"association": _linked(CONTACTS)}),
    _incremental(LINE_ITEMS, ("line_item",), "objects/line-items/guide"),
    _incremental(
        DEALS,
        ("deal", "deal_stage_entry", "association"),
        "objects/deals/guide",
        {"association": _linked(DEALS), "deal_stage_entry": Owned("deal_id")},
    ),
)
