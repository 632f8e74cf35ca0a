"""Erased records: nothing of them stays in any store, and a forgotten one is not stored again.

A record is *erased* when the CRM no longer gives it anywhere (a GDPR deletion), and *forgotten* when a person asks for it
(``cadran forget``), whether the CRM still holds it or not. Both go the same way, in an order in which every step can be
done again: first it is noted by keyed hash, then raw, results, facts and the ledger's pages let go of it, then the ledger's
file gives its free pages back, then the note says that nothing is left. Killed anywhere, the next run begins again from
the note and finds by its hash whatever is still there.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from connectors.base import Raw, Stream
from sync import wipe
from sync.house import House
from sync.ledger_tables import Mark
from sync.wipe import Subject

log = logging.getLogger("cadran.forget")

CLICKS = "ad_click"
"""In the place of an object: marks of ads' click ids, by the hash of the hash that the facts hold."""


@dataclass
class Erased:
    """What went, or would go: rows by store and table."""

    stores: dict[str, Counter[str]] = field(default_factory=dict)
    is_finished: bool = True
    """False: somebody was reading the ledger's file, so that its free pages are given back by the next run."""

    def add(self, store: str, counts: Mapping[str, int]) -> None:
        self.stores.setdefault(store, Counter()).update(counts)

    @property
    def rows(self) -> int:
        return sum(sum(counts.values()) for counts in self.stores.values())

    def to_json(self) -> dict[str, dict[str, int]]:
        return {store: dict(sorted(counts.items())) for store, counts in self.stores.items() if counts}


def mark(house: House, object: str, record_id: str) -> Mark:
    return Mark(object, house.pseudonym(f"{object}/{record_id}"))


def note_gone(house: House, object: str, ids: Collection[str]) -> None:
    """Note records that the CRM no longer gives anywhere, and what was merged into them. On disk when this returns;
    :func:`finish` then leaves nothing of them."""
    everyone = wipe.with_merged(house, object, frozenset(ids), also_survivors=False)
    _note(house, subject(house, object, everyone), is_forgotten=False)


def erase(house: House, object: str, ids: Collection[str]) -> Erased:
    """Leave nothing of records that the CRM no longer gives anywhere. For the holder of the account's lock, while nothing
    else writes the lake."""
    note_gone(house, object, ids)
    return finish(house)


def forget(house: House, object: str, record_id: str) -> Erased:
    """The same because a person asks for it: also the record that it was merged into, and none is ever stored again."""
    _note(house, subject_to_forget(house, object, record_id), is_forgotten=True)
    return finish(house)


def subject_to_forget(house: House, object: str, record_id: str) -> Subject:
    """The record with every other id that it had or has."""
    return subject(house, object, wipe.with_merged(house, object, frozenset({record_id}), also_survivors=True))


def subject(house: House, object: str, ids: frozenset[str]) -> Subject:
    return Subject(object, ids, wipe.own_clicks(house, ids) if object == "contacts" else frozenset())


def _note(house: House, who: Subject, *, is_forgotten: bool) -> None:
    marks = [*(mark(house, who.object, i) for i in who.ids), *(mark(house, CLICKS, hashed) for hashed in who.clicks)]
    house.ledger.ask_erasure(marks, house.clock(), is_forgotten=is_forgotten)


def finish(house: House) -> Erased:
    """Carry out every erasure that was asked for and is not finished. Nothing to do costs one look into the ledger."""
    erased = Erased()
    pending = house.ledger.unfinished_erasures()
    if not pending:
        return erased
    clicks = frozenset(c for c in wipe.known_clicks(house) if mark(house, CLICKS, c) in pending)
    for object in sorted({"contacts" if m.object == CLICKS else m.object for m in pending}):
        known = wipe.known_ids(house, object) | house.ledger.record_ids(house.settings.crm.source, object)
        ids = frozenset(i for i in known if mark(house, object, i) in pending)
        _carry_out(house, Subject(object, ids, clicks if object == "contacts" else frozenset()), erased)
    erased.is_finished = house.ledger.scrub()
    if erased.is_finished:
        house.ledger.finish_erasures(house.clock())
    log.info("erased: %d rows of %d records", erased.rows, len(pending))
    return erased


_LAKE: tuple[tuple[str, Callable[..., Counter[str]]], ...] = (("raw", wipe.raw), ("results", wipe.results), ("facts", wipe.facts))


def _carry_out(house: House, who: Subject, erased: Erased) -> None:
    for store, step in _LAKE:
        erased.add(store, step(house, who))
    erased.add("ledger", house.ledger.clean_record(house.settings.crm.source, who.object, who.ids))


def inventory(house: House, who: Subject) -> Erased:
    """What would go. Changes nothing."""
    found = Erased()
    for store, step in _LAKE:
        found.add(store, step(house, who, is_dry=True))
    found.add("ledger", house.ledger.count_record(house.settings.crm.source, who.object, who.ids))
    return found


class Forgotten:
    """Which records must not be stored again; built once per run, and false when there are none."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._marks = house.ledger.forgotten()
        self._objects = frozenset(m.object for m in self._marks)

    def __bool__(self) -> bool:
        return bool(self._marks)

    def is_forgotten(self, object: str, record_id: str) -> bool:
        return object in self._objects and mark(self._house, object, record_id) in self._marks

    def storable(self, source: str, stream: Stream, record_id: str, record: Raw) -> Raw | None:
        """The record as it may be stored: without what it says of forgotten ones, and not at all (None) when it is one."""
        if source == self._house.settings.crm.source:
            if self.is_forgotten(stream.name, record_id):
                return None
            return self._house.without_links(stream.name, record, self.is_forgotten)
        is_click = CLICKS in self._objects and CLICKS in stream.tables
        hashes = (self._house.pseudonym(part) for part in wipe.click_parts(record_id)) if is_click else ()
        return None if any(self.is_forgotten(CLICKS, hashed) for hashed in hashes) else record
