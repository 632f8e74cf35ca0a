"""A small OpenID Connect provider on loopback: it holds to the standard, and lies where a test tells it to."""

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "cadran", "client-s3cret"


class Provider:
    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = self.new_key("first")
        self.behave()

    def behave(self) -> None:
        """Say the truth again."""
        self.person: dict[str, Any] = {"sub": "42", "email": "Anne@Example.com", "email_verified": True, "groups": ["sales"]}
        self.lie: Callable[[dict[str, Any]], None] = lambda claims: None
        """Changes the claims before they are signed."""
        self.described: dict[str, Any] = {}
        """Differs from the provider's description."""
        self.info: dict[str, Any] | None = None
        """What the user info adds, or says of another."""
        self.signs_with: RSAKey | None = None
        self.is_down = False
        self.codes: dict[str, dict[str, str]] = {}

    @staticmethod
    def new_key(kid: str) -> RSAKey:
        return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
                Route("/userinfo", self._userinfo),
            ]
        )

    async def _describe(self, _request: Request) -> Response:
        if self.is_down:
            return Response("out of order", 503)
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
                **self.described,
            }
        )

    async def _authorize(self, request: Request) -> Response:
        """The person has agreed already."""
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 303)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.codes.pop(str(form.get("code")), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        verifier = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        if asked is None or request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        if base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {**self.person, "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        self.lie(claims)
        key = self.signs_with or self.key
        token = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
        return JSONResponse({"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": token})

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer access"
        return JSONResponse(self.info or {"sub": self.person["sub"]})


@contextmanager
def served(make: Callable[[int], Any], **options: Any) -> Iterator[int]:
    """An application on a free port of loopback, in a thread; the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
        server = uvicorn.Server(uvicorn.Config(make(port), log_config=None, lifespan="off", **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield port
        server.should_exit = True
        thread.join(10)
