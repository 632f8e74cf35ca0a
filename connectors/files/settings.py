"""What a person sets for files."""

import codecs
from typing import Literal, Self

from pydantic import field_validator, model_validator

from config.sections import Field, Section, SourceSection
from connectors.files.kinds import KINDS, KindName
from connectors.tabular.cells import Form, checked_date_format
from kpi.text import Text


class Entry(Section):
    """One file, folder or pattern, and how to read what is there."""

    kind: KindName
    path: str = Field(
        min_length=1,
        description="A file, a folder (every *.csv and *.parquet in it) or a pattern, relative to the settings file.",
    )
    mapping: dict[str, str] = Field(default_factory=dict)
    """Our column -> the file's heading, where they differ."""
    defaults: dict[str, str] = Field(default_factory=dict)
    """Our column -> what an empty or missing cell holds, as it would be written in the file."""
    decimal: Literal[".", ","] = "."
    """The decimal separator. With ``,`` numbers such as ``1 234,56`` are read."""
    date_format: str | None = None
    """Python's strptime form such as ``%d/%m/%Y``; null: ISO dates, 2026-03-15."""
    encoding: str = "utf-8"
    """Of CSV files: ``utf-8`` (with or without its mark), ``windows-1252``, ``utf-16`` …"""

    _names_a_day = field_validator("date_format")(checked_date_format)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError("not an encoding such as utf-8 or windows-1252") from None

    @model_validator(mode="after")
    def _columns_of_its_kind(self) -> Self:
        columns = KINDS[self.kind].columns
        for key, named in (("mapping", self.mapping), ("defaults", self.defaults)):
            for name in named:
                if name not in columns:
                    raise ValueError(f"{key}: {self.kind} have no column {name}; they have {', '.join(columns)}")
        return self

    @property
    def form(self) -> Form:
        return Form(self.decimal, self.date_format)


class FilesSettings(SourceSection):
    """Section ``files``. Only ``entries`` must be given."""

    type: str = "files"
    base_url: str = "file:"
    """Not used: nothing is asked over a network."""
    entries: list[Entry] = Field(min_length=1)
    settle_seconds: float = Field(default=2.0, ge=0, le=60)
    """A file that was written less than so long ago is waited for: somebody may still be copying it."""
    watch: bool = True
    """Let ``cadran serve`` read new and changed files soon after they came, besides the fixed times."""


SETTINGS = FilesSettings

QUESTIONS: tuple[tuple[str, Text, str], ...] = ()
"""``cadran init`` asks nothing: which columns a file has is for its section to say."""
