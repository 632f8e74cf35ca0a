"""Long work shows that it moves: bars for a person, log lines for a machine.

Bars appear on standard error when it is a terminal; otherwise each step is one log line when it begins and one when
it ends, so that a scheduler's log stays readable.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

log = logging.getLogger("cadran")


class Step(Protocol):
    """One piece of work under way."""

    def advance(self, done: int, total: int | None = None) -> None:
        """``done`` more units are finished; ``total`` corrects how many there will be."""
        ...


class Progress(Protocol):
    """Where work reports to."""

    def step(self, name: str, total: int | None = None) -> AbstractContextManager[Step]: ...


class LogProgress:
    """A line at the end of each step, with what it counted."""

    @contextmanager
    def _step(self, name: str) -> Iterator[Step]:
        counter = _Counter()
        yield counter
        log.info("%s: %d", name, counter.done)

    def step(self, name: str, total: int | None = None) -> AbstractContextManager[Step]:
        return self._step(name)


class _Counter:
    def __init__(self) -> None:
        self.done = 0

    def advance(self, done: int, total: int | None = None) -> None:
        self.done += done


class BarProgress:
    """rich bars, all in one live display; used as a context manager around the whole command."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )

    def __enter__(self) -> "BarProgress":
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    @contextmanager
    def _step(self, name: str, total: int | None) -> Iterator[Step]:
        bars, task = self._bars, self._bars.add_task(name, total=total)

        class Bar:
            def advance(self, done: int, total: int | None = None) -> None:
                if total is not None:
                    bars.update(task, total=total)
                bars.advance(task, done)

        yield Bar()
        bars.remove_task(task)

    def step(self, name: str, total: int | None = None) -> AbstractContextManager[Step]:
        return self._step(name, total)


@contextmanager
def shown() -> Iterator[Progress]:
    """Bars when a person is watching, log lines otherwise."""
    if sys.stderr.isatty():
        with BarProgress() as bars:
            yield bars
    else:
        yield LogProgress()
