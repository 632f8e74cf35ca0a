"""The port of this machine that the browser is sent back to: one path, one answer, then closed."""

import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"
SLOW_S = 10.0
"""A browser may open a connection ahead and say nothing; it does not hold up the next one, and ends after this."""

Verdict = tuple[int, str]
"""(HTTP status, page)."""


class Loopback:
    """Waits on 127.0.0.1 for the redirect. ``judge`` says of a query what to answer, and whether it was the one."""

    def __init__(self, port: int, path: str, judge: Callable[[str], tuple[bool, Verdict]]) -> None:
        found: queue.Queue[str] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            timeout = SLOW_S

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path != (path or "/"):
                    self.send_error(404)
                    return
                is_it, (status, page) = judge(parts.query)
                body = page.encode()
                self.send_response(status)
                for name, value in (
                    ("Content-Type", "text/html; charset=utf-8"),
                    ("Content-Length", str(len(body))),
                    ("Cache-Control", "no-store"),
                    # The address holds the code: no other site may learn it from here.
                    ("Referrer-Policy", "no-referrer"),
                    ("Connection", "close"),
                ):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                if is_it:
                    found.put(parts.query)

            def log_message(self, format: str, *args: object) -> None:
                """The request line holds the code."""

        self._found = found
        self._server = ThreadingHTTPServer((HOST, port), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_port

    def wait(self, seconds: float) -> str | None:
        """The query of the redirect; None when none came in time."""
        try:
            return self._found.get(timeout=seconds)
        except queue.Empty:
            return None

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="cadran-connect", daemon=True
        ).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
