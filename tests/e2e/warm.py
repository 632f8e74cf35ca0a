"""The command in a process of its own that has imported everything already.

A third of what a short command takes is Python reading modules, the same ones each time. :mod:`multiprocessing`'s fork server reads
them once for a test process, and forks a clean process for each command: its own folder, environment, output and exit code, nothing
left of the one before. What is started by a user, a scheduler or a service is tested with the real executable all the same
(:meth:`tests.e2e.installation.Installation.start`, the demos).
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

IMPORTED = (
    "sync.commands",
    "sync.logs",
    "connectors.hubspot.target",
    "connectors.ga4.source",
    "connectors.ga4.client",
    "connectors.ga4.asking",
    "connectors.google_ads.source",
    "connectors.google_ads.client",
    "connectors.semrush.source",
    "connectors.spend_file.source",
)
"""What most commands import; the rest is imported where it is used."""

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([*IMPORTED, __name__])


def run(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], patience_s: float) -> tuple[int, str, str]:
    """``cadran`` with these arguments, in a folder: exit code, standard output, standard error. :class:`TimeoutError`: it did not
    come to an end, and was killed."""
    with TemporaryDirectory() as outputs:
        out, err = Path(outputs, "out"), Path(outputs, "err")
        out.touch()
        err.touch()
        process = _context.Process(target=_command, args=(list(arguments), folder, dict(environment), out, err))
        process.start()
        process.join(patience_s)
        if process.is_alive():
            process.kill()
            process.join()
            raise TimeoutError(f"cadran {' '.join(arguments)} did not end within {patience_s} s: {err.read_text()}")
        code = process.exitcode
        process.close()
        assert code is not None
        return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def _command(arguments: list[str], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    """What the forked process does."""
    for path, descriptor in ((out, 1), (err, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["cadran", *arguments]
    from sync.cli import main

    main()
