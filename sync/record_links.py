"""Where a person opens a record: its page in the CRM, from what the last sync learned. Nothing is asked.

And which record a row of a mart is about.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from connectors.hubspot.kinds import KINDS
from kpi.schema import MARTS
from sync.house import House

WITH_PAGES = frozenset({"deals", "contacts", "companies", "tickets", "orders", "subscriptions"})
"""Objects whose records have a page of their own."""


def record_page(house: House, object: str, record_id: str) -> str | None:
    """None for what has no page, and before the first sync."""
    portal, domain = house.ledger.get("portal_id"), house.ledger.get("ui_domain")
    if object not in WITH_PAGES or not record_id.isdigit() or not portal or not domain:
        return None
    return f"https://{domain}/contacts/{portal}/record/{KINDS[object].type_id}/{record_id}"


_BY_COLUMN: Mapping[str, str] = MappingProxyType({kind.key: plural for plural, kind in KINDS.items() if kind.type_id})
"""Column with a record's id -> the CRM's object."""
_NAMED: Mapping[str, str] = MappingProxyType({kind.table: plural for plural, kind in KINDS.items() if kind.type_id})
"""Our word for one record, as it stands before the colon of an id (``contact:12``) or in ``sale_kind`` -> the CRM's object."""
_OF_CUSTOMERS: Mapping[str, str] = {"company": "companies", "contact": "contacts"}


def record_of(mart: str, row: Mapping[str, Any], customer_unit: str) -> tuple[str, str] | None:
    """(object, record id) of the record that a row stands for, by the key of its mart; None where that is no record of the CRM:
    a day of an ad account, of a web property. ``customer_unit``: company | contact, what the id of a customer is of."""
    if row.get("sale_kind") and row.get("sale_id"):
        return _known(_NAMED.get(str(row["sale_kind"])), row["sale_id"])
    for column in MARTS[mart].key:
        value = row.get(column)
        if value is None:
            continue
        if column in ("customer_id", "person"):
            kind, colon, record_id = str(value).partition(":")
            return _known(_NAMED.get(kind), record_id) if colon else _known(_OF_CUSTOMERS[customer_unit], value)
        if column in _BY_COLUMN:
            return _known(_BY_COLUMN[column], value)
    return None


def _known(object: str | None, record_id: Any) -> tuple[str, str] | None:
    """HubSpot's ids are whole numbers: what is none was made up by a rule of ours."""
    return (object, str(record_id)) if object is not None and str(record_id).isdigit() else None
