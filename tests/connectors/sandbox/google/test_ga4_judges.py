"""Two judges that know GA4 better than we do: Google's own client, and Google's own description of the answers."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from google.analytics import data_v1beta as data
from google.api_core.exceptions import BadRequest, Forbidden, TooManyRequests
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from connectors.sandbox.faults import Fault
from tests.connectors.sandbox.google.conftest import PROPERTY, Google

SHARED = Path(__file__).resolve().parents[4] / ".." / "shared" / "vendors" / "google"

FULL_REPORT = {
    "dimensions": [{"name": "date"}, {"name": "sessionCampaignName"}],
    "metrics": [{"name": "sessions"}, {"name": "keyEvents"}, {"name": "totalRevenue"}],
    "dateRanges": [{"startDate": "2026-09-01", "endDate": "2026-09-30"}],
    "metricAggregations": ["TOTAL", "MINIMUM", "MAXIMUM"],
    "returnPropertyQuota": True,
}


class TestGooglesClient:
    @pytest.fixture
    def client(self, google: Google) -> data.BetaAnalyticsDataClient:
        return self.client_with(google, Credentials(token=google.token))  # type: ignore[no-untyped-call]

    @staticmethod
    def client_with(google: Google, credentials: Any) -> data.BetaAnalyticsDataClient:
        return data.BetaAnalyticsDataClient(
            transport="rest", credentials=credentials, client_options={"api_endpoint": google.base_url}
        )

    @staticmethod
    def request(**more: Any) -> data.RunReportRequest:
        return data.RunReportRequest(
            {
                "property": f"properties/{PROPERTY}",
                "dimensions": [{"name": "date"}],
                "metrics": [{"name": "sessions"}, {"name": "totalRevenue"}],
                "date_ranges": [{"start_date": "2026-09-01", "end_date": "yesterday"}],
                "order_bys": [{"dimension": {"dimension_name": "date"}}],
            }
            | more
        )

    def test_it_reads_a_report_with_types_totals_and_quota(self, client: data.BetaAnalyticsDataClient) -> None:
        report = client.run_report(self.request(metric_aggregations=[data.MetricAggregation.TOTAL], return_property_quota=True))
        assert [[cell.value for cell in row.metric_values] for row in report.rows] == [["3", "0"], ["2", "99.5"]]
        assert [header.type_ for header in report.metric_headers] == [
            data.MetricType.TYPE_INTEGER,
            data.MetricType.TYPE_CURRENCY,
        ]
        assert report.totals[0].metric_values[0].value == "5"
        assert report.metadata.time_zone == "Europe/Paris"
        assert report.property_quota.tokens_per_day.remaining < 200_000

    def test_its_filters_are_understood(self, client: data.BetaAnalyticsDataClient) -> None:
        match = data.Filter.StringFilter.MatchType.CONTAINS
        condition = data.Filter.StringFilter(value="RAN", match_type=match)
        only_brand = data.FilterExpression(filter=data.Filter(field_name="sessionCampaignName", string_filter=condition))
        nothing = data.FilterExpression(not_expression=only_brand, filter=None)
        assert client.run_report(self.request(dimension_filter=only_brand)).rows[0].metric_values[0].value == "2"
        assert client.run_report(self.request(dimension_filter=nothing)).row_count == 2

    def test_it_reads_batches_metadata_and_compatibility(self, client: data.BetaAnalyticsDataClient) -> None:
        batch = data.BatchRunReportsRequest(property=f"properties/{PROPERTY}", requests=[self.request(), self.request()])
        assert [report.row_count for report in client.batch_run_reports(batch).reports] == [2, 2]
        assert "sessions" in {metric.api_name for metric in client.get_metadata(name=f"properties/{PROPERTY}/metadata").metrics}
        asked = data.CheckCompatibilityRequest(property=f"properties/{PROPERTY}", dimensions=[{"name": "date"}])
        verdicts = {
            field.metric_metadata.api_name: field.compatibility
            for field in client.check_compatibility(asked).metric_compatibilities
        }
        assert verdicts["sessions"] is data.Compatibility.COMPATIBLE
        assert verdicts["advertiserAdCost"] is data.Compatibility.INCOMPATIBLE

    def test_it_raises_what_it_should(self, google: Google, client: data.BetaAnalyticsDataClient) -> None:
        with pytest.raises(BadRequest, match="not a valid dimension"):
            client.run_report(self.request(dimensions=[{"name": "colour"}], order_bys=[]))
        with pytest.raises(Forbidden):
            client.run_report(self.request(property="properties/1"))
        google.sandbox.clock.advance(timedelta(hours=1))
        with pytest.raises(RefreshError, match="do not contain the necessary fields"):
            client.run_report(self.request())
        google.renew()
        google.sandbox.faults.add(Fault("status", vendor="ga4", status=429, policy="CONCURRENT"))
        with pytest.raises(TooManyRequests, match=r"Exhausted concurrent requests quota\."):
            self.client_with(google, Credentials(token=google.token)).run_report(self.request())  # type: ignore[no-untyped-call]


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the vendor facts are not beside this checkout ({SHARED.name})")
class TestDiscoveryDocuments:
    @staticmethod
    def validator(document: str, name: str) -> Draft202012Validator:
        """The vendor's schema of one message; what it does not name is forbidden."""
        schemas = orjson.loads((SHARED / f"{document}.json").read_bytes())["schemas"]
        definitions = {schema: strict(body) for schema, body in schemas.items()}
        return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions})

    @pytest.fixture(
        params=["runReport", "empty", "metadata", "compatibility", "property", "keyEvents", "accountSummaries", "links"]
    )
    def answer(self, google: Google, request: pytest.FixtureRequest) -> Iterator[tuple[str, str, Any]]:
        at = f"/v1beta/properties/{PROPERTY}"
        admin, prefix = "analyticsadmin.v1beta", "GoogleAnalyticsAdminV1beta"
        last_year = {"dateRanges": [{"startDate": "2025-01-01", "endDate": "2025-01-01"}]}
        match request.param:
            case "runReport":
                yield "analyticsdata.v1beta", "RunReportResponse", google.post(f"{at}:runReport", FULL_REPORT).json()
            case "empty":
                body = google.post(f"{at}:runReport", FULL_REPORT | last_year).json()
                yield "analyticsdata.v1beta", "RunReportResponse", body
            case "metadata":
                yield "analyticsdata.v1beta", "Metadata", google.get(f"{at}/metadata").json()
            case "compatibility":
                yield (
                    "analyticsdata.v1beta",
                    "CheckCompatibilityResponse",
                    google.post(f"{at}:checkCompatibility", {"metrics": [{"name": "sessions"}]}).json(),
                )
            case "property":
                yield admin, f"{prefix}Property", google.get(at).json()
            case "keyEvents":
                yield admin, f"{prefix}ListKeyEventsResponse", google.get(f"{at}/keyEvents").json()
            case "accountSummaries":
                yield admin, f"{prefix}ListAccountSummariesResponse", google.get("/v1beta/accountSummaries").json()
            case "links":
                yield admin, f"{prefix}ListGoogleAdsLinksResponse", google.get(f"{at}/googleAdsLinks").json()

    def test_answers_obey_the_vendors_schema(self, answer: tuple[str, str, Any]) -> None:
        document, name, body = answer
        assert "error" not in body
        self.validator(document, name).validate(body)

    def test_the_judge_can_say_no(self) -> None:
        judge = self.validator("analyticsdata.v1beta", "RunReportResponse")
        assert not judge.is_valid({"rowCount": "1"})
        assert not judge.is_valid({"row_count": 1})
        assert not judge.is_valid({"metricHeaders": [{"name": "sessions", "type": "INTEGER"}]})

    def test_every_field_we_offer_is_a_field_of_ga4(self, google: Google) -> None:
        known = orjson.loads((SHARED / "ga4_fields.json").read_bytes())
        names = {field["name"] for kind in ("dimensions", "metrics") for field in known[kind]}
        metadata = google.get("/v1beta/properties/0/metadata").json()
        ours = {field["apiName"] for kind in ("dimensions", "metrics") for field in metadata[kind]}
        assert ours - names == {"year"}, "year is a field of the vendor's schema page, left out of the extract"


def strict(schema: Any) -> Any:
    """A discovery schema as JSON Schema: references spelt out, no unknown property."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    kept = {key: schema[key] for key in ("type", "enum") if key in schema}
    if "items" in schema:
        kept["items"] = strict(schema["items"])
    if "properties" in schema:
        kept["properties"] = {name: strict(body) for name, body in schema["properties"].items()}
        kept["additionalProperties"] = False
    return kept
