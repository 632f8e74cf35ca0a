"""A login as a client uses it, against a token end point that spends refresh tokens once."""

import json
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from connectors.base import Place
from connectors.errors import AuthenticationError, ConfigurationError
from connectors.oauth.declaration import OAuth
from connectors.oauth.grant import Grant
from connectors.oauth.login import Login
from connectors.oauth.section import OAuthSection
from connectors.oauth.store import Logins
from connectors.transport import no_waiting

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


class Section(OAuthSection):
    type: str = "vendor"
    base_url: str = "https://api.vendor.example/v2"


class Vendor:
    """Gives a new refresh token for each that it takes, and takes none twice."""

    def __init__(self) -> None:
        self.good = {"refresh-0"}
        self.asked: list[dict[str, Any]] = []
        self.cuts = 0
        self.answer: dict[str, Any] | None = None
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                is_json = self.headers["Content-Type"] == "application/json"
                status, answer = vendor.take(json.loads(body) if is_json else dict(parse_qsl(body)))
                if vendor.cuts > 0:
                    vendor.cuts -= 1
                    self.close_connection = True
                    return
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def take(self, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.asked.append(fields)
            if self.answer is not None:
                return 200, self.answer
            token = fields.get("refresh_token")
            if fields["grant_type"] == "client_credentials":
                return 200, {"access_token": f"access-{len(self.asked)}", "expires_in": 3600}
            if token not in self.good:
                return 400, {"error": "invalid_grant", "error_description": f"no {token}"}
            self.good.remove(token)
            self.good.add(f"refresh-{len(self.asked)}")
            return 200, {
                "access_token": f"access-{len(self.asked)}",
                "expires_in": 3600,
                "refresh_token": f"refresh-{len(self.asked)}",
            }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    served = Vendor()
    yield served
    served.close()


class Desk:
    """A source's login on a machine whose clock is moved by hand."""

    def __init__(self, vendor: Vendor, folder: Path) -> None:
        self.place = Place(folder, folder / "logins")
        self.logins = Logins(self.place)
        self.now = NOW
        self.oauth = OAuth("Vendor", f"{vendor.url}/authorize", f"{vendor.url}/token", ("read",))

    def login(self, **section: Any) -> Login:
        settings = Section.model_validate({"client_id": "app", "client_secret": "hush"} | section)
        return Login("shop", settings, self.oauth, self.place, wall=lambda: self.now.timestamp())

    def connect(self, **changes: Any) -> None:
        grant = Grant("access-0", NOW, NOW, "app", NOW + timedelta(hours=1), "refresh-0")
        self.logins.save("shop", replace(grant, **changes))


@pytest.fixture
def desk(vendor: Vendor, tmp_path: Path) -> Desk:
    return Desk(vendor, tmp_path)


def test_a_token_is_used_until_shortly_before_its_end(desk: Desk, vendor: Vendor) -> None:
    desk.connect()
    login = desk.login()
    assert login.bearer() == "access-0"
    desk.now += timedelta(minutes=54)
    assert login.bearer() == "access-0"
    assert vendor.asked == []
    desk.now += timedelta(minutes=1)
    assert login.bearer() == "access-1"
    sent = {"grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "app", "client_secret": "hush"}
    assert vendor.asked == [sent]


def test_the_rotated_token_is_on_the_disk_for_the_owner_alone(desk: Desk) -> None:
    desk.connect()
    desk.now += timedelta(hours=2)
    assert desk.login().bearer() == "access-1"
    file = desk.logins.path("shop")
    assert json.loads(file.read_text())["grant"]["refresh_token"] == "refresh-1"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_another_process_refreshed_is_used(desk: Desk, vendor: Vendor) -> None:
    desk.connect()
    one, two = desk.login(), desk.login()
    assert one.bearer() == two.bearer() == "access-0"
    desk.now += timedelta(hours=2)
    assert one.bearer() == two.bearer() == "access-1"
    two.renew("access-1")
    one.renew("access-1")
    assert one.bearer() == two.bearer() == "access-2"
    assert len(vendor.asked) == 2


def test_threads_spend_one_rotation(desk: Desk, vendor: Vendor) -> None:
    desk.connect()
    desk.now += timedelta(hours=2)
    logins = [desk.login() for _ in range(4)]
    got: list[str] = []
    threads = [threading.Thread(target=lambda login=login: got.append(login.bearer())) for login in logins * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["access-1"] * 8
    assert len(vendor.asked) == 1


def test_nobody_logged_in(desk: Desk) -> None:
    with pytest.raises(ConfigurationError, match="nobody has logged in to Vendor yet: run `cadran connect shop`"):
        desk.login().bearer()


def test_a_revoked_login_says_who_must_do_what(desk: Desk, vendor: Vendor) -> None:
    desk.connect()
    vendor.good.clear()
    desk.now += timedelta(hours=2)
    with pytest.raises(
        AuthenticationError, match=r"the login of 2026-11-22: it was revoked.* Please run `cadran connect shop`\.$"
    ) as caught:
        desk.login().bearer()
    assert "refresh-0" not in str(caught.value)


def test_a_refresh_token_past_its_end_says_when_it_ended(desk: Desk, vendor: Vendor) -> None:
    desk.connect(refresh_expires_at=NOW + timedelta(days=60))
    vendor.good.clear()
    desk.now += timedelta(days=61)
    with pytest.raises(AuthenticationError, match="expired on 2027-01-21"):
        desk.login().bearer()


def test_an_answer_that_was_lost_is_named_as_the_cause(desk: Desk, vendor: Vendor) -> None:
    """The vendor spent the token, its answer never came, and the next try is refused."""
    desk.connect()
    desk.now += timedelta(hours=2)
    vendor.cuts = 1
    with no_waiting(), pytest.raises(AuthenticationError, match="2026-11-22 10:00 UTC was cut off"):
        desk.login().bearer()


def test_a_login_without_refresh_token_warns_and_ends(desk: Desk, vendor: Vendor) -> None:
    desk.connect(refresh_token=None, expires_at=NOW + timedelta(days=60))
    login = desk.login()
    login.bearer()
    desk.now += timedelta(days=45)
    assert login.notes() == ()
    desk.now += timedelta(days=1)
    assert "ends on 2027-01-21" in login.notes()[0]
    assert "run `cadran connect shop`" in login.notes()[0]
    desk.now += timedelta(days=13, hours=23)
    assert login.bearer() == "access-0"
    desk.now += timedelta(hours=1)
    with pytest.raises(AuthenticationError, match="ended on 2027-01-21, after 60 days: run `cadran connect shop`"):
        login.bearer()
    assert vendor.asked == []


def test_the_settings_refresh_token_wins_and_its_successors_are_kept(desk: Desk, vendor: Vendor) -> None:
    desk.connect()
    vendor.good = {"mine"}
    assert desk.login(refresh_token="mine").bearer() == "access-1"
    desk.now += timedelta(hours=2)
    assert desk.login(refresh_token="mine").bearer() == "access-2"
    vendor.good.add("another")
    assert desk.login(refresh_token="another").bearer() == "access-3"
    with pytest.raises(AuthenticationError, match="refresh_token of the settings"):
        desk.login(refresh_token="wrong").bearer()


def test_the_settings_access_token_wins_over_all_and_is_never_renewed(desk: Desk, vendor: Vendor) -> None:
    login = desk.login(access_token="given", refresh_token="mine")
    assert login.bearer() == "given"
    with pytest.raises(AuthenticationError, match="access_token of the settings"):
        login.renew("given")
    assert vendor.asked == []


def test_a_login_to_another_app_is_not_sent_to_this_one(desk: Desk, vendor: Vendor) -> None:
    desk.connect()
    with pytest.raises(ConfigurationError, match="another app"):
        desk.login(client_id="other").bearer()
    assert vendor.asked == []


def test_a_file_that_others_can_read_is_refused(desk: Desk) -> None:
    desk.connect()
    desk.logins.path("shop").chmod(0o640)
    with pytest.raises(ConfigurationError, match="can be read by others"):
        desk.login().bearer()


def test_an_app_may_ask_in_its_own_name_where_the_vendor_lets_it(desk: Desk, vendor: Vendor) -> None:
    desk.oauth = replace(desk.oauth, by_client_alone=True, body="json")
    assert desk.login().bearer() == "access-1"
    assert vendor.asked == [{"grant_type": "client_credentials", "client_id": "app", "client_secret": "hush"}]


def test_a_vendors_own_names_and_wrapping(desk: Desk, vendor: Vendor) -> None:
    desk.connect()
    desk.now += timedelta(hours=2)
    desk.oauth = replace(
        desk.oauth,
        body="json",
        names={"client_id": "app_id", "client_secret": "secret"},
        token_omits=("grant_type",),
        answer=lambda b: b["data"],
    )
    vendor.answer = {"code": 0, "data": {"access_token": "wrapped"}}
    assert desk.login().bearer() == "wrapped"
    assert vendor.asked == [{"refresh_token": "refresh-0", "app_id": "app", "secret": "hush"}]


@pytest.mark.parametrize(
    ("section", "authorize", "token"),
    [
        ({}, "https://login.vendor.example/a/authorize", "https://api.vendor.example/token?v=1"),
        ({"base_url": "http://127.0.0.1:8765"}, "http://127.0.0.1:8765/a/authorize", "http://127.0.0.1:8765/token?v=1"),
        ({"base_url": "http://127.0.0.1:8765/x/v2/"}, "http://127.0.0.1:8765/x/a/authorize", "http://127.0.0.1:8765/x/token?v=1"),
        ({"login_url": "http://proxy/y"}, "http://proxy/y/a/authorize", "http://proxy/y/token?v=1"),
    ],
)
def test_people_log_in_where_the_vendor_is_told_to_answer(section: dict[str, str], authorize: str, token: str) -> None:
    """A token of the sandbox is never asked of the vendor, nor the other way round."""
    oauth = OAuth("Vendor", "https://login.vendor.example/a/authorize", "https://api.vendor.example/token?v=1", ())
    moved = Section.model_validate(section).addressed(oauth)
    assert (moved.authorize_url, moved.token_url) == (authorize, token)
