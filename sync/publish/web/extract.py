"""What a table shows, as a file: for programs, or for a spreadsheet."""

import csv
import io
import re
from collections.abc import Sequence
from decimal import Decimal

from starlette.responses import Response

from kpi.text import Text
from kpi.units import plain
from sync.publish.bi.comma import BEGINS, BOM, EXCEL, PLAIN, WITHIN, Form
from sync.publish.web.page import Look
from sync.publish.web.side_by_side import Cell, Column, Row, Table, choice

FORMS = {"csv": PLAIN, "excel": EXCEL}
LOW, HIGH, BEFORE, NOTE = Text("low", "bas"), Text("high", "haut"), Text("before", "avant"), Text("note", "remarque")


def asked(look: Look) -> str | None:
    """The kind of file that the address names (``?file=csv``, ``?file=excel``). Raises
    :class:`sync.publish.web.filters.BadFilter`."""
    given = look.query.get("file", "")
    return choice("file", given, FORMS) if given else None


def extract(look: Look, table: Table, name: str, kind: str) -> Response:
    """The rows in the order shown, the whole last. Values are exact; what a spreadsheet would take for a formula is a text."""
    form = FORMS[kind][look.locale]
    parts = [_parts(table, place) for place in range(len(table.columns))]
    titles = [_titles(look, column, told, kind) for column, told in zip(table.columns, parts, strict=True)]
    heads = ["key", "name", "period", "start", "end"] if kind == "csv" else [*_first_titles(look, table)]
    lines = [[*heads, *(title for group in titles for title in group)]]
    for row in table.lines:
        told = [_fields(look, cell, of, form) for cell, of in zip(row.cells, parts, strict=True)]
        lines.append([*_first(table, row), *(field for fields in told for field in fields)])
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=form.delimiter).writerows(lines)
    start = f"-{table.start.isoformat()}" if table.start else ""
    return Response(
        (BOM if form.has_bom else "") + written.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}-{table.period}{start}.csv"', "cache-control": "no-store"},
    )


def harmless(text: str) -> str:
    """The same text, with an apostrophe before what would be a formula."""
    return re.sub(BEGINS, r"'\1", re.sub(WITHIN, r"\1'\2", text))


def _parts(table: Table, place: int) -> list[Text]:
    """What stands beside a column's values, where any row has it."""
    cells = [row.cells[place] for row in table.lines]
    figures = [cell.figure for cell in cells if cell.figure]
    has = {
        LOW: any(figure.interval for figure in figures),
        HIGH: any(figure.interval for figure in figures),
        BEFORE: any(cell.change.before for cell in cells),
        NOTE: any(figure.reason or figure.flags for figure in figures),
    }
    return [part for part, is_there in has.items() if is_there]


def _titles(look: Look, column: Column, parts: Sequence[Text], kind: str) -> list[str]:
    if kind == "csv":
        return [column.kpi, *(f"{column.kpi}_{part.en}" for part in parts)]
    return [harmless(column.title), *(harmless(f"{column.title} – {part.in_(look.locale)}") for part in parts)]


def _first_titles(look: Look, table: Table) -> list[str]:
    words = (Text("key", "clé"), Text("period", "période"), Text("from", "du"), Text("to (not included)", "au (exclu)"))
    key, *rest = [text.in_(look.locale) for text in words]
    return [key, table.names.heading, *rest]


def _first(table: Table, row: Row) -> list[str]:
    figure = next((cell.figure for cell in row.cells if cell.figure), None)
    days = [figure.start.isoformat(), figure.end.isoformat()] if figure else ["", ""]
    return [harmless(row.key), harmless(row.label), table.period, *days]


def _fields(look: Look, cell: Cell, parts: Sequence[Text], form: Form) -> list[str]:
    figure = cell.figure
    ends = figure.interval if figure else None
    before = cell.change.before
    told = {
        LOW: _number(ends.low if ends else None, form),
        HIGH: _number(ends.high if ends else None, form),
        BEFORE: _number(before.value if before else None, form),
        NOTE: harmless(
            "; ".join([look.language.text(figure.reason), *look.language.flags(figure)]).strip("; ") if figure else ""
        ),
    }
    return [_number(figure.value if figure else None, form), *(told[part] for part in parts)]


def _number(value: Decimal | None, form: Form) -> str:
    return "" if value is None else plain(value).replace(".", form.decimal)
