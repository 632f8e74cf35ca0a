"""What the simulated TikTok refuses, always with HTTP 200: a client that does it wrong fails there."""

from typing import Any

import pytest
import requests

from connectors.sandbox.tiktok_ads.service import TOKEN
from tests.connectors.tiktok_ads.conftest import NEW_YORK, PARIS, Ads

QUERY = {
    "advertiser_id": PARIS,
    "service_type": "AUCTION",
    "report_type": "BASIC",
    "data_level": "AUCTION_CAMPAIGN",
    "dimensions": '["campaign_id","stat_time_day"]',
    "metrics": '["spend","reach"]',
    "start_date": "2026-09-15",
    "end_date": "2026-10-01",
}


def ask(tiktok: Ads, *, token: str = TOKEN, **changes: str) -> dict[str, Any]:
    url = f"{tiktok.base_url}/tiktok_ads/open_api/v1.3/report/integrated/get/"
    answer = requests.get(url, params=QUERY | changes, headers={"Access-Token": token}, timeout=10)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_a_page_holds_ten_rows_unless_more_are_asked_for(tiktok: Ads) -> None:
    answer = ask(tiktok)
    assert answer["code"] == 0
    assert answer["data"]["page_info"] == {"page": 1, "page_size": 10, "total_number": 2, "total_page": 1}
    assert answer["data"]["list"][0] == {
        "dimensions": {"campaign_id": "1711", "stat_time_day": "2026-09-30 00:00:00"},
        "metrics": {"spend": "1.00", "reach": "-"},
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"start_date": "2026-09-01"}, 40002),  # 31 days
        ({"page_size": "1001"}, 40002),
        ({"page_size": "0"}, 40002),
        ({"metrics": "spend,clicks"}, 40002),
        ({"metrics": '["karma"]'}, 40002),
        ({"data_level": "AUCTION_AD"}, 40002),
        ({"start_date": "2026-10-02"}, 40002),
        ({"advertiser_id": "9"}, 40002),
        ({"token": ""}, 40104),
        ({"token": "mistyped"}, 40105),
    ],
)
def test_a_wrong_query_is_refused(tiktok: Ads, changes: dict[str, str], code: int) -> None:
    assert ask(tiktok, **changes)["code"] == code


def test_a_call_too_many_in_a_second_is_refused(tiktok: Ads) -> None:
    tiktok.sandbox.monotonic = lambda: 0.0
    for about in (tiktok.about(PARIS), tiktok.about(NEW_YORK)):
        about["calls_a_second"] = 3
    assert [ask(tiktok)["code"] for _ in range(4)] == [0, 0, 0, 40100]
