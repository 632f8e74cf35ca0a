"""Sales told by the pipeline and by the past, each beside how far off it has been."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from kpi.registry import KPIS
from sync.publish.forecasts import Wanted, forecast_now
from sync.publish.sales_outlook import SalesOutlook, sales_outlook
from tests.sync.publish.months import SEPTEMBER, OnShelf, months_before

OCTOBER = date(2026, 10, 1)


def outlook(made: OnShelf) -> list[SalesOutlook]:
    return sales_outlook(made.shelf, forecast_now(made.shelf, Wanted(KPIS["revenue_won"], "total", "month"), ""))


def with_pipeline(folder: Path) -> OnShelf:
    made = OnShelf(folder)
    parts = {SEPTEMBER: {"revenue_won": "40", "weighted_open": "50"}, OCTOBER: {"revenue_won": "0", "weighted_open": "30"}}
    made.put("weighted_forecast", {SEPTEMBER: 90, OCTOBER: 30}, inputs=parts)
    return made


def kept_forecasts(made: OnShelf, *pairs: tuple[int, int]) -> None:
    """(won, forecast when the month began) of the last months."""
    for start, (won, said) in zip(months_before(SEPTEMBER, len(pairs)), pairs, strict=True):
        parts = {"revenue_won": str(won), "forecast_at_start": str(said)}
        made.put("forecast_accuracy", {start: "0.5"}, inputs={start: parts})


def test_both_stand_beside_each_other(tmp_path: Path) -> None:
    """This month with what is won, and the next."""
    made = with_pipeline(tmp_path)
    made.months("revenue_won", [100, 104, 96, 100] * 4, now=40)
    now, then = outlook(made)
    assert (now.start, now.won, now.open_weighted, now.pipeline) == (SEPTEMBER, 40, 50, 90)
    assert (then.start, then.won, then.open_weighted, then.pipeline) == (OCTOBER, 0, 30, 30)
    assert now.by_past is not None
    assert now.by_past_likely is not None
    assert Decimal(80) < now.by_past < Decimal(100)
    assert then.by_past is not None
    assert Decimal(95) < then.by_past < Decimal(105)
    assert then.by_past_error is not None
    assert then.by_past_error < Decimal("0.05")


def test_the_pipeline_is_held_against_what_it_said_before(tmp_path: Path) -> None:
    """By hand: off by 20, 10, 0 and 50 of 400 that were won; the fourth of four errors, 50, stands for 8 in 10, and what is won stays
    won."""
    made = with_pipeline(tmp_path)
    kept_forecasts(made, (100, 120), (100, 90), (100, 100), (100, 150))
    now, then = outlook(made)
    assert now.pipeline_error == (Decimal("0.2"), 4)
    assert now.pipeline_likely == (40, 140, Decimal("0.8"))
    assert then.pipeline_likely is None


def test_what_was_never_kept_is_not_known(tmp_path: Path) -> None:
    """No forecast of a month's beginning, no history, no pipeline."""
    made = with_pipeline(tmp_path)
    kept_forecasts(made, (100, 120))
    now, _ = outlook(made)
    assert now.pipeline_error == (Decimal("0.2"), 1)
    assert (now.pipeline_likely, now.by_past, now.by_past_likely) == (None, None, None)
    bare, _ = outlook(OnShelf(tmp_path / "bare"))
    assert (bare.won, bare.pipeline, bare.pipeline_error) == (None, None, None)
