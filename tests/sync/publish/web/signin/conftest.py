"""A server of one page behind the sign-in, and a browser that talks to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from config.serve import ServeSettings
from sync.publish.web.signin import passwords
from sync.publish.web.signin.middleware import SignInMiddleware
from sync.publish.web.signin.pages import routes
from sync.publish.web.signin.security import Security

TEMPLATES = Path(__file__).parents[5] / "sync/publish/web/templates"
BASE = "{% block title %}{% endblock %}{% block content %}{% endblock %}"
PASSWORD = "vase tulip lorry"
HOST = "http://127.0.0.1:8780"


@cache
def templates() -> jinja2.Environment:
    loader = jinja2.ChoiceLoader([jinja2.DictLoader({"base.html": BASE}), jinja2.FileSystemLoader(TEMPLATES)])
    made = jinja2.Environment(loader=loader, autoescape=True, extensions=["jinja2.ext.i18n"])
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    return made


def render(request: Request, template: str, context: Mapping[str, Any], status: int) -> Response:
    return HTMLResponse(templates().get_template(template).render(request=request, **context), status)


async def page(request: Request) -> Response:
    """Tells who looks, and what a form would have to send back; a POST gives its form back."""
    reader = request.state.reader
    told: dict[str, Any] = {"name": reader.name, "role": reader.role, "way": reader.way, "locale": reader.locale}
    told["owners"] = None if reader.owners is None else sorted(reader.owners)
    if request.method == "POST":
        told["sent"] = dict(await request.form())
    return JSONResponse({**told, "csrf": request.state.csrf})


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class World:
    folder: Path
    engine: sa.Engine
    clock: Clock = field(default_factory=Clock)

    def security(self, **settings: Any) -> Security:
        return Security(ServeSettings(**settings), self.folder, self.engine, "en", self.clock)

    def app(self, security: Security) -> Starlette:
        more = [Route("/", page), Route("/page", page, methods=["GET", "POST"]), Route("/api/v1/thing", page)]
        app = Starlette(routes=[*routes(security, render), *more])
        app.add_middleware(SignInMiddleware, security=security)
        return app

    def browser(self, security: Security, base_url: str = HOST) -> TestClient:
        return TestClient(self.app(security), base_url=base_url, follow_redirects=False)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The ledger's file with the table of sessions alone."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield World(tmp_path, engine)
    engine.dispose()


@pytest.fixture
def with_users(world: World, quick_hashes: None) -> World:
    """anne looks, who owns 12; eric edits; ada is admin."""
    users = world.security().users
    users.add("anne", "viewer", ["12"], PASSWORD, world.clock.now)
    users.add("eric", "editor", [], PASSWORD, world.clock.now)
    users.add("ada", "admin", [], PASSWORD, world.clock.now)
    return world


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that are checked in a millisecond; :mod:`test_passwords` looks at the real ones."""
    from argon2 import PasswordHasher

    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def same_origin(base_url: str = HOST) -> dict[str, str]:
    """What a browser adds to a form of our own page."""
    return {"origin": base_url, "sec-fetch-site": "same-origin"}


SignIn = Callable[..., Any]


def sign_in(client: TestClient, name: str = "anne", password: str = PASSWORD, back: str = "/", base_url: str = HOST) -> Any:
    """Open the form, fill it in, send it."""
    form = client.get("/sign-in", params={"next": back})
    fields = {
        "csrf_token": hidden(form.text, "csrf_token"),
        "next": hidden(form.text, "next"),
        "name": name,
        "password": password,
    }
    return client.post("/sign-in", data=fields, headers=same_origin(base_url))


def hidden(html: str, name: str) -> str:
    return html.split(f'name="{name}" value="')[1].split('"')[0]
