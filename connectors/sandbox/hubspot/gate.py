"""What every HubSpot call passes: address length, token, limits, scopes; and what every answer carries.

https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines (2026-11-21)
"""

import itertools
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.core import Sandbox
from connectors.sandbox.hubspot.auth import Grant, bearer
from connectors.sandbox.hubspot.errors import Body, Refusal, daily, invalid, secondly, ten_secondly
from connectors.sandbox.hubspot.portal import APP_ID, Portal
from connectors.sandbox.hubspot.records import Records
from connectors.sandbox.limits import RollingWindow

Window = Literal["burst", "search", "associations"]
"""Which limit a call counts against, besides the day's."""

ADDRESS_MAX = 8_000
"""Characters of path and query; beyond: 414. Figures from 8,000 to 16,200 were seen: the smallest is the safe one."""
RULES_SINCE = "2026-09"
"""First version whose paths obey the account's validation rules."""


@dataclass(frozen=True)
class Call:
    """One request, read."""

    portal: Portal
    grant: Grant
    version: str
    """``2026-09``, ``2026-03``, ``v3`` or ``v4``."""
    path: Mapping[str, str]
    query: QueryParams
    body: Any

    @property
    def records(self) -> Records:
        """Those of the object in the path. Raises the vendor's 400 for a type that it cannot tell."""
        return self.portal.records[self.portal.kinds.asked(self.path["type"]).plural]

    @property
    def has_rules(self) -> bool:
        """Whether the account's validation rules apply to this path."""
        return self.version == RULES_SINCE or (self.version == "2026-03" and self.portal.quirks.rules_apply_to_2026_03)

    def expect_query(self, *known: str) -> None:
        """Raises 400 for a query parameter that the end point does not have."""
        for key in self.query:
            if key not in known:
                raise invalid(f"Unknown query parameter {key!r}")

    def whole(self, key: str, default: int, most: int) -> int:
        """A whole number from 1 to ``most`` out of the query."""
        text = self.query.get(key, str(default))
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise invalid(f"{key} must be a whole number from 1 to {most}, not {text!r}")
        return int(text)

    def flag(self, key: str) -> bool:
        return self.query.get(key, "false").lower() == "true"

    def mapping(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise invalid("Invalid input JSON: an object is needed")
        return self.body


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = None
    """JSON; None: no body."""


Handler = Callable[[Call], Answer]


class Gate:
    """The door of one account: limits are counted here, over all tokens (they belong to one app)."""

    def __init__(self, sandbox: Sandbox) -> None:
        limits = sandbox.limits
        self.sandbox = sandbox
        self.portal = sandbox.portal
        self.burst = RollingWindow(limits.burst, limits.window_s, sandbox.monotonic)
        self.associations = RollingWindow(limits.associations, limits.window_s, sandbox.monotonic)
        self.search = RollingWindow(limits.search_per_second, 1.0, sandbox.monotonic)
        self._second = RollingWindow(limits.burst, 1.0, sandbox.monotonic)
        self._day: date | None = None
        self.used_today = 0
        self._correlations = itertools.count(1)

    def endpoint(
        self, handler: Handler, *, version: str, window: Window = "burst", is_open: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        """``handler`` behind the door. ``is_open``: the token is not asked for."""

        async def answer(request: Request) -> Response:
            raw = await request.body()
            with self.sandbox.lock:
                return self._answer(request, raw, handler, version, window, is_open)

        return answer

    def _answer(self, request: Request, raw: bytes, handler: Handler, version: str, window: Window, is_open: bool) -> Response:
        headers: dict[str, str] = {}
        try:
            self._measure(request)
            grant = Grant(()) if is_open else bearer(request.headers.get("authorization"))
            self._count(window)
            headers = {} if window == "search" else self._limit_headers()
            body = _read(raw, window)
            self.portal.now()
            answer = handler(Call(self.portal, grant, version, request.path_params, request.query_params, body))
        except Refusal as refusal:
            return self._refuse(refusal, headers)
        content = b"" if answer.body is None else orjson.dumps(answer.body)
        return self._respond(answer.status, content, headers)

    def _measure(self, request: Request) -> None:
        address = request.scope.get("raw_path", b""), request.scope.get("query_string", b"")
        if sum(map(len, address)) > ADDRESS_MAX:
            raise Refusal(414, {"status": "error", "message": "URI Too Long"})

    def _count(self, window: Window) -> None:
        self._turn_day()
        if self.used_today >= self.portal.limits.daily:
            raise self._too_many(daily(), self._seconds_to_midnight())
        if window == "search" and not self.search.take():
            raise self._too_many(secondly(), 1)
        if window == "associations" and not self.associations.take():
            raise self._too_many(ten_secondly(APP_ID), 10)
        if window == "burst" and not self.burst.take():
            raise self._too_many(ten_secondly(APP_ID), 10)
        self._second.take()
        self.used_today += 1

    def _too_many(self, body: Body, wait_s: int) -> Refusal:
        return Refusal(429, body, {"Retry-After": str(wait_s)} if self.portal.quirks.retry_after_on_429 else None)

    def _turn_day(self) -> None:
        """The day's count begins anew at midnight in the account's zone."""
        today = self.portal.clock.now().astimezone(self.portal.zone).date()
        if today != self._day:
            self._day, self.used_today = today, 0

    def _seconds_to_midnight(self) -> int:
        local = self.portal.clock.now().astimezone(self.portal.zone)
        return 86_400 - (local.hour * 3600 + local.minute * 60 + local.second)

    def _limit_headers(self) -> dict[str, str]:
        limits = self.portal.limits
        return {
            "X-HubSpot-RateLimit-Max": str(limits.burst),
            "X-HubSpot-RateLimit-Remaining": str(self.burst.remaining()),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(round(limits.window_s * 1000)),
            "X-HubSpot-RateLimit-Daily": str(limits.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(limits.daily - self.used_today),
            "X-HubSpot-RateLimit-Secondly": str(limits.burst),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(self._second.remaining()),
        }

    def _refuse(self, refusal: Refusal, headers: dict[str, str]) -> Response:
        correlation = self._correlation()
        content = orjson.dumps(refusal.body | {"correlationId": correlation})
        return self._respond(refusal.status, content, headers | refusal.headers, correlation)

    def _respond(self, status: int, content: bytes, headers: dict[str, str], correlation: str | None = None) -> Response:
        headers = {"X-HubSpot-Correlation-Id": correlation or self._correlation(), **headers}
        return Response(content, status, headers, media_type="application/json;charset=utf-8" if content else None)

    def _correlation(self) -> str:
        return str(uuid.UUID(int=next(self._correlations), version=4))


def _read(raw: bytes, window: Window) -> Any:
    if not raw:
        return None
    if window == "search" and len(raw) > SEARCH_BODY_MAX:
        raise invalid(f"The request body is longer than {SEARCH_BODY_MAX} characters")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise invalid(f"Invalid input JSON on line {error.lineno}, column {error.colno}") from error


SEARCH_BODY_MAX = 3_000
"""Characters of a search's body."""
