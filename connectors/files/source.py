"""Files of several kinds as a source. What cannot be read is refused, and only it."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import BadValue, Cursor, NormaliseContext, Page, Place, Raw, Reach, ReadContext, Row, Stream
from connectors.errors import ConfigurationError, FilesRefused
from connectors.files import normalise
from connectors.files.kinds import KINDS
from connectors.files.places import Standing, files_of, shown, standing_of
from connectors.files.reading import Ids, lines_of, opened, settle
from connectors.files.settings import Entry, FilesSettings
from connectors.files.streams import STREAMS

log = logging.getLogger("cadran.files")

PAGE_LINES = 5_000
SHOWN_FAULTS = 5
"""Lines that cannot be read which ``check`` quotes of a file; the others are counted."""


class FilesSource:
    """The files of one section of the settings."""

    type = "files"

    def __init__(self, id: str, settings: FilesSettings, base: Path) -> None:
        self.id = id
        self._base = base
        self._entries = settings.entries
        self._is_watched = settings.watch
        self._settle_s = settings.settle_seconds

    def streams(self) -> tuple[Stream, ...]:
        """One for each kind that an entry names."""
        kinds = {entry.kind for entry in self._entries}
        return tuple(stream for name, stream in STREAMS.items() if name in kinds)

    def check(self) -> Reach:
        """Every file's shape, and how many of its lines look right. Raises :class:`ConfigurationError` naming all that would be refused."""
        notes, refused = [], []
        for number, entry in enumerate(self._entries):
            try:
                for file in self._files(number, entry):
                    try:
                        notes += self._findings(file, number, entry)
                    except ConfigurationError as error:
                        refused.append(str(error))
            except ConfigurationError as error:
                refused.append(str(error))
        if refused:
            raise ConfigurationError(f"{self.id}: " + "; ".join(refused))
        name = ", ".join(dict.fromkeys(entry.path for entry in self._entries))
        return Reach(str(self._base), name, None, None, notes=tuple(notes))

    def describe(self, known: Mapping[str, Any] | None = None, now: datetime | None = None) -> Mapping[str, Any]:
        """The kinds that are read. Which files there are is looked at when they are."""
        return {"kinds": [stream.name for stream in self.streams()]}

    def read(self, stream: Stream, cursor: Cursor, context: ReadContext) -> Iterator[Page]:
        """Every file of the kind, whole, whatever the cursor; an entry after the other, in order of name.

        What is refused comes last, as :class:`FilesRefused`: until it is mended, the rows of the last sync stay.
        """
        refused: list[str] = []
        ids = Ids()
        for number, entry in enumerate(self._entries):
            if entry.kind != stream.name:
                continue
            try:
                files = self._files(number, entry)
            except ConfigurationError as error:
                refused.append(str(error))
                continue
            for file in files:
                try:
                    yield from self._pages(file, number, entry, ids)
                except ConfigurationError as error:
                    refused.append(str(error))
        if refused:
            raise FilesRefused(self.id, tuple(refused))

    def normalise(self, stream: Stream, record: Raw, context: NormaliseContext) -> Iterator[Row]:
        kind = next(name for name in KINDS if name == stream.name)
        return normalise.rows(record, kind, self._entries[record["entry"]], context)

    def standing(self) -> Standing | None:
        """How the files stand now, for :mod:`sync.watching`; None while some of them cannot be looked at. Empty: not watched."""
        if not self._is_watched:
            return {}
        try:
            found = [file for number, entry in enumerate(self._entries) for file in self._files(number, entry)]
            return standing_of(found)
        except (ConfigurationError, OSError):
            return None

    def close(self) -> None:
        """Nothing is held open."""

    def _files(self, number: int, entry: Entry) -> list[Path]:
        return files_of(self._base, entry.path, f"sources.{self.id}.entries[{number}].path")

    def _pages(self, file: Path, number: int, entry: Entry, ids: Ids) -> Iterator[Page]:
        name = shown(file, self._base)
        settle(file, name, self._settle_s)
        found = opened(file, name, entry)
        if found.columns.ignored:
            log.info("%s: columns that are not read: %s", found.name, ", ".join(found.columns.ignored))
        lines = lines_of(found, number, entry, ids)
        while page := list(islice(lines, PAGE_LINES)):
            yield Page(page)

    def _findings(self, file: Path, number: int, entry: Entry) -> list[str]:
        found = opened(file, shown(file, self._base), entry)
        faults: list[str] = []
        count = 0
        for record in lines_of(found, number, entry, Ids()):
            count += 1
            try:
                list(normalise.rows(record, entry.kind, entry, _apart(record)))
            except BadValue as bad:
                faults.append(str(bad))
        notes = [f"{found.name} ({entry.kind}): {count - len(faults)} read, {len(faults)} set aside", *faults[:SHOWN_FAULTS]]
        if found.columns.ignored:
            notes.append(f"{found.name}: columns that are not read: {', '.join(found.columns.ignored)}")
        return notes


def _apart(record: Raw) -> NormaliseContext:
    """What a line is looked at with where nobody knows the company yet: its currency is taken for the company's own."""
    return NormaliseContext(ZoneInfo("UTC"), record.get("currency") or "EUR", lambda *_: None, lambda text: text)


def build(section_id: str, settings: FilesSettings, place: Place) -> FilesSource:
    """The source as the settings describe it; relative paths are looked up beside the settings file."""
    return FilesSource(section_id, settings, place.base)
