"""Section ``serve``: where the web server listens, who may sign in, and for how long."""

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from config.sections import Section

Role = Literal["viewer", "editor", "admin"]
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine alone."""
    bare = host.strip("[]").casefold()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


class TlsSettings(Section):
    """The server's own certificate. Paths are absolute."""

    cert: Path
    """PEM: the certificate, then those that vouch for it."""
    key: Path
    """PEM, without a pass phrase."""

    @field_validator("cert", "key")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        if not value.is_absolute():
            raise ValueError("write the whole path, from / on")
        return value


class SessionSettings(Section):
    idle_minutes: int = Field(default=60, ge=1, le=43200)
    """Signed out after so long without a page."""
    longest_hours: int = Field(default=12, ge=1, le=720)
    """Signed out so long after signing in, whatever was done meanwhile."""


class Members(Section):
    """Who has a role."""

    groups: list[str] = Field(default_factory=list)
    """Groups as the provider names them in the claim ``groups_claim``."""
    emails: list[str] = Field(default_factory=list)
    """Addresses that the provider has verified; case does not matter."""


class OidcSettings(Section):
    """Sign-in at an OpenID Connect provider (extra ``oidc``). Nobody gets in who is in no list."""

    issuer: str
    """As the provider writes it; ``/.well-known/openid-configuration`` below it is read."""
    client_id: str
    client_secret: SecretStr
    title: str = "OpenID Connect"
    """What the button of the sign-in page says."""
    scopes: list[str] = ["openid", "email", "profile"]
    groups_claim: str = "groups"
    roles: dict[Role, Members]
    owners: dict[str, list[str]] = Field(default_factory=dict)
    """E-mail address -> the CRM's owner ids of that person (``own_records_only``); ``*``: everyone's."""
    clock_skew_seconds: int = Field(default=60, ge=0, le=600)
    """How far the provider's clock may be off."""

    @field_validator("issuer")
    @classmethod
    def _https(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ValueError("an issuer is an https:// address")
        return value

    @field_validator("scopes")
    @classmethod
    def _openid(cls, value: list[str]) -> list[str]:
        if "openid" not in value:
            raise ValueError("`openid` must be among the scopes")
        return value

    @model_validator(mode="after")
    def _somebody(self) -> "OidcSettings":
        if not any(members.groups or members.emails for members in self.roles.values()):
            raise ValueError("name at least one group or e-mail address under `roles`: nobody could sign in")
        return self


class ServeSettings(Section):
    """The web server of ``cadran serve``."""

    host: str = "127.0.0.1"
    """Address to listen on. Others than loopback need users (or ``oidc``) and https."""
    port: int = Field(default=8780, ge=0, le=65535)
    public_url: str | None = None
    """``https://…`` under which people reach it, where a proxy in front does the https."""
    tls: TlsSettings | None = None
    trusted_proxies: list[str] = Field(default_factory=list)
    """Addresses or networks of proxies whose word on the caller's address is taken (``X-Forwarded-For``)."""
    own_records_only: bool = False
    """Whether viewers see figures by owner, and records behind figures, of their own owner ids alone."""
    sessions: SessionSettings = SessionSettings()
    oidc: OidcSettings | None = None

    @field_validator("public_url")
    @classmethod
    def _whole_site(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("write it as https://host or https://host:port, without a path")
        return f"https://{parts.netloc}"

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for one in value:
            try:
                ipaddress.ip_network(one)
            except ValueError:
                raise ValueError("each is an IP address or a network, e.g. 10.0.0.2 or 10.0.0.0/24") from None
        return value

    @property
    def is_https(self) -> bool:
        """Whether people reach it by https."""
        return self.tls is not None or self.public_url is not None

    @property
    def is_wide(self) -> bool:
        """Whether others than this machine can reach it: also through a proxy on this machine."""
        return not is_loopback(self.host) or self.public_url is not None or bool(self.trusted_proxies)
