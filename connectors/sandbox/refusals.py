"""Refusals that a fault can order, in the shape and words of each vendor.

``policy`` of a fault says which of a vendor's refusals with that status is meant.
"""

from starlette.responses import JSONResponse, PlainTextResponse, Response

from connectors.sandbox.google_errors import GoogleError, ads_failure, error_body

CONCURRENT = "Exhausted concurrent requests quota."
PER_PROJECT_HOUR = "Exhausted property tokens for a project per hour."
PER_HOUR = "Exhausted property tokens per hour."
PER_DAY = "Exhausted property tokens per day."
THRESHOLDED = "Exhausted potentially thresholded requests quota."
SERVER_ERRORS = "Exhausted server errors quota."

GA4_QUOTAS = {
    "CONCURRENT": CONCURRENT,
    "PROJECT_HOUR": PER_PROJECT_HOUR,
    "HOUR": PER_HOUR,
    "DAY": PER_DAY,
    "THRESHOLDED": THRESHOLDED,
    "SERVER_ERRORS": SERVER_ERRORS,
}
"""Policy -> message of a 429 of the Analytics Data API.

https://developers.google.com/analytics/devguides/reporting/data/v1/quotas (2026-11-21). Those of hour and day are worded like
the others: nobody has published theirs.
"""

_ORDERED = "ordered by the test"


def ordered(vendor: str, status: int, policy: str | None, retry_after: str | None) -> Response:
    """The answer of ``status`` by GA4, Google Ads, SEMrush or the token end point."""
    headers = {"Retry-After": retry_after} if retry_after else None
    match vendor:
        case "ga4":
            message = GA4_QUOTAS[policy or "CONCURRENT"] if status == 429 else _ORDERED
            return JSONResponse(error_body(status, message), status, headers)
        case "google_ads":
            return JSONResponse(_google_ads(status, policy, retry_after).body(), status, headers)
        case "semrush":
            number = policy or (str(status) if status in (429, 500) else None)
            text = f"ERROR {number} :: {_ORDERED.upper()}" if number else _ORDERED
            return PlainTextResponse(text, status, headers)
        case "oauth":
            error = policy or ("invalid_grant" if status == 400 else "internal_failure")
            return JSONResponse({"error": error, "error_description": _ORDERED}, status, headers)
    return JSONResponse({"error": _ORDERED}, status, headers)


def _google_ads(status: int, policy: str | None, retry_after: str | None) -> GoogleError:
    """A quota refusal says how long to wait: https://developers.google.com/google-ads/api/docs/best-practices/quotas (2026-11-21)."""
    if status == 429:
        quota = {"quotaErrorDetails": {"rateScope": "ACCOUNT", "rateName": "sandbox", "retryDelay": f"{retry_after or 30}s"}}
        failure = ads_failure("quotaError", policy or "RESOURCE_EXHAUSTED", _ORDERED, "sandbox-0", details=quota)
        return GoogleError(status, "Resource has been exhausted (e.g. check quota).", [failure])
    if status >= 500:
        return GoogleError(status, _ORDERED, [ads_failure("internalError", policy or "TRANSIENT_ERROR", _ORDERED, "sandbox-0")])
    if policy:
        kind = "authenticationError" if status == 401 else "authorizationError" if status == 403 else "requestError"
        return GoogleError(status, _ORDERED, [ads_failure(kind, policy, _ORDERED, "sandbox-0")])
    return GoogleError(status, _ORDERED)
