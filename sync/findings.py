"""What is impossible or doubtful in the data, down to single records: ``cadran check --data``.

Read from what the last sync stored; no vendor is asked. Each finding is a note of the marts (:mod:`sync.marts.notes`), which
says by its words what is done with such rows, or the list of records that could not be read at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
import duckdb

from kpi.text import Text
from sync import render
from sync.house import House
from sync.marts.desk import Note
from sync.marts.notes import NOTES
from sync.record_links import record_page
from sync.result_rows import RESULT_KEY, RESULT_TYPES

FIRST = 5
"""Records of a finding that are shown on a terminal; ``--json`` lists all."""


_ABOVE_ONE = Text(
    "rates above 100 % (computed as they are, and flagged)", "taux supérieurs à 100 % (calculés tels quels, et signalés)"
)


@dataclass(frozen=True)
class Finding:
    """Something that a person should look at."""

    code: str
    words: Text
    count: int
    object: str | None
    """The CRM's object, or the table; None where no single records can be named."""
    ids: Sequence[str]
    """The first ones, the lower ids before."""

    def to_json(self, house: House) -> dict[str, Any]:
        return {
            "code": self.code,
            "words": self.words.in_(house.locale),
            "count": self.count,
            "records": [
                {"object": self.object, "id": one, "link": record_page(house, self.object or "", one)} for one in self.ids
            ],
        }


def findings(con: duckdb.DuckDBPyConnection, counts: Mapping[str, int], limit: int | None) -> list[Finding]:
    """Every note that counts something, with at most ``limit`` records each (None: all). ``con`` holds the marts."""
    return [
        Finding(code, note.words, counts[code], note.record[0] if note.record else None, list(_ids(con, note, limit)))
        for code, note in NOTES.items()
        if counts.get(code)
    ]


def _ids(con: duckdb.DuckDBPyConnection, note: Note, limit: int | None) -> Iterator[str]:
    if note.record is None:
        return
    column = note.record[1]
    most = "" if limit is None else f" LIMIT {limit}"
    found = con.execute(f'SELECT DISTINCT "{column}" AS id FROM {note.rows} ORDER BY length(id), id{most}').fetchall()
    yield from (str(record_id) for (record_id,) in found)


def rates_above_one(house: House, limit: int | None) -> list[Finding]:
    """Computed rates of more than 100 %: more came out of a period than went in, or what went in is not all known."""
    with house.lake.versions("kpi_result", RESULT_TYPES, RESULT_KEY, None) as con:
        flagged = "FROM kpi_result WHERE flags LIKE '%\"above_one\"%'"
        ((count,),) = con.execute(f"SELECT count(*) {flagged}").fetchall()
        most = "" if limit is None else f" LIMIT {limit}"
        rows = con.execute(
            f"SELECT kpi, dimension, member, period, period_start {flagged} ORDER BY kpi, dimension, member, period_start, period{most}"
        ).fetchall()
    where = (
        " ".join([kpi, by, *([member] if member else []), period, *([str(day)] if period != "all" else [])])
        for kpi, by, member, period, day in rows
    )
    return [Finding("rates_above_one", _ABOVE_ONE, count, "kpi", list(where))] if count else []


def aside(house: House) -> list[dict[str, Any]]:
    """Records that could not be read when they were normalised, each with the reason."""
    return [
        {"source": source, "stream": stream, "id": record_id, "reason": reason, "link": record_page(house, stream, record_id)}
        for source, stream, record_id, reason in house.ledger.aside()
    ]


def print_findings(locale: str, found: Sequence[Mapping[str, Any]], set_aside: Sequence[Mapping[str, Any]]) -> None:
    """``found`` and ``set_aside`` in their JSON form."""
    if not found and not set_aside:
        click.echo(
            Text("Nothing impossible or doubtful in the data.", "Rien d'impossible ni de douteux dans les données.").in_(locale)
        )
        return
    colon = Text(":", " :").in_(locale)
    for one in found:
        click.echo(f"\n{one['words']}{colon} {render.number(one['count'], 'count', None, locale)}  [{one['code']}]")
        _print_records(one["records"][:FIRST], one["count"] if one["records"] else 0, locale)
    if set_aside:
        words = Text("records that could not be read (set aside)", "enregistrements illisibles (mis de côté)")
        click.echo(f"\n{words.in_(locale)}{colon} {len(set_aside)}  [set_aside]")
        lines = [{"object": f"{a['source']} {a['stream']}", **a} for a in set_aside[:FIRST]]
        _print_records(lines, len(set_aside), locale)


def _print_records(records: Sequence[Mapping[str, Any]], count: int, locale: str) -> None:
    for record in records:
        rest = "  ".join(str(record[key]) for key in ("reason", "link") if record.get(key))
        click.echo(f"  {record['object']} {record['id']}" + (f"  {rest}" if rest else ""))
    if count > len(records) > 0:
        more = count - len(records)
        click.echo("  " + Text(f"… {more} more (`--json` lists all)", f"… encore {more} (`--json` les liste tous)").in_(locale))
