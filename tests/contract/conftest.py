"""Every test gets the connectors of the registry one by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.hubspot.wire import LIMITS
from connectors.quota import Allowance, Governor
from connectors.registry import CONNECTORS
from connectors.transport import no_waiting
from tests.contract.harness import Served
from tests.contract.subjects import HTTP


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``connector``: every one; ``web_connector``: those that speak HTTP."""
    if "connector" in metafunc.fixturenames:
        metafunc.parametrize("connector", list(CONNECTORS))
    if "web_connector" in metafunc.fixturenames:
        metafunc.parametrize("web_connector", list(HTTP))


@pytest.fixture(scope="session", autouse=True)
def unpaced() -> Iterator[None]:
    """HubSpot's limits have tests of their own: here nobody waits for a slot."""
    with pytest.MonkeyPatch.context() as patch:
        ample = {bucket: Allowance(1_000_000, 1.0) for bucket in LIMITS}
        patch.setattr("connectors.hubspot.client.governor_of", lambda _base_url, _token: Governor(ample))
        yield


@pytest.fixture(scope="session")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The world at its best, at one moment; for tests that only look."""
    with Served(tmp_path_factory.mktemp("calm")) as served:
        yield served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A world of the test's own. Retries do not wait."""
    with Served(tmp_path / "world") as opened, no_waiting():
        yield opened
