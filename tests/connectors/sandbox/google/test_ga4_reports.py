"""What GA4 reports count, against figures worked out by hand from the small world."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.sandbox.google.conftest import PROPERTY, ROWS_PROPERTY, Google, Serve, cells, session, small_world

BY_DATE = [{"dimension": {"dimensionName": "date"}}]


def test_sessions_are_counted_by_day_and_channel_in_the_order_asked(google: Google) -> None:
    report = google.report(
        dimensions=["date", "sessionDefaultChannelGroup"],
        metrics=["sessions", "engagedSessions", "newUsers", "keyEvents", "totalRevenue"],
        orderBys=[*BY_DATE, {"dimension": {"dimensionName": "sessionDefaultChannelGroup"}, "desc": True}],
    )
    assert cells(report) == [
        ("20260929", "Paid Search", "2", "1", "2", "2", "0"),
        ("20260929", "Direct", "1", "1", "0", "0", "0"),
        ("20260930", "Paid Search", "1", "1", "0", "1", "99.5"),
        ("20260930", "Email", "1", "1", "1", "0", "0"),
        ("20261001", "Email", "1", "1", "1", "0", "0"),
    ]
    assert report["rowCount"] == 5
    assert report["metadata"] == {"currencyCode": "EUR", "timeZone": "Europe/Paris"}
    assert report["kind"] == "analyticsData#runReport"


def test_headers_say_the_type_of_every_column(google: Google) -> None:
    report = google.report(dimensions=["date"], metrics=["sessions", "keyEvents", "totalRevenue", "sessionKeyEventRate"])
    assert report["dimensionHeaders"] == [{"name": "date"}]
    types = [header["type"] for header in report["metricHeaders"]]
    assert types == ["TYPE_INTEGER", "TYPE_FLOAT", "TYPE_CURRENCY", "TYPE_FLOAT"]


def test_users_are_counted_once_in_a_row_and_once_in_the_total(google: Google) -> None:
    metrics = ["totalUsers", "activeUsers"]
    report = google.report(dimensions=["date"], metrics=metrics, orderBys=BY_DATE, metricAggregations=["TOTAL"])
    assert cells(report) == [("20260929", "2", "2"), ("20260930", "2", "2"), ("20261001", "1", "1")]
    assert report["totals"] == [
        {"dimensionValues": [{"value": "RESERVED_TOTAL"}], "metricValues": [{"value": "4"}, {"value": "4"}]}
    ]


def test_an_active_user_has_an_engaged_session_or_a_first_visit(google: Google) -> None:
    google.sandbox.world.ga4[PROPERTY].sessions = [
        session("first", "2026-09-01T10:00:00", new=True, engaged=False),
        session("engaged", "2026-09-01T10:00:00"),
        session("neither", "2026-09-01T10:00:00", engaged=False),
    ]
    assert cells(google.report(metrics=["totalUsers", "activeUsers"])) == [("3", "2")]


def test_rates_times_sessions_round_back_to_whole_sessions(google: Google) -> None:
    world = google.sandbox.world.ga4[PROPERTY]
    world.sessions = [
        session(
            f"u{number}", f"2026-09-{day:02}T10:00:00", engaged=number % 3 == 0, events={"purchase": 1} if number % 7 == 0 else {}
        )
        for day in range(1, 29)
        for number in range(day * 37)
    ]
    report = google.report(
        dimensions=["date"], metrics=["sessions", "sessionKeyEventRate", "engagementRate", "bounceRate"], orderBys=BY_DATE
    )
    for number, row in enumerate(cells(report), start=1):
        sessions, key_event_rate, engaged, bounced = (Decimal(text) for text in row[1:])
        assert sessions == number * 37
        assert round(key_event_rate * sessions, 9) == len(range(0, number * 37, 7))
        assert round(engaged * sessions, 9) == len(range(0, number * 37, 3))
        assert round((engaged + bounced) * sessions, 9) == sessions


def test_the_user_key_event_rate_is_users_with_a_key_event_over_active_users(google: Google) -> None:
    assert cells(google.report(metrics=["userKeyEventRate", "sessionKeyEventRate"])) == [("0.25", repr(2 / 6))]


def test_views_events_and_purchases_come_from_the_sessions_events(google: Google) -> None:
    metrics = ["screenPageViews", "eventCount", "transactions", "ecommercePurchases", "purchaseRevenue"]
    assert cells(google.report(metrics=metrics)) == [("7", "16", "1", "1", "99.5")]


def test_time_can_be_told_by_year_month_and_iso_week(google: Google) -> None:
    google.sandbox.world.ga4[PROPERTY].sessions = [session("a", "2025-12-31T10:00:00"), session("a", "2026-01-04T10:00:00")]
    report = google.report(
        days=("2025-12-01", "2026-02-01"), dimensions=["year", "yearMonth", "isoYearIsoWeek"], metrics=["sessions"]
    )
    assert sorted(cells(report)) == [("2025", "202512", "202601", "1"), ("2026", "202601", "202601", "1")]


def test_what_a_session_does_not_say_is_not_set(google: Google) -> None:
    report = google.report(dimensions=["sessionCampaignName", "sessionGoogleAdsCampaignId"], metrics=["sessions"])
    assert ("(not set)", "(not set)", "1") in cells(report)


def test_an_old_name_is_answered_under_the_old_name(google: Google) -> None:
    report = google.report(dimensions=["sessionDefaultChannelGrouping"], metrics=["conversions"])
    assert report["dimensionHeaders"] == [{"name": "sessionDefaultChannelGrouping"}]
    assert cells(report) == [("Paid Search", "3")]


def test_nothing_after_the_clock_in_the_propertys_zone_is_counted(google: Google) -> None:
    def today() -> list[tuple[str, ...]]:
        return cells(google.report(days=("2026-10-01", "2026-12-31"), metrics=["sessions"]))

    assert today() == [("1",)]
    google.sandbox.clock.advance(timedelta(minutes=29))
    assert today() == [("1",)]
    google.sandbox.clock.advance(timedelta(minutes=1))
    assert today() == [("2",)]


def test_relative_dates_are_days_of_the_property(google: Google) -> None:
    google.sandbox.clock.advance(timedelta(hours=13, minutes=30))
    google.renew()
    assert cells(google.report(days=("2daysAgo", "yesterday"), dimensions=["date"], metrics=["sessions"], orderBys=BY_DATE)) == [
        ("20260930", "2"),
        ("20261001", "2"),
    ]


def test_without_a_row_there_is_neither_rows_nor_row_count(google: Google) -> None:
    report = google.report(days=("2020-01-01", "2020-01-31"), dimensions=["date"], metrics=["sessions"])
    assert "rows" not in report
    assert "rowCount" not in report


def test_rows_of_zeros_are_dropped_unless_asked_for(google: Google) -> None:
    request: dict[str, Any] = {"dimensions": ["sessionDefaultChannelGroup"], "metrics": ["transactions"]}
    assert cells(google.report(**request)) == [("Paid Search", "1")]
    assert len(cells(google.report(**request, keepEmptyRows=True))) == 3


def test_several_date_ranges_add_a_dimension(google: Google) -> None:
    report = google.report(
        dateRanges=[
            {"startDate": "2026-09-29", "endDate": "2026-09-29", "name": "before"},
            {"startDate": "2026-09-30", "endDate": "2026-09-30"},
        ],
        metrics=["sessions"],
        metricAggregations=["TOTAL"],
        orderBys=[{"dimension": {"dimensionName": "dateRange"}}],
    )
    assert report["dimensionHeaders"] == [{"name": "dateRange"}]
    assert cells(report) == [("before", "3"), ("date_range_1", "2")]
    assert [total["dimensionValues"] for total in report["totals"]] == [[{"value": "before"}], [{"value": "date_range_1"}]]


def test_pages_make_up_the_whole_and_the_row_count_is_that_of_the_whole(google: Google) -> None:
    request: dict[str, Any] = {
        "dimensions": ["date", "sessionDefaultChannelGroup"],
        "metrics": ["sessions"],
        "orderBys": [*BY_DATE, {"dimension": {"dimensionName": "sessionDefaultChannelGroup"}}],
    }
    pages = [google.report(**request, limit="2", offset=str(offset)) for offset in (0, 2, 4)]
    assert [page["rowCount"] for page in pages] == [5, 5, 5]
    assert [len(page["rows"]) for page in pages] == [2, 2, 1]
    assert [row for page in pages for row in cells(page)] == cells(google.report(**request))


def test_rows_sort_by_metrics_and_by_numbers_in_dimensions(google: Google) -> None:
    world = google.sandbox.world.ga4[PROPERTY]
    world.sessions = [session("a", "2026-09-01T10:00:00", campaign=name) for name in ("9", "10", "x", "10")]

    def names(**order_by: Any) -> list[str]:
        return [
            row[0] for row in cells(google.report(dimensions=["sessionCampaignName"], metrics=["sessions"], orderBys=[order_by]))
        ]

    dimension = {"dimensionName": "sessionCampaignName"}
    assert names(metric={"metricName": "sessions"}, desc=True)[0] == "10"
    assert names(dimension=dimension) == ["10", "9", "x"]
    assert names(dimension=dimension | {"orderType": "NUMERIC"}) == ["x", "9", "10"]


def matches(google: Google, expression: dict[str, Any]) -> set[str]:
    report = google.report(dimensions=["sessionCampaignName"], metrics=["sessions"], dimensionFilter=expression)
    return {row[0] for row in cells(report)}


def text_filter(match_type: str | int, value: str, **more: Any) -> dict[str, Any]:
    condition = {"matchType": match_type, "value": value} | more
    return {"filter": {"fieldName": "sessionCampaignName", "stringFilter": condition}}


def test_filters_choose_sessions(google: Google) -> None:
    brand, news = text_filter("EXACT", "BRAND"), text_filter("EXACT", "news")
    listed = {"filter": {"fieldName": "sessionCampaignName", "inListFilter": {"values": ["news", "Generic"]}}}
    assert matches(google, brand) == {"brand"}
    assert matches(google, text_filter("EXACT", "BRAND", caseSensitive=True)) == set()
    assert matches(google, text_filter("CONTAINS", "ENE")) == {"generic"}
    assert matches(google, text_filter("BEGINS_WITH", "n")) == {"news"}
    assert matches(google, text_filter("ENDS_WITH", "ic")) == {"generic"}
    assert matches(google, text_filter("FULL_REGEXP", "b.*|news")) == {"brand", "news"}
    assert matches(google, text_filter(6, "ran")) == {"brand"}
    assert matches(google, listed) == {"news", "generic"}
    assert matches(google, {"orGroup": {"expressions": [brand, news]}}) == {"brand", "news"}
    assert matches(google, {"andGroup": {"expressions": [brand, news]}}) == set()
    assert matches(google, {"notExpression": {"orGroup": {"expressions": [brand, news]}}}) == {"generic", "(not set)"}
    assert matches(google, {"filter": {"fieldName": "sessionCampaignName", "emptyFilter": {}}}) == {"(not set)"}


def test_a_filter_may_name_a_dimension_that_is_not_in_the_report(google: Google) -> None:
    expression = {"filter": {"fieldName": "date", "stringFilter": {"value": "20260930"}}}
    assert cells(google.report(metrics=["sessions"], dimensionFilter=expression)) == [("2",)]


def test_a_metric_filter_chooses_rows(google: Google) -> None:
    def days(condition: dict[str, Any]) -> list[str]:
        expression = {"filter": {"fieldName": "sessions"} | condition}
        report = google.report(dimensions=["date"], metrics=["sessions"], orderBys=BY_DATE, metricFilter=expression)
        return [row[0] for row in cells(report)]

    assert days({"numericFilter": {"operation": "GREATER_THAN", "value": {"int64Value": "2"}}}) == ["20260929"]
    between = {"fromValue": {"int64Value": "1"}, "toValue": {"doubleValue": 2.0}}
    assert days({"betweenFilter": between}) == ["20260930", "20261001"]


def test_a_batch_answers_each_report(google: Google) -> None:
    one = {"metrics": [{"name": "sessions"}], "dateRanges": [{"startDate": "2026-09-29", "endDate": "2026-09-29"}]}
    answer = google.post(f"/v1beta/properties/{PROPERTY}:batchRunReports", {"requests": [one, one]}).json()
    assert answer["kind"] == "analyticsData#batchRunReports"
    assert [cells(report) for report in answer["reports"]] == [[("3",)], [("3",)]]
    too_many = google.post(f"/v1beta/properties/{PROPERTY}:batchRunReports", {"requests": [one] * 6})
    assert too_many.status_code == 400


class TestRowsAtOneGrain:
    """A world with rows instead of sessions."""

    GRAIN = ["date", "sessionDefaultChannelGroup"]

    def test_the_rows_come_back_as_they_are_up_to_the_clock(self, google: Google) -> None:
        metrics = ["sessions", "totalUsers", "sessionKeyEventRate"]
        report = google.report(
            ROWS_PROPERTY, days=("2026-09-01", "2026-12-31"), dimensions=self.GRAIN, metrics=metrics, orderBys=BY_DATE
        )
        assert sorted(cells(report)) == [
            ("20260929", "Direct", "30", "20", "0.2"),
            ("20260929", "Email", "10", "8", "0.1"),
            ("20260930", "Email", "5", "5", "0"),
        ]

    def test_what_adds_up_may_be_asked_at_a_coarser_grain(self, google: Google) -> None:
        by_channel = google.report(ROWS_PROPERTY, dimensions=["sessionDefaultChannelGroup"], metrics=["sessions"])
        assert cells(by_channel) == [("Direct", "30"), ("Email", "15")]
        assert cells(google.report(ROWS_PROPERTY, metrics=["sessions"])) == [("45",)]

    @pytest.mark.parametrize("metric", ["totalUsers", "sessionKeyEventRate"])
    def test_what_does_not_add_up_is_refused_there(self, google: Google, metric: str) -> None:
        refused = google.ask_report(ROWS_PROPERTY, dimensions=["date"], metrics=[metric])
        assert refused.status_code == 400
        assert f"Please remove {metric}" in refused.json()["error"]["message"]

    def test_a_field_that_no_row_holds_is_unknown(self, google: Google) -> None:
        unknown_dimension = google.ask_report(ROWS_PROPERTY, dimensions=["sessionSource"], metrics=["sessions"])
        unknown_metric = google.ask_report(ROWS_PROPERTY, metrics=["newUsers"])
        assert (unknown_dimension.status_code, unknown_metric.status_code) == (400, 400)

    def test_a_filter_and_a_total_work_on_rows_too(self, google: Google) -> None:
        expression = {"filter": {"fieldName": "sessionDefaultChannelGroup", "stringFilter": {"value": "Email"}}}
        report = google.report(
            ROWS_PROPERTY,
            dimensions=self.GRAIN,
            metrics=["sessions", "sessionKeyEventRate"],
            dimensionFilter=expression,
            metricAggregations=["TOTAL"],
        )
        total = [Decimal(cell["value"]) for cell in report["totals"][0]["metricValues"]]
        assert total == [15, Decimal(1) / 15]


class TestLargeProperty:
    """60,000 sessions over two years."""

    @pytest.fixture
    def google(self, serve: Serve) -> Google:
        world = small_world()
        world.ga4[PROPERTY].sessions = [
            session(
                f"u{number % 9000}",
                f"{2024 + number // 30_000}-{1 + number // 2500 % 12:02}-{1 + number % 28:02}T{number % 24:02}:00:00",
                campaign=f"campaign {number % 12}",
                channel=("Direct", "Email", "Paid Search")[number % 3],
                events={"page_view": 1},
            )
            for number in range(60_000)
        ]
        return serve(world)

    def test_a_report_by_day_and_three_more_dimensions_counts_every_session_once(self, google: Google) -> None:
        report = google.report(
            days=("2024-01-01", "2025-12-31"),
            dimensions=["date", "sessionDefaultChannelGroup", "sessionCampaignName", "landingPage"],
            metrics=["sessions", "engagedSessions", "screenPageViews", "totalRevenue"],
            limit="250000",
        )
        assert sum(int(row[4]) for row in cells(report)) == 60_000
        assert len(report["rows"]) == report["rowCount"]
