"""Microsoft Advertising as a vendor of the sandbox."""

from typing import Any

from starlette.responses import JSONResponse, Response

from connectors.sandbox.faults import ORDERED, TOO_MANY_REQUESTS, Fault
from connectors.sandbox.microsoft_ads.faults import fault_body
from connectors.sandbox.microsoft_ads.service import CLIENT_ID, CLIENT_SECRET, CUSTOMER_ID, DEVELOPER_TOKEN, REFRESH_TOKEN, routes
from connectors.sandbox.vendor import Vendor, retry_after

NAMES = {0: "InternalError", 100: "NullRequest", 117: "CallRateExceeded", 207: "ConcurrentRequestOverLimit"}


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status. ``policy`` is the code: ``207``."""
    usual = 117 if fault.status == TOO_MANY_REQUESTS else 0 if fault.status >= 500 else 100
    code = int(fault.policy or usual)
    return JSONResponse(fault_body(code, NAMES.get(code, "Ordered"), ORDERED), fault.status, retry_after(fault))


def section(base_url: str) -> dict[str, Any]:
    return {
        "base_url": f"{base_url}/microsoft_ads",
        "customer_id": CUSTOMER_ID,
        "client_id": CLIENT_ID,
        "client_secret": "env:SANDBOX_MICROSOFT_SECRET",
        "refresh_token": "env:SANDBOX_MICROSOFT_REFRESH_TOKEN",
        "developer_token": "env:SANDBOX_MICROSOFT_DEVELOPER_TOKEN",
    }


SECRETS = {
    "SANDBOX_MICROSOFT_SECRET": CLIENT_SECRET,
    "SANDBOX_MICROSOFT_REFRESH_TOKEN": REFRESH_TOKEN,
    "SANDBOX_MICROSOFT_DEVELOPER_TOKEN": DEVELOPER_TOKEN,
}

VENDOR = Vendor("microsoft_ads", routes, refusal, section, SECRETS)
