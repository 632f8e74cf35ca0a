"""A world served by a process of its own: who speaks to the vendors and the vendors themselves have a core each.

``python -m connectors.sandbox.apart WORLD`` serves a world and says so on standard output, a line of JSON::

    {"base_url": "http://127.0.0.1:…", "settings_yaml": "…"}      or {"fault": "what is wrong with the world"}

Then each line of its standard input is an order, answered by a line of JSON; the end of its input ends it, so that no vendor
outlives whoever started it, however that one ended.

=====================  =====================================================================================
``{"save": folder}``   ``{}`` once the folder holds the world as it stands, ``{"fault": "…"}`` where it cannot
``{"stats": true}``    calls by vendor (:meth:`connectors.sandbox.core.Stats.as_json`)
=====================  =====================================================================================
"""

import subprocess
import sys
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from connectors.sandbox.world import WorldError

PATIENCE_S = 10.0
"""How long ending may take, seconds."""


class SandboxProcess:
    """The vendors of one world in a process of their own, for as long as the block lasts.

    It starts with the block, and only what needs its answer waits for it.
    """

    def __init__(self, world: str) -> None:
        """``world`` as for :func:`connectors.sandbox.worlds.open_world`."""
        self._world = world
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # Without -P a file of the working folder could stand in for a module. A session of its own: Ctrl-C is for the parent, which
        # may still want the world saved.
        command = [sys.executable, "-P", "-m", "connectors.sandbox.apart", self._world]
        self._process = subprocess.Popen(  # noqa: S603 - this module, and a word that it takes for a world
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        process = self._running()
        process.stdin.close()  # type: ignore[union-attr]
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()  # type: ignore[union-attr]

    @property
    def base_url(self) -> str:
        """Where they answer. Raises :class:`WorldError` with what is wrong with the world."""
        return str(self._began["base_url"])

    @property
    def settings_yaml(self) -> str | None:
        """The world's settings as text. Raises as :attr:`base_url`."""
        text: str | None = self._began["settings_yaml"]
        return text

    def save(self, folder: Path) -> None:
        """The world as it stands, as a folder. Raises :class:`WorldError` where that is something else's."""
        self._ordered({"save": str(folder.resolve())})

    def stats(self) -> dict[str, Any]:
        """Calls answered so far, by vendor."""
        return self._ordered({"stats": True})

    @cached_property
    def _began(self) -> dict[str, Any]:
        return self._answer()

    def _ordered(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._began  # its first line is no answer  # noqa: S101
        stdin = self._running().stdin
        assert stdin is not None  # noqa: S101
        stdin.write(orjson.dumps(order) + b"\n")
        stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        process = self._running()
        line = process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise RuntimeError(f"the simulated vendors ended by themselves ({process.wait()})")
        answer: dict[str, Any] = orjson.loads(line)
        if "fault" in answer:
            raise WorldError(answer["fault"])
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise RuntimeError("the simulated vendors run within a block")
        return self._process


def serve(spec: str) -> None:
    """What the process does."""
    from connectors.sandbox.hubspot.state import snapshot
    from connectors.sandbox.server import SandboxServer
    from connectors.sandbox.worlds import open_world, save_folder

    def say(answer: dict[str, Any]) -> None:
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()

    try:
        world = open_world(spec)
    except WorldError as error:
        say({"fault": str(error)})
        return
    with SandboxServer(world) as server:
        say({"base_url": server.base_url, "settings_yaml": world.settings_yaml})
        for line in sys.stdin.buffer:
            order = orjson.loads(line)
            if "save" in order:
                try:
                    save_folder(snapshot(server.sandbox), order["save"])
                    say({})
                except (WorldError, OSError) as error:
                    say({"fault": str(error)})
            else:
                say(server.sandbox.stats.as_json())


if __name__ == "__main__":
    serve(*sys.argv[1:])
