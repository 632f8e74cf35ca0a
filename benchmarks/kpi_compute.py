"""From marts to numbers: every KPI at every grain and period that Cadran keeps.

Beside four KPIs written by hand as plain Python loops over the same rows, already in memory: what somebody who needs
just these would write. The same four are then asked of the engine alone, and both must agree to the last digit.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measuring import Row, interleaved, timed
from benchmarks.vendors import vendors
from connectors.sandbox.worlds import open_world, save_folder
from kpi.engine import ComputeContext, compute
from kpi.periods import Period
from kpi.registry import KPIS
from sync import bootstrap, runs
from sync.bootstrap import DEMO
from sync.demo import WORLD_FOLDER, load_sandboxed
from sync.derived import coverage, marts
from sync.grains import MODELS, PERIODS_BY, kept
from sync.house import House
from sync.pipeline import Frame
from sync.progress import LogProgress

HANDWRITTEN = ("revenue_won", "deals_won", "win_rate", "spend")
PERIODS: tuple[Period, ...] = ("year", "quarter", "month")

Key = tuple[str, Period, date]
"""(KPI, period, its first day)"""
Deal = tuple[date | None, date | None, Decimal | None]
Spend = tuple[date, Decimal | None]


@contextmanager
def synced_house(folder: Path, world: str) -> Iterator[tuple[House, Frame]]:
    """A home with the world's facts in it."""
    opened = open_world(world)
    save_folder(opened, folder / DEMO / WORLD_FOLDER)
    with vendors(world, ample=True) as address:
        loaded = load_sandboxed(opened.settings_yaml, address, folder)
        with bootstrap.house(loaded, loaded.accounts[DEMO]) as house:
            yield house, runs.sync(house, LogProgress()).frame


def _starts(day: date) -> Iterator[tuple[Period, date]]:
    yield "year", date(day.year, 1, 1)
    yield "quarter", date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    yield "month", date(day.year, day.month, 1)


def by_hand(deals: Iterable[Deal], spend: Iterable[Spend]) -> dict[Key, Decimal]:
    """The four KPIs by year, quarter and month, wherever there is something to count."""
    revenue: defaultdict[tuple[Period, date], Decimal] = defaultdict(Decimal)
    won: Counter[tuple[Period, date]] = Counter()
    lost: Counter[tuple[Period, date]] = Counter()
    spent: defaultdict[tuple[Period, date], Decimal] = defaultdict(Decimal)
    for won_on, lost_on, amount in deals:
        if won_on is not None:
            for slot in _starts(won_on):
                won[slot] += 1
                revenue[slot] += amount or 0
        if lost_on is not None:
            for slot in _starts(lost_on):
                lost[slot] += 1
    for spend_on, amount in spend:
        for slot in _starts(spend_on):
            spent[slot] += amount or 0
    found: dict[Key, Decimal] = {}
    for slot in won:
        found["revenue_won", *slot] = revenue[slot]
        found["deals_won", *slot] = Decimal(won[slot])
    for slot in won.keys() | lost.keys():
        found["win_rate", *slot] = round(Decimal(won[slot]) / Decimal(won[slot] + lost[slot]), 10)
    found |= {("spend", *slot): amount for slot, amount in spent.items()}
    return found


def rows_in_memory(con: duckdb.DuckDBPyConnection, today: date) -> tuple[list[Deal], list[Spend]]:
    deals = con.execute(
        "SELECT CASE WHEN won_on <= $1 THEN won_on END, CASE WHEN lost_on <= $1 THEN lost_on END, amount_home FROM deal_outcome",
        [today],
    ).fetchall()
    spend = con.execute("SELECT spend_on, spend_home FROM spend WHERE spend_on <= $1", [today]).fetchall()
    return deals, spend


def engine_over(con: duckdb.DuckDBPyConnection, context: ComputeContext) -> Callable[[Iterable[str], bool], list[Any]]:
    """(names, whether at every grain) -> results."""

    def run(sql: str) -> list[tuple[Any, ...]]:
        return con.execute(sql).fetchall()

    def results(names: Iterable[str], everywhere: bool) -> list[Any]:
        asked = [KPIS[name] for name in names]
        if not everywhere:
            return [r for p in PERIODS for r in compute(asked, by="total", period=p, model="first", run=run, context=context)]
        return [
            result
            for by, periods in PERIODS_BY.items()
            for period in periods
            for model in MODELS
            for result in compute(
                [k for k in asked if kept(k, by, period) and (model == MODELS[0] or k.is_credited(by))],
                by=by,
                period=period,
                model=model,
                run=run,
                context=context,
            )
        ]

    return results


def agree(ours: Iterable[Any], by_hand: Mapping[Key, Decimal]) -> int:
    """How many values the loops gave; raises when the engine's differ.

    A period of which spend is known only in part is undefined for the engine; the loops add up what there is.
    """
    found = {(r.kpi, r.period, r.period_start): r for r in ours}
    wrong = {key: value for key, value in by_hand.items() if not found[key].reason and found[key].value != value}
    if wrong:
        raise RuntimeError(f"the engine and the loops differ: {wrong}")
    return len(by_hand)


def measure(folder: Path, *, world: str = "builtin", turns: int = 5) -> list[Row]:
    with synced_house(folder, world) as (house, frame), marts(house, frame) as (con, _report):
        context = ComputeContext(frame.now, frame.today, frame.currency, coverage(house, con, frame))
        engine = engine_over(con, context)
        deals, spend = rows_in_memory(con, frame.today)
        few = engine(HANDWRITTEN, False)
        loops = agree(few, by_hand(deals, spend))
        everything = len(engine(KPIS, True))
        taken = interleaved(
            {
                "all": lambda: timed(lambda: engine(KPIS, True)),
                "few": lambda: timed(lambda: engine(HANDWRITTEN, False)),
                "loops": lambda: timed(lambda: by_hand(deals, spend)),
            },
            turns,
        )
    beside = f"plain Python loops, {len(HANDWRITTEN)} KPIs, {loops} values, rows in memory"
    return [
        Row(
            f"one of {everything:,} KPI values: all {len(KPIS)} KPIs at every grain",
            taken["all"],
            beside,
            taken["loops"],
            values=(everything, loops),
            note=f"per value, with its inputs, flags and reasons; {taken['all'].median:.2f} s in all",
        ),
        Row(
            f"the same {len(HANDWRITTEN)} KPIs alone, one of {len(few)} values",
            taken["few"],
            beside,
            taken["loops"],
            values=(len(few), loops),
            note="per value; SQL composed in the first turn, same values to the last digit",
        ),
    ]
