"""From HubSpot's records to rows of the common schema. Pure: no network, no clock.

No person's name, e-mail or phone is asked for, and none leaves here. A record that cannot be read raises
:class:`BadValue`, whose sentence names the property; the rest of its stream goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.hubspot import touch
from connectors.hubspot.streams import OWN_PREFIX
from connectors.hubspot.values import Properties, currency, day_of, impersonal, instant, moment, number, text

FROM_CRM = "crm"
FROM_ECB = "ecb"
"""``fx_source``: whose rate made the home amount."""


MERGED_INTO = "mergedInto"
"""Key of a raw record that stands for a merged-away id: the survivor's id (:mod:`connectors.hubspot.reading`)."""

_MERGEABLE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"deals": ("deal", "deal_id"), "contacts": ("contact", "contact_id"), "companies": ("company", "company_id")}
)
"""Stream -> its table and the column of its id."""


def rows(stream: str, record: Raw, context: NormaliseContext) -> Iterator[Row]:
    """The rows of one record of a stream."""
    if MERGED_INTO in record:
        yield _merged(*_MERGEABLE[stream], str(record["id"]), str(record[MERGED_INTO]))
        return
    for table, values in _NORMALISERS[stream](record, context):
        yield table, {"source_id": str(record["id"]), **values}


def _owner(record: Raw, _context: NormaliseContext) -> Iterator[Row]:
    teams = record.get("teams") or []
    team = next((t for t in teams if t.get("primary")), teams[0] if teams else {})
    yield (
        "owner",
        {
            "owner_id": str(record["id"]),
            "team_id": None if team.get("id") is None else str(team["id"]),
            "team_name": team.get("name"),
            # The list says that an owner is archived, not since when: its last change is the nearest instant it gives.
            "archived_at": _stamp(record, "updatedAt") if record.get("archived") else None,
        },
    )


def _pipeline(record: Raw, _context: NormaliseContext) -> Iterator[Row]:
    pipeline_id = str(record["id"])
    yield (
        "pipeline",
        {
            "pipeline_id": pipeline_id,
            "pipeline_name": str(record.get("label") or pipeline_id),
            "display_order": record.get("displayOrder"),
        },
    )
    for stage in record.get("stages") or ():
        metadata: Properties = stage.get("metadata") or {}
        stage_id = str(stage["id"])
        yield (
            "stage",
            {
                "source_id": stage_id,
                "stage_id": stage_id,
                "pipeline_id": pipeline_id,
                "stage_name": str(stage.get("label") or stage_id),
                "display_order": stage.get("displayOrder"),
                "probability": number(metadata, "probability"),
                "is_closed": str(metadata.get("isClosed")).lower() == "true",
            },
        )


def _deal(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    properties = _properties(record)
    deal_id = str(record["id"])
    created_at, close_at = instant(properties, "createdate"), instant(properties, "closedate")
    created_on, close_on = day_of(created_at, context.zone), day_of(close_at, context.zone)
    yield (
        "deal",
        {
            "deal_id": deal_id,
            "pipeline_id": text(properties, "pipeline"),
            "stage_id": text(properties, "dealstage"),
            "owner_id": text(properties, "hubspot_owner_id"),
            "created_at": created_at,
            "created_on": created_on,
            "close_at": close_at,
            "close_on": close_on,
            **_deal_money(properties, close_on or created_on, context),
            "deal_type": text(properties, "dealtype"),
            "original_source": text(properties, "hs_analytics_source"),
            "original_source_data_1": impersonal(properties, "hs_analytics_source_data_1"),
            "original_source_data_2": impersonal(properties, "hs_analytics_source_data_2"),
            "modified_at": instant(properties, "hs_lastmodifieddate"),
            "archived_at": _archived_at(record),
        },
    )
    yield from _stage_entries(deal_id, properties, context)
    yield from _shared("deals", record, properties)


def _deal_money(properties: Properties, on: date | None, context: NormaliseContext) -> Mapping[str, Any]:
    """Amount, currency and amount in the company's currency.

    The CRM's own conversion counts when the company's currency is the account's; the ECB's rate of the closing (else
    creation) day fills in where the CRM has none, and no rate means no home amount, never a guess.
    """
    amount = number(properties, "amount")
    account_currency = str(context.facts.get("currency") or context.home_currency)
    code = currency(properties, "deal_currency_code") or account_currency
    own = account_currency == context.home_currency
    converted = number(properties, "amount_in_home_currency") if own else None
    rate = number(properties, "hs_exchange_rate") if own else None
    home: Decimal | None = None
    source: str | None = None
    if amount is not None:
        if converted is not None:
            home, source = converted, FROM_CRM
        elif code == context.home_currency:
            home, source, rate = amount, FROM_CRM, Decimal(1)
        elif rate is not None:
            home, source = amount * rate, FROM_CRM
        elif on is not None and (found := context.fx(amount, code, on)) is not None:
            home, rate, source = found[0], found[1], FROM_ECB
    return {"amount": amount, "currency": code, "amount_home": home, "fx_rate": rate, "fx_source": source}


def _stage_entries(deal_id: str, properties: Properties, context: NormaliseContext) -> Iterator[Row]:
    """The first time in each stage; two properties may be about one stage (:mod:`connectors.hubspot.discover`)."""
    first: dict[str, datetime] = {}
    for name, stage_id in context.facts.get("stage_entered", {}).items():
        at = instant(properties, name)
        if at is not None:
            first[stage_id] = min(at, first.get(stage_id, at))
    for stage_id, at in first.items():
        yield (
            "deal_stage_entry",
            {"deal_id": deal_id, "stage_id": stage_id, "entered_at": at, "entered_on": day_of(at, context.zone)},
        )


def _contact(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    properties = _properties(record)
    created_at = instant(properties, "createdate")
    lead_at, customer_at = _entered(properties, "lead"), _entered(properties, "customer")
    yield (
        "contact",
        {
            "contact_id": str(record["id"]),
            "owner_id": text(properties, "hubspot_owner_id"),
            "created_at": created_at,
            "created_on": day_of(created_at, context.zone),
            "lifecycle_stage": text(properties, "lifecyclestage"),
            "lead_at": lead_at,
            "lead_on": day_of(lead_at, context.zone),
            "customer_at": customer_at,
            "customer_on": day_of(customer_at, context.zone),
            **touch.first_and_last(properties),
            **touch.click(properties, context.pseudonym),
            "modified_at": instant(properties, "lastmodifieddate"),
            "archived_at": _archived_at(record),
        },
    )
    yield from _shared("contacts", record, properties)


def _entered(properties: Properties, stage: str) -> datetime | None:
    """When a lifecycle stage was entered: HubSpot's present stamp, else the older one. Imported contacts may have none."""
    return instant(properties, f"hs_v2_date_entered_{stage}") or instant(properties, f"hs_lifecyclestage_{stage}_date")


def _company(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    properties = _properties(record)
    created_at = instant(properties, "createdate")
    yield (
        "company",
        {
            "company_id": str(record["id"]),
            "owner_id": text(properties, "hubspot_owner_id"),
            "created_at": created_at,
            "created_on": day_of(created_at, context.zone),
            "lifecycle_stage": text(properties, "lifecyclestage"),
            "industry": text(properties, "industry"),
            "modified_at": instant(properties, "hs_lastmodifieddate"),
            "archived_at": _archived_at(record),
        },
    )
    yield from _shared("companies", record, properties)


def _product(record: Raw, context: NormaliseContext) -> Iterator[Row]:
    properties = _properties(record)
    price = number(properties, "price")
    yield (
        "product",
        {
            "product_id": str(record["id"]),
            "product_name": text(properties, "name"),
            "category": text(properties, str(context.facts.get("product_category"))),
            "price": price,
            # A product's price is in the account's own currency.
            "currency": None if price is None else str(context.facts.get("currency") or context.home_currency),
            "archived_at": _archived_at(record),
        },
    )


def _line_item(record: Raw, _context: NormaliseContext) -> Iterator[Row]:
    properties = _properties(record)
    yield (
        "line_item",
        {
            "line_item_id": str(record["id"]),
            "product_id": text(properties, "hs_product_id"),
            "line_name": text(properties, "name"),
            "quantity": number(properties, "quantity"),
            "amount": number(properties, "amount"),
            "currency": currency(properties, "hs_line_item_currency_code"),
            "archived_at": _archived_at(record),
        },
    )


def _shared(object: str, record: Raw, properties: Properties) -> Iterator[Row]:
    """What deals, contacts and companies have in common: merged-away ids, associations, and values of ours."""
    record_id = str(record["id"])
    for gone in merged_ids(record):
        yield _merged(*_MERGEABLE[object], gone, record_id)
    for to_object, links in (record.get("associations") or {}).items():
        for link in links:
            yield (
                "association",
                {
                    "from_type": object,
                    "from_id": record_id,
                    "to_type": to_object,
                    "to_id": str(link["id"]),
                    "is_primary": bool(link["primary"]),
                },
            )
    for name in sorted(properties):
        if name.startswith(OWN_PREFIX) and (value := properties[name]):
            yield "crm_value", {"object": object, "record_id": record_id, "property": name, "value": value}


def merged_ids(record: Raw) -> list[str]:
    """Ids that were merged into a record. HubSpot shows them nowhere else
    (https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis, 2026-11-21)."""
    listed = text(record.get("properties") or {}, "hs_merged_object_ids") or ""
    return [gone for gone in listed.split(";") if gone and gone != str(record["id"])]


def _merged(table: str, key: str, gone: str, survivor: str) -> Row:
    return table, {"source_id": gone, key: gone, "merged_into": survivor}


def _properties(record: Raw) -> Properties:
    properties = record.get("properties")
    if not isinstance(properties, dict):
        raise BadValue("the record has no properties")
    return properties


def _archived_at(record: Raw) -> datetime | None:
    return _stamp(record, "archivedAt") if record.get("archived") else None


def _stamp(record: Raw, key: str) -> datetime | None:
    value = record.get(key)
    return moment(value, key) if isinstance(value, str) else None


_NORMALISERS: Mapping[str, Callable[[Raw, NormaliseContext], Iterator[Row]]] = MappingProxyType(
    {
        "owners": _owner,
        "pipelines": _pipeline,
        "deals": _deal,
        "contacts": _contact,
        "companies": _company,
        "products": _product,
        "line_items": _line_item,
    }
)
