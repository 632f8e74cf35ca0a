"""What Microsoft's refusals mean, by the number of an error. Texts are never matched.

``{"OperationErrors": [{"Code": 117, "ErrorCode": "CallRateExceeded", "Message": …}], "BatchErrors": [], "TrackingId": …}``
(https://learn.microsoft.com/advertising/guides/handle-service-errors-exceptions, 2026-11-21). With which HTTP status they come is not
confirmed, so the body is looked at first, whatever the status.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.errors import AuthenticationError, CadranError, ConfigurationError, ContractError, TransientError
from connectors.transport import TRANSIENT_STATUS, Response, error_for_status, redact

TOKEN_REFUSED = frozenset({105, 109})
"""Credentials that are not taken, and an access token that has ended. Not confirmed."""
FORBIDDEN = frozenset({106})
"""Not confirmed."""
CALL_RATE = 117
CONCURRENT = 207
"""Too many reports of the customer are being made at this moment."""
NO_COMPLETE_DATA = 2004
INTERNAL = 0

WAIT_S = 60.0
"""After too many calls or reports."""

LISTS = ("OperationErrors", "BatchErrors", "Errors")
"""Where faults keep their errors; the last is that of refused credentials (not confirmed)."""


class TooManyCalls(TransientError):
    """The allowance is used up for a minute."""


class ReportFailed(TransientError):
    """Microsoft could not make a report; it may be ordered again."""


class AddressEnded(CadranError):
    """The five minutes of a download's address are over: ask for another."""

    exit_code = 3


class ReportTooBig(CadranError):
    """The report is larger than is unpacked; fewer days have to be asked for."""

    exit_code = 3


class NoSearch(CadranError):
    """Client Center does not answer the search for accounts."""

    exit_code = 4


def classify(source_id: str, response: Response) -> CadranError | None:
    """The error that an answer is, or None for a good one."""
    for code, name, message in _errors(response):
        return _meaning(source_id, response, code, name, message)
    status = response.status
    if 200 <= status < 300:
        return None
    if status == 401:
        return AuthenticationError(source_id, "Microsoft Advertising does not take the login or the developer_token.")
    if status == 429:
        return TooManyCalls(source_id, "too many calls", status=status, retry_after_s=_wait_s(response))
    if status in TRANSIENT_STATUS:
        return error_for_status(source_id, status, what="Microsoft Advertising failed")
    # Nothing of the body: an answer that is no fault may show the request, tokens included.
    return ContractError(source_id, "Microsoft Advertising refused a call without saying why", status=status)


def of_search(source_id: str, response: Response) -> CadranError | None:
    """The same for the search of accounts, whose path is not confirmed: that there is none is an answer too."""
    error = classify(source_id, response)
    is_worded = any(_errors(response))
    if isinstance(error, ContractError) and (is_worded or response.status in (400, 404, 405, 501)):
        return NoSearch(f"{source_id}: Client Center does not answer the search for accounts (HTTP {response.status})")
    return error


def of_download(source_id: str, response: Response) -> CadranError | None:
    """The same for the file of a report, which lies with another service."""
    if 200 <= response.status < 300:
        return None
    if response.status in (401, 403, 404, 410):
        return AddressEnded(f"{source_id}: the address of the report is no longer good (HTTP {response.status})")
    if response.status in TRANSIENT_STATUS:
        return error_for_status(source_id, response.status, what="the report could not be fetched")
    return ContractError(source_id, "the report could not be fetched", status=response.status)


def _meaning(source_id: str, response: Response, code: int | None, name: str, message: str) -> CadranError:
    said = f"{code} {name}".strip()
    if code in (CALL_RATE, CONCURRENT):
        return TooManyCalls(source_id, f"Microsoft Advertising asks to wait ({said})", retry_after_s=_wait_s(response))
    if code in TOKEN_REFUSED:
        return AuthenticationError(source_id, f"Microsoft Advertising does not take the login or the developer_token ({said}).")
    if code in FORBIDDEN:
        return ConfigurationError(
            f"{source_id}: the login may not read this customer or account ({said}). Check customer_id (cid=) and account_ids (aid=), and "
            "that the person who logged in is a user of the account."
        )
    if code in (INTERNAL, NO_COMPLETE_DATA) or response.status >= 500:
        return TransientError(source_id, f"Microsoft Advertising failed ({said})", status=response.status)
    return ContractError(
        source_id, f"Microsoft Advertising refused a call ({said}: {redact(message)[:200]})", status=response.status
    )


def _errors(response: Response) -> Iterator[tuple[int | None, str, str]]:
    """(number, name, sentence)."""
    try:
        body = response.json()
    except ValueError:
        return
    for key in LISTS if isinstance(body, Mapping) else ():
        for one in body.get(key) or ():
            if isinstance(one, Mapping):
                yield _whole(one.get("Code")), str(one.get("ErrorCode") or ""), str(one.get("Message") or "")


def _wait_s(response: Response) -> float:
    told = response.headers.get("Retry-After") or ""
    return float(told) if told.isdigit() else WAIT_S


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
