"""Is a deal faster or slower than usual? A word that holds for a month, where a count of days would move daily.

The yardstick is the quartiles of the sales cycles that were won in the deal's pipeline *before the band's month*: the
month of winning for a won deal, the current month for an open one (KPI_DEFINITIONS §3b). So a won deal's band never
changes again, and an open deal's changes on the first of a month or not at all.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from kpi.lead_costs import month_of
from kpi.record_reasons import LOST, NEGATIVE_CYCLE, NO_DATE, NOT_ENOUGH_DATA
from kpi.text import Text
from kpi.undefined import Reason

MIN_WON = 20
"""Fewer won deals than this say nothing about what is usual."""

Word = Literal["faster", "normal", "slower"]

BANDS: Mapping[str, Text] = MappingProxyType(
    {
        "faster": Text("Faster than usual", "Plus rapide que d'habitude"),
        "normal": Text("As usual", "Habituel"),
        "slower": Text("Slower than usual", "Plus lent que d'habitude"),
    }
)
"""What each word is called where people choose among them."""


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


def usual_by_month(cycles: Mapping[date, Sequence[int]], this_month: date) -> dict[date, Quartiles]:
    """Of one pipeline: for each month in which something was won, and this one, the quartiles of what was won before it.

    ``cycles``: by the first day of the month of winning, in seconds. A month before which too little was won is left out.
    """
    usual: dict[date, Quartiles] = {}
    before: list[int] = []
    for month in sorted({*cycles, this_month}):
        if len(before) >= MIN_WON:
            usual[month] = quartiles(before)
        before += cycles.get(month, ())
        before.sort()
    return usual


def month_start(month: date, zone: ZoneInfo) -> datetime:
    """The instant at which a month of the reporting zone begins."""
    return datetime(month.year, month.month, 1, tzinfo=zone).astimezone(UTC)


class Timing(NamedTuple):
    """What a deal's band is made of."""

    created_at: datetime | None
    is_open: bool
    is_won: bool
    won_on: date | None
    cycle_s: int | None
    has_negative_cycle: bool
    usual: Quartiles | None
    """Of its pipeline, before its band's month; None: too little was won."""


def band(deal: Timing, month: date, month_start: datetime) -> Band:
    """The band of a deal. ``month``: the current one, and the instant at which it began."""
    if deal.is_open and deal.created_at is not None:
        return _band(deal, month, max(0, int((month_start - deal.created_at).total_seconds())))
    if deal.is_won and deal.won_on is not None and deal.cycle_s is not None:
        return _band(deal, month_of(deal.won_on), deal.cycle_s)
    return Band(None, _why_none(deal), None)


def _band(deal: Timing, month: date, seconds: int) -> Band:
    if deal.usual is None:
        return Band(None, NOT_ENOUGH_DATA, month, seconds)
    return Band(_word(seconds, deal.usual), None, month, seconds, deal.usual)


def _why_none(deal: Timing) -> Reason:
    if not deal.is_open and not deal.is_won:
        return LOST
    return NEGATIVE_CYCLE if deal.has_negative_cycle else NO_DATE


def _word(seconds: int, usual: Quartiles) -> Word:
    if seconds < usual.lower:
        return "faster"
    return "slower" if seconds > usual.upper else "normal"
