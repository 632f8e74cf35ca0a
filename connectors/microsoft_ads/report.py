"""The file of a report: a zip with one CSV, read row by row, so that memory does not grow with it."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence

from connectors.ads.days import Span
from connectors.base import Raw
from connectors.errors import ContractError
from connectors.microsoft_ads.errors import ReportTooBig
from connectors.microsoft_ads.streams import COLUMNS, PAGE_ROWS

LARGEST_BYTES = 1_000_000_000
"""Unpacked. More than ten million rows; what claims to be larger is not unpacked."""


def pages(source_id: str, packed: bytes, span: Span) -> Iterator[list[Raw]]:
    """The rows, a page at a time, under the names of :data:`COLUMNS`.

    Raises :class:`ReportTooBig` before the first row, and :class:`ContractError` for what is not such a file, or has a day that was
    not asked for: a row outside the days that are replaced would stay for ever.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(packed))
        [info] = archive.infolist()
    except (zipfile.BadZipFile, ValueError):
        raise ContractError(source_id, "the report is not a zip with one file") from None
    if info.file_size > LARGEST_BYTES:
        raise ReportTooBig(f"{source_id}: the report of {span.first} to {span.last} unpacks to {info.file_size:,} bytes")
    try:
        # A zip file gives no more than the size it claims.
        with archive.open(info) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            yield from _pages(source_id, csv.reader(text), span)
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, csv.Error, NotImplementedError, RuntimeError) as error:
        raise ContractError(source_id, f"the report cannot be read ({type(error).__name__})") from None


def _pages(source_id: str, lines: Iterator[list[str]], span: Span) -> Iterator[list[Raw]]:
    names = _names(source_id, next(lines, []))
    first, last = span.first.isoformat(), span.last.isoformat()
    page: list[Raw] = []
    for cells in lines:
        if not cells:
            continue
        if len(cells) != len(names):
            raise ContractError(source_id, f"a line of the report has {len(cells)} cells where its head has {len(names)}")
        record = dict(zip(names, cells, strict=True))
        day = record["TimePeriod"]
        if re.fullmatch(r"\d{4}-\d\d-\d\d", day) and not first <= day <= last:
            raise ContractError(
                source_id,
                f"Microsoft answered for {day} where it was asked for {first} to {last}; nothing of that report is kept",
            )
        page.append(record)
        if len(page) == PAGE_ROWS:
            yield page
            page = []
    if page:
        yield page


def _names(source_id: str, head: Sequence[str]) -> list[str]:
    """The column names of a head, ours where they are ours; whether Microsoft puts blanks into them (``Campaign name``) is not confirmed."""
    ours = {name.lower(): name for name in COLUMNS}
    names = [ours.get(re.sub(r"[^a-z]", "", cell.lower()), cell.strip()) for cell in head]
    if lacking := [name for name in COLUMNS if name not in names]:
        raise ContractError(source_id, f"the report lacks the column {', '.join(lacking)}")
    return names
