"""What must hold for any rows: the algebra of KPIs (KPI_DEFINITIONS §8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi.engine import Result
from kpi.measures.base import By, Measure
from kpi.periods import Period
from kpi.registry import KPIS
from kpi.units import Unit
from tests.kpi.marts import DAY_S, Marts, by_key, day

CHANNELS = ("paid_search", "email", "events", "unattributed")
TOTALS = {name: kpi for name, kpi in KPIS.items() if kpi.allows("total", "all")}
ADDITIVE = [
    name
    for name, kpi in TOTALS.items()
    if isinstance(kpi.formula, Measure) and kpi.formula.sample is None and kpi.formula.facts.own_periods == "no"
]
MONEY = [name for name, kpi in TOTALS.items() if kpi.unit is Unit.MONEY]
MONEY_FREE = [
    "win_rate",
    "lead_to_customer",
    "ctr",
    "session_conversion",
    "deals_won",
    "leads",
    "cycle_days_median",
    "roi",
    "roas_crm",
]
SHARES = ["win_rate", "session_conversion"]
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Fact:
    """One thing that happened; ``number`` is its amount, cycle or count."""

    kind: str
    on: date
    channel: str
    number: int
    second: int


facts = st.lists(
    st.builds(
        Fact,
        st.sampled_from(["won", "lost", "open", "lead", "customer", "spend", "visit", "overhead"]),
        st.integers(0, 70).map(day),
        st.sampled_from(CHANNELS),
        st.integers(0, 10**6),
        st.integers(0, 400 * DAY_S),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def board() -> Iterator[Marts]:
    """Marts shared by all examples of this file; ``fill`` empties them."""
    built = Marts()
    yield built
    built.close()


def fill(board: Marts, rows: Sequence[Fact], *, times: int = 1) -> None:
    """Add the rows to empty marts, their money multiplied by ``times``."""
    board.clear()
    for f in rows:
        amount = Decimal(f.number * times) / 100
        placed = {"channel": f.channel, "campaign": f"{f.channel} {f.number % 2}"}
        match f.kind:
            case "won":
                board.deal(won_on=f.on, amount_home=amount, cycle_s=f.second, owner_id=str(f.number % 3), **placed)
            case "lost":
                board.deal(lost_on=f.on, amount_home=amount, owner_id=str(f.number % 3), **placed)
            case "open":
                board.deal(amount_home=amount, owner_id=str(f.number % 3), **placed)
            case "lead":
                board.lead(on=f.on, owner_id=str(f.number % 3), **placed)
            case "customer":
                board.customer(on=f.on, owner_id=str(f.number % 3), **placed)
            case "spend":
                board.spend(str(amount), on=f.on, clicks=f.number % 50, impressions=f.number % 900 + 50, **placed)
            case "overhead":
                board.overhead(str(amount), on=f.on)
            case "visit":
                board.visit(f.number, f.number // 3, on=f.on, channel=f.channel)


def values(results: Sequence[Result]) -> dict[tuple[str, str, date], Decimal | None]:
    return {(r.kpi, r.key, r.period_start): r.value for r in results}


@few
@given(rows=facts, random=st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(board: Marts, rows: list[Fact], random: Random) -> None:
    fill(board, rows)
    before = values(board.compute(by="channel", period="month"))
    shuffled = list(rows)
    random.shuffle(shuffled)
    fill(board, shuffled)
    assert values(board.compute(by="channel", period="month")) == before


@few
@given(rows=facts, by=st.sampled_from(["channel", "campaign", "owner", "pipeline", "product", "company"]))
def test_members_sum_to_the_total_for_what_adds_up(board: Marts, rows: list[Fact], by: By) -> None:
    fill(board, rows)
    for name in ADDITIVE:
        if by in KPIS[name].grains and not (by == "product" and name == "deals_won"):
            parts = by_key(board.compute(name, by=by)).values()
            assert sum((v for v in parts if v is not None), Decimal(0)) == board.one(name).value, name


@few
@given(rows=facts, period=st.sampled_from([p for p in get_args(Period) if p != "all"]))
def test_periods_sum_to_all_for_what_adds_up(board: Marts, rows: list[Fact], period: Period) -> None:
    fill(board, rows)
    for name in (n for n in ADDITIVE if period in KPIS[n].periods):
        parts = [r.value for r in board.compute(name, period=period) if r.value is not None]
        assert sum(parts, Decimal(0)) == board.one(name).value, name


@few
@given(rows=facts)
def test_a_ratio_is_its_parts_added_first_and_divided_last(board: Marts, rows: list[Fact]) -> None:
    """However the rows are split, adding the parts of the splits gives the KPI of the whole."""
    fill(board, rows)
    for name in ("win_rate", "cpl", "ctr", "cac_paid", "roi", "session_conversion", "lead_to_customer"):
        kpi = KPIS[name]
        splits = board.compute(name, by="channel", period="week")
        added: dict[Measure, Decimal] = {
            m: sum((r.inputs[m.name] or Decimal(0) for r in splits), Decimal(0)) for m in kpi.formula.inputs
        }
        whole = kpi.formula.evaluate(dict(added), kpi.nothing_below)
        total = board.one(name).value
        assert (total is None) == (not isinstance(whole, Decimal)), name
        if total is not None and isinstance(whole, Decimal):
            assert abs(whole - total) <= Decimal("0.000001"), name


@few
@given(rows=facts)
def test_doubling_money_doubles_money_and_leaves_the_rest(board: Marts, rows: list[Fact]) -> None:
    fill(board, rows)
    before = {r.kpi: r.value for r in board.compute()}
    fill(board, rows, times=2)
    after = {r.kpi: r.value for r in board.compute()}
    for name in MONEY:
        one, two = before[name], after[name]
        assert (one is None) == (two is None)
        # Each side is rounded to six decimals once.
        assert one is None or two is None or abs(two - 2 * one) <= Decimal("0.000002"), name
    assert {n: before[n] for n in MONEY_FREE} == {n: after[n] for n in MONEY_FREE}


@few
@given(rows=facts)
def test_a_share_lies_between_zero_and_one(board: Marts, rows: list[Fact]) -> None:
    fill(board, rows)
    for result in board.compute(*SHARES, by="channel", period="month"):
        assert result.value is None or 0 <= result.value <= 1


@few
@given(rows=facts)
def test_a_value_is_there_or_a_reason_never_both(board: Marts, rows: list[Fact]) -> None:
    fill(board, rows)
    for result in board.compute(by="channel", period="month"):
        assert (result.value is None) == (result.reason is not None)


@few
@given(cycles=st.lists(st.integers(0, 10**8), min_size=1, max_size=40))
def test_percentiles_are_exact_interpolation(board: Marts, cycles: list[int]) -> None:
    board.clear()
    for cycle_s in cycles:
        board.deal(won_on=day(1), amount_home=1, cycle_s=cycle_s)
    for name, share in (("cycle_days_median", Fraction(1, 2)), ("cycle_days_p90", Fraction(9, 10))):
        found = board.one(name)
        assert found.n == len(cycles)
        assert found.value is not None
        assert abs(Fraction(found.value) - exact(cycles, share)) <= Fraction(1, 2 * 10**6)


def exact(cycles: Sequence[int], share: Fraction) -> Fraction:
    """Days at the share of the ordered cycles, between closest ranks (R12), without any rounding."""
    ordered = sorted(cycles)
    place = (len(ordered) - 1) * share
    low = ordered[int(place)]
    high = ordered[min(int(place) + 1, len(ordered) - 1)]
    return (low + (high - low) * (place - int(place))) / DAY_S


@few
@given(rows=facts)
def test_the_same_rows_give_the_same_results(board: Marts, rows: list[Fact]) -> None:
    fill(board, rows)
    assert board.compute(by="channel", period="month") == board.compute(by="channel", period="month")
