"""Which records a record of Sellsy's names, in one form for all of them; and taking gone ones out of it.

``{"associations": {"companies": [{"id": "1220", "primary": true}], "contacts": [{"id": "5", "primary": false}]}}``. It stands in
the stored record in the place of Sellsy's own keys, so that a record's id is found in it as the common schema knows it.
"""

from collections.abc import Callable
from typing import Any

from connectors.base import Raw
from connectors.sellsy.fields import INDIVIDUAL

_COMPANY_CONTACTS = ("main_contact_id", "invoicing_contact_id", "dunning_contact_id")


def of_deal(record: Raw) -> dict[str, list[Raw]]:
    """Who an opportunity is with: its company or the individual who buys, and the people."""
    companies: dict[str, bool] = {}
    contacts: dict[str, bool] = {}
    if record.get("company_id"):
        companies[str(record["company_id"])] = True
    if record.get("individual_id"):
        _add_individual(companies, contacts, str(record["individual_id"]), is_primary=not companies)
    for contact_id in record.get("contact_ids") or ():
        contacts.setdefault(str(contact_id), False)
    _add_related(record, companies, contacts, {})
    return _told({"companies": companies, "contacts": contacts})


def of_paper(record: Raw) -> dict[str, list[Raw]]:
    """Whom an invoice or a credit note is for, and the opportunities it comes from."""
    companies: dict[str, bool] = {}
    contacts: dict[str, bool] = {}
    deals: dict[str, bool] = {}
    _add_related(record, companies, contacts, deals)
    if record.get("contact_id"):
        contacts.setdefault(str(record["contact_id"]), False)
    return _told({"companies": companies, "contacts": contacts, "deals": deals})


def of_company(record: Raw) -> dict[str, list[Raw]]:
    """The contacts that a company's own record names; Sellsy lists no others by company but one company a call."""
    named = dict.fromkeys((str(record[key]) for key in _COMPANY_CONTACTS if record.get(key)), False)
    return _told({"contacts": named})


def _add_individual(companies: dict[str, bool], contacts: dict[str, bool], id: str, *, is_primary: bool) -> None:
    companies.setdefault(INDIVIDUAL + id, is_primary)
    contacts.setdefault(INDIVIDUAL + id, False)


def _add_related(record: Raw, companies: dict[str, bool], contacts: dict[str, bool], deals: dict[str, bool]) -> None:
    for one in record.get("related") or ():
        id = str(one["id"])
        match one.get("type"):
            case "company":
                companies.setdefault(id, not companies)
            case "individual":
                _add_individual(companies, contacts, id, is_primary=not companies)
            case "contact":
                contacts.setdefault(id, False)
            case "opportunity":
                deals.setdefault(id, False)


def _told(ends: dict[str, dict[str, bool]]) -> dict[str, list[Raw]]:
    return {to: [{"id": id, "primary": primary} for id, primary in ids.items()] for to, ids in ends.items() if ids}


def without_links(object: str, record: Raw, is_gone: Callable[[str, str], bool]) -> Raw | None:
    """``record`` (of ``object``) without what it says of gone records; the same one when it says nothing of them.
    ``is_gone``: (object, record id)."""
    links: dict[str, Any] = record.get("associations") or {}
    kept = {to: [one for one in ones if not is_gone(to, str(one["id"]))] for to, ones in links.items()}
    return record if kept == links else {**record, "associations": kept}
