"""Intervals: against published numbers, by their properties, and as they come out of marts."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Context, Decimal, localcontext
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.card import BadDefinitions, Definitions, check
from kpi.measures.base import Percentile
from kpi.measures.deals import CYCLE_MEDIAN
from kpi.registry import KPIS
from kpi.uncertainty import events, is_bounded, is_within, mean, net_share, pair, per_case, returns, share, student
from kpi.units import Unit
from tests.kpi.marts import DAY_S, WHOLE_DEAL, Marts, day

MEDIAN, P90 = Percentile("cycle_s", 1, 2), Percentile("cycle_s", 9, 10)
parts = st.integers(0, 400).flatmap(lambda part: st.tuples(st.just(Decimal(part)), st.integers(max(part, 1), 400).map(Decimal)))
amounts = st.lists(st.decimals(0, 10**9, places=2), min_size=2, max_size=30)


def digits(found: Sequence[Decimal] | None, places: str) -> list[str]:
    assert found is not None
    return [str(end.quantize(Decimal(places))) for end in found]


def ranks(n: int, percentile: Percentile) -> tuple[int, int]:
    held = [rank for rank in range(1, n + 1) if is_within(rank, n, percentile)]
    return held[0], held[-1]


def coverage(n: int, percentile: Percentile) -> float:
    """How often the true percentile lies between the values at the two ranks, by the binomial distribution."""
    low, high = ranks(n, percentile)
    p = percentile.numerator / percentile.denominator
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(low, high))


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, "0.2553", "0.3662"), (15, 148, "0.0624", "0.1605"), (0, 20, "0.0000", "0.1611"), (1, 29, "0.0061", "0.1718")],
)
def test_shares_are_those_of_newcombe_1998(part: int, whole: int, low: str, high: str) -> None:
    """Statistics in Medicine 17, table I, method 3 (Wilson without correction)."""
    assert digits(share(Decimal(part), Decimal(whole)), "0.0001") == [low, high]


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, "12.7062"), (4, "2.7764"), (10, "2.2281"), (30, "2.0423"), (31, "2.0395"), (100, "1.9840")]
)
def test_students_t_is_that_of_the_tables(freedom: int, quantile: str) -> None:
    assert str(student(Decimal(freedom)).quantize(Decimal("0.0001"))) == quantile
    assert abs(student(Decimal(1000)) - Decimal("1.96233908")) < Decimal("0.00000001")


def test_a_mean_has_students_interval() -> None:
    """1 … 5: mean 3, standard deviation 1.5811; 3 ± 2.7764 × 1.5811 / √5."""
    assert digits(mean(Decimal(15), Decimal(5), Decimal(55)), "0.0001") == ["1.0368", "4.9632"]
    assert mean(Decimal(7), Decimal(1), Decimal(49)) is None


@pytest.mark.parametrize(("n", "low", "high"), [(5, "1.623", "11.668"), (10, "4.795", "18.390"), (100, "81.364", "121.627")])
def test_numbers_of_events_are_those_of_garwood_within_one_percent(n: int, low: str, high: str) -> None:
    """Garwood 1936: the exact interval of a Poisson count."""
    found = events(Decimal(n))
    assert found is not None
    for end, exact in zip(found, (low, high), strict=True):
        assert abs(end / Decimal(exact) - 1) < Decimal("0.01")


def test_ranks_of_a_median_are_those_of_the_tables() -> None:
    """Conover, Practical Nonparametric Statistics: the 2nd and 9th of ten, the 40th and 61st of a hundred."""
    assert ranks(10, MEDIAN) == (2, 9)
    assert ranks(100, MEDIAN) == (40, 61)


@pytest.mark.parametrize("percentile", [MEDIAN, P90])
def test_ranks_hold_the_percentile_95_times_in_100_or_more(percentile: Percentile) -> None:
    """By the exact binomial, for every number of values that allows both ends."""
    bounded = [n for n in range(1, 301) if is_bounded(n, percentile)]
    assert bounded == list(range(bounded[0], 301))
    assert min(coverage(n, percentile) for n in bounded) >= 0.95


def test_an_nps_has_an_interval_also_when_everybody_is_a_promoter() -> None:
    """Sauro and Lewis' worked form of the adjusted Wald interval: three answers more, ¾ of them promoters and ¾ detractors."""
    assert digits(net_share(Decimal(60), Decimal(20), Decimal(100)), "0.0001") == ["0.2338", "0.5429"]
    assert digits(net_share(Decimal(5), Decimal(0), Decimal(5)), "0.0001") == ["0.1749", "1.0000"]


@given(parts)
def test_a_share_lies_within_its_interval_and_that_within_0_and_1(case: tuple[Decimal, Decimal]) -> None:
    part, whole = case
    found = share(part, whole)
    assert found is not None
    assert 0 <= found[0] <= part / whole <= found[1] <= 1
    assert found[0] < found[1]


@given(parts)
def test_ten_times_the_cases_make_it_narrower(case: tuple[Decimal, Decimal]) -> None:
    few, many = share(*case), share(case[0] * 10, case[1] * 10)
    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]


@given(parts)
def test_what_is_left_has_the_mirrored_interval(case: tuple[Decimal, Decimal]) -> None:
    part, whole = case
    one, other = share(part, whole), share(whole - part, whole)
    assert one is not None
    assert other is not None
    assert abs(one[0] + other[1] - 1) < Decimal("1e-20")


@given(amounts)
def test_a_mean_lies_in_the_middle_of_its_interval(values: list[Decimal]) -> None:
    total, n = sum(values, Decimal(0)), Decimal(len(values))
    found = mean(total, n, sum((v * v for v in values), Decimal(0)))
    assert found is not None
    assert found[0] <= total / n <= found[1]
    assert abs(found[0] + found[1] - 2 * total / n) < Decimal("1e-9")


@given(st.decimals(1, 10**9, places=2), st.integers(1, 5000).map(Decimal))
def test_a_cost_per_case_lies_within_its_interval(spent: Decimal, n: Decimal) -> None:
    found = per_case(spent, n)
    assert found is not None
    assert found[0] < spent / n < found[1]


@given(st.integers(0, 400).map(Decimal), st.integers(1, 400).map(Decimal))
def test_a_ratio_of_counts_and_its_inverse_say_the_same(first: Decimal, second: Decimal) -> None:
    found = pair(first, second)
    assert found is not None
    assert found[0] <= first / second <= found[1]
    inverse = pair(second, first) if first else None
    if inverse is not None:
        assert abs(found[0] * inverse[1] - 1) < Decimal("1e-20")


def test_the_callers_precision_does_not_matter(marts: Marts) -> None:
    marts.deal(won_on=day(1))
    for _ in range(2):
        marts.deal(lost_on=day(1))
    usual = marts.one("win_rate").interval
    with localcontext(Context(prec=5)):
        assert marts.one("win_rate").interval == usual


# --- as they come out of marts ------------------------------------------------------------------------------


def test_worked_check_14_a_win_rate_of_three_deals_says_how_little_it_knows(marts: Marts) -> None:
    """3 wins, 0 losses, 40 open."""
    for _ in range(3):
        marts.deal(won_on=day(1), amount_home=10)
    for _ in range(40):
        marts.deal()
    found = marts.one("win_rate")
    assert (found.value, found.n, found.flags) == (1, 3, ("small_sample",))
    assert digits(found.interval, "0.0001") == ["0.4385", "1.0000"]


def test_means_and_percentiles_of_marts_have_those_of_their_rows(marts: Marts) -> None:
    """Twelve deals, 1 to 12 days, 10.05 to 120.60: 6.5 ± 2.2010 × 3.6056 / √12; the median's ends are the 3rd and 10th."""
    for n in range(1, 13):
        marts.deal(won_on=day(n), amount_home=Decimal("10.05") * n, cycle_s=n * DAY_S)
    days = marts.one("cycle_days_mean", period="month").interval
    assert digits(days, "0.0001") == ["4.2091", "8.7909"]
    assert digits(marts.one("avg_deal_size").interval, "0.01") == ["42.30", "88.35"]
    low, high = ranks(12, MEDIAN)
    assert digits(marts.one("cycle_days_median").interval, "0.1") == [f"{low}.0", f"{high}.0"]
    assert marts.one("cycle_days_p90").interval is None  # ninety per cent of twelve: nothing lies surely above


def test_a_mean_over_shares_of_deals_is_weighted_by_them(marts: Marts) -> None:
    """Half of each deal: half as many cases, of the same amounts."""
    row = {**WHOLE_DEAL, "won_on": day(1), "is_open": False, "model": "linear", "campaign": "brand"}
    for n in range(1, 13):
        both = [
            {**row, "deal_id": str(n), "amount_home": n * 100, "credit": 500_000_000, "channel": c} for c in ("email", "direct")
        ]
        marts.insert("deal_credit", both)
    (direct, _) = marts.compute("avg_deal_size", by="channel", model="linear")
    assert direct.n == 6
    half = mean(Decimal(3900), Decimal(6), Decimal(sum(n * n * 5000 for n in range(1, 13))))
    assert digits(direct.interval, "0.0001") == digits(half, "0.0001")


def test_amounts_as_large_as_a_column_holds_do_not_overflow(marts: Marts) -> None:
    for _ in range(3):
        marts.deal(won_on=day(1), amount_home=Decimal("999999999999.99"))
    assert digits(marts.one("avg_deal_size").interval, "0.01") == ["999999999999.99"] * 2


def test_costs_and_returns_vary_with_the_cases_alone(marts: Marts) -> None:
    marts.spend("1000", on=day(1))
    for _ in range(10):
        marts.lead(on=day(1))
        marts.deal(won_on=day(2), amount_home=300, channel="paid_search")
    assert digits(marts.one("cpl").interval, "0.01") == digits(per_case(Decimal(1000), Decimal(10)), "0.01")
    expected = returns(Decimal(3000), Decimal(1000), Decimal(10 * 300 * 300))
    assert digits(marts.one("roas_crm").interval, "0.0001") == digits(expected, "0.0001")
    assert digits(marts.one("roi").interval, "0.0001") == digits([end - 1 for end in expected], "0.0001")


def test_what_is_no_sample_has_no_interval(marts: Marts) -> None:
    marts.deal(won_on=day(1), amount_home=10)
    for name in ("revenue_won", "deals_won", "win_rate_value", "sales_velocity"):
        assert marts.one(name).interval is None


def test_every_rate_of_counts_has_an_interval_or_says_that_it_has_none() -> None:
    """Whoever adds one decides: by the formula's shape, or on the card."""
    rates = [kpi for kpi in KPIS.values() if kpi.unit is Unit.RATIO and {m.measures for m in kpi.formula.inputs} == {Unit.COUNT}]
    assert len(rates) > 30
    assert [kpi.name for kpi in rates if kpi.estimator is None and kpi.interval is None] == []


def test_a_card_cannot_declare_an_interval_that_its_formula_does_not_allow() -> None:
    wrong = replace(KPIS["revenue_won"], interval="share")
    with pytest.raises(BadDefinitions, match="revenue_won: an interval of kind share"):
        check(Definitions((wrong,), (), (*wrong.formula.inputs, CYCLE_MEDIAN)))
