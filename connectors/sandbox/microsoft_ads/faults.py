"""Refusals as Microsoft words them (https://learn.microsoft.com/advertising/guides/handle-service-errors-exceptions, 2026-11-21)."""

from typing import Any

TRACKING_ID = "sandbox-tracking"


class Refusal(Exception):
    """One refusal."""

    def __init__(self, code: int, name: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body = fault_body(code, name, message)


def fault_body(code: int, name: str, message: str) -> dict[str, Any]:
    return {
        "TrackingId": TRACKING_ID,
        "Type": "ApiFaultDetail",
        "BatchErrors": [],
        "OperationErrors": [{"Code": code, "Details": None, "ErrorCode": name, "Message": message}],
    }


def credentials_refused() -> Refusal:
    return Refusal(
        105,
        "InvalidCredentials",
        "Authentication failed. Either supplied credentials are invalid or the account is inactive",
        401,
    )


def token_expired() -> Refusal:
    return Refusal(
        109, "AuthenticationTokenExpired", "Authentication token expired. Please renew the token or obtain a new one.", 401
    )


def forbidden() -> Refusal:
    return Refusal(106, "UserIsNotAuthorized", "User is not authorized to perform this operation.", 403)


def call_rate_exceeded() -> Refusal:
    return Refusal(
        117, "CallRateExceeded", "You have exceeded the number of calls you are allowed to make. Wait 60 seconds.", 429
    )


def too_many_reports() -> Refusal:
    return Refusal(
        207, "ConcurrentRequestOverLimit", "You have too many reports that are being made. Wait until one is done.", 429
    )


def invalid(message: str, name: str = "InvalidReportRequest") -> Refusal:
    return Refusal(2001, name, message)
