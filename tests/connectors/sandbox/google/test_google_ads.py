"""The simulated Google Ads: what a query returns, who may ask, and how it refuses."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from connectors.sandbox.faults import Fault
from connectors.sandbox.google_ads.conditions import months_before
from connectors.sandbox.google_ads.service import BATCH_ROWS
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import GoogleAdsWorld
from tests.connectors.sandbox.google.conftest import CUSTOMER, MANAGER, NOW, Google, Serve, ad_day, small_world

SHARED = Path(__file__).resolve().parents[4] / ".." / "shared" / "vendors" / "google"

SEPTEMBER = "segments.date BETWEEN '2026-09-01' AND '2026-12-31'"
DAILY_COST = (
    "SELECT customer.id, customer.currency_code, customer.time_zone, campaign.id, campaign.name, campaign.status, "
    "campaign.advertising_channel_type, segments.date, metrics.cost_micros, metrics.clicks, metrics.impressions, "
    f"metrics.conversions, metrics.conversions_value FROM campaign WHERE {SEPTEMBER} ORDER BY segments.date"
)


def failure(answer: requests.Response) -> tuple[int, dict[str, str]]:
    """Status and ``errorCode`` of a refusal, wrapped in an array or not."""
    body = answer.json()
    error = (body[0] if isinstance(body, list) else body)["error"]
    [found] = [detail for detail in error["details"] if detail["@type"].endswith("errors.GoogleAdsFailure")]
    assert error["code"] == answer.status_code
    return answer.status_code, found["errors"][0]["errorCode"]


def test_a_day_of_a_campaign_is_a_row_with_exactly_the_selected_fields(google: Google) -> None:
    rows = google.ad_rows(DAILY_COST)
    assert rows[0] == {
        "customer": {
            "resourceName": f"customers/{CUSTOMER}",
            "id": CUSTOMER,
            "currencyCode": "EUR",
            "timeZone": "Europe/Paris",
        },
        "campaign": {
            "resourceName": f"customers/{CUSTOMER}/campaigns/111",
            "id": "111",
            "name": "brand",
            "status": "ENABLED",
            "advertisingChannelType": "SEARCH",
        },
        "segments": {"date": "2026-09-29"},
        "metrics": {
            "costMicros": "12340000",
            "clicks": "42",
            "impressions": "420",
            "conversions": 1.5,
            "conversionsValue": 300.0,
        },
    }


def test_days_of_zeros_and_days_to_come_are_not_returned(google: Google) -> None:
    days = [(row["segments"]["date"], row["campaign"]["id"]) for row in google.ad_rows(DAILY_COST)]
    assert days == [("2026-09-29", "111"), ("2026-09-30", "111"), ("2026-10-01", "222")]


def test_the_day_turns_in_the_accounts_zone(google: Google) -> None:
    google.sandbox.clock.advance(timedelta(hours=13))
    google.renew()
    assert google.ad_rows(DAILY_COST)[-1]["segments"]["date"] == "2026-10-02"


def test_a_renamed_campaign_has_its_present_name_on_every_day(google: Google) -> None:
    query = f"SELECT campaign.name, segments.date, metrics.clicks FROM campaign WHERE {SEPTEMBER} AND campaign.id = 111"
    assert {row["campaign"]["name"] for row in google.ad_rows(query)} == {"brand"}


def test_the_accounts_total_equals_the_campaigns(google: Google) -> None:
    [total] = google.ad_rows(f"SELECT metrics.cost_micros, metrics.clicks FROM customer WHERE {SEPTEMBER}")
    assert total["metrics"] == {"costMicros": "18340000", "clicks": "55"}
    assert total["customer"] == {"resourceName": f"customers/{CUSTOMER}"}


def test_without_a_segment_each_campaign_is_one_row_even_with_zeros(google: Google) -> None:
    query = "SELECT campaign.id, metrics.clicks FROM campaign WHERE segments.date = '2026-09-30' ORDER BY campaign.id"
    assert [(row["campaign"]["id"], row["metrics"]["clicks"]) for row in google.ad_rows(query)] == [("111", "3"), ("222", "0")]


def test_periods_longer_than_a_day_add_up(google: Google) -> None:
    query = (
        "SELECT segments.month, segments.week, segments.quarter, segments.year, segments.day_of_week, metrics.clicks "
        "FROM customer WHERE segments.date DURING LAST_7_DAYS ORDER BY metrics.clicks DESC"
    )
    first, second = google.ad_rows(query)
    assert first["segments"] == {
        "month": "2026-09-01",
        "week": "2026-09-28",
        "quarter": "2026-07-01",
        "year": 2026,
        "dayOfWeek": "TUESDAY",
    }
    assert [row["metrics"]["clicks"] for row in (first, second)] == ["42", "3"]


@pytest.mark.parametrize(
    ("where", "campaigns"),
    [
        ("campaign.name = 'brand'", ["111"]),
        ("campaign.id IN (111, 222)", ["111", "222"]),
        ("campaign.id NOT IN (111)", ["222"]),
        ("campaign.name LIKE 'gen%'", ["222"]),
        ("campaign.status != 'REMOVED'", ["111", "222"]),
        ("metrics.clicks > 3", ["111"]),
        ("metrics.clicks <= 10 AND segments.date = '2026-10-01'", ["111", "222"]),
    ],
)
def test_conditions_choose_rows(google: Google, where: str, campaigns: list[str]) -> None:
    days = "" if "segments.date" in where else " AND segments.date < '2026-10-01'"
    query = f"SELECT campaign.id, metrics.clicks FROM campaign WHERE {where}{days} ORDER BY campaign.id"
    assert [row["campaign"]["id"] for row in google.ad_rows(query)] == campaigns


def test_derived_metrics_come_from_the_sums(google: Google) -> None:
    query = f"SELECT metrics.ctr, metrics.average_cpc, metrics.cost_per_conversion FROM customer WHERE {SEPTEMBER}"
    [row] = google.ad_rows(query)
    assert row["metrics"] == {"ctr": 0.1, "averageCpc": 18340000 / 55, "costPerConversion": 18340000 / 1.5}


def test_nothing_found_is_one_batch_without_results(google: Google) -> None:
    query = "SELECT campaign.id, segments.date, metrics.clicks FROM campaign WHERE segments.date = '2026-01-01'"
    [batch] = google.stream(query).json()
    assert batch["fieldMask"] == "campaign.id,segments.date,metrics.clicks"
    assert set(batch) == {"fieldMask", "requestId", "queryResourceConsumption"}


def test_a_long_answer_comes_in_batches_and_pages_of_ten_thousand(serve: Serve) -> None:
    world = small_world()
    world.google_ads[CUSTOMER].rows = [ad_day("2026-09-01", number, "c", 1, 1) for number in range(1, 2 * BATCH_ROWS + 6)]
    google = serve(world)
    query = f"SELECT campaign.id, segments.date, metrics.clicks FROM campaign WHERE {SEPTEMBER}"
    batches = google.stream(query).json()
    assert [len(batch["results"]) for batch in batches] == [BATCH_ROWS, BATCH_ROWS, 5]

    path = f"/v26/customers/{CUSTOMER}/googleAds:search"
    settings = {"searchSettings": {"returnTotalResultsCount": True}}
    pages = [google.post(path, {"query": query} | settings).json()]
    while token := pages[-1].get("nextPageToken"):
        pages.append(google.post(path, {"query": query, "pageToken": token}).json())
    assert [row for page in pages for row in page["results"]] == [row for batch in batches for row in batch["results"]]
    assert pages[0]["totalResultsCount"] == str(2 * BATCH_ROWS + 5)

    token = pages[0]["nextPageToken"]
    other = google.post(path, {"query": f"{query} LIMIT 5", "pageToken": token})
    assert failure(other) == (400, {"requestError": "INVALID_PAGE_TOKEN"})
    google.sandbox.clock.advance(timedelta(hours=3))
    google.renew()
    assert failure(google.post(path, {"query": query, "pageToken": token})) == (400, {"requestError": "EXPIRED_PAGE_TOKEN"})


def test_a_page_size_is_refused(google: Google) -> None:
    answer = google.post(f"/v26/customers/{CUSTOMER}/googleAds:search", {"query": DAILY_COST, "pageSize": 100})
    assert failure(answer) == (400, {"requestError": "PAGE_SIZE_NOT_SUPPORTED"})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT campaign.start_date FROM campaign", {"queryError": "UNRECOGNIZED_FIELD"}),
        ("SELECT campaign.id FROM kampagne", {"queryError": "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"}),
        ("SELECT campaign.id FROM customer", {"queryError": "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"}),
        (
            "SELECT customer_client.id, metrics.clicks FROM customer_client",
            {"queryError": "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"},
        ),
        ("FROM campaign", {"queryError": "EXPECTED_SELECT"}),
        ("SELECT campaign.id", {"queryError": "EXPECTED_FROM"}),
        ("SELECT campaign.id FROM campaign WHERE", {"queryError": "UNEXPECTED_END_OF_QUERY"}),
        ("SELECT campaign.id FROM campaign extra", {"queryError": "UNEXPECTED_INPUT"}),
        ("SELECT campaign.id FROM campaign LIMIT 0", {"queryError": "LIMIT_VALUE_TOO_LOW"}),
        ("SELECT campaign.id FROM campaign; DROP", {"queryError": "BAD_SYMBOL"}),
        ("SELECT campaign.id FROM campaign ORDER BY campaign.name", {"queryError": "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE"}),
        ("SELECT campaign.id FROM campaign WHERE campaign.id = 'x'", {"queryError": "BAD_NUMBER"}),
        ("SELECT segments.date, metrics.clicks FROM campaign", {"queryError": "EXPECTED_FILTERS_ON_DATE_RANGE"}),
        ("SELECT metrics.clicks FROM campaign WHERE segments.date = 'May'", {"queryError": "INVALID_DATE_FORMAT"}),
        (
            "SELECT metrics.clicks FROM campaign WHERE segments.date DURING EASTER",
            {"queryError": "INVALID_VALUE_WITH_DURING_OPERATOR"},
        ),
        (
            "SELECT metrics.clicks FROM campaign WHERE segments.date BETWEEN '2026-09-02' AND '2026-09-01'",
            {"dateRangeError": "START_DATE_AFTER_END_DATE"},
        ),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_the_vendors_code(google: Google, query: str, code: dict[str, str]) -> None:
    assert failure(google.stream(query)) == (400, code)


def test_daily_figures_go_back_37_months(google: Google) -> None:
    oldest = months_before(NOW.date(), 37)
    google.sandbox.world.google_ads[CUSTOMER].rows = [
        ad_day(str(oldest), 1, "old", 1, 1),
        ad_day(str(oldest - timedelta(days=1)), 1, "old", 1, 1),
    ]

    def query(days: int) -> str:
        first = oldest - timedelta(days=days)
        return f"SELECT segments.date, metrics.clicks FROM campaign WHERE segments.date BETWEEN '{first}' AND '2026-01-01'"

    assert len(google.ad_rows(query(0))) == 1
    assert failure(google.stream(query(1))) == (400, {"dateRangeError": "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED"})
    assert len(google.ad_rows(query(1), version=23)) == 1


class TestClicks:
    def query(self, day: str) -> str:
        return (
            "SELECT click_view.gclid, campaign.id, campaign.name, ad_group.id, segments.date, metrics.clicks "
            f"FROM click_view WHERE segments.date = '{day}'"
        )

    def test_a_click_leads_to_its_campaign(self, google: Google) -> None:
        [row] = google.ad_rows(self.query("2026-09-29"))
        assert row == {
            "clickView": {"resourceName": f"customers/{CUSTOMER}/clickViews/2026-09-29~Cj0abc", "gclid": "Cj0abc"},
            "campaign": {"resourceName": f"customers/{CUSTOMER}/campaigns/111", "id": "111", "name": "brand"},
            "segments": {"date": "2026-09-29"},
            "metrics": {"clicks": "1"},
        }

    def test_clicks_are_asked_one_day_at_a_time(self, google: Google) -> None:
        two_days = self.query("2026-09-29").replace("= '2026-09-29'", "BETWEEN '2026-09-29' AND '2026-09-30'")
        for query in (two_days, "SELECT click_view.gclid FROM click_view"):
            assert failure(google.stream(query)) == (400, {"clickViewError": "EXPECTED_FILTER_ON_A_SINGLE_DAY"})

    def test_clicks_are_kept_90_days(self, google: Google) -> None:
        assert google.ad_rows(self.query("2026-07-03")) == []
        assert failure(google.stream(self.query("2026-07-02"))) == (400, {"clickViewError": "DATE_TOO_OLD"})


class TestAccess:
    CLIENTS = (
        "SELECT customer_client.id, customer_client.level, customer_client.manager, customer_client.currency_code "
        "FROM customer_client WHERE customer_client.status = 'ENABLED'"
    )

    @pytest.fixture
    def google(self, serve: Serve) -> Google:
        """A login that reaches its account through a manager."""
        world = small_world()
        world.google_ads[MANAGER] = GoogleAdsWorld("EUR", "Europe/Paris", "Agency", is_manager=True)
        return serve(world)

    def test_the_manager_is_what_the_login_reaches(self, google: Google) -> None:
        assert google.get("/v26/customers:listAccessibleCustomers").json() == {"resourceNames": [f"customers/{MANAGER}"]}

    def test_the_managers_clients_are_listed_with_itself_at_level_0(self, google: Google) -> None:
        rows = google.ad_rows(self.CLIENTS, customer=MANAGER)
        clients = [(row["customerClient"]["id"], row["customerClient"]["level"]) for row in rows]
        assert clients == [(MANAGER, "0"), (CUSTOMER, "1")]

    def test_a_client_needs_the_login_customer_id(self, google: Google) -> None:
        assert failure(google.stream(DAILY_COST)) == (403, {"authorizationError": "USER_PERMISSION_DENIED"})
        assert len(google.ad_rows(DAILY_COST, login_customer_id=MANAGER)) == 3

    def test_a_login_customer_id_with_dashes_is_refused(self, google: Google) -> None:
        refused = google.stream(DAILY_COST, login_customer_id="999-888-7777")
        assert failure(refused) == (400, {"headerError": "INVALID_LOGIN_CUSTOMER_ID"})

    def test_a_manager_has_no_metrics(self, google: Google) -> None:
        refused = google.stream(DAILY_COST, customer=MANAGER)
        assert failure(refused) == (400, {"queryError": "REQUESTED_METRICS_FOR_MANAGER"})


def test_a_customer_id_has_no_dashes_and_must_be_known(google: Google) -> None:
    assert failure(google.stream(DAILY_COST, customer="123-456-7890")) == (400, {"requestError": "INVALID_CUSTOMER_ID"})
    assert failure(google.stream(DAILY_COST, customer="42")) == (403, {"authorizationError": "USER_PERMISSION_DENIED"})


def test_living_versions_answer_and_sunset_ones_refuse(google: Google) -> None:
    assert [google.stream(DAILY_COST, version=version).status_code for version in (23, 24, 25, 26)] == [200] * 4
    assert failure(google.stream(DAILY_COST, version=22)) == (400, {"requestError": "UNSUPPORTED_VERSION"})


def test_the_developer_token_is_ignored(google: Google) -> None:
    assert google.stream(DAILY_COST, developer_token="whatever").status_code == 200


def test_an_expired_token_says_so_in_both_ways(google: Google) -> None:
    google.sandbox.clock.advance(timedelta(hours=2))
    refused = google.stream(DAILY_COST)
    assert failure(refused) == (401, {"authenticationError": "OAUTH_TOKEN_EXPIRED"})
    assert refused.json()[0]["error"]["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"


def test_a_stream_error_may_come_bare(serve: Serve) -> None:
    google = serve(quirks=Quirks(google_ads_stream_errors_in_array=False))
    assert isinstance(google.stream("nonsense").json(), dict)


def test_zeros_may_be_absent(serve: Serve) -> None:
    google = serve(quirks=Quirks(google_ads_zeros_absent=True))
    rows = google.ad_rows(DAILY_COST)
    assert rows[1]["metrics"] == {"costMicros": "1000000", "clicks": "3", "impressions": "30"}


def test_an_ordered_quota_refusal_tells_how_long_to_wait(google: Google) -> None:
    google.sandbox.faults.add(Fault("status", vendor="google_ads", status=429, policy="RESOURCE_TEMPORARILY_EXHAUSTED"))
    refused = google.stream(DAILY_COST)
    assert failure(refused) == (429, {"quotaError": "RESOURCE_TEMPORARILY_EXHAUSTED"})
    assert "30s" in refused.text


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the vendor facts are not beside this checkout ({SHARED.name})")
class TestVendorSchema:
    """The judge: a schema generated from the message descriptors of Google's own client."""

    @staticmethod
    def validator(name: str) -> Draft202012Validator:
        schema = closed(orjson.loads((SHARED / "googleads.v26.subset.schema.json").read_bytes()))
        return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})

    @pytest.mark.parametrize("zeros_absent", [False, True])
    def test_streams_obey_it(self, serve: Serve, zeros_absent: bool) -> None:
        google = serve(quirks=Quirks(google_ads_zeros_absent=zeros_absent))
        judge = self.validator("SearchStreamRestBody")
        for query in (DAILY_COST, TestAccess.CLIENTS, TestClicks().query("2026-09-29"), TestClicks().query("2026-09-01")):
            answer = google.stream(query)
            assert answer.status_code == 200
            judge.validate(answer.json())

    def test_pages_and_accounts_obey_it(self, google: Google) -> None:
        page = google.post(f"/v26/customers/{CUSTOMER}/googleAds:search", {"query": DAILY_COST})
        self.validator("SearchGoogleAdsResponse").validate(page.json())
        self.validator("ListAccessibleCustomersResponse").validate(google.get("/v26/customers:listAccessibleCustomers").json())

    def test_refusals_obey_it(self, google: Google) -> None:
        [body] = google.stream("SELECT nothing FROM campaign").json()
        self.validator("RestError").validate(body)
        [detail] = body["error"]["details"]
        self.validator("GoogleAdsFailure").validate({key: value for key, value in detail.items() if key != "@type"})

    def test_the_judge_can_say_no(self) -> None:
        judge = self.validator("SearchStreamRestBody")
        assert not judge.is_valid([{"results": [{"metrics": {"costMicros": 12340000}}]}])
        assert not judge.is_valid([{"results": [{"metrics": {"cost_micros": "1"}}]}])
        assert not judge.is_valid([{"results": [{"campaign": {"status": "RUNNING"}}]}])


def closed(schema: Any) -> Any:
    """The schema with unknown properties forbidden wherever properties are listed."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: closed(value) for key, value in schema.items()}
    return parts | {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else parts
