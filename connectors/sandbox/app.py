"""One ASGI application out of all simulated vendors.

Around every route of every vendor lies the same gate: it plays the ordered faults and counts the answer. Around
everything: the sandbox's clock as ``Date``, gzip for those who ask, and the way there and back, if it is to take time.
"""

import asyncio
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox import control
from connectors.sandbox.clock import Clock
from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import Fault, altered, halved
from connectors.sandbox.limits import Latency
from connectors.sandbox.vendor import Vendor, vendors

GZIP_FROM = 1_000
"""Bytes from which an answer is worth compressing."""


def build_app(sandbox: Sandbox, served: Mapping[str, Vendor] | None = None) -> Starlette:
    """The vendors (all unless told), and the control plane under ``/_sandbox``."""
    found: list[BaseRoute] = []
    for vendor in (vendors() if served is None else served).values():
        for route in vendor.routes(sandbox):
            if isinstance(route, Route):
                route.app = VendorGate(route.app, sandbox, vendor, route.name)
            found.append(route)
    middleware = [
        Middleware(SandboxDate, clock=sandbox.clock),
        Middleware(GZipMiddleware, minimum_size=GZIP_FROM, compresslevel=1),
    ]
    if sandbox.latency.answer_s:
        middleware.insert(0, Middleware(Journey, latency=sandbox.latency))
    app = Starlette(routes=[*control.routes(sandbox), *found], middleware=middleware, exception_handlers={404: _unknown_address})
    app.router.redirect_slashes = False
    return app


async def _unknown_address(request: Request, error: Exception) -> Response:
    """HubSpot answers an unknown address in HTML unless JSON is asked for."""
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"status": "error", "message": "resource not found", "category": "OBJECT_NOT_FOUND"}, 404)
    return HTMLResponse("<html><body><h1>404 Not Found</h1></body></html>", 404)


class Journey:
    """Lets every vendor's call take its time: a part before it is counted and carried out, the rest
    before its answer, already stamped with its ``Date``, arrives. The control plane answers at once."""

    def __init__(self, app: ASGIApp, latency: Latency) -> None:
        self.app = app
        self._waits = latency.waits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(control.PREFIX):
            await self.app(scope, receive, send)
            return
        before_s, after_s = next(self._waits)

        async def send_later(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(after_s)
            await send(message)

        await asyncio.sleep(before_s)
        await self.app(scope, receive, send_later)


class SandboxDate:
    """Puts the sandbox's clock into every answer's ``Date``."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self.app = app
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"date", self.clock.http_date())]
            await send(message)

        await self.app(scope, receive, send_dated)


@dataclass
class Recorded:
    """An answer that was held back, to be counted or spoilt before it leaves."""

    start: MutableMapping[str, Any] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    async def replay(self, send: Send, body: bytes) -> None:
        headers = [(name, value) for name, value in self.start["headers"] if name != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**self.start, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class VendorGate:
    """One route of one vendor: its faults and its count."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox, vendor: Vendor, route: str) -> None:
        self.app = app
        self.sandbox = sandbox
        self.vendor = vendor
        self.route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.sandbox.lock:
            fault = self.sandbox.faults.take(self.vendor.name, self.route)
        counted = self._counting(send)
        if fault is None:
            await self.app(scope, receive, counted)
        else:
            await self._spoil(fault, scope, receive, counted)

    def _counting(self, send: Send) -> Send:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                with self.sandbox.lock:
                    self.sandbox.stats.count(self.vendor.name, self.route, message["status"])
            await send(message)

        return counted

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        recorded = Recorded()
        is_carried_out = fault.kind not in ("status", "half_batch") and (fault.kind not in ("cut", "empty") or fault.applied)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "half_batch":
            await self.app(scope, await _first_half(receive), recorded.send)
        elif is_carried_out:
            await self.app(scope, receive, recorded.send)
        else:
            await Request(scope, receive).body()
        if fault.kind in ("status", "half_batch"):
            await self.vendor.refusal(fault)(scope, receive, send)
        elif fault.kind == "empty":
            await Response(status_code=200)(scope, receive, send)
        elif fault.kind == "cut":
            await _cut(send)
        else:
            await recorded.replay(send, altered(fault, bytes(recorded.body)))


async def _first_half(receive: Receive) -> Receive:
    """The request with only the first half of its ``inputs``."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    shortened = halved(bytes(body))

    async def replay() -> Message:
        return {"type": "http.request", "body": shortened, "more_body": False}

    return replay


async def _cut(send: Send) -> None:
    """An answer that promises more than it holds; the server then closes the connection."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps({"results": []})[:-1], "more_body": True})
