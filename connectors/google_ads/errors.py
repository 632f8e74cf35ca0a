"""What Google Ads' refusals mean, by ``errorCode``. Texts are never matched.

https://developers.google.com/google-ads/api/docs/best-practices/understand-api-errors (2026-11-21). An error is an object
with ``GoogleAdsFailure`` in its details; on searchStream it may come wrapped in an array, so both are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.errors import AuthenticationError, CadranError, ConfigurationError, ContractError, QuotaExhausted, TransientError
from connectors.google_ads.streams import SCOPES
from connectors.google_auth import error_for_reason
from connectors.transport import Response, error_for_status, redact

LONGEST_WAIT_S = 60.0
"""A longer wait ends the stream instead of blocking the run."""


class AccountClosed(CadranError):
    """The customer was cancelled or never finished its set-up: it is skipped and reported, the others go on."""

    def __init__(self, source: str, customer_id: str) -> None:
        self.customer_id = customer_id
        super().__init__(f"{source}: account {customer_id} is not enabled (cancelled, or its set-up was never finished)")


@dataclass(frozen=True)
class Failure:
    """One error of a refusal."""

    kind: str
    """Key of ``errorCode``: ``quotaError``."""
    code: str
    """Its value: ``RESOURCE_EXHAUSTED``."""
    message: str
    retry_delay_s: float | None = None


CONFIGURATION: Mapping[str, str] = {
    "USER_PERMISSION_DENIED": (
        "the login may not read account {customer}. If it reaches it through a manager account, give that one as login_customer_id; "
        "else give the login access in Google Ads (Admin > Access and security)."
    ),
    "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION": "account {customer} is not below login_customer_id.",
    "INVALID_LOGIN_CUSTOMER_ID": "login_customer_id is not the id of an account.",
    "INVALID_CUSTOMER_ID": "{customer} in customer_ids is not the id of an account.",
    "CUSTOMER_NOT_FOUND": "there is no account {customer} (customer_ids).",
    "UNSUPPORTED_VERSION": "Google has retired api_version {version}; raise it (https://developers.google.com/google-ads/api/docs/sunset-dates).",
    "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION": (
        "the Google Cloud project of this credential may read test accounts only; apply for Explorer access "
        "(https://developers.google.com/google-ads/api/docs/api-policy/access-levels)."
    ),
    "DEVELOPER_TOKEN_NOT_APPROVED": "developer_token is approved for test accounts only; leave it out, it is no longer needed.",
    "DEVELOPER_TOKEN_PROHIBITED": "developer_token does not belong to this Google Cloud project; leave it out, it is no longer needed.",
    "METRIC_ACCESS_DENIED": "the login may not see figures of account {customer}; it needs at least read access.",
}
"""Codes that the user can mend -> what to say."""

TRANSIENT = frozenset({"RESOURCE_TEMPORARILY_EXHAUSTED", "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION"})
"""Quota errors of a burst: worth another try even without ``retryDelay``."""


def classify(source_id: str, customer_id: str, version: str, response: Response) -> CadranError | None:
    """The error that an answer is, or None for a good one."""
    if 200 <= response.status < 300:
        return None
    error = _error(response)
    failures = _failures(error)
    for failure in failures:
        known = _meaning(source_id, customer_id, version, response, failure)
        if known is not None:
            return known
    reason = next(
        (detail["reason"] for detail in error.get("details", ()) if isinstance(detail, dict) and "reason" in detail), None
    )
    by_reason = error_for_reason(source_id, reason, scopes=SCOPES, action="read Google Ads reports", api="Google Ads API")
    if by_reason is not None:
        return by_reason
    if failures:
        first = failures[0]
        sentence = f"Google Ads refused a query ({first.kind}.{first.code}: {redact(first.message)[:200]})"
        return ContractError(source_id, sentence, status=response.status, request_id=response.headers.get("request-id"))
    return error_for_status(
        source_id, response.status, what="read Google Ads", body=response.body, retry_after=response.headers.get("Retry-After")
    )


def _meaning(source_id: str, customer_id: str, version: str, response: Response, failure: Failure) -> CadranError | None:
    if failure.code == "CUSTOMER_NOT_ENABLED":
        return AccountClosed(source_id, customer_id)
    if failure.code in CONFIGURATION:
        return ConfigurationError(f"{source_id}: {CONFIGURATION[failure.code].format(customer=customer_id, version=version)}")
    match failure.kind:
        case "quotaError":
            return _quota(source_id, failure, response)
        case "internalError":
            return TransientError(source_id, f"Google Ads failed ({failure.code})", status=response.status)
        case "authenticationError":
            return AuthenticationError(source_id, f"Google Ads answered {failure.code}: check the login behind refresh_token.")
    return None


def _quota(source_id: str, failure: Failure, response: Response) -> CadranError:
    """``retryDelay`` decides; without it a burst passes by itself and the day's operations do not
    (https://developers.google.com/google-ads/api/docs/best-practices/quotas, 2026-11-21)."""
    delay = failure.retry_delay_s
    if (delay is not None and delay <= LONGEST_WAIT_S) or (delay is None and failure.code in TRANSIENT):
        return TransientError(source_id, f"quota ({failure.code})", status=response.status, retry_after_s=delay)
    now = _instant(response.headers.get("Date"))
    until = now + timedelta(seconds=delay) if now is not None and delay is not None else None
    return QuotaExhausted(source_id, f"Google Ads' quota is used up ({failure.code})", until)


def _error(response: Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    if isinstance(body, list):
        body = body[0] if body else {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _failures(error: Mapping[str, Any]) -> list[Failure]:
    found = []
    for detail in error.get("details", ()):
        for one in detail.get("errors", ()) if isinstance(detail, dict) else ():
            for kind, code in (one.get("errorCode") or {}).items():
                delay = ((one.get("details") or {}).get("quotaErrorDetails") or {}).get("retryDelay")
                found.append(Failure(kind, str(code), str(one.get("message", "")), _seconds(delay)))
    return found


def _seconds(duration: Any) -> float | None:
    """A protobuf duration: ``30s``, ``1.5s``."""
    try:
        return float(str(duration).removesuffix("s")) if duration is not None else None
    except ValueError:
        return None


def _instant(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None
