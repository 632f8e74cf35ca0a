"""What a series of values will come to, and how far off such a forecast has been: pure, in Decimal, without a clock.

A few models that are honest on short series (:mod:`kpi.forecast.models`) are tried on the series' own past, origin by origin
(:mod:`kpi.forecast.backtest`); the seasonal naive one is kept unless another beats it clearly. Intervals are made of the errors of
that trial, not of a distribution (:mod:`kpi.forecast.intervals`). What a period that is not over will end at is in
:mod:`kpi.forecast.present`. ``docs/forecast.md`` is the page for users.

Rates and ratios are forecast as they stand, not as a forecast above the line divided by one below it: the trial then judges just
what is shown, and it works alike for medians and formulas of many parts. They are held within what they can be
(:mod:`kpi.forecast.limits`). So a forecast rate need not equal the quotient of two forecast counts.
"""

from kpi.forecast.backtest import Ahead, Forecast, Tried, forecast
from kpi.forecast.intervals import Range
from kpi.forecast.limits import Limits, limits_of
from kpi.forecast.models import TITLES, ModelName

__all__ = ["TITLES", "Ahead", "Forecast", "Limits", "ModelName", "Range", "Tried", "forecast", "limits_of"]
