"""The consent page and token end point that vendors' sandboxes are given: what a careless client meets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.oauth.declaration import OAuth
from connectors.oauth.endpoint import TokenEndPoint
from connectors.oauth.section import OAuthSection
from connectors.sandbox.consent import App, Consent, s256
from connectors.sandbox.core import Sandbox
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.vendor import Vendor as Declared
from connectors.sandbox.world import HubSpotWorld, World

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
BACK = "http://127.0.0.1:1234/back"
APP = App(
    "/login", "/tokens", "app", "hush", frozenset({"read", "write"}), needs_pkce=True, refresh_s=86_400, tells_refresh_end=True
)
WRAPPED = replace(
    APP,
    body="json",
    needs_pkce=False,
    names={"client_id": "app_id", "client_secret": "secret", "code": "auth_code"},
    omits=frozenset({"grant_type", "redirect_uri", "response_type"}),
    access_s=None,
    is_offline=lambda asked: False,
    answer=lambda status, said: (200, {"code": 0, "data": said} if status == 200 else {"code": 40105}),
    authorize_path="/w/login",
    token_path="/w/tokens",
)


class Vendor:
    def __init__(self, server: SandboxServer) -> None:
        self.sandbox: Sandbox = server.sandbox
        self.base_url = server.base_url

    @property
    def consent(self) -> Consent:
        found: Consent = self.sandbox.consents["vendor"]
        return found

    def page(self, path: str = "/login", **changes: str) -> requests.Response:
        asked = {"client_id": "app", "response_type": "code", "redirect_uri": BACK, "scope": "read", "state": "s"}
        asked |= {"code_challenge": s256("v" * 43), "code_challenge_method": "S256"} | changes
        sent = {name: value for name, value in asked.items() if value}
        return requests.get(f"{self.base_url}{path}", params=sent, allow_redirects=False, timeout=5)

    def back(self, **changes: str) -> dict[str, str]:
        """The redirect's parameters."""
        return query(self.page(**changes))

    def tokens(self, **fields: str) -> tuple[int, dict[str, Any]]:
        sent = {"client_id": "app", "client_secret": "hush", "redirect_uri": BACK, "code_verifier": "v" * 43} | fields
        answer = requests.post(f"{self.base_url}/tokens", data=sent, timeout=5)
        return answer.status_code, answer.json()

    def by_code(self, **fields: str) -> tuple[int, dict[str, Any]]:
        return self.tokens(grant_type="authorization_code", **fields)

    def by_refresh(self, token: str) -> tuple[int, dict[str, Any]]:
        return self.tokens(grant_type="refresh_token", refresh_token=token)


def query(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(BACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


LONG = replace(
    APP,
    authorize_path="/long/login",
    token_path="/long/tokens",
    exchanged_by="longer",
    long_s=5_184_000,
    is_offline=lambda asked: False,
)


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    vendors = {
        "vendor": Declared("vendor", lambda sandbox: Consent(sandbox, "vendor", APP).routes()),
        "wrapped": Declared("wrapped", lambda sandbox: Consent(sandbox, "wrapped", WRAPPED).routes()),
        "long": Declared("long", lambda sandbox: Consent(sandbox, "long", LONG).routes()),
    }
    world = World(
        "empty", datetime(2026, 11, 22, 8, tzinfo=UTC), HubSpotWorld({"portalId": 1, "companyCurrency": "EUR", "timeZone": "UTC"})
    )
    with SandboxServer(world, vendors=vendors) as server:
        yield Vendor(server)


def test_a_code_buys_tokens_once(vendor: Vendor) -> None:
    back = vendor.back()
    assert back["state"] == "s"
    status, said = vendor.by_code(code=back["code"])
    assert (status, said["scope"], said["expires_in"], said["refresh_token_expires_in"]) == (200, "read", 3600, 86_400)
    assert vendor.consent.look(said["access_token"]) == "good"
    assert vendor.consent.scopes_of(said["access_token"]) == {"read"}
    assert vendor.by_code(code=back["code"]) == (
        400,
        {"error": "invalid_grant", "error_description": "The code is unknown, used or expired."},
    )


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"code_verifier": "w" * 43}, 400, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:1235/back"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_code_is_good_for_who_asked_alone(vendor: Vendor, fields: dict[str, str], status: int, error: str) -> None:
    sent = {"grant_type": "authorization_code", "code": vendor.back()["code"]} | fields
    refused, said = vendor.tokens(**sent)
    assert (refused, said["error"]) == (status, error)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"scope": "read everything"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"decision": "deny"}, "access_denied"),
    ],
)
def test_a_refused_consent_comes_back_with_its_state(vendor: Vendor, asked: dict[str, str], error: str) -> None:
    assert vendor.back(**asked) == {"error": error, "state": "s"}


@pytest.mark.parametrize("asked", [{"client_id": "another"}, {"redirect_uri": "https://elsewhere.example/back"}])
def test_nobody_is_sent_to_an_address_that_is_not_the_apps(vendor: Vendor, asked: dict[str, str]) -> None:
    assert vendor.page(**asked).status_code == 400


def test_the_page_asks_when_it_is_told_to(vendor: Vendor) -> None:
    page = vendor.page(prompt="consent")
    assert page.status_code == 200
    assert "decision=allow" in page.text
    assert "code" in vendor.back(prompt="consent", decision="allow")


def test_a_rotated_refresh_token_is_dead_and_the_new_one_ends_by_the_clock(vendor: Vendor) -> None:
    _, said = vendor.by_code(code=vendor.back()["code"])
    _, renewed = vendor.by_refresh(said["refresh_token"])
    assert vendor.by_refresh(said["refresh_token"])[1]["error"] == "invalid_grant"
    vendor.sandbox.clock.advance(timedelta(hours=2))
    assert vendor.consent.look(renewed["access_token"]) == "expired"
    late = vendor.back()["code"]
    vendor.sandbox.clock.advance(timedelta(days=1))
    assert vendor.by_refresh(renewed["refresh_token"])[1]["error"] == "invalid_grant"
    assert vendor.by_code(code=late)[1]["error"] == "invalid_grant"


def test_a_revoked_consent_ends_every_token(vendor: Vendor) -> None:
    vendor.consent.seed(refresh_token="mine", access_token="this")
    assert vendor.consent.look("this") == "good"
    vendor.consent.revoke()
    assert vendor.consent.look("this") == "unknown"
    assert vendor.by_refresh("mine")[1]["error"] == "invalid_grant"


def test_a_vendor_with_names_and_a_wrapping_of_its_own(vendor: Vendor) -> None:
    back = query(
        vendor.page("/w/login", app_id="app", client_id="", response_type="", code_challenge="", code_challenge_method="")
    )
    sent = {"app_id": "app", "secret": "hush", "auth_code": back["auth_code"]}
    said = requests.post(f"{vendor.base_url}/w/tokens", json=sent, timeout=5)
    assert said.json() == {
        "code": 0,
        "data": {"access_token": "sandbox-wrapped-access-0002", "scope": "read", "token_type": "Bearer"},
    }
    again = requests.post(f"{vendor.base_url}/w/tokens", json=sent, timeout=5)
    assert (again.status_code, again.json()) == (200, {"code": 40105})
    form = requests.post(f"{vendor.base_url}/w/tokens", data=sent, timeout=5)
    assert form.json() == {"code": 40105}


def test_a_short_token_is_exchanged_for_a_long_one_by_the_client_itself(vendor: Vendor) -> None:
    """The real client: what it keeps is the long-lived token, and that is what the vendor takes a month later."""
    section = OAuthSection.model_validate({"type": "v", "base_url": vendor.base_url, "client_id": "app", "client_secret": "hush"})
    oauth = OAuth("Vendor", f"{vendor.base_url}/long/login", f"{vendor.base_url}/long/tokens", ("read",), exchanged_by="longer")
    endpoint = TokenEndPoint("shop", section, oauth, lambda: NOW.timestamp())
    grant = endpoint.by_code(query(vendor.page("/long/login"))["code"], BACK, "v" * 43)
    endpoint.close()
    assert (grant.expires_at, grant.refresh_token) == (NOW + timedelta(days=60), None)
    vendor.sandbox.clock.advance(timedelta(days=30))
    assert vendor.sandbox.consents["long"].look(grant.access_token) == "good"
