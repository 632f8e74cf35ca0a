"""The governor fills a rolling window and is never refused: on a virtual clock, and with threads on the sandbox.

One governor serves the threads of a process, one all processes of the machine: the same accounting, the same tests."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyrate_limiter import InMemoryBucket, Rate, RateItem

from connectors.errors import QuotaExhausted
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import LIMITS
from connectors.quota import STALE_S, Allowance, Governor, Governs, Heard
from connectors.quota_day import Day
from connectors.quota_shared import SharedGovernor
from connectors.sandbox.limits import HubSpotLimits, RollingWindow
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import FULL_TOKEN, HubSpotWorld, World
from tests.connectors.hubspot.small_world import ACCOUNT, NOW
from tests.connectors.hubspot.virtual_time import VirtualTime

LIMIT, WINDOW_S = 190, 10.0
SPAN_S = 25.0
LIMITED = {"burst": Allowance(LIMIT, WINDOW_S)}


def latencies(seed: int) -> Iterator[tuple[float, float]]:
    """(way there, way back) of one call: mostly quick, the first slow as with a TLS handshake, some late."""
    dice = random.Random(seed)
    yield 0.4, 0.1
    while True:
        slow = dice.random() < 0.05
        yield dice.uniform(0.05, 0.4) if slow else dice.uniform(0.005, 0.02), dice.uniform(0.005, 0.02)


def governed_calls(seed: int, governor_at: Callable[[VirtualTime], Governs]) -> tuple[int, int]:
    """(passed, refused) of one caller after another through the governor, for 25 virtual seconds."""
    at = VirtualTime()
    server = RollingWindow(LIMIT, WINDOW_S, at.clock)
    governor = governor_at(at)
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
    passed, refused = governed_calls(seed, lambda at: Governor(LIMITED, clock=at.clock, wait=at.wait))
    assert refused == 0
    assert passed >= 0.9 * ideal_calls(seed)


@pytest.mark.parametrize("seed", range(2))
def test_so_it_is_through_the_file_that_processes_share(seed: int, tmp_path: Path) -> None:
    def governor_at(at: VirtualTime) -> Governs:
        return SharedGovernor(tmp_path / "quota.sqlite", LIMITED, lease_s=70.0, clock=at.clock, wait=at.pass_by)

    passed, refused = governed_calls(seed, governor_at)
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


class Made:
    """A governor on a virtual clock: of one process, or of all (each ``another()`` is one more process's)."""

    def __init__(self, file: Path | None) -> None:
        self.time = VirtualTime()
        self._file = file
        self._first: dict[int, Governs] = {}

    def __call__(self, limit: int = 2) -> Governs:
        allowances = {"a": Allowance(limit, 10.0), "b": Allowance(1, 1.0)}
        if self._file is None:
            return self._first.setdefault(limit, Governor(allowances, clock=self.time.clock, wait=self.time.wait))
        return SharedGovernor(self._file, allowances, lease_s=70.0, clock=self.time.clock, wait=self.time.pass_by)


@pytest.fixture(params=["threads", "processes"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    return Made(tmp_path / "quota.sqlite" if request.param == "processes" else None)


def call(governor: Governs, bucket: str = "a", then: Callable[[], None] = lambda: None, heard: Heard | None = None) -> None:
    with governor.slot(bucket) as call:
        then()
        call.heard = heard or call.heard


WINDOW = Allowance(1, 10.0).window_s


def test_a_slot_is_free_one_window_after_the_answer(made: Made) -> None:
    call(made(limit=1), then=lambda: made.time.pass_by(3.0))
    call(made(limit=1))
    assert made.time.now == pytest.approx(3.0 + WINDOW, abs=0.001)


def test_a_call_that_fails_keeps_its_slot_for_a_window_too(made: Made) -> None:
    """The vendor may have counted it."""
    with pytest.raises(RuntimeError), made(limit=1).slot("a"):
        raise RuntimeError
    call(made(limit=1))
    assert made.time.now == pytest.approx(WINDOW, abs=0.001)


def test_buckets_do_not_share_slots(made: Made) -> None:
    call(made(limit=1), "a")
    call(made(limit=1), "b")
    assert made.time.now == 0.0


def test_a_raised_limit_lets_more_through_at_once(made: Made) -> None:
    call(made(limit=1), heard=Heard(limits={"a": Allowance(3, 10.0)}))
    assert made(limit=1).allowance("a") == Allowance(3, 10.0)
    call(made(limit=1))
    call(made(limit=1))
    assert made.time.now == 0.0
    call(made(limit=1))
    assert made.time.now == pytest.approx(WINDOW, abs=0.001)


def test_a_shorter_window_frees_the_slots_that_were_taken_before_it_was_known(made: Made) -> None:
    call(made(limit=1), heard=Heard(limits={"a": Allowance(1, 0.5)}))
    call(made(limit=1))
    assert made.time.now == pytest.approx(Allowance(1, 0.5).window_s)


def test_what_another_tool_used_takes_slots_of_ours(made: Made) -> None:
    call(made(limit=5), heard=Heard(used={"a": 4}))
    call(made(limit=5))
    assert made.time.now == 0.0
    call(made(limit=5))
    assert made.time.now == pytest.approx(WINDOW, abs=0.001)


def test_a_server_that_counts_less_than_we_do_takes_nothing(made: Made) -> None:
    call(made(), heard=Heard(used={"a": 0}))
    call(made())
    assert made.time.now == 0.0


def test_calls_of_ours_that_left_the_window_while_an_answer_travelled_are_not_taken_for_others(made: Made) -> None:
    """The vendor counted both when it answered; by the time the answer is here, the first one's slot is free."""
    call(made())
    made.time.pass_by(WINDOW - 0.1)
    call(made(), then=lambda: made.time.pass_by(0.2), heard=Heard(used={"a": 2}))
    call(made())
    assert made.time.now == pytest.approx(WINDOW + 0.1)


def test_a_count_that_travelled_for_long_is_not_compared(made: Made) -> None:
    call(made(), then=lambda: made.time.pass_by(STALE_S + 1), heard=Heard(used={"a": 2}))
    call(made())
    assert made.time.now == STALE_S + 1


def test_a_hold_stops_everybody_of_the_bucket(made: Made) -> None:
    made().hold("a", 7.0)
    made().hold("a", 2.0)
    call(made(), "b")
    assert made.time.now == 0.0
    call(made())
    assert made.time.now == pytest.approx(7.0)


def test_what_refuses_a_call_is_raised_and_the_call_is_not_counted(made: Made) -> None:
    def refuse(_day: Day) -> None:
        raise QuotaExhausted("x", "enough")

    with pytest.raises(QuotaExhausted), made(limit=1).slot("a", refuse):
        pass
    assert made().day().calls == 0
    call(made(limit=1))
    assert made.time.now == 0.0


def test_with_every_slot_under_way_a_caller_waits_for_an_answer(tmp_path: Path) -> None:
    allowances = {"a": Allowance(1, 0.01)}
    governors: list[Governs] = [Governor(allowances), SharedGovernor(tmp_path / "quota.sqlite", allowances, lease_s=70.0)]
    for shared in governors:
        order: list[str] = []
        inside, release = threading.Event(), threading.Event()

        def first(shared: Governs = shared) -> None:
            with shared.slot("a"):
                inside.set()  # noqa: B023 - joined before the next turn
                release.wait(5)  # noqa: B023
                order.append("first answered")  # noqa: B023

        def second(shared: Governs = shared) -> None:
            with shared.slot("a"):
                order.append("second sent")  # noqa: B023

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
