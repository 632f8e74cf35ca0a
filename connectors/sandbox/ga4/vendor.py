"""Google Analytics as a vendor of the sandbox."""

from typing import Any

from starlette.responses import JSONResponse, Response

from connectors.sandbox.faults import ORDERED, TOO_MANY_REQUESTS, Fault
from connectors.sandbox.ga4.quota import CONCURRENT, PER_DAY, PER_HOUR, PER_PROJECT_HOUR, SERVER_ERRORS, THRESHOLDED
from connectors.sandbox.ga4.service import routes
from connectors.sandbox.google_errors import error_body
from connectors.sandbox.oauth import SECRETS, section
from connectors.sandbox.vendor import Vendor, retry_after

QUOTAS = {
    "CONCURRENT": CONCURRENT,
    "PROJECT_HOUR": PER_PROJECT_HOUR,
    "HOUR": PER_HOUR,
    "DAY": PER_DAY,
    "THRESHOLDED": THRESHOLDED,
    "SERVER_ERRORS": SERVER_ERRORS,
}
"""Policy of a fault -> message of a 429."""


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status."""
    message = QUOTAS[fault.policy or "CONCURRENT"] if fault.status == TOO_MANY_REQUESTS else ORDERED
    body: dict[str, Any] = error_body(fault.status, message)
    return JSONResponse(body, fault.status, retry_after(fault))


VENDOR = Vendor("ga4", routes, refusal, section, SECRETS)
