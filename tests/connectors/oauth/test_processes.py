"""One login used by several processes: a rotation is spent once, and a death at the worst moment is named as such."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.base import Place
from connectors.errors import AuthenticationError
from connectors.oauth.grant import Grant
from connectors.oauth.store import Logins
from connectors.sandbox.consent import App, Consent
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.vendor import Vendor
from connectors.sandbox.world import HubSpotWorld, World
from tests.connectors.oauth.shop import login

CHILD = """
import os, signal, sys
from pathlib import Path
from connectors.oauth.store import Logins
from tests.connectors.oauth.shop import login
if sys.argv[3] == "die":
    Logins.save = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
one = login(sys.argv[1], Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
print(one.bearer())
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxServer]:
    account = {"portalId": 1, "companyCurrency": "EUR", "timeZone": "UTC"}
    app = App("/login", "/tokens", "app", "hush", frozenset({"read"}))
    vendors = {"vendor": Vendor("vendor", lambda sandbox: Consent(sandbox, "vendor", app).routes())}
    with SandboxServer(World("empty", datetime(2026, 11, 22, tzinfo=UTC), HubSpotWorld(account)), vendors=vendors) as served:
        served.sandbox.consents["vendor"].seed(refresh_token="refresh-0")
        then = datetime.now(UTC) - timedelta(hours=2)
        grant = Grant("access-0", then, then, "app", then + timedelta(hours=1), "refresh-0")
        Logins(Place(tmp_path, tmp_path)).save("shop", grant)
        yield served


def started(server: SandboxServer, folder: Path, how: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CHILD, server.base_url, str(folder), how]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_at_once_spend_one_rotation(server: SandboxServer, tmp_path: Path) -> None:
    both = [started(server, tmp_path, "live") for _ in range(2)]
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=60)[0] for process in both}
    assert answers == {"sandbox-vendor-access-0001\n"}
    assert server.sandbox.stats.vendors["vendor"].routes["token"] == 1


def test_killed_between_the_answer_and_the_disk(server: SandboxServer, tmp_path: Path) -> None:
    """The vendor has spent the token, and nobody holds its successor: the next process says what happened and who must act."""
    process = started(server, tmp_path, "die")
    process.communicate("go\n", timeout=60)
    assert process.returncode == -signal.SIGKILL
    with pytest.raises(
        AuthenticationError, match=r"UTC was cut off before .* which spent the token\. Please run `cadran connect shop`"
    ):
        login(server.base_url, tmp_path).bearer()
