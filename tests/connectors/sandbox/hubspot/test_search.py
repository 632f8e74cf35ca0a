"""Search (FACTS §18, point 3)."""

from typing import Any

import pytest

from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.quirks import Quirks
from tests.connectors.sandbox.hubspot.conftest import Api, Serve, small_world
from tests.connectors.sandbox.hubspot.schemas import ERROR, SEARCH, obeys

SEARCH_DEALS = "/crm/objects/2026-09/deals/search"
FAST = HubSpotLimits(search_per_second=1_000)


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(limits=FAST)


def ids(api: Api, *filters: dict[str, Any], object: str = "deals", **more: Any) -> list[str]:
    body = {"filterGroups": [{"filters": list(filters)}] if filters else [], "limit": 200, **more}
    answer = api.post(f"/crm/objects/2026-09/{object}/search", body)
    assert answer.status_code == 200, answer.text
    obeys(answer.json(), SEARCH)
    return [one["id"] for one in answer.json()["results"]]


def one(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **more}


@pytest.mark.parametrize(
    ("test", "found"),
    [
        (one("amount", "EQ", "1500"), ["101"]),
        (one("amount", "GT", "20"), ["101", "102"]),
        (one("amount", "BETWEEN", "20", highValue="1000"), ["102", "104"]),
        (one("amount", "NOT_HAS_PROPERTY"), ["103"]),
        (one("closedate", "HAS_PROPERTY"), ["101"]),
        (one("closedate", "GTE", "1772323200000"), ["101"]),
        (one("closedate", "LT", "2026-03-01T00:00:00Z"), []),
        (one("createdate", "LTE", "2026-02-01"), ["101", "102"]),
        (one("dealname", "EQ", "ALPHA"), ["101"]),
        (one("dealname", "CONTAINS_TOKEN", "*amm*"), ["103"]),
        (one("dealname", "NEQ", "alpha"), ["102", "103", "104"]),
        (one("dealname", "IN", values=["alpha", "beta"]), ["101", "102"]),
        (one("dealname", "IN", values=["Alpha"]), []),
        (one("dealname", "NOT_IN", values=["alpha"]), ["102", "103", "104"]),
        (one("dealstage", "EQ", "closedwon"), ["101"]),
        (one("dealstage", "EQ", "CLOSEDWON"), []),
        (one("hs_object_id", "GT", "101"), ["102", "103", "104"]),
        (one("hs_object_id", "IN", values=["103", "105"]), ["103"]),
        (one("associations.contact", "EQ", "12"), ["101", "102"]),
        (one("associations.companies", "IN", values=["2"]), ["101"]),
    ],
)
def test_an_operator_finds_what_it_says(api: Api, test: dict[str, Any], found: list[str]) -> None:
    assert ids(api, test) == found


def test_filters_of_a_group_are_and_groups_are_or(api: Api) -> None:
    both = {
        "filterGroups": [
            {"filters": [one("amount", "GT", "20"), one("dealname", "EQ", "beta")]},
            {"filters": [one("hs_object_id", "EQ", "104")]},
        ]
    }
    answer = api.post(SEARCH_DEALS, both).json()
    assert [found["id"] for found in answer["results"]] == ["102", "104"]


def test_a_page_is_an_offset_and_the_total_stays(api: Api) -> None:
    first = api.post(SEARCH_DEALS, {"limit": 3}).json()
    assert (first["total"], first["paging"]["next"]["after"], len(first["results"])) == (4, "3", 3)
    last = api.post(SEARCH_DEALS, {"limit": 3, "after": "3"}).json()
    assert [found["id"] for found in last["results"]] == ["104"]
    assert "paging" not in last


def test_keyset_paging_meets_every_record_once(api: Api) -> None:
    seen: list[str] = []
    while True:
        page = ids(api, one("hs_object_id", "GT", seen[-1] if seen else "0"), limit=2, sorts=[{"propertyName": "hs_object_id"}])
        if not page:
            break
        seen += page
    assert seen == ["101", "102", "103", "104"]


def test_a_sort_puts_empty_values_last(api: Api) -> None:
    by_amount = {"propertyName": "amount", "direction": "DESCENDING"}
    assert ids(api, sorts=[by_amount]) == ["101", "102", "104", "103"]
    assert ids(api, sorts=["amount"]) == ["104", "102", "101", "103"]


@pytest.mark.parametrize("is_by_id", [True, False])
def test_the_order_without_a_sort_is_a_quirk(serve: Serve, is_by_id: bool) -> None:
    found = ids(serve(quirks=Quirks(search_unsorted_is_by_id=is_by_id)))
    assert found == (["101", "102", "103", "104"] if is_by_id else ["104", "103", "102", "101"])


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_filter_on_an_unknown_property_is_a_quirk(serve: Serve, is_refused: bool) -> None:
    api = serve(quirks=Quirks(unknown_filter_is_refused=is_refused))
    answer = api.post(SEARCH_DEALS, {"filterGroups": [{"filters": [one("no_such_thing", "EQ", "1")]}]})
    assert (answer.status_code, answer.json().get("total")) == ((400, None) if is_refused else (200, 0))


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 200, "after": "9801"},
        {"after": "10000"},
        {"after": "x"},
        {"sorts": ["amount", "dealname"]},
        {"sorts": [{"propertyName": "amount", "direction": "UP"}]},
        {"filterGroups": [{"filters": [one("amount", "EQ", "1")]}] * 6},
        {"filterGroups": [{"filters": [one("amount", "EQ", "1")] * 7}]},
        {"filterGroups": [{"filters": [one("amount", "EQ", "1")] * 5}] * 4},
        {"filterGroups": [{"filters": [one("amount", "LIKE", "1")]}]},
        {"filterGroups": [{"filters": [one("amount", "EQ")]}]},
        {"filterGroups": [{"filters": [one("amount", "EQ", "much")]}]},
        {"filterGroups": [{"filters": [one("dealname", "IN", "alpha")]}]},
        {"filter": []},
        {"properties": ["x" * 3_000]},
    ],
)
def test_a_search_beyond_the_rules_is_400(api: Api, body: dict[str, Any]) -> None:
    answer = api.post(SEARCH_DEALS, body)
    assert answer.status_code == 400, answer.text
    obeys(answer.json(), ERROR)


def test_ten_thousand_results_are_the_ceiling(api: Api) -> None:
    assert api.post(SEARCH_DEALS, {"limit": 200, "after": "9800"}).status_code == 200


def test_search_answers_carry_no_limit_headers_and_nothing_archived(api: Api) -> None:
    answer = api.post(SEARCH_DEALS, {})
    assert not [name for name in answer.headers if name.lower().startswith("x-hubspot-ratelimit")]
    assert "105" not in [found["id"] for found in answer.json()["results"]]


def test_the_index_lags_behind_what_batch_read_sees(serve: Serve) -> None:
    api = serve(lags=Lags(search_s=60), limits=FAST)
    api.patch("/crm/objects/2026-09/deals/101", {"properties": {"dealname": "Omega"}})
    created = api.post("/crm/objects/2026-09/companies", {"properties": {"name": "New"}}).json()["id"]
    assert ids(api, one("dealname", "EQ", "omega")) == []
    assert ids(api, one("hs_lastmodifieddate", "GTE", "2026-10-01T00:00:00Z")) == []
    assert created not in ids(api, object="companies")
    assert api.deal("101", "dealname")["dealname"] == "Omega"
    api.control("clock", {"advance_seconds": 61})
    assert ids(api, one("dealname", "EQ", "omega")) == ["101"]
    assert created in ids(api, object="companies")


def test_the_sixth_search_of_a_second_is_refused(serve: Serve) -> None:
    api = serve(small_world(), limits=HubSpotLimits(search_per_second=2))
    answers = [api.post(SEARCH_DEALS, {}) for _ in range(3)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:2] == [200, 200]
    if statuses[2] == 429:  # unless this machine took a second for three calls
        assert answers[2].json()["category"] == "RATE_LIMITS"


def test_a_record_archived_leaves_the_search_at_once(api: Api) -> None:
    api.control("archive", {"object": "deals", "id": "101"})
    assert "101" not in ids(api)
