"""A real Chromium before the real server of a small company: synced, written to its CRM, with two people who may sign in.

``make test-browser`` installs what is needed, and then it must be there; elsewhere these tests are skipped with a word.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.installation import COMMAND, Installation, installed
from tests.small_world import small_world

PASSWORD = "neuf lampes sur le quai 47"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def missing(what: str) -> None:
    """Skip, or fail where everything was to be installed."""
    if os.environ.get("CADRAN_REQUIRE_BROWSER"):
        pytest.fail(f"CADRAN_REQUIRE_BROWSER is set, and {what}")
    pytest.skip(f"{what}: `make test-browser` installs it")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, driven by Playwright."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        missing("there is no Chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Served:
    """The pages of an installation, and the address they are at."""

    installation: Installation
    address: str
    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)
    listener: threading.Thread | None = None

    def end(self) -> None:
        """As a service manager ends it."""
        self.process.terminate()
        self.process.wait(30)
        if self.listener is not None:
            self.listener.join(10)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


def serve(installation: Installation) -> Served:
    """``cadran serve`` until it tells where the pages are."""
    process = installation.start("serve")
    served = Served(installation, "", process)
    known = threading.Event()

    def listen() -> None:
        for line in process.stderr or ():
            served.said.append(line)
            if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
                served.address = found[1]
                known.set()

    served.listener = threading.Thread(target=listen, daemon=True)
    served.listener.start()
    assert known.wait(60), "".join(served.said)
    return served


def wait_until_filled(served: Served) -> None:
    """The first look at results that were synced before takes a few seconds."""
    folder = served.installation.account
    for _ in range(600):
        if (folder / "shelf.sqlite").exists():
            with sqlite3.connect(folder / "shelf.sqlite") as con:
                if (
                    con.execute("SELECT 1 FROM sqlite_master WHERE name = 'shelf'").fetchone()
                    and con.execute("SELECT 1 FROM shelf").fetchone()
                ):
                    return
        time.sleep(0.1)
    raise AssertionError("".join(served.said))


@pytest.fixture(scope="session")
def served(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests; what changes something stands at the end of its file."""
    folder: Path = tmp_path_factory.mktemp("served")
    with installed(folder, small_world(), schedule={"at": ["03:15"], "days": ["sun"]}, kpis={"compute": "all"}) as installation:
        for words in (("sync",), ("plan",), ("apply",), ("sync",)):
            installation.ok(*words)
        for name, role in (("lea", "admin"), ("tom", "viewer")):
            command = [COMMAND, "users", "add", name, "--role", role, "--stdin"]
            environment = {**os.environ, **installation.secrets}
            subprocess.run(command, cwd=folder, input=PASSWORD + "\n", text=True, check=True, env=environment)
        running = serve(installation)
        wait_until_filled(running)
        yield running
        running.end()


@dataclass
class Reader:
    """Somebody at a window. Whatever the page complains of, or asks of another host, fails the test."""

    page: Any
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")

    def sign_in(self, name: str = "lea", password: str = PASSWORD) -> None:
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_load_state("networkidle")

    @property
    def text(self) -> str:
        return str(self.page.locator("main").inner_text())


Window = Callable[..., Reader]
"""``opens(name=None, **options of the browser's context)``: a new window, of somebody who is signed in or of nobody."""


@pytest.fixture(scope="session")
def _cookies() -> dict[str, Any]:
    """Name -> what the browser kept after signing in: nobody may try more than a few times a minute."""
    return {}


@pytest.fixture
def opens(chromium: Any, served: Served, _cookies: dict[str, Any]) -> Iterator[Window]:
    contexts: list[Any] = []
    readers: list[Reader] = []

    def opened(name: str | None = None, **options: Any) -> Reader:
        wanted = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options}
        if name is not None and name not in _cookies:
            first = opened()
            first.open("/")
            first.sign_in(name)
            _cookies[name] = first.page.context.storage_state()
        context = chromium.new_context(**wanted, storage_state=_cookies.get(name) if name else None)
        context.set_default_timeout(30_000)
        contexts.append(context)
        reader = Reader(context.new_page(), served.address)
        readers.append(reader)
        _listen(reader)
        return reader

    yield opened
    for context in contexts:
        context.close()
    assert [complaint for reader in readers for complaint in reader.complaints] == []


def _listen(reader: Reader) -> None:
    """A refused filter and a refused password are answers, not faults."""

    def asked(found: Any) -> None:
        if not found.url.startswith((reader.address, "data:", "blob:")):
            reader.complaints.append(f"asked for {found.url}")

    def said(found: Any) -> None:
        if found.type == "error" and "status of 4" not in found.text:
            reader.complaints.append(f"{reader.page.url}: {found.text}")

    reader.page.on("request", asked)
    reader.page.on("pageerror", lambda error: reader.complaints.append(f"{reader.page.url}: {error}"))
    reader.page.on("console", said)
