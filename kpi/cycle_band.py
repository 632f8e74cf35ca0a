"""Is a deal faster or slower than usual? A word that holds for a month, where a count of days would move daily.

The yardstick is the quartiles of the sales cycles that were won in the deal's pipeline *before the band's month*: the
month of winning for a won deal, the current month for an open one (KPI_DEFINITIONS §3b). So a won deal's band never
changes again, and an open deal's changes on the first of a month or not at all.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from kpi.lead_costs import DealFact, month_of
from kpi.record_reasons import LOST, NEGATIVE_CYCLE, NO_DATE, NOT_ENOUGH_DATA
from kpi.undefined import Reason

MIN_WON = 20
"""Fewer won deals than this say nothing about what is usual."""

Word = Literal["faster", "normal", "slower"]


class Quartiles(NamedTuple):
    """Of ``n`` won cycles, in seconds, by linear interpolation between closest ranks (R12)."""

    n: int
    lower: Decimal
    median: Decimal
    upper: Decimal


class Band(NamedTuple):
    """A word or why there is none; ``seconds`` is what was held against the quartiles."""

    word: Word | None
    reason: Reason | None
    month: date | None
    seconds: int | None = None
    quartiles: Quartiles | None = None


def quartiles(ordered: Sequence[int]) -> Quartiles:
    """The quartiles of at least one whole number, given in ascending order."""
    return Quartiles(len(ordered), *(_at_quarter(ordered, q) for q in (1, 2, 3)))


def _at_quarter(ordered: Sequence[int], quarter: int) -> Decimal:
    rank, rest = divmod((len(ordered) - 1) * quarter, 4)
    low = ordered[rank]
    high = ordered[rank + 1] if rest else low
    return Decimal(4 * low + (high - low) * rest) / 4


def cycle_bands(deals: Iterable[DealFact], today: date, zone: ZoneInfo) -> dict[str, Band]:
    """The band of every deal. ``today`` is a date of the reporting zone, in which months begin."""
    this_month = month_of(today)
    month_start = datetime(this_month.year, this_month.month, 1, tzinfo=zone).astimezone(UTC)
    bands: dict[str, Band] = {}
    waiting: defaultdict[str | None, list[tuple[date, str, int]]] = defaultdict(list)
    won: defaultdict[str | None, list[tuple[date, int]]] = defaultdict(list)
    for deal in deals:
        if deal.is_open and deal.created_at is not None:
            age_s = max(0, int((month_start - deal.created_at).total_seconds()))
            waiting[deal.pipeline_id].append((this_month, deal.deal_id, age_s))
        elif deal.is_won and deal.won_on is not None and deal.cycle_s is not None:
            waiting[deal.pipeline_id].append((month_of(deal.won_on), deal.deal_id, deal.cycle_s))
            won[deal.pipeline_id].append((deal.won_on, deal.cycle_s))
        else:
            bands[deal.deal_id] = Band(None, _why_none(deal), None)
    for pipeline_id, asked in waiting.items():
        bands.update(_bands_of_pipeline(asked, won[pipeline_id]))
    return bands


def _why_none(deal: DealFact) -> Reason:
    if not deal.is_open and not deal.is_won:
        return LOST
    return NEGATIVE_CYCLE if deal.has_negative_cycle else NO_DATE


def _bands_of_pipeline(asked: list[tuple[date, str, int]], won: list[tuple[date, int]]) -> dict[str, Band]:
    """One walk through the months: the cycles won before each are kept in order."""
    bands: dict[str, Band] = {}
    cycles: list[int] = []
    coming = sorted(won, reverse=True)
    usual: Quartiles | None = None
    usual_of: date | None = None
    for month, deal_id, seconds in sorted(asked):
        if month != usual_of:
            while coming and coming[-1][0] < month:
                insort(cycles, coming.pop()[1])
            usual = quartiles(cycles) if len(cycles) >= MIN_WON else None
            usual_of = month
        if usual is None:
            bands[deal_id] = Band(None, NOT_ENOUGH_DATA, month, seconds)
        else:
            bands[deal_id] = Band(_word(seconds, usual), None, month, seconds, usual)
    return bands


def _word(seconds: int, usual: Quartiles) -> Word:
    if seconds < usual.lower:
        return "faster"
    return "slower" if seconds > usual.upper else "normal"
