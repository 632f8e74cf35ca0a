"""Schema drift: what a vendor's records bear that a stream does not know, and what they no longer bear.

Nothing is refused for it. A new field or an unknown word is in the raw records already and is counted here, so that a person
hears of it before a figure depends on it; a removed field gets one line naming the field and the API version, where each
record would else be set aside with a line of its own.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from connectors.base import Raw, Shape

SHOWN = 5
"""Names and words of a kind that are listed; the others are counted."""


class Drift:
    """What the records of one read show. Cheap: a record whose fields were seen together before is only asked for its words."""

    def __init__(self, shape: Shape, api_version: str) -> None:
        self._shape = shape
        self._version = api_version
        self._known = shape.required | shape.optional
        self._parents = frozenset(
            ".".join(parts[:n]) for name in self._known if (parts := name.split(".")) for n in range(1, len(parts))
        )
        self._words = tuple((name, tuple(name.split(".")), words) for name, words in shape.words.items())
        self._seen: dict[tuple[str, ...], frozenset[str]] = {}
        self._borne: set[str] = set()
        self._unknown_words: dict[str, Counter[str]] = {}
        self.records = 0

    def look(self, record: Raw) -> None:
        """Take one record into account."""
        self.records += 1
        mark = self._mark(record)
        if mark not in self._seen:
            self._seen[mark] = frozenset(_names(record, self._parents))
            self._borne |= self._seen[mark]
        for name, path, words in self._words:
            value: Any = record
            for step in path:
                value = value.get(step) if isinstance(value, dict) else None
            if isinstance(value, str) and value not in words:
                self._unknown_words.setdefault(name, Counter())[value] += 1

    def lines(self) -> list[str]:
        """A sentence for each finding; none when the records are as the stream knows them."""
        if not self.records:
            return []
        found = [
            f"the field {name} is no longer in the answers (API version {self._version})"
            for name in sorted(self._shape.required - self._borne)
        ]
        if new := sorted(self._borne - self._known - self._parents):
            found.append(f"new fields, kept as received and not read: {_some(new)} (API version {self._version})")
        for name, words in sorted(self._unknown_words.items()):
            listed = [f"{word} ({count})" for word, count in sorted(words.items())]
            found.append(f"{name}: unknown words, kept as received: {_some(listed)} (API version {self._version})")
        return found

    def _mark(self, record: Raw) -> tuple[str, ...]:
        mark = [*record]
        for parent in self._parents:
            value: Any = record
            for step in parent.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            if isinstance(value, dict):
                mark += ["", parent, *value]
        return tuple(mark)


def _names(record: Mapping[str, Any], parents: frozenset[str], above: str = "") -> list[str]:
    found: list[str] = []
    for key, value in record.items():
        name = f"{above}{key}"
        found.append(name)
        if name in parents and isinstance(value, dict):
            found += _names(value, parents, f"{name}.")
    return found


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
