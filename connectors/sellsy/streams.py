"""What can be read from Sellsy: one line per stream. They bear the names of the common objects, whatever Sellsy calls them.

Sellsy API v2, OpenAPI 2.128.0 (2024-04). Every read gives complete lists: opportunities and invoices have no filter by change,
whether a custom field that a person edits moves a record's date is not confirmed, and only a complete list shows what was
deleted. At 100 records a call that is a call for a hundred records, and right either way.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from connectors.base import Description, Owned, Raw, RawAmount, Shape, Stream
from connectors.values import number

API_VERSION = "v2 (2.128)"
_DOCS = "https://api.sellsy.com/doc/v2"

OWNERS, PIPELINES, COMPANIES, CONTACTS, DEALS, INVOICES = "owners", "pipelines", "companies", "contacts", "deals", "invoices"

STATUSES = frozenset({"open", "won", "lost", "cancelled", "closed", "late"})
"""Of an opportunity."""
PAPER_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "draft": "draft",
        "due": "open",
        "payinprogress": "open",
        "late": "open",
        "paid": "paid",
        "stored": "open",
        "partialspend": "open",
        "spent": "paid",
        "cancelled": "voided",
    }
)
"""Status of an invoice or a credit note -> the common word."""

KEPT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        OWNERS: frozenset({"id", "firstname", "lastname", "status", "team"}),
        PIPELINES: frozenset({"id", "name", "rank", "is_default", "steps"}),
        COMPANIES: frozenset({"id", "name", "type", "created", "updated_at", "is_archived", "owner", "business_segment"}),
        CONTACTS: frozenset({"id", "type", "created", "updated", "updated_at", "is_archived", "owner"}),
        DEALS: frozenset(
            {
                "id",
                "name",
                "number",
                "status",
                "created",
                "updated_status",
                "due_date",
                "amount",
                "pipeline",
                "step",
                "source",
                "owner",
                "assigned_staff_ids",
            }
        ),
        INVOICES: frozenset({"id", "number", "status", "date", "due_date", "created", "currency", "is_deposit", "amounts"}),
    }
)
"""Stream -> what is kept of a record as received, besides its links and our own fields. No person's name, address or e-mail is,
but that of a colleague, which lists show."""

_REQUIRED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        OWNERS: frozenset({"id"}),
        PIPELINES: frozenset({"id", "name"}),
        COMPANIES: frozenset({"id", "created"}),
        CONTACTS: frozenset({"id", "created"}),
        DEALS: frozenset({"id", "status", "created", "amount.value", "amount.currency", "pipeline.id", "step.id"}),
        INVOICES: frozenset({"id", "status", "date", "currency", "amounts.total_excl_tax"}),
    }
)
_INSIDE = frozenset(
    {
        "id",
        "name",
        "value",
        "currency",
        "total_raw_excl_tax",
        "total_after_discount_excl_tax",
        "total_packaging",
        "total_shipping",
        "total_excl_tax",
        "total_incl_tax",
        "total_remaining_due_incl_tax",
        "total_primes_incl_tax",
    }
)
"""Of the small objects that a record holds."""
_WORDS: Mapping[str, Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        DEALS: {"status": STATUSES},
        INVOICES: {"status": frozenset(PAPER_STATUSES)},
        COMPANIES: {"type": frozenset({"prospect", "client", "supplier"})},
        OWNERS: {"status": frozenset({"ok", "blocked", "deleted"})},
    }
)
ADDED = frozenset({"associations", "fields", "kind", "replaced"})
"""Keys that the reading adds to a record."""


def _record_id(record: Raw) -> str:
    return str(record["id"])


def _shape(name: str) -> Shape:
    required = _REQUIRED[name]
    parents = {field.partition(".")[0] for field in required if "." in field}
    inside = {f"{parent}.{key}" for parent in parents for key in _INSIDE} - required
    return Shape(required, frozenset((KEPT[name] | ADDED | inside) - required - parents), _WORDS.get(name, {}))


def _deal_amount(record: Raw, _description: Description) -> Decimal | None:
    value = (record.get("amount") or {}).get("value")
    return None if value in (None, "") else number(value, "amount.value")


def _paper_amount(record: Raw, _description: Description) -> Decimal | None:
    value = number((record.get("amounts") or {}).get("total_excl_tax"), "amounts.total_excl_tax")
    return -value if record.get("kind") == "credit_note" else value


_AMOUNTS = {DEALS: RawAmount("deal", "amount", _deal_amount), INVOICES: RawAmount("invoice", "amount", _paper_amount)}


def _plain(name: str, tables: tuple[str, ...], docs: str, *scopes: str) -> Stream:
    return Stream(name, "snapshot", tables, _record_id, f"{_DOCS}/#tag/{docs}", API_VERSION, scopes=scopes, shape=_shape(name))


def _listed(name: str, tables: tuple[str, ...], docs: str, *scopes: str, is_optional: bool = False) -> Stream:
    """A list that is complete each time; what it no longer gives is asked for by id before it goes."""
    owned = {"association": Owned("from_id", (("from_type", name),)), "crm_value": Owned("record_id", (("object", name),))}
    stays = {"deal_stage_entry": Owned("deal_id")}
    return Stream(
        name,
        "incremental",
        tables,
        _record_id,
        f"{_DOCS}/#tag/{docs}",
        API_VERSION,
        scopes=scopes,
        owned={table: owned_by for table, owned_by in (owned | stays).items() if table in tables},
        amount=_AMOUNTS.get(name),
        shape=_shape(name),
        is_optional=is_optional,
    )


STREAMS: tuple[Stream, ...] = (
    _plain(OWNERS, ("owner",), "Staffs", "staffs.read"),
    _plain(PIPELINES, ("pipeline", "stage"), "Opportunities", "opportunities.read"),
    _listed(COMPANIES, ("company", "association", "crm_value"), "Companies", "companies.read", "individuals.read"),
    _listed(CONTACTS, ("contact", "association", "crm_value"), "Contacts", "contacts.read", "individuals.read"),
    _listed(DEALS, ("deal", "deal_stage_entry", "association", "crm_value"), "Opportunities", "opportunities.read"),
    _listed(INVOICES, ("invoice", "association"), "Invoices", "invoices.read", "credit-notes.read", is_optional=True),
)
