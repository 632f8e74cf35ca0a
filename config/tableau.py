"""Section ``tableau``: the server that ``cadran export hyper --publish`` sends to."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from config.sections import Section


class TableauSettings(Section):
    """A Tableau Server or Tableau Cloud."""

    server: str
    """``https://…``; plain http only on this machine."""
    site: str = ""
    """The site's name as it stands in the address after ``/site/``; empty: the default site of a Tableau Server."""
    project: str = "default"
    """Where data sources are put. It must be there."""
    token_name: str
    """Of a personal access token, which may publish there."""
    token: SecretStr
    """Its secret: ``env:NAME`` or ``file:PATH``."""
    prefix: str = "Cadran"
    """Data sources are called ``<prefix> kpi_value`` and so on; an earlier one of that name is replaced."""
    api_version: str | None = Field(default=None, pattern=r"^\d+\.\d+$")
    """Of the REST API; null: the newest that the server has."""
    timeout_s: float = Field(default=120, gt=0)

    @field_validator("server")
    @classmethod
    def _https(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or (parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _HERE)):
            raise ValueError("write it as https://host: the token travels in every request")
        return value


_HERE = ("localhost", "127.0.0.1", "::1")
