"""Rules on figures: a threshold, a change against the comparable period, a forecast's interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from config.alerts import RuleSettings
from kpi.card import Kpi
from kpi.expression import PRECISION
from kpi.forecast import Range
from kpi.periods import ROLLING, period_end
from kpi.text import Text
from kpi.uncertainty import Interval
from kpi.why import adds_up
from sync.house import House
from sync.publish.alerts.readings import Direction, Reading
from sync.publish.alerts.state import Judged
from sync.publish.forecast_store import expected
from sync.publish.shelf import Figure, Shelf

LOOKED_BACK = 60
"""So many periods are looked back for the newest one that is over and settled."""


@dataclass(frozen=True)
class Watched:
    """The figures a rule is about."""

    start: date
    now: Mapping[str, Figure]
    was_start: date | None
    was: Mapping[str, Figure]


def readings(house: House, shelf: Shelf, name: str, rule: RuleSettings) -> list[Reading]:
    """One for each member that the rule watches."""
    kpi = house.catalogue.kpis[rule.kpi or ""]
    seen = _watched(shelf, rule)
    members = rule.members or ([""] if rule.by == "total" else sorted(seen.now if seen else ()))
    labels = shelf.labels(rule.by) if rule.by != "total" else {}
    found = []
    for member in members:
        blank = Reading(name, rule, member, labels.get(member, member), "unknown", kpi=kpi.name)
        found.append(_read(house, shelf, blank, kpi, seen) if seen else replace(blank, note=NO_PERIOD))
    return found


NO_PERIOD = Text("no period is over and settled yet", "aucune période n'est encore close et définitive")
NO_FIGURE = Text("there is no value", "il n'y a pas de valeur")
TOO_FEW = Text("too few cases", "trop peu de cas")
NOTHING_BEFORE = Text("there is nothing to compare it with", "il n'y a rien à quoi la comparer")
WAS_ZERO = Text("it was 0, of which nothing is a share", "elle valait 0, dont rien n'est une part")
NO_FORECAST = Text("there is no forecast of that period", "il n'y a pas de prévision de cette période")


def _watched(shelf: Shelf, rule: RuleSettings) -> Watched | None:
    """The newest period that may be judged, and the one that it is held against."""
    today = shelf.today or date.max
    starts = [start for start in shelf.starts(rule.by, rule.period, [rule.kpi or ""]) if start <= today]
    for start in starts[: -LOOKED_BACK - 1 : -1]:
        now = _cut(shelf, rule, start)
        if now and (_is_rolling(rule) or not any(_unfinished(figure, rule, today) for figure in now.values())):
            before = _comparable(rule, start, starts)
            return Watched(start, now, before, _cut(shelf, rule, before) if before is not None else {})
    return None


def _cut(shelf: Shelf, rule: RuleSettings, start: date) -> dict[str, Figure]:
    cut = shelf.cut([rule.kpi or ""], by=rule.by, period=rule.period, start=start)
    return {member: kpis[rule.kpi or ""] for member, kpis in cut.items() if rule.kpi in kpis}


def _is_rolling(rule: RuleSettings) -> bool:
    """Such a period is over every day, or never."""
    return rule.period == "all" or rule.period in ROLLING


def _unfinished(figure: Figure, rule: RuleSettings, today: date) -> bool:
    if figure.is_partial and not rule.partial:
        return True
    settles = figure.provisional_until
    # The period that is not over is always provisional: whoever asks for the one has asked for the other.
    return settles is not None and settles > today and not (rule.provisional or figure.is_partial)


def _comparable(rule: RuleSettings, start: date, starts: Sequence[date]) -> date | None:
    """The first day of the period before, or of the same one a year earlier: days and weeks by the day of the week."""
    if rule.kind == "change" and rule.than == "last_year":
        by_calendar = rule.period in ("month", "quarter", "year")
        wanted = start.replace(year=start.year - 1) if by_calendar else start - timedelta(days=364)
        return wanted if wanted in starts else None
    if rule.period == "all":
        return None
    return next((one for one in reversed(starts) if one < start and period_end(rule.period, one) == start), None)


def _read(house: House, shelf: Shelf, blank: Reading, kpi: Kpi, seen: Watched) -> Reading:
    rule, figure, was = blank.settings, seen.now.get(blank.member), seen.was.get(blank.member)
    if figure is None or figure.value is None:
        why = (figure.reason if figure is not None else None) or NO_FIGURE
        return replace(blank, start=seen.start, note=why)
    low, high = bounds(figure.interval)
    read = replace(
        blank,
        value=figure.value,
        unit=figure.unit,
        currency=figure.currency,
        n=figure.n,
        low=low,
        high=high,
        start=figure.start,
        end=figure.end,
        was=was.value if was is not None else None,
        was_start=was.start if was is not None else None,
    )
    if not _is_enough(house, rule, kpi, figure, was):
        return replace(read, note=TOO_FEW)
    if rule.kind == "threshold":
        return _threshold(read, figure.value)
    if rule.kind == "change":
        return _change(read, figure.value)
    return _forecast(read, figure.value, expected(shelf, kpi.name, rule.by, blank.member, rule.period, figure.start))


def bounds(interval: Interval | None) -> tuple[Decimal | None, Decimal | None]:
    """The ends of an interval, where there is one."""
    return (interval.low, interval.high) if interval is not None else (None, None)


def _is_enough(house: House, rule: RuleSettings, kpi: Kpi, figure: Figure, was: Figure | None) -> bool:
    """Whether there are cases enough to say something. Sums and counts are known however few there are, and a month without any is
    what a person wants to hear of: they need no minimum unless the rule has one, which then holds of the larger period."""
    counts = [one.n for one in ((figure, was) if rule.kind == "change" else (figure,)) if one is not None and one.n is not None]
    if not counts:
        return True
    if adds_up(kpi.formula):
        return rule.min_n is None or max(counts) >= rule.min_n
    return min(counts) >= (rule.min_n or house.settings.kpis.min_cases)


def _threshold(read: Reading, value: Decimal) -> Reading:
    rule, last = read.settings, read.settings.last_bound
    if rule.above is not None:
        return replace(read, judged=judged(value > rule.above, value <= last), direction="up")
    return replace(read, judged=judged(rule.below is not None and value < rule.below, value >= last), direction="down")


def _change(read: Reading, value: Decimal) -> Reading:
    rule = read.settings
    if read.was is None:
        return replace(read, note=NOTHING_BEFORE)
    found = judged_change(rule, value, read.was)
    if found == "unknown":
        return replace(read, note=WAS_ZERO)
    return replace(read, judged=found, direction="up" if rule.rises else "down")


def judged_change(rule: RuleSettings, value: Decimal, was: Decimal) -> Judged:
    """A change against the rule's two steps; unknown for a share of nothing."""
    first, last = rule.rises or rule.falls, rule.last_step
    if first is None or (first.is_share and was == 0):
        return "unknown"
    move = value - was if rule.rises else was - value
    moved = PRECISION.divide(move, abs(was)) if first.is_share else move
    return judged(moved >= first.amount, moved < last.amount)


def _forecast(read: Reading, value: Decimal, foreseen: Range | None) -> Reading:
    if foreseen is None:
        return replace(read, note=NO_FORECAST)
    low, high = foreseen.low, foreseen.high
    inner = (high - low) / 10
    is_inside = low + inner <= value <= high - inner
    direction: Direction = "up" if value > high else "down"
    found = judged(not low <= value <= high, is_inside)
    return replace(read, low=low, high=high, judged=found, direction=direction)


def judged(is_breached: bool, is_cleared: bool) -> Judged:
    return "breached" if is_breached else "cleared" if is_cleared else "between"
