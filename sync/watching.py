"""Files that sources watch: which of them are new or changed, and have come to rest.

Looking happens in a thread of its own, because a network share that is gone can hold whoever looks at it for minutes: the fixed times
and being told to stop must not wait for that. What is due is handed to the scheduler; nothing is read here.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, runtime_checkable

log = logging.getLogger("cadran.watch")

Standing = Mapping[str, tuple[int, int]]
"""Path -> when it was last written (ns), and its size in bytes."""


@runtime_checkable
class Watches(Protocol):
    """A source whose records change by files that lie somewhere."""

    id: str

    def standing(self) -> Standing | None:
        """How its files stand now; None while some of them cannot be looked at, empty where it is not to be watched."""
        ...


class Watcher:
    """Remembers how the files stood when they were last read. Pure but for what it remembers."""

    def __init__(self) -> None:
        self._read: dict[str, Standing] = {}
        self._last: dict[str, Standing] = {}
        self._away: set[str] = set()

    def look(self, stands: Mapping[str, Standing | None]) -> list[str]:
        """Sources whose files differ from those that were read, and stand as they stood at the last look.

        A source's first look is what the start found: the next fixed time reads it. One whose files are away is not due.
        """
        due = []
        for source, now in stands.items():
            if now is None:
                if source not in self._away:
                    log.warning(
                        "%s: its files cannot be looked at (folder or share gone?); nothing is read until they can", source
                    )
                self._away.add(source)
                continue
            self._away.discard(source)
            self._read.setdefault(source, now)
            if now != self._read[source] and now == self._last.get(source):
                due.append(source)
            self._last[source] = now
        return due

    def took(self, source: str) -> None:
        """The files as they stood at the last look are being read: they are due again once they change."""
        self._read[source] = self._last[source]


def looked_at(sources: Iterable[Watches]) -> dict[str, Standing | None]:
    """How each source's files stand now."""
    return {source.id: source.standing() for source in sources}


class WatchThread(threading.Thread):
    """Looks until ``pause`` says that it is over; hands the sources that are due to ``start_sync``."""

    def __init__(self, sources: Iterable[Watches], start_sync: Callable[[list[str]], object], pause: Callable[[], bool]) -> None:
        super().__init__(name="watch", daemon=True)
        self._sources = tuple(sources)
        self._start_sync = start_sync
        self._pause = pause
        self._watcher = Watcher()

    def run(self) -> None:
        while True:
            due = self._watcher.look(looked_at(self._sources))
            for source in due:
                self._watcher.took(source)
            if due:
                log.info("new or changed files: syncing %s", ", ".join(due))
                self._start_sync(due)
            if self._pause():
                return
