"""The built-in world and what it knows of itself, made once: nobody here changes them."""

from typing import Any

import pytest

from connectors.sandbox.world import World
from connectors.sandbox.worlds import builtin


@pytest.fixture(scope="package")
def world() -> World:
    return builtin.build()


@pytest.fixture(scope="package")
def truth() -> dict[str, Any]:
    return builtin.truth()
