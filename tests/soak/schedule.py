"""What may go wrong while a run is under way, and what people may do meanwhile: drawn by Hypothesis, printed when a run ends wrong.

A schedule says at which call of a vendor (counted from the run's first) what happens. People's deeds are chosen so that they end the
same whenever they happen: each has records of its own, and nobody touches a value of ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import Fault
from connectors.sandbox.hubspot.loading import PERSON
from connectors.sandbox.hubspot.portal import Portal
from connectors.sandbox.hubspot.records import Stored
from tests.soak.site import Site
from tests.soak.world import FIRST_COMPANY, FIRST_CONTACT, FIRST_DEAL, NOW, WON

CALLS = 70
"""A schedule reaches so far into a run; what lies behind its end happens when it is over."""
AT = NOW + timedelta(hours=12, minutes=30)
"""The instant that what people do bears, whenever the run comes to it: instants must not differ between two installations.
Later than any step of the clock goes, for no edit of HubSpot's bears an instant that had passed when it was made."""

Deed = Callable[[Sandbox], None]


# --- people -----------------------------------------------------------------------------------------------------------


def _edit(object: str, number: int, **values: str) -> Deed:
    def deed(sandbox: Sandbox) -> None:
        records = sandbox.portal.find(object)
        sandbox.portal.write(records, records.by_id[str(number)], values, PERSON, AT)

    return deed


def _archive(object: str, number: int) -> Deed:
    def deed(sandbox: Sandbox) -> None:
        records = sandbox.portal.find(object)
        records.archive(records.by_id[str(number)], AT)

    return deed


def _merge(object: str, survivor: int, loser: int) -> Deed:
    def deed(sandbox: Sandbox) -> None:
        records = sandbox.portal.find(object)
        sandbox.portal.merge(records, records.by_id[str(survivor)], records.by_id[str(loser)], AT)

    return deed


def _clone(number: int, copy: int) -> Deed:
    """HubSpot's own "clone": a new record with the values of the old, ours among them."""

    def deed(sandbox: Sandbox) -> None:
        portal = sandbox.portal
        records = portal.find("deals")
        old = records.by_id[str(number)]
        new = _new(portal, str(copy))
        left_out = {"hs_object_id", "createdate", "hs_createdate", "hs_lastmodifieddate"}
        values = {n: v for n, v in old.values.items() if n not in left_out and _is_writable(portal, n)}
        portal.write(records, new, values, PERSON, AT)

    return deed


def _new(portal: Portal, id: str) -> Stored:
    """A deal with a chosen id: which one is free next depends on what happened before."""
    records = portal.find("deals")
    stamp = AT.isoformat().replace("+00:00", "Z")
    values = {"hs_object_id": id, "createdate": stamp, "hs_createdate": stamp, "hs_lastmodifieddate": stamp}
    record = Stored(id, int(id), values, stamp, stamp)
    records.add(record)
    records.index_later(record, AT, portal.clock.now())
    return record


def _is_writable(portal: Portal, name: str) -> bool:
    definition = portal.find("deals").definitions.active.get(name)
    return definition is not None and not definition["calculated"]


PEOPLE: Mapping[str, Deed] = {
    "a deal is won": _edit("deals", FIRST_DEAL, dealstage=WON, amount="55555"),
    "a deal doubles": _edit("deals", FIRST_DEAL + 7, amount="99000"),
    "a company is renamed": _edit("companies", FIRST_COMPANY, name="Renamed"),
    "a contact becomes a customer": _edit("contacts", FIRST_CONTACT, lifecyclestage="customer"),
    "a deal is archived": _archive("deals", FIRST_DEAL + 30),
    "a contact is archived": _archive("contacts", FIRST_CONTACT + 5),
    "two deals are merged": _merge("deals", FIRST_DEAL + 40, FIRST_DEAL + 41),
    "two contacts are merged": _merge("contacts", FIRST_CONTACT + 7, FIRST_CONTACT + 8),
    "a deal is cloned": _clone(FIRST_DEAL + 50, 9001),
}
"""In the order in which they happen to an installation that has no trouble."""
DAYS: tuple[tuple[str, ...], ...] = (
    (),
    ("a deal is won", "a company is renamed", "a contact becomes a customer"),
    ("a deal doubles", "a deal is archived", "two contacts are merged"),
)
"""What people do in one run. Few, because each is also lived through without trouble."""
DAYS_WITH_OURS = (*DAYS, tuple(PEOPLE))
"""A clone takes our values with it: it ends otherwise before our first write than after it."""


# --- trouble ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trouble:
    """Ordered at a call, which it hits."""

    fault: Fault
    forward: timedelta = timedelta(0)
    """A step of the clock."""

    def __str__(self) -> str:
        if self.forward:
            return f"the clock steps by {self.forward}"
        parts = {k: v for k, v in vars(self.fault).items() if v not in (None, "", 0.0, False) and k not in ("kind", "vendor")}
        return f"{self.fault.kind} {parts}"


def _faults() -> st.SearchStrategy[Fault]:
    def made(kind: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Fault]:
        return st.builds(Fault, st.just(kind), vendor=st.just("hubspot"), **more)

    few = st.integers(1, 3)
    return st.one_of(
        made(
            "status", status=st.just(429), policy=st.sampled_from(["TEN_SECONDLY_ROLLING", "SECONDLY"]), times=st.integers(1, 8)
        ),
        made("status", status=st.just(429), policy=st.just("DAILY")),
        made("status", status=st.sampled_from([500, 502, 503, 504]), times=st.integers(1, 8)),
        made("status", status=st.just(423), times=few),
        made("cut", applied=st.booleans(), times=few),
        made("empty", applied=st.booleans(), times=few),
        made("slow", seconds=st.just(0.01)),
        made("half_batch", status=st.sampled_from([500, 502, 504])),
        made("duplicate_rows", times=few),
    )


def _troubles() -> st.SearchStrategy[Trouble]:
    steps = st.sampled_from([timedelta(seconds=1), timedelta(minutes=5), timedelta(hours=3)])
    return st.one_of(
        _faults().map(Trouble),
        steps.map(lambda step: Trouble(Fault("slow"), step)),
    )


@dataclass(frozen=True)
class Schedule:
    """One run's trouble."""

    start: str
    people: tuple[tuple[int, str], ...]
    """(number of the call, what somebody does)."""
    trouble: tuple[tuple[int, Trouble], ...]

    @property
    def deeds(self) -> frozenset[str]:
        return frozenset(name for _, name in self.people)

    def __str__(self) -> str:
        lines = [(n, name) for n, name in self.people] + [(n, str(trouble)) for n, trouble in self.trouble]
        return "\n".join([f"from {self.start}:", *(f"  at call {n}: {what}" for n, what in sorted(lines))])

    def order(self, site: Site) -> None:
        """Everything is put in place; the site's calls are counted from here."""
        site.watch.forget()
        for number, name in self.people:
            site.watch.at.setdefault(number, []).append(lambda name=name: do(site.sandbox, name))
        for number, trouble in self.trouble:
            site.watch.at.setdefault(number, []).append(lambda trouble=trouble: bring(site.sandbox, trouble))


def do(sandbox: Sandbox, name: str) -> None:
    with sandbox.lock:
        PEOPLE[name](sandbox)


def bring(sandbox: Sandbox, trouble: Trouble) -> None:
    with sandbox.lock:
        if trouble.forward:
            sandbox.clock.advance(trouble.forward)
        else:
            sandbox.faults.add(replace(trouble.fault))


def end_trouble(site: Site) -> None:
    """Nothing goes wrong any more; what people had still to do they do now."""
    with site.sandbox.lock:
        site.sandbox.faults.clear()
    for _, happenings in sorted(site.watch.at.items()):
        for happening in happenings:
            happening()
    site.watch.at.clear()
    with site.sandbox.lock:
        site.sandbox.faults.clear()


def schedules(starts: tuple[str, ...], first: str) -> st.SearchStrategy[Schedule]:
    """``first`` names the start at which none of our values stands in the CRM yet."""
    number = st.integers(1, CALLS)

    def of(start: str) -> st.SearchStrategy[Schedule]:
        def at_calls(day: tuple[str, ...]) -> st.SearchStrategy[tuple[tuple[int, str], ...]]:
            return st.tuples(*(st.tuples(number, st.just(name)) for name in day))

        people = st.sampled_from(DAYS if start == first else DAYS_WITH_OURS).flatmap(at_calls)
        trouble = st.lists(st.tuples(number, _troubles()), min_size=1, max_size=4)
        return st.builds(Schedule, st.just(start), people, trouble.map(tuple))

    return st.sampled_from(starts).flatmap(of)
