"""What GA4 refuses, what it allows an hour and a day, and what it owns up to in ``metadata``."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.ga4.quota import GA4_360, PACIFIC, Ga4Limits, PropertyQuota
from connectors.sandbox.google_errors import GoogleError
from connectors.sandbox.quirks import Quirks
from tests.connectors.sandbox.google.conftest import NOW, PROPERTY, Google, Serve, cells, session

SESSIONS: dict[str, Any] = {"metrics": ["sessions"]}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"dimensions": ["colour"], **SESSIONS}, "Field colour is not a valid dimension."),
        ({"metrics": ["clicks"]}, "Field clicks is not a valid metric."),
        ({"dimensions": [f"session{n}" for n in range(10)]}, "limited to 9 dimensions"),
        ({"metrics": [f"metric{n}" for n in range(11)]}, "limited to 10 metrics"),
        ({**SESSIONS, "dateRanges": [{"startDate": "today", "endDate": "today"}] * 5}, "limited to 4 date ranges"),
        ({**SESSIONS, "dateRanges": []}, "at least one date range"),
        ({**SESSIONS, "dateRanges": [{"startDate": "today", "endDate": "yesterday"}]}, "is after the end date"),
        ({**SESSIONS, "dateRanges": [{"startDate": "01/09/2026", "endDate": "today"}]}, "Invalid date: 01/09/2026"),
        ({}, "at least one dimension or metric"),
        ({**SESSIONS, "orderBys": [{"dimension": {"dimensionName": "date"}}]}, "must be one of the requested dimensions"),
        ({**SESSIONS, "orderBys": [{"metric": {"metricName": "newUsers"}}]}, "must be one of the requested metrics"),
        ({**SESSIONS, "dimensionFilter": {}}, "exactly one of"),
        ({**SESSIONS, "cohortSpec": {}}, 'Unknown name "cohortSpec"'),
        ({**SESSIONS, "limit": "-1"}, "must not be negative"),
        ({**SESSIONS, "currencyCode": "JPY"}, "converts into no other"),
        ({**SESSIONS, "metricAggregations": ["MEDIAN"]}, "MEDIAN"),
        ({"metrics": ["advertiserAdCost"]}, "Please add sessionCampaignName to make the request compatible."),
        ({"dimensions": ["date"], "metrics": ["advertiserAdCost"]}, "Please add sessionCampaignName"),
    ],
)
def test_a_request_that_makes_no_sense_is_a_400_that_says_why(google: Google, request_: dict[str, Any], message: str) -> None:
    refused = google.ask_report(**request_)
    assert refused.status_code == 400
    assert refused.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert message in refused.json()["error"]["message"]


def test_ad_cost_is_zero_where_no_ads_account_is_linked(google: Google) -> None:
    report = google.report(dimensions=["date", "sessionCampaignName"], metrics=["advertiserAdCost", "sessions"], orderBys=[])
    assert {row[2] for row in cells(report)} == {"0"}
    assert google.get(f"/v1beta/properties/{PROPERTY}/googleAdsLinks").json() == {}


@pytest.mark.parametrize(("property_id", "status"), [("987", 403), ("G-ABC123", 400), ("0", 403)])
def test_a_property_out_of_reach_is_403_and_a_measurement_id_is_400(google: Google, property_id: str, status: int) -> None:
    assert google.ask_report(property_id, **SESSIONS).status_code == status
    assert google.get(f"/v1beta/properties/{property_id}").status_code == status


def test_the_admin_api_tells_currency_zone_and_key_events(google: Google) -> None:
    found = google.get(f"/v1beta/properties/{PROPERTY}").json()
    assert (found["name"], found["currencyCode"], found["timeZone"]) == (f"properties/{PROPERTY}", "EUR", "Europe/Paris")
    assert found["serviceLevel"] == "GOOGLE_ANALYTICS_STANDARD"
    events = google.get(f"/v1beta/properties/{PROPERTY}/keyEvents").json()["keyEvents"]
    assert [(event["eventName"], event["countingMethod"]) for event in events] == [
        ("generate_lead", "ONCE_PER_EVENT"),
        ("purchase", "ONCE_PER_EVENT"),
    ]


def test_lists_of_the_admin_api_are_paged(google: Google) -> None:
    path = f"/v1beta/properties/{PROPERTY}/keyEvents?pageSize=1"
    first = google.get(path).json()
    second = google.get(f"{path}&pageToken={first['nextPageToken']}").json()
    assert [event["eventName"] for page in (first, second) for event in page["keyEvents"]] == ["generate_lead", "purchase"]
    assert "nextPageToken" not in second


def test_account_summaries_list_every_property_of_the_login(google: Google) -> None:
    [account] = google.get("/v1beta/accountSummaries").json()["accountSummaries"]
    assert {summary["property"] for summary in account["propertySummaries"]} == {"properties/123456789", "properties/555000111"}


def test_metadata_lists_names_types_and_old_names(google: Google) -> None:
    metadata = google.get(f"/v1beta/properties/{PROPERTY}/metadata").json()
    metrics = {metric["apiName"]: metric for metric in metadata["metrics"]}
    dimensions = {dimension["apiName"]: dimension for dimension in metadata["dimensions"]}
    assert metrics["keyEvents"]["deprecatedApiNames"] == ["conversions"]
    assert metrics["totalRevenue"]["type"] == "TYPE_CURRENCY"
    assert dimensions["sessionDefaultChannelGroup"]["deprecatedApiNames"] == ["sessionDefaultChannelGrouping"]
    assert google.get("/v1beta/properties/0/metadata").json()["name"] == "properties/0/metadata"


def test_compatibility_is_told_before_and_refused_after(google: Google) -> None:
    path = f"/v1beta/properties/{PROPERTY}:checkCompatibility"

    def verdict(*dimensions: str) -> str:
        answer = google.post(path, {"dimensions": [{"name": name} for name in dimensions]}).json()
        found = {field["metricMetadata"]["apiName"]: field["compatibility"] for field in answer["metricCompatibilities"]}
        return str(found["advertiserAdCost"])

    assert verdict("date") == "INCOMPATIBLE"
    assert verdict("date", "sessionCampaignName") == "COMPATIBLE"
    only = google.post(path, {"dimensions": [{"name": "date"}], "compatibilityFilter": "INCOMPATIBLE"}).json()
    assert "dimensionCompatibilities" not in only
    assert google.post(path, {"metrics": [{"name": "advertiserAdCost"}]}).status_code == 400


class TestQuota:
    def test_it_is_returned_when_asked_for_and_falls(self, google: Google) -> None:
        assert "propertyQuota" not in google.report(**SESSIONS)
        first = google.report(**SESSIONS, returnPropertyQuota=True)["propertyQuota"]
        second = google.report(**SESSIONS, returnPropertyQuota=True)["propertyQuota"]
        assert set(first) == {
            "tokensPerDay",
            "tokensPerHour",
            "tokensPerProjectPerHour",
            "concurrentRequests",
            "serverErrorsPerProjectPerHour",
            "potentiallyThresholdedRequestsPerHour",
        }
        assert first["tokensPerProjectPerHour"]["consumed"] == 1
        assert first["tokensPerProjectPerHour"]["remaining"] - second["tokensPerProjectPerHour"]["remaining"] == 1

    def test_a_project_that_used_its_hour_waits_for_the_next_one(self, serve: Serve) -> None:
        google = serve(limits=Ga4Limits(tokens_per_project_per_hour=2))
        assert [google.ask_report(**SESSIONS).status_code for _ in range(3)] == [200, 200, 429]
        refused = google.ask_report(**SESSIONS).json()["error"]
        assert (refused["status"], refused["message"]) == (
            "RESOURCE_EXHAUSTED",
            "Exhausted property tokens for a project per hour.",
        )
        google.sandbox.clock.advance(timedelta(minutes=59, seconds=50))
        assert google.ask_report(**SESSIONS).status_code == 429
        google.sandbox.clock.advance(timedelta(seconds=10))
        google.renew()
        assert google.ask_report(**SESSIONS).status_code == 200

    def test_the_day_begins_at_midnight_in_california(self, serve: Serve) -> None:
        google = serve(limits=Ga4Limits(tokens_per_day=1))
        google.report(**SESSIONS)
        google.sandbox.clock.advance(timedelta(hours=20))
        google.renew()
        assert google.sandbox.clock.now().date() > NOW.date()
        assert google.sandbox.clock.now().astimezone(PACIFIC).date() == NOW.astimezone(PACIFIC).date()
        assert google.ask_report(**SESSIONS).json()["error"]["message"] == "Exhausted property tokens per day."
        google.sandbox.clock.advance(timedelta(hours=2))
        google.renew()
        assert google.ask_report(**SESSIONS).status_code == 200

    def test_metadata_costs_tokens_too(self, serve: Serve) -> None:
        google = serve(limits=Ga4Limits(tokens_per_hour=1))
        google.get(f"/v1beta/properties/{PROPERTY}/metadata")
        assert google.ask_report(**SESSIONS).json()["error"]["message"] == "Exhausted property tokens per hour."

    def test_a_property_has_so_many_requests_under_way_at_once(self) -> None:
        quota = PropertyQuota(Ga4Limits(concurrent=2), lambda: NOW)
        with quota.admitted(), quota.admitted():
            with pytest.raises(GoogleError, match="Exhausted concurrent requests quota"), quota.admitted():
                pass
            assert quota.charge(1)["concurrentRequests"] == {"consumed": 2, "remaining": 0}
        with quota.admitted():
            assert quota.in_flight == 1

    def test_thresholded_requests_are_counted_apart(self, serve: Serve) -> None:
        google = serve(quirks=Quirks(ga4_is_thresholded=True), limits=Ga4Limits(thresholded_per_hour=1))
        google.report(**SESSIONS)
        assert google.ask_report(**SESSIONS).json()["error"]["message"] == "Exhausted potentially thresholded requests quota."

    def test_a_paid_property_says_so(self, serve: Serve) -> None:
        google = serve(limits=GA4_360)
        assert google.get(f"/v1beta/properties/{PROPERTY}").json()["serviceLevel"] == "GOOGLE_ANALYTICS_360"


class TestImperfections:
    """What real properties do to small, rare or many values."""

    def test_thresholding_withholds_rows_of_few_users_and_says_so(self, serve: Serve) -> None:
        google = serve(quirks=Quirks(ga4_is_thresholded=True))
        sessions = [session(f"u{n}", "2026-09-01T10:00:00", campaign="big") for n in range(5)]
        google.sandbox.world.ga4[PROPERTY].sessions = [*sessions, session("x", "2026-09-01T10:00:00", campaign="small")]
        report = google.report(dimensions=["sessionCampaignName"], **SESSIONS, metricAggregations=["TOTAL"])
        assert cells(report) == [("big", "5")]
        assert report["metadata"]["subjectToThresholding"] is True
        assert report["totals"][0]["metricValues"] == [{"value": "6"}]

    def test_sampling_scales_counts_up_and_leaves_rates_alone(self, serve: Serve) -> None:
        google = serve(quirks=Quirks(ga4_is_sampled=True))
        google.sandbox.world.ga4[PROPERTY].sessions = [session(f"u{n}", "2026-09-01T10:00:00") for n in range(101)]
        report = google.report(metrics=["sessions", "engagementRate"])
        assert cells(report) == [("104", "1")]
        assert report["metadata"]["samplingMetadatas"] == [{"samplesReadCount": "26", "samplingSpaceSize": "101"}]

    def test_rare_values_are_rolled_into_other(self, serve: Serve) -> None:
        google = serve(quirks=Quirks(ga4_has_other_row=True))
        google.sandbox.world.ga4[PROPERTY].sessions = [
            session("u", "2026-09-01T10:00:00", campaign=f"c{n:03}") for n in range(30) for _ in range(31 - n)
        ]
        report = google.report(dimensions=["date", "sessionCampaignName"], **SESSIONS)
        rows = {row[1]: int(row[2]) for row in cells(report)}
        assert len(rows) == 21
        assert rows["(other)"] == sum(31 - n for n in range(20, 30))
        assert report["metadata"]["dataLossFromOtherRow"] is True

    def test_totals_may_drift_from_the_sum_of_the_rows(self, serve: Serve) -> None:
        google = serve(quirks=Quirks(ga4_totals_drift=True))
        google.sandbox.world.ga4[PROPERTY].sessions = [session("u", "2026-09-01T10:00:00") for _ in range(400)]
        report = google.report(**SESSIONS, metricAggregations=["TOTAL"])
        assert cells(report) == [("400",)]
        assert report["totals"][0]["metricValues"] == [{"value": "402"}]

    def test_key_events_may_be_whole_numbers(self, serve: Serve) -> None:
        google = serve(quirks=Quirks(ga4_key_events_are_float=False))
        assert google.report(metrics=["keyEvents"])["metricHeaders"] == [{"name": "keyEvents", "type": "TYPE_INTEGER"}]


def test_every_call_is_counted_under_its_method(google: Google) -> None:
    google.report(**SESSIONS)
    google.get(f"/v1beta/properties/{PROPERTY}/metadata")
    assert google.sandbox.stats.as_json()["ga4"]["routes"] == {"getMetadata": 1, "runReport": 1}
