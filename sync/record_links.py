"""Where a person opens a record: its page in the CRM, from what the last sync learned. Nothing is asked."""

from connectors.hubspot.kinds import KINDS
from sync.house import House

WITH_PAGES = frozenset({"deals", "contacts", "companies", "tickets", "orders", "subscriptions"})
"""Objects whose records have a page of their own."""


def record_page(house: House, object: str, record_id: str) -> str | None:
    """None for what has no page, and before the first sync."""
    portal, domain = house.ledger.get("portal_id"), house.ledger.get("ui_domain")
    if object not in WITH_PAGES or not record_id.isdigit() or not portal or not domain:
        return None
    return f"https://{domain}/contacts/{portal}/record/{KINDS[object].type_id}/{record_id}"
