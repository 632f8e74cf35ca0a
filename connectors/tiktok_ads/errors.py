"""What TikTok's refusals mean, by ``code``. Nearly all come with HTTP 200; texts are never matched.

https://business-api.tiktok.com/portal/docs?id=1737172488964097 (2026-11-21) and
https://github.com/singer-io/tap-tiktok-ads (2025-09).
"""

from collections.abc import Mapping
from typing import Any

from connectors.errors import AuthenticationError, CadranError, ContractError, MissingScope, TransientError
from connectors.tiktok_ads.oauth import SCOPES
from connectors.transport import TRANSIENT_STATUS, Response, error_for_status, redact

TOO_MANY = frozenset({40100})
PASSING = frozenset({40200, 40201, 40202, 40700, 50000, 50002, 60001})
"""60001 is maintenance."""
TOO_MUCH = 40067
REFUSED = 40002
"""What is asked for is not accessible, or a parameter is wrong: TikTok has one number for both."""
TOKEN_REFUSED = frozenset({40102, 40104, 40105})
"""Not confirmed."""
FORBIDDEN = frozenset({40001})
"""Not confirmed."""


class TooManyCalls(TransientError):
    """More calls a second than the app's tier allows."""


class TooMuch(CadranError):
    """The query is too large as it is: fewer days."""

    exit_code = 3


class Refused(ContractError):
    """Code 40002."""


def classify(source_id: str, response: Response) -> CadranError | None:
    """The error that an answer is, or None for a good one."""
    body = _body(response)
    code = _whole(body.get("code")) if body is not None else None
    status = response.status
    if body is None or code is None:
        return _by_status(source_id, response)
    if code == 0 and 200 <= status < 300:
        return None
    request_id = str(body.get("request_id") or "") or None
    if code in TOO_MANY:
        return TooManyCalls(source_id, f"TikTok asks to call more slowly (code {code})", retry_after_s=_wait_s(response))
    if code == TOO_MUCH:
        return TooMuch(f"{source_id}: TikTok found a query too large (code {code})")
    if code in PASSING or status in TRANSIENT_STATUS:
        return TransientError(source_id, f"TikTok failed (code {code})", retry_after_s=_wait_s(response))
    if code in TOKEN_REFUSED:
        return AuthenticationError(
            source_id,
            f"TikTok answered code {code}: the token has ended or was revoked. Put a new one there, or run `cadran connect {source_id}`.",
        )
    if code in FORBIDDEN:
        return MissingScope(source_id, SCOPES, f"read TikTok's reports (code {code})")
    kind = Refused if code == REFUSED else ContractError
    said = redact(str(body.get("message") or ""))[:200]
    return kind(source_id, f"TikTok refused a call (code {code}: {said})", status=status, request_id=request_id)


def _by_status(source_id: str, response: Response) -> CadranError | None:
    """An answer that is not in TikTok's words. Nothing of its body is told: it may show the request, token included."""
    status = response.status
    if 200 <= status < 300:
        return ContractError(source_id, "the answer bears no code", status=status)
    if status == 401:
        return AuthenticationError(source_id, "TikTok does not take the token.")
    if status in TRANSIENT_STATUS:
        return error_for_status(source_id, status, what="TikTok failed", retry_after=response.headers.get("Retry-After"))
    return ContractError(source_id, "TikTok refused a call without saying why", status=status)


def _body(response: Response) -> Mapping[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, Mapping) else None


def _wait_s(response: Response) -> float | None:
    told = response.headers.get("Retry-After") or ""
    return float(told) if told.isdigit() else None


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
