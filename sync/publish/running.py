"""What the period that is running will end at, from what is done and from its forecast. Of additive KPIs only."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from kpi.card import Kpi
from kpi.expression import PRECISION
from kpi.forecast import Forecast, Tried, limits_of
from kpi.forecast.present import Past, Present, ends_at
from kpi.measures.base import By
from kpi.periods import Period, period_end
from kpi.targets import kind_of
from sync.grains import kept
from sync.publish.histories import History
from sync.publish.shelf import Figure, Shelf

_A_DAY = timedelta(days=1)


class Days:
    """Values by the day, read once per KPI and dimension."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._read: dict[tuple[str, str], Mapping[str, Mapping[date, Decimal]]] = {}

    @property
    def shelf(self) -> Shelf:
        return self._shelf

    def of(self, kpi: Kpi, by: By, key: str) -> Mapping[date, Decimal]:
        """Day -> value; none where it is not kept by the day."""
        place = kpi.name, str(by)
        if place not in self._read:
            found: dict[str, dict[date, Decimal]] = defaultdict(dict)
            if kept(kpi, by, "day"):
                for figure in self._shelf.history([kpi.name], by=by, period="day"):
                    if figure.value is not None:
                        found[figure.key][figure.start] = figure.value
            self._read[place] = found
        return self._read[place].get(key, {})


def running(
    kpi: Kpi, by: By, key: str, period: Period, figures: Sequence[Figure], rests_on: History, made: Forecast, days: Days
) -> Present | None:
    """None for what does not add up over days, and where the period has no value yet or could not be forecast."""
    step = rests_on.unsettled + 1
    start = rests_on.end
    for _ in range(rests_on.unsettled):
        start = period_end(period, start)
    now = next((figure for figure in figures if figure.start == start), None)
    if kind_of(kpi) != "flow" or now is None or now.value is None or len(made.ahead) < step:
        return None
    elapsed = share_elapsed(days.shelf, now.start, now.end)
    tried = [one for one in made.tried if one.step == step]
    return ends_at(
        now.value,
        elapsed,
        made.ahead[step - 1].value,
        past=tuple(_past(period, rests_on, tried, elapsed, days.of(kpi, by, key))),
        tried=tried,
        unit=kpi.unit,
        limits=limits_of(kpi, rests_on.values),
    )


def share_elapsed(shelf: Shelf, start: date, end: date) -> Decimal:
    """How much of a period's time is over at the shelf's instant, 0 to 1, in the reporting zone."""
    assert shelf.as_of is not None  # noqa: S101 - there are values
    now = shelf.as_of.astimezone(ZoneInfo(shelf.about.get("zone", "UTC"))).replace(tzinfo=None)
    over, whole = now - datetime.combine(start, time.min), end - start
    return min(max(PRECISION.divide(_seconds(over), _seconds(whole)), Decimal(0)), Decimal(1))


def _seconds(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(seconds=1))


def _past(
    period: Period, rests_on: History, tried: Sequence[Tried], elapsed: Decimal, by_day: Mapping[date, Decimal]
) -> Iterator[Past]:
    """Each period that was tried, as it stood when as much of it was over."""
    if not by_day:
        return
    first, places, start = min(by_day), {one.place: one for one in tried}, rests_on.start
    for place, whole in enumerate(rests_on.values):
        end = period_end(period, start)
        if place in places and start >= first:
            yield Past(done_by(by_day, start, end, elapsed), whole, places[place].forecast)
        start = end


def done_by(by_day: Mapping[date, Decimal], start: date, end: date, elapsed: Decimal) -> Decimal:
    """What was done of a period when ``elapsed`` of it was over: whole days, and of the day that was running its part."""
    over = PRECISION.multiply(elapsed, Decimal((end - start).days))
    whole = int(over)
    done = sum((by_day.get(start + _A_DAY * number, Decimal(0)) for number in range(whole)), Decimal(0))
    return done + PRECISION.multiply(by_day.get(start + _A_DAY * whole, Decimal(0)), over - whole) if over > whole else done
