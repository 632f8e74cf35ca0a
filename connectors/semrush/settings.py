"""What a person sets for SEMrush."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, SecretStr, field_validator

from config.sections import Field, SourceSection
from connectors.semrush.prices import Report
from kpi.text import Text

API_URL = "https://api.semrush.com"
WWW_URL = "https://www.semrush.com"

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_DATABASE = re.compile(r"(mobile-)?[a-z]{2}(-ext)?")


def _several(value: Any) -> Any:
    """One name, names separated by commas (environment variables), or a list: always a list, each name once."""
    names = re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
        return tuple(dict.fromkeys(name.strip().lower() for name in names if name.strip()))
    return names


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


class SemrushSettings(SourceSection):
    """Section ``semrush``. ``domain`` and ``database`` take one value or a list; every pair of them is read and billed."""

    type: str = "semrush"
    base_url: str = API_URL
    www_base_url: str | None = None
    """Where the balance is asked; null: Semrush's site, or the host of ``base_url`` when that is changed."""
    key: SecretStr
    domain: Names = Field(min_length=1, validation_alias=AliasChoices("domain", "domains"))
    database: Names = Field(default=("fr",), min_length=1, validation_alias=AliasChoices("database", "databases"))
    """Regional databases: ``fr``, ``us``, ``mobile-fr`` …"""
    report: Report = "domain_rank_history"
    """``domain_rank_history``: a line a month. ``domain_ranks``: one line, the month as it stands now."""
    history_months: int = Field(default=25, ge=1, le=240)
    """Months of history at most, this one included; a line each. ``history_start`` shortens it further."""
    refresh_days: int = Field(default=7, ge=1, le=28)
    """The newest months are asked again after this many days, not on every run: estimates move once a month."""
    max_units_per_run: int = Field(default=2000, ge=0)
    """No run spends more API units than this."""
    unit_prices: Mapping[Report, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """Units per line where your contract differs from the list price."""
    count_estimate_as_spend: bool = False
    """Let the estimated Google Ads cost stand for spend that the company has no other figure for.

    Every value it enters is then labelled an estimate. Leave it off when Google Ads is connected or the spend is in the
    spend file, or the same money counts twice.
    """

    @field_validator("domain")
    @classmethod
    def _bare_domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_DOMAIN.fullmatch(name) for name in value):
            raise ValueError("write the bare domain, such as example.com: no https://, no path")
        return value

    @field_validator("database")
    @classmethod
    def _known_shape(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_DATABASE.fullmatch(name) for name in value):
            raise ValueError("a database is a country code such as fr, us or uk, or mobile-fr")
        return value

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(domain, database), in the order they are read."""
        return tuple((domain, database) for domain in self.domain for database in self.database)

    @property
    def balance_url(self) -> str:
        """Where the account's API units are counted (free of charge)."""
        if self.www_base_url is not None:
            host = self.www_base_url
        elif self.base_url.rstrip("/") == API_URL:
            host = WWW_URL
        else:
            parts = urlsplit(self.base_url)
            host = f"{parts.scheme}://{parts.netloc}"
        return f"{host.rstrip('/')}/users/countapiunits.html"


SETTINGS = SemrushSettings

QUESTIONS = (
    ("domain", Text("Your domain", "Votre domaine"), "example.com"),
    ("database", Text("SEMrush database", "Base SEMrush"), "fr"),
)
"""What ``cadran init`` asks."""
