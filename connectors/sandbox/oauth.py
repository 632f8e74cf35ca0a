"""Google's consent page and token end point, and what the Google services make of a bearer token.

Three grants, as https://developers.google.com/identity/protocols/oauth2 has them (2026-11-21): the code of the consent page,
``refresh_token`` (of such a login, or the sandbox's constant), and a service account's signed assertion. Tokens carry their own expiry on the sandbox's clock, so
a test that moves the clock by an hour meets the 401 that a real client meets.

A service account's signature cannot be checked here: the sandbox does not hold its public key. Everything else in
the assertion is.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.consent import App, Consent
from connectors.sandbox.core import Sandbox
from connectors.sandbox.faults import ORDERED, Fault
from connectors.sandbox.google_errors import GoogleError, error_info
from connectors.sandbox.vendor import Vendor, retry_after
from connectors.sandbox.world import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_REFRESH_TOKEN

ANALYTICS_SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
ADWORDS_SCOPE = "https://www.googleapis.com/auth/adwords"
SHORT_SCOPES = {"analytics": ANALYTICS_SCOPE, "adwords": ADWORDS_SCOPE}

ASSERTION_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

LIFETIME_S = 3599
"""What Google says in ``expires_in``."""
LONGEST_ASSERTION_S = 3600

_PREFIX = "ya29.sandbox"

Refused = Literal["ACCESS_TOKEN_TYPE_UNSUPPORTED", "ACCESS_TOKEN_EXPIRED", "CREDENTIALS_MISSING"]


@dataclass(frozen=True)
class AccessToken:
    """What a bearer token says about itself. ``expires`` is seconds since the epoch on the sandbox's clock."""

    scopes: frozenset[str]
    expires: int

    def text(self) -> str:
        short = [name for name, scope in SHORT_SCOPES.items() if scope in self.scopes]
        return f"{_PREFIX}.{'-'.join(short)}.{self.expires}"


def issue(scopes: frozenset[str], now: datetime) -> str:
    """A token good for an hour from ``now`` (the sandbox's clock)."""
    return AccessToken(scopes, int(now.timestamp()) + LIFETIME_S).text()


def _read_access_token(text: str) -> AccessToken | None:
    head, _, expires = text.rpartition(".")
    prefix, _, short = head.rpartition(".")
    if prefix != _PREFIX or not expires.isdigit():
        return None
    return AccessToken(frozenset(SHORT_SCOPES[name] for name in short.split("-") if name in SHORT_SCOPES), int(expires))


def demand(authorization: str | None, scope: str, now: datetime, service: str) -> None:
    """Let a call to ``service`` (a host name) pass, or raise what Google answers: 401 without a good token, 403 without the scope.

    A self-signed JWT of a service account stands in for a token when it is made out to the service, which is what
    Google's client libraries send by default (https://google.aip.dev/auth/4111, 2026-11-21).
    """
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated("CREDENTIALS_MISSING", service)
    access = _read_access_token(token)
    if access is None:
        if _is_self_signed_for(token, scope, service):
            return
        raise unauthenticated("ACCESS_TOKEN_TYPE_UNSUPPORTED", service)
    if now.timestamp() >= access.expires:
        raise unauthenticated("ACCESS_TOKEN_EXPIRED", service)
    if scope not in access.scopes:
        raise GoogleError(
            403,
            "Request had insufficient authentication scopes.",
            [error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service)],
        )


def unauthenticated(reason: Refused, service: str) -> GoogleError:
    missing = (
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    wrong = missing.replace("is missing required authentication credential", "had invalid authentication credentials")
    return GoogleError(401, missing if reason == "CREDENTIALS_MISSING" else wrong, [error_info(reason, service)])


def _segment(text: str) -> Mapping[str, Any] | None:
    try:
        value = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _claims(token: str) -> Mapping[str, Any] | None:
    """The claims of a well-formed RS256 JWT that lives an hour at most; None for anything else.

    Its times are read against each other only: the client stamps them from the machine's clock, not from ours.
    """
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        return None
    header, claims = _segment(parts[0]), _segment(parts[1])
    if header is None or claims is None or header.get("alg") != "RS256":
        return None
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or not isinstance(expires, int) or not 0 < expires - issued <= LONGEST_ASSERTION_S:
        return None
    return claims if claims.get("iss") else None


def _is_self_signed_for(token: str, scope: str, service: str) -> bool:
    claims = _claims(token)
    if claims is None or claims.get("sub") != claims["iss"]:
        return False
    if "scope" in claims:
        return scope in str(claims["scope"]).split()
    return claims.get("aud") == f"https://{service}/"


def _denied(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


def _by_assertion(form: Mapping[str, str]) -> frozenset[str] | Response:
    claims = _claims(form.get("assertion", ""))
    if claims is None:
        return _denied(
            400, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
        )
    if not str(claims.get("aud", "")).endswith("/token"):
        return _denied(400, "invalid_grant", "Invalid JWT: Failed audience check.")
    scopes = frozenset(str(claims.get("scope", "")).split())
    if not scopes or not scopes <= frozenset(SHORT_SCOPES.values()):
        return _denied(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    return scopes


APP = App(
    authorize_path="/o/oauth2/v2/auth",
    token_path="/token",  # noqa: S106 - a path
    client_id=GOOGLE_CLIENT_ID,
    client_secret=GOOGLE_CLIENT_SECRET,
    scopes=frozenset(SHORT_SCOPES.values()),
    rotates=False,
    is_offline=lambda asked: asked.get("access_type") == "offline",
    access_s=LIFETIME_S,
    mint=issue,
)
"""A client of type "Desktop app": any port of the loopback address (Google FACTS §4.2)."""


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The consent page, and ``POST /token``, where ``token_uri`` of a credential points."""
    consent = Consent(sandbox, "google", APP)
    consent.seed(refresh_token=GOOGLE_REFRESH_TOKEN)

    async def token(request: Request) -> Response:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"))
        form = {name: values[0] for name, values in fields.items()}
        if form.get("grant_type") != ASSERTION_GRANT:
            status, said = consent.asked(form)
            return JSONResponse(said, status)
        scopes = _by_assertion(form)
        if isinstance(scopes, Response):
            return scopes
        return JSONResponse(
            {
                "access_token": issue(scopes, sandbox.clock.now()),
                "expires_in": LIFETIME_S,
                "scope": " ".join(sorted(scopes)),
                "token_type": "Bearer",
            }
        )

    return [
        Route(APP.authorize_path, consent.authorize, methods=["GET"], name="authorize"),
        Route(APP.token_path, token, methods=["POST"], name="token"),
    ]


def refusal(fault: Fault) -> Response:
    """The answer of an ordered status."""
    error = fault.policy or ("invalid_grant" if fault.status == 400 else "internal_failure")
    return JSONResponse({"error": error, "error_description": ORDERED}, fault.status, retry_after(fault))


VENDOR = Vendor("oauth", routes, refusal)

SECRETS = {"SANDBOX_REFRESH_TOKEN": GOOGLE_REFRESH_TOKEN, "SANDBOX_CLIENT_SECRET": GOOGLE_CLIENT_SECRET}
"""What :func:`section` refers to."""


def section(base_url: str) -> dict[str, Any]:
    """The settings of a connector behind a Google login."""
    return {
        "base_url": base_url,
        "token_uri": f"{base_url}/token",
        "client_id": GOOGLE_CLIENT_ID,
        "client_secret": "env:SANDBOX_CLIENT_SECRET",
        "refresh_token": "env:SANDBOX_REFRESH_TOKEN",
    }
