"""CSV, for programs and for Excel.

A text that begins like a formula would be one when a spreadsheet opens the file, and the names of campaigns, deals and companies are
what somebody else typed: such a text gets an apostrophe in front, as OWASP advises ("CSV Injection", read 2026-11-22). The same holds
within a text after what another program may take for the end of a cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from kpi.sql import literal
from sync.publish.bi.schema import INSTANT, NUMBER, TEXT, Column, Table
from sync.publish.bi.tables import Tables

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's old code page."""

BEGINS = r"^(\s*[=+\-@＝＋－＠]|[\t\r\n])"
WITHIN = r"([;,\t\r\n]\s*)([=+\-@＝＋－＠])"
_BEFORE, _AFTER = r"'\1", r"\1'\2"
"""What they become: RE2's words, as DuckDB has them."""


@dataclass(frozen=True)
class Form:
    delimiter: str
    decimal: str
    has_bom: bool


_PLAIN = Form(",", ".", has_bom=False)
PLAIN: Mapping[str, Form] = MappingProxyType({"en": _PLAIN, "fr": _PLAIN})
"""What programs read."""
EXCEL: Mapping[str, Form] = MappingProxyType({"en": Form(",", ".", has_bom=True), "fr": Form(";", ",", has_bom=True)})
"""What Excel opens with a double click, by the language that it is set to."""


def write_csv(made: Tables, table: Table, path: Path, form: Form) -> None:
    """One header line, UTF-8, days as 2026-09-01, instants as 2026-09-01T08:00:00Z. An empty cell is null, or an empty text."""
    columns = [f'{_cell(column, form)} AS "{column.name}"' for column in table.columns]
    if form.has_bom:
        columns[0] = f'{_cell(table.columns[0], form)} AS "{BOM}{table.columns[0].name}"'
    made.con.execute(
        f"COPY (SELECT {', '.join(columns)} FROM ({made.query(table)})) TO {literal(str(path))} "
        f"(FORMAT csv, HEADER true, DELIMITER {literal(form.delimiter)}, QUOTE '\"', ESCAPE '\"')"
    )


def _cell(column: Column, form: Form) -> str:
    name = f'"{column.name}"'
    if column.type == TEXT:
        within = f"regexp_replace({name}, {literal(WITHIN)}, {literal(_AFTER)}, 'g')"
        return f"regexp_replace({within}, {literal(BEGINS)}, {literal(_BEFORE)})"
    if column.type == NUMBER:
        plain = f"regexp_replace(CAST({name} AS VARCHAR), '\\.?0+$', '')"
        return f"replace({plain}, '.', {literal(form.decimal)})" if form.decimal != "." else plain
    if column.type == INSTANT:
        return f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"
    return name
