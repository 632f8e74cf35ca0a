"""The lines of a file: CSV as a person saved it, or Parquet. What is wrong with the file is a :class:`ConfigurationError`."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.errors import ConfigurationError
from connectors.tabular.cells import Form, plain

DELIMITERS = (",", ";", "\t")

FETCHED = 10_000
"""Lines of a Parquet file that are in memory at a time."""


@dataclass(frozen=True)
class Sheet:
    """A file's header and lines, each with its number. The lines can be gone through once."""

    line: int
    header: Sequence[str]
    lines: Iterator[tuple[int, Sequence[str]]]


def csv_sheet(path: Path, known: Collection[str], encoding: str = "utf-8") -> Sheet:
    """A CSV file, blank lines left out; a line's number is that of the line it begins on.

    ``known``: headings in plain form, by which the delimiter is found. Raises :class:`ConfigurationError` with file and line when it
    cannot be opened, is not of that encoding, or, while it is gone through, leaves a quotation mark open.
    """
    text = _text(path, encoding)
    delimiter, skipped = _delimiter(text, known)
    rows = _rows(path, text, delimiter, skipped)
    line, header = next(rows, (1, [""]))
    return Sheet(line, header, rows)


def _text(path: Path, encoding: str) -> str:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror or type(error).__name__})") from None
    try:
        return body.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        named = "UTF-8" if encoding == "utf-8" else encoding
        raise ConfigurationError(f"{path}:{line}: this is not {named}; save the file as “CSV UTF-8”") from None


def _delimiter(text: str, known: Collection[str]) -> tuple[str, int]:
    """The separator under which the first line names most of our columns, and how many lines come before the header.

    The header decides, not the body: amounts and notes hold commas and semicolons of their own.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    declared = re.fullmatch(r"sep=(.)", first)  # Excel's own first line
    if declared and declared[1] in DELIMITERS:
        return declared[1], 1
    ours = {d: sum(plain(cell) in known for cell in next(csv.reader([first], delimiter=d), [])) for d in DELIMITERS}
    return max(DELIMITERS, key=lambda d: ours[d]), 0


def _rows(path: Path, text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    # Strict: an open quotation mark would otherwise swallow every line after it without a word.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if begins > skipped and any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ConfigurationError(
            f"{path}:{begins}: the line that begins here is not CSV ({error}); is a quotation mark left open?"
        ) from None


def parquet_sheet(path: Path, form: Form) -> Sheet:
    """A Parquet file, read by DuckDB. Its numbers and days are given as text in the file's declared ``form``, so that a typed
    cell and a written one are read alike; the header counts as line 0, rows from 1.

    Raises :class:`ConfigurationError` when it cannot be opened as one.
    """
    import duckdb

    con = duckdb.connect(config={"threads": 1})
    try:
        con.execute("SET TimeZone='UTC'")
        read = "FROM read_parquet($1, hive_partitioning = false)"
        types = con.execute(f"DESCRIBE SELECT * {read}", [_literal(path)]).fetchall()
        # As text: of instants with a zone DuckDB makes Python objects only where pytz is installed.
        zoned = ", ".join(f"CAST({_quoted(name)} AS VARCHAR) AS {_quoted(name)}" for name, kind, *_ in types if kind in _ZONED)
        con.execute(f"SELECT * {f'REPLACE ({zoned})' if zoned else ''} {read}", [_literal(path)])
    except duckdb.Error as error:
        con.close()
        why = str(error).splitlines()[0]
        raise ConfigurationError(f"{path}: cannot be read as Parquet ({why})") from None
    header = [column[0] for column in con.description or ()]

    def lines() -> Iterator[tuple[int, Sequence[str]]]:
        line = 0
        try:
            while rows := con.fetchmany(FETCHED):
                for row in rows:
                    line += 1
                    yield line, [_written(cell, form) for cell in row]
        except duckdb.Error as error:
            raise ConfigurationError(f"{path}: row {line + 1} cannot be read ({str(error).splitlines()[0]})") from None
        finally:
            con.close()

    return Sheet(0, header, lines())


_ZONED = frozenset({"TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE"})


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(path: Path) -> str:
    """The path itself and nothing else: DuckDB reads ``*``, ``?`` and ``[`` in a file's name as a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def _written(cell: Any, form: Form) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        cell = Decimal(repr(cell))
    if isinstance(cell, int | Decimal):
        return f"{cell:f}".replace(".", form.decimal) if isinstance(cell, Decimal) else str(cell)
    if isinstance(cell, datetime | date):
        return cell.strftime(form.date_format) if form.date_format is not None else cell.isoformat()
    return str(cell)
