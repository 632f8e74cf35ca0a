"""Google Ads' paths, and who may ask what.

The ``developer-token`` header is ignored, as it is since 2026-09-09
(https://developers.google.com/google-ads/api/docs/api-policy/developer-token). When the world has a manager account, the
login reaches the others through it: they need ``login-customer-id``.
"""

import base64
import hashlib
import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.core import Sandbox
from connectors.sandbox.google_ads.errors import AdsError
from connectors.sandbox.google_ads.fields import camel
from connectors.sandbox.google_ads.gaql import parse
from connectors.sandbox.google_ads.report import Account, project, run
from connectors.sandbox.google_errors import ADS_VERSION, GoogleError, ads_failure, invalid
from connectors.sandbox.oauth import ADWORDS_SCOPE, demand

Json = dict[str, Any]

SERVICE = "googleads.googleapis.com"
VERSIONS = range(23, ADS_VERSION + 1)
"""Versions alive on 2026-11-21 (https://developers.google.com/google-ads/api/docs/sunset-dates)."""
BATCH_ROWS = 10_000
PAGE_TOKEN_S = 7_200
"""How long a page token lives on the sandbox's clock. The vendor publishes no figure."""

_TOKEN_ERRORS = {"ACCESS_TOKEN_EXPIRED": "OAUTH_TOKEN_EXPIRED", "ACCESS_TOKEN_TYPE_UNSUPPORTED": "OAUTH_TOKEN_INVALID"}

_STREAM_KEYS = frozenset({"query", "summaryRowSetting"})
_SEARCH_KEYS = frozenset({"query", "pageToken", "pageSize", "validateOnly", "searchSettings"})


@dataclass(frozen=True)
class Found:
    """A query's rows as JSON, the mask of its fields, and a number for it."""

    rows: list[Json]
    field_mask: str
    request_id: str
    query: str


class Service:
    """Google Ads over one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._numbers = itertools.count(1)

    def _account(self, request: Request) -> Account:
        """The customer in the path, once the login may reach it."""
        accounts = self._sandbox.world.google_ads
        customer_id = request.path_params["customer"]
        if not customer_id.isdigit():
            raise AdsError("requestError", "INVALID_CUSTOMER_ID", f"Invalid customer ID '{customer_id}'.")
        login_id = request.headers.get("login-customer-id", customer_id)
        if not login_id.isdigit():
            raise AdsError("headerError", "INVALID_LOGIN_CUSTOMER_ID", f"The login customer ID '{login_id}' is not valid.")
        world = accounts.get(customer_id)
        login_reaches = login_id in self._direct() and any(found == customer_id for found, _ in self._tree(login_id))
        if world is None or not login_reaches:
            raise AdsError(
                "authorizationError",
                "USER_PERMISSION_DENIED",
                "User doesn't have permission to access customer. Note: If you're accessing a client customer, the manager's "
                "customer id must be set in the 'login-customer-id' header. See "
                "https://developers.google.com/google-ads/api/docs/concepts/call-structure#cid",
            )
        below = [(other, accounts[other], level) for other, level in self._tree(customer_id)]
        today = self._sandbox.clock.now().astimezone(ZoneInfo(world.zone)).date()
        return Account(customer_id, world, tuple(below), today, request.path_params["version"])

    def _tree(self, top: str, level: int = 0) -> Iterator[tuple[str, int]]:
        """A customer and all below it, however deep, each with its level; itself at 0."""
        yield top, level
        accounts = self._sandbox.world.google_ads
        for customer_id in sorted(accounts) if accounts[top].is_manager else ():
            account = accounts[customer_id]
            is_loose = account.above is None and not account.is_manager and accounts[top].above is None
            if account.above == top or is_loose:
                yield from self._tree(customer_id, level + 1)

    def _direct(self) -> list[str]:
        """The customers that the login reaches without a manager in between."""
        accounts = self._sandbox.world.google_ads
        managers = sorted(
            customer_id for customer_id, account in accounts.items() if account.is_manager and account.above is None
        )
        return managers or sorted(accounts)

    def _find(self, request: Request, text: str) -> Found:
        account = self._account(request)
        query = parse(text)
        rows = run(query, account)
        zeros_absent = self._sandbox.quirks.google_ads_zeros_absent
        return Found(
            rows=[project(row, query, zeros_absent=zeros_absent) for row in rows],
            field_mask=",".join(".".join(_camel_path(field)) for field in query.fields),
            request_id=self._request_id(),
            query=text,
        )

    def _request_id(self) -> str:
        return f"sandbox-{next(self._numbers)}"

    def search_stream(self, request: Request, body: bytes) -> list[Json]:
        asked = _read(body, _STREAM_KEYS)
        if asked.get("summaryRowSetting", "NO_SUMMARY_ROW") not in ("NO_SUMMARY_ROW", "UNSPECIFIED"):
            raise invalid("The sandbox has no summary rows.")
        found = self._find(request, asked["query"])
        batches: list[Json] = []
        for start in range(0, max(len(found.rows), 1), BATCH_ROWS):
            rows = found.rows[start : start + BATCH_ROWS]
            batches.append(({"results": rows} if rows else {}) | {"fieldMask": found.field_mask, "requestId": found.request_id})
        batches[-1]["queryResourceConsumption"] = _consumption(found)
        return batches

    def search(self, request: Request, body: bytes) -> Json:
        asked = _read(body, _SEARCH_KEYS)
        if "pageSize" in asked:
            raise AdsError(
                "requestError",
                "PAGE_SIZE_NOT_SUPPORTED",
                f"Setting the page size is not supported. Search Responses will have fixed page size of '{BATCH_ROWS}' rows.",
            )
        found = self._find(request, asked["query"])
        start = self._page_start(asked["pageToken"], found) if asked.get("pageToken") else 0
        rows = found.rows[start : start + BATCH_ROWS]
        answer: Json = {"results": rows} if rows else {}
        if start + BATCH_ROWS < len(found.rows):
            answer["nextPageToken"] = self._page_token(start + BATCH_ROWS, found)
        if asked.get("searchSettings", {}).get("returnTotalResultsCount"):
            answer["totalResultsCount"] = str(len(found.rows))
        return answer | {"fieldMask": found.field_mask, "queryResourceConsumption": _consumption(found)}

    def _page_token(self, start: int, found: Found) -> str:
        born = int(self._sandbox.clock.now().timestamp())
        return base64.urlsafe_b64encode(f"{start}:{born}:{_digest(found.query)}".encode()).decode()

    def _page_start(self, token: str, found: Found) -> int:
        try:
            start, born, digest = base64.urlsafe_b64decode(token).decode().split(":")
            age_s = self._sandbox.clock.now().timestamp() - int(born)
        except ValueError:
            raise AdsError("requestError", "INVALID_PAGE_TOKEN", "Page token is invalid.") from None
        if digest != _digest(found.query):
            raise AdsError("requestError", "INVALID_PAGE_TOKEN", "Page token is invalid.")
        if age_s > PAGE_TOKEN_S:
            raise AdsError("requestError", "EXPIRED_PAGE_TOKEN", "Page token has expired.")
        return int(start)

    def accessible(self, _request: Request, _body: bytes) -> Json:
        direct = self._direct()
        return {"resourceNames": [f"customers/{customer_id}" for customer_id in direct]} if direct else {}

    def endpoint(
        self, work: Callable[[Request, bytes], Any], *, streams: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        """``work`` behind version and token checks, in a thread, with refusals turned into answers."""

        async def handle(request: Request) -> Response:
            body = await request.body()
            version = request.path_params["version"]
            try:
                if version not in VERSIONS:
                    raise AdsError("requestError", "UNSUPPORTED_VERSION", f"Version v{version} is deprecated or does not exist.")
                demand(request.headers.get("authorization"), ADWORDS_SCOPE, self._sandbox.clock.now(), SERVICE)
                answer = await run_in_threadpool(work, request, body)
            except AdsError as refusal:
                return self._refused(refusal.as_google_error(self._request_id(), version), streams)
            except GoogleError as refusal:
                return self._refused(_with_ads_reason(refusal, self._request_id(), version), streams)
            return _json(answer, 200)

        return handle

    def _refused(self, refusal: GoogleError, streams: bool) -> Response:
        body = refusal.body()
        in_array = streams and self._sandbox.quirks.google_ads_stream_errors_in_array
        return _json([body] if in_array else body, refusal.code)


def _with_ads_reason(refusal: GoogleError, request_id: str, version: int) -> GoogleError:
    """A refused token as Ads says it: Google's own reason, and its ``authenticationError`` beside it."""
    code = _TOKEN_ERRORS.get(str(refusal.details[0].get("reason"))) if refusal.details else None
    if code is None:
        return refusal
    failure = ads_failure("authenticationError", code, refusal.message, request_id, version=version)
    return GoogleError(refusal.code, refusal.message, [*refusal.details, failure])


def _read(body: bytes, known: frozenset[str]) -> Json:
    """The JSON object in ``body``. Raises 400 for a key that the method does not have."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise invalid("Invalid JSON payload received.") from None
    if not isinstance(asked, dict):
        raise invalid("Invalid JSON payload received. The root must be an object.")
    if unknown := sorted(asked.keys() - known):
        raise invalid(f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.')
    if not isinstance(asked.get("query"), str):
        raise AdsError("requestError", "REQUIRED_FIELD_MISSING", "Required field is missing: query.")
    return asked


def _camel_path(field: str) -> list[str]:
    return [camel(step) for step in field.split(".")]


def _consumption(found: Found) -> str:
    """``queryResourceConsumption``: the vendor says only that it rises with the work; ours with the rows."""
    return str(1 + len(found.rows) // 100)


def _digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:16]


def _json(answer: Any, status: int) -> Response:
    return Response(orjson.dumps(answer), status, media_type="application/json; charset=UTF-8")


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The paths of https://developers.google.com/google-ads/api/rest/common/search (2026-11-21), for every version."""
    service = Service(sandbox)
    at_customer = "/v{version:int}/customers/{customer}"
    return [
        Route(
            f"{at_customer}/googleAds:searchStream",
            service.endpoint(service.search_stream, streams=True),
            methods=["POST"],
            name="searchStream",
        ),
        Route(f"{at_customer}/googleAds:search", service.endpoint(service.search), methods=["POST"], name="search"),
        Route(
            "/v{version:int}/customers:listAccessibleCustomers",
            service.endpoint(service.accessible),
            methods=["GET"],
            name="listAccessibleCustomers",
        ),
    ]
