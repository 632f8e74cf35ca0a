"""Which columns say something about one record of the CRM, so that nothing of it is left when it is erased.

The rule (docs/decisions/2026-11-21-erased-records.md): a row that is about the record goes, in every stored version; a row
of another record that only points to it keeps everything but the pointer. What a column names is read off its own name,
and a test refuses an ``…_id`` column that is in neither list, so that a new table cannot be forgotten here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kpi.schema import Row, columns

RECORDS: Mapping[str, str] = MappingProxyType(
    {
        "contact_id": "contacts",
        "company_id": "companies",
        "deal_id": "deals",
        "line_item_id": "line_items",
        "product_id": "products",
        "order_id": "orders",
        "cart_id": "carts",
        "payment_id": "commerce_payments",
        "subscription_id": "subscriptions",
        "invoice_id": "invoices",
        "ticket_id": "tickets",
        "response_id": "feedback_submissions",
        "target_id": "goal_targets",
    }
)
"""Column -> the CRM's object whose records it names; the object is also the name of their stream."""

NOT_RECORDS = frozenset(
    {
        "source_id",
        "owner_id",
        "team_id",
        "pipeline_id",
        "stage_id",
        "account_id",
        "campaign_id",
        "ad_group_id",
        "property_id",
        "cost_id",
        "conversion_id",
        "email_id",
        "survey_id",
        "group_id",
        "external_order_id",
        "external_cart_id",
        "refund_id",
        "period_id",
        "first_utm_id",
        "last_utm_id",
    }
)
"""Ids of what is no record that can be erased: places, campaigns, our own users, a shop's own numbers; of ``source_id``,
``refund_id`` and ``period_id`` another column of the row says whose they are."""

TYPED: Mapping[str, str] = MappingProxyType({"from_id": "from_type", "to_id": "to_type", "record_id": "object"})
"""Columns that name a record of the object that another column says."""

MERGED_INTO = "merged_into"
CLICK_HASH = "click_hash"
"""Keyed hash of an ad's click id: it is about the one person who clicked."""


@dataclass(frozen=True)
class Mention:
    """A column by which a row of a table can be about a record."""

    column: str
    object: str | None
    """The CRM's object; None where ``object_column`` says it, row by row."""
    object_column: str | None
    takes_row: bool
    """The whole row is about the record; otherwise only the column is emptied."""


def mentions(model: type[Row]) -> tuple[Mention, ...]:
    """Every column of a table that names records which can be erased."""
    found = []
    for column in columns(model):
        name = column.name
        if name in TYPED:
            found.append(Mention(name, None, TYPED[name], takes_row=True))
        elif name in RECORDS:
            found.append(Mention(name, RECORDS[name], None, takes_row=name in model.key or not column.is_nullable))
    own = next((m for m in found if m.takes_row), None)
    if MERGED_INTO in model.model_fields and own is not None:
        found.append(Mention(MERGED_INTO, own.object, own.object_column, takes_row=True))
    return tuple(found)


def merged_pairs(model: type[Row]) -> tuple[Mention, Mention] | None:
    """The columns of a record's id and of the id it was merged into, in a table of records that can be merged."""
    named = mentions(model)
    return (named[0], named[-1]) if named and named[-1].column == MERGED_INTO else None


def unsorted_ids(model: type[Row]) -> list[str]:
    """Columns that look like an id and of which nothing here says what they name."""
    known = {*RECORDS, *NOT_RECORDS, *TYPED}
    return [c.name for c in columns(model) if c.name.endswith("_id") and c.name not in known]


def dimension_of(object: str) -> str | None:
    """What results by this object are shown by: ``contact`` for ``contacts``."""
    return next((column.removesuffix("_id") for column, plural in RECORDS.items() if plural == object), None)
