"""What a person sets for a spend file."""

import time
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import field_validator

from config.sections import Field, SourceSection
from connectors.values import is_currency
from kpi.text import Text


class SpendFileSettings(SourceSection):
    """Section ``spend_file``. Only ``path`` must be given."""

    type: str = "spend_file"
    base_url: str = "file:"
    """Not used: nothing is asked over a network."""
    path: Path = Field(description="A CSV file, or a folder of which every *.csv is read; relative to the settings file.")
    default_currency: str | None = None
    """ISO 4217 code of lines that name none; null: every line must."""
    decimal: Literal[".", ","] = "."
    """The decimal separator. With ``,`` amounts such as ``1 234,56`` are read."""
    date_format: str | None = None
    """Python's strptime form such as ``%d/%m/%Y``; null: ISO dates, 2026-03-15."""

    @field_validator("default_currency")
    @classmethod
    def _iso_4217(cls, value: str | None) -> str | None:
        if value is not None and not is_currency(value):
            raise ValueError("not an ISO 4217 currency code such as EUR")
        return value

    @field_validator("date_format")
    @classmethod
    def _names_a_day(cls, value: str | None) -> str | None:
        if value is None:
            return None
        probe = date(2026, 3, 15)
        try:
            is_day = date(*time.strptime(probe.strftime(value), value)[:3]) == probe
        except ValueError:
            is_day = False
        if not is_day:
            raise ValueError("must name day, month and year, such as %d/%m/%Y")
        return value


SETTINGS = SpendFileSettings

QUESTIONS = (("path", Text("CSV file of other costs", "Fichier CSV des autres coûts"), "costs.csv"),)
"""What ``cadran init`` asks."""
