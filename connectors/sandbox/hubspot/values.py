"""Property values: what may be written, and how the account keeps it. Everything is text.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis and
https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide (2026-11-21)
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)")
_MILLISECONDS = re.compile(r"-?\d{10,14}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE_SECONDS = len("2026-11-01T10:00:00Z")
_MILLISECOND_US = 1_000
DAY_MS = 86_400_000
TEXT_MAX = 65_536


class BadText(ValueError):
    """A value that its definition refuses: the vendor's code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def instant_text(instant: datetime) -> str:
    """``2026-11-01T10:00:00.123Z``: UTC; milliseconds are left out when they are zero, as recorded answers do."""
    precision = "milliseconds" if instant.microsecond >= _MILLISECOND_US else "seconds"
    return instant.astimezone(UTC).isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def sortable(text: str) -> str:
    """The text of an instant, so that texts sort like the instants."""
    return f"{text[:-1]}.000Z" if len(text) == _WHOLE_SECONDS else text


def parse_instant(text: str) -> datetime:
    """ISO with a zone, or epoch milliseconds. Raises :class:`ValueError`."""
    if _MILLISECONDS.fullmatch(text):
        milliseconds = int(text)
        return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)
    if _DAY.fullmatch(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"no zone in {text!r}")
    return instant


def parse_day(text: str) -> str:
    """``YYYY-MM-DD`` from itself or from midnight-UTC milliseconds. Raises :class:`ValueError`."""
    if _MILLISECONDS.fullmatch(text):
        if int(text) % DAY_MS:
            raise ValueError(f"{text} is not midnight UTC")
        return datetime.fromtimestamp(int(text) // 1000, UTC).date().isoformat()
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is not YYYY-MM-DD")
    return date.fromisoformat(text).isoformat()


def plain(number: Decimal) -> str:
    """A number without exponent and without trailing zeros."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def checked(definition: Mapping[str, Any], text: str, *, old: str | None = None, canonical_numbers: bool = False) -> str:
    """The value as the account keeps it. ``old`` is the present value (``;a;b`` appends to it). Raises :class:`BadText`."""
    name, type_ = definition["name"], definition["type"]
    if type_ == "number":
        if not _NUMBER.fullmatch(text):
            raise BadText("INVALID_INTEGER", f"{text} was not a valid number for property {name}")
        return plain(Decimal(text)) if canonical_numbers else text
    try:
        if type_ == "date":
            return parse_day(text)
        if type_ == "datetime":
            return instant_text(parse_instant(text))
    except ValueError as error:
        raise BadText("INVALID_DATE", f"{text} was not a valid {type_} for property {name}") from error
    if type_ in ("enumeration", "bool"):
        return _option(definition, text, old)
    if len(text) > TEXT_MAX:
        raise BadText("INVALID_LENGTH", f"property {name} holds at most {TEXT_MAX} characters")
    return text


def _option(definition: Mapping[str, Any], text: str, old: str | None) -> str:
    if definition.get("externalOptions"):
        return text
    is_many = definition["fieldType"] == "checkbox"
    given = [part for part in text.split(";") if part] if is_many else [text]
    allowed = {option["value"] for option in definition["options"]}
    for value in given:
        if value not in allowed:
            listed = ", ".join(sorted(allowed))
            raise BadText("INVALID_OPTION", f"{value} was not one of the allowed options of {definition['name']}: [{listed}]")
    if is_many and text.startswith(";"):
        given = list(dict.fromkeys([*(old or "").split(";"), *given]))
    return ";".join(part for part in given if part)


def loaded(definition: Mapping[str, Any], value: object) -> str | None:
    """A world's value as the account keeps it: text, instants in one form. Nothing is refused: a world may hold dirt."""
    if value is None or value == "":
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if definition["type"] == "datetime":
        try:
            return instant_text(parse_instant(text))
        except ValueError:
            return text
    return text
