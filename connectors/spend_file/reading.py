"""From the bytes of a spend file to records, and from a record's text to values. Pure but for :func:`read_file`.

What is wrong with the file is a :class:`ConfigurationError` with file and line; what is wrong with one line is a
:class:`BadValue` with file and line, raised when the record is made into a cost, so that only that line is set aside.
"""

import csv
import difflib
import hashlib
import io
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from unicodedata import combining, normalize

from connectors.base import BadValue, Raw
from connectors.errors import ConfigurationError
from connectors.values import is_currency
from kpi.schema import MONEY_SCALE

COLUMNS = ("date", "amount", "currency", "kind", "channel", "campaign", "note")
REQUIRED = ("date", "amount", "currency", "kind")
"""``currency`` only where the settings give no default."""

HEADINGS: Mapping[str, str] = MappingProxyType(
    {name: name for name in COLUMNS}
    | {"montant": "amount", "devise": "currency", "nature": "kind", "canal": "channel", "campagne": "campaign"}
)
"""What a column may be called; case and accents do not matter. ``date`` and ``note`` are the same word in French."""

Kind = Literal["marketing", "sales"]
KINDS: Mapping[str, Kind] = MappingProxyType(
    {"marketing": "marketing", "sales": "sales", "vente": "sales", "ventes": "sales", "commercial": "sales"}
)

DELIMITERS = (",", ";", "\t")

_SPACES = " \u00a0\u2009\u202f"
"""A space, and the no-break, thin and narrow no-break spaces that French spreadsheets put between thousands."""
_WHOLE = rf"(?:\d{{1,3}}(?:[{_SPACES}]\d{{3}})+|\d+)"
_AMOUNTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {".": re.compile(rf"[+-]?{_WHOLE}(?:\.\d+)?"), ",": re.compile(rf"[+-]?{_WHOLE}(?:,\d+)?")}
)
_LARGEST = Decimal(10) ** (18 - MONEY_SCALE)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Form:
    """How values are written in the file, from the settings."""

    decimal: str = "."
    date_format: str | None = None
    default_currency: str | None = None


@dataclass(frozen=True)
class Cost:
    """One line, read."""

    cost_on: date
    amount: Decimal
    """Negative for a credit note."""
    currency: str
    kind: Kind
    channel: str | None
    """A slug; None when the line names no channel."""
    campaign: str | None
    note: str | None


@dataclass(frozen=True)
class Contents:
    """A file's lines, and the headings in it that are none of ours."""

    records: tuple[Raw, ...]
    ignored: tuple[str, ...]


# --- The file ------------------------------------------------------------------------------------------


def read_file(path: Path, form: Form) -> Contents:
    """The lines of one file as records: its cells as text, its name, the line number, and the cost's id.

    The id is made of all that describes a cost but its amount, so a line read again replaces itself and an amount that
    was corrected updates; lines that describe the same cost are told apart by their order.
    Raises :class:`ConfigurationError` with file and line when the file cannot be read as a spend file.
    """
    text = _text(path)
    delimiter, skipped = _delimiter(text)
    rows = _rows(path, text, delimiter, skipped)
    line, header = next(rows, (1, [""]))
    columns, ignored = _columns(path, header, line, form)
    seen: Counter[str] = Counter()
    records: list[Raw] = []
    for line, cells in rows:
        record: Raw = {name: cells[index].strip() if index < len(cells) else "" for name, index in columns.items()}
        record |= {"file": path.name, "line": line, "surplus": sum(1 for cell in cells[len(header) :] if cell.strip())}
        described = "\x1f".join([path.name, *(record.get(name, "") for name in COLUMNS if name != "amount")])
        seen[described] += 1
        digest = hashlib.sha256(f"{described}\x1f{seen[described]}".encode()).hexdigest()
        records.append(record | {"cost_id": digest[:24]})
    return Contents(tuple(records), ignored)


def _text(path: Path) -> str:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror or type(error).__name__})") from None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{path}:{line}: this is not UTF-8; save the file as “CSV UTF-8”") from None


def _delimiter(text: str) -> tuple[str, int]:
    """The separator under which the first line names most of our columns, and how many lines come before the header.

    The header decides, not the body: amounts and notes hold commas and semicolons of their own.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    declared = re.fullmatch(r"sep=(.)", first)  # Excel's own first line
    if declared and declared[1] in DELIMITERS:
        return declared[1], 1
    known = {d: sum(_plain(cell) in HEADINGS for cell in next(csv.reader([first], delimiter=d), [])) for d in DELIMITERS}
    return max(DELIMITERS, key=lambda d: known[d]), 0


def _rows(path: Path, text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """(number of the line it begins on, cells), blank lines left out."""
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


def _columns(path: Path, header: list[str], line: int, form: Form) -> tuple[dict[str, int], tuple[str, ...]]:
    """Our name -> index, and the headings that are none of ours."""
    found: dict[str, int] = {}
    others: list[str] = []
    for index, heading in enumerate(header):
        name = HEADINGS.get(_plain(heading))
        if name is None:
            others += [heading.strip()] if heading.strip() else []
        elif name in found:
            raise ConfigurationError(f"{path}:{line}: the column {name} is there twice ({heading.strip()})")
        else:
            found[name] = index
    shown = ", ".join(heading.strip() for heading in header if heading.strip()) or "nothing"
    for name in REQUIRED:
        if name not in found and not (name == "currency" and form.default_currency):
            also = " (or set default_currency)" if name == "currency" else ""
            raise ConfigurationError(f"{path}:{line}: the column {name} is missing{also}; found: {shown}")
    for heading in others:
        near = difflib.get_close_matches(_plain(heading), HEADINGS, n=1, cutoff=0.8)
        if near and HEADINGS[near[0]] not in found:
            # A misspelt `channel` that was merely ignored would turn media spend into overhead.
            raise ConfigurationError(f"{path}:{line}: the column {heading} is unknown; did you mean {near[0]}?")
    return found, tuple(others)


def _plain(heading: str) -> str:
    bare = "".join(c for c in normalize("NFKD", heading) if not combining(c))
    return bare.strip().casefold()


# --- The line ------------------------------------------------------------------------------------------


def to_cost(record: Raw, form: Form) -> Cost:
    """The record's text as values. Raises :class:`BadValue` with file, line and what to write instead."""
    try:
        if record["surplus"]:
            raise BadValue("more cells than the header has; put cells that hold the separator into quotation marks")
        return Cost(
            cost_on=_day(record["date"], form.date_format),
            amount=_amount(record["amount"], form.decimal),
            currency=_currency(record.get("currency", ""), form.default_currency),
            kind=_kind(record["kind"]),
            channel=_slug(record.get("channel", "")),
            campaign=record.get("campaign") or None,
            note=record.get("note") or None,
        )
    except BadValue as bad:
        raise BadValue(f"{record['file']}:{record['line']}: {bad}") from None


def _day(text: str, date_format: str | None) -> date:
    if date_format is not None:
        try:
            return date(*time.strptime(text, date_format)[:3])
        except ValueError:
            raise BadValue(f"date: {text!r} is not a day written as {date_format}") from None
    if not _ISO_DATE.fullmatch(text):
        raise BadValue(f"date: {text!r} is not written as 2026-03-15; other forms need date_format in the settings")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadValue(f"date: there is no day {text}") from None


def _amount(text: str, decimal: str) -> Decimal:
    written = text.replace("\u2212", "-")  # the typographic minus sign
    if not _AMOUNTS[decimal].fullmatch(written):
        other = "," if decimal == "." else "."
        hint = f"; the settings say decimal: {decimal!r}" if other in text and re.search(r"\d", text) else ""
        raise BadValue(f"amount: {text!r} is not a number{hint}")
    value = Decimal(re.sub(rf"[{_SPACES}]", "", written).replace(",", "."))
    if abs(value) >= _LARGEST:
        raise BadValue(f"amount: {text!r} is too large")
    return value


def _currency(text: str, default: str | None) -> str:
    code = text.upper() or default
    if code is None:
        raise BadValue("currency: missing; write it or set default_currency in the settings")
    if not is_currency(code):
        raise BadValue(f"currency: {text!r} is not an ISO 4217 code such as EUR")
    return code


def _kind(text: str) -> Kind:
    kind = KINDS.get(_plain(text))
    if kind is None:
        raise BadValue(f"kind: {text!r} is neither marketing nor sales")
    return kind


def _slug(text: str) -> str | None:
    """A channel as a slug; what channel that is in the common list is decided where spend is joined."""
    return re.sub(r"[\W_]+", "_", _plain(text)).strip("_") or None
