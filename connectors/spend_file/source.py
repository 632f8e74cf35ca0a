"""A spend file, or a folder of them, as a source."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.base import BadValue, Cursor, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ConfigurationError
from connectors.spend_file import normalise
from connectors.spend_file.reading import Contents, Form, read_file, to_cost
from connectors.spend_file.settings import SpendFileSettings
from connectors.spend_file.streams import COSTS

log = logging.getLogger("cadran.spend_file")

SHOWN_FAULTS = 5
"""Lines that cannot be read which ``check`` quotes; the others are counted."""


class SpendFileSource:
    """The costs of one section of the settings. ``path`` is absolute or relative to the working folder."""

    type = "spend_file"

    def __init__(self, id: str, settings: SpendFileSettings, path: Path) -> None:
        self.id = id
        self._path = path
        self._form = Form(settings.decimal, settings.date_format, settings.default_currency)
        self._default_currency = settings.default_currency

    def streams(self) -> tuple[Stream, ...]:
        return (COSTS,)

    def check(self) -> Reach:
        """Read everything once and say what would be set aside. Raises :class:`ConfigurationError` for a missing or broken file."""
        notes: list[str] = []
        for file in self._files():
            notes += self._findings(file)
        return Reach(str(self._path), self._path.name, self._default_currency, None, notes=tuple(notes))

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        """The names of the files."""
        return {"files": [file.name for file in self._files()]}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """A page a file, in order of name; whole, whatever the cursor."""
        for file in self._files():
            contents = self._contents(file)
            yield Page(contents.records)

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        return normalise.rows(record, context, self._form)

    def close(self) -> None:
        """Nothing is held open."""

    def _files(self) -> list[Path]:
        if self._path.is_file():
            return [self._path]
        if not self._path.is_dir():
            raise ConfigurationError(f"sources.{self.id}.path: there is no file or folder {self._path}")
        files = sorted(file for file in self._path.iterdir() if file.suffix.lower() == ".csv")
        if not files:
            # Not an empty answer: the costs of the last sync would be dropped because a folder was moved.
            raise ConfigurationError(f"sources.{self.id}.path: the folder {self._path} holds no *.csv file")
        return files

    def _contents(self, file: Path) -> Contents:
        contents = read_file(file, self._form)
        if contents.ignored:
            log.warning("%s: columns that are not read: %s", file, ", ".join(contents.ignored))
        return contents

    def _findings(self, file: Path) -> list[str]:
        contents = read_file(file, self._form)
        faults: list[str] = []
        for record in contents.records:
            try:
                to_cost(record, self._form)
            except BadValue as bad:
                faults.append(str(bad))
        readable = len(contents.records) - len(faults)
        notes = [f"{file.name}: {readable} read, {len(faults)} set aside"]
        notes += faults[:SHOWN_FAULTS]
        if contents.ignored:
            notes.append(f"{file.name}: columns that are not read: {', '.join(contents.ignored)}")
        return notes


def build(section_id: str, settings: SpendFileSettings, place: Place) -> SpendFileSource:
    """The source as the settings describe it; a relative ``path`` is looked up beside the settings file."""
    return SpendFileSource(section_id, settings, place.base / settings.path.expanduser())
