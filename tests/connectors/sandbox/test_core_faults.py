"""Ordered trouble, on the wire."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.sandbox.faults import Fault, altered
from connectors.sandbox.server import SandboxServer
from tests.connectors.sandbox.hubspot.conftest import small_world
from tests.connectors.sandbox.hubspot.schemas import ERROR, obeys

BEARER = {"Authorization": "Bearer sandbox-full"}
DEALS = "/crm/objects/2026-09/deals"


@pytest.fixture(scope="module")
def served() -> Iterator[SandboxServer]:
    with SandboxServer(small_world()) as server:
        yield server


@pytest.fixture
def server(served: SandboxServer) -> Iterator[SandboxServer]:
    served.sandbox.faults.clear()
    served.sandbox.stats.reset()
    yield served
    assert served.sandbox.faults.pending == []


def ordered(server: SandboxServer, *faults: dict[str, Any]) -> None:
    answer = requests.post(f"{server.base_url}/_sandbox/faults", json=list(faults), timeout=5)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["pending"]) == len(faults)


def get(server: SandboxServer, path: str = DEALS) -> requests.Response:
    return requests.get(server.base_url + path, headers=BEARER, timeout=5)


def update(server: SandboxServer, **amounts: str) -> requests.Response:
    inputs = [{"id": id.removeprefix("deal"), "properties": {"amount": amount}} for id, amount in amounts.items()]
    return requests.post(f"{server.base_url}{DEALS}/batch/update", json={"inputs": inputs}, headers=BEARER, timeout=5)


def amount(server: SandboxServer, id: str) -> str | None:
    return server.sandbox.portal.records["deals"].by_id[id].values.get("amount")


@pytest.mark.parametrize(
    ("policy", "field", "value"),
    [
        (None, "policyName", "TEN_SECONDLY_ROLLING"),
        ("SECONDLY", "category", "RATE_LIMITS"),
        ("DAILY", "policyName", "DAILY"),
    ],
)
def test_a_storm_of_429_ends_after_its_calls_and_is_counted(
    server: SandboxServer, policy: str | None, field: str, value: str
) -> None:
    ordered(server, {"kind": "status", "status": 429, "policy": policy, "times": 3, "vendor": "hubspot"})
    answers = [get(server) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    obeys(answers[0].json(), ERROR)
    assert answers[0].json()[field] == value
    assert "Retry-After" not in answers[0].headers
    assert server.sandbox.stats.as_json()["hubspot"]["refused_429"] == 3


@pytest.mark.parametrize("status", [423, 477, 500, 502, 503, 504])
def test_any_status_comes_with_a_wait_where_the_vendor_gives_one(server: SandboxServer, status: int) -> None:
    ordered(server, {"kind": "status", "status": status, "retry_after": "86400" if status == 477 else None})
    answer = get(server)
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("86400" if status == 477 else None)
    assert get(server).status_code == 200


def test_a_fault_hits_only_its_route(server: SandboxServer) -> None:
    ordered(server, {"kind": "status", "vendor": "hubspot", "route": "batch_update"})
    assert get(server).status_code == 200
    assert update(server, deal101="1").status_code == 503


@pytest.mark.parametrize("is_applied", [False, True])
def test_a_cut_answer_may_or_may_not_have_been_carried_out(server: SandboxServer, is_applied: bool) -> None:
    before = amount(server, "102")
    ordered(server, {"kind": "cut", "applied": is_applied})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        update(server, deal102=f"77{is_applied:d}")
    assert amount(server, "102") == ("771" if is_applied else before)


@pytest.mark.parametrize("is_applied", [False, True])
def test_an_empty_2xx_may_or_may_not_have_been_carried_out(server: SandboxServer, is_applied: bool) -> None:
    before = amount(server, "102")
    ordered(server, {"kind": "empty", "applied": is_applied})
    answer = update(server, deal102=f"88{is_applied:d}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert amount(server, "102") == ("881" if is_applied else before)


def test_half_a_batch_is_written_before_the_failure(server: SandboxServer) -> None:
    update(server, deal101="1", deal102="2")
    ordered(server, {"kind": "half_batch", "status": 504})
    assert update(server, deal101="10", deal102="20").status_code == 504
    assert (amount(server, "101"), amount(server, "102")) == ("10", "2")


def test_a_slow_answer_outlasts_a_short_patience(server: SandboxServer) -> None:
    ordered(server, {"kind": "slow", "seconds": 0.4})
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(server.base_url + DEALS, headers=BEARER, timeout=0.1)
    assert get(server).status_code == 200


def test_rows_come_twice_go_missing_or_hold_odd_values(server: SandboxServer) -> None:
    ordered(
        server,
        {"kind": "duplicate_rows", "route": "list"},
        {"kind": "drop_rows", "route": "list"},
        {"kind": "odd_value", "route": "list", "field": "properties.amount", "value": "douze"},
    )
    assert [one["id"] for one in get(server).json()["results"]] == ["101", "101", "102", "103", "104"]
    assert [one["id"] for one in get(server).json()["results"]] == ["101", "102", "103"]
    assert get(server).json()["results"][0]["properties"]["amount"] == "douze"


def test_a_spoilt_answer_is_still_dated_and_gzipped(server: SandboxServer) -> None:
    ordered(server, {"kind": "duplicate_rows"})
    answer = get(server)
    assert "Date" in answer.headers
    assert answer.headers["Content-Encoding"] == "gzip"


def test_faults_are_listed_and_cleared(server: SandboxServer) -> None:
    ordered(server, {"kind": "status", "times": 5})
    listed = requests.get(f"{server.base_url}/_sandbox/faults", timeout=5).json()
    assert [(one["kind"], one["times"]) for one in listed["pending"]] == [("status", 5)]
    assert requests.delete(f"{server.base_url}/_sandbox/faults", timeout=5).json() == {"pending": []}
    assert get(server).status_code == 200


@pytest.mark.parametrize(
    ("fault", "body", "spoilt"),
    [
        (Fault("duplicate_rows"), b'{"rows":[1,2]}', b'{"rows":[1,1,2]}'),
        (Fault("drop_rows"), b'[{"results":[1,2]}]', b'[{"results":[1]}]'),
        (
            Fault("odd_value", field="metricValues.0.value", value="x"),
            b'{"rows":[{"metricValues":[{"value":"1"}]}]}',
            b'{"rows":[{"metricValues":[{"value":"x"}]}]}',
        ),
        (Fault("duplicate_rows"), b"Date;Rank\r\n1;2\r\n", b"Date;Rank\r\n1;2\r\n1;2"),
        (Fault("odd_value", field="Rank", value="x"), b"Date;Rank\r\n1;2\r\n", b"Date;Rank\r\n1;x"),
        (Fault("drop_rows"), b"ERROR 50 :: NOTHING FOUND", b"ERROR 50 :: NOTHING FOUND"),
        (Fault("drop_rows"), b'{"error":1}', b'{"error":1}'),
    ],
)
def test_every_vendors_rows_are_found(fault: Fault, body: bytes, spoilt: bytes) -> None:
    assert altered(fault, body) == spoilt
