"""What every call has to pass before it is carried out: address, protocol, version, token, scope, the day's calls."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.consent import Consent
from connectors.sandbox.core import Sandbox
from connectors.sandbox.linkedin_ads.errors import LinkedInError, illegal
from connectors.sandbox.linkedin_ads.restli import Value, parse
from connectors.sandbox.world import Record

LONGEST_ADDRESS = 4_096
"""Characters of path and query; past them a query must be tunnelled. The vendor names no figure."""
CALLS_A_DAY = 100_000
"""Of the app, from midnight UTC. Each app has its own, which only its owner sees."""
LAST_DAY = 15
"""Of the month a year after a version's own: its last day (202601 ended on 2027-01-15)."""

Work = Callable[[Request, dict[str, Value]], Record]


class Gate:
    """In front of all of the vendor's routes but the login's."""

    def __init__(self, sandbox: Sandbox, consent: Consent) -> None:
        self._sandbox = sandbox
        self._consent = consent
        self._day: date | None = None
        self._calls = 0

    def endpoint(self, work: Work, scopes: frozenset[str], takes: frozenset[str]) -> Callable[[Request], Awaitable[Response]]:
        """``work`` for callers with one of ``scopes``, which get 400 for a parameter that is not in ``takes``."""

        async def handle(request: Request) -> Response:
            body = await request.body()
            try:
                query = _query(request, body)
                with self._sandbox.lock:
                    self._admit(request, scopes)
                asked = parse(query)
                if unknown := sorted(set(asked) - takes):
                    raise LinkedInError(400, f"Unpermitted fields present in parameters: {unknown[0]}", "QUERY_PARAM_NOT_ALLOWED")
                answer = await run_in_threadpool(work, request, asked)
            except LinkedInError as refusal:
                return refusal.response()
            return Response(orjson.dumps(answer), media_type="application/json")

        return handle

    def _admit(self, request: Request, scopes: frozenset[str]) -> None:
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise illegal("Parameters are not in the notation of Rest.li protocol 1.0.0.")
        now = self._sandbox.clock.now()
        version = request.headers.get("linkedin-version", "")
        if not is_in_force(version, now):
            raise LinkedInError(426, f"Requested version {version} is not active")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        worth = self._consent.look(token) if scheme == "Bearer" else "unknown"
        if worth != "good":
            code = "EXPIRED_ACCESS_TOKEN" if worth == "expired" else "INVALID_ACCESS_TOKEN"
            raise LinkedInError(401, "The token used in the request is not valid.", code)
        if not scopes & self._consent.scopes_of(token):
            raise LinkedInError(403, "Not enough permissions to access the resource.")
        if self._day != now.date():
            self._day, self._calls = now.date(), 0
        self._calls += 1
        if self._calls > CALLS_A_DAY:
            raise LinkedInError(429, "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.")


def is_in_force(version: str, now: datetime) -> bool:
    """Whether a version ``YYYYMM`` is out and has not ended
    (https://learn.microsoft.com/linkedin/marketing/integrations/migrations, 2026-11-21)."""
    if len(version) != 6 or not version.isdigit() or not 1 <= int(version[4:]) <= 12:
        return False
    year, month = int(version[:4]), int(version[4:])
    return date(year, month, 1) <= now.date() <= date(year + 1, month, LAST_DAY)


def _query(request: Request, body: bytes) -> str:
    """The query as it came: of the address, or of the body where it is tunnelled."""
    raw: str = request.scope["query_string"].decode("ascii")
    if len(request.url.path) + len(raw) > LONGEST_ADDRESS:
        raise LinkedInError(414, "The request URI is too long.")
    if request.method == "GET":
        return raw
    is_form = request.headers.get("content-type") == "application/x-www-form-urlencoded"
    if request.headers.get("x-http-method-override") != "GET" or not is_form:
        raise LinkedInError(405, "POST is not supported by this finder.")
    return body.decode("ascii")
