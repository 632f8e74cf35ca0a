"""What the generated HubSpot client calls in place of its own connection code, one try at a time.

``hubspot-api-client`` opens a pool per attribute access, has no time-out, retries some calls three times and can
speak only v3/v4 (FACTS §15, measured on 12.0.0, 2026-11-21). Its seam is ``api_factory``: :meth:`Wire.api` builds the
client's own API objects on this one instead. So every call shares a pool, takes a slot of the governor, travels to
the dated path, comes back undecoded, and leaves behind what its headers say: the vendor's clock and limits.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import Any, Protocol
from urllib.parse import quote_plus, urlencode, urlsplit

import orjson
import urllib3
from pydantic import SecretStr

from connectors.hubspot import paths
from connectors.hubspot.errors import NoAnswer
from connectors.quota import Allowance, Governs, Heard
from connectors.quota_day import Budget, DayHeard
from connectors.quota_file import quota_path
from connectors.quota_shared import SharedGovernor
from connectors.transport import Response

TOO_MANY = 429

LIMITS = {"burst": Allowance(100, 10.0), "search": Allowance(4, 1.0), "associations": Allowance(100, 10.0)}
"""What every account has, before the headers say more.

https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines (2026-11-21): 100 calls in 10 s, search
5 in one second for the *whole account* (one is left to its other apps), associations 100 in 10 s.
"""

_ASSOCIATIONS_BY_BURST = ((250, 200), (190, 150))
"""(burst limit, association limit): both rise with the account's tier, and only the first is in a header."""

CONNECT_S = 10.0
READ_S = 60.0
POOL_SIZE = 40
"""Connections kept open: four streams at once, eight readers each, and what else is under way."""

_ALWAYS_ASKED = ("/account-info/", "/oauth/")
"""Paths that need no room in the day's budget: with them a run finds out how much there is, and ``cadran check`` says it."""


@dataclass
class Answer(Response):
    """An answer, and the limit that counted its call."""

    bucket: str = "burst"


class ApiPackage(Protocol):
    """A generated package of the client, e.g. ``hubspot.crm.deals``."""

    Configuration: Any
    ApiClient: Any


class Wire:
    """The pool to one HubSpot account. Thread-safe. The token lives here and nowhere else."""

    def __init__(
        self,
        source: str,
        base_url: str,
        token: SecretStr,
        version: str,
        governor: Governs,
        budget: Budget,
        *,
        read_s: float = READ_S,
    ) -> None:
        self.source = source
        self.base_url = base_url.rstrip("/")
        self.version = version
        self.governor = governor
        self.budget = budget
        self.requests_sent = 0
        self.refused_429 = 0
        self.server_time: datetime | None = None
        """The vendor's clock as the latest answer gave it, UTC."""
        self._token = token
        self._timeout = urllib3.Timeout(connect=CONNECT_S, read=read_s)
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=POOL_SIZE, retries=False)
        self._lock = threading.Lock()

    def close(self) -> None:
        self._pool.clear()

    def api(self, package: ApiPackage, name: str, _config: object) -> Any:
        """The client's ``api_factory``: its API class ``name`` of ``package``, speaking through this wire."""
        configuration = package.Configuration()
        configuration.host = self.base_url
        api_client = package.ApiClient(configuration=configuration)
        api_client.rest_client = self
        # Ours are JSON types already: copying a batch of a thousand ids, one by one, takes as long as reading its answer.
        api_client.sanitize_for_serialization = _as_it_is
        return getattr(package, name)(api_client=api_client)

    # --- the five methods that a generated ApiClient calls ---------------------------------------------------

    def GET(self, url: str, **call: Any) -> Answer:  # noqa: N802 - the client's name
        return self._call("GET", url, **call)

    def POST(self, url: str, **call: Any) -> Answer:  # noqa: N802
        return self._call("POST", url, **call)

    def PATCH(self, url: str, **call: Any) -> Answer:  # noqa: N802
        return self._call("PATCH", url, **call)

    def DELETE(self, url: str, **call: Any) -> Answer:  # noqa: N802
        return self._call("DELETE", url, **call)

    def _call(self, method: str, url: str, *, query_params: Any = None, body: Any = None, **_client: Any) -> Answer:
        # Headers, time-outs and decoding are this wire's own; what the client says of them is left aside.
        return self.send(method, urlsplit(url).path, query=query_params, body=body)

    def send(self, method: str, path: str, *, query: Any = None, body: Any = None) -> Answer:
        """One try: any status is an answer. Raises :class:`NoAnswer` when none came, and
        :class:`connectors.errors.QuotaExhausted`, without sending anything, when the day's budget leaves no call."""
        path = paths.dated(path, self.version)
        bucket = paths.bucket(path)
        url = self.base_url + path + ("?" + urlencode(query, quote_via=_quoted) if query else "")
        headers = {
            "Authorization": f"Bearer {self._token.get_secret_value()}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "cadran",
        }
        payload = None
        if body is not None:
            payload = orjson.dumps(body)
            headers["Content-Type"] = "application/json"
        admit = None if path.startswith(_ALWAYS_ASKED) else self.budget.admit
        try:
            with self.governor.slot(bucket, admit) as call:
                with self._lock:
                    self.requests_sent += 1
                got = self._pool.request(method, url, body=payload, headers=headers, timeout=self._timeout, redirect=False)
                call.heard = heard(got.headers, bucket)
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswer(self.source, f"no answer from {self.base_url} ({type(error).__name__})") from None
        self.server_time = call.heard.day.at or self.server_time
        if got.status == TOO_MANY:
            with self._lock:
                self.refused_429 += 1
        return Answer(got.status, got.headers, got.data, bucket)

    def budget_note(self) -> str:
        """How much of the day's calls is used and left, in one line for a person."""
        return self.budget.note(self.governor.day())


def heard(headers: Mapping[str, str], bucket: str) -> Heard:
    """What an answer says of the vendor's clock and limits. Headers: FACTS §3; search answers carry none of the limits,
    and an OAuth token is told nothing of the day's."""
    date = headers.get("Date")
    day = DayHeard(
        parsedate_to_datetime(date).astimezone(UTC) if date else None,
        _whole(headers.get("X-HubSpot-RateLimit-Daily")),
        _whole(headers.get("X-HubSpot-RateLimit-Daily-Remaining")),
    )
    limit = _whole(headers.get("X-HubSpot-RateLimit-Max"))
    if bucket != "burst" or not limit:
        return Heard(day=day)
    window_ms = _whole(headers.get("X-HubSpot-RateLimit-Interval-Milliseconds"))
    window_s = window_ms / 1000 if window_ms else LIMITS["burst"].period_s
    linked = next((n for burst, n in _ASSOCIATIONS_BY_BURST if limit >= burst), LIMITS["associations"].limit)
    left = _whole(headers.get("X-HubSpot-RateLimit-Remaining"))
    return Heard(
        limits={"burst": Allowance(limit, window_s), "associations": Allowance(linked, window_s)},
        used={} if left is None else {"burst": limit - left},
        day=day,
    )


@cache
def governor_of(base_url: str, token: SecretStr) -> SharedGovernor:
    """The governor of one credential, the same for every client that this process makes for it; its slots are shared by
    all processes of this user on the machine."""
    return SharedGovernor(quota_path(base_url, token.get_secret_value()), LIMITS, lease_s=CONNECT_S + READ_S)


def _as_it_is(body: Any) -> Any:
    return body


@lru_cache(maxsize=4096)
def _quoted(text: str, safe: str = "", encoding: str | None = None, errors: str | None = None) -> str:
    """Names of properties come again with every page."""
    return quote_plus(text, safe, encoding, errors)


def _whole(header: str | None) -> int | None:
    return int(header) if header and header.isdigit() else None
