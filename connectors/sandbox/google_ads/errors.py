"""Google Ads' refusals: Google's error shape with a ``GoogleAdsFailure`` in its details.

https://developers.google.com/google-ads/api/docs/best-practices/understand-api-errors (2026-11-21)
"""

from connectors.sandbox.google_errors import GoogleError, ads_failure

HTTP_STATUS = {"authenticationError": 401, "authorizationError": 403}
"""By key of ``errorCode``; all others are 400."""

_SENTENCE = {
    400: "Request contains an invalid argument.",
    401: "Request had invalid authentication credentials.",
    403: "The caller does not have permission",
}


class AdsError(Exception):
    """One error of a ``GoogleAdsFailure``: ``kind`` is the key in ``errorCode`` (``queryError``), ``code`` its value."""

    def __init__(self, kind: str, code: str, message: str) -> None:
        super().__init__(f"{kind}.{code}: {message}")
        self.kind = kind
        self.code = code
        self.message = message

    def as_google_error(self, request_id: str, version: int) -> GoogleError:
        """The refusal as it leaves the house."""
        status = HTTP_STATUS.get(self.kind, 400)
        return GoogleError(
            status, _SENTENCE[status], [ads_failure(self.kind, self.code, self.message, request_id, version=version)]
        )


def query_error(code: str, message: str) -> AdsError:
    return AdsError("queryError", code, message)
