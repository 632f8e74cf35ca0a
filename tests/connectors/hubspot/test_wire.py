"""One account's quota, from outside: four processes are never refused; the day's budget ends a run and midnight opens the next."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import QuotaExhausted
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import LIMITS, governor_of, heard
from connectors.quota import Allowance, Governor, Heard
from connectors.sandbox.limits import HubSpotLimits
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import FULL_TOKEN, READONLY_TOKEN
from tests.connectors.hubspot.small_world import NOW, small_world

CALLER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings

settings = HubSpotSettings.model_validate({"base_url": sys.argv[1], "token": sys.argv[2]})
client = HubSpotClient("hubspot", settings)
with ThreadPoolExecutor(2) as pool:
    answers = list(pool.map(lambda _: client.pipelines("deals"), range(int(sys.argv[3]))))
client.close()
print(sum(map(bool, answers)))
"""


def test_four_processes_on_one_account_are_never_refused() -> None:
    """They know nothing of each other but the credential, and the account announces a short window."""
    with SandboxServer(small_world(), limits=HubSpotLimits(window_s=1.0, burst=40)) as server:
        command = [sys.executable, "-c", CALLER, server.base_url, FULL_TOKEN, "40"]
        callers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        answers = [int(caller.communicate(timeout=120)[0]) for caller in callers]
        stats = server.sandbox.stats.vendors["hubspot"]
    assert answers == [40, 40, 40, 40]
    assert (stats.requests, stats.refused_429) == (160, 0)


Connect = Callable[..., HubSpotClient]


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(small_world(), limits=HubSpotLimits(daily=20)) as server:
        yield server


@pytest.fixture
def connect(server: SandboxServer) -> Iterator[Connect]:
    opened: list[HubSpotClient] = []

    def connect_(token: str = FULL_TOKEN, **settings: float) -> HubSpotClient:
        given = HubSpotSettings.model_validate({"base_url": server.base_url, "token": token, **settings})
        opened.append(HubSpotClient("crm", given))
        return opened[-1]

    yield connect_
    for client in opened:
        client.close()


def test_the_days_share_ends_the_run_with_the_accounts_midnight_and_the_next_day_goes_on(
    server: SandboxServer, connect: Connect
) -> None:
    client = connect(daily_share=0.2)
    client.account()
    for _ in range(3):
        client.pipelines("deals")
    with pytest.raises(QuotaExhausted, match=r"sources\.crm\.daily_share") as spent:
        client.pipelines("deals")
    assert spent.value.exit_code == 3
    midnight = (NOW + timedelta(days=1)).replace(hour=0) - timedelta(hours=2)
    assert spent.value.until == midnight, "in Paris"
    assert (client.requests_sent, server.sandbox.stats.vendors["hubspot"].requests) == (4, 4), "nothing was sent"
    server.sandbox.clock.set(midnight + timedelta(seconds=1))
    client.account()
    client.pipelines("deals")


def test_another_process_of_the_credential_finds_the_share_used(connect: Connect, server: SandboxServer) -> None:
    command = [sys.executable, "-c", CALLER, server.base_url, FULL_TOKEN, "3"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
    client = connect(daily_share=0.15)
    with pytest.raises(QuotaExhausted, match="3 calls were made today, and 3 of the account's 20 are Cadran's"):
        client.pipelines("deals")


def test_a_check_goes_through_when_the_share_is_used_and_tells_it(connect: Connect) -> None:
    client = connect(daily_share=0.05)
    client.account()
    client.token_info()
    assert client.wire.budget_note() == "18 calls left today, for all apps of the account; Cadran made 2 of its 1"


def test_the_reserve_for_other_apps_stops_us_when_they_used_the_day(connect: Connect) -> None:
    other = connect(READONLY_TOKEN, daily_share=1.0, daily_reserve=0.0)
    for _ in range(11):
        other.account()
    client = connect(daily_reserve=0.5)
    client.account()
    with pytest.raises(QuotaExhausted, match=r"8 of the account's 20 calls are left today, and 10 are kept"):
        client.pipelines("deals")


def test_an_answer_without_limit_headers_says_nothing_of_limits() -> None:
    """Search carries none, an OAuth token's answers none of the day."""
    assert heard({}, "search") == Heard()
    oauth = heard({"X-HubSpot-RateLimit-Max": "110", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}, "burst")
    assert (oauth.limits["burst"], oauth.day.limit, oauth.used) == (Allowance(110, 10.0), None, {})


def test_an_answers_headers_are_read() -> None:
    headers = {
        "Date": "Sat, 21 Nov 2026 08:00:00 GMT",
        "X-HubSpot-RateLimit-Max": "250",
        "X-HubSpot-RateLimit-Remaining": "240",
        "X-HubSpot-RateLimit-Interval-Milliseconds": "1000",
        "X-HubSpot-RateLimit-Daily": "2000000",
        "X-HubSpot-RateLimit-Daily-Remaining": "5",
    }
    told = heard(headers, "burst")
    assert told.limits == {"burst": Allowance(250, 1.0), "associations": Allowance(200, 1.0)}
    assert told.used == {"burst": 10}
    assert (told.day.at, told.day.limit, told.day.remaining) == (datetime(2026, 11, 21, 8, 0, tzinfo=UTC), 2_000_000, 5)
    assert heard(headers, "associations").limits == {}, "its Max is not the one that the header names"


def test_a_client_takes_the_shared_governor_unless_one_is_given(connect: Connect, server: SandboxServer) -> None:
    client = connect()
    assert client.wire.governor is governor_of(server.base_url, client.wire._token)
    own = Governor(LIMITS)
    settings = HubSpotSettings.model_validate({"base_url": server.base_url, "token": FULL_TOKEN})
    assert HubSpotClient("crm", settings, governor=own).wire.governor is own
