"""The CRM's side as HubSpot would answer it. Property names: HubSpot's guides of deals, contacts and line items,
https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide (2026-11-21). Every value is text or null.
"""

from collections.abc import Iterable

from connectors.sandbox.world import HubSpotWorld, Record
from connectors.sandbox.worlds.builtin.company import (
    ACCOUNT,
    NEW_BUSINESS,
    PRODUCT_CATEGORY,
    PRODUCTS,
    RENEWALS,
    SELLERS,
    Product,
    owner_record,
)
from connectors.sandbox.worlds.builtin.marketing import HUBSPOT_SOURCES, link, source_data
from connectors.sandbox.worlds.builtin.people import Company, Contact
from connectors.sandbox.worlds.builtin.sales import PARITY, Deal, Line
from connectors.sandbox.worlds.builtin.timeline import At, day_of, instant_text

CATALOGUE_DATE = "2024-01-08T08:00:00.000Z"


def hubspot(companies: Iterable[Company], contacts: Iterable[Contact], deals: Iterable[Deal]) -> HubSpotWorld:
    """The whole account."""
    all_deals, all_contacts = list(deals), list(contacts)
    survivors = {contact.merged_into.id: contact.id for contact in all_contacts if contact.merged_into is not None}
    lines = sorted(((line, deal) for deal in all_deals for line in deal.lines), key=lambda pair: pair[0].id)
    return HubSpotWorld(
        account=dict(ACCOUNT),
        owners=[owner_record(seller) for seller in SELLERS],
        pipelines={"deals": [NEW_BUSINESS.record(), RENEWALS.record() | {"displayOrder": 1}]},
        properties={"products": [PRODUCT_CATEGORY]},
        objects={
            "companies": [_company(company) for company in companies],
            "contacts": [_contact(contact, survivors.get(contact.id)) for contact in all_contacts],
            "products": [_product(product) for product in PRODUCTS],
            "line_items": [_line(line, deal) for line, deal in lines],
            "deals": [_deal(deal) for deal in all_deals],
        },
    )


def money(cents: int | None) -> str | None:
    """``1234.50``."""
    return None if cents is None else f"{cents // 100}.{cents % 100:02d}"


def further(id: str, created: At, modified: At, properties: Record, **links: Iterable[str]) -> Record:
    """A record of an object beyond deals, contacts, companies and what is sold; ends without ids are left out."""
    ends = {kind: list(ids) for kind, ids in links.items()}
    return {
        "id": id,
        "createdAt": instant_text(created),
        "updatedAt": instant_text(modified),
        "properties": properties,
        "associations": {kind: ids for kind, ids in ends.items() if ids},
    }


def numbered(first: int, records: Iterable[Record]) -> list[Record]:
    """Ids after ``first``, in order of creation."""
    found = sorted(records, key=lambda record: str(record["createdAt"]))
    return [record | {"id": str(first + number)} for number, record in enumerate(found, start=1)]


def _instant(at: At | None) -> str | None:
    return None if at is None else instant_text(at)


def _flag(claim: bool) -> str:
    return "true" if claim else "false"


def _company(company: Company) -> Record:
    stage = "customer" if company.customer_since is not None else "opportunity" if company.first_deal_at is not None else "lead"
    return {
        "id": company.id,
        "properties": {
            "name": company.name,
            "domain": company.domain,
            "industry": company.industry,
            "createdate": instant_text(company.created_at),
            "hs_lastmodifieddate": instant_text(company.modified_at),
            "lifecyclestage": stage,
            "hs_lifecyclestage_customer_date": _instant(company.customer_since),
            "hubspot_owner_id": company.owner_id,
        },
    }


def _contact(contact: Contact, swallowed_id: str | None) -> Record:
    stage = "customer" if contact.customer_at is not None else "opportunity" if contact.opportunity_at is not None else "lead"
    last = contact.last_visit
    modified = max(
        at
        for at in (contact.created_at, last.at if last else None, contact.opportunity_at, contact.customer_at)
        if at is not None
    )
    record: Record = {
        "id": contact.id,
        "properties": {
            "firstname": contact.first_name,
            "lastname": contact.last_name,
            "email": contact.email,
            "createdate": instant_text(contact.created_at),
            "lastmodifieddate": instant_text(modified),
            "lifecyclestage": stage,
            "hs_lifecyclestage_lead_date": _instant(contact.created_at) if contact.has_lead_stamp else None,
            "hs_lifecyclestage_opportunity_date": _instant(contact.opportunity_at),
            "hs_lifecyclestage_customer_date": _instant(contact.customer_at),
            "hubspot_owner_id": contact.owner_id,
            "associatedcompanyid": contact.company.id if contact.company else None,
            "hs_google_click_id": contact.gclid,
            "hs_merged_object_ids": swallowed_id,
            **_first_touch(contact),
            **_latest_touch(contact),
        },
        "associations": {"companies": [contact.company.id]} if contact.company else {},
    }
    if contact.merged_into is not None:
        record["mergedInto"] = contact.merged_into.id
    return record


def _first_touch(contact: Contact) -> Record:
    first = contact.first_visit
    data = source_data(first.touch, day_of(first.at), first.page) if first else (contact.offline_origin, "")
    return {
        "hs_analytics_source": HUBSPOT_SOURCES[contact.first_channel],
        "hs_analytics_source_data_1": data[0],
        "hs_analytics_source_data_2": data[1] or None,
        "hs_analytics_first_timestamp": instant_text(contact.first_seen_at),
        "hs_analytics_first_url": link(first.touch, contact.first_tagging, first.page, contact.gclid) if first else None,
    }


def _latest_touch(contact: Contact) -> Record:
    last = contact.last_visit
    if last is None:
        data, source, seen_at, url = (contact.offline_origin, ""), "OFFLINE", contact.created_at, None
    else:
        data = source_data(last.touch, day_of(last.at), last.page)
        source, seen_at = HUBSPOT_SOURCES[last.touch.channel], last.at
        is_first = last is contact.first_visit
        tagging = contact.first_tagging if is_first else contact.last_tagging
        url = link(last.touch, tagging, last.page, contact.gclid if is_first else None)
    return {
        "hs_latest_source": source,
        "hs_latest_source_data_1": data[0],
        "hs_latest_source_data_2": data[1] or None,
        "hs_latest_source_timestamp": instant_text(seen_at),
        "hs_analytics_last_url": url,
    }


def _product(product: Product) -> Record:
    return {
        "id": product.id,
        "properties": {
            "name": product.name,
            "hs_sku": product.sku,
            "price": money(product.price_cents),
            "hs_cost_of_goods_sold": money(product.cost_cents),
            "hs_product_type": product.hubspot_type,
            "product_category": product.category,
            "createdate": CATALOGUE_DATE,
            "hs_lastmodifieddate": CATALOGUE_DATE,
        },
    }


def _line(line: Line, deal: Deal) -> Record:
    return {
        "id": line.id,
        "properties": {
            "name": line.name,
            "hs_product_id": line.product.id if line.product else None,
            "hs_sku": line.product.sku if line.product else None,
            "quantity": str(line.quantity),
            "price": money(line.price_cents),
            "hs_discount_percentage": str(line.discount_per_cent),
            "amount": money(line.amount_cents),
            "hs_cost_of_goods_sold": money(line.product.cost_cents) if line.product else None,
            "hs_line_item_currency_code": deal.currency,
            "createdate": instant_text(deal.created_at),
            "hs_lastmodifieddate": instant_text(deal.created_at),
        },
    }


def _deal(deal: Deal) -> Record:
    # HubSpot takes a deal's source from the contact who was known first.
    origin = min(deal.contacts, key=lambda contact: contact.first_seen_at, default=None)
    source = _first_touch(origin) if origin else {}
    record: Record = {
        "id": deal.id,
        "properties": {
            "dealname": deal.name,
            "amount": deal.odd_amount or money(deal.amount_cents),
            "amount_in_home_currency": money(deal.home_cents),
            "deal_currency_code": deal.currency,
            "hs_exchange_rate": rate_text(deal.rate),
            "pipeline": deal.pipeline.id,
            "dealstage": deal.stage.id,
            "dealtype": "existingbusiness" if _is_repeat(deal) else "newbusiness",
            "createdate": instant_text(deal.created_at),
            "closedate": instant_text(deal.close_at),
            "hs_lastmodifieddate": instant_text(deal.modified_at),
            "hubspot_owner_id": deal.owner_id,
            "hs_is_closed": _flag(deal.is_closed),
            "hs_is_closed_won": _flag(deal.is_won),
            "hs_is_closed_lost": _flag(deal.is_closed and not deal.is_won),
            "hs_analytics_source": source.get("hs_analytics_source"),
            "hs_analytics_source_data_1": source.get("hs_analytics_source_data_1"),
            "hs_analytics_source_data_2": source.get("hs_analytics_source_data_2"),
            **{stage.entered_property: instant_text(at) for stage, at in deal.entered},
        },
        "associations": _associations(deal),
    }
    if deal.archived_at is not None:
        record["archivedAt"] = instant_text(deal.archived_at)
    return record


def _is_repeat(deal: Deal) -> bool:
    since = deal.companies[0].customer_since if deal.companies else None
    return deal.pipeline is RENEWALS or (since is not None and since < deal.created_at)


def rate_text(rate: int | None) -> str | None:
    """``0.9213``: euros for one of the currency."""
    if rate is None:
        return None
    return "1" if rate == PARITY else f"{rate // PARITY}.{rate % PARITY:04d}"


def _associations(deal: Deal) -> Record:
    found = {
        "companies": [company.id for company in deal.companies],
        "contacts": [contact.id for contact in deal.contacts],
        "line_items": [line.id for line in deal.lines],
    }
    return {kind: ids for kind, ids in found.items() if ids}
