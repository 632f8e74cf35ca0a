"""Values in order, gone through as often as wanted, of which few are in memory at a time.

What does not fit lies in a file without a name in the account's own folder: nobody else can open it, nothing is left of it
after ``kill -9``, and it goes with the last reference. That is also why its contents, put down by :mod:`pickle`, can be trusted.
"""

import os
import pickle
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sync.staging import made

T = TypeVar("T")

AT_ONCE = 500
"""Values that are put down and taken up together."""
RUN = 25_000
"""Values that are sorted together before they are merged with others."""


class Spill(Collection[T]):
    """A collection that grows at its end. ``folder``: where its file is made, once there are more than :data:`AT_ONCE`."""

    def __init__(self, folder: Path, values: Iterable[T] = ()) -> None:
        self._folder = folder
        self._file: int | None = None
        self._pieces: list[tuple[int, int]] = []
        """(length, offset) of each piece in the file."""
        self._end = 0
        self._last: list[T] = []
        """What is not yet in the file."""
        self.extend(values)

    def extend(self, values: Iterable[T]) -> None:
        for value in values:
            self.add(value)

    def add(self, value: T) -> None:
        self._last.append(value)
        if len(self._last) == AT_ONCE:
            self._put_down()

    def _put_down(self) -> None:
        if self._file is None:
            with tempfile.TemporaryFile(dir=made(self._folder)) as file:
                self._file = os.dup(file.fileno())
            weakref.finalize(self, os.close, self._file)
        piece = pickle.dumps(self._last, pickle.HIGHEST_PROTOCOL)
        os.pwrite(self._file, piece, self._end)
        self._pieces.append((len(piece), self._end))
        self._end += len(piece)
        self._last = []

    def __iter__(self) -> Iterator[T]:
        for length, offset in self._pieces:
            yield from pickle.loads(os.pread(self._file or 0, length, offset))  # noqa: S301 - ours alone: see above
        yield from self._last

    def __len__(self) -> int:
        return len(self._pieces) * AT_ONCE + len(self._last)

    def __contains__(self, value: object) -> bool:
        return any(value == one for one in self)


def in_order(values: Iterable[T], key: Callable[[T], Any], folder: Path) -> Spill[T]:
    """The values sorted by ``key``; where two have the same, as they came."""
    left = iter(values)
    runs: list[Spill[T]] = []
    while run := list(islice(left, RUN)):
        run.sort(key=key)
        runs.append(Spill(folder, run))
        del run
    return runs[0] if len(runs) == 1 else Spill(folder, merge(*runs, key=key))
