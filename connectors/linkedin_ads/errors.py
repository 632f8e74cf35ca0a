"""What LinkedIn's refusals mean, by their status. Texts are never matched."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.errors import AuthenticationError, CadranError, ConfigurationError, MissingScope, QuotaExhausted, TransientError
from connectors.transport import Response, RetryRule, error_for_status

WAIT_S = 60.0
"""Between tries after a 429 that names no wait."""
LONGEST_WAIT_S = 300.0
"""A longer wait ends the stream instead of blocking the run."""

RULE = RetryRule(attempts=7, total_s=420.0)
"""Long enough for the five minutes of the metric budget to pass: what is refused after them is the day's allowance."""

LIFE_MONTHS = 12
"""After which a version ends, in the middle of its month: 202603 on 2027-03-16
(https://learn.microsoft.com/linkedin/marketing/integrations/migrations, 2026-11-21)."""


class UrlTooLong(CadranError):
    """HTTP 414: fewer ids at a time."""


@dataclass(frozen=True)
class Asked:
    """What a call was for, so that its refusal can say what is missing."""

    action: str
    """Completes "may not …": ``read the figures of account 512``."""
    scopes: tuple[str, ...]
    role: str
    """What the person who logged in must be."""


def classify(source_id: str, version: str, asked: Asked, response: Response) -> CadranError | None:
    """The error that an answer is, or None for a good one."""
    match response.status:
        case status if 200 <= status < 300:
            return None
        case 401:
            return AuthenticationError(source_id, f"LinkedIn no longer takes the token: run `cadran connect {source_id}`.")
        case 403:
            return MissingScope(source_id, asked.scopes, f"{asked.action} (or the person who logged in is not {asked.role})")
        case 404:
            return ConfigurationError(
                f"{source_id}: LinkedIn does not know what was asked for ({asked.action}): check the id in the settings."
            )
        case 414:
            return UrlTooLong(f"{source_id}: LinkedIn found the address of a request too long")
        case 426:
            return ConfigurationError(
                f"{source_id}: LinkedIn does not answer API version {version} (HTTP 426): it has ended, or is not out yet. Set api_version to "
                "a month that is in force (YYYYMM, https://learn.microsoft.com/linkedin/marketing/versioning)."
            )
        case 429:
            return _too_many(source_id, response)
    return error_for_status(source_id, response.status, what=asked.action, body=response.body)


class TooMany(TransientError):
    """HTTP 429: the metric budget, which frees within five minutes, or the day's calls; LinkedIn's status does not say which."""

    def __init__(self, source: str, retry_after_s: float, at: datetime | None) -> None:
        self.at = at
        """The instant of the answer by LinkedIn's clock, UTC."""
        super().__init__(source, "LinkedIn refused a call as too many", status=429, retry_after_s=retry_after_s)

    def outlasted(self) -> QuotaExhausted:
        """What it means after :data:`RULE`: the day's calls of the app or the member are used up, until midnight UTC."""
        until = None if self.at is None else self.at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return QuotaExhausted(self.source, "LinkedIn's calls of the day are used up", until)


def _too_many(source_id: str, response: Response) -> CadranError:
    now, told = instant(response.headers), response.headers.get("Retry-After", "")
    wait_s = float(told) if told.isdigit() else WAIT_S
    if wait_s > LONGEST_WAIT_S:
        return QuotaExhausted(source_id, "LinkedIn takes no more calls for now", now + timedelta(seconds=wait_s) if now else None)
    return TooMany(source_id, wait_s, now)


def instant(headers: Mapping[str, str]) -> datetime | None:
    """``Date`` of an answer, UTC."""
    try:
        return parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None


def version_note(version: str, now: datetime | None) -> str | None:
    """A line for ``cadran check`` in the last two months of a version's life; None before."""
    if now is None:
        return None
    months_left = (int(version[:4]) - now.year) * 12 + int(version[4:]) - now.month + LIFE_MONTHS
    if months_left > 2:
        return None
    end = f"{int(version[:4]) + 1}-{version[4:]}"
    return f"API version {version} ends in the middle of {end}: raise api_version (https://learn.microsoft.com/linkedin/marketing/versioning)"
