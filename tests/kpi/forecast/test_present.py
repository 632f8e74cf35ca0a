"""What a period that is not over ends at."""

from decimal import Decimal

from kpi.forecast.backtest import Tried
from kpi.forecast.limits import Limits
from kpi.forecast.present import Past, Present, ends_at, share_done
from kpi.units import Unit

HALF = Decimal("0.5")
POSITIVE = Limits(Decimal(0))


def past(*periods: tuple[int, int, int | None]) -> list[Past]:
    """(done, whole, forecast) each."""
    return [Past(Decimal(done), Decimal(whole), None if said is None else Decimal(said)) for done, whole, said in periods]


def at(done: int, whole: int, before: list[Past], elapsed: Decimal = HALF, tried: tuple[Tried, ...] = ()) -> Present:
    return ends_at(Decimal(done), elapsed, Decimal(whole), past=before, tried=tried, unit=Unit.COUNT, limits=POSITIVE)


def test_how_much_is_usually_done_by_now() -> None:
    """Sum over sum of past periods; by the days where there are too few of them."""
    assert share_done(past(*[(30, 100, None)] * 6), HALF) == (Decimal("0.3"), "past_periods")
    assert share_done(past(*[(30, 100, None)] * 5), HALF) == (HALF, "days")
    assert share_done(past(*[(0, 0, None)] * 6), HALF) == (HALF, "days")


def test_what_is_left_comes_by_the_forecast() -> None:
    """By hand: half is usual by now; 40 done, the forecast was 100: 40 + ½ × 100. In the past it was off by 0, 4, −4, 8 and so on:
    the sixth of six errors, 8, stands for 8 in 10."""
    before = past((60, 100, 80), (40, 100, 112), (60, 104, 96), (40, 92, 112), (60, 106, 92), (40, 98, 100))
    found = at(40, 100, before)
    assert (found.value, found.rest, found.profile, found.errors) == (90, "forecast", "past_periods", 6)
    errors = [one.whole - one.done - HALF * (one.forecast or 0) for one in before]
    assert found.likely is not None
    assert found.likely.high == 90 + max(map(abs, errors))


def test_the_pace_goes_on_where_it_told_the_past_better() -> None:
    """In six months half was done by now, to the unit, whatever had been forecast."""
    before = past((50, 100, 10), (70, 140, 10), (30, 60, 200), (80, 160, 20), (20, 40, 300), (60, 120, 10))
    found = at(45, 100, before)
    assert (found.rest, found.value) == ("pace", 90)
    assert found.likely == (90, 90, Decimal("0.8"))


def test_with_little_of_it_over_the_pace_says_nothing() -> None:
    """Below a tenth."""
    before = past(*[(5, 100, 300)] * 6)
    assert at(1, 100, before, elapsed=Decimal("0.05")).rest == "forecast"


def test_without_values_by_the_day_the_error_of_the_whole_is_scaled() -> None:
    """By hand: three quarters over; an error of 12 of the whole is 12 × √¼ = 6 of the rest."""
    tried = tuple(Tried(place, 1, Decimal(100), Decimal(112)) for place in range(4))
    found = at(80, 100, [], elapsed=Decimal("0.75"), tried=tried)
    assert (found.value, found.profile) == (105, "days")
    assert found.likely == (99, 111, Decimal("0.8"))


def test_what_is_done_stays_done() -> None:
    """Whatever errors there were, no range ends below it."""
    tried = tuple(Tried(place, 1, Decimal(100), Decimal(500)) for place in range(4))
    found = at(80, 100, [], tried=tried)
    assert found.likely is not None
    assert found.likely.low == 80
