"""The report of the Power BI project: one page, as the JSON that Power BI's published schemas describe (PBIR, read 2026-11-22)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kpi.text import Text
from sync.publish.bi.schema import DIMENSIONS
from sync.publish.bi.tables import Tables

PAGE = "overview"
CARDS = 6
_SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/"
_DEFINITION = f"{_SCHEMAS}item/report/definition/"
_WIDTH, _HEIGHT, _GAP = 1280, 720, 16

Json = dict[str, Any]


def files(made: Tables, measures: Mapping[str, str]) -> dict[str, Json]:
    """File below the report's folder -> its JSON. ``measures``: KPI -> name of its measure, the followed first."""
    locale = made.house.locale
    report = {
        "$schema": f"{_DEFINITION}report/3.0.0/schema.json",
        "themeCollection": {
            "baseTheme": {
                "name": "CY24SU10",
                "reportVersionAtImport": {"visual": "1.8.97", "report": "2.0.97", "page": "1.3.97"},
                "type": "SharedResources",
            }
        },
    }
    page = {
        "$schema": f"{_DEFINITION}page/2.0.0/schema.json",
        "name": PAGE,
        "displayName": Text("Overview", "Vue d'ensemble").in_(locale),
        "displayOption": "FitToPage",
        "height": _HEIGHT,
        "width": _WIDTH,
        "filterConfig": {"filters": [_filter("month_only", "period", "period", "month")]},
    }
    return {
        "definition.pbir": {
            "$schema": f"{_SCHEMAS}item/report/definitionProperties/2.0.0/schema.json",
            "version": "4.0",
            "datasetReference": {"byPath": {"path": "../Cadran.SemanticModel"}},
        },
        "definition/version.json": {"$schema": f"{_DEFINITION}versionMetadata/1.0.0/schema.json", "version": "2.0.0"},
        "definition/report.json": report,
        "definition/pages/pages.json": {
            "$schema": f"{_DEFINITION}pagesMetadata/1.0.0/schema.json",
            "pageOrder": [PAGE],
            "activePageName": PAGE,
        },
        f"definition/pages/{PAGE}/page.json": page,
        **{f"definition/pages/{PAGE}/visuals/{v['name']}/visual.json": v for v in _visuals(made, measures)},
    }


def project() -> Json:
    """``Cadran.pbip``."""
    return {
        "$schema": f"{_SCHEMAS}pbip/pbipProperties/1.0.0/schema.json",
        "version": "1.0",
        "artifacts": [{"report": {"path": "Cadran.Report"}}],
        "settings": {"enableAutoRecovery": True},
    }


def model_properties() -> Json:
    """``definition.pbism``."""
    return {
        "$schema": f"{_SCHEMAS}item/semanticModel/definitionProperties/1.0.0/schema.json",
        "version": "4.2",
        "settings": {},
    }


def platform(kind: str, logical_id: str) -> Json:
    """``.platform``: what Fabric knows the part by."""
    return {
        "$schema": f"{_SCHEMAS}gitIntegration/platformProperties/2.0.0/schema.json",
        "metadata": {"type": kind, "displayName": "Cadran"},
        "config": {"version": "2.0", "logicalId": logical_id},
    }


def _visuals(made: Tables, measures: Mapping[str, str]) -> Iterator[Json]:
    """A row of cards, a slicer of days, the first KPI over time, and a table by channel: totals of what the company follows."""
    locale = made.house.locale
    chosen = list(measures.values())[:CARDS]
    wide = (_WIDTH - _GAP) // CARDS - _GAP
    for place, measure in enumerate(chosen):
        at = (_GAP + place * (wide + _GAP), _GAP, wide, 110)
        yield _visual(f"card_{place + 1}", "card", at, place, {"Values": [_measure(measure)]}, "total")
    yield _visual("days", "slicer", (_GAP, 142, 300, 90), CARDS, {"Values": [_column("date", "date")]})
    if not chosen:
        return
    half = (_WIDTH - 3 * _GAP) // 2
    title = Text("{measure}, by month", "{measure}, par mois").in_(locale).format(measure=chosen[0])
    over_time = {"Category": [_column("date", "month")], "Y": [_measure(chosen[0])]}
    yield _visual("over_time", "lineChart", (_GAP, 248, half, 456), CARDS + 1, over_time, "total", title)
    by_channel = {"Values": [_column("member", "label"), *map(_measure, chosen)]}
    title = DIMENSIONS["channel"].in_(locale)
    yield _visual("by_channel", "tableEx", (2 * _GAP + half, 248, half, 456), CARDS + 2, by_channel, "channel", title)


def _visual(
    name: str,
    kind: str,
    at: tuple[int, int, int, int],
    order: int,
    roles: Mapping[str, Sequence[Json]],
    dimension: str | None = None,
    title: str | None = None,
) -> Json:
    x, y, width, height = at
    visual: Json = {
        "visualType": kind,
        "query": {"queryState": {role: {"projections": list(fields)} for role, fields in roles.items()}},
        "drillFilterOtherVisuals": True,
    }
    if title is not None:
        shown = {"show": _literal("true"), "text": _literal(_text(title))}
        visual["visualContainerObjects"] = {"title": [{"properties": shown}]}
    made: Json = {
        "$schema": f"{_DEFINITION}visualContainer/2.0.0/schema.json",
        "name": name,
        "position": {"x": x, "y": y, "z": order, "width": width, "height": height, "tabOrder": order},
        "visual": visual,
    }
    if dimension is not None:
        made["filterConfig"] = {"filters": [_filter(f"{name}_{dimension}", "member", "dimension", dimension)]}
    return made


def _measure(name: str) -> Json:
    field = {"Measure": {"Expression": {"SourceRef": {"Entity": "kpi_value"}}, "Property": name}}
    return {"field": field, "queryRef": f"kpi_value.{name}", "nativeQueryRef": name}


def _column(table: str, column: str) -> Json:
    field = {"Column": {"Expression": {"SourceRef": {"Entity": table}}, "Property": column}}
    return {"field": field, "queryRef": f"{table}.{column}", "nativeQueryRef": column}


def _filter(name: str, table: str, column: str, value: str) -> Json:
    """Only rows with this value; whoever reads the report may choose another."""
    source = {"Column": {"Expression": {"SourceRef": {"Source": "t"}}, "Property": column}}
    return {
        "name": name,
        "field": {"Column": {"Expression": {"SourceRef": {"Entity": table}}, "Property": column}},
        "type": "Categorical",
        "filter": {
            "Version": 2,
            "From": [{"Name": "t", "Entity": table, "Type": 0}],
            "Where": [{"Condition": {"In": {"Expressions": [source], "Values": [[{"Literal": {"Value": _text(value)}}]]}}}],
        },
    }


def _literal(value: str) -> Json:
    return {"expr": {"Literal": {"Value": value}}}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
