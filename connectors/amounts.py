"""What a vendor's raw record says of the amounts that facts keep.

Read here a second time, and not through the normalisers, so that the one can be held against the other (``cadran reconcile
--raw``): a record's id as the facts carry it, its day or date where it has one, and one number. Vendor by vendor, one line each
of :data:`AMOUNTS`; a connector that is not named is not compared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from connectors.base import Raw

Description = Mapping[str, Any]
"""What the source said of itself when the records were read (:meth:`connectors.base.Source.describe`)."""


@dataclass(frozen=True)
class RawAmount:
    """Where the facts keep a number of a stream's records, and how the record spells it."""

    table: str
    column: str
    read: Callable[[Raw, Description], Decimal | None]
    """None: the record says nothing. Raises :class:`ValueError` for what is no number."""
    day: str | None = None
    """Column of the facts with the vendor's day, of a source that replaces whole days."""
    day_of: Callable[[Raw], str] | None = None
    """The same day in the record, as YYYY-MM-DD."""
    currency: str | None = "currency"
    """Column of the facts with the currency; None: a count."""


def _number(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None


def _deal_amount(record: Raw, description: Description) -> Decimal | None:
    name = (description.get("mapped") or {}).get("deals", {}).get("amount") or "amount"
    return _number((record.get("properties") or {}).get(name))


def _micros(record: Raw, _description: Description) -> Decimal | None:
    micros = _number(record["metrics"].get("costMicros", 0))
    return None if micros is None else micros.scaleb(-6)


def _ga4_day(record: Raw) -> str:
    day = record["date"]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


AMOUNTS: Mapping[tuple[str, str], RawAmount] = MappingProxyType(
    {
        ("hubspot", "deals"): RawAmount("deal", "amount", _deal_amount),
        ("google_ads", "campaigns_daily"): RawAmount(
            "ad_spend_daily", "spend", _micros, "spend_on", lambda record: str(record["segments"]["date"])
        ),
        ("ga4", "traffic_daily"): RawAmount(
            "web_traffic_daily", "sessions", lambda record, _: _number(record["sessions"]), "visit_on", _ga4_day, None
        ),
    }
)
"""(connector, stream) -> its amount."""
