"""Requests that were not made by a page of ours, or not for this server, and the headers of every answer."""

import pytest

from tests.sync.publish.web.signin.conftest import HOST, World, same_origin, sign_in


def test_a_form_is_taken_with_the_token_of_its_page_and_given_on_whole(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    sign_in(client)
    csrf = client.get("/page").json()["csrf"]
    answer = client.post("/page", data={"csrf_token": csrf, "note": "é & ="}, headers=same_origin())
    assert answer.json()["sent"] == {"csrf_token": csrf, "note": "é & ="}
    htmx = client.post("/page", data={"note": "x"}, headers={**same_origin(), "x-csrf-token": csrf})
    assert htmx.json()["sent"] == {"note": "x"}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": HOST, "sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:9999", "sec-fetch-site": "same-site"},
        {},
    ],
)
def test_a_request_of_another_site_changes_nothing_even_with_the_token(with_users: World, headers: dict[str, str]) -> None:
    client = with_users.browser(with_users.security())
    sign_in(client)
    csrf = client.get("/page").json()["csrf"]
    refused = client.post("/page", data={"csrf_token": csrf}, headers=headers)
    assert refused.status_code == 403
    assert "did not come from a page of Cadran" in refused.text


@pytest.mark.parametrize("token", [None, "", "guess", "é"])
def test_a_request_without_the_session_s_token_changes_nothing(with_users: World, token: str | None) -> None:
    security = with_users.security()
    client, other = with_users.browser(security), with_users.browser(security)
    sign_in(client)
    sign_in(other, "eric")
    data = {} if token is None else {"csrf_token": token}
    assert client.post("/page", data=data, headers=same_origin()).status_code == 403
    foreign = other.get("/page").json()["csrf"]
    assert client.post("/page", data={"csrf_token": foreign}, headers=same_origin()).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_method_that_could_change_something_needs_the_token(world: World, method: str) -> None:
    client = world.browser(world.security())  # open, on this machine
    assert client.request(method, "/page", headers=same_origin()).status_code == 403
    csrf = client.get("/page").json()["csrf"]
    assert client.request(method, "/page", headers={**same_origin(), "x-csrf-token": csrf}).status_code in (200, 405)


def test_a_form_that_is_too_large_is_not_read(world: World) -> None:
    client = world.browser(world.security())
    refused = client.post("/page", content=b"x" * (1 << 21), headers=same_origin())
    assert refused.status_code == 413


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8780", "127.0.0.1.evil.example", "", "[::1", "localhost@evil.example"]
)
def test_another_name_that_leads_to_this_machine_is_refused(world: World, host: str) -> None:
    """DNS rebinding: a page elsewhere cannot read figures by naming itself after 127.0.0.1."""
    client = world.browser(world.security())
    assert client.get("/page", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8780", "127.0.0.1", "[::1]:8780", "LOCALHOST"])
def test_this_machine_s_own_names_are_taken(world: World, host: str) -> None:
    assert world.browser(world.security()).get("/page", headers={"host": host}).status_code == 200


def test_behind_a_proxy_only_its_name_is_taken(with_users: World) -> None:
    security = with_users.security(public_url="https://kpi.example.com")
    client = with_users.browser(security, "https://kpi.example.com")
    assert client.get("/sign-in").status_code == 200
    assert client.get("/sign-in", headers={"host": "evil.example"}).status_code == 421


def test_a_proxy_before_an_open_server_is_refused(world: World) -> None:
    client = world.browser(world.security())
    refused = client.get("/page", headers={"x-forwarded-for": "203.0.113.9"})
    assert refused.status_code == 403
    assert "cadran users add" in refused.text


def test_every_answer_tells_the_browser_to_load_nothing_from_elsewhere(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    for path in ("/sign-in", "/page", "/nothing-here"):
        headers = client.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
