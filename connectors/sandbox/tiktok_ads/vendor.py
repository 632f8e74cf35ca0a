"""TikTok as a vendor of the sandbox."""

from typing import Any

from starlette.responses import JSONResponse, Response

from connectors.sandbox.faults import ORDERED, TOO_MANY_REQUESTS, Fault
from connectors.sandbox.tiktok_ads.envelope import enveloped
from connectors.sandbox.tiktok_ads.service import TOKEN, routes
from connectors.sandbox.vendor import Vendor, retry_after

THROTTLE, FAILURE, PARAMETER = 40100, 50000, 40002


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status: HTTP 200 with TikTok's code for it. ``policy`` is another code: ``40067``."""
    usual = THROTTLE if fault.status == TOO_MANY_REQUESTS else FAILURE if fault.status >= 500 else PARAMETER
    return JSONResponse(enveloped(int(fault.policy or usual), ORDERED), 200, retry_after(fault))


def section(base_url: str) -> dict[str, Any]:
    return {
        "base_url": f"{base_url}/tiktok_ads/open_api/v1.3",
        "access_token": "env:SANDBOX_TIKTOK_TOKEN",
    }


VENDOR = Vendor("tiktok_ads", routes, refusal, section, {"SANDBOX_TIKTOK_TOKEN": TOKEN})
