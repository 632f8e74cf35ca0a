"""From a file to records: the lines' cells as text under our names, where each stands, and an id that stays.

The id is made of all that describes a line but its figures, so that a line read again replaces itself and a corrected amount
updates; lines that describe the same are told apart by their order. A line with an id of its own has that one instead.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.base import Raw
from connectors.errors import ConfigurationError
from connectors.files.kinds import KINDS
from connectors.files.settings import Entry
from connectors.tabular.cells import plain
from connectors.tabular.headings import Columns, WrongShape, found_columns
from connectors.tabular.sheets import Sheet, csv_sheet, parquet_sheet

LOOKS = 5
"""How often a file that is being written is looked at before it is left to the next sync."""


@dataclass
class Ids:
    """Ids given out in one read of a kind."""

    described: Counter[str] = field(default_factory=Counter)
    own: dict[str, str] = field(default_factory=dict)
    """Own id -> where it stood first."""

    def of(self, record: Raw, entry: Entry) -> tuple[str, str | None]:
        """The line's id, and where a line with the same own id stood before it."""
        kind, place = KINDS[entry.kind], f"{record['file']}:{record['line']}"
        own = record.get(kind.own_id, "") if kind.own_id else ""
        first = self.own.setdefault(own, place) if own else place
        if own and first == place:
            return _digest(entry.kind, own), None
        told = (record.get(name, "") for name in kind.columns if name not in kind.figures)
        described = _digest(entry.kind, str(record["file"]), *told)
        self.described[described] += 1
        return _digest(described, str(self.described[described])), first if own else None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Opened:
    """A file whose shape is right; its lines can be gone through once."""

    name: str
    sheet: Sheet
    columns: Columns


def opened(path: Path, name: str, entry: Entry) -> Opened:
    """Raises :class:`ConfigurationError` with file, line and what to write when it cannot be read as that kind of file."""
    kind = KINDS[entry.kind]
    chosen = {plain(heading): ours for ours, heading in entry.mapping.items()}
    # A column that was mapped is that one and no other, whatever else the file has.
    headings = {said: ours for said, ours in kind.headings.items() if ours not in entry.mapping and said not in chosen} | chosen
    required = {ours: _instead(ours, entry) for ours in (*kind.required, *entry.mapping) if ours not in entry.defaults}
    try:
        sheet = (
            parquet_sheet(path, entry.form) if path.suffix.lower() == ".parquet" else csv_sheet(path, headings, entry.encoding)
        )
        columns = found_columns(sheet.header, headings, required)
    except WrongShape as wrong:
        raise ConfigurationError(f"{name}:{sheet.line}: {wrong}") from None
    return Opened(name, sheet, columns)


def _instead(ours: str, entry: Entry) -> str:
    heading = entry.mapping.get(ours)
    return f" (mapping says it is called {heading!r})" if heading else " (name it under mapping, or give it under defaults)"


def settle(
    path: Path, name: str, settle_s: float, now: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Give back once nobody writes the file: it is ``settle_s`` old, or stands as it stood so long ago.

    Raises :class:`ConfigurationError` when it is still growing after :data:`LOOKS` such waits: half a file would be read.
    """
    before = _standing(path, name)
    for _ in range(LOOKS):
        if abs(now() - before[0] / 1e9) >= settle_s:
            return
        sleep(settle_s)
        after = _standing(path, name)
        if after == before:
            return  # the file server's clock may be ahead of ours
        before = after
    raise ConfigurationError(f"{name}: somebody is still writing it; it is read at the next sync")


def _standing(path: Path, name: str) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise ConfigurationError(f"{name}: cannot be read ({error.strerror or type(error).__name__})") from None
    return found.st_mtime_ns, found.st_size


def lines_of(found: Opened, number: int, entry: Entry, ids: Ids) -> Iterator[Raw]:
    """The file's lines as records. ``number``: the entry's place in the settings, from 0."""
    kind = KINDS[entry.kind]
    for line, texts in found.sheet.lines:
        record: Raw = {name: texts[index].strip() if index < len(texts) else "" for name, index in found.columns.places.items()}
        record |= {name: text for name, text in entry.defaults.items() if not record.get(name)}
        surplus = sum(1 for text in texts[len(found.sheet.header) :] if text.strip())
        record |= {"entry": number, "file": found.name, "line": line, "surplus": surplus}
        line_id, repeats = ids.of(record, entry)
        if repeats is not None:
            record["repeats"] = repeats
        click = record.get("click_id") if "click_id" in kind.columns else None
        # `cadran forget` finds a click by the parts of its record's id.
        yield record | {"line_id": f"{line_id}|{click}" if click else line_id}
