"""What needs the lake is asked of another process: ``cadran … --json``, the same that a person types.

So the server stays small, a heavy question cannot stop it, and a page tells the same as the command. Answers are kept as long as
no run has changed what they rest on.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger("cadran.web")

TIMEOUT_S = 120.0
KEPT = 64
"""Answers, the oldest go first."""
AT_ONCE = 2
"""Questions that are worked on side by side; each may take a core."""


class NoAnswer(Exception):
    """The command ended otherwise than well; ``said`` is what it told, fit to be shown."""

    def __init__(self, said: str, exit_code: int | None) -> None:
        self.said, self.exit_code = said, exit_code
        super().__init__(said)


@dataclass
class Ask:
    """Asks commands about one account. ``place``: the options that name it (``--home``, ``--account``, ``--settings``)."""

    place: Sequence[str] = ()
    _kept: "OrderedDict[tuple[Any, ...], Any]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def about(self, run_id: int | None, *words: str) -> Any:
        """The JSON that ``cadran WORDS --json`` prints, as of a run. Raises :class:`NoAnswer`."""
        key = (run_id, *words)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        answer = self.once(*words)
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return answer

    def once(self, *words: str, timeout_s: float = TIMEOUT_S) -> Any:
        """The same without keeping the answer: for what changes something. Raises :class:`NoAnswer`."""
        command = [sys.executable, "-m", "sync", *words, "--json", *self.place]
        with self._slots:
            try:
                done = subprocess.run(  # noqa: S603 - our own program; words travel as arguments, never through a shell
                    command, capture_output=True, timeout=timeout_s, check=False, env=os.environ, stdin=subprocess.DEVNULL
                )
            except subprocess.TimeoutExpired:
                raise NoAnswer(f"cadran {words[0]} took longer than {timeout_s:.0f} s", None) from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            log.warning("cadran %s ended with %d", words[0], done.returncode)
            raise NoAnswer(said[-1] if said else f"cadran {words[0]} ended with {done.returncode}", done.returncode)
        return json.loads(done.stdout)
