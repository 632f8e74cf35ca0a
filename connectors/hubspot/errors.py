"""What HubSpot's refusals mean: by status, category and policy name, never by message text.

https://developers.hubspot.com/docs/api-reference/error-handling and
https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines (2026-11-21). A 429 has no documented
``Retry-After``; where one stands, it is taken. Every field of an error body is optional.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.errors import CadranError, ContractError, MissingScope, NotInTier, QuotaExhausted, TransientError
from connectors.transport import Response, error_for_status, redact

LOCK_S = 2.0
"""423: a record stays locked by its other writer for two seconds."""

TOO_LONG = 414

_REFUSED = (400, 404, 409)


class NoAnswer(TransientError):
    """Nothing came back: a time-out, a refused or a cut connection."""


class Unsettled(CadranError):
    """No answer came to a write: whether HubSpot carried it out must be read back."""

    exit_code = 3


@dataclass(frozen=True)
class Refusal:
    """An error body, read defensively."""

    status: int
    category: str | None
    sub_category: str | None
    message: str | None
    policy: str | None
    request_id: str | None
    context: Mapping[str, Sequence[str]]
    errors: Sequence[Mapping[str, Any]]

    def named(self, key: str) -> tuple[str, ...]:
        """Every value under ``key`` in the contexts of the body and of its errors, in order, once."""
        found = [*_texts(self.context.get(key))]
        for error in self.errors:
            found += _texts(_mapping(error.get("context")).get(key))
        return tuple(dict.fromkeys(found))

    @property
    def codes(self) -> frozenset[str]:
        """``PROPERTY_DOESNT_EXIST``, ``INVALID_OPTION`` …"""
        return frozenset(str(error["code"]) for error in self.errors if error.get("code"))

    @property
    def reason(self) -> str:
        """For the person who reads the outcome list: HubSpot's own sentences."""
        own = [str(error["message"]) for error in self.errors if error.get("message")]
        said = "; ".join(dict.fromkeys(own)) or self.message or self.category or f"HTTP {self.status}"
        return redact(said)[:500]


def refusal_of(status: int, body: Any) -> Refusal:
    """An error body, or one entry of a 207's ``errors``; anything else than an object counts as empty (404 may be HTML)."""
    known = _mapping(body)
    errors = known.get("errors")
    return Refusal(
        status=status,
        category=_text(known.get("category")),
        sub_category=_text(known.get("subCategory")),
        message=_text(known.get("message")),
        policy=_text(known.get("policyName")),
        request_id=_text(known.get("correlationId")),
        context=_mapping(known.get("context")),
        errors=[_mapping(error) for error in errors] if isinstance(errors, list) else (),
    )


def read_refusal(response: Response) -> Refusal:
    try:
        body = response.json()
    except ValueError:
        body = None
    return refusal_of(response.status, body)


def error_of(
    source: str,
    response: Response,
    *,
    what: str,
    attempt: int,
    bucket: str,
    window_s: float,
    midnight: Callable[[], datetime | None],
) -> CadranError:
    """The error that an answer outside 2xx means.

    ``attempt`` counts from 1 and lengthens the wait; ``window_s`` is the burst window; ``midnight`` gives the instant at
    which the account's day ends.
    """
    refusal = read_refusal(response)
    asked = response.headers.get("Retry-After")
    if response.status == 403:
        if refusal.category not in (None, "MISSING_SCOPES") and not refusal.named("requiredGranularScopes"):
            # How HubSpot refuses what a subscription lacks is UNVERIFIED; it is not a scope that would help.
            return NotInTier(source, what, "a HubSpot subscription that includes it")
        return MissingScope(source, refusal.named("requiredGranularScopes"), what)
    if response.status == 429:
        if refusal.policy == "DAILY":
            return QuotaExhausted(source, "HubSpot's daily limit of the account is used up", midnight())
        wait_s = attempt * (window_s if refusal.policy == "TEN_SECONDLY_ROLLING" and bucket != "search" else 1.0)
        return TransientError(source, f"{what}: too many requests", status=429, retry_after_s=_seconds(asked) or wait_s)
    if response.status == 423:
        return TransientError(source, f"{what}: the record is locked", status=423, retry_after_s=LOCK_S)
    if response.status == TOO_LONG:
        return ContractError(source, f"{what}: the address is too long", status=TOO_LONG, request_id=refusal.request_id)
    if response.status in _REFUSED and refusal.category:
        return ContractError(source, f"{what}: {refusal.reason}", status=response.status, request_id=refusal.request_id)
    return error_for_status(source, response.status, what=what, body=response.body, retry_after=asked)


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header else None
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
