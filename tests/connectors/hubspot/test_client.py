"""The seam: one pool, one governor, our paths, our decoding, under the generated client's own API objects."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import LIMITS, Answer, governor_of
from connectors.quota import Allowance, Governor
from connectors.sandbox.limits import HubSpotLimits
from tests.connectors.hubspot.conftest import Account, Open
from tests.connectors.hubspot.small_world import NOW, deal, small_world


class Recorder(BaseHTTPRequestHandler):
    """Answers ``{"results": []}`` to anything and keeps what it was asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seen: list[dict[str, Any]] = []

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.seen.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": dict(self.headers),
                "body": self.rfile.read(length),
                "connection": self.client_address,
            }
        )
        body = b'{"results":[]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def recorded() -> Iterator[tuple[HubSpotClient, list[dict[str, Any]]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    Recorder.seen = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings = HubSpotSettings.model_validate({"base_url": f"http://127.0.0.1:{server.server_port}", "token": "tok"})
    client = HubSpotClient("hubspot", settings, governor=Governor(LIMITS))
    yield client, Recorder.seen
    client.close()
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_every_kind_of_call_shares_one_connection_and_carries_the_token(
    recorded: tuple[HubSpotClient, list[dict[str, Any]]],
) -> None:
    client, seen = recorded
    client.property_definitions("deals")
    list(client.owners(archived=True))
    client.pipelines("deals")
    client.search("deals", [], ["amount"], after_id=7)
    client.batch_read("deals", ["1"], ["amount"])
    client.links("deals", "contacts", ["1"])
    assert len({call["connection"] for call in seen}) == 1
    assert {call["headers"]["Authorization"] for call in seen} == {"Bearer tok"}
    assert {call["headers"]["Accept-Encoding"] for call in seen} == {"gzip"}
    assert [(call["method"], call["path"].partition("?")[0]) for call in seen] == [
        ("GET", "/crm/properties/2026-09/deals"),
        ("GET", "/crm/owners/2026-09"),
        ("GET", "/crm/pipelines/2026-09/deals"),
        ("POST", "/crm/objects/2026-09/deals/search"),
        ("POST", "/crm/objects/2026-09/deals/batch/read"),
        ("POST", "/crm/associations/2026-09/deals/contacts/batch/read"),
    ]
    assert client.requests_sent == 6


def test_a_search_pages_by_id_and_never_by_offset(recorded: tuple[HubSpotClient, list[dict[str, Any]]]) -> None:
    client, seen = recorded
    client.search("deals", [], ["amount"], after_id=7)
    body = seen[0]["body"].decode()
    assert '{"propertyName":"hs_object_id","operator":"GT","value":"7"}' in body
    assert '"after"' not in body


def test_the_generated_api_objects_answer_undecoded(account: Account) -> None:
    answer = account.client.batches.read("deals", {"inputs": [{"id": "1001"}], "properties": ["amount"]}, _preload_content=False)
    assert isinstance(answer, Answer)
    assert answer.json()["results"][0]["properties"]["amount"] == "1001"


def test_the_accounts_clock_and_limits_are_kept_from_the_headers(open_account: Open) -> None:
    account = open_account(limits=HubSpotLimits(burst=190, daily=5000))
    account.client.account()
    governor = account.client.wire.governor
    assert governor.allowance("burst") == Allowance(190, 10.0)
    assert governor.allowance("associations") == Allowance(150, 10.0), "rises with the tier that the burst limit tells"
    assert (governor.day().remaining, governor.day().calls) == (4999, 1)
    assert account.client.server_time.date() == NOW.date(), "HubSpot's clock, not ours"


def test_associations_of_a_record_with_many_are_paged_for_that_record_alone(open_account: Open) -> None:
    contacts = [{"id": str(n), "properties": {}, "createdAt": "2026-01-01T00:00:00Z"} for n in range(1, 1_202)]
    many = deal(1001) | {"associations": {"contacts": [c["id"] for c in contacts]}}
    few = deal(1002) | {"associations": {"contacts": ["5"]}}
    account = open_account(small_world(objects={"contacts": contacts, "deals": [many, few]}))
    links = account.client.links("deals", "contacts", ["1001", "1002", "1003"])
    assert len({link["toObjectId"] for link in links["1001"]}) == 1_201
    assert len(links["1002"]) == 1
    assert "1003" not in links
    assert account.calls("associations") == 3


def test_searches_from_several_threads_stay_below_the_accounts_limit(open_account: Open) -> None:
    """In real time: five a second are allowed for the whole account."""
    account = open_account(small_world(deals=0), limits=HubSpotLimits())
    settings = HubSpotSettings.model_validate({"base_url": account.server.base_url, "token": "sandbox-full"})
    client = HubSpotClient("hubspot", settings, governor=Governor(LIMITS))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: client.search("deals", [], [], after_id=0), range(9)))
    client.close()
    assert (account.calls("search"), account.refused) == (9, 0)


def test_a_governor_belongs_to_a_credential() -> None:
    one = governor_of("https://api.example", SecretStr("a"))
    assert governor_of("https://api.example", SecretStr("a")) is one
    assert governor_of("https://api.example", SecretStr("b")) is not one
