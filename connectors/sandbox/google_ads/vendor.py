"""Google Ads as a vendor of the sandbox."""

from starlette.responses import JSONResponse, Response

from connectors.sandbox.faults import ORDERED, TOO_MANY_REQUESTS, Fault
from connectors.sandbox.google_ads.service import routes
from connectors.sandbox.google_errors import GoogleError, ads_failure
from connectors.sandbox.oauth import SECRETS, section
from connectors.sandbox.vendor import Vendor, retry_after

REQUEST_ID = "sandbox-0"


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status; a quota's says how long to wait:
    https://developers.google.com/google-ads/api/docs/best-practices/quotas (2026-11-21)."""
    return JSONResponse(_error(fault).body(), fault.status, retry_after(fault))


def _error(fault: Fault) -> GoogleError:
    status, policy = fault.status, fault.policy
    if status == TOO_MANY_REQUESTS:
        quota = {
            "quotaErrorDetails": {"rateScope": "ACCOUNT", "rateName": "sandbox", "retryDelay": f"{fault.retry_after or 30}s"}
        }
        failure = ads_failure("quotaError", policy or "RESOURCE_EXHAUSTED", ORDERED, REQUEST_ID, details=quota)
        return GoogleError(status, "Resource has been exhausted (e.g. check quota).", [failure])
    if status >= 500:
        return GoogleError(status, ORDERED, [ads_failure("internalError", policy or "TRANSIENT_ERROR", ORDERED, REQUEST_ID)])
    if policy:
        kind = "authenticationError" if status == 401 else "authorizationError" if status == 403 else "requestError"
        return GoogleError(status, ORDERED, [ads_failure(kind, policy, ORDERED, REQUEST_ID)])
    return GoogleError(status, ORDERED)


VENDOR = Vendor("google_ads", routes, refusal, section, SECRETS)
