"""Asking a vendor's token end point, and what its answers mean."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import AuthenticationError, CadranError, ConfigurationError, ContractError, MissingScope
from connectors.oauth.declaration import Answer, OAuth
from connectors.oauth.grant import Grant
from connectors.oauth.section import HasApp
from connectors.transport import TRANSIENT_STATUS, Response, RetryRule, Transport, error_for_status

ONLY_A_PERSON = frozenset({"invalid_grant", "interaction_required", "login_required", "consent_required"})
"""Codes after which no refresh helps: RFC 6749 §5.2, and OpenID Connect Core §3.1.2.6 as Microsoft uses it."""


class TokenRefused(AuthenticationError):
    """The vendor no longer takes a code or a refresh token (``invalid_grant``): only a person can help."""


class TokenEndPoint:
    """A vendor's token end point, asked for one source. ``wall`` gives seconds since the epoch."""

    def __init__(self, source_id: str, section: HasApp, oauth: OAuth, wall: Callable[[], float]) -> None:
        self.source_id = source_id
        self.oauth = section.addressed(oauth)
        self._section = section
        self._wall = wall
        self._transport = Transport(source_id, self.oauth.token_url, rule=RetryRule(attempts=4, total_s=60.0))

    def close(self) -> None:
        self._transport.close()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._wall(), UTC)

    @property
    def tries(self) -> int:
        """Requests sent so far."""
        return self._transport.requests_sent

    @property
    def client_id(self) -> str:
        """The app's id. Raises :class:`ConfigurationError` where the settings name no app."""
        lacking = [name for name in ("client_id", "client_secret") if getattr(self._section, name) is None]
        if not self.oauth.needs_secret:
            lacking = [name for name in lacking if name == "client_id"]
        if lacking or self._section.client_id is None:
            raise ConfigurationError(
                f"{self.source_id}: {' and '.join(lacking)} of your {self.oauth.vendor} app must be in the settings: logins are made to it."
            )
        return self._section.client_id

    def by_code(self, code: str, redirect_uri: str, verifier: str) -> Grant:
        """The tokens for a code that a person's consent gave."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if self.oauth.uses_pkce:
            fields["code_verifier"] = verifier
        grant, exchange = self._granted(fields, None), self.oauth.exchanged_by
        return grant if exchange is None else self._granted({"grant_type": exchange, exchange: grant.access_token}, None)

    def by_refresh(self, grant: Grant) -> Grant:
        """The tokens that follow upon ``grant``; they take its place."""
        assert grant.refresh_token is not None  # noqa: S101 - callers look
        return self._granted({"grant_type": "refresh_token", "refresh_token": grant.refresh_token}, grant)

    def by_client_alone(self) -> Grant:
        """A token in the app's own name."""
        return self._granted({"grant_type": "client_credentials"}, None)

    def _granted(self, fields: Mapping[str, str], before: Grant | None) -> Grant:
        """Raises :class:`TokenRefused`, :class:`AuthenticationError`, :class:`MissingScope`, :class:`ConfigurationError`,
        :class:`TransientError` and :class:`ContractError`."""
        client_id, secret = self.client_id, self._section.client_secret
        asked = self.now()
        sent = {**fields, "client_id": client_id} | ({"client_secret": secret.get_secret_value()} if secret else {})
        named = self.oauth.named({name: value for name, value in sent.items() if name not in self.oauth.token_omits})
        arguments: dict[str, Any] = {"json": named} if self.oauth.body == "json" else {"data": named}
        response = self._transport.request(
            "POST",
            self.oauth.token_url,
            what="get a token",
            classify=self._refusal,
            headers={"Accept": "application/json"},
            **arguments,
        )
        return self._read(self._answer(response), asked, client_id, before)

    def _read(self, answer: Answer, asked: datetime, client_id: str, before: Grant | None) -> Grant:
        access = answer.get("access_token")
        if not isinstance(access, str) or not access:
            raise ContractError(self.source_id, "the token end point answered without an access_token")
        issued = answer.get("refresh_token") or None
        kept = before.refresh_token if before else None
        refresh_ends = _end(asked, answer.get("refresh_token_expires_in"), self.oauth.refresh_lifetime if issued else None)
        return Grant(
            access_token=access,
            granted_at=asked,
            connected_at=before.connected_at if before else asked,
            client_id=client_id,
            expires_at=_end(asked, answer.get("expires_in"), self.oauth.access_lifetime),
            refresh_token=str(issued) if issued else kept,
            refresh_expires_at=refresh_ends or (before.refresh_expires_at if before and not issued else None),
            origin=before.origin if before else "",
        )

    def _answer(self, response: Response) -> Answer:
        try:
            return self.oauth.answer(response.json())
        except ValueError:
            return {}

    def _refusal(self, response: Response) -> CadranError | None:
        """What a refusal means; only its code is used, never its sentence (RFC 6749 §5.2)."""
        if response.status in TRANSIENT_STATUS:
            return error_for_status(
                self.source_id,
                response.status,
                what="the token end point does not answer",
                retry_after=response.headers.get("Retry-After"),
            )
        code = self._answer(response).get("error")
        if code is None and response.status < 400:
            return None
        if code in ONLY_A_PERSON:
            return TokenRefused(self.source_id, f"{self.oauth.vendor} answered {code}.")
        if code == "invalid_scope":
            return MissingScope(self.source_id, self.oauth.scopes, "be used for these scopes")
        if code in {"invalid_client", "unauthorized_client"}:
            return AuthenticationError(
                self.source_id,
                f"client_id and client_secret must be those of your {self.oauth.vendor} app ({self.oauth.vendor} answered {code}).",
            )
        said = code if isinstance(code, str) and code.isidentifier() else f"HTTP {response.status}"
        return AuthenticationError(self.source_id, f"{self.oauth.vendor}'s token end point answered {said}.")


def _end(asked: datetime, seconds: Any, lifetime: timedelta | None) -> datetime | None:
    """When a token ends that was asked for at ``asked``. Vendors write seconds as a number or as text; 0 says nothing."""
    try:
        told = float(seconds)
    except (TypeError, ValueError):
        told = 0.0
    if told > 0:
        return asked + timedelta(seconds=told)
    return asked + lifetime if lifetime is not None else None


def challenge(verifier: str) -> str:
    """The code challenge of a verifier, method S256 (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")
