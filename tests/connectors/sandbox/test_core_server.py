"""The server itself: one port, all vendors, the sandbox's clock, and an end without leftovers."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

from connectors.sandbox.faults import Fault
from connectors.sandbox.server import SandboxServer
from tests.connectors.sandbox.hubspot.conftest import NOW, small_world

BEARER = {"Authorization": "Bearer sandbox-full", "Accept": "application/json"}


def test_one_port_of_the_loopback_serves_every_vendor() -> None:
    with SandboxServer(small_world()) as server:
        assert server.base_url.startswith("http://127.0.0.1:")
        asked = {
            "hubspot": requests.get(f"{server.base_url}/crm/objects/2026-09/deals", headers=BEARER, timeout=5),
            "ga4": requests.post(f"{server.base_url}/v1beta/properties/1:runReport", json={}, timeout=5),
            "google_ads": requests.post(f"{server.base_url}/v26/customers/1/googleAds:searchStream", json={}, timeout=5),
            "semrush": requests.get(f"{server.base_url}/users/countapiunits.html", timeout=5),
            "oauth": requests.post(f"{server.base_url}/token", data={}, timeout=5),
        }
        assert 404 not in [answer.status_code for answer in asked.values()]
        assert {vendor: stats["requests"] for vendor, stats in server.sandbox.stats.as_json().items()} == dict.fromkeys(asked, 1)


def test_every_answer_carries_the_sandboxs_clock_once() -> None:
    with SandboxServer(small_world()) as server:
        for path in ("/crm/objects/2026-09/deals", "/nowhere", "/_sandbox/clock"):
            answer = requests.get(server.base_url + path, headers=BEARER, timeout=5)
            dated = parsedate_to_datetime(answer.headers["Date"])
            assert 0 <= (dated - NOW).total_seconds() < 60
            assert "server" not in answer.headers


def test_a_server_can_be_stopped_twice_and_leaves_its_port() -> None:
    server = SandboxServer(small_world()).start()
    port = int(server.base_url.rsplit(":", 1)[1])
    server.stop()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_an_answer_under_way_still_leaves_when_the_server_ends() -> None:
    """Ended while the answer is held back: whoever asked gets it."""
    with SandboxServer(small_world()) as server, ThreadPoolExecutor() as pool:
        server.sandbox.faults.add(Fault("slow", vendor="hubspot", seconds=0.3))
        asked = pool.submit(requests.get, f"{server.base_url}/crm/objects/2026-09/deals", headers=BEARER, timeout=5)
        while server.sandbox.faults.pending:
            time.sleep(0.001)  # the fault is taken when the call arrives
        server.stop()
        assert asked.result().status_code == 200


def test_a_port_may_be_chosen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with SandboxServer(small_world(), port=port) as server:
        assert server.base_url == f"http://127.0.0.1:{port}"


def test_two_worlds_are_two_sandboxes() -> None:
    other = small_world()
    other.now = datetime(2030, 1, 1, tzinfo=UTC)
    with SandboxServer(small_world()) as one, SandboxServer(other) as two:
        assert one.sandbox.clock.now().year == 2026
        assert two.sandbox.clock.now().year == 2030
