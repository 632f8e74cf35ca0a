"""One flat schema for every tool: what stands in which column, and nothing lost in silence."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from kpi.periods import PERIODS, ROLLING
from kpi.registry import KPIS
from sync.grains import PERIODS_BY
from sync.publish import shelf
from sync.publish.bi import schema
from sync.publish.bi.place import NOTE, ExportRefused
from sync.publish.bi.tables import Choice, adds
from sync.publish.shelf_tables import about, labels
from tests.sync.publish.bi.conftest import HOSTILE, exported, in_french, names, results, rows
from tests.sync.versions import Versions, value

DOCS = Path(__file__).resolve().parents[4] / "docs"


def test_a_value_stands_in_one_row_with_all_that_is_known_of_it(home: Versions, tmp_path: Path) -> None:
    """Decimals, days and instants keep their types."""
    exported(home.house, "parquet", tmp_path / "out")
    [row] = rows(tmp_path / "out" / "kpi_value.parquet", "*", "kpi = 'win_rate'")
    found = dict(zip([column.name for column in schema.VALUES.columns], row, strict=True))
    low, high = found.pop("low"), found.pop("high")
    assert low < Decimal("0.75") < high
    assert found == {
        "kpi": "win_rate",
        "title": "Win rate",
        "unit": "ratio",
        "dimension": "owner",
        "member": "202",
        "label": "202",
        "period": "month",
        "period_start": date(2026, 8, 1),
        "period_end": date(2026, 9, 1),
        "model": None,
        "value": Decimal("0.750000"),
        "currency": None,
        "n": 4,
        "is_provisional": False,
        "provisional_until": None,
        "reason": None,
        "flags": "estimate small_sample",
        "as_of": datetime(2026, 10, 1, 8, tzinfo=UTC),
        "member_key": "owner/202",
    }


def test_columns_have_the_types_that_are_promised(home: Versions, tmp_path: Path) -> None:
    """In the order of the documentation."""
    exported(home.house, "parquet", tmp_path)
    with duckdb.connect() as con:
        for table in schema.TABLES:
            found = con.execute(f"DESCRIBE FROM read_parquet('{tmp_path / table.name}.parquet')").fetchall()
            kinds = {schema.INSTANT: "TIMESTAMP WITH TIME ZONE"}
            assert [(name, kind) for name, kind, *_ in found] == [(c.name, kinds.get(c.type, c.type)) for c in table.columns]


def test_what_is_undefined_is_empty_with_its_reason_in_the_readers_language(home: Versions, tmp_path: Path) -> None:
    """Never 0."""
    for house, reason in ((home.house, "no spend is loaded"), (in_french(home.house), "aucun coût n'est chargé")):
        exported(house, "parquet", tmp_path)
        assert rows(tmp_path / "kpi_value.parquet", "value, reason", "reason IS NOT NULL") == [(None, reason)]
    assert rows(tmp_path / "kpi.parquet", "title", "kpi = 'cpl'") == [(KPIS["cpl"].title.fr,)]
    assert ("Total",) in rows(tmp_path / "member.parquet", "label")


def test_inputs_say_what_adds_and_where_all_of_them_are_known(home: Versions, tmp_path: Path) -> None:
    """Sums over months where spend is known divide to the cost per lead of both; the month without spend would make it look better."""
    exported(home.house, "parquet", tmp_path)
    file = tmp_path / "kpi_input.parquet"
    total = "kpi = 'cpl' AND dimension = 'total'"
    parts = dict(rows(file, "measure, sum(value)", f"{total} AND adds AND is_complete GROUP BY measure"))
    assert parts == {"spend": 300, "leads": 15}
    assert rows(file, "measure, value, is_complete", f"{total} AND period_start = '2026-09-01'") == [
        ("leads", 4, False),
        ("spend", None, False),
    ]
    assert rows(file, "adds", "measure = 'cycle_days_median'") == [(False,)]
    assert rows(file, "title, value", "measure = 'revenue_won_amount_missing'") == [("revenue won: amounts missing", 2)]


def test_one_attribution_model_is_exported_and_single_records_only_when_asked(home: Versions, tmp_path: Path) -> None:
    """Two models, or totals and their deals, would be counted twice."""
    where = "kpi = 'revenue_won' AND dimension <> 'total'"
    exported(home.house, "parquet", tmp_path)
    assert rows(tmp_path / "kpi_value.parquet", "dimension, model, value", where) == [("channel", "first", 5)]
    exported(home.house, "parquet", tmp_path, Choice(by=("deal",), model="last"))
    assert rows(tmp_path / "kpi_value.parquet", "dimension, model, value") == [("deal", None, 9)]
    exported(home.house, "parquet", tmp_path, Choice(kpis=("cpl",), since=date(2026, 9, 1)))
    assert rows(tmp_path / "kpi_value.parquet", "kpi, period_start") == [("cpl", date(2026, 9, 1))]


def test_names_of_people_stay_in_the_house_unless_asked_for(
    home: Versions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Owners are colleagues; campaigns and channels are nobody."""
    monkeypatch.setattr(
        "sync.publish.bi.tables.labels_for", lambda _, by: {"202": "Ada Lovelace"} if by == "owner" else {"email": "E-mail"}
    )
    for people, label in ((False, "202"), (True, "Ada Lovelace")):
        exported(home.house, "parquet", tmp_path, Choice(people=people))
        assert rows(tmp_path / "member.parquet", "label", "dimension = 'owner'") == [(label,)]
        assert rows(tmp_path / "member.parquet", "label", "member = 'email'") == [("E-mail",)]


def test_a_number_that_does_not_fit_is_left_empty_and_counted(home: Versions, tmp_path: Path) -> None:
    """Twelve digits before the point are all that every tool takes."""
    home.run(
        [
            value("revenue_won", "1000000000000", {"revenue_won": "1000000000000"}),
            value("spend", "999999999999.5", {"spend": "999999999999.5"}),
        ]
    )
    done = exported(home.house, "parquet", tmp_path)
    assert done.too_large == 2
    assert rows(tmp_path / "kpi_value.parquet", "kpi, value") == [("revenue_won", None), ("spend", Decimal("999999999999.5"))]


def test_what_adds_up_is_what_has_a_day_of_its_own() -> None:
    """Months of spend make a year of it; months of unique visitors, a median and what is open today do not."""
    measures = {m.name: m for kpi in KPIS.values() for m in kpi.formula.inputs}
    assert {name for name in ("spend", "leads", "revenue_won", "sessions") if adds(measures[name])} == {
        "spend",
        "leads",
        "revenue_won",
        "sessions",
    }
    assert not any(adds(measures[name]) for name in ("cycle_median", "users", "active_customers"))


def test_every_dimension_and_period_has_a_title() -> None:
    """One that is added is named here."""
    assert set(PERIODS_BY) == set(schema.DIMENSIONS)
    assert set(schema.PERIOD_TITLES) == {*PERIODS, *ROLLING}


def test_titles_of_campaigns_are_taken_from_a_fresh_shelf(home: Versions, tmp_path: Path) -> None:
    """Deriving all facts for them takes as long as half a sync; of an older run they may be wrong."""
    with shelf.opened(home.house) as found, found.engine.begin() as tx:
        tx.execute(sa.insert(about).values(key="run_id", value="1"))
        tx.execute(sa.insert(labels).values(dimension="campaign", member=HOSTILE, label="Fête"))
    exported(home.house, "parquet", tmp_path)
    assert rows(tmp_path / "member.parquet", "label", "dimension = 'campaign'") == [("Fête",)]
    home.run(results())
    exported(home.house, "parquet", tmp_path)
    assert rows(tmp_path / "member.parquet", "label", "dimension = 'campaign'") == [(HOSTILE,)]


@pytest.mark.parametrize(("page", "locale"), [("bi.md", "en"), ("bi.fr.md", "fr")])
def test_the_documentation_shows_every_column(page: str, locale: str) -> None:
    """The table is the schema's own."""
    assert schema.markdown(locale) in (DOCS / page).read_text(encoding="utf-8")


def test_hostile_names_reach_the_file_as_they_are(home: Versions, tmp_path: Path) -> None:
    """Parquet is read by programs: nothing to defuse."""
    exported(home.house, "parquet", tmp_path)
    assert rows(tmp_path / "member.parquet", "member, label", "dimension = 'campaign'") == [(HOSTILE, HOSTILE)]


def test_nothing_to_export_is_said(home: Versions, tmp_path: Path) -> None:
    """And leaves nothing."""
    with pytest.raises(ExportRefused, match="nothing that was computed fits") as refused:
        exported(home.house, "parquet", tmp_path / "out", Choice(since=date(2030, 1, 1)))
    assert refused.value.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_the_same_results_give_the_same_files(home: Versions, tmp_path: Path) -> None:
    """An unchanged file need not be sent again."""
    for name in ("one", "two"):
        exported(home.house, "parquet", tmp_path / name)
    for file in names(tmp_path / "one"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert NOTE in names(tmp_path / "one")
