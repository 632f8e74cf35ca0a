"""What the normalisers share: money, days, merged ids, associations and values of ours."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connectors.base import BadValue, NormaliseContext, Raw, Row
from connectors.hubspot.fields import AMOUNT_HOME, FX_RATE
from connectors.hubspot.kinds import OWN_PREFIX, Kind
from connectors.hubspot.values import Properties, currency, moment, number

Rows = Callable[[Raw], Iterator[Row]]
"""The rows of one record. Raises :class:`BadValue`."""
Make = Callable[[NormaliseContext], Rows]
"""What a stream's normaliser is made by: everything that is the same for all its records is looked up once."""

FROM_CRM = "crm"
FROM_ECB = "ecb"
"""``fx_source``: whose rate made the home amount."""

MERGED_INTO = "mergedInto"
"""Key of a raw record that stands for a merged-away id: the survivor's id (:mod:`connectors.hubspot.linking`)."""

Names = Mapping[str, str | None]
"""Our column -> the property it is read from; None: nothing fills it."""


def names_of(kind: Kind, context: NormaliseContext) -> Names:
    """Standard properties, or those that the settings map and the account has."""
    return {**{field.column: field.standard for field in kind.fields}, **mapped_of(kind, context)}


def mapped_of(kind: Kind, context: NormaliseContext) -> Mapping[str, str]:
    return context.facts.get("mapped", {}).get(kind.stream) or {}


def properties_of(record: Raw) -> Properties:
    properties = record.get("properties")
    if not isinstance(properties, dict):
        raise BadValue("the record has no properties")
    return properties


def archived_at(record: Raw) -> datetime | None:
    return stamp(record, "archivedAt") if record.get("archived") else None


def stamp(record: Raw, key: str) -> datetime | None:
    value = record.get(key)
    return moment(value, key) if isinstance(value, str) else None


# --- money ----------------------------------------------------------------------------------------------------------

Money = tuple[Decimal | None, str | None, Decimal | None, Decimal | None, str | None]
"""amount, currency, amount_home, fx_rate, fx_source"""


def account_currency(context: NormaliseContext) -> str:
    return str(context.facts.get("currency") or context.home_currency)


def money_of(kind: Kind, context: NormaliseContext) -> Callable[[Properties, date | None], Money]:
    """Amount, currency and amount in the company's currency, of a record whose money is of a day.

    The CRM's own conversion counts when the company's currency is the account's; the ECB's rate of the day fills in where
    the CRM has none, or everywhere where the settings say so; no rate means no home amount, never a guess. The CRM converts
    its own amount: where the settings map another one, only its rate is taken.
    """
    names, home_currency, fx = names_of(kind, context), context.home_currency, context.fx
    amount_name, code_name = names["amount"], names.get("currency")
    accounts = account_currency(context)
    is_own = accounts == home_currency and context.facts.get("rates", FROM_CRM) == FROM_CRM
    home_name = names.get(AMOUNT_HOME) if is_own and "amount" not in mapped_of(kind, context) else None
    rate_name = names.get(FX_RATE) if is_own else None

    def money(properties: Properties, on: date | None) -> Money:
        if amount_name is None:
            return None, None, None, None, None
        amount = number(properties, amount_name)
        code = (currency(properties, code_name) if code_name else None) or accounts
        rate = number(properties, rate_name) if rate_name else None
        converted = number(properties, home_name) if home_name else None
        if amount is None:
            return None, code, None, rate, None
        if converted is not None:
            return amount, code, converted, rate, FROM_CRM
        if code == home_currency:
            return amount, code, amount, Decimal(1), FROM_CRM
        if rate is not None:
            return amount, code, amount * rate, rate, FROM_CRM
        if on is not None and (found := fx(amount, code, on)) is not None:
            return amount, code, found[0], found[1], FROM_ECB
        return amount, code, None, None, None

    return money


# --- what hangs on a record -----------------------------------------------------------------------------------------


def shared(kind: Kind, record: Raw, properties: Properties) -> Iterator[Row]:
    """Merged-away ids, associations, and values of ours."""
    record_id, object = str(record["id"]), kind.stream
    if properties.get(_MERGED_IDS):
        for gone in merged_ids(record):
            yield merged(kind, gone, record_id)
    for to_object, links in (record.get("associations") or {}).items():
        for link in links:
            yield (
                "association",
                {
                    "source_id": record_id,
                    "from_type": object,
                    "from_id": record_id,
                    "to_type": to_object,
                    "to_id": str(link["id"]),
                    "is_primary": bool(link["primary"]),
                },
            )
    if not kind.has_ours:
        return
    for name in _own(tuple(properties)):
        if value := properties[name]:
            row = {"source_id": record_id, "object": object, "record_id": record_id, "property": name, "value": value}
            yield "crm_value", row


@lru_cache(maxsize=256)
def _own(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are ours: all records of a read bear the same names, and are many."""
    return tuple(sorted(name for name in names if name.startswith(OWN_PREFIX)))


def merged_ids(record: Raw) -> list[str]:
    """Ids that were merged into a record. HubSpot shows them nowhere else
    (https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis, 2026-11-21)."""
    listed = (record.get("properties") or {}).get(_MERGED_IDS)
    return [gone for gone in listed.strip().split(";") if gone and gone != str(record["id"])] if listed else []


_MERGED_IDS = "hs_merged_object_ids"


def merged(kind: Kind, gone: str, survivor: str) -> Row:
    """The row that stays of a merged-away record."""
    row: dict[str, Any] = {"source_id": gone, kind.key: gone, "merged_into": survivor}
    if kind.custom:
        row["object"] = kind.custom
    elif kind.table == "subscription_period":
        row["period_id"] = gone
    return kind.table, row
