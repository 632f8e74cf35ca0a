"""Marts: what measures read. Rebuilt in full from the tables on every run (:mod:`sync.marts`).

One module per kind of facts; a class declared there is a mart, named as itself in snake case.
"""

import re
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from kpi.schema.base import Mart

_MODULES = tuple(
    import_module(f"kpi.schema.marts.{name}")
    for name in (
        "deals",
        "quotas",
        "people",
        "media",
        "offline",
        "web",
        "email",
        "seo",
        "social",
        "service",
        "margin",
        "commerce",
        "subscriptions",
        "retention",
        "custom",
        "calendar",
    )
)


def _name(mart: type[Mart]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", mart.__name__).lower()


MARTS: Mapping[str, type[Mart]] = MappingProxyType(
    {
        _name(found): found
        for module in _MODULES
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Mart) and found.__module__ == module.__name__
    }
)
"""Every mart by its name."""
