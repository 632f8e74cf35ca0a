"""Who asks Google: the credential section that GA4 and Google Ads share, and the bearer token made from it.

Three kinds of credential work, all tested against a local token end point: a service account's key, a person's refresh token
with the OAuth client it was issued to, and a login by ``cadran connect``, whose refresh token is taken from where it is kept
(Google does not rotate it). The objects of ``google-auth`` do the grants (signing, form,
expiry); this module gives them our transport, so that pooling, time-outs, retries and redaction are the same as
everywhere, and turns what the token end point refuses into our errors.

``google-auth`` is imported on first use: settings are read far more often than Google is called.
"""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl

from pydantic import model_validator

from config.sections import Field, SecretStr, SourceSection
from connectors.base import Place
from connectors.errors import AuthenticationError, CadranError, ConfigurationError, MissingScope
from connectors.oauth.declaration import OAuth
from connectors.oauth.store import kept_login
from connectors.transport import TRANSIENT_STATUS, RetryRule, Transport, error_for_status, retrying

GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a secret


class GoogleSection(SourceSection):
    """Settings of a source behind a Google login. Exactly one credential: a service account, or an OAuth client, with a refresh
    token or for ``cadran connect``."""

    service_account_file: str | None = Field(
        default=None, description="Path of the service account's JSON key, beside the settings file unless absolute."
    )
    service_account: SecretStr | None = Field(
        default=None, description="The same key as text (env:NAME or file:PATH), where a path is unhandy."
    )
    refresh_token: SecretStr | None = Field(default=None, description="A person's refresh token (env:NAME or file:PATH).")
    client_id: str | None = Field(default=None, description="The OAuth client that the refresh token was issued to.")
    client_secret: SecretStr | None = Field(default=None, description="That client's secret (env:NAME or file:PATH).")
    redirect_uri: str | None = Field(
        default=None, description="For an OAuth client of type Web application: the redirect address registered with it."
    )
    token_uri: str = Field(
        default=GOOGLE_TOKEN_URI, description="Where tokens are issued. The only place that keys and secrets are sent to."
    )

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        login = (self.refresh_token, self.client_id, self.client_secret)
        ways = (self.service_account_file is not None) + (self.service_account is not None) + any(login)
        if ways != 1:
            raise ValueError(
                "give exactly one credential: service_account_file, or service_account, or client_id and client_secret (for "
                "`cadran connect`, or with a refresh_token)"
            )
        if any(login) and not all(login[1:]):
            raise ValueError("a Google login needs both client_id and client_secret of the OAuth client")
        return self

    def addressed(self, oauth: OAuth) -> OAuth:
        """See :class:`connectors.oauth.section.HasApp`: the consent page is where ``token_uri`` is."""
        if self.token_uri == GOOGLE_TOKEN_URI:
            return oauth
        return replace(oauth.at(self.token_uri.removesuffix("/token")), token_url=self.token_uri)

    def instead_of_login(self) -> str | None:
        """See :class:`connectors.oauth.section.HasApp`."""
        credentials = ("service_account_file", "service_account", "refresh_token")
        return next((name for name in credentials if getattr(self, name) is not None), None)


def google_login(*scopes: str) -> OAuth:
    """How people log in to Google, for these scopes.

    Without ``access_type=offline`` there is no refresh token, and without ``prompt=consent`` none at a second login
    (https://developers.google.com/identity/protocols/oauth2/web-server, 2026-11-21).
    """
    return OAuth(
        vendor="Google",
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url=GOOGLE_TOKEN_URI,
        scopes=scopes,
        authorize_extra={"access_type": "offline", "prompt": "consent"},
        rotates=False,
    )


class GoogleToken:
    """An access token that is always good for the next call.

    Safe to share between threads. A relative ``service_account_file`` is beside the settings file.
    """

    def __init__(self, source_id: str, settings: GoogleSection, scopes: tuple[str, ...], place: Place) -> None:
        self.source_id = source_id
        self.scopes = scopes
        self._settings = settings
        self._place = place
        self._transport = Transport(source_id, settings.token_uri, rule=RetryRule(attempts=4, total_s=60.0))
        self._lock = threading.RLock()
        self._credentials: Any = None

    @property
    def credentials(self) -> Any:
        """The ``google.auth`` credentials behind the token, for Google's own clients."""
        with self._lock:
            if self._credentials is None:
                self._credentials = self._load()
            return self._credentials

    @property
    def who(self) -> str:
        """Whom to give access to, for error sentences."""
        email = getattr(self.credentials, "service_account_email", None)
        if email:
            return f"the service account {email}"
        return (
            "the Google login that issued refresh_token"
            if self._settings.refresh_token
            else "the Google login of `cadran connect`"
        )

    def bearer(self) -> str:
        """The access token; a new one when the last has expired or is about to.

        Raises :class:`AuthenticationError`, :class:`MissingScope`, :class:`ConfigurationError` (unreadable key file)
        and :class:`TransientError`.
        """
        with self._lock:
            if not self.credentials.valid:
                self.renew()
            return str(self.credentials.token)

    def renew(self) -> None:
        """Ask for a new access token now, whatever the old one's expiry says (Google answered 401 to it)."""
        from google.auth.exceptions import GoogleAuthError

        with self._lock:
            credentials = self.credentials
            try:
                retrying(lambda: credentials.refresh(self._send), self._transport.rule)
            except GoogleAuthError as error:
                raise self.refusal(error) from None

    def refusal(self, error: Exception) -> CadranError:
        """What a refusal of the token end point means. Google's own sentence is left out: only its error code is used.

        ``invalid_grant`` has many causes and one answer (Google FACTS §4.2;
        https://developers.google.com/identity/protocols/oauth2#expiration, 2026-11-21).
        """
        answer = next((part for part in error.args if isinstance(part, dict)), {})
        code = answer.get("error")
        if code == "invalid_scope":
            return MissingScope(self.source_id, self.scopes, "read this API")
        if code == "invalid_grant" and self._settings.client_id is not None:
            anew = "issue a new one" if self._settings.refresh_token else f"run `cadran connect {self.source_id}` again"
            hint = (
                "The refresh token no longer works: it was revoked, unused for 6 months, or issued while the OAuth consent screen was "
                f"in Testing, where tokens die after 7 days. Publish the app (Google Cloud > OAuth consent screen), then {anew}."
            )
        elif code == "invalid_grant":
            hint = "The service account's key was deleted or disabled, or this machine's clock is more than 5 minutes off."
        elif code in {"invalid_client", "unauthorized_client"}:
            hint = "client_id and client_secret must be those of the OAuth client that issued the refresh token."
        else:
            hint = f"The token end point answered {code or type(error).__name__}."
        return AuthenticationError(self.source_id, hint)

    def close(self) -> None:
        self._transport.close()

    def _load(self) -> Any:
        settings = self._settings
        if settings.client_secret is not None:
            from google.oauth2.credentials import Credentials

            return Credentials(  # type: ignore[no-untyped-call]
                None,
                refresh_token=self._refresh_token(),
                client_id=settings.client_id,
                client_secret=settings.client_secret.get_secret_value(),
                token_uri=settings.token_uri,
                scopes=list(self.scopes),
            )
        from google.oauth2 import service_account

        where, text = self._key_text()
        try:
            key = {**json.loads(text), "token_uri": settings.token_uri}
            return service_account.Credentials.from_service_account_info(key, scopes=list(self.scopes))  # type: ignore[no-untyped-call]
        except (ValueError, TypeError):
            # The parser's own sentence may quote the key.
            raise ConfigurationError(
                f"{self.source_id}: {where} is not a service account's JSON key "
                "(Google Cloud > IAM > Service accounts > Keys > Add key > JSON)."
            ) from None

    def _refresh_token(self) -> str:
        given = self._settings.refresh_token
        if given is not None:
            return given.get_secret_value()
        grant = kept_login(self.source_id, self._settings, "Google", self._place)
        if grant.refresh_token is None:
            raise ConfigurationError(
                f"{self.source_id}: Google issued no refresh token at the last login: run `cadran connect {self.source_id}` again."
            )
        return grant.refresh_token

    def _key_text(self) -> tuple[str, str]:
        """Where the service account's key is, and its text."""
        if self._settings.service_account is not None:
            return "service_account", self._settings.service_account.get_secret_value()
        path = self._place.base / Path(self._settings.service_account_file or "").expanduser()
        try:
            return f"service_account_file ({path})", path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{self.source_id}: service_account_file {path} cannot be read ({type(error).__name__})."
            ) from None

    def _send(self, url: str, method: str = "GET", body: bytes | None = None, headers: Any = None, **_: Any) -> "_Answer":
        """``google.auth.transport.Request`` over our transport. One try: retries are ours, not google-auth's."""
        form = dict(parse_qsl((body or b"").decode()))
        response = self._transport.send(method, url, data=form, headers=headers)
        if response.status in TRANSIENT_STATUS:
            raise error_for_status(self.source_id, response.status, what="the token end point does not answer")
        return _Answer(response.status, dict(response.headers), response.body)


class _Answer:
    """``google.auth.transport.Response``."""

    def __init__(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.status = status
        self.headers = headers
        self.data = data


def error_for_reason(source_id: str, reason: str | None, *, scopes: tuple[str, ...], action: str, api: str) -> CadranError | None:
    """What ``google.rpc.ErrorInfo.reason`` of a refused call means, where it says more than the status.

    https://cloud.google.com/apis/design/errors (2026-11-21). None when it says nothing that we act on.
    """
    if reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
        return MissingScope(source_id, scopes, action)
    if reason in {"SERVICE_DISABLED", "API_KEY_SERVICE_BLOCKED"}:
        return ConfigurationError(
            f"{source_id}: the {api} is not enabled in the Google Cloud project of this credential "
            "(Google Cloud > APIs & Services > Library)."
        )
    return None
