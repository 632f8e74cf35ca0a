"""The sandbox on a loopback port: in a thread for tests and the demo, or in the foreground for ``cadran sandbox``."""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from connectors.sandbox.app import build_app
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.limits import HubSpotLimits, Lags, Latency
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.vendor import Vendor
from connectors.sandbox.world import World

HOST = "127.0.0.1"
PATIENCE_S = 10.0
"""How long starting or stopping may take, seconds."""
GRACE_S = 1.0
"""How long answers under way may take once the server ends."""
SIGNAL_LOOK_S, ANSWERS_LOOK_S = 0.1, 0.002


def _is_no_ordered_cut(record: logging.LogRecord) -> bool:
    """Keeps the server's errors but for the one that an ordered ``cut`` means to cause."""
    return "without completing response" not in record.getMessage()


class _Server(uvicorn.Server):
    """Says when it answers and ends when it is told to, where its parent would be asked, or ask, ten times a second: tests start
    and stop servers by the thousand."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told_to_end = asyncio.Event()

    def end(self) -> None:
        """From any thread."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told_to_end.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)
        self.is_up.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            # A signal's handler only leaves a note, so it is looked for as well.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told_to_end.wait(), SIGNAL_LOOK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                while self.server_state.connections or self.server_state.tasks:
                    await asyncio.sleep(ANSWERS_LOOK_S)
        for task in self.server_state.tasks:
            task.cancel()


class LoopbackServer:
    """An ASGI application on a port of 127.0.0.1.

    As a context manager, or between ``start()`` and ``stop()``, it serves from a thread; ``serve_forever()`` serves from the
    calling one, until a signal. ``port=0`` takes a free port, known at once as ``base_url``.
    """

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._socket = socket.create_server((HOST, port), backlog=512)
        # Small answers must not wait for the other side's acknowledgement: headers and body are two writes.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.base_url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            date_header=False,
            server_header=False,
        )
        logging.getLogger("uvicorn.error").addFilter(_is_no_ordered_cut)
        self._server = _Server(config)
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Serve from a thread; returns once the port answers."""
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="cadran-sandbox", daemon=True)
        self._thread.start()
        if not self._server.is_up.wait(PATIENCE_S):
            raise RuntimeError("the sandbox did not come up")
        return self

    def stop(self) -> None:
        """End the thread and close the port. May be called twice."""
        self._server.end()
        if self._thread is not None:
            self._thread.join(PATIENCE_S)
            self._thread = None
        self._socket.close()

    def serve_forever(self) -> None:
        """Serve from the calling thread until SIGINT or SIGTERM."""
        try:
            self._server.run([self._socket])
        finally:
            self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class SandboxServer(LoopbackServer):
    """All simulated vendors of one world on one port. ``sandbox`` is open to tests in the same process."""

    def __init__(
        self,
        world: World,
        port: int = 0,
        *,
        quirks: Quirks | None = None,
        limits: HubSpotLimits | None = None,
        lags: Lags | None = None,
        latency: Latency | None = None,
        clock: Clock | None = None,
        vendors: Mapping[str, Vendor] | None = None,
    ) -> None:
        self.sandbox = Sandbox(world, quirks=quirks, limits=limits, lags=lags, latency=latency, clock=clock)
        super().__init__(build_app(self.sandbox, vendors), port)
