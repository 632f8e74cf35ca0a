"""A Power BI project that opens as it is: a model whose measures divide sums, a page, and nothing that a name can break."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.settings import AccountSettings
from kpi.card import Kpi
from kpi.registry import KPIS
from kpi.units import rounded
from sync.own_kpis import catalogue
from sync.publish.bi import dax, schema
from sync.publish.bi.place import NOTE
from sync.publish.bi.tables import adds
from tests.sync.publish.bi.conftest import exported, in_french, names, results, rows
from tests.sync.versions import Versions, value

SCHEMAS = Path(__file__).resolve().parents[5] / "shared" / "vendors" / "powerbi" / "schemas"
PREFIX = "https://developer.microsoft.com/json-schemas/"
MODEL = Path("Cadran.SemanticModel") / "definition"
DIVIDED = [kpi for kpi in KPIS.values() if all(adds(m) for m in kpi.formula.inputs) and kpi.example is not None]


def parts(folder: Path) -> Iterator[tuple[Path, Any]]:
    """Every JSON part of the project."""
    for file in sorted(folder.rglob("*")):
        if file.name != NOTE and (file.suffix in (".json", ".pbip", ".pbir", ".pbism") or file.name == ".platform"):
            yield file, json.loads(file.read_text(encoding="utf-8"))


def measures(folder: Path) -> dict[str, str]:
    """Name -> its lines, of the table that holds them."""
    text = (folder / MODEL / "tables" / "kpi_value.tmdl").read_text(encoding="utf-8")
    found = re.findall(r"^\tmeasure (.+) =\n((?:\t\t.*\n)+)", text, re.MULTILINE)
    return {name.strip("'").replace("''", "'"): lines for name, lines in found}


def test_every_part_is_what_microsofts_schemas_describe(home: Versions, tmp_path: Path) -> None:
    """As Desktop checks it when it opens the project."""
    if not SCHEMAS.is_dir():
        pytest.skip("Microsoft's schemas are not at ../shared/vendors/powerbi/schemas")
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource

    def retrieve(uri: str) -> Any:
        file = SCHEMAS / uri.removeprefix(PREFIX).split("#")[0]
        return Resource.from_contents(json.loads(file.read_text(encoding="utf-8-sig")))

    exported(home.house, "pbip", tmp_path / "out")
    registry: Any = Registry(retrieve=retrieve)  # type: ignore[call-arg]
    found = []
    for _, part in parts(tmp_path / "out"):
        judge = Draft7Validator({**retrieve(part["$schema"]).contents, "$id": part["$schema"]}, registry=registry)
        found.append(part["$schema"].removeprefix(PREFIX))
        assert [error.message for error in judge.iter_errors(part)] == []
    assert {"report", "page", "visualContainer", "pbipProperties"} <= {name.split("/")[-3] for name in found}


def test_every_table_of_the_model_reads_its_own_file(home: Versions, tmp_path: Path) -> None:
    """Column by column, from the folder that the parameter names."""
    exported(home.house, "pbip", tmp_path)
    tables = (*schema.TABLES, *schema.FOR_POWER_BI)
    for table in tables:
        text = (tmp_path / MODEL / "tables" / f"{table.name}.tmdl").read_text(encoding="utf-8")
        assert re.findall(r"^\t\tsourceColumn: (\w+)$", text, re.MULTILINE) == [column.name for column in table.columns]
        assert f'File.Contents(DataFolder & "{table.name}.parquet")' in text
        assert rows(tmp_path / "data" / f"{table.name}.parquet", "count(*)")[0][0] > 0
    assert f'"{tmp_path}/data/"' in (tmp_path / MODEL / "expressions.tmdl").read_text(encoding="utf-8")
    assert (tmp_path / MODEL / "model.tmdl").read_text(encoding="utf-8").count("ref table") == len(tables)


def test_keys_that_tables_are_related_by_are_unique(home: Versions, tmp_path: Path) -> None:
    """And every value has its day, member, KPI and period."""
    exported(home.house, "pbip", tmp_path)
    for table, key, column in (
        ("kpi", "kpi", "kpi"),
        ("member", "member_key", "member_key"),
        ("period", "period", "period"),
        ("date", "date", "period_start"),
    ):
        keys = [found for (found,) in rows(tmp_path / "data" / f"{table}.parquet", key)]
        assert len(keys) == len(set(keys))
        for facts in ("kpi_value", "kpi_input"):
            assert {found for (found,) in rows(tmp_path / "data" / f"{facts}.parquet", column)} <= set(keys)


def test_the_page_shows_measures_and_columns_that_the_model_has(home: Versions, tmp_path: Path) -> None:
    """A visual over something that is not there is an error box."""
    exported(in_french(home.house), "pbip", tmp_path)
    known = {table.name: {c.name for c in table.columns} for table in (*schema.TABLES, *schema.FOR_POWER_BI)}
    named = set(measures(tmp_path))
    seen = 0
    for _, part in parts(tmp_path):
        for role in part.get("visual", {}).get("query", {}).get("queryState", {}).values():
            for projection in role["projections"]:
                [(kind, field)] = projection["field"].items()
                table = field["Expression"]["SourceRef"]["Entity"]
                assert field["Property"] in (named if kind == "Measure" else known[table])
                seen += 1
    assert seen > 5
    assert KPIS["revenue_won"].title.fr in named
    assert "culture: fr-FR" in (tmp_path / MODEL / "model.tmdl").read_text(encoding="utf-8")


def computed(kpi: Kpi) -> Decimal:
    """The measure's own words, carried out over the card's worked example."""
    assert kpi.example is not None
    given = {m.name: Decimal("".join(kpi.example.given[m])) for m in kpi.formula.inputs}
    *variables, result = dax.formula(kpi).splitlines()
    known: dict[str, Any] = {
        "DIVIDE": lambda a, b: a / b,
        "ABS": abs,
        "IF": lambda test, then, other=None: then if test else other,
    }
    for line in variables:
        name, expression = line.removeprefix("VAR ").split(" = ", 1)
        expression = re.sub(r'CALCULATE\(.*measure\] = "(\w+)".*?TRUE\(\)\)', lambda m: f"given['{m[1]}']", expression)
        exact = re.sub(r"(?<![\w.'])(\d+(?:\.\d+)?)(?![\w.'])", r"Decimal('\1')", expression)
        known[name] = eval(exact, {"given": given, "Decimal": Decimal, **known})
    ended = re.fullmatch(r"RETURN IF\(\[One cut\] && (.*), (.*)\)", result)
    assert ended is not None
    assert all(known[name] is not None for name in re.findall(r"NOT ISBLANK\((\w+)\)", ended[1]))
    exact = re.sub(r"(?<![\w.'])(\d+(?:\.\d+)?)(?![\w.'])", r"Decimal('\1')", ended[2])
    return Decimal(eval(exact, {"Decimal": Decimal, **known}))


def test_measures_give_what_the_cards_worked_examples_give() -> None:
    """Every KPI whose parts add up, by the text of its measure."""
    assert len(DIVIDED) > 80
    for kpi in DIVIDED:
        assert kpi.example is not None
        if kpi.example.gives is not None:
            assert rounded(computed(kpi), kpi.unit) == Decimal(kpi.example.gives), kpi.name


def test_what_does_not_add_up_is_shown_one_value_at_a_time() -> None:
    """A median of medians is none."""
    assert "found = 1" in dax.formula(KPIS["cycle_days_median"])
    assert "SUM" not in dax.formula(KPIS["cycle_days_median"])
    for kpi in KPIS.values():
        text = dax.formula(kpi)
        assert text.count("(") == text.count(")"), kpi.name
        assert f"[{dax.ONE_CUT}]" in text


HOSTILE = "Coût 'net' \"x\"\n\tmeasure Evil = 1\r// ]];"


def test_names_cannot_break_out_of_the_model(home: Versions, tmp_path: Path) -> None:
    """Titles of a company's own KPIs are free text: quotes, line breaks, the format's own words."""
    own = {
        "odd": {"formula": "spend / leads", "title": HOSTILE, "explain": HOSTILE},
        "same": {"formula": "spend", "title": "Value"},
        "twice": {"formula": "leads", "title": HOSTILE},
    }
    settings = AccountSettings.model_validate({"kpis": {"own": own}})
    home.house.settings, home.house.catalogue = settings, catalogue(settings.kpis)
    home.run([value(name, "1", {"spend": "1", "leads": "1"}) for name in own])
    exported(home.house, "pbip", tmp_path)
    text = (tmp_path / MODEL / "tables" / "kpi_value.tmdl").read_text(encoding="utf-8")
    found = list(measures(tmp_path))
    odd = "Coût 'net' \"x\" measure Evil = 1 // ]];"
    assert found == [dax.ONE_CUT, odd, "Value (same)", f"{odd} (twice)"]
    assert len(re.findall(r"^\s*measure ", text, re.MULTILINE)) == 4
    assert "\r" not in text
    table = next(part for file, part in parts(tmp_path) if file.parent.name == "over_time")
    shown = table["visual"]["visualContainerObjects"]["title"][0]["properties"]["text"]["expr"]["Literal"]["Value"]
    assert shown.startswith("'Coût ''net''")


def test_the_folder_stands_in_a_parameter_whatever_its_name_is(home: Versions, tmp_path: Path) -> None:
    """Quotes are doubled and M's own escapes escaped."""
    folder = tmp_path / 'a "b" #(lf) c'
    exported(home.house, "pbip", folder)
    text = (folder / MODEL / "expressions.tmdl").read_text(encoding="utf-8")
    assert 'a ""b"" #(#)(lf) c/data/" meta [IsParameterQuery=true' in text
    assert text.count("\n") == 1


def test_a_project_that_somebody_saved_keeps_what_they_made_of_it(home: Versions, tmp_path: Path) -> None:
    """Data are new, the project is theirs, and the answer says so."""
    exported(home.house, "pbip", tmp_path)
    page = tmp_path / "Cadran.Report" / "definition" / "pages" / "overview" / "page.json"
    model = tmp_path / MODEL / "tables" / "kpi_value.tmdl"
    page.write_text("{}", encoding="utf-8")
    before = model.read_bytes()
    home.run([*results(), value("leads", "7", {"leads": "7"})])
    done = exported(in_french(home.house), "pbip", tmp_path)
    assert page.read_text(encoding="utf-8") == "{}"
    assert model.read_bytes() == before
    assert "Cadran.pbip" in done.kept
    assert done.left_over == []
    assert rows(tmp_path / "data" / "kpi_value.parquet", "value", "kpi = 'leads'") == [(7,)]
    again = exported(home.house, "pbip", tmp_path)
    assert again.kept == done.kept


def test_a_project_that_nobody_touched_is_brought_up_to_date(home: Versions, tmp_path: Path) -> None:
    """A KPI that is new has its measure."""
    exported(home.house, "pbip", tmp_path)
    home.run([*results(), value("leads", "7", {"leads": "7"})])
    assert exported(home.house, "pbip", tmp_path).kept == []
    assert KPIS["leads"].title.en in measures(tmp_path)


def test_a_project_of_unknown_origin_is_kept(home: Versions, tmp_path: Path) -> None:
    """No note says that it is ours."""
    (tmp_path / "Cadran.pbip").write_text("theirs", encoding="utf-8")
    assert exported(home.house, "pbip", tmp_path).kept == ["Cadran.pbip"]
    assert (tmp_path / "Cadran.pbip").read_text(encoding="utf-8") == "theirs"
    assert not (tmp_path / "Cadran.Report").exists()
    assert "data/kpi_value.parquet" in names(tmp_path)


def test_a_kpi_without_a_definition_any_more_has_values_and_no_measure(home: Versions, tmp_path: Path) -> None:
    """It was taken out of the settings since the last sync."""
    home.run([value("gone", "1", {"spend": "1"}), value("spend", "1", {"spend": "1"})])
    exported(home.house, "pbip", tmp_path)
    assert rows(tmp_path / "data" / "kpi.parquet", "title, unit", "kpi = 'gone'") == [("gone", None)]
    assert list(measures(tmp_path)) == [dax.ONE_CUT, KPIS["spend"].title.en]


def test_formats_are_the_readers() -> None:
    """A rate in percent, money with its currency."""
    assert dax.format_of(KPIS["win_rate"].unit, "EUR", "fr") == "0.00 %"
    assert dax.format_of(KPIS["spend"].unit, "EUR", "en") == '#,0.00 "EUR"'
