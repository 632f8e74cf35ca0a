"""A vendor on loopback that says what a test tells it to: for answers that no well-behaved simulation gives."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.base import HERE
from connectors.semrush.settings import SemrushSettings
from connectors.semrush.source import SemrushSource, build

KEY = "0123456789abcdef-secret"
HEADER = "Date;Rank;Organic Keywords;Organic Traffic;Organic Cost;Adwords Keywords;Adwords Traffic;Adwords Cost"


@dataclass
class Scripted:
    """``reports`` are answered in order, the last one for ever; so are the balances."""

    reports: list[tuple[int, str | bytes]] = field(default_factory=lambda: [(200, HEADER)])
    balances: list[tuple[int, str | bytes]] = field(default_factory=lambda: [(200, "50,000")])
    asked: list[Mapping[str, str]] = field(default_factory=list)
    """Queries of the billed calls."""
    base_url: str = ""

    def source(self, **settings: Any) -> SemrushSource:
        section = SemrushSettings.model_validate(
            {"key": KEY, "domain": "acme.example", "base_url": self.base_url, "history_months": 3} | settings
        )
        return build("semrush", section, HERE)

    def take(self, path: str) -> tuple[int, bytes]:
        parts = urlsplit(path)
        if parts.path == "/users/countapiunits.html":
            script = self.balances
        else:
            script = self.reports
            self.asked.append(dict(parse_qsl(parts.query, keep_blank_values=True)))
        status, body = script.pop(0) if len(script) > 1 else script[0]
        return status, body.encode() if isinstance(body, str) else body


@contextmanager
def scripted(**script: Any) -> Iterator[Scripted]:
    vendor = Scripted(**script)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = vendor.take(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vendor.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
