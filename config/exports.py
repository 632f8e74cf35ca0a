"""Section ``exports``: what is exported again after every sync, so that other tools read fresh files."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from config.sections import Section


class ExportSettings(Section):
    """One export: ``cadran export FORMAT FOLDER`` with its options."""

    format: Literal["parquet", "csv", "hyper", "pbip"]
    folder: Path
    """Absolute, or from ``~``."""
    kpis: list[str] = Field(default_factory=list)
    """Names; empty: all that are computed."""
    by: list[str] = Field(default_factory=list)
    """Dimensions; empty: all but single deals and companies."""
    people: bool = False
    """Whether labels of owners, deals and companies are their names."""
    excel: bool = False
    """Of ``csv``: as Excel opens it with a double click."""
    publish: bool = False
    """Of ``hyper``: sent to the server of the section ``tableau`` as well."""

    @field_validator("folder")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        value = value.expanduser()
        if not value.is_absolute():
            raise ValueError("write the whole path, from / or ~ on")
        return value

    @model_validator(mode="after")
    def _fits(self) -> "ExportSettings":
        if self.excel and self.format != "csv":
            raise ValueError("`excel` is of the format csv")
        if self.publish and self.format != "hyper":
            raise ValueError("`publish` is of the format hyper")
        return self
