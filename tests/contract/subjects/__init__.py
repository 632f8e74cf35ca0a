"""The connectors that the suite tries, a module each. A connector of the registry without one fails the suite.

To add a connector: a module of its name with ``SUBJECT`` and, where its vendor's records are not in :mod:`tests.contract.world`,
``accounts()``: its accounts in that world, by id.
"""

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from connectors.registry import CONNECTORS
from tests.contract.subjects.base import Subject

SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {name: importlib.import_module(f"tests.contract.subjects.{name}").SUBJECT for name in CONNECTORS}
)

HTTP = tuple(name for name, subject in SUBJECTS.items() if subject.vendor is not None)
"""Connectors that speak HTTP."""
