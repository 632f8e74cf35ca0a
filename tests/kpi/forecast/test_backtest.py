"""The model that did best on the past is chosen, seasonal naive unless something beats it clearly, and says how far off it was."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.forecast import Forecast, Limits, forecast, limits_of
from kpi.forecast.backtest import LEAST_VALUES
from kpi.forecast.limits import ANYTHING
from kpi.registry import KPIS
from kpi.units import Unit
from tests.kpi.forecast.series import as_a_year_before, decimals, noise, seasonal


def made(values: list[Decimal], *, season: int = 12, ahead: int = 4, limits: Limits = ANYTHING) -> Forecast:
    found = forecast(values, season=season, ahead=ahead, unit=Unit.MONEY, limits=limits)
    assert found is not None
    return found


def test_a_season_and_a_trend_are_learned() -> None:
    """Four years of four series: on the months that were not shown, errors are less than half of those of the seasonal naive
    forecast, and less than half on the past as well."""
    own = naive = Decimal(0)
    for seed in range(4):
        values = seasonal(seed, 52)
        known, came = values[:48], values[48:]
        found = made(known)
        assert found.model == "theta_seasonal"
        own += sum(abs(one.value - value) for one, value in zip(found.ahead, came, strict=True))
        naive += sum(abs(known[-12 + step] - value) for step, value in enumerate(came))
        assert found.mase is not None
        assert found.naive_mase is not None
        assert found.mase < found.naive_mase / 2
    assert own < naive / 2


@pytest.mark.parametrize("seed", range(4))
def test_what_cannot_be_beaten_is_kept(seed: int) -> None:
    """Of a series that repeats last year but for chance, the seasonal naive forecast, which is no better than itself."""
    found = made(as_a_year_before(seed, 60))
    assert found.model == "seasonal_naive"
    assert found.mase == found.naive_mase


def test_of_white_noise_nothing_is_pretended() -> None:
    """Over 24 series: its errors out of sample are as large as it says; what comes lies within the ranges as often as they say; and
    no season is seen."""
    said = Decimal(0)
    came = Decimal(0)
    likely = wide = 0
    models = []
    for seed in range(24):
        values = noise(seed, 44)
        found = made(values[:40])
        models.append(found.model)
        for one, value in zip(found.ahead, values[40:], strict=True):
            said += one.mean_error
            came += abs(one.value - value)
            assert one.likely is not None
            assert one.wide is not None
            likely += one.likely.low <= value <= one.likely.high
            wide += one.wide.low <= value <= one.wide.high
    assert "theta_seasonal" not in models
    assert Decimal("0.8") < said / came < Decimal("1.25")
    assert 0.7 < likely / 96 < 0.92
    assert wide / 96 > 0.88


def test_too_short_a_history_has_no_forecast_and_a_short_one_reaches_less_far() -> None:
    """As far as it could be tried; from four errors a horizon on."""
    assert forecast(decimals(*range(LEAST_VALUES - 1)), season=12, ahead=4, unit=Unit.COUNT) is None
    found = made(noise(1, LEAST_VALUES + 1))
    assert [one.errors for one in found.ahead] == [5, 4]
    assert found.season == 1


def test_a_year_before_counts_once_it_could_be_tried() -> None:
    """With 19 months: from 12 origins on, four errors of the fourth horizon."""
    assert made(noise(1, 18)).season == 1
    assert made(noise(1, 19)).season == 12


def test_what_never_changed_is_forecast_and_nothing_is_scaled_by_it() -> None:
    """No error to divide by."""
    found = made(decimals(*[7] * 15))
    assert {one.value for one in found.ahead} == {Decimal(7)}
    assert (found.model, found.mase, found.error_share) == ("naive", None, 0)


def test_its_figures_by_hand() -> None:
    """The last value is repeated: from the sixth to the ninth on, off by 31, −2, 1 and 2 of 158 that came; within the series it is
    off by 56 in nine steps."""
    found = made(decimals(5, 9, 5, 9, 5, 9, 40, 38, 39, 41), ahead=1)
    assert (found.model, found.origins) == ("naive", 4)
    assert [tried.error for tried in found.tried] == [31, -2, 1, 2]
    assert found.mase == found.naive_mase == (Decimal(36 * 9) / (4 * 56)).quantize(Decimal("0.0001"))
    assert found.error_share == (Decimal(36) / 158).quantize(Decimal("0.0001"))
    (one,) = found.ahead
    assert (one.value, one.mean_error, one.errors) == (41, 9, 4)
    # The fourth of four errors, ranked, stands for 8 in 10, and nothing for 95 in 100.
    assert one.likely == (10, 72, Decimal("0.8"))
    assert one.wide is None


def test_wide_ranges_come_with_more_errors() -> None:
    """Nine errors stand for 9 in 10 at most, nineteen for 95 in 100."""
    levels = {n: made(noise(2, n), ahead=1).ahead[0].wide for n in (14, 15, 24, 25)}
    assert levels[14] is None
    assert [levels[n].level for n in (15, 24, 25)] == [Decimal("0.9"), Decimal("0.947"), Decimal("0.95")]  # type: ignore[union-attr]


def test_farther_ahead_is_never_surer() -> None:
    """Each range is as wide as the one before, at least."""
    found = made(noise(5, 40))
    widths = [one.likely.high - one.likely.low for one in found.ahead if one.likely]
    assert widths == sorted(widths)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 100).map(lambda n: Decimal(n) / 100), min_size=10, max_size=30))
def test_a_share_stays_a_share(values: list[Decimal]) -> None:
    """Forecast and ranges lie within 0 and 1."""
    limits = limits_of(KPIS["win_rate"], values)
    found = forecast(values, season=12, ahead=4, unit=Unit.RATIO, limits=limits)
    assert found is not None
    for one in found.ahead:
        ends = [end for ends in (one.likely, one.wide) if ends for end in ends[:2]]
        assert all(0 <= value <= 1 for value in (one.value, *ends))


def test_limits_follow_from_the_card_and_the_past() -> None:
    """A share within 0 and 1, a sum not below 0 unless it was, a return not below −1, a margin wherever it goes."""
    assert limits_of(KPIS["win_rate"], ()) == (0, 1)
    assert limits_of(KPIS["revenue_won"], ()) == (0, None)
    assert limits_of(KPIS["revenue_won"], decimals(-5)) == (None, None)
    assert limits_of(KPIS["roi"], ()) == (-1, None)
    assert limits_of(KPIS["net_margin"], ()) == (None, None)
    assert limits_of(KPIS["session_conversion"], decimals("1.2")) == (0, None)


def test_the_same_history_gives_the_same_forecast() -> None:
    """To the last digit."""
    assert made(seasonal(3, 40)) == made(seasonal(3, 40))
