"""How targets stand, from values on the shelf."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from kpi.text import Text
from sync.publish import forecasts
from sync.publish.forecast_store import all_newest
from sync.publish.targets.standing import TargetStatus, crm_goals, statuses
from sync.publish.targets.store import since, update
from sync.publish.targets.trail import trail
from tests.sync.publish.months import MID_SEPTEMBER, SEPTEMBER, OnShelf, months_before

AUGUST = date(2026, 8, 1)
Q3 = date(2026, 7, 1)
STEADY = [100, 110, 90, 105, 95, 102, 98, 107, 93, 101, 99, 104, 96, 103, 100]


def on_shelf(folder: Path, *said: dict[str, Any], at: datetime = MID_SEPTEMBER) -> OnShelf:
    plain = {"kpi": "leads", "value": 100, "period": "each month", "owner": "Anna", "baseline": 10, "reason": "to sell more"}
    return OnShelf(folder, at=at, targets=[plain | one for one in said])


def only(made: OnShelf) -> TargetStatus:
    (found,) = statuses(made.house, made.shelf)
    return found


# --- what adds up -----------------------------------------------------------------------------------------------------


def test_without_a_forecast_the_pace_goes_on(tmp_path: Path) -> None:
    """Half of September is over: 40 leads make 80; 50 should be there."""
    made = on_shelf(tmp_path, {})
    made.months("leads", [90, 100], now=40)
    found = only(made)
    assert (found.state, found.value, found.expected, found.projected) == ("at_risk", 40, 50, 80)
    assert (found.profile, found.basis, found.pace, found.likely) == ("days", "pace", Decimal("0.8"), None)
    assert (found.start, found.end, found.is_over) == (SEPTEMBER, date(2026, 10, 1), False)
    assert found.progress == Decimal("0.3333333333")


def test_where_there_is_a_forecast_the_end_is_its_own(tmp_path: Path) -> None:
    """With its range."""
    made = on_shelf(tmp_path, {"value": 95})
    made.months("leads", STEADY, now=55)
    made.house.catalogue = made.house.catalogue.__class__(made.house.catalogue.definitions, ("leads",))
    forecasts.update(made.house, made.shelf)
    found = only(made)
    assert found.basis == "forecast"
    assert found.state == "on_track"
    assert found.projected is not None
    assert 100 < found.projected < 110
    assert found.likely is not None
    assert found.likely.low < found.projected < found.likely.high


def test_a_quarter_is_what_is_done_and_the_rest_of_its_last_month(tmp_path: Path) -> None:
    """Two months are over, and of the third the forecast of its rest comes; last year's quarter says how much is usual by now."""
    made = on_shelf(tmp_path, {"period": "2026-Q3", "value": 320, "baseline": "2025-Q3"})
    made.months("leads", STEADY, now=40)
    made.put("leads", {Q3: 243}, period="quarter", partial_from=Q3)
    made.put("leads", {date(2025, 7, 1): 280}, period="quarter")
    forecasts.update(made.house, made.shelf)
    found = only(made)
    # July to September 2025 are the second to the fourth of the steady months.
    assert found.share == ((110 + 90 + Decimal(105) / 2) / 305).quantize(Decimal("0.0001"))
    assert found.profile == "last_year"
    assert found.baseline == 280
    assert found.projected is not None
    assert 290 < found.projected < 297
    assert (found.state, found.basis) == ("at_risk", "forecast")


def test_a_year_that_the_forecast_does_not_reach_goes_on_as_last_year_went(tmp_path: Path) -> None:
    """By hand: by mid-June 2025 550 of 950 were done; 500 now make 500 × 950 / 550."""
    made = on_shelf(tmp_path, {"period": "2026", "value": 1200}, at=MID_SEPTEMBER - timedelta(days=92))
    made.months("leads", [100] * 15)
    made.put("leads", {date(2026, 1, 1): 500}, period="year", partial_from=date(2026, 1, 1))
    last_year = dict(zip(months_before(date(2026, 1, 1), 12), [100] * 6 + [50] * 5 + [100], strict=True))
    made.put("leads", last_year)
    found = only(made)
    # 15 June at midnight: five months and half of the sixth, of 950.
    assert found.share == (Decimal(550) / 950).quantize(Decimal("0.0001"))
    assert (found.profile, found.basis, found.likely) == ("last_year", "pace", None)
    assert found.projected is not None
    assert abs(found.projected - Decimal(500) * 950 / 550) < Decimal("0.001")
    assert found.state == "at_risk"


def test_a_budget_is_not_to_be_passed(tmp_path: Path) -> None:
    """At risk before it is, missed once it is."""
    made = on_shelf(tmp_path, {"kpi": "spend", "direction": "at_most", "value": 900, "baseline": 1000})
    made.months("spend", [1000], now=500)
    assert (only(made).state, only(made).projected) == ("at_risk", 1000)
    made.put("spend", {SEPTEMBER: 901})
    assert only(made).state == "missed"


def test_when_the_period_is_over_it_is_decided(tmp_path: Path) -> None:
    """Unless late records may still change it."""
    made = on_shelf(tmp_path, {"period": "2026-08", "value": 100})
    made.months("leads", [90, 99])
    assert (only(made).state, only(made).is_over, only(made).projected) == ("missed", True, None)
    made.put("leads", {AUGUST: 99}, provisional={AUGUST: "2026-10-01"})
    assert only(made).state == "at_risk"
    made.put("leads", {AUGUST: 100})
    assert only(made).state == "reached"


# --- levels and rates -------------------------------------------------------------------------------------------------


def rate(made: OnShelf, won: int, lost: int, **more: Any) -> None:
    value = Decimal(won) / (won + lost)
    parts = {SEPTEMBER: {"deals_won": str(won), "deals_lost": str(lost)}}
    made.put("win_rate", {SEPTEMBER: value}, n=won + lost, inputs=parts, **more)


def test_a_rate_is_judged_as_it_stands_with_its_interval(tmp_path: Path) -> None:
    """30 of 100 against 40 %: its interval ends at 39.6 %; of 10 it may be chance."""
    made = on_shelf(tmp_path, {"kpi": "win_rate", "value": "40 %", "baseline": "20 %"})
    rate(made, 30, 70)
    found = only(made)
    assert (found.state, found.expected, found.reason, found.progress) == ("at_risk", None, None, Decimal("0.5"))
    assert found.interval is not None
    assert found.interval.high < Decimal("0.4")
    rate(made, 3, 7)
    assert only(made).reason == Text("so near the target it may be chance", "si près de l'objectif que ce peut être le hasard")
    rate(made, 1, 2, flags=["small_sample"])
    assert only(made).state == "not_enough_data"


def test_recurring_revenue_is_judged_by_its_forecast_at_the_end(tmp_path: Path) -> None:
    """It has grown by 10 a month for a year: at the end of September it will stand above 225."""
    made = on_shelf(tmp_path, {"kpi": "mrr", "value": 225, "baseline": "2026-01"})
    made.months("mrr", [100 + 10 * month for month in range(13)], now=221)
    assert only(made).state == "at_risk"
    forecasts.update(made.house, made.shelf)
    found = only(made)
    assert (found.projected, found.state, found.baseline) == (230, "on_track", 150)


def test_what_is_known_at_one_moment_keeps_how_it_stood(tmp_path: Path) -> None:
    """The value of the last sync in the period decides; without one, nothing can."""
    made = on_shelf(tmp_path, {"kpi": "pipeline_value", "period": "2026-09", "value": 300, "baseline": 100})
    made.put("pipeline_value", {SEPTEMBER: 350}, period="all")
    update(made.house, made.shelf)
    assert only(made).state == "on_track"
    made.known_at(datetime(2026, 10, 2, tzinfo=UTC))
    made.put("pipeline_value", {SEPTEMBER: 10}, period="all")
    assert (only(made).state, only(made).value) == ("reached", 350)
    other = on_shelf(tmp_path / "other", {"kpi": "pipeline_value", "period": "2026-07", "value": 300, "baseline": 100})
    other.put("pipeline_value", {SEPTEMBER: 350}, period="all")
    assert only(other).state == "not_computed"


# --- what cannot be told ----------------------------------------------------------------------------------------------


def reason(folder: Path, *said: dict[str, Any]) -> str:
    made = on_shelf(folder, *said)
    made.months("leads", [5], now=2)
    found = only(made)
    assert found.state == "not_computed"
    assert found.reason is not None
    assert found.reason.fr != found.reason.en
    return found.reason.en


def test_what_cannot_be_told_says_why(tmp_path: Path) -> None:
    """Not begun, nobody of that name, nothing of that time."""
    assert reason(tmp_path, {"period": "2026-10"}) == "it begins on Oct 1, 2026"
    assert reason(tmp_path, {"by": "channel", "for": "Nowhere"}) == "no channel with figures is called Nowhere"
    assert reason(tmp_path, {"period": "2020-01", "baseline": 1}) == "there is no figure of this period"


def test_an_undefined_value_keeps_its_own_reason(tmp_path: Path) -> None:
    """As the engine gave it."""
    made = on_shelf(tmp_path, {})
    made.put("leads", {SEPTEMBER: None})
    assert only(made).reason == Text("nothing there", "rien")


def test_the_baseline_may_prove_wrong(tmp_path: Path) -> None:
    """A past period that was better already, or that nothing is known of."""
    made = on_shelf(tmp_path, {"baseline": "2026-08"}, {"baseline": "2020-01", "name": "other"})
    made.months("leads", [150], now=40)
    first, second = statuses(made.house, made.shelf)
    assert (first.baseline, first.progress) == (150, None)
    assert first.reason is not None
    assert first.reason.en == "its baseline is beyond the target already"
    assert second.reason is not None
    assert second.reason.en == "its baseline is not known: that period has no figure"


def test_a_member_may_be_named_as_people_name_it(tmp_path: Path) -> None:
    """By key or label, whatever the case."""
    made = on_shelf(tmp_path, {"by": "channel", "for": "paid SEARCH", "value": 10, "baseline": 1})
    made.months("leads", [5], now=12, by="channel", key="paid_search")
    made.label("channel", "paid_search", "Paid search")
    assert only(made).state == "reached"


def test_nothing_stands_anyhow_before_the_first_sync(tmp_path: Path) -> None:
    """No target, or no shelf."""
    made = on_shelf(tmp_path)
    assert statuses(made.house, made.shelf) == []
    with made.shelf.engine.begin() as tx:
        tx.exec_driver_sql("DELETE FROM shelf")
    empty = on_shelf(tmp_path / "other", {})
    with empty.shelf.engine.begin() as tx:
        tx.exec_driver_sql("DELETE FROM shelf")
    assert statuses(empty.house, empty.shelf) == []
    assert update(empty.house, empty.shelf) == []


# --- kept run by run --------------------------------------------------------------------------------------------------


def test_how_it_stood_is_kept_run_by_run(tmp_path: Path) -> None:
    """Since when it is at risk; and one row per run, however often it is looked at."""
    made = on_shelf(tmp_path, {})
    made.months("leads", [90, 100], now=60)
    update(made.house, made.shelf)
    for day, leads in ((1, 40), (2, 41)):
        made.known_at(MID_SEPTEMBER + timedelta(days=day))
        made.put("leads", {SEPTEMBER: leads})
        update(made.house, made.shelf)
        update(made.house, made.shelf)
    assert [(stood.run_id, stood.state) for stood in trail(made.shelf, "leads each month")] == [
        (1, "on_track"),
        (2, "at_risk"),
        (3, "at_risk"),
    ]
    assert since(made.shelf, only(made)) == MID_SEPTEMBER + timedelta(days=1)
    assert trail(made.shelf, "leads each month", AUGUST) == []


def test_goals_of_the_crm_are_shown_as_they_are(tmp_path: Path) -> None:
    """Where there are any: quota attainment, at total and by owner."""
    made = on_shelf(tmp_path)
    made.put("quota_attainment", {SEPTEMBER: "0.5"}, inputs={SEPTEMBER: {"quota": "100", "revenue_won": "50"}})
    made.put("quota_attainment", {SEPTEMBER: None}, by="owner", key="7")
    made.put("quota_attainment", {Q3: "0.7"}, by="owner", key="8", period="quarter")
    assert [(goal.by, goal.key, goal.period, goal.value) for goal in crm_goals(made.house, made.shelf)] == [
        ("total", "", "month", Decimal("0.5")),
        ("owner", "8", "quarter", Decimal("0.7")),
    ]


def test_postgresql_keeps_the_same(tmp_path: Path, postgresql_url: str) -> None:
    """Forecasts and how targets stood, made again and moved on."""
    from sync.ledger import Ledger
    from sync.publish.shelf_tables import metadata

    ledger = Ledger.in_postgresql(postgresql_url, "targets")
    try:
        metadata.create_all(ledger.engine)
        said = {"kpi": "leads", "value": 95, "period": "each month", "owner": "Anna", "baseline": 10, "reason": "to sell more"}
        here, there = OnShelf(tmp_path, targets=[said]), OnShelf(tmp_path, engine=ledger.engine, targets=[said])
        for made in (here, there):
            made.months("leads", STEADY, now=50)
            assert forecasts.update(made.house, made.shelf) == 1
            made.known_at(MID_SEPTEMBER + timedelta(days=1))
            made.put("leads", {SEPTEMBER: 55})
            assert forecasts.update(made.house, made.shelf) == 0
            update(made.house, made.shelf)
        assert statuses(there.house, there.shelf) == statuses(here.house, here.shelf)
        assert trail(there.shelf, "leads each month") == trail(here.shelf, "leads each month")
        assert all_newest(there.shelf) == all_newest(here.shelf)
    finally:
        ledger.close()
