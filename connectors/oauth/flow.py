"""One login, from the address of the consent page to the code: what is sent along, and what may come back."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from connectors.errors import ConfigurationError
from connectors.oauth.declaration import OAuth
from connectors.oauth.endpoint import challenge

LOOPBACK = ("127.0.0.1", "localhost")


class NotOurs(Exception):
    """What came back does not belong to this login: another page sent it, or an earlier attempt."""


class ConsentRefused(ConfigurationError):
    """The person, or the vendor, said no on the consent page."""


@dataclass(frozen=True)
class Attempt:
    """A login under way. ``state`` and ``verifier`` are random and leave this process only as the vendor needs them."""

    source_id: str
    oauth: OAuth
    client_id: str
    redirect_uri: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    @property
    def address(self) -> str:
        """The consent page, with everything that it has to know."""
        asked = {"client_id": self.client_id, "response_type": "code", "redirect_uri": self.redirect_uri, "state": self.state}
        if self.oauth.scopes:
            asked["scope"] = self.oauth.scope_separator.join(self.oauth.scopes)
        if self.oauth.uses_pkce:
            asked |= {"code_challenge": challenge(self.verifier), "code_challenge_method": "S256"}
        query = urlencode({**self.oauth.named(asked), **self.oauth.authorize_extra})
        return f"{self.oauth.authorize_url}{'&' if '?' in self.oauth.authorize_url else '?'}{query}"

    def code(self, redirected: str) -> str:
        """The code that the browser was sent back with; ``redirected`` is the address or its query.

        Raises :class:`NotOurs` for another state or none, and :class:`ConsentRefused`.
        """
        given = _query(redirected)
        if not hmac.compare_digest(given.get("state", "").encode(), self.state.encode()):
            raise NotOurs
        if "error" in given:
            why = given["error"] if given["error"].isidentifier() else "an error"
            who = (
                "the consent was refused" if why == "access_denied" else f"{self.oauth.vendor} answered {why} on its consent page"
            )
            raise ConsentRefused(f"{self.source_id}: {who}; nothing was stored. `cadran connect {self.source_id}` asks again.")
        code = given.get(self.oauth.names.get("code", "code"))
        if not code:
            raise NotOurs
        return code


def _query(redirected: str) -> Mapping[str, str]:
    text = redirected.strip()
    query = urlsplit(text).query if "://" in text else text.lstrip("?")
    return {name: values[0] for name, values in parse_qs(query).items()}


def loopback_port(redirect_uri: str) -> int | None:
    """The port of this machine that a redirect address names: 0 for any free one, None where it leads elsewhere."""
    parts = urlsplit(redirect_uri)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        return None
    return parts.port or 0


def with_port(redirect_uri: str, port: int) -> str:
    """The redirect address with a port."""
    parts = urlsplit(redirect_uri)
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}"))
