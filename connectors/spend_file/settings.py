"""What a person sets for a spend file."""

from pathlib import Path
from typing import Literal

from pydantic import field_validator

from config.sections import Field, SourceSection
from connectors.tabular.cells import checked_currency, checked_date_format
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

    _iso_4217 = field_validator("default_currency")(checked_currency)
    _names_a_day = field_validator("date_format")(checked_date_format)


SETTINGS = SpendFileSettings

QUESTIONS = (("path", Text("CSV file of other costs", "Fichier CSV des autres coûts"), "costs.csv"),)
"""What ``cadran init`` asks."""
