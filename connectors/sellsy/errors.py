"""What Sellsy's refusals mean: ``{"error": {"code", "message", "context", "details": {field: why}}}`` with a fitting status.

Sellsy API v2, OpenAPI 2.128.0 (2024-04): 400 validation, 401, 402 the plan's limit is reached, 403 scope or privilege, 404, 409,
413, 429, 5xx. Every answer says what is left of the account's calls, by second, minute, day and month.
"""

from collections.abc import Mapping

from connectors.errors import CadranError, ContractError, MissingScope, NotInTier, QuotaExhausted, TransientError
from connectors.transport import Response, error_for_status, redact

SECOND_S, MINUTE_S = 1.0, 60.0

_LONGEST = 200
"""Characters of Sellsy's own words that an error quotes."""


def left(headers: Mapping[str, str]) -> dict[str, int]:
    """``second | minute | day | month`` -> calls that are left, as far as the answer tells."""
    found = {}
    for period in ("second", "minute", "day", "month"):
        told = (headers.get(f"X-Quota-Remaining-By-{period.capitalize()}") or "").strip()
        if told.lstrip("-").isdigit():
            found[period] = int(told)
    return found


def said(response: Response) -> str:
    """Sellsy's reason, in one line, with the fields it names."""
    try:
        body = response.json()
    except ValueError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return f"HTTP {response.status}"
    details = error.get("details")
    named = "; ".join(f"{field}: {why}" for field, why in details.items()) if isinstance(details, dict) else ""
    return redact(" ".join(filter(None, (str(error.get("message") or ""), f"({named})" if named else ""))))[:_LONGEST]


def error_of(source: str, response: Response, what: str, scopes: tuple[str, ...]) -> CadranError:
    """The error of a refusal. ``scopes``: those that the call needs."""
    if response.status == 429:
        return _too_many(source, response, what)
    if response.status == 402:
        return NotInTier(source, what, f"more than its Sellsy plan allows ({said(response)})")
    if response.status == 403:
        return MissingScope(source, scopes, what)
    if response.status in {400, 404, 409, 413}:
        return ContractError(source, f"{what}: {said(response)}", status=response.status)
    return error_for_status(source, response.status, what=what, body=response.body)


def _too_many(source: str, response: Response, what: str) -> CadranError:
    """Seconds and minutes are waited for; a day or a month is not."""
    remaining = left(response.headers)
    for period in ("month", "day"):
        if remaining.get(period, 1) <= 0:
            return QuotaExhausted(source, f"the account's calls of this {period} are used up")
    wait = MINUTE_S if remaining.get("minute", 1) <= 0 else SECOND_S
    return TransientError(source, f"{what}: too many calls", status=429, retry_after_s=wait)
