"""Account, owners, limits, token, and who may call (FACTS §18, points 1, 8 and 9)."""

from collections.abc import Callable

import pytest

from connectors.sandbox.limits import HubSpotLimits
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import FULL_TOKEN, READONLY_TOKEN
from tests.connectors.sandbox.hubspot.conftest import Api, Serve, small_world
from tests.connectors.sandbox.hubspot.schemas import ACCOUNT, ERROR, LIMITS, OWNERS, TOKEN, USAGE, obeys

DEALS = "/crm/objects/2026-09/deals"
LINKS = "/crm/associations/2026-09/deals/contacts/batch/read"


@pytest.mark.parametrize("version", ["2026-09", "2026-03", "v3"])
def test_account_details_follow_the_clock_into_winter_time(api: Api, version: str) -> None:
    summer = api.get(f"/account-info/{version}/details").json()
    obeys(summer, ACCOUNT)
    assert (summer["portalId"], summer["companyCurrency"], summer["utcOffset"]) == (4242, "EUR", "+02:00")
    api.control("clock", {"now": "2026-12-01T00:00:00Z"})
    assert api.get(f"/account-info/{version}/details").json()["utcOffsetMilliseconds"] == 3_600_000


@pytest.mark.parametrize("path", ["/crm/owners/2026-09", "/crm/owners/2026-03", "/crm/v3/owners", "/crm/v3/owners/"])
def test_archived_owners_are_a_list_of_their_own_without_user(api: Api, path: str) -> None:
    active = api.get(path).json()
    obeys(active, OWNERS)
    assert [one["id"] for one in active["results"]] == ["41", "42"]
    archived = api.get(path, archived="true").json()
    obeys(archived, OWNERS)
    assert [(one["id"], one["userId"], one["userIdIncludingInactive"]) for one in archived["results"]] == [("43", None, 11)]


def test_owners_are_paged_and_found_by_email(api: Api) -> None:
    first = api.get("/crm/owners/2026-09", limit=1).json()
    second = api.get("/crm/owners/2026-09", limit=1, after=first["paging"]["next"]["after"]).json()
    assert ([one["id"] for one in second["results"]], "paging" in second) == (["42"], False)
    assert [one["id"] for one in api.get("/crm/owners/2026-09", email="b@example.com").json()["results"]] == ["42"]
    assert api.get("/crm/owners/2026-09/41").json()["firstName"] == "Ada"


@pytest.mark.parametrize(("most", "status"), [(500, 200), (100, 400)])
def test_the_largest_page_of_owners_is_a_quirk(serve: Serve, most: int, status: int) -> None:
    assert serve(quirks=Quirks(owners_page_max=most)).get("/crm/owners/2026-09", limit=500).status_code == status


def test_limits_count_custom_properties(api: Api) -> None:
    answer = api.get("/crm/limits/2026-09/custom-properties").json()
    obeys(answer, LIMITS)
    deals = next(one for one in answer["byObjectType"] if one["objectTypeId"] == "0-3")
    assert (deals["usage"], deals["limit"], answer["overallUsage"]) == (1, 1000, 1)


@pytest.mark.parametrize("token", [FULL_TOKEN, READONLY_TOKEN, "sandbox-without:crm.export"])
def test_a_key_says_its_scopes(api: Api, token: str) -> None:
    answer = api.post("/oauth/v2/private-apps/get/access-token-info", {"tokenKey": token}).json()
    obeys(answer, TOKEN)
    assert "oauth" in answer["scopes"]
    assert ("crm.objects.deals.write" in answer["scopes"]) is (token != READONLY_TOKEN)
    assert ("crm.export" in answer["scopes"]) is not token.startswith("sandbox-without")


def test_an_unknown_key_has_no_scopes(api: Api) -> None:
    assert api.post("/oauth/v2/private-apps/get/access-token-info", {"tokenKey": "pat-eu1-x"}).status_code == 404


@pytest.mark.parametrize("token", [None, "pat-eu1-x", ""])
def test_any_other_token_is_401(serve: Serve, token: str | None) -> None:
    answer = serve(token=token).get(DEALS)
    assert answer.status_code == 401
    obeys(answer.json(), ERROR)
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"


def test_a_missing_scope_is_403_and_named(serve: Serve) -> None:
    answer = serve(token="sandbox-without:crm.objects.owners.read,crm.objects.deals.read").get("/crm/owners/2026-09")
    assert answer.status_code == 403
    obeys(answer.json(), ERROR)
    assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.owners.read"]


def test_every_answer_but_search_carries_the_limits(api: Api) -> None:
    first, second = api.get(DEALS).headers, api.get(DEALS).headers
    assert (first["X-HubSpot-RateLimit-Max"], first["X-HubSpot-RateLimit-Remaining"]) == ("190", "189")
    assert second["X-HubSpot-RateLimit-Remaining"] == "188"
    assert second["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert second["X-HubSpot-RateLimit-Daily-Remaining"] == "999998"


@pytest.mark.parametrize(("says_wait", "wait"), [(False, None), (True, "10")])
def test_a_full_window_refuses(serve: Serve, says_wait: bool, wait: str | None) -> None:
    api = serve(limits=HubSpotLimits(burst=2, window_s=600), quirks=Quirks(retry_after_on_429=says_wait))
    answers = [api.get(DEALS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    obeys(answers[2].json(), ERROR)
    assert answers[2].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert answers[2].headers.get("Retry-After") == wait
    assert api.post(f"{DEALS}/search", {}).status_code == 200
    assert api.post(LINKS, {"inputs": [{"id": "101"}]}).status_code == 200
    assert api.server.sandbox.stats.as_json()["hubspot"]["refused_429"] == 1


def test_associations_have_a_window_of_their_own(serve: Serve) -> None:
    api = serve(limits=HubSpotLimits(associations=1, window_s=600))
    assert [api.post(LINKS, {"inputs": [{"id": "101"}]}).status_code for _ in range(2)] == [200, 429]
    assert api.get(DEALS).status_code == 200


def test_the_day_ends_at_midnight_of_the_account(serve: Serve) -> None:
    api = serve(limits=HubSpotLimits(daily=2))
    api.get(DEALS)
    usage = api.get("/account-info/2026-09/api-usage/daily/private-apps").json()
    obeys(usage, USAGE)
    assert (usage["results"][0]["currentUsage"], usage["results"][0]["resetsAt"]) == (2, "2026-10-01T22:00:00Z")
    refused = api.get(DEALS)
    assert (refused.status_code, refused.json()["policyName"]) == (429, "DAILY")
    obeys(refused.json(), ERROR)
    api.control("clock", {"now": "2026-10-01T22:00:01Z"})
    assert api.get(DEALS).status_code == 200


def test_an_address_beyond_eight_thousand_characters_is_414(api: Api) -> None:
    assert api.get(DEALS, properties="amount," * 1_200).status_code == 414
    assert api.get(DEALS, properties="amount," * 600).status_code == 200


def test_a_body_that_is_no_json_is_400(api: Api) -> None:
    answer = api.call("POST", f"{DEALS}/search", data=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    obeys(answer.json(), ERROR)


def test_tokens_share_the_windows_of_their_app(serve: Serve, as_token: Callable[[Api, str | None], Api]) -> None:
    api = serve(small_world(), limits=HubSpotLimits(burst=1, window_s=600))
    assert api.get(DEALS).status_code == 200
    assert as_token(api, READONLY_TOKEN).get(DEALS).status_code == 429
