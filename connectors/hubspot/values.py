"""HubSpot's texts as values. Everything in ``properties`` is text or null, whatever the property's type (FACTS §5.1).

An empty text is nothing. A text that is not what its property means raises :class:`BadValue` naming the property.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel.numbers import list_currencies

from connectors.base import BadValue

Properties = Mapping[str, str | None]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_MILLISECONDS = re.compile(r"-?\d{9,14}")
_EMAIL = re.compile(r"[^\s@=&?/]+(?:@|%40)[^\s@=&?/]+\.[^\s@=&?/]+")


def text(properties: Properties, name: str) -> str | None:
    """The value as it stands, without surrounding blanks."""
    value = properties.get(name)
    # Half of a record's properties are empty, and this is asked ten million times in a large first load.
    return (value.strip() or None) if value and isinstance(value, str) else None


def impersonal(properties: Properties, name: str) -> str | None:
    """The same, unless an e-mail address is in it: a person's address is never carried into rows."""
    return without_person(text(properties, name))


def without_person(value: str | None) -> str | None:
    # Most values hold no such sign, and looking for one costs a tenth of the pattern.
    if value is None or (("@" in value or "%40" in value) and _EMAIL.search(value)):
        return None
    return value


def number(properties: Properties, name: str) -> Decimal | None:
    value = text(properties, name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise BadValue(f"{name}: {value!r} is not a number")
    return Decimal(value)


def instant(properties: Properties, name: str) -> datetime | None:
    """An instant in UTC, from ISO 8601 or epoch milliseconds; a bare date is its midnight UTC."""
    value = properties.get(name)
    return moment(value.strip(), name) if value and isinstance(value, str) and not value.isspace() else None


def moment(value: str, name: str) -> datetime:
    """``value`` as an instant in UTC."""
    try:
        # Digits alone would pass as a date of ISO 8601's basic form too.
        if value[4:5] != "-" and _MILLISECONDS.fullmatch(value):
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        found = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        raise BadValue(f"{name}: {value!r} is not a date") from None
    if found.tzinfo is UTC:
        return found
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def day_of(at: datetime | None, zone: ZoneInfo) -> date | None:
    """The calendar date of an instant in a zone."""
    return None if at is None else at.astimezone(zone).date()


def calendar_day(properties: Properties, name: str, zone: ZoneInfo) -> date | None:
    """A date without a time: as it stands, or of an instant. Dates come as midnight UTC too; any other time is an instant."""
    value = text(properties, name)
    if value is None:
        return None
    at = moment(value, name)
    is_midnight = not (at.hour or at.minute or at.second or at.microsecond)
    return at.date() if is_midnight else day_of(at, zone)


def currency(properties: Properties, name: str) -> str | None:
    """An ISO 4217 code; an unknown one sets the row aside, because its amount means nothing."""
    value = text(properties, name)
    if value is not None and value not in _currencies():
        raise BadValue(f"{name}: {value!r} is not an ISO 4217 currency")
    return value


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())
