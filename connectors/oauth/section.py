"""The settings of a source that a person logs in to."""

from typing import Protocol
from urllib.parse import urlsplit

from config.sections import Field, SecretStr, SourceSection
from connectors.oauth.declaration import OAuth


class HasApp(Protocol):
    """Settings that name an app of the vendor's, which people log in to."""

    @property
    def client_id(self) -> str | None: ...

    @property
    def client_secret(self) -> SecretStr | None: ...

    @property
    def redirect_uri(self) -> str | None: ...

    def addressed(self, oauth: OAuth) -> OAuth:
        """``oauth`` where this section's vendor answers."""
        ...

    def instead_of_login(self) -> str | None:
        """The setting whose credential is used in place of a login; None where there is none."""
        ...


class OAuthSection(SourceSection):
    """What every such source has. One of: a token here (it wins), or a login by ``cadran connect``."""

    client_id: str | None = Field(default=None, description="Id of the app registered with the vendor.")
    client_secret: SecretStr | None = Field(default=None, description="That app's secret (env:NAME or file:PATH).")
    refresh_token: SecretStr | None = Field(
        default=None, description="A refresh token got elsewhere (env:NAME or file:PATH); wins over `cadran connect`."
    )
    access_token: SecretStr | None = Field(
        default=None, description="An access token got elsewhere (env:NAME or file:PATH); wins over all and is never renewed."
    )
    redirect_uri: str | None = Field(
        default=None, description="The redirect address registered with the vendor, where it is not the one of the docs."
    )
    login_url: str | None = Field(
        default=None, description="Where people log in and tokens are issued; the vendor's, or base_url when that is changed."
    )

    def addressed(self, oauth: OAuth) -> OAuth:
        """``oauth`` where this section's vendor answers."""
        usual = type(self).model_fields["base_url"].default
        if self.login_url is not None:
            return oauth.at(self.login_url)
        if self.base_url == usual:
            return oauth
        # What stands before the API's own path ("/v2") stands before the login's too.
        path = urlsplit(usual).path if isinstance(usual, str) else ""
        return oauth.at(self.base_url.rstrip("/").removesuffix(path.rstrip("/")))

    def instead_of_login(self) -> str | None:
        """See :class:`HasApp`."""
        return next((name for name in ("access_token", "refresh_token") if getattr(self, name) is not None), None)
