"""Which of an account's own properties fill which of our columns. Pure: it knows neither a vendor nor a store.

A connector offers columns (:class:`Offer`), the user chooses properties for some of them (``mapping`` in its section), and
what the account really has (:class:`Property`) decides. A choice that cannot be followed is reported and the column goes
on with what it has by default; it never stops a run.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

ValueType = Literal["text", "number", "instant", "date", "currency"]

ACCEPTS: Mapping[ValueType, frozenset[str]] = MappingProxyType(
    {
        "text": frozenset({"string", "enumeration", "bool", "number"}),
        "number": frozenset({"number"}),
        "instant": frozenset({"datetime", "date"}),
        "date": frozenset({"date", "datetime"}),
        "currency": frozenset({"enumeration", "string"}),
    }
)
"""Types of properties that a column of each type can be read from."""


@dataclass(frozen=True)
class Offer:
    """A column that may be filled from a property of the account's choice."""

    column: str
    type: ValueType
    standard: str | None
    """The property it is read from otherwise; None: it stays empty."""


@dataclass(frozen=True)
class Property:
    """A property as the account defines it."""

    name: str
    label: str
    type: str


Chosen = Mapping[str, Mapping[str, str]]
"""Object -> column -> property, as the user wrote it."""
Offers = Mapping[str, Sequence[Offer]]
"""Object -> its columns. A name that ends in ``.`` stands for every object whose name begins so."""


def offers_of(object: str, offers: Offers) -> Sequence[Offer] | None:
    """What is offered for an object; None when there is no such object."""
    family = next((name for name in offers if name.endswith(".") and object.startswith(name) and object != name), None)
    return offers.get(object) if object in offers else offers.get(family) if family else None


def faults(chosen: Chosen, offers: Offers) -> list[str]:
    """What is wrong with a choice on its face: a sentence for each unknown object and column, with the nearest known one."""
    found = []
    for object, columns in chosen.items():
        offered = offers_of(object, offers)
        if offered is None:
            known = [f"{name}<name>" if name.endswith(".") else name for name in offers]
            found.append(f"`{object}` is no object that can be mapped; {nearest(object, known)}")
            continue
        known = [offer.column for offer in offered]
        found += [
            f"`{object}.{one}` is no column that can be mapped; {nearest(one, known)}" for one in columns if one not in known
        ]
    return found


def nearest(wrong: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the known one that is like it, or all of them."""
    known = list(known)
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else f"known: {', '.join(sorted(known))}"


@dataclass(frozen=True)
class Settled:
    """What one object's choices come to in an account."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Column -> the chosen property, where it can be followed."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Chosen property -> its label: by it a renamed one is recognised should it vanish."""
    notes: Sequence[str] = ()


def settle(
    object: str,
    chosen: Mapping[str, str],
    offered: Sequence[Offer],
    active: Mapping[str, Property],
    archived: Callable[[], Mapping[str, Property]],
    labels: Mapping[str, str],
) -> Settled:
    """Hold one object's choices against what the account has.

    ``active``: its properties by name. ``archived`` gives the archived ones, and is asked only where a chosen property is
    not active. ``labels``: what :attr:`Settled.labels` was the last time.
    """
    by_column = {offer.column: offer for offer in offered}
    columns, kept, notes = {}, {}, []
    for column, name in chosen.items():
        offer, found = by_column[column], active.get(name)
        if found is not None and found.type in ACCEPTS[offer.type]:
            columns[column], kept[name] = name, found.label
            continue
        if found is not None:
            fault = f"{name} is of type {found.type}, which {_wanted(offer.type)}"
        else:
            gone = archived().get(name)
            fault = f"{name} is archived" if gone else f"this account has no property {name}"
            label = gone.label if gone else labels.get(name)
            heir = next((one.name for one in active.values() if label and one.label == label), None)
            if heir:
                fault += f"; {heir} has its label ({label}): was it replaced?"
            if label:
                kept[name] = label
        stands_in = f"{offer.standard} is read instead" if offer.standard else "the column stays empty"
        notes.append(f"mapping of {object}.{column}: {fault}; {stands_in}")
    return Settled(columns, kept, notes)


def _wanted(type: ValueType) -> str:
    return f"does not hold {_MEANING[type]}"


_MEANING: Mapping[ValueType, str] = MappingProxyType(
    {"text": "a text", "number": "a number", "instant": "a date", "date": "a date", "currency": "a currency"}
)
