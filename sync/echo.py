"""Our own echo: a write moves a record's modified date, so the next read would fetch all that we wrote once more.

A run that wrote many records of a type reads them back before it ends, through the ordinary pipeline: whoever edited one
of them meanwhile is read with it, and the cursor moves past our own writes. Few records cost one page, now or then: they
are left to the next read.

Nothing is skipped for carrying the instant of our own write: an edit that a person made shortly before it would be
hidden behind it.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.base import Crm
from sync.house import House
from sync.in_flight import Stopped
from sync.pipeline import Frame, extract
from sync.plan import DRAIN_FROM, LAST
from sync.progress import Progress

log = logging.getLogger("cadran.echo")

LAG_S = 120.0
"""How long a CRM's search may lag behind a write, where its source does not say (``schedule.search_lag``)."""
_GLANCE_S = 0.2
"""How often the wait looks up to see whether it shall stop."""


@dataclass(frozen=True)
class ReadBack:
    """What reading our own changes back took."""

    records: int
    requests: int


def to_drain(house: House, records: Mapping[str, int]) -> list[str]:
    """Of (object -> records written), the objects that are read back within the run; no stream gives campaigns of ours. A source
    that reads everything each time has no echo (``has_echo``)."""
    if not getattr(house.sources[house.settings.crm.source], "has_echo", True):
        return []
    return sorted(object for object, count in records.items() if count > DRAIN_FROM and object not in LAST)


def lag_of(house: House) -> float:
    """Seconds by which the CRM's search may lag."""
    source = house.sources[house.settings.crm.source]
    if not getattr(source, "has_echo", True):
        return 0.0
    schedule = getattr(source, "schedule", None)
    return LAG_S if schedule is None else float(schedule.search_lag.total_seconds())


def read_back(
    house: House,
    run_id: int,
    crm: Crm,
    frame: Frame,
    clock: Callable[[], datetime],
    progress: Progress,
    objects: list[str],
    *,
    stop: Callable[[], bool],
    wait: Callable[[float], None] = time.sleep,
) -> ReadBack:
    """Wait until the search shows our last write, then read these objects' changes. ``clock`` is the CRM's.

    Raises :class:`Stopped` when asked to: nothing is lost, the next run reads the same."""
    source = house.sources[crm_source := house.settings.crm.source]
    before = int(getattr(source, "requests_sent", 0))
    with progress.step("waiting for the CRM's search to show our changes"):
        left = lag_of(house)
        while left > 0:
            if stop():
                raise Stopped
            wait(min(_GLANCE_S, left))
            left -= _GLANCE_S
    if stop():
        raise Stopped
    # What is read now is newer than what our writes answered: a person's edit since then must not hide behind them.
    later = replace(frame, now=clock())
    extracted = extract(house, run_id, crm, later, progress, only=[crm_source], streams=objects)
    found = ReadBack(sum(s.records for s in extracted.streams), int(getattr(source, "requests_sent", 0)) - before)
    log.info("reading back our own changes: %d records, %d requests", found.records, found.requests)
    return found
