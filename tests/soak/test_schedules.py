"""Any trouble in a run, and people at work meanwhile: once it is over, the next run ends where a run without trouble ends; after a
run that was cut off, the one after it.

``SOAK_SCHEDULES`` says how many schedules are tried; they are the same on every machine.
"""

import itertools
import logging
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from pprint import pformat

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from connectors.errors import CadranError
from sync import runs
from sync.plan import Change
from sync.progress import LogProgress
from tests.soak.endstate import EndState, differences, end_state
from tests.soak.schedule import AT, PEOPLE, Schedule, do, end_trouble, schedules
from tests.soak.site import Kept, Site, served
from tests.soak.world import soak_world

SCHEDULES = int(os.environ.get("SOAK_SCHEDULES", "20"))
"""Unless a campaign (``make soak``) asks for more: each takes a core some five seconds."""
OF_A_PART = 10
"""So that every core works to the end, and a long campaign shows how far it is."""
PARTS = -(-SCHEDULES // OF_A_PART)
FIRST_LOAD, LATER = "first load", "increment"
AFTERWARDS = AT + timedelta(days=8)
"""Lists of archived records and complete lists are due again."""
ACTED_ON = ("create", "update", "clear")


class Ends:
    """Where runs without trouble end, by what people did; each reached once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with served(root / "first", soak_world()) as site:
            (site.folder / ".cadran").mkdir()
            fresh = Kept.of(site, root / "fresh")
            site.run()
            self.starts = {FIRST_LOAD: fresh, LATER: Kept.of(site, root / "settled")}
        self.numbers = itertools.count()
        self.after = cache(self._after)

    def _after(self, start: str, deeds: frozenset[str]) -> tuple[EndState, list[Change]]:
        with self.starts[start].again(self.root / f"{start} {next(self.numbers)}") as site:
            for name in PEOPLE:
                if name in deeds:
                    do(site.sandbox, name)
            return afterwards(site)


def afterwards(site: Site, code: int = 0) -> tuple[EndState, list[Change]]:
    """One more run, a week later. Then there is nothing to do; what a plan still reports is given.

    A run that ended early may have left a complete list half read. The next one ends that list; what moves no modified date
    and changed since it began is the business of the list that is due after it.
    """
    with site.sandbox.lock:
        site.sandbox.clock.set(AFTERWARDS)
    if code:
        site.run()
    with site.open() as house:
        synced, _plan, _done = runs.run(house, LogProgress(), allowed=runs.Allowed())
        lines = list(runs.plan(house, synced=synced).changes)
    assert not [c for c in lines if c.outcome in ACTED_ON], f"still planned: {pformat(lines, width=160)}"
    state = end_state(site)
    state.facts.pop("crm_value", None)  # as last read, so before this run's writes or after: the empty plan speaks for it
    leave_out_ours_on_the_gone(state)
    return state, lines


def leave_out_ours_on_the_gone(state: EndState) -> None:
    """Whether a record got its value before somebody archived it or merged it away depends on who was first."""
    for object, records in state.crm.items():
        for id, values in records.items():
            if values.get("archived") or values.get("merged into"):
                for name in [name for name in values if name.startswith("cadran_")]:
                    del values[name]
                    state.bases.pop((object, id, name), None)


def check(schedule: Schedule, ends: Ends, folder: Path) -> None:
    """Raises :class:`AssertionError` with the schedule and what is not equal."""
    shutil.rmtree(folder, ignore_errors=True)
    with ends.starts[schedule.start].again(folder) as site:
        schedule.order(site)
        code = code_of(site)
        end_trouble(site)
        found, reported = afterwards(site, code)
    wanted, wanted_reports = ends.after(schedule.start, schedule.deeds)
    # Not how often a value was written: that depends on who was first, and on the week between the two runs.
    apart = differences(found, wanted, "crm", "facts", "cursors", "bases")
    apart |= {"unsettled": [str(key) for key in found.unsettled]} if found.unsettled else {}
    assert not apart, f"{schedule}\n{pformat(apart, width=160)}"
    assert reported == wanted_reports, schedule
    assert code in (0, 3, 4), schedule


def code_of(site: Site) -> int:
    """The exit code of a run."""
    try:
        site.run()
    except CadranError as error:
        return error.exit_code
    return 0


def part(number: int, ends: Ends) -> None:
    """Try one part of the schedules; raises for one that ends wrong, with the smallest schedule that shows it."""

    @seed(number)
    @settings(
        max_examples=min(OF_A_PART, SCHEDULES),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(schedules((FIRST_LOAD, LATER), FIRST_LOAD))
    def ends_well(schedule: Schedule) -> None:
        check(schedule, ends, ends.root / "site")

    ends_well()


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    return Ends(tmp_path_factory.mktemp("schedules"))


@pytest.fixture
def _without_log() -> Iterator[None]:
    """Troubles are logged, thousands of them; pytest would keep them all."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("_without_log")
@pytest.mark.parametrize("number", range(PARTS))
def test_whatever_goes_wrong_during_a_run_the_next_one_ends_as_if_nothing_had_happened(number: int, ends: Ends) -> None:
    """The CRM's values, the facts, the cursors, what we hold to be ours, no outcome unknown, and an empty plan. ``number`` is the
    seed of its schedules: the same on every machine, whichever process tries it."""
    part(number, ends)
