"""`cadran connect` from outside: the real command against the sandbox, with a browser that is a script."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
import requests
import yaml
from click.testing import CliRunner

from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, Ga4World, HubSpotWorld, World
from sync.cli import cli
from tests.connectors.ga4.conftest import VISITS

COMMAND = Path(sys.executable).with_name("cadran")
BROWSER = """
import re, sys, requests
page = requests.get(sys.argv[1], timeout=5)
link = re.search(r'id="allow" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
print(requests.get(page.url.split("?")[0] + link, timeout=5).text)
"""


def follow(address: str, decision: str = "allow") -> requests.Response:
    """Clicks a link of the consent page, and goes where it is sent."""
    page = requests.get(address, timeout=5)
    link = re.search(rf'id="{decision}" href="([^"]+)"', page.text)
    assert link is not None, page.text
    return requests.get(page.url.split("?")[0] + link[1].replace("&amp;", "&"), timeout=5)


@dataclass
class Desk:
    """A person's folder with settings, and the vendors."""

    folder: Path
    server: SandboxServer
    patch: pytest.MonkeyPatch

    def configure(self, ga4: Mapping[str, Any] | None = None, **top: Any) -> None:
        section = {
            "base_url": self.server.base_url,
            "token_uri": f"{self.server.base_url}/token",
            "property_id": "1",
            "client_id": GOOGLE_CLIENT_ID,
            "client_secret": "env:SECRET",
        }
        document = {
            "sources": {"hubspot": {"base_url": self.server.base_url, "token": "env:SECRET"}, "ga4": section | dict(ga4 or {})},
            **top,
        }
        (self.folder / "cadran.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")

    def run(self, *arguments: str, typed: str | None = None) -> Any:
        done = CliRunner().invoke(cli, [*arguments, "--settings", str(self.folder / "cadran.yaml")], input=typed)
        self.said = getattr(self, "said", "") + done.output
        for browser in getattr(self, "browsers", ()):
            browser.join(10)  # it may still be reading its page when the command is done
        return done

    def browse(self, how: Callable[[str], Any]) -> list[Any]:
        """The browser does ``how`` with the address, in its own time; what came of it."""
        found: list[Any] = []
        self.browsers: list[threading.Thread] = []

        def open_later(address: str) -> bool:
            browser = threading.Thread(target=lambda: found.append(how(address)), daemon=True)
            self.browsers.append(browser)
            browser.start()
            return True

        self.patch.setattr("sync.connect.webbrowser", SimpleNamespace(open=open_later))
        return found

    @property
    def logins(self) -> Path:
        return self.folder / ".cadran" / "default" / "logins"

    @property
    def file(self) -> Path:
        return self.logins / "ga4.json"

    def grant(self) -> Any:
        return json.loads(self.file.read_text())["grant"]


@pytest.fixture(scope="module")
def served() -> Iterator[SandboxServer]:
    account = {"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"}
    world = World(
        "shop",
        datetime(2026, 11, 22, 8, tzinfo=UTC),
        HubSpotWorld(account),
        ga4={"1": Ga4World("EUR", "Europe/Paris", "Shop", sessions=list(VISITS))},
    )
    with SandboxServer(world) as server:
        yield server


@pytest.fixture
def desk(served: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("SECRET", GOOGLE_CLIENT_SECRET)
    monkeypatch.delenv("CADRAN_HOME", raising=False)
    found = Desk(tmp_path, served, monkeypatch)
    found.configure()
    return found


def test_the_real_command_logs_in_and_says_what_it_opens(desk: Desk) -> None:
    script = desk.folder / "browser.py"
    script.write_text(BROWSER)
    environment = os.environ | {"BROWSER": f"{sys.executable} {script} %s"}
    done = subprocess.run(
        [COMMAND, "connect", "ga4", "-vv"], cwd=desk.folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ga4: connected to Google; kept in a file that only you can read." in done.stdout
    assert "It opens Shop (1)." in done.stdout
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600
    for folder in (desk.logins, desk.logins.parent, desk.logins.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    grant = desk.grant()
    secrets = [grant["access_token"], grant["refresh_token"], GOOGLE_CLIENT_SECRET, "sandbox-google-code"]
    others = [p.read_bytes().decode("latin-1") for p in desk.folder.rglob("*") if p.is_file() and p != desk.file]
    for secret in secrets:
        assert secret not in "".join([done.stdout, done.stderr, *others])


def test_a_connected_source_is_read_by_later_commands(desk: Desk) -> None:
    before = desk.run("connect", "--list")
    assert "none: run cadran connect" in " ".join(before.output.split())
    desk.browse(follow)
    assert desk.run("connect", "ga4", "--json").exit_code == 0
    listed = json.loads(desk.run("connect", "--list", "--json").stdout)["logins"]
    assert [(one["source"], one["kept_in"], one["ends_at"], one["instead"]) for one in listed] == [("ga4", "file", None, None)]
    forgotten = desk.run("disconnect", "ga4")
    assert "forgotten here" in forgotten.output
    assert not desk.file.exists()
    assert "there was no login" in desk.run("disconnect", "ga4").output


def test_the_page_speaks_the_accounts_language(desk: Desk) -> None:
    desk.configure(locale="fr")
    pages = desk.browse(follow)
    assert "ga4 : connecté à Google" in desk.run("connect", "ga4").output
    assert "Consentement reçu" in pages[0].text
    assert pages[0].headers["Referrer-Policy"] == "no-referrer"


def test_a_refused_consent_stores_nothing(desk: Desk) -> None:
    pages = desk.browse(lambda address: follow(address, "deny"))
    done = desk.run("connect", "ga4")
    assert done.exit_code == 2
    assert "ga4: the consent was refused; nothing was stored." in done.output
    assert "was refused" in pages[0].text
    assert not desk.file.exists()


def test_an_answer_with_another_state_is_refused_and_the_wait_goes_on(desk: Desk) -> None:
    def disturbed(address: str) -> list[int]:
        back = re.search(r"redirect_uri=([^&]+)", address)
        assert back is not None
        ours = requests.utils.unquote(back[1])
        foreign = [
            requests.get(f"{ours}{query}", timeout=5).status_code
            for query in ("?code=stolen&state=guessed", "?code=stolen", "favicon.ico")
        ]
        return [*foreign, follow(address).status_code]

    statuses = desk.browse(disturbed)
    assert desk.run("connect", "ga4").exit_code == 0
    assert statuses == [[400, 400, 404, 200]]


def test_nobody_answers(desk: Desk) -> None:
    desk.browse(lambda address: None)
    done = desk.run("connect", "ga4", "--timeout", "0.05")
    assert done.exit_code == 2
    assert "no answer came within 0.05 s" in done.output
    assert "--paste" in done.output


def test_without_a_browser_the_address_is_pasted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Person:
        """Reads the address from the screen, and types where the other machine's browser ended."""

        def readline(self) -> str:
            page = requests.get(shown[-1] + "&decision=allow", allow_redirects=False, timeout=5)
            return page.headers["location"] + "\n"

    def seen(text: str, **more: Any) -> None:
        shown.extend([text] if text.startswith("http") else [])
        click.echo(text, **more)

    monkeypatch.setattr("sync.connect.click", SimpleNamespace(echo=seen))
    monkeypatch.setattr("sync.connect.sys", SimpleNamespace(stdin=Person()))
    done = desk.run("connect", "ga4", "--paste")
    assert done.exit_code == 0, done.output
    assert desk.grant()["refresh_token"].startswith("sandbox-google-refresh")


def test_an_address_of_another_login_is_not_taken(desk: Desk) -> None:
    done = desk.run("connect", "ga4", "--paste", typed="http://127.0.0.1/?code=abc&state=xyz\n")
    assert done.exit_code == 2
    assert "not the address of the login that was just begun" in done.output
    assert "abc" not in done.output


def test_a_code_that_the_vendor_does_not_take_is_no_login(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.browse(follow)
    monkeypatch.setattr("connectors.oauth.flow.challenge", lambda verifier: "another")
    done = desk.run("connect", "ga4")
    assert done.exit_code == 2
    assert "Google does not take the code that came back" in done.output
    assert not desk.file.exists()


def test_a_registered_address_elsewhere_needs_pasting(desk: Desk) -> None:
    desk.configure({"redirect_uri": "https://example.com/back"})
    done = desk.run("connect", "ga4")
    assert done.exit_code == 2
    assert "add --paste" in done.output


def test_a_port_that_is_taken_is_named(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = desk.run("connect", "ga4", "--port", str(port))
    assert done.exit_code == 2
    assert f"port {port} of 127.0.0.1 is taken" in done.output


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (["hubspot"], "nobody logs in to this source"),
        (["ga5"], "no source is called ga5; sources with a login: ga4"),
        ([], "name the source to log in to; sources with a login: ga4"),
    ],
)
def test_a_source_without_login_is_named(desk: Desk, source: list[str], words: str) -> None:
    done = desk.run("connect", *source)
    assert done.exit_code == 2
    assert words in done.output


def test_a_credential_in_the_settings_stands_in_the_way(desk: Desk) -> None:
    desk.configure({"refresh_token": "env:SECRET"})
    done = desk.run("connect", "ga4")
    assert done.exit_code == 2
    assert "the settings give refresh_token" in done.output
    assert "the settings give refresh_token" in " ".join(desk.run("connect", "--list").output.split())


def test_a_revoked_login_says_that_a_person_must_log_in_again(desk: Desk) -> None:
    desk.browse(follow)
    assert desk.run("connect", "ga4").exit_code == 0
    desk.server.sandbox.consents["google"].revoke()
    done = desk.run("check")
    assert done.exit_code == 2
    assert "then run `cadran connect ga4` again" in " ".join(done.output.replace("│", " ").split())


def test_a_login_that_nobody_made_is_named_by_check(desk: Desk) -> None:
    assert "nobody has logged in to Google yet: run `cadran connect ga4`" in " ".join(
        desk.run("check").output.replace("│", " ").split()
    )


def test_a_keyring_holds_the_tokens_and_the_file_does_not(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[tuple[str, str], str] = {}
    backend = SimpleNamespace(
        priority=5,
        get_password=lambda service, name: held.get((service, name)),
        set_password=lambda service, name, text: held.update({(service, name): text}),
        delete_password=lambda service, name: held.pop((service, name)),
    )
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_keyring=lambda: backend))  # type: ignore[arg-type]
    desk.browse(follow)
    assert "kept in the system's keyring" in desk.run("connect", "ga4").output
    assert json.loads(desk.file.read_text()) == {"kept_in": "keyring", "grant": None}
    assert list(held) == [("cadran", str(desk.file))]
    assert json.loads(desk.run("connect", "--list", "--json").stdout)["logins"][0]["connected_at"]
    backend.get_password = lambda service, name: 1 / 0
    locked = " ".join(desk.run("check").output.replace("│", " ").split())
    assert "its login is in the system's keyring, which this process cannot read it from (ZeroDivisionError)" in locked
    assert desk.run("disconnect", "ga4").exit_code == 0
    assert held == {}
    backend.priority = 0.5
    desk.configure(logins="auto")
    assert "kept in a file" in desk.run("connect", "ga4").output


def test_a_keyring_that_is_not_there_is_not_replaced_by_a_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)  # type: ignore[arg-type]
    desk.configure(logins="keyring")
    desk.browse(follow)
    done = desk.run("connect", "ga4")
    assert done.exit_code == 2
    assert "pip install 'cadran[keyring]'" in done.output
    assert not desk.file.exists()
