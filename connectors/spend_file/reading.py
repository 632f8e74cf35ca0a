"""From the bytes of a spend file to records, and from a record's text to values. Pure but for :func:`read_file`.

What is wrong with the file is a :class:`ConfigurationError` with file and line; what is wrong with one line is a
:class:`BadValue` with file and line, raised when the record is made into a cost, so that only that line is set aside.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from connectors.base import BadValue, Raw
from connectors.errors import ConfigurationError
from connectors.tabular import cells
from connectors.tabular.cells import Form as Form
from connectors.tabular.headings import WrongShape, found_columns
from connectors.tabular.sheets import csv_sheet

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


def read_file(path: Path, form: Form) -> Contents:
    """The lines of one file as records: its cells as text, its name, the line number, and the cost's id.

    The id is made of all that describes a cost but its amount, so a line read again replaces itself and an amount that
    was corrected updates; lines that describe the same cost are told apart by their order.
    Raises :class:`ConfigurationError` with file and line when the file cannot be read as a spend file.
    """
    sheet = csv_sheet(path, HEADINGS)
    required = {name: " (or set default_currency)" if name == "currency" else "" for name in REQUIRED}
    if form.default_currency:
        del required["currency"]
    try:
        columns = found_columns(sheet.header, HEADINGS, required)
    except WrongShape as wrong:
        raise ConfigurationError(f"{path}:{sheet.line}: {wrong}") from None
    seen: Counter[str] = Counter()
    records: list[Raw] = []
    for line, texts in sheet.lines:
        record: Raw = {name: texts[index].strip() if index < len(texts) else "" for name, index in columns.places.items()}
        record |= {"file": path.name, "line": line, "surplus": sum(1 for text in texts[len(sheet.header) :] if text.strip())}
        described = "\x1f".join([path.name, *(record.get(name, "") for name in COLUMNS if name != "amount")])
        seen[described] += 1
        digest = hashlib.sha256(f"{described}\x1f{seen[described]}".encode()).hexdigest()
        records.append(record | {"cost_id": digest[:24]})
    return Contents(tuple(records), columns.ignored)


def to_cost(record: Raw, form: Form) -> Cost:
    """The record's text as values. Raises :class:`BadValue` with file, line and what to write instead."""
    try:
        if record["surplus"]:
            raise BadValue("more cells than the header has; put cells that hold the separator into quotation marks")
        return Cost(
            cost_on=cells.day(record["date"], form),
            amount=cells.number(record["amount"], form),
            currency=cells.currency(record.get("currency", ""), form),
            kind=kind_of(record["kind"]),
            channel=cells.slug(record.get("channel", "")),
            campaign=record.get("campaign") or None,
            note=record.get("note") or None,
        )
    except BadValue as bad:
        raise BadValue(f"{record['file']}:{record['line']}: {bad}") from None


def kind_of(text: str) -> Kind:
    """What a cost is for, in English or French."""
    kind = KINDS.get(cells.plain(text))
    if kind is None:
        raise BadValue(f"kind: {text!r} is neither marketing nor sales")
    return kind
