"""One message per cause: which of the alerts that came up in one look belong together.

- What is wrong with the reading itself (a silent source, a failed run) is one cause, and takes along the alerts on figures that
  the silent sources feed: a drop that comes from missing data is named in that message, not sent besides.
- Alerts on figures of the same period that share a KPI or a measure are one: a total that moved because one channel did, and the
  rates that moved with it. A target belongs to its KPI.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sync.publish.alerts.readings import Reading
from sync.publish.alerts.state import Told

SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True)
class Event:
    """An alert that began or is over."""

    told: Told
    reading: Reading

    @property
    def is_health(self) -> bool:
        return self.reading.settings.kind in ("stale_data", "sync_failed")


Cause = tuple[Event, ...]
"""What is told together, the most telling first."""

Measures = Callable[[str], frozenset[str]]
"""KPI -> names of what its formula is made of."""
Fed = Callable[[str], frozenset[str]]
"""KPI -> the sources that what it is made of comes from."""


def causes(events: Iterable[Event], measures: Measures, fed: Fed) -> list[Cause]:
    """The events in their groups; each event is in one of them."""
    events = list(events)
    parts = _Parts(len(events))
    health = [i for i, one in enumerate(events) if one.is_health]
    silent = {one.reading.member for one in events if one.reading.settings.kind == "stale_data" and one.told == "began"}
    for i, j in pairwise(health):
        parts.join(i, j)
    figures = [i for i, one in enumerate(events) if one.reading.kpi is not None]
    fed_by_silent = [i for i in figures if events[i].told == "began" and fed(events[i].reading.kpi or "") & silent]
    for i in fed_by_silent:
        parts.join(health[0], i)
    apart = [i for i in figures if i not in fed_by_silent]
    for place, i in enumerate(apart):
        for j in apart[:place]:
            if _share(events[i].reading, events[j].reading, measures):
                parts.join(i, j)
    return [tuple(sorted((events[i] for i in group), key=_rank)) for group in parts.groups()]


def _share(one: Reading, other: Reading, measures: Measures) -> bool:
    """Whether what moved one can be what moved the other."""
    if one.kpi == other.kpi:
        return True
    same_time = (one.settings.period, one.start) == (other.settings.period, other.start)
    return same_time and bool(measures(one.kpi or "") & measures(other.kpi or ""))


def _rank(event: Event) -> tuple[object, ...]:
    """Health first, what began before what is over, the whole before its parts, the gravest."""
    reading = event.reading
    grave = SEVERITIES.index(reading.settings.severity)
    return not event.is_health, event.told == "ended", reading.member != "", grave, reading.rule, reading.member


def gravest(cause: Sequence[Event]) -> str:
    return min((event.reading.settings.severity for event in cause), key=SEVERITIES.index)


def by_recipient(cause: Cause, told: Callable[[Reading], Iterable[str]]) -> Mapping[str, Cause]:
    """Recipient -> what of the cause is theirs."""
    found: dict[str, list[Event]] = {}
    for event in cause:
        for recipient in told(event.reading):
            found.setdefault(recipient, []).append(event)
    return {recipient: tuple(events) for recipient, events in found.items()}


class _Parts:
    """Sets that are joined (union-find)."""

    def __init__(self, count: int) -> None:
        self._of = list(range(count))

    def _root(self, i: int) -> int:
        while self._of[i] != i:
            i = self._of[i]
        return i

    def join(self, i: int, j: int) -> None:
        one, other = sorted((self._root(i), self._root(j)))
        self._of[other] = one

    def groups(self) -> list[list[int]]:
        """In the order of their first."""
        found: dict[int, list[int]] = {}
        for i in range(len(self._of)):
            found.setdefault(self._root(i), []).append(i)
        return list(found.values())
