"""Meta as a vendor of the sandbox."""

from typing import Any

from starlette.responses import JSONResponse, Response

from connectors.sandbox.faults import ORDERED, TOO_MANY_REQUESTS, Fault
from connectors.sandbox.meta_ads.access import TOKEN
from connectors.sandbox.meta_ads.errors import error_body
from connectors.sandbox.meta_ads.service import routes
from connectors.sandbox.vendor import Vendor, retry_after

THROTTLE, FAILURE, PARAMETER = 17, 2, 100


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status. ``policy`` is the code, or code and subcode: ``80000``, ``100/1504018``."""
    usual = THROTTLE if fault.status == TOO_MANY_REQUESTS else FAILURE if fault.status >= 500 else PARAMETER
    code, _, subcode = (fault.policy or str(usual)).partition("/")
    body = error_body(int(code), ORDERED, subcode=int(subcode) if subcode else None)
    return JSONResponse(body, fault.status, retry_after(fault))


def section(base_url: str) -> dict[str, Any]:
    return {"base_url": f"{base_url}/meta_ads", "access_token": "env:SANDBOX_META_TOKEN"}


VENDOR = Vendor("meta_ads", routes, refusal, section, {"SANDBOX_META_TOKEN": TOKEN})
