"""Sign-in over the wire: a real server on loopback, with its own certificate and behind a proxy's word."""

import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sync.publish.web.signin.binding import check_binding, uvicorn_options
from tests.sync.publish.web.signin.conftest import PASSWORD, World, hidden
from tests.sync.publish.web.signin.provider import served


def signed_in(base: str, name: str = "anne", password: str = PASSWORD, **sent: Any) -> tuple[requests.Session, requests.Response]:
    """A browser that filled in the form, and the answer to it."""
    browser = requests.Session()
    browser.trust_env = False  # else the environment may name other authorities
    browser.verify = sent.pop("verify", True)
    browser.headers.update(sent)
    form = browser.get(f"{base}/sign-in", params={"next": "/page?kpi=cac"}, timeout=10)
    fields = {
        "csrf_token": hidden(form.text, "csrf_token"),
        "next": hidden(form.text, "next"),
        "name": name,
        "password": password,
    }
    own = {"origin": base, "sec-fetch-site": "same-origin"}
    return browser, browser.post(f"{base}/sign-in", data=fields, headers=own, allow_redirects=False, timeout=10)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -keyout {key} -out {cert}"
    subprocess.run([*make.split(), "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return cert, key


@pytest.fixture
def https(with_users: World, certificate: tuple[Path, Path]) -> Iterator[str]:
    cert, key = certificate
    security = with_users.security(tls={"cert": cert, "key": key})
    check_binding(security.settings, security.users)
    options = {name: value for name, value in uvicorn_options(security.settings).items() if name not in ("host", "port")}
    with served(lambda _port: with_users.app(security), **options) as port:
        yield f"https://127.0.0.1:{port}"


def test_by_https_cookies_are_bound_to_the_host_and_a_session_lasts_until_signing_out(
    https: str, certificate: tuple[Path, Path]
) -> None:
    browser, answer = signed_in(https, verify=str(certificate[0]))
    assert (answer.status_code, answer.headers["location"]) == (303, "/page?kpi=cac")
    cookies = {cookie.name: cookie for cookie in browser.cookies}
    session = cookies["__Host-cadran_session"]
    assert (session.secure, session.path, session.has_nonstandard_attr("HttpOnly")) == (True, "/", True)
    page = browser.get(f"{https}/page", timeout=10)
    assert page.json()["name"] == "anne"
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert "server" not in page.headers
    own = {"origin": https, "sec-fetch-site": "same-origin"}
    gone = browser.post(
        f"{https}/sign-out", data={"csrf_token": page.json()["csrf"]}, headers=own, allow_redirects=False, timeout=10
    )
    assert gone.headers["location"] == "/sign-in"
    assert "__Host-cadran_session" not in browser.cookies
    assert browser.get(f"{https}/page", allow_redirects=False, timeout=10).status_code == 303


@pytest.mark.parametrize("trusted", [["127.0.0.1"], ["10.0.0.0/8"], []])
def test_the_caller_s_address_is_a_proxy_s_word_only_where_the_settings_trust_it(
    with_users: World, trusted: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    security = with_users.security(public_url="https://kpi.example.com", trusted_proxies=trusted)
    options = {name: value for name, value in uvicorn_options(security.settings).items() if name not in ("host", "port")}
    caplog.set_level(logging.DEBUG)
    with served(lambda _port: with_users.app(security), **options) as port:
        told = {"host": "kpi.example.com", "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
        address = f"http://127.0.0.1:{port}/sign-in"
        form = requests.get(address, headers=told, timeout=10)
        told["cookie"] = form.headers["set-cookie"].split(";")[0]  # which the browser sends back by https, to the proxy
        told |= {"origin": "https://kpi.example.com", "sec-fetch-site": "same-origin"}
        fields = {"csrf_token": hidden(form.text, "csrf_token"), "name": "anne", "password": "wrong wrong wrong"}
        answer = requests.post(address, data=fields, headers=told, timeout=10)
    assert answer.status_code == 401
    assert f"sign-in refused: anne, from {'203.0.113.9' if trusted == ['127.0.0.1'] else '127.0.0.1'}" in caplog.text
    assert "wrong wrong wrong" not in caplog.text
