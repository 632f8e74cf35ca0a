"""What the simulated Microsoft Advertising refuses: a client that does it wrong fails there."""

import io
import zipfile
from typing import Any

import pytest
import requests

from connectors.sandbox.microsoft_ads.service import ACCESS_TOKEN, CUSTOMER_ID, DEVELOPER_TOKEN
from tests.connectors.microsoft_ads.conftest import PARIS, TOKYO, Ads

HEADERS = {
    "Authorization": f"Bearer {ACCESS_TOKEN}",
    "DeveloperToken": DEVELOPER_TOKEN,
    "CustomerId": CUSTOMER_ID,
    "CustomerAccountId": PARIS,
}
ORDER = {
    "Type": "CampaignPerformanceReportRequest",
    "Format": "Csv",
    "FormatVersion": "2.0",
    "ExcludeReportHeader": True,
    "ExcludeReportFooter": True,
    "Aggregation": "Daily",
    "Scope": {"AccountIds": [PARIS]},
    "Time": {
        "CustomDateRangeStart": {"Year": 2026, "Month": 3, "Day": 1},
        "CustomDateRangeEnd": {"Year": 2026, "Month": 9, "Day": 30},
    },
    "Columns": ["TimePeriod", "CampaignId", "Spend"],
}
FUTURE = {**ORDER["Time"], "CustomDateRangeEnd": {"Year": 2026, "Month": 10, "Day": 2}}  # type: ignore[dict-item]


def ask(microsoft: Ads, path: str, body: Any, **headers: str) -> requests.Response:
    url = f"{microsoft.base_url}/microsoft_ads/Reporting/v13/GenerateReport/{path}"
    return requests.post(url, json=body, headers=HEADERS | headers, timeout=10)


def file_of(microsoft: Ads, **changes: Any) -> list[str]:
    report = ask(microsoft, "Submit", {"ReportRequest": ORDER | changes}).json()
    assert ask(microsoft, "Poll", report).json()["ReportRequestStatus"] == {"Status": "Pending", "ReportDownloadUrl": None}
    url = ask(microsoft, "Poll", report).json()["ReportRequestStatus"]["ReportDownloadUrl"]
    with zipfile.ZipFile(io.BytesIO(requests.get(url, timeout=10).content)) as archive:
        return archive.read(archive.namelist()[0]).decode("utf-8-sig").splitlines()


def test_the_format_of_a_file_is_what_was_asked_for(microsoft: Ads) -> None:
    assert file_of(microsoft) == [
        "TimePeriod,CampaignId,Spend",
        "2026-03-01,111,1012.34",
        "2026-09-30,111,1.00",
        "2026-09-30,222,2.50",
    ]
    assert '2026-03-01,111,"1,012.34"' in file_of(microsoft, FormatVersion="1.0")
    assert file_of(microsoft, ExcludeReportHeader=False)[0].startswith("Report Name")
    assert file_of(microsoft, ExcludeReportFooter=False)[-1].startswith("©")


@pytest.mark.parametrize(
    ("changes", "headers", "code"),
    [
        ({"Aggregation": "Hourly"}, {}, 2001),
        ({"Columns": ["TimePeriod", "Karma"]}, {}, 2001),
        ({"Columns": ["Spend"]}, {}, 2001),
        ({"Time": {"PredefinedTime": "Yesterday"}}, {}, 2001),
        ({"Time": FUTURE}, {}, 2001),
        ({"Scope": {"AccountIds": [PARIS, "9"]}}, {}, 106),
        ({}, {"CustomerId": "9"}, 106),
        ({}, {"CustomerAccountId": ""}, 106),
        ({}, {"DeveloperToken": "mistyped"}, 105),
        ({}, {"Authorization": "Bearer mistyped"}, 105),
    ],
)
def test_a_wrong_order_is_refused(microsoft: Ads, changes: dict[str, Any], headers: dict[str, str], code: int) -> None:
    answer = ask(microsoft, "Submit", {"ReportRequest": ORDER | changes}, **headers)
    assert answer.status_code >= 400
    assert answer.json()["OperationErrors"][0]["Code"] == code


def test_a_sixth_report_at_once_is_refused(microsoft: Ads) -> None:
    codes = [ask(microsoft, "Submit", {"ReportRequest": ORDER | {"Scope": {"AccountIds": [TOKYO]}}}) for _ in range(6)]
    assert [answer.status_code for answer in codes] == [200] * 5 + [429]
    assert codes[-1].json()["OperationErrors"][0]["ErrorCode"] == "ConcurrentRequestOverLimit"
