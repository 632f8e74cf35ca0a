"""The scheduled run: APScheduler in the foreground until stopped.

- Times are those of the reporting zone. On the night clocks go forward a time that does not exist is run at the
  next one that does; on the night they go back, a time that comes twice is run once (its first occurrence). Both are
  how APScheduler 3.11's cron trigger works (its user guide, "Daylight saving time behavior", read 2026-11-21).
- Week days are named (``mon`` …), never numbered: APScheduler counts from Monday = 0 where cron counts from Sunday.
- ``coalesce``: however many starts were missed, one run makes up for them. ``misfire_grace_time`` is explicit,
  because the default of one second drops a run whenever the machine is busy.
- One lock for runs and readings, and the account's besides: a run never meets another. Files that came in meanwhile
  (:mod:`sync.watching`) are read after the run in hand, and a fixed time waits for the reading of files.
- SIGTERM or Ctrl-C: the batch in hand is finished, then the process ends (exit 143 or 130).
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterable
from types import FrameType
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from config.settings import ScheduleSettings
from sync.watching import Watches, WatchThread

log = logging.getLogger("cadran.schedule")


class StopSignal:
    """Remembers that somebody asked to stop; long work asks it between batches."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.number: int | None = None

    def install(self) -> "StopSignal":
        """Catch SIGTERM and SIGINT in this process (main thread only)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._caught)
        return self

    def _caught(self, number: int, _frame: FrameType | None) -> None:
        if self._event.is_set():
            raise KeyboardInterrupt  # asked twice: stop at once, the journal settles the rest
        log.info("asked to stop: finishing the batch in hand")
        self.number = number
        self._event.set()

    def __call__(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        return self._event.wait(seconds)

    @property
    def exit_code(self) -> int:
        """128 + the signal's number."""
        return 128 + (self.number or signal.SIGTERM)


def triggers(settings: ScheduleSettings, zone: ZoneInfo) -> OrTrigger:
    """When runs start: each time of day on each named week day, in the reporting zone."""
    days = ",".join(settings.days)
    parts = [time.split(":") for time in settings.at]
    return OrTrigger([CronTrigger(day_of_week=days, hour=int(h), minute=int(m), timezone=zone) for h, m in parts])


def run_forever(
    settings: ScheduleSettings,
    zone: ZoneInfo,
    job: Callable[[], None],
    stop: StopSignal,
    watched: Iterable[Watches] = (),
    read_files: Callable[[list[str]], None] | None = None,
    *,
    every_minute: Callable[[], None] | None = None,
    beat: Callable[[], None] = lambda: None,
) -> int:
    """Start the scheduler and wait until stopped; the exit code to end with.

    ``read_files`` is called with those of the ``watched`` sources whose files are new or changed. ``every_minute`` runs beside the
    runs, and must not write what they write; ``beat`` is called about once a second, and must return at once.
    """
    one_at_a_time = threading.Lock()

    def run() -> None:
        with one_at_a_time:
            job()

    scheduler = BackgroundScheduler(timezone=zone)
    scheduled = scheduler.add_job(
        run,
        triggers(settings, zone),
        id="run",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=settings.misfire_grace_minutes * 60,
    )
    if every_minute is not None:
        scheduler.add_job(every_minute, "interval", minutes=1, id="minute", coalesce=True, max_instances=1)
        scheduler.add_job(every_minute)  # and at once: the pages may have to be filled
    scheduler.start()
    log.info("next run at %s", scheduled.next_run_time)
    watched = tuple(watched)
    if watched and read_files is not None and settings.watch_seconds:
        read = read_files

        def read_alone(due: list[str]) -> None:
            """However long the run in hand takes: what came in is read after it, and not after being told to stop."""
            with one_at_a_time:
                if not stop():
                    read(due)

        WatchThread(watched, read_alone, lambda: stop.wait(settings.watch_seconds)).start()
    try:
        while not stop.wait(1.0):
            beat()
    finally:
        scheduler.shutdown(wait=True)
        with one_at_a_time:
            pass  # a reading in hand is finished; a look that hangs on a share is not waited for
    return stop.exit_code
