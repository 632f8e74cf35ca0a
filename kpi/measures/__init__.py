"""What is added up, counted or ranked, in one module per kind of facts. Declaring it there is all it takes."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from kpi.measures.base import Facts, Measure

_MODULES = tuple(
    import_module(f"kpi.measures.{name}")
    for name in (
        "deals",
        "quotas",
        "people",
        "cohorts",
        "media",
        "offline",
        "web",
        "email",
        "seo",
        "social",
        "service",
        "commerce",
        "orders",
        "subscriptions",
        "retention",
        "customers",
        "custom",
    )
)

FAMILIES: Mapping[str, Facts] = MappingProxyType(
    {found.name: found for module in _MODULES for found in vars(module).values() if isinstance(found, Facts)}
)
"""Every family by its name."""

MEASURES: tuple[Measure, ...] = tuple(
    dict.fromkeys(found for module in _MODULES for found in vars(module).values() if isinstance(found, Measure))
)
"""Every measure a formula may use."""
