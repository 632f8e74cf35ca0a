"""The clock, and the control plane: JSON in, JSON out, nothing unknown passes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.sandbox.clock import Clock
from connectors.sandbox.limits import RollingWindow
from connectors.sandbox.server import SandboxServer
from tests.connectors.sandbox.hubspot.conftest import small_world

BEARER = {"Authorization": "Bearer sandbox-full"}


class Ticker:
    """Real seconds, by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_the_clock_runs_with_real_time_and_jumps_when_told() -> None:
    ticker = Ticker()
    clock = Clock(datetime(2026, 10, 1, 9, tzinfo=UTC), ticker)
    ticker.seconds += 90
    assert clock.now() == datetime(2026, 10, 1, 9, 1, 30, tzinfo=UTC)
    clock.advance(timedelta(days=30))
    ticker.seconds += 30
    assert clock.now() == datetime(2026, 10, 31, 9, 2, tzinfo=UTC)
    assert clock.http_date() == b"Sat, 31 Oct 2026 09:02:00 GMT"
    with pytest.raises(ValueError, match="zone"):
        clock.set(datetime(2026, 10, 1))


def test_a_rolling_window_lets_no_more_through_than_its_limit_in_any_window() -> None:
    ticker = Ticker()
    window = RollingWindow(3, 10.0, ticker)
    passed = []
    for _ in range(50):
        ticker.seconds += 0.5
        if window.take():
            passed.append(ticker.seconds)
    for start in passed:
        assert sum(start <= moment < start + 10 for moment in passed) <= 3
    assert len(passed) == 9
    assert window.remaining() == 3 - sum(moment > ticker.seconds - 10 for moment in passed)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(small_world()) as server:
        yield server


def order(server: SandboxServer, method: str, name: str, body: Any = None) -> tuple[int, Any]:
    answer = requests.request(method, f"{server.base_url}/_sandbox/{name}", json=body, timeout=5)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("clock", {}),
        ("clock", {"now": "2026-10-02T00:00:00Z", "advance_days": 1}),
        ("clock", {"now": "2026-10-02T00:00:00"}),
        ("clock", {"now": "tomorrow"}),
        ("clock", {"advance_days": "1"}),
        ("clock", {"advance_weeks": 1}),
        ("edit", {"object": "deals", "id": "101"}),
        ("edit", {"object": "deals", "id": "101", "properties": {}, "by": "me"}),
        ("edit", {"object": "unicorns", "id": "101", "properties": {}}),
        ("edit", {"object": "deals", "id": "999", "properties": {}}),
        ("edit", {"object": "deals", "id": "101", "properties": {"no_such_thing": "1"}}),
        ("edit", {"object": "deals", "id": "101", "properties": {"amount": "much"}}),
        ("edit", {"object": "deals", "id": "101", "properties": {"hs_is_closed": "true"}}),
        ("edit", {"object": "deals", "id": "101", "properties": ["amount"]}),
        ("merge", {"object": "contacts", "survivor": "11", "loser": "11"}),
        ("merge", {"object": "contacts", "survivor": "11", "loser": "999"}),
        ("archive", {"object": "deals", "id": "999"}),
        ("archive", {"object": "deals", "id": "101", "restore": True}),
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "slow", "minutes": 1}),
        ("faults", {"kind": "slow", "times": 0}),
        ("faults", ["slow"]),
        ("stats", {"reset": False}),
        ("stats", {"restart": True}),
        ("clock", ["now"]),
    ],
)
def test_an_order_that_is_not_understood_is_400_and_says_why(server: SandboxServer, name: str, body: Any) -> None:
    status, answer = order(server, "POST", name, body)
    assert status == 400
    assert isinstance(answer["error"], str)
    assert order(server, "GET", "faults") == (200, {"pending": []})


def test_the_clock_is_read_set_and_advanced(server: SandboxServer) -> None:
    assert order(server, "POST", "clock", {"now": "2026-10-05T12:00:00+02:00"})[1]["now"].startswith("2026-10-05T10:00:00")
    order(server, "POST", "clock", {"advance_days": 2})
    order(server, "POST", "clock", {"advance_seconds": 3600})
    assert order(server, "GET", "clock")[1]["now"].startswith("2026-10-07T11:00:0")


def test_archiving_is_taken_back(server: SandboxServer) -> None:
    gone = {"object": "deals", "id": "103"}
    url = f"{server.base_url}/crm/objects/2026-09/deals/103"
    assert order(server, "POST", "archive", gone) == (200, {"id": "103", "archived": True})
    assert requests.get(url, headers=BEARER, timeout=5).status_code == 404
    assert order(server, "POST", "archive", gone | {"restore": True}) == (200, {"id": "103", "archived": False})
    assert requests.get(url, headers=BEARER, timeout=5).status_code == 200


def test_an_erased_record_is_in_no_list_no_archive_and_no_batch(server: SandboxServer) -> None:
    objects = f"{server.base_url}/crm/objects/2026-09/deals"
    assert order(server, "POST", "erase", {"object": "deals", "id": "105"}) == (200, {"id": "105", "erased": True})
    for archived in ("true", "false"):
        listed = requests.get(objects, params={"archived": archived}, headers=BEARER, timeout=5).json()
        read = requests.post(
            f"{objects}/batch/read",
            json={"inputs": [{"id": "105"}], "properties": []},
            params={"archived": archived},
            headers=BEARER,
            timeout=5,
        )
        assert "105" not in {record["id"] for record in listed["results"]}
        assert read.json()["results"] == []
    assert requests.get(f"{objects}/105", headers=BEARER, timeout=5).status_code == 404
    assert order(server, "POST", "erase", {"object": "deals", "id": "105"})[0] == 400, "nobody knows it any more"


def test_an_edit_clears_with_null_or_nothing(server: SandboxServer) -> None:
    status, answer = order(server, "POST", "edit", {"object": "deals", "id": "104", "properties": {"amount": None}})
    assert status == 200
    assert "amount" not in answer["properties"]


def test_calls_are_counted_by_vendor_and_route_and_the_control_plane_is_not(server: SandboxServer) -> None:
    assert order(server, "POST", "stats", {"reset": True}) == (200, {})
    for _ in range(2):
        requests.get(f"{server.base_url}/crm/objects/2026-09/deals", headers=BEARER, timeout=5)
    requests.get(f"{server.base_url}/crm/objects/2026-09/deals/999", headers=BEARER, timeout=5)
    assert order(server, "GET", "stats")[1] == {
        "hubspot": {"requests": 3, "refused_429": 0, "routes": {"list": 2, "read": 1}, "statuses": {"200": 2, "404": 1}}
    }
