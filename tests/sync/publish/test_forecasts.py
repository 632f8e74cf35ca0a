"""Forecasts are made of whole, settled periods, kept as long as nothing changes, and looked up as they were known."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kpi.registry import KPIS
from kpi.text import Text
from sync.publish.forecast_store import Kept, all_newest, expected, forecast, forecast_as_known
from sync.publish.forecasts import Wanted, forecast_now, update, wanted
from sync.publish.histories import History, history
from sync.publish.running import done_by
from tests.sync.publish.months import MID_SEPTEMBER, SEPTEMBER, OnShelf, months_before

STEADY = [100, 110, 90, 105, 95, 102, 98, 107, 93, 101, 99, 104, 96, 103]
FOLLOW_REVENUE = {"kpis": {"follow": ["revenue_won"]}}


def on_shelf(folder: Path, **settings: Any) -> OnShelf:
    made = OnShelf(folder, **settings)
    made.house.catalogue = made.house.catalogue.__class__(made.house.catalogue.definitions, ("revenue_won", "win_rate"))
    return made


def learned(found: OnShelf, kpi: str, period: Any = "month") -> History | Text:
    figures = found.shelf.series(kpi, period=period)
    return history(KPIS[kpi], period, figures, date(2026, 9, 16))


def newest(found: OnShelf, kpi: str = "revenue_won", **of: str) -> Kept:
    kept = forecast(found.shelf, kpi, **of)
    assert kept is not None
    return kept


# --- what is learned from ---------------------------------------------------------------------------------------------


def test_the_period_that_runs_is_not_history(tmp_path: Path) -> None:
    """Whole months alone, from when on there was anything."""
    made = on_shelf(tmp_path)
    made.months("revenue_won", [0, 0, *STEADY], now=5)
    found = learned(made, "revenue_won")
    assert isinstance(found, History)
    assert (found.start, found.end, found.unsettled) == (date(2025, 7, 1), SEPTEMBER, 0)
    assert list(found.values) == STEADY


def test_what_is_not_settled_is_left_out_and_forecast(tmp_path: Path) -> None:
    """July and August may still change."""
    made = on_shelf(tmp_path)
    late = {date(2026, month, 1): "2026-10-15" for month in (7, 8)}
    made.months("revenue_won", STEADY, now=5, provisional=late)
    found = learned(made, "revenue_won")
    assert isinstance(found, History)
    assert (found.end, found.unsettled, len(found.values)) == (date(2026, 7, 1), 2, 12)
    update(made.house, made.shelf)
    kept = newest(made)
    assert [one.start.month for one in kept.coming] == [7, 8, 9][: len(kept.coming)]
    assert kept.running is not None
    assert kept.running.start == SEPTEMBER


def test_it_begins_after_a_gap_or_a_period_of_few_cases(tmp_path: Path) -> None:
    """A hole cannot be learned over."""
    made = on_shelf(tmp_path)
    made.months("revenue_won", [*STEADY[:3], None, *STEADY[3:]])
    found = learned(made, "revenue_won")
    assert isinstance(found, History)
    assert list(found.values) == STEADY[3:]
    made.months("win_rate", ["0.5"] * 12)
    made.put("win_rate", {date(2025, 10, 1): "0.9"}, flags=["small_sample"])
    rates = learned(made, "win_rate")
    assert isinstance(rates, History)
    assert rates.start == date(2025, 11, 1)


@pytest.mark.parametrize(
    ("values", "more", "words"),
    [
        ([], {}, "there are no values yet"),
        (STEADY[:9], {}, "9 settled months without a gap are known, 10 are needed"),
        ([*STEADY, None], {}, "the last month has no value: nothing there"),
        ([0] * 12, {}, "it has always been 0"),
        (STEADY, {"flags": ["small_sample"]}, "the last month rests on too few cases"),
        (STEADY[:2], {"provisional": {date(2026, m, 1): "2027-01-01" for m in (7, 8)}}, "none of its 2 months is settled"),
    ],
)
def test_where_there_is_nothing_to_learn_from_it_says_why(tmp_path: Path, values: list[Any], more: Any, words: str) -> None:
    """In both languages."""
    made = on_shelf(tmp_path)
    made.months("revenue_won", values, **more)
    found = learned(made, "revenue_won")
    assert isinstance(found, Text)
    assert found.en == words
    assert found.fr != found.en


def test_a_forecast_is_not_forecast(tmp_path: Path) -> None:
    """The weighted forecast looks ahead itself."""
    made = on_shelf(tmp_path)
    made.months("weighted_forecast", STEADY)
    found = learned(made, "weighted_forecast")
    assert isinstance(found, Text)
    assert "a forecast itself" in found.en


# --- made, and kept ---------------------------------------------------------------------------------------------------


def test_what_is_followed_aimed_at_or_watched_is_forecast(tmp_path: Path) -> None:
    """Each series once; never what is known at one moment only."""
    target = {
        "kpi": "leads",
        "by": "owner",
        "for": "7",
        "value": 5,
        "period": "each month",
        "owner": "A",
        "baseline": 2,
        "reason": "b",
    }
    rule = {"kind": "outside_forecast", "kpi": "sessions", "by": "device", "period": "week", "to": ["me"]}
    made = on_shelf(tmp_path, targets=[target], alerts={"rules": {"odd": rule}})
    made.house.catalogue = made.house.catalogue.__class__(made.house.catalogue.definitions, ("revenue_won", "pipeline_value"))
    assert [(want.kpi.name, want.by, want.period) for want in wanted(made.house)] == [
        ("revenue_won", "total", "month"),
        ("revenue_won", "total", "week"),
        ("revenue_won", "channel", "month"),
        ("leads", "owner", "month"),
        ("sessions", "device", "week"),
    ]


def test_it_comes_back_from_the_store_as_it_was_made(tmp_path: Path) -> None:
    """To the last digit, but for the trial, of which what alerts need is kept; of each channel its own."""
    made = on_shelf(tmp_path)
    made.months("revenue_won", STEADY, now=55)
    made.months("revenue_won", [one + 7 for one in STEADY], now=60, by="channel", key="email")
    made.months("win_rate", ["0.4"] * 3)
    assert update(made.house, made.shelf) == 3
    kept = newest(made)
    live = forecast_now(made.shelf, Wanted(KPIS["revenue_won"], "total", "month"), "")
    assert live is not None
    assert live.forecast is not None
    assert kept.forecast is not None
    assert kept.forecast.ahead == live.forecast.ahead
    assert (kept.present, kept.coming, kept.history_end) == (live.present, live.coming, SEPTEMBER)
    assert {one.step for one in kept.forecast.tried} == {1}
    channel = newest(made, by="channel", key="email")
    assert channel.forecast is not None
    assert channel.forecast.ahead[0].value == kept.forecast.ahead[0].value + 7
    rate = newest(made, "win_rate")
    assert rate.forecast is None
    assert rate.reason == Text(
        "3 settled months without a gap are known, 10 are needed", "3 mois définitifs sans trou sont connus, il en faut 10"
    )


def test_it_is_made_again_only_when_its_history_changes(tmp_path: Path) -> None:
    """A day later only the period that runs moves on; a restated month makes a new one, and the old one can be looked up."""
    made = on_shelf(tmp_path)
    made.months("revenue_won", STEADY, now=50)
    assert update(made.house, made.shelf) == 1
    before = newest(made)
    assert before.present is not None
    made.known_at(MID_SEPTEMBER + timedelta(days=1))
    made.put("revenue_won", {SEPTEMBER: 80})
    assert update(made.house, made.shelf) == 0
    after = newest(made)
    assert after.known_from == MID_SEPTEMBER
    assert after.present is not None
    assert after.present.done == 80
    made.known_at(MID_SEPTEMBER + timedelta(days=2))
    made.put("revenue_won", {date(2026, 8, 1): 300})
    assert update(made.house, made.shelf) == 1
    assert newest(made).known_from == MID_SEPTEMBER + timedelta(days=2)
    known = forecast_as_known(made.shelf, "revenue_won", "total", "", "month", MID_SEPTEMBER + timedelta(days=1))
    assert known is not None
    assert known.known_from == MID_SEPTEMBER
    assert forecast_as_known(made.shelf, "revenue_won", "total", "", "month", datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert len(all_newest(made.shelf)) == 1


def test_old_ones_go_with_the_results_they_rest_on(tmp_path: Path) -> None:
    """``retention.results_days``."""
    made = on_shelf(tmp_path, retention={"results_days": 30})
    made.months("revenue_won", STEADY)
    update(made.house, made.shelf)
    later = datetime(2026, 10, 20, tzinfo=UTC)
    made.known_at(later)
    made.put("revenue_won", {SEPTEMBER: 99}, partial_from=date(2026, 10, 1))
    update(made.house, made.shelf)
    assert forecast_as_known(made.shelf, "revenue_won", "total", "", "month", later - timedelta(days=1)) is None
    assert newest(made).known_from == later


# --- what was expected, before it was known ---------------------------------------------------------------------------


def test_what_was_expected_comes_from_the_forecast_before_the_period_began(tmp_path: Path) -> None:
    """Not from one that has learned from it since."""
    made = on_shelf(tmp_path)
    made.months("revenue_won", STEADY)
    update(made.house, made.shelf)
    coming = newest(made).of(SEPTEMBER)
    assert coming is not None
    made.known_at(datetime(2026, 10, 2, tzinfo=UTC))
    made.put("revenue_won", {SEPTEMBER: 900}, partial_from=date(2026, 10, 1))
    update(made.house, made.shelf)
    assert newest(made).history_end == date(2026, 10, 1)
    found = expected(made.shelf, "revenue_won", "total", "", "month", SEPTEMBER)
    assert found is not None
    assert found in (coming.ahead.wide, coming.ahead.likely)


def test_where_none_was_kept_the_trial_on_the_past_tells(tmp_path: Path) -> None:
    """August, of which the first forecast has learned: what the model would have said on 1 August, with the other months' errors."""
    made = on_shelf(tmp_path)
    months = [*STEADY, *STEADY, 900]
    made.months("revenue_won", months)
    update(made.house, made.shelf)
    found = expected(made.shelf, "revenue_won", "total", "", "month", date(2026, 8, 1))
    assert found is not None
    assert found.high < 300
    assert expected(made.shelf, "revenue_won", "total", "", "month", date(2031, 8, 1)) is None
    assert expected(made.shelf, "revenue_won", "total", "", "month", date(2026, 8, 2)) is None
    assert expected(made.shelf, "leads", "total", "", "month", SEPTEMBER) is None


# --- the period that runs ---------------------------------------------------------------------------------------------


def test_what_was_done_by_now_is_added_up_by_the_day() -> None:
    """By hand: half of five days is two days and half of the third."""
    days = {date(2026, 9, 1) + timedelta(days=at): Decimal(10 * (at + 1)) for at in range(5)}
    assert done_by(days, SEPTEMBER, date(2026, 9, 6), Decimal("0.5")) == 10 + 20 + 15
    assert done_by(days, SEPTEMBER, date(2026, 9, 6), Decimal(1)) == 150
    assert done_by({}, SEPTEMBER, date(2026, 9, 6), Decimal("0.5")) == 0


def test_the_running_month_ends_as_past_months_did_from_here(tmp_path: Path) -> None:
    """Every past month had brought three quarters by its middle: so 60 by mid-September make 80."""
    made = on_shelf(tmp_path)
    made.months("revenue_won", [80, 120] * 9, now=60)
    starts = months_before(SEPTEMBER, 18)
    made.days(
        "revenue_won", {start: [whole * 3 / 4, *[0] * 26, whole / 4] for start, whole in zip(starts, [80, 120] * 9, strict=True)}
    )
    update(made.house, made.shelf)
    present = newest(made).present
    assert present is not None
    assert (present.share, present.profile, present.rest) == (Decimal("0.75"), "past_periods", "pace")
    assert present.value == 80


def test_a_rate_has_no_running_end(tmp_path: Path) -> None:
    """Half a month's win rate is no half of anything."""
    made = on_shelf(tmp_path)
    made.months("win_rate", ["0.4", "0.5"] * 8, now="0.45")
    update(made.house, made.shelf)
    kept = newest(made, "win_rate")
    assert kept.forecast is not None
    assert kept.present is None


def test_nothing_is_made_before_the_first_sync(tmp_path: Path) -> None:
    """An empty shelf."""
    made = on_shelf(tmp_path)
    with made.shelf.engine.begin() as tx:
        tx.exec_driver_sql("DELETE FROM shelf")
    assert update(made.house, made.shelf) == 0
    assert all_newest(made.shelf) == []
