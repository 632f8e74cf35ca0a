"""What vendors write as text, read into values. Every function raises :class:`connectors.base.BadValue` that names the field."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from connectors.base import BadValue

LONGEST_SHOWN = 60
"""Characters of a bad value that an error quotes."""


def part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under ``name``."""
    value = record.get(name)
    if not isinstance(value, dict):
        raise BadValue(f"{name}: missing")
    return value


def text(record: Mapping[str, Any], name: str) -> str:
    """What stands under ``name``, as text: an id may change from number to text and stays the same id."""
    value = record.get(name)
    if value is None or value == "":
        raise BadValue(f"{name}: missing")
    if isinstance(value, (dict, list, bool, float)):
        raise BadValue(f"{name}: {_shown(value)} is neither text nor a whole number")
    return str(value)


def number(value: Any, name: str) -> Decimal:
    """A finite decimal. A float is taken by its shortest text, which is what the vendor wrote."""
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        raise BadValue(f"{name}: {_shown(value)} is not a number") from None
    if isinstance(value, bool) or not found.is_finite():
        raise BadValue(f"{name}: {_shown(value)} is not a number")
    return found


def optional(record: Mapping[str, Any], name: str, absent: frozenset[Any] = frozenset({None, ""})) -> Decimal | None:
    """The number under ``name``; None where it is missing or one of ``absent`` (TikTok writes ``-``)."""
    value = record.get(name)
    return None if isinstance(value, (str, type(None))) and value in absent else number(value, name)


def whole(value: Any, name: str) -> int:
    """A whole number, of whatever type."""
    found = number(value, name)
    if found != found.to_integral_value():
        raise BadValue(f"{name}: {_shown(value)} is not a whole number")
    return int(found)


def day(value: Any, name: str) -> date:
    """A day written ``YYYY-MM-DD``; the midnight behind it is passed over (``2026-11-01 00:00:00``)."""
    written = str(value)
    try:
        if written[10:].strip(" T") in ("", "00:00:00", "00:00:00Z"):
            return date.fromisoformat(written[:10])
    except ValueError:
        pass
    raise BadValue(f"{name}: {_shown(value)} is not a day such as 2026-03-15")


def currency(record: Mapping[str, Any], name: str) -> str:
    """The ISO 4217 code under ``name``, in capitals; with anything else, amounts would be added up that are not the same money."""
    code = text(record, name).strip().upper()
    if not is_currency(code):
        raise BadValue(f"{name}: {_shown(code)} is not an ISO 4217 currency code such as EUR")
    return code


def is_currency(code: str) -> bool:
    """Whether ``code`` is a currency of ISO 4217, past ones included (an old record may hold them)."""
    return code in _currencies()


@cache
def _currencies() -> frozenset[str]:
    from babel.numbers import list_currencies

    return frozenset(list_currencies()) - {"XXX", "XTS"}  # "no currency" and "for tests"


def _shown(value: Any) -> str:
    quoted = repr(value)
    return quoted if len(quoted) <= LONGEST_SHOWN else f"{quoted[:LONGEST_SHOWN]}…"
