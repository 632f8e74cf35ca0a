"""What a person sets for SEMrush."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, SecretStr, field_validator, model_validator

from config.sections import Field, Section, SourceSection
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


class Tracking(Section):
    """A position-tracking campaign of a Semrush project."""

    campaign: str = Field(pattern=r"^\d+_\d+$", description="Its id, such as 103580023_16852.")
    url: str = Field(min_length=1, description='The mask that it tracks, such as "*.example.com/*".')


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
    report: Report | None = None
    """One report; the short form of ``reports``."""
    reports: tuple[Report, ...] = ("domain_rank_history",)
    """``domain_rank_history``: a line a month, or ``domain_ranks``: one line, the month as it stands now. ``domain_organic`` and
    ``domain_adwords``: the keywords that bring most traffic. ``position_tracking``: daily visibility of ``tracking``."""
    competitors: Names = ()
    """Domains that are read beside yours in the overview reports. They never count as spend."""
    keyword_lines: int = Field(default=100, ge=1, le=100_000)
    """Keywords read of each domain and database, those with most traffic first; a line each."""
    keyword_refresh_days: int = Field(default=28, ge=1, le=28)
    """Keywords are bought again after this many days."""
    tracking: tuple[Tracking, ...] = ()
    """Position-tracking campaigns whose visibility is read."""
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

    @field_validator("domain", "competitors")
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

    @model_validator(mode="after")
    def _reports_that_go_together(self) -> Self:
        if {"domain_rank_history", "domain_ranks"} <= set(self.chosen):
            raise ValueError("reports: domain_rank_history and domain_ranks tell of the same months; name one of them")
        if ("position_tracking" in self.chosen) != bool(self.tracking):
            raise ValueError("reports: position_tracking and tracking need each other: name the campaigns that are read")
        if len({one.campaign for one in self.tracking}) < len(self.tracking):
            raise ValueError("tracking: name each campaign once")
        if not self.chosen:
            raise ValueError("reports: name at least one")
        if both := sorted(set(self.competitors) & set(self.domain)):
            raise ValueError(f"competitors: {both[0]} is your own domain")
        return self

    @property
    def chosen(self) -> tuple[Report, ...]:
        """The reports that are read, each once."""
        return (self.report,) if self.report is not None else tuple(dict.fromkeys(self.reports))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(domain, database) of the overview reports, in the order they are read: competitors last."""
        return tuple((domain, database) for domain in (*self.domain, *self.competitors) for database in self.database)

    @property
    def own_pairs(self) -> tuple[tuple[str, str], ...]:
        """Those of one's own domains, whose keywords are read."""
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
