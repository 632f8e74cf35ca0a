"""One export from start to end: the tables, a folder, a format, and the note of what was written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from kpi.text import Text
from sync.house import House
from sync.progress import Progress
from sync.publish.bi import schema
from sync.publish.bi.place import NOTE, ExportRefused, Place, can_be_written, filling, left_over, noted
from sync.publish.bi.tables import Choice, Tables, tables

Format = Literal["parquet", "csv", "hyper", "pbip"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True)
class Exported:
    """What was written."""

    format: Format
    folder: Path
    rows: Mapping[str, int | None]
    """File -> rows; None: it is no table."""
    bytes: Mapping[str, int]
    as_of: str
    """Of the sync whose results these are: UTC, ISO 8601."""
    too_large: int
    """Numbers left empty because they have more than twelve digits before the point."""
    left_over: list[str]
    """Files that an earlier export wrote there and this one did not."""
    kept: list[str]
    """Files of ours that somebody changed: they stay as they are."""

    def to_json(self) -> dict[str, Any]:
        files = [{"file": name, "rows": rows, "bytes": self.bytes[name]} for name, rows in self.rows.items()]
        return {
            "format": self.format,
            "folder": str(self.folder),
            "as_of": self.as_of,
            "files": files,
            "too_large": self.too_large,
            "left_over": self.left_over,
            "kept": self.kept,
        }


def export(house: House, format: Format, folder: Path, choice: Choice, progress: Progress, *, excel: bool = False) -> Exported:
    """Put the current results into ``folder``. Raises :class:`ExportRefused`; then the folder is as it was."""
    folder = folder.expanduser().absolute()
    write = _writer(format, excel=excel)
    last = house.ledger.last_run("sync")
    if last is None or last.as_of is None:
        raise ExportRefused("nothing has been synced yet: run `cadran sync` first")
    as_of = last.as_of.strftime("%Y-%m-%dT%H:%M:%SZ")
    can_be_written(folder)
    with tables(house, choice, progress) as made, filling(folder) as place:
        if not made.kpis:
            raise ExportRefused("nothing that was computed fits: ask for other KPIs, dimensions or days")
        earlier = noted(folder)
        kept = write(place, made, progress, earlier)
        files = {name: _note_of(place, name, rows) for name, rows in place.rows.items()}
        files |= {name: earlier["files"][name] for name in kept if name in earlier.get("files", {})}
        note = {"format": format, "as_of": as_of, "locale": house.locale, "too_large": made.too_large, "files": files}
        place.text(NOTE, orjson.dumps(note, option=orjson.OPT_INDENT_2).decode() + "\n")
        rest = left_over(folder, earlier, files)
    return Exported(format, folder, dict(place.rows), place.sizes(), as_of, made.too_large, rest, kept)


def _note_of(place: Place, name: str, rows: int | None) -> dict[str, Any]:
    """A file's line in the note; of one that people may change, how it was."""
    return {"rows": rows} if rows is not None else {"sha256": place.digest(name)}


Writer = Callable[[Place, Tables, Progress, Mapping[str, Any]], list[str]]
"""Writes a format's files; gives those of the earlier export that it kept as somebody left them."""


def _writer(format: Format, *, excel: bool) -> Writer:
    """Raises :class:`ExportRefused` where what it needs is not installed."""
    if format == "pbip":
        from sync.publish.bi.power_bi import write as write_power_bi

        return write_power_bi
    if format == "hyper":
        from sync.publish.bi.tableau import needs_pantab, write_hyper

        needs_pantab()
        return _each_table("hyper", write_hyper)
    if format == "csv":
        from sync.publish.bi.comma import EXCEL, PLAIN, write_csv

        forms = EXCEL if excel else PLAIN
        return _each_table("csv", lambda made, table, path: write_csv(made, table, path, forms[made.house.locale]))
    from sync.publish.bi.parquet import write_parquet

    return _each_table("parquet", write_parquet)


def _each_table(ending: str, one: Callable[[Tables, schema.Table, Path], None]) -> Writer:
    def write(place: Place, made: Tables, progress: Progress, _earlier: Mapping[str, Any]) -> list[str]:
        for table in schema.TABLES:
            name, count = f"{table.name}.{ending}", made.count(table)
            with progress.step(f"{Text('writing', 'écriture de').in_(made.house.locale)} {name}") as step:
                one(made, table, place.file(name, count))
                step.advance(count)
        return []

    return write
