"""The simulated LinkedIn refuses what LinkedIn refuses, and cuts where it cuts. Spoken to without our connector."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from connectors.sandbox.clock import Clock
from connectors.sandbox.linkedin_ads import gate
from connectors.sandbox.linkedin_ads.analytics import CUT
from connectors.sandbox.linkedin_ads.vendor import ACCESS_TOKEN, VENDOR
from connectors.sandbox.server import SandboxServer
from connectors.sandbox.world import AccountWorld, HubSpotWorld, World

NOW = datetime(2026, 9, 30, 9, tzinfo=UTC)
DAYS = "dateRange=(start:(year:2026,month:9,day:1),end:(year:2026,month:9,day:30))"
ACCOUNTS = "accounts=List(urn%3Ali%3AsponsoredAccount%3A512)"
FIGURES = f"q=analytics&pivot=CAMPAIGN_GROUP&timeGranularity=DAILY&{DAYS}&{ACCOUNTS}"


def row(day: str, campaign: int) -> dict[str, Any]:
    return {"date": day, "campaign_id": str(campaign), "campaign_name": "n", "spend": "1.10", "impressions": 3, "clicks": 0}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    """One account with more rows in September than an answer holds."""
    days = [row(f"2026-09-{day:02d}", 6000 + n) for day in range(1, 31) for n in range(501)]
    crm = HubSpotWorld(account={"portalId": 1, "companyCurrency": "EUR", "timeZone": "Europe/Paris"})
    account = AccountWorld({"name": "Shop", "currency": "EUR"}, {"days": [*days, row("2026-10-01", 1)]})
    world = World("linkedin", NOW, crm, accounts={"linkedin_ads": {"512": account}})
    with SandboxServer(world, clock=Clock(NOW, monotonic=lambda: 0.0), vendors={"linkedin_ads": VENDOR}) as served:
        yield served


def ask(server: SandboxServer, query: str, path: str = "adAnalytics", **headers: str) -> requests.Response:
    sent = {"Authorization": f"Bearer {ACCESS_TOKEN}", "Linkedin-Version": "202607", "X-Restli-Protocol-Version": "2.0.0"}
    return requests.get(f"{server.base_url}/linkedin_ads/rest/{path}?{query}", headers=sent | headers, timeout=10)


def test_an_answer_is_cut_without_a_word(server: SandboxServer) -> None:
    """15,030 rows, 15,000 come, and nothing in the answer says so."""
    answer = ask(server, FIGURES).json()
    assert len(answer["elements"]) == CUT
    assert answer["paging"]["links"] == []


def test_an_element_bears_only_what_was_asked_for(server: SandboxServer) -> None:
    one_day = FIGURES.replace("day:30", "day:1")
    assert ask(server, one_day).json()["elements"][0] == {"impressions": 3, "clicks": 0}
    fields = "&fields=dateRange,pivotValues,costInLocalCurrency,landingPageClicks"
    day = {"year": 2026, "month": 9, "day": 1}
    assert ask(server, one_day + fields).json()["elements"][0] == {
        "dateRange": {"start": day, "end": day},
        "pivotValues": ["urn:li:sponsoredCampaignGroup:6000"],
        "costInLocalCurrency": "1.10",
    }
    assert ask(server, one_day + "&fields=oneClickLeads").json()["elements"] == [], "nothing but noughts"


@pytest.mark.parametrize(
    "query",
    [
        FIGURES.replace("(", "%28").replace(")", "%29"),
        FIGURES.replace("year:2026", "year%3A2026"),
        FIGURES.replace("%3A", ":"),
        FIGURES.replace("List(", "(").replace("512)", "512"),
        FIGURES + "&fields=" + ",".join(["impressions"] * 21),
        FIGURES + "&fields=impression",
        FIGURES + "&pageSize=100",
        FIGURES.replace(f"&{ACCOUNTS}", ""),
        FIGURES.replace("sponsoredAccount", "sponsoredCampaign"),
        FIGURES.replace("day:30", "day:31"),
    ],
    ids=[
        "brackets encoded",
        "colons of the structure encoded",
        "a URN left as it is",
        "no list",
        "21 fields",
        "unknown field",
        "unknown parameter",
        "no facet",
        "a URN of another kind",
        "no such day",
    ],
)
def test_a_careless_query_is_refused(server: SandboxServer, query: str) -> None:
    assert ask(server, query).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Restli-Protocol-Version": "1.0.0"}, 400),
        ({"Linkedin-Version": "202509"}, 426),
        ({"Linkedin-Version": "202510"}, 200),
        ({"Linkedin-Version": "202610"}, 426),
        ({"Linkedin-Version": "v26"}, 426),
        ({"Authorization": "Bearer somebody"}, 401),
        ({"Authorization": ""}, 401),
    ],
)
def test_headers_decide_first(server: SandboxServer, headers: dict[str, str], status: int) -> None:
    """202509 ended on the fifteenth, 202610 is not out yet."""
    assert ask(server, FIGURES.replace("day:30", "day:1"), **headers).status_code == status


def test_a_search_gives_pages_until_there_is_no_token(server: SandboxServer) -> None:
    path, query, found = "adAccounts/512/adCampaignGroups", "q=search&pageSize=300", []
    answer = ask(server, query, path).json()
    found += answer["elements"]
    token = answer["metadata"]["nextPageToken"]
    answer = ask(server, f"{query}&pageToken={token}", path).json()
    assert answer["metadata"] == {}
    assert len({one["id"] for one in [*found, *answer["elements"]]}) == 501, "what is dated after the clock is not there yet"
    assert ask(server, "q=search&pageSize=1001", path).status_code == 400
    assert ask(server, query, "adAccounts/999/adCampaignGroups").status_code == 403


def test_a_long_address_is_refused_and_a_tunnelled_query_is_not(server: SandboxServer) -> None:
    groups = ",".join(f"urn%3Ali%3AsponsoredCampaignGroup%3A{6000 + n}" for n in range(100))
    query = FIGURES.replace(ACCOUNTS, f"campaignGroups=List({groups})").replace("day:30", "day:1")
    assert len(query) > gate.LONGEST_ADDRESS
    assert ask(server, query).status_code == 414
    headers = {
        "Authorization": f"Bearer {ACCESS_TOKEN}",
        "Linkedin-Version": "202607",
        "X-Restli-Protocol-Version": "2.0.0",
        "X-HTTP-Method-Override": "GET",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    address = f"{server.base_url}/linkedin_ads/rest/adAnalytics"
    assert len(requests.post(address, data=query, headers=headers, timeout=10).json()["elements"]) == 100
    del headers["X-HTTP-Method-Override"]
    assert requests.post(address, data=query, headers=headers, timeout=10).status_code == 405
