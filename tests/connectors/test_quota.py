"""The governor fills a rolling window and is never refused: on a virtual clock, and with threads on the sandbox."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyrate_limiter import InMemoryBucket, Rate, RateItem

from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import LIMITS
from connectors.quota import Allowance, Governor
from connectors.sandbox.limits import HubSpotLimits, RollingWindow
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import FULL_TOKEN, HubSpotWorld, World
from tests.connectors.hubspot.small_world import ACCOUNT, NOW
from tests.connectors.hubspot.virtual_time import VirtualTime

LIMIT, WINDOW_S = 190, 10.0
SPAN_S = 25.0


def latencies(seed: int) -> Iterator[tuple[float, float]]:
    """(way there, way back) of one call: mostly quick, the first slow as with a TLS handshake, some late."""
    dice = random.Random(seed)
    yield 0.4, 0.1
    while True:
        slow = dice.random() < 0.05
        yield dice.uniform(0.05, 0.4) if slow else dice.uniform(0.005, 0.02), dice.uniform(0.005, 0.02)


def governed_calls(seed: int) -> tuple[int, int]:
    """(passed, refused) of one caller after another through the governor, for 25 virtual seconds."""
    at = VirtualTime()
    server = RollingWindow(LIMIT, WINDOW_S, at.clock)
    governor = Governor({"burst": Allowance(LIMIT, WINDOW_S)}, clock=at.clock, wait=at.wait)
    outcomes = [0, 0]
    for there, back in latencies(seed):
        with governor.slot("burst"):
            at.now += there
            if at.now >= SPAN_S:
                return outcomes[1], outcomes[0]
            outcomes[server.take()] += 1
            at.now += back
    raise AssertionError("latencies never end")


def ideal_calls(seed: int) -> int:
    """What a caller who sees the server's own count gets through in the same time."""
    at = VirtualTime()
    server = RollingWindow(LIMIT, WINDOW_S, at.clock)
    for passed, (there, back) in enumerate(latencies(seed)):
        at.now += there
        while server.remaining() == 0:
            at.now += 0.001
        if at.now >= SPAN_S:
            return passed
        server.take()
        at.now += back
    raise AssertionError("latencies never end")


@pytest.mark.parametrize("seed", range(5))
def test_the_window_is_filled_and_nothing_is_refused(seed: int) -> None:
    passed, refused = governed_calls(seed)
    assert refused == 0
    assert passed >= 0.9 * ideal_calls(seed)


def test_a_sliding_window_that_counts_at_sending_is_refused_on_the_same_traffic() -> None:
    """Why the governor stamps at the answer instead of using pyrate-limiter with 1 % to spare."""
    at = VirtualTime()
    server = RollingWindow(LIMIT, WINDOW_S, at.clock)
    bucket = InMemoryBucket([Rate(LIMIT, int(WINDOW_S * 1010))])
    refused = 0
    for there, back in latencies(0):
        while not bucket.put(RateItem("call", int(at.now * 1000))):
            at.now += 0.005
            bucket.leak(int(at.now * 1000))
        at.now += there
        if at.now >= SPAN_S:
            break
        refused += not server.take()
        at.now += back
    assert refused > 0


def test_threads_on_a_real_server_are_never_refused() -> None:
    limits = HubSpotLimits(burst=40, window_s=0.4)
    world = World("quota", NOW, HubSpotWorld(account=ACCOUNT))
    governor = Governor({**LIMITS, "burst": Allowance(20, 0.4)})
    with SandboxServer(world, limits=limits) as server:
        settings = HubSpotSettings.model_validate({"base_url": server.base_url, "token": FULL_TOKEN})
        client = HubSpotClient("hubspot", settings, governor=governor)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: client.account(), range(160)))
        client.close()
        stats = server.sandbox.stats.vendors["hubspot"]
    assert governor.allowance("burst") == Allowance(40, 0.4), "the limit is learnt from the headers"
    assert (stats.requests, stats.refused_429) == (160, 0)


def governor(limit: int = 2) -> tuple[Governor, VirtualTime]:
    at = VirtualTime()
    return Governor({"a": Allowance(limit, 10.0), "b": Allowance(1, 1.0)}, clock=at.clock, wait=at.wait), at


def call(governor: Governor, bucket: str = "a", then: Callable[[], None] = lambda: None) -> None:
    with governor.slot(bucket):
        then()


def test_a_slot_is_free_one_window_after_the_answer() -> None:
    shared, at = governor(limit=1)
    call(shared, then=lambda: at.pass_by(3.0))
    call(shared)
    assert at.now == pytest.approx(3.0 + 10.1)


def test_a_call_that_fails_keeps_its_slot_for_a_window_too() -> None:
    """The vendor may have counted it."""
    shared, at = governor(limit=1)
    with pytest.raises(RuntimeError), shared.slot("a"):
        raise RuntimeError
    call(shared)
    assert at.now == pytest.approx(10.1)


def test_buckets_do_not_share_slots() -> None:
    shared, at = governor(limit=1)
    call(shared, "a")
    call(shared, "b")
    assert at.now == 0.0


def test_a_raised_limit_lets_more_through_at_once() -> None:
    shared, at = governor(limit=1)
    call(shared)
    shared.learn("a", 3, 10.0)
    call(shared)
    call(shared)
    assert at.now == 0.0
    call(shared)
    assert at.now == pytest.approx(10.1)


def test_what_another_process_used_takes_slots_of_ours() -> None:
    shared, at = governor(limit=5)
    call(shared)
    shared.observe("a", used=4)
    call(shared)
    assert at.now == 0.0
    call(shared)
    assert at.now == pytest.approx(10.1)


def test_a_server_that_counts_less_than_we_do_takes_nothing() -> None:
    shared, at = governor(limit=2)
    call(shared)
    shared.observe("a", used=0)
    call(shared)
    assert at.now == 0.0


def test_a_hold_stops_everybody_of_the_bucket() -> None:
    shared, at = governor()
    shared.hold("a", 7.0)
    call(shared, "b")
    assert at.now == 0.0
    call(shared)
    assert at.now == pytest.approx(7.0)


def test_with_every_slot_under_way_a_caller_waits_for_an_answer() -> None:
    shared = Governor({"a": Allowance(1, 0.01)})
    order: list[str] = []
    inside, release = threading.Event(), threading.Event()

    def first() -> None:
        with shared.slot("a"):
            inside.set()
            release.wait(5)
            order.append("first answered")

    def second() -> None:
        with shared.slot("a"):
            order.append("second sent")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    inside.wait(5)
    threads[1].start()
    time.sleep(0.05)
    assert order == []
    release.set()
    for thread in threads:
        thread.join(5)
    assert order == ["first answered", "second sent"]
