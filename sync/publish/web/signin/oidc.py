"""Sign-in at an OpenID Connect provider: the authorisation code with PKCE, state and nonce, by Authlib (extra ``oidc``).

Sources: OpenID Connect Core 1.0 §3.1, Discovery 1.0 §4.3, RFC 7636, RFC 9700 (read 2026-11-22). Tokens are not kept: what is
wanted is who somebody is, at this moment.
"""

import importlib
import importlib.util
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.serve import OidcSettings
from connectors.errors import ConfigurationError
from kpi.text import Text

log = logging.getLogger("cadran.web")

_SIGNED = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"})
"""Signatures with a key pair: no provider may choose none, or our own secret as the key."""
_TIMEOUT_S = 10.0

UNREACHABLE = Text(
    "The sign-in provider does not answer, or not as it should. Try again in a moment; if it stays so, tell your administrator.",
    "Le fournisseur de connexion ne répond pas, ou pas comme il le devrait. Réessayez dans un instant ; si cela persiste, prévenez "
    "votre administrateur.",
)
REFUSED = Text(
    "The sign-in provider did not confirm who you are. Start again from the sign-in page.",
    "Le fournisseur de connexion n'a pas confirmé votre identité. Recommencez depuis la page de connexion.",
)
CLOCK = Text(
    "The confirmation of the sign-in provider is out of date. Start again; if it stays so, a clock is wrong: tell your administrator.",
    "La confirmation du fournisseur de connexion n'est plus valable. Recommencez ; si cela persiste, une horloge est fausse : "
    "prévenez votre administrateur.",
)


class SignInFailed(Exception):
    """``said`` is for the person; ``why`` for the log, without any token."""

    def __init__(self, said: Text, why: str) -> None:
        self.said = said
        self.why = why
        super().__init__(why)


@dataclass(frozen=True)
class Started:
    """Where the browser goes, and what must come back with it."""

    url: str
    state: str
    nonce: str
    verifier: str


class Oidc:
    def __init__(self, settings: OidcSettings) -> None:
        if any(importlib.util.find_spec(name) is None for name in ("authlib", "httpx2")):
            raise ConfigurationError("serve.oidc needs an extra: pip install 'cadran[oidc]'")
        self.settings = settings
        self._app = _app(settings)

    async def start(self, redirect_uri: str) -> Started:
        """Raises :class:`SignInFailed` when the provider cannot be asked."""
        await self._discovered()
        made = await self._app.create_authorization_url(redirect_uri)
        return Started(made["url"], made["state"], made["nonce"], made["code_verifier"])

    async def finish(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> Mapping[str, Any]:
        """What the provider says of who came back with that code. Raises :class:`SignInFailed`."""
        from authlib.integrations.base_client.errors import OAuthError

        await self._discovered()
        try:
            token = await self._app.fetch_access_token(redirect_uri=redirect_uri, code=code, code_verifier=verifier)
        except OAuthError as error:
            raise SignInFailed(REFUSED, f"the provider refused the code: {str(error.error)[:60]}") from None
        except (_http_error(), ValueError) as error:
            raise SignInFailed(UNREACHABLE, f"no answer to the code: {type(error).__name__}") from None
        claims = await self._claims(token, nonce)
        return claims if self.settings.groups_claim in claims else {**await self._more(token, claims), **claims}

    async def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        from joserfc.errors import JoseError

        settings = self.settings
        wanted = {
            "iss": {"essential": True, "values": [settings.issuer]},
            "aud": {"essential": True, "values": [settings.client_id]},
            **{name: {"essential": True} for name in ("sub", "exp", "iat", "nonce")},
        }
        try:
            claims = await self._app.parse_id_token(token, nonce, claims_options=wanted, leeway=settings.clock_skew_seconds)
        except _http_error() as error:
            raise SignInFailed(UNREACHABLE, f"the provider's keys cannot be read: {type(error).__name__}") from None
        except (JoseError, ValueError, KeyError) as error:
            # Its text may quote the token; its class and the claim's name say enough.
            claim = getattr(error, "claim", None)
            said = CLOCK if claim in ("exp", "nbf", "iat") else REFUSED
            raise SignInFailed(said, f"the identity token does not hold: {type(error).__name__} {claim or ''}".strip()) from None
        if claims is None:
            raise SignInFailed(REFUSED, "the provider sent no identity token")
        return dict(claims)

    async def _more(self, token: Mapping[str, Any], claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the provider says only when asked for: some put groups nowhere else."""
        if "userinfo_endpoint" not in self._app.server_metadata:
            return {}
        try:
            more = await self._app.userinfo(token=dict(token))
        except (_http_error(), ValueError) as error:
            log.warning("sign-in: the provider's user info cannot be read: %s", type(error).__name__)
            return {}
        # OpenID Connect Core §5.3.2: of another person it must not be used.
        return dict(more) if more.get("sub") == claims.get("sub") else {}

    async def _discovered(self) -> None:
        try:
            found = await self._app.load_server_metadata()
        except (_http_error(), ValueError) as error:
            raise SignInFailed(UNREACHABLE, f"the provider's description cannot be read: {type(error).__name__}") from None
        if found.get("issuer") != self.settings.issuer:
            found.pop("_loaded_at", None)
            raise SignInFailed(UNREACHABLE, "the provider calls itself by another name than serve.oidc.issuer")
        listed = found.get("id_token_signing_alg_values_supported") or ["RS256"]
        found["id_token_signing_alg_values_supported"] = [one for one in listed if one in _SIGNED]


def _http_error() -> type[Exception]:
    """Of the client that Authlib uses (extra ``oidc``)."""
    from httpx2 import HTTPError

    return HTTPError


def _app(settings: OidcSettings) -> Any:
    from authlib.integrations.starlette_client import StarletteOAuth2App

    return StarletteOAuth2App(
        None,
        name="oidc",
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": " ".join(settings.scopes), "code_challenge_method": "S256", "timeout": _TIMEOUT_S},
    )
