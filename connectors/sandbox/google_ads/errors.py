"""Google Ads' refusals: Google's error shape with a ``GoogleAdsFailure`` in its details.

https://developers.google.com/google-ads/api/docs/best-practices/understand-api-errors (2026-11-21)
"""

from typing import Any

from connectors.sandbox.google_errors import GoogleError

DEFAULT_VERSION = 26

HTTP_STATUS = {"authenticationError": 401, "authorizationError": 403, "quotaError": 429, "internalError": 500}
"""By key of ``errorCode``; all others are 400."""

_SENTENCE = {
    400: "Request contains an invalid argument.",
    401: "Request had invalid authentication credentials.",
    403: "The caller does not have permission",
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
}


class AdsError(Exception):
    """One error of a ``GoogleAdsFailure``: ``kind`` is the key in ``errorCode`` (``queryError``), ``code`` its value."""

    def __init__(self, kind: str, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(f"{kind}.{code}: {message}")
        self.kind = kind
        self.code = code
        self.message = message
        self.details = details

    def as_google_error(self, request_id: str, version: int = DEFAULT_VERSION) -> GoogleError:
        """The refusal as it leaves the house."""
        status = HTTP_STATUS.get(self.kind, 400)
        error: dict[str, Any] = {"errorCode": {self.kind: self.code}, "message": self.message}
        if self.details:
            error["details"] = self.details
        failure = {
            "@type": f"type.googleapis.com/google.ads.googleads.v{version}.errors.GoogleAdsFailure",
            "errors": [error],
            "requestId": request_id,
        }
        return GoogleError(status, _SENTENCE[status], [failure])


def query_error(code: str, message: str) -> AdsError:
    return AdsError("queryError", code, message)
