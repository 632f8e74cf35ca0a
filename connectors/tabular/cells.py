"""The text of a cell as a value. Pure; every function raises :class:`BadValue` that says what to write instead."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

from connectors.base import BadValue
from connectors.values import is_currency
from kpi.schema import MONEY_SCALE

_SPACES = " \u00a0\u2009\u202f"
"""A space, and the no-break, thin and narrow no-break spaces that French spreadsheets put between thousands."""
_WHOLE = rf"(?:\d{{1,3}}(?:[{_SPACES}]\d{{3}})+|\d+)"
_AMOUNTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {".": re.compile(rf"[+-]?{_WHOLE}(?:\.\d+)?"), ",": re.compile(rf"[+-]?{_WHOLE}(?:,\d+)?")}
)
_LARGEST = Decimal(10) ** (18 - MONEY_SCALE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")


@dataclass(frozen=True)
class Form:
    """How values are written in a file, from the settings."""

    decimal: str = "."
    date_format: str | None = None
    default_currency: str | None = None


def day(text: str, form: Form, name: str = "date") -> date:
    """A day in ISO form, or in the declared one and no other."""
    if form.date_format is not None:
        try:
            return date(*time.strptime(text, form.date_format)[:3])
        except ValueError:
            raise BadValue(f"{name}: {text!r} is not a day written as {form.date_format}") from None
    if not _ISO_DATE.fullmatch(text):
        raise BadValue(f"{name}: {text!r} is not written as 2026-03-15; other forms need date_format in the settings")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadValue(f"{name}: there is no day {text}") from None


def day_of_moment(text: str, form: Form, zone: ZoneInfo, name: str = "date") -> date:
    """The day of a day or of an instant (``2026-03-15 10:30``, ``2026-03-15T23:30:00Z``): an instant that names its offset
    is of the day it has in ``zone``, any other of the day that is written.
    It is understood whatever form days are declared in: nothing else is written like it."""
    if _ISO_INSTANT.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise BadValue(f"{name}: {text!r} is no instant such as 2026-03-15T10:30:00+01:00") from None
        return (moment.astimezone(zone) if moment.tzinfo is not None else moment).date()
    return day(text, form, name)


def number(text: str, form: Form, name: str = "amount") -> Decimal:
    """A number with the declared decimal separator; spaces may stand between thousands, nothing else may."""
    written = text.replace("\u2212", "-")  # the typographic minus sign
    if not _AMOUNTS[form.decimal].fullmatch(written):
        other = "," if form.decimal == "." else "."
        hint = f"; the settings say decimal: {form.decimal!r}" if other in text and re.search(r"\d", text) else ""
        raise BadValue(f"{name}: {text!r} is not a number{hint}")
    value = Decimal(re.sub(rf"[{_SPACES}]", "", written).replace(",", "."))
    if abs(value) >= _LARGEST:
        raise BadValue(f"{name}: {text!r} is too large")
    return value


def count(text: str, form: Form, name: str) -> int:
    """A whole number that is not below 0."""
    value = number(text, form, name)
    if value != value.to_integral_value() or value < 0:
        raise BadValue(f"{name}: {text!r} is not a count such as 1250")
    return int(value)


def currency(text: str, form: Form) -> str:
    """The ISO 4217 code, or the declared default of a cell that is empty."""
    code = text.upper() or form.default_currency
    if code is None:
        raise BadValue("currency: missing; write it or set a default in the settings")
    if not is_currency(code):
        raise BadValue(f"currency: {text!r} is not an ISO 4217 code such as EUR")
    return code


def plain(text: str) -> str:
    """Without accents, outer spaces and case: how headings and words are compared."""
    bare = "".join(c for c in normalize("NFKD", text) if not combining(c))
    return bare.strip().casefold()


def slug(text: str) -> str | None:
    """A channel as a slug; what channel that is in the common list is decided where spend is joined. None: the cell is empty."""
    return re.sub(r"[\W_]+", "_", plain(text)).strip("_") or None


def checked_date_format(value: str | None) -> str | None:
    """A strptime form that names a whole day. For settings: raises :class:`ValueError`."""
    if value is None:
        return None
    probe = date(2026, 3, 15)
    try:
        is_day = date(*time.strptime(probe.strftime(value), value)[:3]) == probe
    except ValueError:
        is_day = False
    if not is_day:
        raise ValueError("must name day, month and year, such as %d/%m/%Y")
    return value


def checked_currency(value: str | None) -> str | None:
    """An ISO 4217 code or None. For settings: raises :class:`ValueError`."""
    if value is not None and not is_currency(value):
        raise ValueError("not an ISO 4217 currency code such as EUR")
    return value
