"""Folders for what is on its way, inside the account's own: record ids and values must not lie where others look.

An engine spills into a :func:`workplace` of its own, which goes with the block. What a killed run left is swept by a later
one, unless somebody is working there: readers do not hold the account's lock, so each workplace holds a lock that several
may share, and that the operating system frees even after ``kill -9``.
"""

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def made(staging: Path) -> Path:
    """The folder, made on first use; nobody else may look into it."""
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    return staging


@contextmanager
def workplace(staging: Path) -> Iterator[Path]:
    """A folder for the block, removed with all in it."""
    with _locked(made(staging), fcntl.LOCK_SH):
        folder = staging / uuid.uuid4().hex
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(staging: Path) -> None:
    """Remove what killed runs left; while anybody works there it is left to a later run. Nothing may be writing the lake."""
    with suppress(FileNotFoundError, BlockingIOError), _locked(staging, fcntl.LOCK_EX | fcntl.LOCK_NB):
        for path in staging.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
