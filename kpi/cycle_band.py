"""Is a deal faster or slower than usual? A word that holds for a month, where a count of days would move daily.

The yardstick is the quartiles of the sales cycles that were won in the deal's pipeline *before the band's month*: the
month of winning for a won deal, the current month for an open one (KPI_DEFINITIONS §3b). So a won deal's band never
changes again, and an open deal's changes on the first of a month or not at all.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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


class Bands:
    """The band of each deal, once all deals were gone through; of them only the won cycles are kept, eight bytes each.

    ``today`` is a date of the reporting zone, in which months begin.
    """

    def __init__(self, deals: Iterable[DealFact], today: date, zone: ZoneInfo) -> None:
        self._month = month_of(today)
        self._month_start = datetime(self._month.year, self._month.month, 1, tzinfo=zone).astimezone(UTC)
        won: defaultdict[str | None, defaultdict[date, array[int]]] = defaultdict(lambda: defaultdict(lambda: array("q")))
        for deal in deals:
            if deal.won_on is not None and deal.cycle_s is not None and deal.is_won:
                won[deal.pipeline_id][month_of(deal.won_on)].append(deal.cycle_s)
        self._usual = {pipeline_id: _usual_by_month(cycles, self._month) for pipeline_id, cycles in won.items()}

    def of(self, deal: DealFact) -> Band:
        if deal.is_open and deal.created_at is not None:
            age_s = max(0, int((self._month_start - deal.created_at).total_seconds()))
            return self._band(deal, self._month, age_s)
        if deal.is_won and deal.won_on is not None and deal.cycle_s is not None:
            return self._band(deal, month_of(deal.won_on), deal.cycle_s)
        return Band(None, _why_none(deal), None)

    def _band(self, deal: DealFact, month: date, seconds: int) -> Band:
        usual = self._usual.get(deal.pipeline_id, {}).get(month)
        if usual is None:
            return Band(None, NOT_ENOUGH_DATA, month, seconds)
        return Band(_word(seconds, usual), None, month, seconds, usual)


def _usual_by_month(cycles: Mapping[date, Sequence[int]], this_month: date) -> dict[date, Quartiles | None]:
    """For each month in which something was won, and this one: the quartiles of what was won before it."""
    usual: dict[date, Quartiles | None] = {}
    before = array("q")
    for month in sorted({*cycles, this_month}):
        usual[month] = quartiles(before) if len(before) >= MIN_WON else None
        before = array("q", sorted((*before, *cycles.get(month, ()))))
    return usual


def _why_none(deal: DealFact) -> Reason:
    if not deal.is_open and not deal.is_won:
        return LOST
    return NEGATIVE_CYCLE if deal.has_negative_cycle else NO_DATE


def _word(seconds: int, usual: Quartiles) -> Word:
    if seconds < usual.lower:
        return "faster"
    return "slower" if seconds > usual.upper else "normal"
