"""One place where requests leave the house: pool, time-outs, retries, redaction.

Vendors reached by plain HTTP (Google Ads, SEMrush, token end points) call :meth:`Transport.request`; the
HubSpot client is plugged in at its own seam but uses the same retry rule (:func:`retrying`) and the same table
of what a status means. Google's Analytics client has its own transport and uses :func:`retrying` too.

A retry happens only for :class:`TransientError`, waits as long as the vendor asked or backs off with jitter,
and is bounded both in attempts and in total time. Tests switch waiting off with :func:`no_waiting`.
"""

import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
import requests
import tenacity
from requests.adapters import HTTPAdapter

from connectors.errors import (
    AuthenticationError,
    CadranError,
    ContractError,
    MissingScope,
    TransientError,
)

log = logging.getLogger("cadran.transport")
T = TypeVar("T")

TRANSIENT_STATUS = frozenset({408, 423, 425, 429, 477, 500, 502, 503, 504, 521, 523, 524})
"""Statuses worth another try (HubSpot FACTS §3; Google and SEMrush use a subset)."""

_SECRET = re.compile(
    r"(?i)(\b(?:key|api_?key|token|access_token|refresh_token|client_secret|code|assertion|password)=)[^&\s\"']+"
    r"|(\bBearer\s+)[A-Za-z0-9._~+/=-]+|\bpat-[a-z]{2}\d-[0-9a-f-]{8,}"
)


def redact(text: str) -> str:
    """``text`` without anything that looks like a credential; for logs and error sentences."""
    return _SECRET.sub(lambda m: (m.group(1) or m.group(2) or "") + "[hidden]", text)


@dataclass(frozen=True)
class RetryRule:
    """How long to keep trying. Waits are seconds."""

    attempts: int = 6
    """Tries in all, the first included."""
    total_s: float = 300.0
    """No new try starts after this long, counted from the first."""
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0


_sleep: Callable[[float], None] = time.sleep


@contextmanager
def no_waiting() -> Iterator[None]:
    """Retries without pauses, for tests."""
    global _sleep
    before, _sleep = _sleep, lambda _seconds: None
    try:
        yield
    finally:
        _sleep = before


def pause(seconds: float) -> None:
    """Wait, unless :func:`no_waiting` holds."""
    _sleep(seconds)


def retrying(call: Callable[[], T], rule: RetryRule = RetryRule()) -> T:
    """``call()``, again after each :class:`TransientError` as the rule allows; the last one is raised."""

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = getattr(error, "retry_after_s", None)
        backoff = min(rule.longest_wait_s, rule.first_wait_s * 2 ** (state.attempt_number - 1))
        jittered = backoff * (0.5 + random.random() / 2)  # noqa: S311 - not a secret
        return float(max(asked, 0.0)) + random.random() * 0.1 if asked is not None else jittered  # noqa: S311

    def note(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.info("trying again in %.1f s (try %d): %s", state.upcoming_sleep, state.attempt_number + 1, error)

    retryer = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TransientError),
        stop=tenacity.stop_after_attempt(rule.attempts) | tenacity.stop_before_delay(rule.total_s),
        wait=wait,
        sleep=lambda seconds: _sleep(seconds),
        before_sleep=note,
        reraise=True,
    )
    return retryer(call)


def error_for_status(source: str, status: int, *, what: str, body: bytes = b"", retry_after: str | None = None) -> CadranError:
    """The error a bare status means. A vendor that says more in its body looks there first."""
    if status == 401:
        return AuthenticationError(source, "Check the token or refresh token in the settings.")
    if status == 403:
        return MissingScope(source, (), what)
    if status in TRANSIENT_STATUS:
        seconds = float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdigit() else None
        return TransientError(source, what, status=status, retry_after_s=seconds)
    excerpt = redact(body[:300].decode("utf-8", "replace"))
    return ContractError(source, f"{what}: unexpected answer {excerpt!r}", status=status)


@dataclass
class Response:
    """An HTTP answer, body undecoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; ``ValueError`` when it is not."""
        return orjson.loads(self.body)


@dataclass
class Transport:
    """A session to one vendor.

    ``requests_sent`` counts every try, ``refused_429`` those that were too many.
    ``before`` is called ahead of every try (quota governors wait there) and ``after`` with every answer.
    """

    source: str
    base_url: str
    connect_s: float = 10.0
    read_s: float = 60.0
    pool_size: int = 8
    rule: RetryRule = field(default_factory=RetryRule)
    before: Callable[[], None] = lambda: None
    after: Callable[[Response], None] = lambda _response: None

    def __post_init__(self) -> None:
        self.base_url = self.base_url.rstrip("/")
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=self.pool_size, max_retries=0)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._session.trust_env = True
        self.requests_sent = 0
        self.refused_429 = 0

    def close(self) -> None:
        self._session.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """One try. Raises :class:`TransientError` when nothing came back; any status is an answer."""
        body: bytes | Mapping[str, str] | None = data
        sent = dict(headers or {})
        if json is not None:
            body = orjson.dumps(json)
            sent["Content-Type"] = "application/json"
        url = path if "://" in path else self.base_url + path
        self.before()
        self.requests_sent += 1
        try:
            answer = self._session.request(
                method, url, params=params, data=body, headers=sent, timeout=(self.connect_s, self.read_s), allow_redirects=False
            )
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise TransientError(self.source, f"no answer from {self.base_url} ({type(error).__name__})") from None
        response = Response(answer.status_code, answer.headers, answer.content)
        self.refused_429 += response.status == 429
        self.after(response)
        return response

    def request(
        self,
        method: str,
        path: str,
        *,
        what: str,
        classify: Callable[[Response], CadranError | None] | None = None,
        **arguments: Any,
    ) -> Response:
        """A 2xx answer, after retries. ``what`` completes "may not …" / "failed to …" in error sentences.

        ``classify`` sees every answer first (errors in 200 bodies, vendor codes): an error it returns is raised,
        None falls through to the table by status.
        """

        def attempt() -> Response:
            response = self.send(method, path, **arguments)
            error = classify(response) if classify else None
            if error is None and not 200 <= response.status < 300:
                error = error_for_status(
                    self.source, response.status, what=what, body=response.body, retry_after=response.headers.get("Retry-After")
                )
            if error is not None:
                raise error
            return response

        return retrying(attempt, self.rule)
