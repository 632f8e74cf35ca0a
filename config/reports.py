"""Section ``reports``: which reports are sent, to whom, and when.

Only the form is checked here; whether the KPIs and recipients exist is judged by :mod:`sync.publish.reports.mistakes`, which knows them.
"""

import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from config.sections import Section

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_DAY, LAST_DAY = 1, 28
"""Every month has them."""

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class ReportSettings(Section):
    """A report that is sent once for each week or month, in the reporting zone."""

    name: str = Field(default="", pattern=r"^([a-z][a-z0-9_-]{0,39})?$")
    """What makes it one of several; it stands in file names. Left out: its kind."""
    kind: Literal["weekly", "monthly"]
    follow: list[str] = Field(default_factory=list)
    """Roles and KPIs, as in ``kpis.follow``; empty: those of ``kpis.follow``."""
    to: list[str] = Field(min_length=1)
    """Recipients (``notify.recipients``)."""
    language: Literal["en", "fr"] | None = None
    """None: each recipient's own."""
    day: str | int | None = None
    """Day it is sent on: ``mon`` to ``sun`` of the week after, 1 to 28 of the month after. None: ``mon``, 2."""
    at: str = "08:00"
    """From when on, ``HH:MM``; it waits for the first sync after the period."""
    format: Literal["pdf", "html", "both"] = "pdf"
    """What is attached; the message holds the report itself as well."""

    @field_validator("follow", "to", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("at", mode="before")
    @classmethod
    def _time(cls, value: Any) -> Any:
        """YAML takes 10:30 without quotes for the number 630."""
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise ValueError('write HH:MM in quotes, e.g. "08:00"')
        return value

    @model_validator(mode="after")
    def _day_of_its_kind(self) -> "ReportSettings":
        if self.day is None:
            return self
        if self.kind == "weekly" and self.day not in WEEKDAYS:
            raise ValueError(f"`day` of a weekly report is one of {', '.join(WEEKDAYS)}")
        if self.kind == "monthly" and not (isinstance(self.day, int) and FIRST_DAY <= self.day <= LAST_DAY):
            raise ValueError(f"`day` of a monthly report is {FIRST_DAY} to {LAST_DAY}, which every month has")
        return self

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name or self.kind
