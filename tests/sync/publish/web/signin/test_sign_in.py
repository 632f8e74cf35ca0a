"""Signing in with a password, staying signed in, and being signed out."""

from typing import Any

import pytest
import sqlalchemy as sa

from sync.publish.web.signin.limits import MINUTE, Limit
from sync.publish.web.signin.origins import safe_next
from sync.publish.web.signin.sessions import web_sessions
from tests.sync.publish.web.signin.conftest import HOST, PASSWORD, World, hidden, same_origin, sign_in


def sessions(world: World) -> list[Any]:
    with world.engine.connect() as c:
        return list(c.execute(sa.select(web_sessions)))


def test_a_page_asks_to_sign_in_and_leads_back_to_where_one_was(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    asked = client.get("/page?kpi=cac&by=channel")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Fpage%3Fkpi%3Dcac%26by%3Dchannel")
    form = client.get(asked.headers["location"])
    assert hidden(form.text, "next") == "/page?kpi=cac&amp;by=channel"
    signed_in = sign_in(client, back="/page?kpi=cac")
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/page?kpi=cac")
    assert client.get("/page").json()["name"] == "anne"


def test_the_cookie_holds_a_random_id_that_the_ledger_does_not_hold(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    header = sign_in(client).headers["set-cookie"]
    value = client.cookies["cadran_session"]
    assert "HttpOnly" in header
    assert "SameSite=lax" in header
    assert "Path=/" in header
    assert "Secure" not in header  # http on this machine
    (row,) = sessions(with_users)
    assert len(value) >= 40
    assert value not in (with_users.folder / "ledger.sqlite").read_bytes().decode("latin-1")
    assert row.id_hash != value


def test_under_https_cookies_are_bound_to_the_host(with_users: World) -> None:
    security = with_users.security(host="0.0.0.0", public_url="https://kpi.example.com")
    client = with_users.browser(security, "https://kpi.example.com")
    header = sign_in(client, base_url="https://kpi.example.com").headers["set-cookie"]
    assert header.startswith("__Host-cadran_session=")
    assert "Secure" in header
    assert "Domain" not in header
    answer = client.get("/page")
    assert answer.json()["name"] == "anne"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("name", "password"), [("anne", "wrong wrong wrong"), ("nobody", PASSWORD), ("", ""), ("anne", "x" * 5000)]
)
def test_a_wrong_name_or_password_gets_one_and_the_same_answer(with_users: World, name: str, password: str) -> None:
    client = with_users.browser(with_users.security())
    refused = sign_in(client, name, password)
    assert refused.status_code == 401
    assert "This name and this password do not go together." in refused.text
    assert not sessions(with_users)


def test_names_are_one_however_they_are_typed(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    assert sign_in(client, " ANNE ").status_code == 303
    assert client.get("/page").json()["name"] == "anne"


def test_a_session_ends_when_it_was_idle_and_when_it_is_old(with_users: World) -> None:
    security = with_users.security(sessions={"idle_minutes": 30, "longest_hours": 2})
    client, clock = with_users.browser(security), with_users.clock
    sign_in(client)
    for _ in range(5):
        clock.passes(minutes=20)
        assert client.get("/page").status_code == 200  # in use, so not idle
    clock.passes(minutes=20)
    assert client.get("/page").status_code == 303  # two hours
    sign_in(client)
    clock.passes(minutes=30)
    assert client.get("/page").status_code == 303  # idle
    sign_in(client)
    assert len(sessions(with_users)) == 1  # those that are over went


def test_signing_out_ends_the_session_for_who_kept_its_cookie(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    sign_in(client)
    kept = client.cookies["cadran_session"]
    csrf = client.get("/page").json()["csrf"]
    assert client.post("/sign-out", data={"csrf_token": csrf}, headers=same_origin()).headers["location"] == "/sign-in"
    client.cookies.set("cadran_session", kept)
    assert client.get("/page").status_code == 303


def test_signing_out_everywhere_ends_every_session_of_that_person(with_users: World) -> None:
    security = with_users.security()
    here, there, other = (with_users.browser(security) for _ in range(3))
    sign_in(here)
    sign_in(there)
    sign_in(other, "eric")
    csrf = here.get("/page").json()["csrf"]
    here.post("/account/sign-out-everywhere", data={"csrf_token": csrf}, headers=same_origin())
    assert [c.get("/page").status_code for c in (here, there, other)] == [303, 303, 200]


@pytest.mark.parametrize("change", ["removed", "password"])
def test_a_user_who_is_removed_or_gets_another_password_is_signed_out_at_once(with_users: World, change: str) -> None:
    security = with_users.security()
    client = with_users.browser(security)
    sign_in(client)
    elsewhere = with_users.security().users  # as the command line does it
    elsewhere.remove("anne") if change == "removed" else elsewhere.set_password("anne", "lamp goose button")
    assert client.get("/page").status_code == 303
    assert not sessions(with_users)


def test_signing_in_again_does_not_go_on_with_the_session_one_came_with(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    client.cookies.set("cadran_session", "chosen-by-somebody-else")
    assert "chosen-by-somebody-else" not in sign_in(client).headers["set-cookie"]
    assert client.get("/page", headers={"cookie": "cadran_session=chosen-by-somebody-else"}).status_code == 303


def test_an_expired_session_sends_htmx_to_the_sign_in_page_and_programs_a_401(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    htmx = client.get("/page?part=table", headers={"hx-request": "true", "hx-current-url": f"{HOST}/page?period=month"})
    assert (htmx.status_code, htmx.headers["hx-redirect"]) == (401, "/sign-in?next=%2Fpage%3Fperiod%3Dmonth")
    api = client.get("/api/v1/thing")
    assert (api.status_code, api.headers["content-type"]) == (401, "application/problem+json")
    assert api.headers["www-authenticate"].startswith("Bearer")
    assert api.json()["status"] == 401


HOSTILE = (
    "//evil.example/x",
    "https://evil.example/x",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "/sign-in?next=/",
    "/sign-out",
    "",
    "/x\r\nSet-Cookie: a=b",
    "///evil.example",
    " /page",
)


def test_nobody_is_led_to_another_site_after_signing_in(with_users: World) -> None:
    assert {safe_next(wanted) for wanted in HOSTILE} == {"/"}
    assert safe_next("/kpi/cac?by=channel&x=%2F%2F") == "/kpi/cac?by=channel&x=%2F%2F"
    client = with_users.browser(with_users.security())
    assert sign_in(client, back=HOSTILE[0]).headers["location"] == "/"


def test_too_many_tries_are_told_when_to_try_again(with_users: World, caplog: pytest.LogCaptureFixture) -> None:
    security = with_users.security()
    now_ms = [0]
    for limit in (security.by_name, security.by_address):
        limit._clock = lambda: now_ms[0]
    client, other = (with_users.browser(security) for _ in range(2))
    assert [sign_in(client, password="wrong wrong wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    refused = sign_in(client)  # also with the right one
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "61"
    assert "Too many tries. Try again in 61 s." in refused.text
    assert sign_in(other, "eric").status_code == 303  # others are not kept out
    now_ms[0] += 61_000
    assert sign_in(client).status_code == 303
    third = with_users.browser(security)
    security.by_address = Limit((3, MINUTE), clock=lambda: now_ms[0])
    assert [sign_in(third, f"guess{i}").status_code for i in range(4)] == [401] * 3 + [429]
    assert sign_in(third, "ada").status_code == 429  # the address
    assert "wrong wrong" not in caplog.text
    assert "guess3" not in caplog.text


def test_a_reader_gets_the_role_of_the_file_and_the_owners_only_when_the_settings_say_so(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    sign_in(client)
    assert client.get("/page").json() | {"csrf": ""} == {
        "name": "anne",
        "role": "viewer",
        "way": "password",
        "locale": "en",
        "owners": None,
        "csrf": "",
    }
    bound = with_users.browser(with_users.security(own_records_only=True))
    sign_in(bound)
    assert bound.get("/page").json()["owners"] == ["12"]
    editor = with_users.browser(with_users.security(own_records_only=True))
    sign_in(editor, "eric")
    assert editor.get("/page").json()["owners"] is None


def test_on_this_machine_nobody_signs_in_until_the_first_user_is_added(world: World, quick_hashes: None) -> None:
    security = world.security()
    client = world.browser(security)
    assert client.get("/page").json()["way"] == "open"
    assert client.get("/account").status_code == 200
    world.security().users.add("ada", "admin", [], PASSWORD, world.clock.now)
    assert client.get("/page").status_code == 303


def test_the_language_is_chosen_asked_for_by_the_browser_or_the_settings_own(with_users: World) -> None:
    client = with_users.browser(with_users.security())
    sign_in(client)
    assert client.get("/page").json()["locale"] == "en"
    french = {"accept-language": "de;q=0.9, fr-CA;q=0.8, en;q=0.1"}
    assert client.get("/page", headers=french).json()["locale"] == "fr"
    csrf = client.get("/page").json()["csrf"]
    chosen = client.post("/account/language", data={"csrf_token": csrf, "language": "fr", "next": "/page"}, headers=same_origin())
    assert chosen.headers["location"] == "/page"
    assert client.get("/page", headers={"accept-language": "en"}).json()["locale"] == "fr"
    before = with_users.browser(with_users.security())
    token = hidden(before.get("/sign-in").text, "csrf_token")
    before.post("/account/language", data={"csrf_token": token, "language": "fr", "next": "/page"}, headers=same_origin())
    assert '<html lang="fr">' in before.get("/sign-in").text
    before.cookies.clear()
    assert '<html lang="fr">' in before.get("/sign-in", headers=french).text
