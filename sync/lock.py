"""One run at a time per account: an operating-system lock, freed even by ``kill -9``."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import AccountBusy


@contextmanager
def account_lock(folder: Path) -> Iterator[None]:
    """Hold the account for the block. Raises :class:`AccountBusy` at once when another run holds it."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            who = f" (process {holder})" if holder else ""
            raise AccountBusy(f"another run holds the account {folder.name}{who}; wait for it to end") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
