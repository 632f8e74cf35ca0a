"""The semantic model of the Power BI project, in TMDL: tables over the Parquet files, relations, and a measure for each KPI.

Rules of the format: indentation by tabs, an object's expression deeper than its properties, names in single quotes (doubled within)
and texts in double ones (doubled within). learn.microsoft.com/analysis-services/tmdl/tmdl-overview, read 2026-11-22.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kpi.text import Text
from sync.publish.bi import dax
from sync.publish.bi.schema import (
    DATES,
    DAY,
    FOR_POWER_BI,
    INPUTS,
    INSTANT,
    KPIS,
    MEMBERS,
    NUMBER,
    PERIODS,
    TABLES,
    TEXT,
    VALUES,
    WHOLE,
    YES_NO,
    Column,
    Table,
)
from sync.publish.bi.tables import Tables

DATA = "data"
"""Folder of the Parquet files, beside the project."""
FOLDER = "DataFolder"
"""The parameter that says where it is: the one value to change on another machine."""

_TYPES = {TEXT: "string", DAY: "dateTime", INSTANT: "dateTime", WHOLE: "int64", YES_NO: "boolean", NUMBER: "double"}
"""``double``, not ``decimal``: Power BI's decimals have four digits behind the point."""
_M_TYPES = {
    TEXT: "type text",
    DAY: "type date",
    INSTANT: "type datetimezone",
    WHOLE: "Int64.Type",
    YES_NO: "type logical",
    NUMBER: "type number",
}
_KEYS = {KPIS.name: "kpi", MEMBERS.name: "member_key", DATES.name: "date", PERIODS.name: "period"}
_RELATIONS = (("kpi", KPIS.name), ("member_key", MEMBERS.name), ("period", PERIODS.name), ("period_start", DATES.name))
"""Column of both fact tables -> the table that it leads to."""


def files(made: Tables, folder: Path) -> dict[str, str]:
    """File below the model's folder ``definition`` -> its text. ``folder``: where the project stands on this machine."""
    locale = made.house.locale
    tables = (*TABLES, *FOR_POWER_BI)
    measures = list(_measures(made, measure_names(made)))
    return {
        "database.tmdl": "database\n\tcompatibilityLevel: 1567\n",
        "model.tmdl": _model(Text("en-US", "fr-FR").in_(locale), tables),
        "expressions.tmdl": _parameter(folder),
        "relationships.tmdl": "\n".join(_relationships()),
        **{f"tables/{t.name}.tmdl": _table(t, measures if t is VALUES else (), locale) for t in tables},
    }


def measure_names(made: Tables) -> dict[str, str]:
    """KPI -> name of its measure: its title, with the KPI's own name where two titles are the same to Power BI."""
    taken = {dax.ONE_CUT.casefold(), *(column.name.casefold() for column in VALUES.columns)}
    names = {}
    for name in made.kpis:
        kpi = made.house.catalogue.kpis.get(name)
        if kpi is None:
            continue
        title = _one_line(kpi.title.in_(made.house.locale))[:_LONGEST] or name
        if title.casefold() in taken:
            title = f"{title} ({name})"
        taken.add(title.casefold())
        names[name] = title
    return names


_LONGEST = 80


def _measures(made: Tables, names: dict[str, str]) -> Iterator[str]:
    yield from _measure(dax.ONE_CUT, dax.ONE_CUT_DAX, [], "isHidden")
    for name, title in names.items():
        kpi = made.house.catalogue.kpis[name]
        shown = dax.format_of(kpi.unit, made.currency, made.house.locale)
        yield from _measure(
            title,
            dax.formula(kpi),
            [kpi.explain.in_(made.house.locale), kpi.formula.text(made.house.locale)],
            f"formatString: {_value(shown)}",
            f"displayFolder: {_value(kpi.formula.inputs[0].facts.name)}",
        )


def _measure(name: str, expression: str, told: Iterable[str], *properties: str) -> Iterator[str]:
    yield ""
    yield from (f"\t/// {_one_line(line)}" for line in told if line.strip())
    yield f"\tmeasure {_name(name)} ="
    yield from (f"\t\t\t{line}" for line in expression.splitlines())
    yield from (f"\t\t{line}" for line in properties)


def _table(table: Table, measures: Sequence[str], locale: str) -> str:
    lines = [f"/// {_one_line(table.means.in_(locale))}", f"table {_name(table.name)}"]
    if table is DATES:
        lines.append("\tdataCategory: Time")
    lines += measures
    for column in table.columns:
        lines += _column(table, column, locale)
    types = ", ".join(f'{{"{c.name}", {_M_TYPES[c.type]}}}' for c in table.columns)
    lines += [
        "",
        f"\tpartition {_name(table.name)} = m",
        "\t\tmode: import",
        "\t\tsource =",
        "\t\t\t\tlet",
        f'\t\t\t\t    Source = Parquet.Document(File.Contents({FOLDER} & "{table.name}.parquet")),',
        f"\t\t\t\t    Typed = Table.TransformColumnTypes(Source, {{{types}}})",
        "\t\t\t\tin",
        "\t\t\t\t    Typed",
        "",
    ]
    return "\n".join(lines)


def _column(table: Table, column: Column, locale: str) -> Iterator[str]:
    yield ""
    yield f"\t/// {_one_line(column.means.in_(locale))}"
    yield f"\tcolumn {_name(column.name)}"
    yield f"\t\tdataType: {_TYPES[column.type]}"
    if _KEYS.get(table.name) == column.name:
        yield "\t\tisKey"
    if column.name == "member_key":
        yield "\t\tisHidden"
    if column.type == DAY:
        yield "\t\tformatString: yyyy-mm-dd"
    yield "\t\tsummarizeBy: none"
    yield f"\t\tsourceColumn: {column.name}"


def _model(culture: str, tables: Iterable[Table]) -> str:
    head = (
        "model Model",
        f"\tculture: {culture}",
        "\tdefaultPowerBIDataSourceVersion: powerBI_V3",
        "\tdiscourageImplicitMeasures",
        f"\tsourceQueryCulture: {culture}",
        "\tdataAccessOptions",
        "\t\tlegacyRedirects",
        "\t\treturnErrorValuesAsNull",
        "",
    )
    return "\n".join((*head, *(f"ref table {_name(table.name)}" for table in tables), ""))


def _parameter(folder: Path) -> str:
    where = f"{folder / DATA}/".replace("#(", "#(#)(").replace('"', '""')
    where = where.replace("\r", "#(cr)").replace("\n", "#(lf)").replace("\t", "#(tab)")
    return f'expression {FOLDER} = "{where}" meta [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]\n'


def _relationships() -> Iterator[str]:
    for facts in (VALUES.name, INPUTS.name):
        for column, table in _RELATIONS:
            yield f"relationship {facts}_{column}"
            yield f"\tfromColumn: {_name(facts)}.{_name(column)}"
            yield f"\ttoColumn: {_name(table)}.{_name(_KEYS[table])}"
            yield ""


def _name(name: str) -> str:
    """A name as TMDL wants it; bare where it is a plain word."""
    return name if name.isidentifier() and name.isascii() else "'" + _one_line(name).replace("'", "''") + "'"


def _value(text: str) -> str:
    return '"' + _one_line(text).replace('"', '""') + '"'


def _one_line(text: str) -> str:
    """A line break would begin another line of the format; other control characters are none of its business."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
