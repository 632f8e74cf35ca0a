"""Answers that take their time: drawn from a seed, side by side, outside the sandbox's lock."""

import itertools
import threading
import time

import pytest
import requests

from connectors.sandbox.limits import Latency
from connectors.sandbox.server import SandboxServer
from tests.connectors.sandbox.hubspot.conftest import small_world

BEARER = {"Authorization": "Bearer sandbox-full", "Accept": "application/json"}
DEALS = "/crm/objects/2026-09/deals"


def drawn(latency: Latency, count: int = 500) -> list[tuple[float, float]]:
    return list(itertools.islice(latency.waits(), count))


def test_waits_spread_evenly_around_the_middle_and_are_split_anywhere() -> None:
    waits = drawn(Latency(answer_s=0.2, spread=0.5, seed=7))
    whole = [before + after for before, after in waits]
    assert 0.1 <= min(whole) < 0.11
    assert 0.29 < max(whole) <= 0.3
    assert sum(whole) / len(whole) == pytest.approx(0.2, rel=0.05)
    shares = [before / (before + after) for before, after in waits]
    assert min(shares) < 0.05
    assert max(shares) > 0.95


def test_the_same_seed_gives_the_same_waits() -> None:
    assert drawn(Latency(0.2, 0.5, seed=1)) == drawn(Latency(0.2, 0.5, seed=1))
    assert drawn(Latency(0.2, 0.5, seed=1)) != drawn(Latency(0.2, 0.5, seed=2))


def test_without_a_spread_every_answer_takes_as_long() -> None:
    assert {round(before + after, 9) for before, after in drawn(Latency(answer_s=0.05))} == {0.05}


def test_an_answer_takes_at_least_its_wait() -> None:
    with SandboxServer(small_world(), latency=Latency(answer_s=0.05)) as server:
        start = time.monotonic()
        assert requests.get(server.base_url + DEALS, headers=BEARER, timeout=5).status_code == 200
        assert time.monotonic() - start >= 0.05


def test_calls_wait_side_by_side_and_the_control_plane_does_not_wait() -> None:
    """While one answer is held back for a minute, another caller's edit goes through: no lock is held meanwhile."""
    with SandboxServer(small_world(), latency=Latency(answer_s=60.0)) as server:
        waiting = threading.Thread(target=_ask_in_vain, args=(server.base_url + DEALS,), daemon=True)
        waiting.start()
        known = next(iter(server.sandbox.portal.records["deals"].by_id))
        order = {"object": "deals", "id": known, "properties": {"amount": "5"}}
        answer = requests.post(f"{server.base_url}/_sandbox/edit", json=order, timeout=5)
        assert answer.status_code == 200
        assert requests.get(f"{server.base_url}/_sandbox/stats", timeout=5).json() == {}, "the held-back call is not counted yet"
        waiting.join(5)
        assert not waiting.is_alive()


def _ask_in_vain(url: str) -> None:
    with pytest.raises(requests.ReadTimeout):
        requests.get(url, headers=BEARER, timeout=0.5)
