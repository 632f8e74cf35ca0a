"""How a vendor lets a person log in: a declaration that a connector makes in its ``oauth.py``.

The grant is the authorization code of RFC 6749 §4.1 with PKCE (RFC 7636) and a loopback redirect (RFC 8252 §7.3). Vendors keep to
it in the main and differ in names, in the shape of bodies and answers, and in what lives how long: those differences are
attributes here, so that there is one way to log in and one to refresh.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

Answer = Mapping[str, Any]
"""A token end point's answer in the words of RFC 6749: ``access_token``, ``expires_in``, ``refresh_token``,
``refresh_token_expires_in`` (not of the RFC, but of several vendors), ``scope``, or ``error`` with one of its codes."""


def _as_answered(body: Any) -> Answer:
    return body if isinstance(body, Mapping) else {}


@dataclass(frozen=True)
class OAuth:
    """A vendor's consent page and token end point. A declaration: it has no state."""

    vendor: str
    """As people know it, for sentences: ``Sellsy``."""
    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    scope_separator: str = " "
    uses_pkce: bool = True
    """Send a code challenge (S256). Only False for a vendor that refuses what it does not know."""
    body: Literal["form", "json"] = "form"
    """How the token end point wants its fields."""
    authorize_extra: Mapping[str, str] = field(default_factory=dict)
    """Further parameters of the consent page, e.g. ``{"access_type": "offline", "prompt": "consent"}``."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Where the vendor calls a field otherwise, in all requests and in the redirect: RFC name -> its name, e.g.
    ``{"client_id": "app_id", "client_secret": "secret", "code": "auth_code"}``."""
    token_omits: tuple[str, ...] = ()
    """RFC fields that the token end point does not take, e.g. ``("grant_type", "redirect_uri")``."""
    answer: Callable[[Any], Answer] = _as_answered
    """The token end point's decoded JSON -> :data:`Answer`, where the vendor wraps it. It gets refusals too, whatever their
    status, and says ``{"error": "invalid_grant"}`` for a code or refresh token that the vendor no longer takes."""
    needs_secret: bool = True
    """False where an app may be registered without a client secret (a public client)."""
    has_refresh_token: bool = True
    """False where none is issued at all. Where some apps get one and others do not, True: an answer without one is fine."""
    rotates: bool = True
    """Each refresh gives a new refresh token and spends the old one."""
    access_lifetime: timedelta | None = None
    """How long an access token lives where the answer does not say; None: it has no end."""
    refresh_lifetime: timedelta | None = None
    """The same of a refresh token, from when it was issued."""
    exchanged_by: str | None = None
    """Grant type, and field, by which the token of a code is exchanged at once for one that lives longer (``fb_exchange_token``)."""
    by_client_alone: bool = False
    """Where nobody logged in, an app may ask for a token in its own name (``client_credentials``)."""
    redirect_uri: str = "http://127.0.0.1/"
    """What the vendor sends the browser back to. Without a port: any free one, for vendors that do not compare it (RFC 8252 §7.3).
    With a port: exactly this address, which must be registered with the vendor."""

    def at(self, address: str) -> "OAuth":
        """The same behind another address (the sandbox's, a proxy's): its scheme, host and path come before the vendor's own path."""
        scheme, host, prefix = urlsplit(address)[:3]

        def moved(url: str) -> str:
            path, query = urlsplit(url)[2:4]
            return urlunsplit((scheme, host, prefix.rstrip("/") + path, query, ""))

        return replace(self, authorize_url=moved(self.authorize_url), token_url=moved(self.token_url))

    def named(self, fields: Mapping[str, str]) -> dict[str, str]:
        """``fields`` under the vendor's names."""
        return {self.names.get(name, name): value for name, value in fields.items()}
