"""The web server as a process of its own, next to the scheduler: pages do not wait for a run that computes.

It ends with the process that started it, however that ends: the pipe between them closes.
"""

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from config.serve import ServeSettings
from connectors.errors import ConfigurationError
from sync.house import House
from sync.publish.web.app import create_app
from sync.publish.web.asking import Ask
from sync.publish.web.signin.binding import check_binding, uvicorn_options
from sync.publish.web.signin.user_file import UserFile

log = logging.getLogger("cadran.web")


def serve_pages(house: House, place: Sequence[str], *, ends_with_input: bool = False) -> None:
    """Answer until stopped. Raises :class:`ConfigurationError` where the server may not listen so widely.

    ``place``: the options that name the account on a command line. ``ends_with_input``: stop when standard input closes."""
    check_binding(house.settings.serve, UserFile(house.folder))
    options = uvicorn_options(house.settings.serve)
    _check_free(house.settings.serve)
    server = uvicorn.Server(uvicorn.Config(create_app(house, Ask(place)), log_config=None, access_log=False, **options))
    if ends_with_input:
        threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    server.run()


def _check_free(settings: ServeSettings) -> None:
    """Raise :class:`ConfigurationError` where another program listens already."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigurationError(
                f"the pages cannot be served at {settings.host}:{settings.port} ({error.strerror}): end the other program, or set "
                "another serve.port"
            ) from None


def _end_with_input(server: uvicorn.Server) -> None:
    os.read(sys.stdin.fileno(), 1)
    server.should_exit = True


class WebProcess:
    """The server's process, for as long as the block lasts; one that fell is started anew."""

    def __init__(self, place: Sequence[str]) -> None:
        self._command = [sys.executable, "-m", "sync.publish.web", *place]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "WebProcess":
        self._start()
        return self

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603 - our own program

    def look(self) -> None:
        """Start it again where it ended; called every second. What the settings must mend is told once, and left."""
        if self._process is None or (code := self._process.poll()) is None:
            return
        if code == ConfigurationError.exit_code:
            log.error("there are no pages until the settings are mended and `cadran serve` is started again")
            self._process = None
            return
        log.error("the web server ended (%s); it is started anew", code)
        self._start()

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def place_of(settings_file: Path | None, account: str | None, home: Path | None) -> list[str]:
    """The options that name an account on a command line."""
    given = (("--settings", settings_file), ("--account", account), ("--home", home))
    return [word for name, value in given if value is not None for word in (name, str(value))]


def check_pages(house: House) -> None:
    """Raise :class:`ConfigurationError` where the server may not listen as the settings say."""
    check_binding(house.settings.serve, UserFile(house.folder))


def address(settings: ServeSettings) -> str:
    """Where people open the pages."""
    if settings.public_url:
        return settings.public_url
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls else 'http'}://{host}:{settings.port}/"
