"""The pages of signing in: with a password, at a provider, signing out, and one's own account."""

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kpi.text import Text
from sync.publish.web.signin.languages import LANGUAGE_COOKIE, LANGUAGES
from sync.publish.web.signin.oidc import REFUSED, SignInFailed
from sync.publish.web.signin.oidc_roles import name_of, owners_of, role_of, stamp_of
from sync.publish.web.signin.origins import safe_next, same_secret
from sync.publish.web.signin.security import HANDSHAKE_S, Security
from sync.publish.web.signin.sessions import Session

log = logging.getLogger("cadran.web")

Render = Callable[[Request, str, Mapping[str, Any], int], Response]
"""(request, template, context, status) -> the page, in the language of ``request.state.locale``."""

_YEAR_S = 365 * 24 * 3600

WRONG = Text("This name and this password do not go together.", "Ce nom et ce mot de passe ne vont pas ensemble.")
NO_ROLE = Text(
    "The provider knows you, but nobody has given you access to Cadran. Ask your administrator for one of its groups.",
    "Le fournisseur vous connaît, mais personne ne vous a donné accès à Cadran. Demandez l'un de ses groupes à votre administrateur.",
)
CANCELLED = Text("The provider did not sign you in.", "Le fournisseur ne vous a pas connecté.")
TOO_SLOW = Text(
    "This sign-in was started too long ago, or in another browser. Start again.",
    "Cette connexion a été commencée il y a trop longtemps, ou dans un autre navigateur. Recommencez.",
)


def _too_often(seconds: int) -> Text:
    minutes = -(-seconds // 60)
    if seconds < 90:
        return Text(f"Too many tries. Try again in {seconds} s.", f"Trop d'essais. Réessayez dans {seconds} s.")
    return Text(f"Too many tries. Try again in {minutes} minutes.", f"Trop d'essais. Réessayez dans {minutes} minutes.")


def routes(security: Security, render: Render) -> list[Route]:
    pages = _Pages(security, render)
    return [
        Route("/sign-in", pages.form, methods=["GET"]),
        Route("/sign-in", pages.sign_in, methods=["POST"]),
        Route("/sign-in/oidc", pages.to_provider, methods=["GET"]),
        Route("/sign-in/oidc/callback", pages.from_provider, methods=["GET"]),
        Route("/sign-out", pages.sign_out, methods=["POST"]),
        Route("/account", pages.account, methods=["GET"]),
        Route("/account/language", pages.language, methods=["POST"]),
        Route("/account/sign-out-everywhere", pages.sign_out_everywhere, methods=["POST"]),
    ]


class _Pages:
    def __init__(self, security: Security, render: Render) -> None:
        self._security = security
        self._render = render

    # --- a password ------------------------------------------------------------------------------------------------------------

    async def form(self, request: Request) -> Response:
        back = safe_next(request.query_params.get("next"))
        if request.state.reader is not None:
            return RedirectResponse(back, 303)
        return self._form(request, back)

    async def sign_in(self, request: Request) -> Response:
        fields = await request.form(max_fields=20)
        name, password = str(fields.get("name", ""))[:200], str(fields.get("password", ""))
        back = safe_next(str(fields.get("next", "")))
        security, address = self._security, _address(request)
        if security.is_open:
            return RedirectResponse(back, 303)
        if wait := security.wait_s(name, address):
            log.warning("sign-in: too many tries from %s", address)
            return self._form(request, back, 429, _too_often(wait), wait)
        user = await run_in_threadpool(security.checked, name, password)
        if user is None:
            # What was typed is not logged: people type passwords into the field for the name.
            who = name if security.users.find(name) else "an unknown name"
            log.warning("sign-in refused: %s, from %s", who, address)
            return self._form(request, back, 401, WRONG)
        log.info("signed in: %s, by password, from %s", user.name, address)
        response = RedirectResponse(back, 303)
        now = security.clock()
        session = Session(user.name, "password", user.stamp, user.role, user.owners, now, now)
        await run_in_threadpool(security.sign_in, request, response, session)
        return response

    def _form(
        self, request: Request, back: str, status: int = 200, error: Text | None = None, retry_after_s: int | None = None
    ) -> Response:
        """The form; a browser without a visit gets one, which the form's token is bound to."""
        security = self._security
        visit = request.cookies.get(security.visit_cookie) or secrets.token_urlsafe(16)
        oidc = security.oidc.settings.title if security.oidc else None
        context = {
            "back": back,
            "csrf": security.visit_token(visit),
            "error": error.in_(request.state.locale) if error else None,
            "oidc": oidc,
            "oidc_link": "/sign-in/oidc?next=" + quote(back, safe=""),
            "has_passwords": not security.users.is_empty(),
        }
        response = self._render(request, "sign-in.html", context, status)
        security.set_cookie(response, security.visit_cookie, visit, 24 * 3600)
        if retry_after_s is not None:
            response.headers["retry-after"] = str(retry_after_s)
        return response

    # --- a provider --------------------------------------------------------------------------------------------------------------

    async def to_provider(self, request: Request) -> Response:
        security, back = self._security, safe_next(request.query_params.get("next"))
        if security.oidc is None:
            return RedirectResponse("/sign-in", 303)
        try:
            started = await security.oidc.start(self._callback(request))
        except SignInFailed as failed:
            return self._failed(request, back, failed.said, failed.why, 502)
        response = RedirectResponse(started.url, 303)
        kept = {"state": started.state, "nonce": started.nonce, "verifier": started.verifier, "next": back}
        security.set_cookie(response, security.handshake_cookie, security.sealed(kept), HANDSHAKE_S)
        return response

    async def from_provider(self, request: Request) -> Response:
        security, query = self._security, request.query_params
        if security.oidc is None:
            return RedirectResponse("/sign-in", 303)
        kept = security.unsealed(request.cookies.get(security.handshake_cookie))
        if kept is None or not same_secret(query.get("state"), kept["state"]):
            return self._failed(request, "/", TOO_SLOW, "the state is not that of this browser")
        back = safe_next(kept["next"])
        if "code" not in query:
            return self._failed(request, back, CANCELLED, f"the provider says {query.get('error', 'nothing')[:60]!r}")
        if query.get("iss", security.oidc.settings.issuer) != security.oidc.settings.issuer:
            return self._failed(request, back, REFUSED, "the answer names another issuer")
        try:
            claims = await security.oidc.finish(query["code"], self._callback(request), kept["nonce"], kept["verifier"])
        except SignInFailed as failed:
            return self._failed(request, back, failed.said, failed.why)
        settings = security.oidc.settings
        role, name = role_of(claims, settings), name_of(claims)
        if role is None:
            return self._failed(request, back, NO_ROLE, f"{name} is in no list of serve.oidc.roles", 403)
        log.info("signed in: %s, at the provider, from %s", name, _address(request))
        response = RedirectResponse(back, 303)
        now = security.clock()
        session = Session(name, "oidc", stamp_of(settings), role, owners_of(claims, settings), now, now)
        await run_in_threadpool(security.sign_in, request, response, session)
        security.set_cookie(response, security.handshake_cookie, "", 0)
        return response

    def _callback(self, request: Request) -> str:
        base = self._security.settings.public_url or f"{request.url.scheme}://{request.headers['host']}"
        return f"{base}/sign-in/oidc/callback"

    def _failed(self, request: Request, back: str, said: Text, why: str, status: int = 401) -> Response:
        log.warning("sign-in at the provider failed: %s, from %s", why, _address(request))
        response = self._form(request, back, status, said)
        self._security.set_cookie(response, self._security.handshake_cookie, "", 0)
        return response

    # --- signed in -------------------------------------------------------------------------------------------------------------

    async def sign_out(self, request: Request) -> Response:
        response = RedirectResponse("/sign-in", 303)
        await run_in_threadpool(self._security.sign_out, request, response)
        return response

    async def sign_out_everywhere(self, request: Request) -> Response:
        reader = request.state.reader
        await run_in_threadpool(self._security.sessions.end_all, reader.name, reader.way)
        return await self.sign_out(request)

    async def account(self, request: Request) -> Response:
        return self._render(request, "account.html", {"csrf": request.state.csrf, "back": _referrer(request)}, 200)

    async def language(self, request: Request) -> Response:
        """The language of this browser from now on."""
        fields = await request.form(max_fields=20)
        response = RedirectResponse(safe_next(str(fields.get("next", ""))), 303)
        if (chosen := str(fields.get("language", ""))) in LANGUAGES:
            self._security.set_cookie(response, LANGUAGE_COOKIE, chosen, _YEAR_S)
        return response


def _address(request: Request) -> str:
    """Whom the request came from; behind trusted proxies uvicorn has put the caller here."""
    return request.client.host if request.client else "unknown"


def _referrer(request: Request) -> str:
    """The page that the account was opened from."""
    from urllib.parse import urlsplit

    parts = urlsplit(request.headers.get("referer", ""))
    return safe_next(parts.path) if parts.netloc == request.headers.get("host") and parts.path != "/account" else "/account"
