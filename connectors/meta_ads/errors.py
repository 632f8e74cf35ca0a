"""What Meta's refusals mean, by ``error.code`` and ``error_subcode``. Texts are never matched.

https://developers.facebook.com/docs/marketing-api/insights/error-codes (2026-05-21) and
https://github.com/dlt-hub/verified-sources facebook_ads (2026-11). Nearly all come with HTTP 400; ``is_transient`` says of any code
that it passes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.errors import (
    AuthenticationError,
    CadranError,
    ConfigurationError,
    ContractError,
    MissingScope,
    QuotaExhausted,
    TransientError,
)
from connectors.meta_ads.usage import regained_after_s
from connectors.transport import Response, error_for_status, redact

THROTTLED = frozenset({4, 17, 32, 341, 613, *range(80000, 80007), 80008, 80009, 80014})
"""Too many calls: of the app, the user, the page, the ad account, or of one use of the API (80008 and 80009 are not confirmed)."""
PASSING = frozenset({1, 2})
TOO_MUCH = frozenset({1504018, 1504038})
"""Subcodes of a query that takes Meta too long: halve its days, or have a report made in the background."""
TOKEN_REFUSED = frozenset({102, 190})
"""190 is not confirmed."""
TOKEN_UNSEEN = frozenset({104, 2500})
"""Meta saw no token at all (not confirmed): where it ignores the Authorization header, it is to be a parameter."""
FORBIDDEN = frozenset({3, 10, *range(200, 300)})
UNKNOWN_OBJECT = frozenset({33})
"""Subcodes of 100: there is no such object, or the token may not see it (not confirmed)."""
RETIRED_VERSION = frozenset({2635})
"""Not confirmed."""

LONGEST_WAIT_S = 60.0
"""A longer wait ends the stream instead of blocking the run."""


class TooMuch(CadranError):
    """The query takes Meta too long as it is."""

    exit_code = 3


class TokenUnseen(AuthenticationError):
    """Meta did not see the token where it was put."""


class Unexplained(TransientError):
    """Code 1: a failure that passes or, where it does not, a page of too many rows."""


class TooManyCalls(TransientError):
    """The allowance is used up for a short while."""


class ParameterRefused(ContractError):
    """Code 100: a parameter, or one of the metrics asked for, is not known (any more)."""


@dataclass(frozen=True)
class Asked:
    """What a call was for, so that its refusal can say what is missing."""

    action: str
    """Completes "may not …": ``read the figures of ad account 123``."""
    scopes: tuple[str, ...]


def classify(source_id: str, version: str, asked: Asked, response: Response) -> CadranError | None:
    """The error that an answer is, or None for a good one."""
    error = _error(response)
    if error is None:
        if 200 <= response.status < 300:
            return None
        return error_for_status(
            source_id,
            response.status,
            what=asked.action,
            body=response.body,
            retry_after=response.headers.get("Retry-After"),
        )
    code, subcode = _whole(error.get("code")), _whole(error.get("error_subcode"))
    if subcode in TOO_MUCH:
        return TooMuch(f"{source_id}: Meta found it too much to {asked.action} at once (code {code}/{subcode})")
    if code in THROTTLED:
        return _throttled(source_id, code, response)
    if code == 1:
        return Unexplained(source_id, "Meta failed (code 1)", status=response.status)
    if code in PASSING or error.get("is_transient") is True or response.status >= 500:
        return TransientError(source_id, f"Meta failed (code {code})", status=response.status)
    if code in TOKEN_UNSEEN:
        return TokenUnseen(source_id, f"Meta says that no token came with the call (code {code}).")
    if code in TOKEN_REFUSED:
        return AuthenticationError(
            source_id,
            f"Meta answered code {code}{f'/{subcode}' if subcode else ''}: the token has ended or was revoked. Make a new one for the "
            f"system user, or run `cadran connect {source_id}`.",
        )
    if code in FORBIDDEN:
        return MissingScope(source_id, asked.scopes, f"{asked.action} (code {code})")
    if code in RETIRED_VERSION:
        return ConfigurationError(
            f"{source_id}: Meta has retired api_version {version}; raise it (https://developers.facebook.com/docs/graph-api/changelog)"
        )
    if code == 100 and subcode in UNKNOWN_OBJECT:
        return ConfigurationError(
            f"{source_id}: Meta cannot {asked.action}: there is no such id, or the token may not see it. Check the ids in the settings and "
            "what the system user is assigned to."
        )
    kind = ParameterRefused if code == 100 else ContractError
    sentence = (
        f"Meta refused to {asked.action} (API version {version}, code {code}: {redact(str(error.get('message', '')))[:200]})"
    )
    return kind(source_id, sentence, status=response.status, request_id=str(error.get("fbtrace_id") or "") or None)


def _throttled(source_id: str, code: int | None, response: Response) -> CadranError:
    """The usage header says when the account is let in again, in minutes; without it the ordinary retries must do."""
    wait_s = regained_after_s(response.headers)
    if wait_s is not None and wait_s > LONGEST_WAIT_S:
        now = _instant(response.headers.get("Date"))
        return QuotaExhausted(
            source_id, f"Meta takes no more calls for now (code {code})", now + timedelta(seconds=wait_s) if now else None
        )
    return TooManyCalls(source_id, f"too many calls (code {code})", status=response.status, retry_after_s=wait_s)


def _error(response: Response) -> Mapping[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _instant(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None
