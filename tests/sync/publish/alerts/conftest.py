"""Nothing is sent but by the test itself, no test waits for why a figure moved unless it asks for it, and every home is closed."""

from collections.abc import Iterator

import pytest

from sync.house import House
from sync.publish.alerts import watch
from sync.publish.messages import Delivered
from tests.sync.publish.alerts.home import Watched


@pytest.fixture(autouse=True)
def not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def keep(_house: House) -> Delivered:
        return Delivered()

    monkeypatch.setattr(watch, "deliver", keep)
    monkeypatch.setattr("sync.publish.alerts.because.SECONDS", 0.0)


@pytest.fixture
def told_why(not_sent: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why is asked, however busy the machine is."""
    monkeypatch.setattr("sync.publish.alerts.because.SECONDS", 300.0)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while Watched.open:
        Watched.open.pop().home.close()
