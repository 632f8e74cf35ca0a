"""Google's one shape of a refusal, shared by Analytics and Ads: https://cloud.google.com/apis/design/errors (2026-11-21)."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

Body = dict[str, Any]

STATUS_OF = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""The canonical code that goes with an HTTP status."""


def error_body(code: int, message: str, details: Sequence[Body] = ()) -> Body:
    body: Body = {"code": code, "message": message, "status": STATUS_OF.get(code, "UNKNOWN")}
    if details:
        body["details"] = list(details)
    return {"error": body}


class GoogleError(Exception):
    """A refusal on its way out of a handler."""

    def __init__(self, code: int, message: str, details: Sequence[Body] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = tuple(details)

    def body(self) -> Body:
        return error_body(self.code, self.message, self.details)

    def response(self) -> Response:
        return JSONResponse(self.body(), self.code)


def invalid(message: str) -> GoogleError:
    """400 INVALID_ARGUMENT."""
    return GoogleError(400, message)


def incompatible(advice: str) -> GoogleError:
    """400 of the Analytics Data API for fields that do not go together; ``advice`` names the one to add or remove."""
    return invalid(
        f"{advice} The request's dimensions & metrics are incompatible. To learn more, see "
        "https://ga-dev-tools.google/ga4/dimensions-metrics-explorer/"
    )


def error_info(reason: str, service: str) -> Body:
    """``google.rpc.ErrorInfo``, the machine-readable why."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": service},
    }


ADS_VERSION = 26
"""The newest major version of the Google Ads API on 2026-11-21."""


def ads_failure(
    kind: str, code: str, message: str, request_id: str, *, version: int = ADS_VERSION, details: Body | None = None
) -> Body:
    """A ``GoogleAdsFailure`` with one error: ``kind`` is the key in ``errorCode`` (``queryError``), ``code`` its value."""
    error: Body = {"errorCode": {kind: code}, "message": message}
    if details:
        error["details"] = details
    return {
        "@type": f"type.googleapis.com/google.ads.googleads.v{version}.errors.GoogleAdsFailure",
        "errors": [error],
        "requestId": request_id,
    }
