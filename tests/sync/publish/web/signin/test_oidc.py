"""Signing in at an OpenID Connect provider, over real HTTP on loopback, and every way in which it must not work."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.testclient import TestClient

from config.serve import OidcSettings
from sync.publish.web.signin.oidc_roles import owners_of, role_of, stamp_of
from tests.sync.publish.web.signin.conftest import HOST, World, sign_in
from tests.sync.publish.web.signin.provider import CLIENT, SECRET, Provider, served

ROLES = {"viewer": {"groups": ["sales"]}, "admin": {"emails": ["ada@example.com"], "groups": ["kpi-admins"]}}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    made: list[Provider] = []

    def make(port: int) -> Any:
        made.append(Provider(f"http://127.0.0.1:{port}"))
        return made[0].app()

    with served(make):
        yield made[0]


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.behave()
    return running


def section(provider: Provider, **more: Any) -> dict[str, Any]:
    return {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "roles": ROLES, "title": "Our login", **more}


@pytest.fixture
def client(world: World, provider: Provider) -> TestClient:
    return world.browser(world.security(oidc=section(provider)))


def to_provider(client: TestClient, back: str = "/page?kpi=cac") -> str:
    """Press the button; the address that the provider sends the browser back to."""
    started = client.get("/sign-in/oidc", params={"next": back})
    assert started.status_code == 303, started.text
    return str(requests.get(started.headers["location"], allow_redirects=False, timeout=10).headers["location"])


def back_again(client: TestClient, callback: str) -> Any:
    return client.get(callback.removeprefix(HOST))


def test_a_person_of_a_known_group_gets_in_with_that_group_s_role(client: TestClient) -> None:
    assert "Sign in with Our login" in client.get("/sign-in").text
    signed_in = back_again(client, to_provider(client))
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/page?kpi=cac")
    told = client.get("/page").json()
    assert (told["name"], told["role"], told["way"]) == ("anne@example.com", "viewer", "oidc")


def test_the_way_to_the_provider_carries_state_nonce_and_a_challenge_and_nothing_secret(client: TestClient) -> None:
    first, second = (client.get("/sign-in/oidc").headers["location"] for _ in range(2))
    asked, again = (parse_qs(urlsplit(one).query) for one in (first, second))
    assert asked["redirect_uri"] == [f"{HOST}/sign-in/oidc/callback"]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name] != again[name]
    assert SECRET not in first


def test_nobody_gets_in_who_is_in_no_list(client: TestClient, provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    provider.person["groups"] = ["kitchen"]
    refused = back_again(client, to_provider(client))
    assert refused.status_code == 403
    assert "nobody has given you access" in refused.text
    assert client.get("/page").status_code == 303
    assert "anne@example.com is in no list of serve.oidc.roles" in caplog.text


NOT_HOLDING = {
    "wrong nonce": lambda claims: claims.update(nonce="another"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "wrong audience": lambda claims: claims.update(aud="another-app"),
    "several audiences without azp": lambda claims: claims.update(aud=["another-app", CLIENT]),
    "wrong issuer": lambda claims: claims.update(iss="https://evil.example"),
    "no subject": lambda claims: claims.pop("sub"),
}


@pytest.mark.parametrize("lie", NOT_HOLDING)
def test_an_identity_token_that_does_not_hold_lets_nobody_in(client: TestClient, provider: Provider, lie: str) -> None:
    provider.lie = NOT_HOLDING[lie]
    refused = back_again(client, to_provider(client))
    assert refused.status_code == 401
    assert "did not confirm who you are" in refused.text
    assert client.get("/page").status_code == 303


def test_one_that_is_out_of_date_is_told_apart_and_a_clock_may_be_a_little_off(client: TestClient, provider: Provider) -> None:
    provider.lie = lambda claims: claims.update(exp=claims["iat"] - 30)  # within serve.oidc.clock_skew_seconds
    assert back_again(client, to_provider(client)).status_code == 303
    provider.lie = lambda claims: claims.update(exp=claims["iat"] - 90)
    late = back_again(client, to_provider(client))
    assert late.status_code == 401
    assert "out of date" in late.text
    provider.lie = lambda claims: claims.update(iat=claims["iat"] + 300)
    assert back_again(client, to_provider(client)).status_code == 401


def test_a_key_that_the_provider_does_not_show_signs_nothing(client: TestClient, provider: Provider) -> None:
    provider.signs_with = Provider.new_key(str(provider.key.kid))
    assert back_again(client, to_provider(client)).status_code == 401


def test_our_own_secret_or_no_signature_is_no_key(
    client: TestClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider's description lists HS256 and none: no token of them is taken."""
    real = jwt.encode

    def with_the_secret(_header: Any, claims: Any, _key: Any) -> str:
        return real({"alg": "HS256"}, claims, OctKey.import_key(SECRET.encode() * 4))

    with monkeypatch.context() as patch:
        patch.setattr("tests.sync.publish.web.signin.provider.jwt.encode", with_the_secret)
        assert back_again(client, to_provider(client)).status_code == 401


def test_keys_that_the_provider_changed_are_read_again(client: TestClient, provider: Provider) -> None:
    assert back_again(client, to_provider(client)).status_code == 303
    client.cookies.clear()
    provider.key = Provider.new_key("second")
    assert back_again(client, to_provider(client)).status_code == 303


@pytest.mark.parametrize("change", ["state", "browser", "code", "twice", "issuer"])
def test_an_answer_that_this_browser_did_not_ask_for_lets_nobody_in(
    world: World, client: TestClient, provider: Provider, change: str
) -> None:
    callback = to_provider(client)
    if change == "state":
        callback = callback.replace("state=", "state=x")
    elif change == "code":
        callback = callback.replace("code=", "code=x")
    elif change == "issuer":  # RFC 9207: two providers mixed up
        callback += "&iss=https%3A%2F%2Fevil.example"
    elif change == "browser":
        client.cookies.clear()
    else:
        back_again(client, callback)
        client.cookies.delete("cadran_session")
    refused = back_again(client, callback)
    assert refused.status_code == 401
    assert client.get("/page").status_code == 303


def test_a_person_who_cancels_is_told_so(client: TestClient) -> None:
    callback = to_provider(client)
    state = parse_qs(urlsplit(callback).query)["state"][0]
    refused = client.get("/sign-in/oidc/callback", params={"error": "access_denied<script>", "state": state})
    assert refused.status_code == 401
    assert "The provider did not sign you in." in refused.text
    assert "<script>" not in refused.text


@pytest.mark.parametrize("fault", ["down", "issuer", "gone"])
def test_a_provider_that_does_not_answer_is_said_in_plain_words(world: World, provider: Provider, fault: str) -> None:
    settings = section(provider)
    if fault == "down":
        provider.is_down = True
    elif fault == "issuer":
        provider.described = {"issuer": "https://another.example"}
    else:
        settings["issuer"] = "http://127.0.0.1:1"
    client = world.browser(world.security(oidc=settings))
    refused = client.get("/sign-in/oidc")
    assert refused.status_code == 502
    assert "does not answer, or not as it should" in refused.text
    provider.behave()
    if fault != "gone":
        assert client.get("/sign-in/oidc").status_code == 303  # once it is well again


def test_groups_that_only_the_user_info_tells_count_when_they_are_of_that_person(client: TestClient, provider: Provider) -> None:
    del provider.person["groups"]
    provider.info = {"sub": "43", "groups": ["kpi-admins"]}
    assert back_again(client, to_provider(client)).status_code == 403
    provider.info = {"sub": "42", "groups": ["kpi-admins"]}
    assert back_again(client, to_provider(client)).status_code == 303
    assert client.get("/page").json()["role"] == "admin"


def test_who_is_allowed_what_can_be_changed_while_people_are_signed_in(
    world: World, client: TestClient, provider: Provider
) -> None:
    back_again(client, to_provider(client))
    assert client.get("/page").status_code == 200
    changed = world.browser(world.security(oidc=section(provider, roles={"viewer": {"groups": ["marketing"]}})))
    changed.cookies = client.cookies
    assert changed.get("/page").status_code == 303


def test_passwords_go_on_beside_the_provider(with_users: World, provider: Provider) -> None:
    client = with_users.browser(with_users.security(oidc=section(provider)))
    assert sign_in(client).status_code == 303
    assert client.get("/page").json()["way"] == "password"


def settings_of(**more: Any) -> OidcSettings:
    return OidcSettings(issuer="https://login.example.com", client_id="c", client_secret="s", roles=ROLES, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["sales"]}, "viewer"),
        ({"groups": "sales"}, "viewer"),
        ({"groups": ["sales", "kpi-admins"]}, "admin"),
        ({"email": "ADA@example.com", "email_verified": True}, "admin"),
        ({"email": "ada@example.com"}, None),  # anybody could have written that
        ({"email": "ada@example.com", "email_verified": False}, None),
        ({"groups": {"sales": 1}}, None),
        ({"groups": [["sales"], 7, None]}, None),
        ({"groups": ["Sales"]}, None),
        ({}, None),
    ],
)
def test_claims_make_a_role(claims: dict[str, Any], role: str | None) -> None:
    assert role_of({"sub": "42", **claims}, settings_of()) == role


def test_owners_stand_under_the_verified_address() -> None:
    settings = settings_of(owners={"Anne@example.com": ["12"]})
    assert owners_of({"email": "anne@example.com", "email_verified": True}, settings) == ("12",)
    assert owners_of({"email": "anne@example.com"}, settings) == ()
    assert stamp_of(settings) != stamp_of(settings_of())
