"""A consent page and a token end point that a simulated vendor is given: the authorization code of RFC 6749 with PKCE.

A vendor's sandbox declares its :class:`App` and hangs the routes among its own::

    def routes(sandbox: Sandbox) -> list[BaseRoute]:
        consent = Consent(sandbox, "sellsy", App(
            authorize_path="/sellsy/oauth2/authorization",
            token_path="/sellsy/oauth2/access-tokens",
            client_id=SELLSY_CLIENT_ID,
            client_secret=SELLSY_CLIENT_SECRET,
            scopes=frozenset({"companies.read", "invoices.read"}),
            body="json",
            refresh_s=60 * 86_400,
        ))
        return [*consent.routes(), Route("/sellsy/v2/companies", ...)]

and asks ``consent.look(token)`` what a bearer token is worth (:data:`Worth`). ``sandbox.consents["sellsy"]`` is open to tests:
``seed(refresh_token)`` makes a login that nobody had to make, ``revoke()`` ends all of them.

What a client meets here as it does at the vendor: a code works once, for ten minutes, for the redirect address it was asked
with and with its PKCE verifier; a refresh token that was rotated is dead and refused; everything ends by the sandbox's clock.
The page sends the browser back at once, unless the address carries ``prompt=consent`` (or the App says ``asks``): then it shows
two links, which are the same address with ``decision=allow`` and ``decision=deny``.
"""

import base64
import hashlib
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.core import Sandbox

Worth = Literal["good", "expired", "unknown"]
Said = dict[str, Any]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class App:
    """The app that is registered with the vendor, and the vendor's ways. Lifetimes are seconds by the sandbox's clock."""

    authorize_path: str
    token_path: str
    client_id: str
    client_secret: str | None
    """None: a public client, which must not send one."""
    scopes: frozenset[str]
    """All that the vendor knows; any other is refused."""
    scope_separator: str = " "
    redirect_uris: tuple[str, ...] | None = None
    """Registered addresses, compared letter by letter; None: any port and path of the loopback address."""
    body: Literal["form", "json"] = "form"
    needs_pkce: bool = False
    rotates: bool = True
    is_offline: Callable[[Mapping[str, str]], bool] = lambda asked: True
    """(parameters of the consent page) -> whether the login gets a refresh token: always, never, or when asked for it."""
    by_client_alone: bool = False
    """Takes ``client_credentials``."""
    exchanged_by: str | None = None
    """Grant type, and field, that exchanges a good access token for one that lives ``long_s``."""
    long_s: int | None = None
    asks: bool = False
    code_s: int = 600
    access_s: int | None = 3600
    """None: an access token has no end, and the answer names none."""
    refresh_s: int | None = None
    """From when it was issued; None: no end."""
    tells_refresh_end: bool = False
    """The answer carries ``refresh_token_expires_in``."""
    names: Mapping[str, str] = field(default_factory=dict)
    """RFC name of a field -> the vendor's, in requests and in the redirect."""
    omits: frozenset[str] = frozenset()
    """RFC fields of a token request that the vendor does not know, hence neither wants nor checks: ``grant_type``, ``redirect_uri``."""
    answer: Callable[[int, Said], tuple[int, Said]] = lambda status, said: (status, said)
    """(status, RFC answer) -> what the vendor sends, where it wraps it."""
    mint: Callable[[frozenset[str], datetime], str] | None = None
    """(scopes, now) -> text of an access token, for a vendor that checks tokens itself."""


@dataclass(frozen=True)
class _Code:
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str | None
    is_offline: bool
    ends: datetime


@dataclass(frozen=True)
class _Token:
    scopes: frozenset[str]
    ends: datetime | None


class Refused(Exception):
    """A refusal of the token end point (RFC 6749 §5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.status = status
        self.said = {"error": error, "error_description": description}


class Consent:
    """One vendor's logins. ``name`` is what ``sandbox.consents`` knows it by and how its tokens begin."""

    def __init__(self, sandbox: Sandbox, name: str, app: App) -> None:
        self.app = app
        self._sandbox = sandbox
        self._name = name
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, _Token] = {}
        self._access: dict[str, _Token] = {}
        self._issued = 0
        sandbox.consents[name] = self

    def routes(self) -> list[BaseRoute]:
        """The consent page and the token end point."""
        return [
            Route(self.app.authorize_path, self.authorize, methods=["GET"], name="authorize"),
            Route(self.app.token_path, self.token, methods=["POST"], name="token"),
        ]

    # --- for the vendor's other routes, and for tests ------------------------------------------------------------

    def look(self, token: str) -> Worth:
        """What an access token is worth now."""
        with self._sandbox.lock:
            found = self._access.get(token)
            if found is None:
                return "unknown"
            return "good" if self._lives(found) else "expired"

    def scopes_of(self, token: str) -> frozenset[str]:
        """What an access token may do."""
        with self._sandbox.lock:
            return self._access[token].scopes if token in self._access else frozenset()

    def end_of(self, token: str) -> datetime | None:
        """When an access token ends; None for one that has no end or is unknown."""
        with self._sandbox.lock:
            return self._access[token].ends if token in self._access else None

    def seed(self, refresh_token: str | None = None, access_token: str | None = None) -> None:
        """A login with every scope, as if a person had consented a moment ago."""
        with self._sandbox.lock:
            if refresh_token:
                self._refresh[refresh_token] = _Token(self.app.scopes, self._after(self.app.refresh_s))
            if access_token:
                self._access[access_token] = _Token(self.app.scopes, self._after(self.app.access_s))

    def revoke(self) -> None:
        """The person takes the consent back: every token is dead at once."""
        with self._sandbox.lock:
            self._refresh.clear()
            self._access.clear()

    # --- the consent page ----------------------------------------------------------------------------------------

    async def authorize(self, request: Request) -> Response:
        asked = self._plain(dict(request.query_params))
        redirect_uri = asked.get("redirect_uri", "")
        # Neither of these may send anybody anywhere (RFC 6749 §4.1.2.1).
        if asked.get("client_id") != self.app.client_id:
            return HTMLResponse("<h1>The app is not known.</h1>", 400)
        if not self._may_redirect(redirect_uri):
            return HTMLResponse("<h1>The redirect address is not registered for this app.</h1>", 400)
        scopes = frozenset(filter(None, asked.get("scope", "").split(self.app.scope_separator)))
        decision = request.query_params.get("decision")
        if decision is None and (self.app.asks or request.query_params.get("prompt") == "consent"):
            return _page(str(request.url.query), scopes)
        refusal = "access_denied" if decision == "deny" else self._wrong(asked, scopes)
        given = {"error": refusal} if refusal else {"code": self._code(asked, scopes or self.app.scopes, redirect_uri)}
        back = {self.app.names.get(name, name): value for name, value in given.items()}
        if "state" in asked:
            back["state"] = asked["state"]
        return RedirectResponse(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(back)}", 302)

    def _wrong(self, asked: Mapping[str, str], scopes: frozenset[str]) -> str | None:
        has_challenge = "code_challenge" in asked
        if "response_type" not in self.app.omits and asked.get("response_type") != "code":
            return "unsupported_response_type"
        if not scopes <= self.app.scopes:
            return "invalid_scope"
        if self.app.needs_pkce and not has_challenge:
            return "invalid_request"
        return "invalid_request" if has_challenge and asked.get("code_challenge_method") != "S256" else None

    def _code(self, asked: Mapping[str, str], scopes: frozenset[str], redirect_uri: str) -> str:
        with self._sandbox.lock:
            code = self._next("code")
            ends = self._sandbox.clock.now() + timedelta(seconds=self.app.code_s)
            self._codes[code] = _Code(scopes, redirect_uri, asked.get("code_challenge"), self.app.is_offline(asked), ends)
            return code

    def _may_redirect(self, uri: str) -> bool:
        if self.app.redirect_uris is not None:
            return uri in self.app.redirect_uris
        parts = urlsplit(uri)
        return parts.scheme == "http" and parts.hostname in LOOPBACK

    # --- the token end point -------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        status, said = self.app.answer(*self.asked(await self._fields(request)))
        return JSONResponse(said, status)

    def asked(self, fields: Mapping[str, str] | None) -> tuple[int, Said]:
        """(status, answer) to a token request's fields, in the words of the RFC; None: they could not be read."""
        try:
            with self._sandbox.lock:
                return 200, self._granted(fields)
        except Refused as refused:
            return refused.status, refused.said

    async def _fields(self, request: Request) -> Mapping[str, str] | None:
        """None where the body is not of the kind that the vendor takes."""
        body = await request.body()
        is_json = request.headers.get("content-type", "").startswith("application/json")
        if is_json != (self.app.body == "json"):
            return None
        try:
            found = orjson.loads(body) if is_json else {k: v[0] for k, v in parse_qs(body.decode("utf-8", "replace")).items()}
        except orjson.JSONDecodeError:
            return None
        return self._plain({str(k): str(v) for k, v in found.items()}) if isinstance(found, dict) else None

    def _granted(self, fields: Mapping[str, str] | None) -> Said:
        if fields is None:
            raise Refused("invalid_request", f"The body must be {self.app.body}.")
        if (fields.get("client_id"), fields.get("client_secret")) != (self.app.client_id, self.app.client_secret):
            raise Refused("invalid_client", "The OAuth client was not found.", 401)
        grant = fields.get("grant_type")
        if "grant_type" in self.app.omits:
            grant = "refresh_token" if "refresh_token" in fields else "authorization_code"
        if grant == "authorization_code":
            code = self._spent(fields)
            return self._answer(code.scopes, with_refresh=code.is_offline)
        if grant == "refresh_token":
            return self._refreshed(fields)
        if grant == "client_credentials" and self.app.by_client_alone:
            return self._answer(self.app.scopes, with_refresh=False)
        if grant is not None and grant == self.app.exchanged_by:
            return self._exchanged(fields.get(grant, ""))
        raise Refused("unsupported_grant_type", f"Invalid grant_type: {grant}")

    def _spent(self, fields: Mapping[str, str]) -> _Code:
        """The code that was asked for, which is gone now."""
        code = self._codes.pop(fields.get("code", ""), None)
        if code is None or self._sandbox.clock.now() >= code.ends:
            raise Refused("invalid_grant", "The code is unknown, used or expired.")
        if "redirect_uri" not in self.app.omits and fields.get("redirect_uri") != code.redirect_uri:
            raise Refused("invalid_grant", "The redirect address is not the one that the code was asked with.")
        if code.challenge is not None and s256(fields.get("code_verifier", "")) != code.challenge:
            raise Refused("invalid_grant", "The code verifier does not fit.")
        return code

    def _refreshed(self, fields: Mapping[str, str]) -> Said:
        held = self._refresh.get(fields.get("refresh_token", ""))
        if held is None or not self._lives(held):
            raise Refused("invalid_grant", "Token has been expired or revoked.")
        asked = frozenset(filter(None, fields.get("scope", "").split(self.app.scope_separator))) or held.scopes
        if not asked <= held.scopes:
            raise Refused("invalid_scope", "Some requested scopes were invalid.")
        if self.app.rotates:
            del self._refresh[fields["refresh_token"]]
        return self._answer(asked, with_refresh=self.app.rotates)

    def _exchanged(self, token: str) -> Said:
        held = self._access.get(token)
        if held is None or not self._lives(held):
            raise Refused("invalid_grant", "The access token is unknown or expired.")
        said = self._answer(held.scopes, with_refresh=False)
        self._access[said["access_token"]] = _Token(held.scopes, self._after(self.app.long_s))
        return {k: v for k, v in said.items() if k != "expires_in"} | ({"expires_in": self.app.long_s} if self.app.long_s else {})

    def _answer(self, scopes: frozenset[str], *, with_refresh: bool) -> Said:
        access = self.app.mint(scopes, self._sandbox.clock.now()) if self.app.mint else self._next("access")
        self._access[access] = _Token(scopes, self._after(self.app.access_s))
        said: Said = {"access_token": access, "scope": self.app.scope_separator.join(sorted(scopes)), "token_type": "Bearer"}
        if self.app.access_s is not None:
            said["expires_in"] = self.app.access_s
        if with_refresh:
            said["refresh_token"] = self._next("refresh")
            self._refresh[said["refresh_token"]] = _Token(scopes, self._after(self.app.refresh_s))
            if self.app.tells_refresh_end:
                said["refresh_token_expires_in"] = self.app.refresh_s
        return said

    # --- small things --------------------------------------------------------------------------------------------

    def _plain(self, fields: Mapping[str, str]) -> dict[str, str]:
        """``fields`` under the names of the RFC."""
        ours = {theirs: name for name, theirs in self.app.names.items()}
        return {ours.get(name, name): value for name, value in fields.items()}

    def _next(self, kind: str) -> str:
        self._issued += 1
        return f"sandbox-{self._name}-{kind}-{self._issued:04d}"

    def _after(self, seconds: int | None) -> datetime | None:
        return None if seconds is None else self._sandbox.clock.now() + timedelta(seconds=seconds)

    def _lives(self, token: _Token) -> bool:
        return token.ends is None or self._sandbox.clock.now() < token.ends


def s256(verifier: str) -> str:
    """RFC 7636 §4.6."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _page(query: str, scopes: frozenset[str]) -> Response:
    links = "".join(
        f'<p><a id="{decision}" href="?{html.escape(query)}&amp;decision={decision}">{decision}</a></p>'
        for decision in ("allow", "deny")
    )
    listed = "".join(f"<li>{html.escape(scope)}</li>" for scope in sorted(scopes))
    return HTMLResponse(f"<!doctype html><title>Sandbox</title><h1>Cadran wants to</h1><ul>{listed}</ul>{links}")
