"""Marketing campaigns and the users object (FACTS §9.5, §10.4)."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.sandbox.core import Sandbox
from connectors.sandbox.hubspot.state import snapshot
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import READONLY_TOKEN, World
from tests.connectors.sandbox.hubspot.campaign_schemas import CAMPAIGN, CAMPAIGNS
from tests.connectors.sandbox.hubspot.conftest import Api, Serve, small_world
from tests.connectors.sandbox.hubspot.schemas import ERROR, PROPERTIES, PROPERTY, batch, obeys, partial_batch

BASE = "/marketing/campaigns/2026-09"
GUIDS = [f"{n:08x}-1111-4222-8333-444455556666" for n in (1, 2, 3)]
OWN = {"name": "cadran_spend", "label": "Spend", "type": "number", "fieldType": "number", "groupName": "campaign_information"}


def world_with_campaigns() -> World:
    world = small_world()
    campaigns = [
        {
            "id": guid,
            "properties": {"hs_name": f"Campaign {n}", "hs_utm": f"camp-{n}", "hs_spend_items_sum_amount": "5"},
            "createdAt": "2026-01-01T00:00:00Z",
        }
        for n, guid in enumerate(GUIDS)
    ]
    return replace(world, hubspot=replace(world.hubspot, objects={**world.hubspot.objects, "campaigns": campaigns}))


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(world_with_campaigns(), lags=Lags(property_s=0))


def test_campaigns_are_listed_by_pages_with_the_properties_asked_for(api: Api) -> None:
    """Empty values do not stand in the answer."""
    first = api.get(BASE, limit=2, properties="hs_name,hs_notes").json()
    obeys(first, CAMPAIGNS)
    assert [one["properties"] for one in first["results"]] == [{"hs_name": "Campaign 0"}, {"hs_name": "Campaign 1"}]
    last = api.get(BASE, limit=2, after=first["paging"]["next"]["after"]).json()
    obeys(last, CAMPAIGNS)
    assert [one["id"] for one in last["results"]] == GUIDS[2:]
    assert "paging" not in last


def test_one_campaign_is_read_and_changed_by_its_guid(api: Api) -> None:
    changed = api.patch(f"{BASE}/{GUIDS[0]}", {"properties": {"hs_notes": "ours"}})
    assert changed.status_code == 200
    obeys(changed.json(), CAMPAIGN)
    read = api.get(f"{BASE}/{GUIDS[0]}", properties="hs_notes").json()
    obeys(read, CAMPAIGN)
    assert read["properties"] == {"hs_notes": "ours"}
    assert api.get(f"{BASE}/{GUIDS[0][::-1]}").status_code == 404


@pytest.mark.parametrize(
    ("name", "code"), [("nowhere", "PROPERTY_DOESNT_EXIST"), ("hs_spend_items_sum_amount", "READ_ONLY_VALUE")]
)
def test_an_unknown_or_read_only_property_refuses_the_whole_change(api: Api, name: str, code: str) -> None:
    one = {"id": GUIDS[0], "properties": {"hs_notes": "x"}}
    two = {"id": GUIDS[1], "properties": {name: "7"}}
    answers = [api.patch(f"{BASE}/{GUIDS[1]}", {"properties": two["properties"]})]
    answers.append(api.post(f"{BASE}/batch/update", {"inputs": [one, two]}))
    for answer in answers:
        assert answer.status_code == 400
        obeys(answer.json(), ERROR)
        assert answer.json()["errors"][0]["code"] == code
    assert api.get(f"{BASE}/{GUIDS[0]}", properties="hs_notes").json()["properties"] == {}


def test_fifty_campaigns_are_read_and_changed_in_one_call(api: Api) -> None:
    """The fifty-first refuses the call; one that is gone is an error of a 207."""
    inputs = [{"id": guid, "properties": {"hs_goal": "more"}} for guid in GUIDS]
    updated = api.post(f"{BASE}/batch/update", {"inputs": inputs})
    assert updated.status_code == 200
    obeys(updated.json(), batch(CAMPAIGN))
    gone = "ffffffff-1111-4222-8333-444455556666"
    read = api.call("POST", f"{BASE}/batch/read?properties=hs_goal", {"inputs": [{"id": i} for i in (*GUIDS, gone)]})
    assert read.status_code == 207
    obeys(read.json(), partial_batch(CAMPAIGN))
    assert [one["properties"]["hs_goal"] for one in read.json()["results"]] == ["more"] * 3
    assert read.json()["errors"][0]["context"]["ids"] == [gone]
    many = [{"id": f"{n:08x}-0000-4000-8000-000000000000"} for n in range(51)]
    assert api.post(f"{BASE}/batch/read", {"inputs": many}).status_code == 400


def test_a_campaign_may_hold_properties_of_our_own(api: Api) -> None:
    """Created on the type 0-35, cleared by an empty text."""
    obeys(api.get("/crm/properties/2026-09/0-35").json(), PROPERTIES)
    created = api.post("/crm/properties/2026-09/0-35", OWN)
    assert created.status_code == 201
    obeys(created.json(), PROPERTY)
    for value in ("12.5", ""):
        assert api.patch(f"{BASE}/{GUIDS[0]}", {"properties": {"cadran_spend": value}}).status_code == 200
        read = api.get(f"{BASE}/{GUIDS[0]}", properties="cadran_spend").json()
        assert read["properties"] == ({"cadran_spend": value} if value else {})


def test_an_account_may_refuse_to_create_them_by_api(serve: Serve) -> None:
    refused = serve(quirks=Quirks(campaign_properties_by_api=False)).post("/crm/properties/2026-09/0-35", OWN)
    assert refused.status_code == 400
    obeys(refused.json(), ERROR)


def test_scope_and_tier_are_asked_for(serve: Serve) -> None:
    reader = serve(world_with_campaigns(), token=READONLY_TOKEN)
    assert reader.get(BASE).status_code == 200
    refused = reader.patch(f"{BASE}/{GUIDS[0]}", {"properties": {"hs_notes": "x"}})
    obeys(refused.json(), ERROR)
    assert refused.json()["errors"][0]["context"]["requiredGranularScopes"] == ["marketing.campaigns.write"]
    assert serve(limits=HubSpotLimits(has_campaigns=False)).get(BASE).status_code == 403


def test_people_edit_campaigns_and_a_saved_world_keeps_them(api: Api) -> None:
    api.control("edit", {"object": "campaigns", "id": GUIDS[1], "properties": {"hs_notes": "by hand"}})
    again = Sandbox(snapshot(api.server.sandbox)).portal
    assert set(again.guids) == set(GUIDS)
    assert again.records["campaigns"].by_id[again.guids[GUIDS[1]]].values["hs_notes"] == "by hand"


@pytest.mark.parametrize("is_user", [True, False])
def test_every_active_user_has_a_record_of_the_users_object(serve: Serve, is_user: bool) -> None:
    """Under the user's own id or another one; ``hs_internal_user_id`` says which user it is."""
    found: dict[str, Any] = (
        serve(quirks=Quirks(user_record_is_user=is_user))
        .get("/crm/objects/2026-09/users", properties="hs_internal_user_id")
        .json()
    )
    assert [one["properties"]["hs_internal_user_id"] for one in found["results"]] == ["9", "10"]
    assert [one["id"] for one in found["results"]] == (["9", "10"] if is_user else ["7100001", "7100002"])
