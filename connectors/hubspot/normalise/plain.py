"""Objects whose row is their table of fields (:mod:`connectors.hubspot.fields`) and nothing more, read by one function.

What a kind of object needs beyond that is a *finish*: it completes the row, or says that there is none.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import NormaliseContext, Raw, Row
from connectors.hubspot import fields
from connectors.hubspot.fields import AMOUNT_HOME, FX_RATE, Field
from connectors.hubspot.kinds import Kind
from connectors.hubspot.normalise.common import Rows, archived_at, money_of, names_of, properties_of, shared
from connectors.hubspot.values import Properties, calendar_day, day_of, impersonal, instant, number
from kpi.schema import TABLES

Finish = Callable[[dict[str, Any], Properties, ZoneInfo], bool]
"""Completes a row from the record's properties; False: the record makes no row."""

_OF_MONEY = frozenset({"amount", "currency", AMOUNT_HOME, FX_RATE})

_MONEY_DAY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order": ("ordered_on",),
        "refund": ("refunded_on", "paid_on"),
        "subscription_period": ("starts_on", "created_on"),
        "invoice": ("invoiced_on",),
    }
)
"""Table -> the columns whose day an amount is converted at, the first that is known; else the day of creation."""


_INSTEAD: Mapping[str, str] = MappingProxyType({"subscription_period": fields.LAST_PAYMENT})
"""Table -> the property that an amount is taken from where the first one is empty."""


def plain(kind: Kind, context: NormaliseContext) -> Rows:
    """The normaliser of one such object."""
    names, zone, columns = names_of(kind, context), context.zone, frozenset(TABLES[kind.table].model_fields)
    has_money = AMOUNT_HOME in columns
    money = money_of(kind, context) if has_money else None
    days = _MONEY_DAY.get(kind.table, ("created_on",))
    read = [
        (field, name) for field in kind.fields if (name := names[field.column]) and not (has_money and field.column in _OF_MONEY)
    ]
    finish = _FINISHES.get(kind.table)
    marks = {"modified_at", "archived_at"} & columns
    amount_name, instead = names.get("amount"), _INSTEAD.get(kind.table)

    def rows(record: Raw) -> Iterator[Row]:
        properties, record_id = properties_of(record), str(record["id"])
        row: dict[str, Any] = {"source_id": record_id, kind.key: record_id}
        if kind.custom:
            row["object"] = kind.custom
        for field, name in read:
            _read(row, field, name, properties, zone, columns)
        if "modified_at" in marks:
            row["modified_at"] = instant(properties, kind.modified)
        if "archived_at" in marks:
            row["archived_at"] = archived_at(record)
        if money:
            if instead and amount_name and not properties.get(amount_name):
                properties = {**properties, amount_name: properties.get(instead)}
            on: date | None = next((row[day] for day in days if row.get(day)), None)
            row["amount"], row["currency"], row["amount_home"], row["fx_rate"], row["fx_source"] = money(properties, on)
        if finish is None or finish(row, properties, zone):
            yield kind.table, row
        yield from shared(kind, record, properties)

    return rows


def _read(row: dict[str, Any], field: Field, name: str, properties: Properties, zone: ZoneInfo, columns: frozenset[str]) -> None:
    if field.type == "instant":
        at = instant(properties, name)
        row[field.column] = at
        on = field.column.removesuffix("_at") + "_on"
        if on in columns:
            row[on] = day_of(at, zone)
    elif field.type == "date":
        row[field.column] = calendar_day(properties, name, zone)
    elif field.type == "number":
        row[field.column] = number(properties, name)
    else:
        row[field.column] = impersonal(properties, name)


# --- finishes -----------------------------------------------------------------------------------------------------------


def _refund(row: dict[str, Any], _properties: Properties, _zone: ZoneInfo) -> bool:
    """Only a payment of which something was given back is one."""
    row["refund_id"] = row["payment_id"]
    return bool(row["amount"])


_INTERVALS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "daily": ("day", 1),
        "weekly": ("week", 1),
        "biweekly": ("week", 2),
        "monthly": ("month", 1),
        "quarterly": ("month", 3),
        "per_six_months": ("month", 6),
        "annually": ("month", 12),
        "per_two_years": ("month", 24),
        "per_three_years": ("month", 36),
        "per_four_years": ("month", 48),
        "per_five_years": ("month", 60),
    }
)
"""HubSpot's billing frequencies (FACTS §9.4)."""


def _subscription(row: dict[str, Any], properties: Properties, _zone: ZoneInfo) -> bool:
    """The interval in figures."""
    row["period_id"] = row["subscription_id"]
    unit, count = _INTERVALS.get((row.get("billing_frequency") or "").lower(), (None, None))
    row["interval_unit"], row["interval_count"] = unit, count
    return True


def _ticket(row: dict[str, Any], properties: Properties, _zone: ZoneInfo) -> bool:
    milliseconds = number(properties, fields.FIRST_REPLY)
    row["first_reply_s"] = None if milliseconds is None else int(milliseconds / 1000)
    return True


def _answer(row: dict[str, Any], properties: Properties, zone: ZoneInfo) -> bool:
    """Accounts whose answers carry no instant of their own have that of their record."""
    if row.get("answered_at") is None:
        row["answered_at"] = instant(properties, "hs_createdate")
        row["answered_on"] = day_of(row["answered_at"], zone)
    return True


_FINISHES: Mapping[str, Finish] = MappingProxyType(
    {"refund": _refund, "subscription_period": _subscription, "ticket": _ticket, "survey_response": _answer}
)
