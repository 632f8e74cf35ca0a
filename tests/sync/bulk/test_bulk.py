"""Results composed by the engine are those of the definitions, column by column."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kpi.card import Kpi
from kpi.engine import ComputeContext, compute_models
from kpi.measures.base import By
from kpi.periods import Period
from kpi.scan import Known
from kpi.schema import CREDIT_UNIT, MARTS, columns
from sync import bulk
from sync.bulk.files import rows_of
from sync.bulk.formula import ratio
from sync.grains import MODELS, PERIODS_BY, everything
from sync.known import informed
from sync.lake import version_line
from sync.result_rows import INSTANT, RESULT_TYPES, result_row
from tests.kpi.marts import Marts
from tests.sync.compute.adversary import fill
from tests.sync.compute.conformance import CONTEXT
from tests.sync.compute.own import CATALOGUE


@pytest.fixture(scope="module", params=["tame", "huge"])
def adversary(request: pytest.FixtureRequest) -> Marts:
    """Marts full of what no honest source would send."""
    marts = Marts()
    fill(marts, is_tame=request.param == "tame")
    return marts


def asked_by(by: By) -> dict[Period, list[Kpi]]:
    return next(models[MODELS[0]] for of, models in everything(CATALOGUE.kpis.values(), MODELS[:1]) if of == by)


def computed(
    marts: Marts, by: By, asked: dict[Period, list[Kpi]], folder: Path, context: ComputeContext = CONTEXT
) -> list[tuple[Any, ...]]:
    """The same by :mod:`kpi.engine`, as the lake reads it."""
    file = folder / f"{by}.ndjson"
    as_of = CONTEXT.as_of.strftime(INSTANT)
    with file.open("wb") as lines:
        for result in compute_models({MODELS[0]: asked}, by=by, run=marts.run, context=context):
            lines.write(version_line(result_row(result, as_of)))
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in RESULT_TYPES.items())
    return duckdb.sql(f"SELECT * FROM read_json('{file}', format='newline_delimited', columns={{{types}}})").fetchall()


def difference(rows: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> str:
    """The first rows that only one side has."""
    ours, theirs = Counter(rows) - Counter(expected), Counter(expected) - Counter(rows)
    return "\n".join(
        f"{side} {row}" for side, only in (("composed", ours), ("computed", theirs)) for row in sorted(only, key=str)[:3]
    )


OF_THIRDS = {"grr", "grr_12_months", "mrr_churn_gross", "mrr_churn_net", "mrr_net_new", "nrr", "nrr_12_months"}
"""Several amounts of MRR, which are kept in ninths of a millionth: Decimal rounds each."""
OF_SHARES = {
    "contribution_rate",
    "forecast_bias",
    "gross_margin",
    "margin_coverage",
    "return_rate",
    "return_rate_value",
    "win_rate_value",
}
"""An amount by an amount: past 26 digits where both are shares of a credit, or kept in millionths and large."""


def assert_all_is_the_same(marts: Marts, by: By, known: Known, folder: Path) -> None:
    """With what is known and without it, composed and computed."""
    context, asked = replace(CONTEXT, known=known), asked_by(by)
    written = bulk.write({MODELS[0]: asked}, by=by, con=marts.con, context=context, folder=folder, worth_it=0)
    done = {period: [kpi for kpi in kpis if kpi not in written.left[MODELS[0]][period]] for period, kpis in asked.items()}
    unaware = computed(marts, by, done, folder)
    assert written.rows == len(unaware) > 0
    for rows in (duckdb.sql(f"FROM {rows_of(written.files)}").fetchall(), computed(marts, by, done, folder, context)):
        if found := difference(rows, unaware):
            pytest.fail(found)


@pytest.mark.parametrize("by", sorted(PERIODS_BY.keys() - {"total"}))
def test_every_row_is_the_one_that_the_definition_gives(adversary: Marts, by: By, tmp_path: Path) -> None:
    asked = asked_by(by)
    written = bulk.write({MODELS[0]: asked}, by=by, con=adversary.con, context=CONTEXT, folder=tmp_path, worth_it=0)
    done = {period: [kpi for kpi in kpis if kpi not in written.left[MODELS[0]][period]] for period, kpis in asked.items()}
    expected = computed(adversary, by, done, tmp_path)
    rows = duckdb.sql(f"FROM {rows_of(written.files)}").fetchall() if written.files else []
    assert written.rows == len(rows)
    if found := difference(rows, expected):
        pytest.fail(found)


@pytest.mark.parametrize("by", ["campaign", "company"])
def test_where_credits_are_whole_nothing_is_weighed_and_all_is_the_same(by: By, tmp_path: Path) -> None:
    marts = Marts()
    fill(marts, is_tame=True)
    for mart in ("deal_credit", "deal_outcome", "sold_credit"):
        marts.con.execute(f"UPDATE {mart} SET credit = {CREDIT_UNIT}")
    known = informed(CONTEXT, marts.con, CATALOGUE.kpis.values()).known
    assert known.undivided == {
        ("deal_outcome", None),
        *((m, of) for m in ("deal_credit", "sold_credit") for of in (*MODELS, "")),
    }
    assert_all_is_the_same(marts, by, Known(undivided=known.undivided), tmp_path)


@pytest.mark.parametrize("by", ["campaign", "company"])
@pytest.mark.parametrize("is_tame", [True, False])
def test_what_checks_find_nothing_is_not_counted_and_all_is_the_same(by: By, is_tame: bool, tmp_path: Path) -> None:
    marts = Marts()
    fill(marts, is_tame=is_tame)
    marts.con.execute("UPDATE spend SET is_other_zone = false")
    marts.con.execute("UPDATE spend SET cost_class = 'estimate' WHERE rowid = (SELECT MAX(rowid) FROM spend)")
    known = informed(CONTEXT, marts.con, CATALOGUE.kpis.values()).known
    assert "is_other_zone" in known.unmet["spend"]
    assert "cost_class = 'estimate'" not in known.unmet["spend"]
    assert_all_is_the_same(marts, by, Known(unmet=known.unmet), tmp_path)


@pytest.mark.parametrize("by", ["campaign", "company", "owner"])
@pytest.mark.parametrize("is_tame", [True, False])
def test_conditions_that_every_row_meets_are_not_asked_and_all_is_the_same(by: By, is_tame: bool, tmp_path: Path) -> None:
    marts = Marts()
    fill(marts, is_tame=is_tame)
    marts.con.execute("UPDATE spend SET clicks = COALESCE(clicks, 1), is_paid_channel = true")
    marts.con.execute("UPDATE spend SET impressions = NULL, is_mature = false WHERE rowid = (SELECT MAX(rowid) FROM spend)")
    marts.con.execute("UPDATE deal_outcome SET is_zero_left_out = false")
    known = informed(CONTEXT, marts.con, CATALOGUE.kpis.values()).known
    assert {"clicks IS NOT NULL", "is_paid_channel"} <= known.always["spend"]
    assert {"impressions IS NOT NULL", "conversions IS NOT NULL AND is_mature"}.isdisjoint(known.always["spend"])
    assert "NOT is_zero_left_out" in known.always["deal_outcome"]
    assert_all_is_the_same(marts, by, Known(always=known.always), tmp_path)


@pytest.mark.parametrize("by", ["campaign", "company", "owner"])
@pytest.mark.parametrize("is_tame", [True, False])
def test_where_numbers_are_short_fewer_bits_are_read_and_all_is_the_same(by: By, is_tame: bool, tmp_path: Path) -> None:
    marts = Marts()
    fill(marts, is_tame=is_tame)
    for mart, model in MARTS.items():
        for column in columns(model):
            if column.type is Decimal:
                held = f'greatest(least("{column.name}", 999999999999), -999999999999)'
                marts.con.execute(f'UPDATE {mart} SET "{column.name}" = round({held}, 2)')
    known = informed(CONTEXT, marts.con, CATALOGUE.kpis.values()).known
    deals = {one.column: one.type for one in known.short["deal_outcome"]}
    if is_tame:
        assert deals["amount_home"] in ("DECIMAL(9, 2)", "DECIMAL(18, 2)")
        assert deals["cycle_s"] == "INTEGER"
    else:
        assert deals["amount_home"] == "DECIMAL(18, 2)"
        assert "cycle_s" not in deals
    assert_all_is_the_same(marts, by, Known(short=known.short), tmp_path)


def test_a_column_that_one_value_makes_long_is_not_short() -> None:
    marts = Marts()
    for amount in ("-9999999.99", "0.01"):
        marts.deal(amount_home=Decimal(amount), cycle_s=999_999_999)

    def short() -> set[tuple[str, str]]:
        found = informed(CONTEXT, marts.con, CATALOGUE.kpis.values()).known.short["deal_outcome"]
        return {(one.column, one.type) for one in found} & {
            (name, kind) for name in ("amount_home", "cycle_s") for kind in ("INTEGER", "DECIMAL(9, 2)", "DECIMAL(18, 2)")
        }

    assert short() == {("amount_home", "DECIMAL(9, 2)"), ("cycle_s", "INTEGER")}
    marts.deal(amount_home=Decimal("10000000.00"), cycle_s=1_000_000_000)
    assert short() == {("amount_home", "DECIMAL(18, 2)")}
    marts.deal(amount_home=Decimal("0.001"))
    assert short() == set()


def test_a_condition_that_is_unknown_of_one_row_leaves_it_out() -> None:
    marts = Marts()
    fill(marts, is_tame=True)

    def known() -> tuple[bool, bool]:
        found = informed(CONTEXT, marts.con, CATALOGUE.kpis.values()).known
        return "is_crm_source" in found.always["customer"], "is_crm_source" in found.unmet["customer"]

    of_one = "WHERE rowid = (SELECT MAX(rowid) FROM customer)"
    marts.con.execute("UPDATE customer SET is_crm_source = true")
    assert known() == (True, False)
    marts.con.execute(f"UPDATE customer SET is_crm_source = NULL {of_one}")
    assert known() == (False, False)
    marts.con.execute("UPDATE customer SET is_crm_source = false")
    assert known() == (False, True)
    marts.con.execute(f"UPDATE customer SET is_crm_source = NULL {of_one}")
    assert known() == (False, True)


def test_a_column_alone_is_never_divided_by_nothing() -> None:
    marts = Marts()
    for _ in range(3):
        marts.deal(company_id="c", created_on=CONTEXT.today, amount_home=Decimal(5))
    made = bulk.compose({MODELS[0]: asked_by("company")}, by="company", run=marts.run, context=CONTEXT, worth_it=0)
    flags = {marts.con.execute(f"SELECT MAX(flags) FROM ({select})").fetchone() for _, select in made.selects}
    assert flags <= {(None,), ("[]",), ('["small_sample"]',)}


@pytest.mark.parametrize("by", ["company", "page", "product"])
def test_what_an_honest_source_sends_is_composed_but_for_few_formulas(by: By) -> None:
    marts = Marts()
    fill(marts, is_tame=True)
    made = bulk.compose({MODELS[0]: asked_by(by)}, by=by, run=marts.run, context=CONTEXT, worth_it=0)
    left = {kpi.name for kpis in made.left[MODELS[0]].values() for kpi in kpis}
    assert left <= {kpi.name for kpi in CATALOGUE.kpis.values() if ratio(kpi.formula) is None} | OF_THIRDS | OF_SHARES


def test_what_is_needed_once_more_and_what_is_few_is_left_to_the_definitions(tmp_path: Path) -> None:
    marts = Marts()
    fill(marts, is_tame=True)
    asked = asked_by("page")
    first, *_ = asked["all"]

    def written(worth_it: int) -> bulk.Written:
        needed = {(first.name, "all")}
        return bulk.write(
            {MODELS[0]: asked}, by="page", con=marts.con, context=CONTEXT, folder=tmp_path, needed=needed, worth_it=worth_it
        )

    many, few = written(worth_it=0), written(worth_it=10**6)
    assert many.rows > 0
    assert {period: [kpi.name for kpi in kpis] for period, kpis in many.left[MODELS[0]].items() if kpis} == {"all": [first.name]}
    assert few == bulk.Written((), 0, {MODELS[0]: asked})
    assert not [name for (name,) in marts.con.execute("SHOW TABLES").fetchall() if name.startswith("bulk_")]
