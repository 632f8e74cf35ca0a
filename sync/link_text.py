"""Associations as the text of a plan line: which records one record is associated with, by us. Pure.

A line's property is the other object in brackets, ``(deals)``; its old value lists the ids that go, ``101;102;``, its new
one those that come, so that a journal grows with what changes. All that stands is a base of its own, ``[deals]``. Only what
we associated is in it: what people associated themselves is never touched.
"""

from collections.abc import Iterable

ITSELF = "(object)"
"""Property of the line that makes an object itself, among the definitions of its properties."""

PER_MAKING = 2_000
PER_ENDING = 100
"""Associations that one call makes, and that one call ends (HubSpot associations guide, read 2026-11-21)."""


def is_link(property: str) -> bool:
    """Whether a line's property stands for associations (and not for an object itself)."""
    return property.startswith("(") and property.endswith(")") and property != ITSELF


def link_property(to: str) -> str:
    return f"({to})"


def link_base(to: str) -> str:
    """Property of the ledger's base that lists all that we associated."""
    return f"[{to}]"


def linked_object(property: str) -> str:
    return property.strip("()")


def joined(ids: Iterable[str]) -> str | None:
    """Ids in their order as numbers; None for none."""
    return "".join(f"{one};" for one in sorted(ids, key=lambda one: (len(one), one))) or None


def parted(text: str | None) -> frozenset[str]:
    return frozenset(one for one in (text or "").split(";") if one)


def difference(old: str | None, new: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """What comes, and what goes, of a line's values (or of two whole lists)."""
    before, after = parted(old), parted(new)
    return after - before, before - after


def net(lines: Iterable[tuple[str | None, str | None]]) -> tuple[frozenset[str], frozenset[str]]:
    """What came and what went over several lines (old, new), one after the other."""
    came: frozenset[str] = frozenset()
    went: frozenset[str] = frozenset()
    for old, new in lines:
        comes, goes = difference(old, new)
        came, went = (came - goes) | (comes - went), (went - comes) | (goes - came)
    return came, went


def shown(property: str, value: str | None, sign: str) -> str | None:
    """For people: how many come (``+``) or go (``−``), instead of which."""
    return f"{sign}{len(parted(value))}" if is_link(property) and value else value


def calls(differences: Iterable[tuple[str, frozenset[str], frozenset[str]]]) -> int:
    """API calls that so many changes cost at most: (property, what comes, what goes) of each line."""
    made: dict[str, int] = {}
    ended: dict[str, int] = {}
    for property, comes, goes in differences:
        made[property] = made.get(property, 0) + len(comes)
        ended[property] = ended.get(property, 0) + len(goes)
    making = sum(-(-n // PER_MAKING) + (n > 0) for n in made.values())  # the type's number is asked for first
    return making + sum(-(-n // PER_ENDING) for n in ended.values())
