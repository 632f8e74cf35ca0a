from collections.abc import Iterator

import pytest

from tests.kpi.marts import Marts


@pytest.fixture
def marts() -> Iterator[Marts]:
    """Empty marts of one test."""
    built = Marts()
    yield built
    built.close()
