"""``kill -9`` anywhere in a run: the next one ends as if nothing had happened.

Moments are drawn by seed: the n-th call of a family, and what became of it (:mod:`.watch`); every fifth kill comes after a random
number of milliseconds instead. ``SOAK_KILLS`` says how many there are.
"""

import os
import random
import signal
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from connectors.sandbox.hubspot.loading import PERSON
from sync import runs
from tests.soak.endstate import EndState, differences, end_state
from tests.soak.site import PATIENCE_S, Kept, Site, served
from tests.soak.watch import Family, Moment, Phase
from tests.soak.world import FIRST_DEAL, NOW, WON, soak_world

KILLS = int(os.environ.get("SOAK_KILLS", "15"))
LONGEST_MS = 1_500
"""Of a random kill; about a whole run."""
CHANGED = range(FIRST_DEAL, FIRST_DEAL + 20, 2)
"""Deals that people changed before an increment."""
CHANGED_LATER = range(FIRST_DEAL + 30, FIRST_DEAL + 40, 3)
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Undisturbed:
    """A state to start from, and what a run that nobody kills makes of it."""

    start: Kept
    end: EndState
    rows: dict[tuple[str, str, str, str], int]
    calls: dict[Family, int]
    later: EndState
    """After :func:`live_on`."""


def edit(site: Site, numbers: range, amount: str, at: datetime) -> None:
    """People change deals, at an instant and not whenever the runs before are done; then an hour passes."""
    with site.sandbox.lock:
        site.sandbox.clock.set(at)
        portal = site.sandbox.portal
        deals = portal.find("deals")
        for number in numbers:
            portal.write(deals, deals.by_id[str(number)], {"amount": amount, "dealstage": WON}, PERSON, at)
        site.sandbox.clock.set(at + AN_HOUR)


def live_on(site: Site) -> EndState:
    """People go on working, and one more run picks it up: cursors stand where they should. Then nothing is left to be done."""
    edit(site, CHANGED_LATER, "77777", NOW + 4 * AN_HOUR)
    site.run()
    with site.open() as house:
        assert list(runs.plan(house).changes) == []
    return end_state(site)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Undisturbed]:
    root = tmp_path_factory.mktemp("undisturbed")
    with served(root / "first", soak_world()) as site:
        (site.folder / ".cadran").mkdir()
        first = measured(site, root / "fresh")
    with first.start.again(root / "second") as site:
        site.run()
        edit(site, CHANGED, "55555", NOW + 2 * AN_HOUR)
        increment = measured(site, root / "settled")
    return {"first load": first, "increment": increment}


def measured(site: Site, kept: Path) -> Undisturbed:
    start = Kept.of(site, kept)
    site.watch.forget()
    site.run()
    rows, calls = site.watch.rows_written(), {family: site.watch.count(family) for family in get_args(Family)}
    return Undisturbed(start, end_state(site), rows, calls, live_on(site))


@dataclass(frozen=True)
class Kill:
    seed: int
    state: str
    moment: Moment | None
    """None: after ``milliseconds``."""
    milliseconds: int


def drawn(seed: int, undisturbed: dict[str, Undisturbed]) -> Kill:
    dice = random.Random(seed)
    state = dice.choice(sorted(undisturbed))
    calls = {family: n for family, n in undisturbed[state].calls.items() if n}
    family = dice.choice(sorted(calls))
    moment = Moment(family, dice.randint(1, calls[family]), dice.choice(get_args(Phase)))
    return Kill(seed, state, moment if seed % 5 else None, dice.randint(1, LONGEST_MS))


@pytest.mark.parametrize("seed", range(1, KILLS + 1))
def test_killed_at_any_moment_the_next_run_ends_as_if_nothing_had_happened(
    seed: int, undisturbed: dict[str, Undisturbed], tmp_path: Path
) -> None:
    """The CRM's values and their histories, the facts, the cursors and the outcomes; and no value is sent twice."""
    kill = drawn(seed, undisturbed)
    reference = undisturbed[kill.state]
    with reference.start.again(tmp_path / "site") as site:
        die(site, kill)
        site.run()
        assert differences(end_state(site), reference.end, "crm", "histories", "journal", "bases") == {}, kill
        assert site.watch.rows_written() == reference.rows, kill
        assert differences(live_on(site), reference.later) == {}, kill


def die(site: Site, kill: Kill) -> None:
    """A run is killed at the moment that was drawn."""
    if kill.moment is not None:
        site.watch.hold(kill.moment)
    process = site.start("run")
    if kill.moment is None:
        process.join(kill.milliseconds / 1000)
    elif not site.watch.reached.wait(PATIENCE_S):
        process.kill()
        pytest.fail(f"{kill} never came: {site.said()}")
    process.kill()
    process.join(PATIENCE_S)
    site.watch.let_go()
    assert process.exitcode in ((-signal.SIGKILL,) if kill.moment else (-signal.SIGKILL, 0)), site.said()
