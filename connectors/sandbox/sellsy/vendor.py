"""Sellsy as a vendor of the sandbox."""

from typing import Any

from starlette.responses import Response

from connectors.sandbox.faults import ORDERED, TOO_MANY_REQUESTS, Fault
from connectors.sandbox.sellsy.errors import Refused
from connectors.sandbox.sellsy.service import CLIENT_ID, CLIENT_SECRET, PREFIX, routes
from connectors.sandbox.vendor import Vendor, retry_after

SECRET = "SANDBOX_SELLSY_SECRET"  # noqa: S105 - the name of a variable

PERIODS = ("Second", "Minute", "Day", "Month")


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status. ``policy`` of a 429: the period whose calls are used up (``Second`` unless told)."""
    headers = dict(retry_after(fault) or {})
    if fault.status == TOO_MANY_REQUESTS:
        spent = fault.policy or "Second"
        headers |= {f"X-Quota-Remaining-By-{period}": "0" if period == spent else "100" for period in PERIODS}
    return Refused(fault.status, ORDERED).response(headers)


def section(base_url: str) -> dict[str, Any]:
    """A personal client: nobody has to log in."""
    return {"base_url": f"{base_url}{PREFIX}/v2", "client_id": CLIENT_ID, "client_secret": f"env:{SECRET}"}


VENDOR = Vendor("sellsy", routes, refusal, section, {SECRET: CLIENT_SECRET})
