"""LinkedIn's query strings: Rest.li protocol 2.0.

``(``, ``)``, ``:`` and ``,`` that make up the structure stand as they are; the same characters inside a value are encoded. An HTTP
library that encodes all of them, or a URN left as it is, gets a 400.
https://learn.microsoft.com/linkedin/shared/api-guide/concepts/protocol-version (2026-11-21)
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote


def query(parameters: Mapping[str, Any]) -> str:
    """A query string, ready to be sent: ``q=analytics&accounts=List(urn%3Ali%3AsponsoredAccount%3A512)``."""
    return "&".join(f"{name}={encoded(value)}" for name, value in parameters.items())


def encoded(value: Any) -> str:
    """A text, a number, an object or a list in Rest.li's notation."""
    if isinstance(value, Mapping):
        parts = (f"{encoded(str(key))}:{encoded(inner)}" for key, inner in value.items())
        return f"({','.join(parts)})"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"List({','.join(encoded(inner) for inner in value)})"
    return quote(str(value), safe="")


def date_parts(day: date) -> dict[str, int]:
    """A day as LinkedIn takes and gives it."""
    return {"year": day.year, "month": day.month, "day": day.day}
