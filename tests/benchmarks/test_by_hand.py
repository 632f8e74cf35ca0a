"""The SQL by hand and Cadran are two derivations of the catalogue: on a small company with all sorts of holes they agree."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks import by_hand, catalogue_facts, shop_facts
from benchmarks.apart import Done
from benchmarks.catalogue import opened
from benchmarks.measuring import FIGURES_HEADING
from kpi.registry import KPIS

HOLES = """
UPDATE deal SET amount = NULL, amount_home = NULL WHERE CAST(deal_id AS INTEGER) % 11 = 0;
UPDATE deal SET amount_home = NULL WHERE CAST(deal_id AS INTEGER) % 13 = 0;
UPDATE deal SET owner_id = NULL WHERE CAST(deal_id AS INTEGER) % 7 = 0;
UPDATE deal SET created_at = created_at + INTERVAL 200 DAY, created_on = created_on + 200 WHERE CAST(deal_id AS INTEGER) % 17 = 0;
UPDATE deal SET close_on = NULL, close_at = NULL WHERE CAST(deal_id AS INTEGER) % 19 = 0;
UPDATE owner SET team_id = NULL, team_name = NULL WHERE owner_id LIKE '%3';
UPDATE contact SET owner_id = NULL WHERE CAST(contact_id AS INTEGER) % 5 = 0;
UPDATE contact SET first_source = 'OFFLINE', first_utm_campaign = NULL WHERE CAST(contact_id AS INTEGER) % 6 = 0;
UPDATE ad_spend_daily SET clicks = NULL WHERE CAST(source_id AS INTEGER) % 3 = 0;
UPDATE ad_spend_daily SET impressions = NULL WHERE CAST(source_id AS INTEGER) % 4 = 0;
UPDATE ad_spend_daily SET conversions = NULL WHERE CAST(source_id AS INTEGER) % 5 = 0;
UPDATE ad_spend_daily SET spend_home = NULL WHERE CAST(source_id AS INTEGER) % 23 = 0;
UPDATE line_item SET quantity = NULL WHERE line_item_id LIKE 'ol0%7';
UPDATE product SET unit_cost = NULL WHERE product_id LIKE '%5';
UPDATE product SET category = NULL WHERE product_id LIKE '%9';
UPDATE product SET category = 'k1' WHERE product_id LIKE '%2' OR product_id LIKE '%3';
UPDATE association SET to_id = CAST(CAST(to_id AS INTEGER) // 8 * 8 AS VARCHAR) WHERE from_type = 'line_items' AND to_type = 'deals';
DELETE FROM association WHERE to_type = 'companies' AND from_id LIKE '%8';
"""
"""What a real account lacks here and there: amounts, owners, teams, days, costs, companies; deals won before they began; deals with
several products, some of one category."""

ALWAYS_0 = {"ltv_predicted", "ltv_predicted_fit", "mrr_fx", "returned_customers"}
"""Nothing is predicted without the extra; the company has one currency, and is too young for a customer to be lost and come back."""

SMALL = {"FIRST_DAY": "DATE '2025-10-01'", "DAYS": 396, "OWNERS": 5, "TEAMS": 2, "PIPELINES": 2, "PRODUCTS": 11, "CAMPAIGNS": 3}
"""Fewer days and members: there are as many values as the two multiply to."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("by_hand")


@pytest.fixture(scope="module")
def company(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    con = opened(home)
    con.execute("SET threads = 1")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(catalogue_facts, name, value)
        patch.setattr(shop_facts, "EMAILS", 15)
        patch.setattr(shop_facts, "ANSWERS", 2_000_000)
        patch.setattr(shop_facts, "SMALL_FROM", 1_000_000)
        catalogue_facts.make(con, scale := 0.0001)
        shop_facts.add(con, scale)
    con.execute(HOLES)
    by_hand.derived(con, home)
    by_hand.collect(con, tuple(KPIS.values()), home)
    yield con
    con.close()


def test_each_module_of_definitions_has_its_sql() -> None:
    files = {path.stem for path in by_hand.SQL.glob("*.sql")}
    assert files == {*by_hand.FAMILIES, "periods"}


@pytest.mark.parametrize("family", by_hand.FAMILIES)
def test_the_sql_by_hand_and_cadran_agree_on_every_value(company: duckdb.DuckDBPyConnection, family: str) -> None:
    by_hand.written(company, family)
    found = by_hand.agreed(company, family)
    assert found.examples == ()
    assert found.compared > 0
    others = {name for (name,) in company.execute("SELECT kpi FROM cadran_values WHERE value <> 0 GROUP BY kpi").fetchall()}
    assert {kpi.name for kpi in by_hand.told(company, family)} - others <= ALWAYS_0


def test_the_catalogue_is_derived_twice(company: duckdb.DuckDBPyConnection) -> None:
    """Not every new KPI must be, but those that were stay so."""
    twice = 0
    for family in by_hand.FAMILIES:
        by_hand.written(company, family)
        twice += len(by_hand.told(company, family))
    assert twice >= 165


def test_a_value_that_differs_is_named(company: duckdb.DuckDBPyConnection) -> None:
    by_hand.written(company, "invoices")
    company.execute("UPDATE result SET invoices = invoices + 1 WHERE period = 'all'")
    company.execute("DELETE FROM result WHERE period = 'year' AND period_start = DATE '2026-01-01'")
    company.execute("UPDATE result_unpaid SET unpaid_invoices = NULL WHERE cut = 'total'")
    found = by_hand.agreed(company, "invoices")
    assert [(kpi, cut, period) for kpi, cut, _, period, *_ in found.examples] == [
        ("invoiced_revenue", "total", "year"),
        ("invoices", "total", "all"),
        ("invoices", "total", "year"),
        ("unpaid_invoices", "total", "all"),
    ]
    assert found.differing == 4


def test_a_line_of_the_table_says_how_many_times_slower(
    company: duckdb.DuckDBPyConnection, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(work: Callable[..., Any], *arguments: Any) -> Done:
        return Done(work(*arguments), 1.0, 99.6)

    monkeypatch.setattr(by_hand, "apart", here)
    company.execute("CHECKPOINT")
    shutil.copy(home / "facts.duckdb", tmp_path)
    [figure] = by_hand.measure(tmp_path, turns=1, families=["social"])
    assert figure.markdown().count(" | ") == FIGURES_HEADING.split("\n")[0].count(" | ")
    assert figure.what.startswith("social: 4 of 4 KPIs")
    assert figure.reached.startswith("× ")
    assert "Whole, with inputs, counts" in figure.beside
    assert "with its bare values in files" in figure.beside
    assert figure.note == "best of 1; all values agree"
    assert not (tmp_path / "facts.duckdb").exists(), "its facts are gone afterwards"
