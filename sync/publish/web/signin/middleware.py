"""What every request passes: the host, who asks, that nobody else's page made it, and the headers of every answer.

Plain ASGI, so that answers are streamed and nothing is kept in memory. It puts into ``request.state``: ``reader``
(:class:`~sync.publish.web.signin.readers.Reader`, or None on pages that are for everybody), ``locale``, ``csrf`` (the token that forms
and htmx send back) and ``security``.
"""

from urllib.parse import parse_qs, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kpi.text import Text
from sync.publish.web.signin.origins import (
    SAFE_METHODS,
    host_of,
    hosts_allowed,
    is_proxied,
    is_same_origin,
    safe_next,
    same_secret,
)
from sync.publish.web.signin.problems import problem
from sync.publish.web.signin.security import Security

PUBLIC = ("/sign-in", "/account/language", "/sign-in/oidc", "/sign-in/oidc/callback", "/favicon.ico", "/api/v1/openapi.json")
PUBLIC_FOLDER = "/static/"
_LARGEST_BODY = 1 << 20

_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Charts place their tooltips by style attributes; scripts have no such way out.
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}
"""Of every answer that does not set them itself."""
_HSTS = "max-age=31536000"

_WRONG_HOST = Text(
    "This server is not called {host}. Open it at http://127.0.0.1:{port}, or set up sign-in and serve.public_url.",
    "Ce serveur ne s'appelle pas {host}. Ouvrez http://127.0.0.1:{port}, ou configurez la connexion et serve.public_url.",
)
_BEHIND_A_PROXY = Text(
    "A proxy is in front of this server, and nobody has to sign in. Add users (`cadran users add`) and set serve.public_url.",
    "Un proxy est devant ce serveur, et personne n'a à se connecter. Ajoutez des utilisateurs (`cadran users add`) et renseignez "
    "serve.public_url.",
)
_FOREIGN = Text(
    "This request did not come from a page of Cadran, so nothing was done.",
    "Cette requête ne vient pas d'une page de Cadran : rien n'a été fait.",
)
_STALE = Text(
    "This page was open too long, so nothing was done. Reload it and try again.",
    "Cette page est restée ouverte trop longtemps : rien n'a été fait. Rechargez-la et réessayez.",
)
_TOO_LARGE = Text("This form holds too much.", "Ce formulaire contient trop de données.")


class SignInMiddleware:
    def __init__(self, app: ASGIApp, security: Security) -> None:
        self._app = app
        self._security = security

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # there are no web sockets here
        request, send = Request(scope, receive), self._with_headers(send)
        state = scope.setdefault("state", {})
        state |= {
            "security": self._security,
            "locale": self._security.locale_of(request),
            "reader": None,
            "session": None,
            "csrf": "",
        }
        refusal = await self._refusal(request)
        if refusal is None and request.method not in SAFE_METHODS:
            receive, refusal = await self._guarded(request)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
        if (session := state["session"]) is not None:
            # After the answer: the ledger may be busy with a sync, and nobody waits for this.
            await run_in_threadpool(self._security.note_seen, request, session)

    # --- who asks --------------------------------------------------------------------------------------------------------

    async def _refusal(self, request: Request) -> Response | None:
        """Why the request is not answered, as an answer; None: it is."""
        security, locale, path = self._security, request.state.locale, request.url.path
        is_open = security.is_open
        allowed = hosts_allowed(security.settings, is_open)
        host = host_of(request.headers.get("host", ""))
        if allowed is not None and host not in allowed:
            words = _WRONG_HOST.in_(locale).format(host=host[:100] or "?", port=security.settings.port)
            return PlainTextResponse(words, 421)
        if is_open and is_proxied(request.headers):
            return PlainTextResponse(_BEHIND_A_PROXY.in_(locale), 403)
        if path.startswith(PUBLIC_FOLDER):
            return None
        if is_api(path) and "authorization" in request.headers:
            return self._by_token(request)
        reader = await run_in_threadpool(security.recognise, request)
        request.state.reader = reader
        request.state.csrf = security.csrf_token(request, reader)
        return None if reader is not None or path in PUBLIC else _unknown(request)

    def _by_token(self, request: Request) -> Response | None:
        scheme, _, secret = request.headers["authorization"].partition(" ")
        is_bearer = scheme.casefold() == "bearer"
        reader = self._security.token_reader(secret.strip(), request.state.locale) if is_bearer else None
        if reader is None:
            return problem(401, "The token is not known, or no longer taken. `cadran tokens add NAME` makes one.")
        if wait := self._security.by_token.wait_s(reader.name):
            return problem(429, f"Too many requests with this token; go on in {wait} s.", retry_after_s=wait)
        request.state.reader = reader
        return None

    # --- that a page of ours made it ----------------------------------------------------------------------------------------

    async def _guarded(self, request: Request) -> tuple[Receive, Response | None]:
        """What is left to receive, and why nothing is done; None: go on."""
        locale = request.state.locale
        receive = request.receive
        own = {f"{request.url.scheme}://{request.headers.get('host', '')}"} | {self._security.settings.public_url or ""}
        if not is_same_origin(request.headers, own):
            return receive, _refused(request, _FOREIGN.in_(locale))
        given = request.headers.get("x-csrf-token")
        if given is None:
            body = await _body(request)
            if body is None:
                return receive, PlainTextResponse(_TOO_LARGE.in_(locale), 413)
            receive = _again(body)
            if request.headers.get("content-type", "").split(";")[0].strip() == "application/x-www-form-urlencoded":
                fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=1000)
                given = fields.get("csrf_token", [None])[0]
        if not same_secret(given, request.state.csrf):
            return receive, _refused(request, _STALE.in_(locale))
        return receive, None

    def _with_headers(self, send: Send) -> Send:
        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if self._security.settings.is_https:
                    headers.setdefault("strict-transport-security", _HSTS)
            await send(message)

        return wrapped


def is_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def _unknown(request: Request) -> Response:
    """Nobody is signed in: to the sign-in page, and back to where one was."""
    if is_api(request.url.path):
        return problem(401, "Sign in, or send a token: Authorization: Bearer …. `cadran tokens add NAME` makes one.")
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"hx-redirect": _sign_in(request.headers.get("hx-current-url"))})
    here = str(request.url.replace(scheme="", netloc="")) if request.method in SAFE_METHODS else request.headers.get("referer")
    return RedirectResponse(_sign_in(here), 303)


def _sign_in(page: str | None) -> str:
    parts = urlsplit(page or "")
    back = safe_next(parts.path + (f"?{parts.query}" if parts.query else ""))
    return "/sign-in" + (f"?next={quote(back, safe='')}" if back != "/" else "")


def _refused(request: Request, words: str) -> Response:
    return problem(403, words) if is_api(request.url.path) else PlainTextResponse(words, 403)


async def _body(request: Request) -> bytes | None:
    """All of it, or None when it is too large."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > _LARGEST_BODY:
            return None
    return bytes(found)


def _again(body: bytes) -> Receive:
    """The body once more, for who reads the form."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive
