"""Between the vendors and whoever calls them: keeps every call, does something at a chosen one, and can hold one back.

It lies around the sandbox's application in the test's own process, so that a test decides by the *number* of a call what happens
when, and not by the time it takes.
"""

import asyncio
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE_S = 60.0

Family = Literal["read", "define", "write"]
"""``write``: values of records. ``define``: properties and groups. ``read``: everything else."""

Phase = Literal["lost", "late", "carried_out", "answered"]
"""What became of the call in hand: it never arrived; it arrived when its sender was dead; it was carried out and the answer was
lost; the answer left."""


@dataclass(frozen=True)
class Call:
    """One call of a vendor, as it came."""

    number: int
    """From 1, over all families."""
    method: str
    path: str
    query: str
    body: bytes

    @property
    def family(self) -> Family:
        if self.path.endswith(("/batch/update", "/batch/create", "/batch/upsert")) and "/properties/" not in self.path:
            return "write"
        is_definition = "/properties/" in self.path or "/schemas" in self.path
        return "define" if is_definition and self.method in ("POST", "PATCH", "DELETE") else "read"

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """(object, record id, property, value) of a batch update."""
        if not self.path.endswith("/batch/update") or self.family != "write":
            return []
        object = self.path.split("/")[-3]
        inputs = orjson.loads(self.body)["inputs"]
        return [(object, str(one["id"]), name, value) for one in inputs for name, value in one["properties"].items()]


@dataclass
class Answered:
    """A call with its answer."""

    call: Call
    status: int
    body: bytes


@dataclass(frozen=True)
class Moment:
    """The ``number``-th call of a family, and what becomes of it."""

    family: Family
    number: int
    phase: Phase

    def __str__(self) -> str:
        return f"{self.family} {self.number}, {self.phase}"


@dataclass
class Watch:
    """Calls of every vendor, the control plane's own excepted."""

    app: ASGIApp
    calls: list[Call] = field(default_factory=list)
    """Those that arrived, carried out or not."""
    carried_out: list[Answered] = field(default_factory=list)
    at: dict[int, list[Callable[[], object]]] = field(default_factory=dict)
    """By number of the call: what happens just before it is carried out."""

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._hold: Moment | None = None
        self._seen = 0
        self.reached = threading.Event()
        self._go = threading.Event()
        self._over = threading.Event()

    def forget(self) -> None:
        """Begin anew with the first call."""
        self.calls.clear()
        self.carried_out.clear()
        self.at.clear()
        self._numbers = itertools.count(1)

    def hold(self, moment: Moment) -> None:
        """Hold the call that ``moment`` names; ``reached`` is set when it is there."""
        self._hold, self._seen = moment, 0
        for event in (self.reached, self._go, self._over):
            event.clear()

    def let_go(self) -> None:
        """Whoever sent the held call is dead: what has to become of it happens now. Returns when it has."""
        self._hold = None
        self._go.set()
        if self.reached.is_set() and not self._over.wait(PATIENCE_S):
            raise TimeoutError("the held call did not come to its end")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        call = Call(next(self._numbers), scope["method"], scope["path"], scope["query_string"].decode(), body)
        self.calls.append(call)
        for happening in self.at.pop(call.number, ()):
            happening()
        moment = self._held(call)
        if moment is None:
            await self._carry_out(call, scope, send)
        else:
            await self._play(moment, call, scope, send)

    def _held(self, call: Call) -> Moment | None:
        moment = self._hold
        if moment is None or call.family != moment.family:
            return None
        self._seen += 1
        return moment if self._seen == moment.number else None

    async def _play(self, moment: Moment, call: Call, scope: Scope, send: Send) -> None:
        try:
            if moment.phase in ("carried_out", "answered"):
                await self._carry_out(call, scope, send if moment.phase == "answered" else _nowhere)
            self.reached.set()
            await asyncio.to_thread(self._go.wait, PATIENCE_S)
            if moment.phase == "late":
                await self._carry_out(call, scope, _nowhere)
        finally:
            self._over.set()

    async def _carry_out(self, call: Call, scope: Scope, send: Send) -> None:
        done = Answered(call, 0, b"")

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                done.status = message["status"]
            else:
                done.body += message.get("body", b"")
            await send(message)

        # Kept uncompressed: the judges read the answers.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": headers}, _again(call.body), kept)
        self.carried_out.append(done)

    def rows_written(self) -> dict[tuple[str, str, str, str], int]:
        """How often each value was carried out, by (object, record id, property, value)."""
        counted: dict[tuple[str, str, str, str], int] = {}
        for done in self.carried_out:
            for row in done.call.rows if done.status in (200, 207) else ():
                counted[row] = counted.get(row, 0) + 1
        return counted

    def count(self, family: Family) -> int:
        """Calls of a family that arrived."""
        return sum(call.family == family for call in self.calls)


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes) -> Receive:
    """The body a second time, and then a caller who stays."""
    given = False

    async def receive() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError("nothing comes after the body")

    return receive


async def _nowhere(message: dict[str, Any]) -> None:  # type: ignore[misc]
    """The other side is dead."""
