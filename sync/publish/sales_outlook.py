"""What sales are going to bring, told twice: by the deals that are open, and by the past of won revenue.

They know different things. The pipeline knows which deals there are, and trusts their stage and close date; the past knows how much
usually comes, whoever is in the pipeline. Each stands beside how far off it has been.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kpi.forecast import Range
from kpi.forecast.intervals import LIKELY, reach
from kpi.periods import period_end
from kpi.units import Unit, rounded
from sync.publish.forecast_store import Kept
from sync.publish.shelf import Figure, Shelf

REVENUE, PIPELINE, ACCURACY = "revenue_won", "weighted_forecast", "forecast_accuracy"
MONTHS = 2
"""The one that is running, and the next."""


class PipelineError(NamedTuple):
    """How far off the weighted forecast was, as it was kept when each month began."""

    share: Decimal
    """Of what was won (WAPE)."""
    months: int


@dataclass(frozen=True)
class SalesOutlook:
    """One month, both ways. ``None`` where one of them has nothing to say."""

    start: date
    end: date
    currency: str | None
    won: Decimal | None
    """So far."""
    open_weighted: Decimal | None
    """Open deals expected in the month, each by the chance of its stage."""
    pipeline: Decimal | None
    """Both together."""
    pipeline_likely: Range | None
    """By the errors of past months, 8 times in 10; of the month that is running."""
    pipeline_error: PipelineError | None
    """None: no weighted forecast was kept yet when a month began."""
    by_past: Decimal | None
    """What the past of won revenue makes of it."""
    by_past_likely: Range | None
    by_past_error: Decimal | None
    """Of such forecasts, as a share of what was won."""


def sales_outlook(shelf: Shelf, revenue: Kept | None) -> list[SalesOutlook]:
    """The month that is running and the next, at total. ``revenue``: the forecast of ``revenue_won`` by month."""
    if shelf.today is None:
        return []
    errors = _pipeline_errors(shelf)
    found, start = [], shelf.today.replace(day=1)
    for month in range(MONTHS):
        figure = shelf.figure(PIPELINE, period="month", start=start)
        found.append(_month(start, figure, errors, revenue, is_running=month == 0))
        start = period_end("month", start)
    return found


def _month(
    start: date, figure: Figure | None, errors: Sequence[tuple[Decimal, Decimal]], revenue: Kept | None, *, is_running: bool
) -> SalesOutlook:
    coming = revenue.of(start) if revenue else None
    present = revenue.present if revenue and is_running else None
    by_past, likely = (coming.ahead.value, coming.ahead.likely) if coming else (None, None)
    if present is not None:
        by_past, likely = present.value, present.likely
    value = figure.value if figure else None
    won = figure.inputs.get(REVENUE) if figure else None
    return SalesOutlook(
        start=start,
        end=period_end("month", start),
        currency=figure.currency if figure else None,
        won=won,
        open_weighted=figure.inputs.get("weighted_open") if figure else None,
        pipeline=value,
        pipeline_likely=_around(value, won, errors) if is_running else None,
        pipeline_error=_error(errors),
        by_past=by_past,
        by_past_likely=likely,
        by_past_error=coming.ahead.error_share if coming else None,
    )


def _pipeline_errors(shelf: Shelf) -> list[tuple[Decimal, Decimal]]:
    """(won, forecast at the month's start) of every month that is over and has both."""
    assert shelf.today is not None  # noqa: S101 - looked at before
    pairs = []
    for figure in shelf.series(ACCURACY, period="month", until=shelf.today.replace(day=1)):
        won, forecast = figure.inputs.get(REVENUE), figure.inputs.get("forecast_at_start")
        if won is not None and forecast is not None:
            pairs.append((won, forecast))
    return pairs


def _error(pairs: Sequence[tuple[Decimal, Decimal]]) -> PipelineError | None:
    won = sum((came for came, _ in pairs), Decimal(0))
    if not won:
        return None
    off = sum((abs(came - forecast) for came, forecast in pairs), Decimal(0))
    return PipelineError(rounded(off / won, Unit.RATIO), len(pairs))


def _around(value: Decimal | None, won: Decimal | None, pairs: Sequence[tuple[Decimal, Decimal]]) -> Range | None:
    """What is won stays won."""
    reached = reach([came - forecast for came, forecast in pairs], LIKELY)
    if value is None or reached is None:
        return None
    return Range(rounded(max(value - reached, won or Decimal(0)), Unit.MONEY), rounded(value + reached, Unit.MONEY), LIKELY)
