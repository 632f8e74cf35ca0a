"""What ``cadran serve`` keeps running: the schedule in this process, the pages in one beside it.

Every run opens the account anew, so that changed settings and files are seen. Which sources watch files, and where the pages
listen, is asked once, when it starts.
"""

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import orjson

from connectors.errors import AccountBusy, CadranError
from sync import runs
from sync.apply import Stopped
from sync.house import House
from sync.opening import opened
from sync.output import run_json, sync_json
from sync.pipeline import frame_of
from sync.progress import LogProgress
from sync.publish import after, shelf
from sync.publish.web.serving import WebProcess, address, check_pages, place_of
from sync.schedule import StopSignal, run_forever
from sync.watching import Watches

log = logging.getLogger("cadran.commands")

BUSY_S = 60.0
"""How long files that came in wait before they try again, where another process holds the account."""


def serve_command(pages: bool, settings_file: Path | None, account: str | None, home: Path | None) -> int:
    stop = StopSignal().install()
    with opened(settings_file, account, home, needs_sources=True) as house:
        if pages:
            check_pages(house)
            with shelf.opened(house):
                pass  # from now on it is kept up to date
        crm = house.target().account()
        zone = frame_of(house, crm).zone
        schedule = house.settings.schedule
        watched = [source for source in house.sources.values() if isinstance(source, Watches)]
        log.info("account %s: runs at %s on %s (%s)", house.name, ", ".join(schedule.at), ", ".join(schedule.days), zone.key)
        where = address(house.settings.serve)

    def job() -> None:
        with opened(settings_file, account, home, needs_sources=True) as house:
            try:
                synced, plan, done = runs.run(house, LogProgress(), allowed=runs.Allowed(), stop=stop)
            except Stopped:
                log.info("stopped after the batch in hand; the next run goes on from there")
            except CadranError as error:
                log.error("run failed (exit code would be %d): %s", error.exit_code, error)
                for problem in after.follow_failure(house, error):
                    log.error("after the failure: %s", problem)
            else:
                log.info("run done: %s", _line(run_json(house, synced, plan, done)))
                _follow(house)

    def read_files(due: list[str]) -> None:
        """A sync of the sources whose files changed; another process's run is waited for."""
        while True:
            try:
                with opened(settings_file, account, home, needs_sources=True) as house:
                    done = _line(sync_json(runs.sync(house, LogProgress(), only=due), house))
                    _follow(house)
            except AccountBusy as busy:
                log.info("%s: %s", ", ".join(due), busy)
                if stop.wait(BUSY_S):
                    return
            except CadranError as error:
                log.error("reading files failed (exit code would be %d): %s", error.exit_code, error)
                return
            else:
                log.info("files read: %s", done)
                return

    def every_minute() -> None:
        """What is due by the clock, not by a run: reports, messages that wait, data that grow old."""
        with opened(settings_file, account, home, needs_sources=False) as house:
            for problem in after.tick(house):
                log.error("%s", problem)

    with WebProcess(place_of(settings_file, account, home)) if pages else nullcontext() as web:
        if web is not None:
            log.info("pages: %s", where)
        beat = web.look if web is not None else _nothing
        return run_forever(schedule, zone, job, stop, watched, read_files, every_minute=every_minute, beat=beat)


def _follow(house: House) -> None:
    for problem in after.follow(house):
        log.error("after the sync: %s", problem)


def _nothing() -> None:
    pass


def _line(document: Mapping[str, Any]) -> str:
    return orjson.dumps(document).decode()
