"""The SQL that is sent out: within the portable subset, and the same on every engine."""

import random
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from kpi.engine import ComputeContext, compute
from kpi.measures import FAMILIES, MEASURES
from kpi.measures.base import BYS, By, Measure
from kpi.measures.deals import REVENUE_WON
from kpi.periods import Period
from kpi.registry import KPIS
from kpi.scan import NESTED, Scan, Wanted, in_dialect, ranked_together, ranks, ranks_in_lists, read, scan_of, sums
from kpi.schema import MARTS
from tests.kpi.marts import AS_OF, DAY_S, EVERYTHING, TODAY, Marts, day

CUTS: tuple[tuple[Period, ...], ...] = (("all",), ("all", "year", "month"))
CYCLE = next(measure for measure in MEASURES if measure.name == "cycle_median")
CYCLED = next(measure for measure in MEASURES if measure.facts is CYCLE.facts and measure.where == "cycle_s IS NOT NULL")
UNPORTABLE = (
    exp.Div,
    exp.Avg,
    exp.ApproxQuantile,
    exp.PercentileCont,
    exp.Quantile,
    exp.ArgMin,
    exp.DateTrunc,
    exp.TimestampTrunc,
)


def every_select() -> list[str]:
    """Each SELECT that any cut needs, with all the measures that share it."""
    sharing: dict[Scan, list[Measure]] = {}
    for by in BYS:
        for measure in (m for m in MEASURES if m.can_be_cut_by(by)):
            scan = scan_of(measure, by=by, model="first", since=date(2026, 1, 1), until=date(2026, 11, 21))
            sharing.setdefault(scan, []).append(measure)
    found = []
    for scan, measures in sharing.items():
        wanted = [Wanted(measure, CUTS[scan.time is not None]) for measure in measures]
        found.append(sums(scan, wanted))
        found += [ranks(scan, together) for together in ranked_together(wanted)]
    return found


SELECTS = every_select()
PARSED = [sqlglot.parse_one(text, read="duckdb") for text in SELECTS]


@pytest.mark.parametrize("target", ["postgres", "spark"])
def test_another_engine_reads_the_same_columns(target: str) -> None:
    """That it gives the same values is for ``make test-engines`` to say."""
    for text, here in zip(SELECTS, PARSED, strict=True):
        assert columns(sqlglot.parse_one(in_dialect(text, target), read=target)) == columns(here)


def columns(select: exp.Expr) -> set[str]:
    return {column.name for column in select.find_all(exp.Column)}


def test_no_select_divides_averages_or_cuts_dates() -> None:
    for select in PARSED:
        assert not list(select.find_all(*UNPORTABLE)), select.sql()
        assert not [literal for literal in select.find_all(exp.Literal) if not literal.is_string and "." in literal.name]


def test_every_duckdb_select_runs_on_marts_of_the_schema(marts: Marts) -> None:
    for text in SELECTS:
        marts.run(text)


def test_lists_give_the_ranks_that_numbered_rows_give(marts: Marts) -> None:
    chance = random.Random(5)
    sizes = (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 19, 20, 29, 30, 37, 38, 39, 60, 61, 100, 199)
    for owner, size in enumerate(sizes):
        for _ in range(size):
            marts.deal(
                won_on=day(chance.randrange(170)),
                owner_id=f"o{owner}",
                cycle_s=chance.randrange(40) * DAY_S,
                amount_home=Decimal(chance.randrange(9)),
            )
    marts.deal(won_on=date(1969, 5, 4), owner_id="o3", cycle_s=DAY_S, amount_home=Decimal(3))  # no calendar has this day
    asked: list[tuple[Period, ...]] = [
        ("all", "month"),
        ("all",),
        ("quarter", "all"),
        ("week",),
        ("year", "last_90_days"),
        (*NESTED, "week", "day", "all"),
    ]
    for name in ("cycle_median", "deal_size_median"):
        measure = next(m for m in MEASURES if m.name == name)
        alike = [m for m in MEASURES if m.facts is measure.facts and m.time == measure.time]
        for by in ("total", "owner"):
            scan = scan_of(measure, by=by, model="first", since=None, until=TODAY)
            for periods in asked:
                wanted = [Wanted(m, periods) for m in alike]
                together = next(one for one in ranked_together(wanted) if measure in {m.measure for m in one})
                rows, numbered = (marts.run(make(scan, together)) for make in (ranks_in_lists, ranks))
                assert rows
                assert sorted(map(str, rows)) == sorted(map(str, numbered))


@pytest.mark.parametrize("by", ["total", "owner", "company"])
@pytest.mark.parametrize("periods", [("all",), ("all", "year"), ("year",), ("all", "week", "month", "quarter", "year")])
def test_rows_that_count_nowhere_are_of_no_group_and_their_days_are_known(
    marts: Marts, by: By, periods: tuple[Period, ...]
) -> None:
    """The history begins with the earliest row, whatever is counted of it."""
    marts.deal(won_on=day(0), owner_id="early", company_id="early", cycle_s=None)
    marts.deal(won_on=day(40), owner_id="late", company_id="late", cycle_s=DAY_S)
    scan = scan_of(CYCLED, by=by, model="first", since=None, until=TODAY)
    found = read(scan, [Wanted(CYCLED, periods)], marts.run, "duckdb")
    assert {member for parts in found.values() for member, _ in parts.by_measure[CYCLED.name]} == {
        "" if by == "total" else "late"
    }
    if "all" in periods:
        assert found["all"].first_day == day(0)
        assert found["all"].by_measure[CYCLED.name]["" if by == "total" else "late", None].rows == 1


def test_what_a_measure_is_not_wanted_for_changes_nothing_of_the_others(marts: Marts) -> None:
    chance = random.Random(7)
    for _ in range(90):
        won = day(chance.randrange(200))
        cycle = chance.randrange(40) * DAY_S
        of = chance.choice(("a", "b", None))
        marts.deal(won_on=won, owner_id=of, company_id=of, cycle_s=cycle, amount_home=Decimal(chance.randrange(99)))
    won_deals = [m for m in MEASURES if m.facts is CYCLE.facts and m.time == CYCLE.time and not m.is_attributed]
    kinds: list[tuple[Period, ...]] = [
        ("all",),
        ("week",),
        ("month", "week", "day"),
        ("quarter", "last_90_days"),
        ("all", "month"),
    ]
    for by in ("total", "owner", "company"):
        scan = scan_of(CYCLE, by=by, model="first", since=None, until=TODAY)
        wanted = [Wanted(m, kinds[i % len(kinds)], is_squared=m is REVENUE_WON) for i, m in enumerate(won_deals)]
        together = read(scan, wanted, marts.run, "duckdb")
        for one in wanted:
            alone = read(scan, [one], marts.run, "duckdb")
            for kind, parts in together.items():
                expected = alone[kind].by_measure[one.measure.name] if kind in one.periods else {}
                assert parts.by_measure[one.measure.name] == expected


def test_where_nothing_is_ranked_there_are_no_rows(marts: Marts) -> None:
    nothing: list[tuple[Period, ...]] = [("all",), ("all", "month"), ("week",)]
    sides: tuple[By, ...] = ("total", "owner")
    for by in sides:
        scan = scan_of(CYCLE, by=by, model="first", since=None, until=TODAY)
        for periods in nothing:
            wanted = [Wanted(CYCLE, periods)]
            assert marts.run(ranks_in_lists(scan, wanted)) == marts.run(ranks(scan, wanted)) == []


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_conditions_name_columns_of_every_mart_the_measure_is_read_from(measure: Measure) -> None:
    conditions = [*([measure.where] if measure.where else []), *(check.where for check in measure.checks)]
    wanted = {column.name for text in conditions for column in sqlglot.parse_one(text).find_all(exp.Column)}
    for by in BYS:
        if measure.can_be_cut_by(by):
            mart = MARTS[measure.facts.mart_by(by, is_attributed=measure.is_attributed)]
            assert wanted <= mart.model_fields.keys()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_dimension_of_a_family_is_a_column_of_its_mart(family: str) -> None:
    facts = FAMILIES[family]
    for by, column in facts.members.items():
        assert column in MARTS[facts.mart_by(by)].model_fields


def test_marts_are_chosen_by_the_cut() -> None:
    found: dict[By, str] = {
        by: REVENUE_WON.facts.mart_by(by) for by in ("total", "owner", "channel", "campaign", "product", "category")
    }
    assert list(found.values()) == ["deal_outcome", "deal_outcome", "deal_credit", "deal_credit", "deal_product", "deal_category"]


def test_one_select_is_made_per_mart_time_column_and_window(marts: Marts) -> None:
    marts.deal(won_on=day(1), created_on=day(0), amount_home=10, cycle_s=DAY_S)
    marts.compute("win_rate", "avg_deal_size", "cycle_days_median", "cycle_days_p90", "cpl", by="channel", period="month")
    scanned = [set(re.findall(r"FROM (\w+) AS f", sql)) for sql in marts.statements]
    names = sorted(name for names in scanned for name in names - {"daily"})
    # Deals: won and lost, and the ranks of cycles.
    assert names == [*["deal_credit"] * 3, "lead_credit", "spend"]


def test_a_text_that_looks_like_sql_stays_a_text(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=10, owner_id="'; DROP TABLE deal_outcome; --")
    (found,) = marts.compute("deals_won", by="owner")
    assert found.key == "'; DROP TABLE deal_outcome; --"


def test_what_an_engine_gives_as_decimal_or_int_is_the_same_number(marts: Marts) -> None:
    """PostgreSQL sums BIGINT to numeric, DuckDB to HUGEINT."""
    marts.deal(won_on=day(1), amount_home=10, cycle_s=3 * DAY_S)

    def as_numeric(sql: str) -> list[tuple[Any, ...]]:
        return [tuple(Decimal(v) if isinstance(v, int) else v for v in row) for row in marts.run(sql)]

    context = ComputeContext(AS_OF, TODAY, "EUR", EVERYTHING)
    kpis = list(KPIS.values())
    as_decimal, as_given = (
        list(compute(kpis, by="total", period="month", model="first", run=run, context=context))
        for run in (as_numeric, marts.run)
    )
    assert as_decimal == as_given
