"""The lake's current results as the tables of :mod:`sync.publish.bi.schema`, in a private engine of their own.

Labels and intervals are put beside the values here; both are looked up or worked out once for all values that share them. Everything
larger than that stays in DuckDB, which spills to disk.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import orjson
from babel.dates import get_month_names

from kpi.flags import FLAGS
from kpi.measures.base import Measure, Percentile
from kpi.scan import UNASSIGNED
from kpi.sql import literal
from kpi.text import Text
from kpi.uncertainty import Estimator
from sync import engines
from sync.cards import card, followed_first
from sync.house import House
from sync.labels import labels_for
from sync.progress import Progress
from sync.publish import after, shelf
from sync.publish.bi import schema
from sync.publish.bi.schema import DIMENSIONS, NUMBER, PERIOD_TITLES, SCALE, Table
from sync.result_rows import RESULT_KEY, RESULT_TYPES
from sync.staging import workplace

PEOPLE = ("owner", "deal", "company")
"""Dimensions whose labels may be names of people, or tell of them: such labels leave the house only when asked for."""

RECORDS = ("deal", "company")
"""Dimensions of single records: left out unless asked for; they may be most of the rows."""


BYTES_PER_ROW = 600
"""Memory for each value that is exported, beyond which DuckDB spills: sorting and writing have parts that cannot be spilled. Measured
2026-11-22 with a million values and their two million inputs, two threads: 600 do, 122 in all do not."""


@dataclass(frozen=True)
class Choice:
    """What is exported."""

    kpis: tuple[str, ...] = ()
    """Names; empty: all that are computed."""
    by: tuple[str, ...] = ()
    """Dimensions; empty: all but :data:`RECORDS`."""
    since: date | None = None
    """Periods that start on this day or later."""
    people: bool = False
    """Whether labels of :data:`PEOPLE` are names."""
    model: str | None = None
    """Attribution model; None: the settings' own."""


@dataclass(frozen=True)
class Tables:
    """Tables of the schema, by name, in ``con``. Valid within the block that :func:`tables` opens."""

    con: duckdb.DuckDBPyConnection
    house: House
    kpis: tuple[str, ...]
    """Names of the KPIs that have a row, the followed first."""
    too_large: int
    """Numbers that :data:`schema.NUMBER` cannot hold: they are left empty."""
    currency: str | None

    def query(self, table: Table) -> str:
        """Its rows, in its order."""
        return f"SELECT {table.names} FROM {_quoted(table.name)} ORDER BY {', '.join(map(_quoted, table.order))}"

    def count(self, table: Table) -> int:
        return int(self.con.execute(f"SELECT count(*) FROM {_quoted(table.name)}").fetchall()[0][0])


@contextmanager
def tables(house: House, choice: Choice, progress: Progress) -> Iterator[Tables]:
    """The tables of what was computed. No row at all is for the caller to judge."""
    with workplace(house.lake.staging) as folder, house.lake.versions("kpi_result", RESULT_TYPES, RESULT_KEY) as con:
        put = _Putting(con, folder)
        with progress.step(Text("reading results", "lecture des résultats").in_(house.locale)) as step:
            _chosen(con, house, choice)
            count = int(con.execute("SELECT count(*) FROM result").fetchall()[0][0])
            engines.allow(con, engines.bound(count, engines.machine(), engines.LEAST + count * BYTES_PER_ROW))
            step.advance(count)
        found = [name for (name,) in con.execute("SELECT DISTINCT kpi FROM result ORDER BY kpi").fetchall()]
        ordered = tuple(sorted(found, key=_order(house)))
        put.table(schema.KPIS, cards(house, ordered))
        with progress.step(Text("names of members", "noms des membres").in_(house.locale)) as step:
            step.advance(_members(con, put, house, people=choice.people))
        with progress.step(Text("intervals", "intervalles").in_(house.locale)) as step:
            _intervals(con, put, house, step.advance)
        _inputs(con, put, house)
        _values(con, "reason_fr" if house.locale == "fr" else "reason")
        _calendar(con, put, house)
        [(currency,)] = con.execute("SELECT min(currency) FROM result").fetchall()
        yield Tables(con, house, ordered, _too_large(con), currency)


def _order(house: House) -> Callable[[str], tuple[int, str]]:
    places = {name: place for place, name in enumerate(followed_first(house.catalogue))}
    return lambda name: (places.get(name, len(places)), name)


def _chosen(con: duckdb.DuckDBPyConnection, house: House, choice: Choice) -> None:
    """Table ``result``: the rows that are exported, one attribution model's."""
    conditions, parameters = ["model IN ('', ?)"], [choice.model or house.settings.attribution.model]
    if choice.kpis:
        conditions.append("list_contains(?, kpi)")
        parameters.append(list(choice.kpis))  # type: ignore[arg-type]
    conditions.append("list_contains(?, dimension)")
    parameters.append(list(choice.by) or [by for by in DIMENSIONS if by not in RECORDS])  # type: ignore[arg-type]
    if choice.since is not None:
        conditions.append("period_start >= ?")
        parameters.append(choice.since)  # type: ignore[arg-type]
    con.execute(
        "CREATE TEMP TABLE result AS SELECT *, dimension || '/' || member AS member_key FROM kpi_result "
        f"WHERE {' AND '.join(conditions)}",
        parameters,
    )


def cards(house: House, names: Iterable[str]) -> list[dict[str, Any]]:
    """Rows of table ``kpi``. A KPI that the settings no longer define has no card, and its name for a title."""
    rows = []
    for position, name in enumerate((n for n in names if n not in house.catalogue.record_kpis), 1):
        kpi = house.catalogue.kpis.get(name)
        shown = card(house.catalogue, name, house.locale) if kpi is not None else {}
        rows.append(
            {
                "kpi": name,
                "title": shown.get("title", name),
                "explanation": shown.get("explain"),
                "formula": shown.get("formula"),
                "unit": shown.get("unit"),
                "direction": shown.get("better"),
                "family": kpi.formula.inputs[0].facts.name if kpi is not None else None,
                "undefined_when": shown.get("undefined_when"),
                "caveats": shown.get("caveats"),
                "is_followed": bool(shown.get("followed")),
                "position": position,
                "version": shown.get("version"),
            }
        )
    return rows


def _members(con: duckdb.DuckDBPyConnection, put: "_Putting", house: House, *, people: bool) -> int:
    """Table ``member``; how many."""
    keys = con.execute("SELECT DISTINCT dimension, member FROM result ORDER BY ALL").fetchall()
    labels = {by: _labels(house, by) if people or by not in PEOPLE else {} for by in dict(keys)}
    unassigned = schema.UNASSIGNED.in_(house.locale)
    titles = {by: title.in_(house.locale) for by, title in DIMENSIONS.items()}
    rows = [
        {
            "member_key": f"{by}/{member}",
            "dimension": by,
            "dimension_title": titles.get(by, by),
            "member": member,
            "label": labels[by].get(member) or (unassigned if member == UNASSIGNED else member or titles.get(by, by)),
        }
        for by, member in keys
    ]
    put.table(schema.MEMBERS, rows)
    return len(rows)


def _labels(house: House, by: str) -> Mapping[str, str]:
    """What people call the members. Titles of campaigns cost a derivation of all facts: they are taken from the shelf where it is fresh."""
    last = house.ledger.last_run("sync")
    if by == "campaign" and last is not None and after.is_used(house):
        with shelf.opened(house) as found:
            if found.run_id == last.id:
                return found.labels(by)
    return labels_for(house, by)


def _intervals(con: duckdb.DuckDBPyConnection, put: "_Putting", house: House, advance: Callable[[int], None]) -> None:
    """Table ``interval_of``: what values of one KPI with the same inputs have in common is worked out once."""
    estimators = {name: kpi.estimator for name, kpi in house.catalogue.kpis.items() if kpi.estimator is not None}
    found = con.execute(
        "SELECT DISTINCT kpi, inputs, spread FROM result WHERE value IS NOT NULL AND list_contains(?, kpi)", [list(estimators)]
    )

    def rows() -> Iterator[dict[str, Any]]:
        while some := found.fetchmany(5000):
            for kpi, inputs, spread in some:
                if (ends := _ends(estimators[kpi], inputs, spread)) is not None:
                    yield {"kpi": kpi, "inputs": inputs, "spread": spread, "low": str(ends[0]), "high": str(ends[1])}
            advance(len(some))

    types = {"kpi": "VARCHAR", "inputs": "VARCHAR", "spread": "VARCHAR", "low": "DECIMAL(38,10)", "high": "DECIMAL(38,10)"}
    put.rows("interval_of", types, rows())


def _ends(estimator: Estimator, inputs: str, spread: str | None) -> tuple[Decimal, Decimal] | None:
    known = {name: Decimal(value) for name, value in orjson.loads(inputs).items() if value is not None}
    return estimator.from_inputs(known, tuple(map(Decimal, (spread or "").split())))


_CHECKED = Text("{measure}: {flag}", "{measure} : {flag}")


def measures(house: House) -> list[dict[str, Any]]:
    """What stands among the inputs of values: measures, and counts of rows that a check found, which are no part of a formula."""
    known = []
    for measure in {m.name: m for kpi in house.catalogue.kpis.values() for m in kpi.formula.inputs}.values():
        title = measure.title.in_(house.locale)
        known.append({"measure": measure.name, "title": title, "adds": adds(measure)})
        for check in measure.checks:
            told = _CHECKED.in_(house.locale).format(measure=title, flag=FLAGS[check.flag].in_(house.locale))
            known.append({"measure": f"{measure.name}_{check.flag}", "title": told, "adds": adds(measure)})
    return known


def _inputs(con: duckdb.DuckDBPyConnection, put: "_Putting", house: House) -> None:
    """View ``kpi_input``."""
    put.rows("measure_of", {"measure": "VARCHAR", "title": "VARCHAR", "adds": "BOOLEAN"}, measures(house))
    con.execute(
        f"""CREATE TEMP VIEW {schema.INPUTS.name} AS
        WITH parts AS (
          SELECT * EXCLUDE (inputs), unnest(json_keys(inputs)) AS measure, inputs, inputs LIKE '%:null%' AS has_unknown FROM result)
        SELECT p.kpi, p.dimension, p.member, p.period, p.period_start, nullif(p.model, '') AS model, p.measure,
          coalesce(m.title, p.measure) AS title,
          TRY_CAST(json_extract_string(p.inputs, '$."' || p.measure || '"') AS {NUMBER}) AS value,
          coalesce(m.adds, false) AS adds, NOT p.has_unknown AS is_complete, p.member_key
        FROM parts p LEFT JOIN measure_of m USING (measure)"""
    )


def adds(measure: Measure) -> bool:
    """Whether its values of several periods make the value of all of them: sums and counts of rows that have a day of their own."""
    return measure.is_dated and not isinstance(measure.aggregate, Percentile)


def _values(con: duckdb.DuckDBPyConnection, reason: str) -> None:
    """View ``kpi_value``."""
    con.execute(
        f"""CREATE TEMP VIEW {schema.VALUES.name} AS
        SELECT r.kpi, k.title, r.unit, r.dimension, r.member, m.label, r.period, r.period_start, r.period_end,
          nullif(r.model, '') AS model, {_number("r.value")} AS value, r.currency, r.n,
          {_number("i.low")} AS low, {_number("i.high")} AS high,
          r.provisional_until IS NOT NULL AS is_provisional, r.provisional_until, r.{reason} AS reason,
          nullif(replace(replace(regexp_replace(r.flags, '[\\[\\]"]', '', 'g'), ', ', ' '), ',', ' '), '') AS flags,
          r.as_of AT TIME ZONE 'UTC' AS as_of, r.member_key
        FROM result r JOIN {schema.KPIS.name} k USING (kpi) JOIN {schema.MEMBERS.name} m USING (member_key)
        LEFT JOIN interval_of i ON i.kpi = r.kpi AND i.inputs = r.inputs AND i.spread IS NOT DISTINCT FROM r.spread
          AND r.value IS NOT NULL"""
    )


def _number(column: str) -> str:
    """The column as :data:`schema.NUMBER`, half-even; null where it does not fit."""
    return f"TRY_CAST(round_even({column}, {SCALE}) AS {NUMBER})"


def _too_large(con: duckdb.DuckDBPyConnection) -> int:
    most = 10 ** (schema.DIGITS - SCALE)
    values, inputs = (
        con.execute(f"SELECT count(*) FROM result WHERE abs(value) >= {most}").fetchall()[0][0],
        con.execute(
            f"SELECT count(*) FROM {schema.INPUTS.name} i SEMI JOIN (SELECT * FROM result WHERE regexp_matches(inputs, '[0-9]{{13}}')) r "
            "ON i.kpi = r.kpi AND i.member_key = r.member_key AND i.period = r.period AND i.period_start = r.period_start "
            "WHERE i.value IS NULL AND i.is_complete"
        ).fetchall()[0][0],
    )
    return int(values) + int(inputs)


def _calendar(con: duckdb.DuckDBPyConnection, put: "_Putting", house: House) -> None:
    """Views ``date`` (whole years around all periods) and ``period``."""
    months = get_month_names("wide", locale=house.locale)
    put.rows("month_of", {"month": "INTEGER", "name": "VARCHAR"}, [{"month": m, "name": n} for m, n in months.items()])
    first = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(house.settings.kpis.week_start)
    con.execute(
        f"""CREATE TEMP VIEW {_quoted(schema.DATES.name)} AS
        WITH days AS (SELECT CAST(unnest(generate_series(
          (SELECT date_trunc('year', min(period_start)) FROM result),
          (SELECT date_trunc('year', max(period_start)) + INTERVAL 1 YEAR - INTERVAL 1 DAY FROM result), INTERVAL 1 DAY)) AS DATE) AS day)
        SELECT day AS date, year(day) AS year, strftime(day, '%Y') || '-Q' || quarter(day) AS quarter,
          strftime(day, '%Y-%m') AS month, name AS month_name,
          day - CAST((isodow(day) - 1 - {first} + 7) % 7 AS INTEGER) AS week_start
        FROM days JOIN month_of m ON m.month = month(day)"""
    )
    put.table(
        schema.PERIODS,
        (
            {"period": period, "title": title.in_(house.locale), "position": place}
            for place, (period, title) in enumerate(PERIOD_TITLES.items(), 1)
        ),
    )


class _Putting:
    """Rows of ours put into temporary tables through a file of lines: by far the quickest way in (:mod:`sync.lake`)."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._con, self._folder = con, folder

    def table(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        self.rows(table.name, {column.name: column.type for column in table.columns}, rows)

    def rows(self, name: str, types: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
        path = self._folder / f"{name}.ndjson"
        with path.open("wb") as file:
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        declared = ", ".join(f"{_quoted(column)} {kind}" for column, kind in types.items())
        self._con.execute(f"CREATE TEMP TABLE {_quoted(name)} ({declared})")
        if path.stat().st_size:
            spec = "{" + ", ".join(f"{literal(column)}: {literal(kind)}" for column, kind in types.items()) + "}"
            self._con.execute(
                f"INSERT INTO {_quoted(name)} FROM read_json({literal(str(path))}, format='newline_delimited', columns={spec})"
            )
        path.unlink()


def _quoted(name: str) -> str:
    return f'"{name}"'
