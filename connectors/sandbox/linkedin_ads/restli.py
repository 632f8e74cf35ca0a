"""Reading query strings as Rest.li 2.0 does: structure first, as it stands, and only then the values' percent encoding.

So a client that encodes the brackets sends a text where an object is needed, and one that leaves a URN's colons alone sends a
structure that is none.
"""

import re
from urllib.parse import unquote

from connectors.sandbox.linkedin_ads.errors import illegal

Value = str | list["Value"] | dict[str, "Value"]

_ATOM = re.compile(r"[^(),:]*")


def parse(query: str) -> dict[str, Value]:
    """The parameters of a query string, undecoded as it came. Raises 400 for what is not Rest.li."""
    found: dict[str, Value] = {}
    for part in filter(None, query.split("&")):
        name, _, text = part.partition("=")
        found[name] = _top(name, text)
    return found


def _top(name: str, text: str) -> Value:
    if not text.startswith(("(", "List(")):
        if re.search(r"[():]", text):
            raise illegal(f"Invalid query parameters passed to request: {name}")
        return unquote(text)
    value, rest = _value(name, text)
    if rest:
        raise illegal(f"Invalid query parameters passed to request: {name}")
    return value


def _value(name: str, text: str) -> tuple[Value, str]:
    """(the value that ``text`` begins with, what follows it)"""
    if text.startswith("List("):
        listed: list[Value] = []
        rest = text[5:]
        while not rest.startswith(")"):
            one, rest = _value(name, rest)
            listed.append(one)
            rest = _next(name, rest)
        return listed, rest[1:]
    if text.startswith("("):
        parts: dict[str, Value] = {}
        rest = text[1:]
        while not rest.startswith(")"):
            key, colon, rest = rest.partition(":")
            if not colon or _ATOM.fullmatch(key) is None:
                raise illegal(f"Invalid query parameters passed to request: {name}")
            parts[unquote(key)], rest = _value(name, rest)
            rest = _next(name, rest)
        return parts, rest[1:]
    atom = _ATOM.match(text)
    end = atom.end() if atom else 0
    if end == 0 or text[end : end + 1] not in (",", ")"):
        raise illegal(f"Invalid query parameters passed to request: {name}")
    return unquote(text[:end]), text[end:]


def _next(name: str, rest: str) -> str:
    """What stands behind a comma, or the closing bracket itself."""
    if rest.startswith(","):
        return rest[1:]
    if not rest.startswith(")"):
        raise illegal(f"Invalid query parameters passed to request: {name}")
    return rest
