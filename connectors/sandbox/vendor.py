"""What a simulated vendor declares of itself, and how it is found.

A vendor is a module of this folder, or a package with a ``vendor.py``, that holds ``VENDOR``. The server, the count of calls,
ordered faults, the demo's settings and the worlds' folders follow from it. Vendors that came later hang under a prefix of
their own (``/meta_ads/…``); the first ones stand at the root of the server.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import ORDERED, Fault


def plain_refusal(fault: Fault) -> Response:
    """The answer of a vendor that has no words of its own."""
    return JSONResponse({"error": ORDERED}, fault.status, retry_after(fault))


def retry_after(fault: Fault) -> dict[str, str] | None:
    """The header, where the fault orders one."""
    return {"Retry-After": fault.retry_after} if fault.retry_after else None


def _nothing(_base_url: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Vendor:
    """One simulated vendor."""

    name: str
    """Under which its calls are counted and faults are ordered: its connector's, where it has one."""
    routes: Callable[[Sandbox], list[BaseRoute]]
    refusal: Callable[[Fault], Response] = plain_refusal
    """How it words an ordered status."""
    section: Callable[[str], dict[str, Any]] = _nothing
    """(base URL of the sandbox) -> the settings that point its connector there; secrets are ``env:`` references."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """The variables that those name. Each opens nothing but the sandbox."""


@cache
def vendors() -> Mapping[str, Vendor]:
    """Every vendor of this folder, by name."""
    import connectors.sandbox as room

    found: dict[str, Vendor] = {}
    for one in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
        try:
            module = importlib.import_module(f"{one.name}.vendor" if one.ispkg else one.name)
        except ModuleNotFoundError as error:
            if one.ispkg and error.name == f"{one.name}.vendor":
                continue  # a package of parts (worlds)
            raise
        vendor = getattr(module, "VENDOR", None)
        if vendor is not None:
            found[vendor.name] = vendor
    return MappingProxyType(found)
