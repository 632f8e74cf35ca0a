"""HubSpot as a vendor of the sandbox."""

from typing import Any

from starlette.responses import JSONResponse, Response

from connectors.sandbox.faults import ORDERED, TOO_MANY_REQUESTS, Fault
from connectors.sandbox.hubspot.errors import daily, secondly, ten_secondly
from connectors.sandbox.hubspot.routes import routes
from connectors.sandbox.vendor import Vendor, retry_after
from connectors.sandbox.world import FULL_TOKEN

TOKEN = "SANDBOX_HUBSPOT_TOKEN"  # noqa: S105 - the name of a variable

_CORRELATION = {"correlationId": "00000000-0000-4000-8000-000000000000"}


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status, and of a batch that is half written."""
    return JSONResponse(_body(fault), fault.status, retry_after(fault))


def _body(fault: Fault) -> dict[str, Any]:
    if fault.status != TOO_MANY_REQUESTS:
        return {"status": "error", "message": ORDERED, "category": "INTERNAL_ERROR"} | _CORRELATION
    bodies = {"SECONDLY": secondly(), "DAILY": daily()}
    return bodies.get(fault.policy or "", ten_secondly(0)) | _CORRELATION


def section(base_url: str) -> dict[str, Any]:
    """The sandbox's search lags by three seconds; waiting two minutes for it would tell nobody anything."""
    return {"base_url": base_url, "token": f"env:{TOKEN}", "search_lag_s": 4}


VENDOR = Vendor("hubspot", routes, refusal, section, {TOKEN: FULL_TOKEN})
