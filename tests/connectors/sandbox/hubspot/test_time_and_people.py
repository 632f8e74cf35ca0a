"""Time passing, people working, and a state that survives being saved."""

from typing import Any

import pytest

from connectors.sandbox.hubspot.state import snapshot
from connectors.sandbox.quirks import Quirks
from connectors.sandbox.world import WorldError
from tests.connectors.sandbox.hubspot.conftest import UUID_STAGE, Api, Serve, small_world

DEALS = "/crm/objects/2026-09/deals"
CLOSED = ("hs_is_closed", "hs_is_closed_won", "hs_v2_date_entered_closedwon", "amount_in_home_currency", "closedate")


def world_with_deal(**deal: Any) -> Any:
    world = small_world()
    world.hubspot.objects["deals"].append({"id": "200", "createdAt": "2026-09-01T00:00:00Z", **deal})
    return world


def in_order(body: dict[str, Any]) -> Any:
    """The results by name or id: neither definitions nor groups come in an order to rely on."""
    return sorted(body["results"], key=lambda one: one.get("name") or one["id"]) if "results" in body else body


def test_a_person_who_wins_a_deal_sets_what_hubspot_calculates(api: Api) -> None:
    api.control("clock", {"now": "2026-10-05T08:00:00Z"})
    api.control("edit", {"object": "deals", "id": "102", "properties": {"dealstage": "closedwon", "amount": "2000"}})
    deal = api.deal("102", *CLOSED, "hs_closed_amount", "hs_v2_cumulative_time_in_appointmentscheduled", "days_to_close")
    assert (deal["hs_is_closed"], deal["hs_is_closed_won"], deal["amount_in_home_currency"]) == ("true", "true", "1800")
    assert str(deal["hs_v2_date_entered_closedwon"]).startswith("2026-10-05T08:00:0")
    assert deal["closedate"] == deal["hs_v2_date_entered_closedwon"]
    assert deal["days_to_close"] == "246"
    assert int(str(deal["hs_v2_cumulative_time_in_appointmentscheduled"])) // 86_400_000 == 246
    history = api.get(f"{DEALS}/102", propertiesWithHistory="dealstage").json()["propertiesWithHistory"]["dealstage"]
    assert (history[0]["sourceType"], history[0]["sourceId"]) == ("CRM_UI", "userId:1")


def test_a_deal_that_opens_again_is_no_longer_won(api: Api) -> None:
    api.control("edit", {"object": "deals", "id": "101", "properties": {"dealstage": UUID_STAGE}})
    deal = api.deal("101", *CLOSED, "hs_v2_date_exited_closedwon", "hs_projected_amount")
    assert (deal["hs_is_closed"], deal["hs_is_closed_won"], deal["hs_projected_amount"]) == ("false", "false", "900")
    assert deal["hs_v2_date_exited_closedwon"] is not None


def test_a_contact_who_becomes_a_customer_is_stamped(api: Api) -> None:
    api.control("edit", {"object": "contacts", "id": "12", "properties": {"lifecyclestage": "customer"}})
    names = "hs_v2_date_entered_customer,hs_lifecyclestage_customer_date,hs_v2_date_exited_lead"
    values = api.get("/crm/objects/2026-09/contacts/12", properties=names).json()["properties"]
    assert None not in values.values()


def test_what_a_world_dates_after_now_happens_when_the_clock_gets_there(serve: Serve) -> None:
    stages = [
        {"value": "closedwon", "timestamp": "2026-10-10T12:00:00Z", "sourceType": "CRM_UI", "sourceId": "userId:7"},
        {"value": "appointmentscheduled", "timestamp": "2026-09-01T00:00:00Z"},
    ]
    world = world_with_deal(
        properties={
            "dealname": "Later",
            "amount": "10",
            "dealstage": "closedwon",
            "pipeline": "default",
            "hs_v2_date_entered_closedwon": "2026-10-10T12:00:00Z",
        },
        updatedAt="2026-10-10T12:00:00Z",
        history={"dealstage": stages},
    )
    world.hubspot.objects["deals"].append(
        {"id": "201", "properties": {"dealname": "Unborn"}, "createdAt": "2026-10-12T00:00:00Z"}
    )
    world.hubspot.objects["deals"].append(
        {"id": "202", "properties": {}, "createdAt": "2026-01-01T00:00:00Z", "archivedAt": "2026-10-11T00:00:00Z"}
    )
    api = serve(world)
    before = api.deal("200", "dealstage", *CLOSED)
    assert (before["dealstage"], before["hs_is_closed"], before["hs_v2_date_entered_closedwon"]) == (
        "appointmentscheduled",
        "false",
        None,
    )
    assert before["hs_lastmodifieddate"] == "2026-09-01T00:00:00Z"
    assert {"201"}.isdisjoint(one["id"] for one in api.get(DEALS).json()["results"])
    api.control("clock", {"now": "2026-10-11T06:00:00Z"})
    after = api.deal("200", "dealstage", *CLOSED)
    assert (after["dealstage"], after["hs_is_closed_won"]) == ("closedwon", "true")
    assert after["hs_v2_date_entered_closedwon"] == after["hs_lastmodifieddate"] == "2026-10-10T12:00:00Z"
    assert [one["id"] for one in api.get(DEALS, archived="true").json()["results"]] == ["105", "202"]
    api.control("clock", {"advance_days": 1})
    assert "201" in [one["id"] for one in api.get(DEALS).json()["results"]]


def test_nothing_changes_by_the_mere_passing_of_time(api: Api) -> None:
    before = api.get(DEALS).json()
    api.control("clock", {"advance_days": 30})
    assert api.get(DEALS).json() == before


@pytest.mark.parametrize("deal", [{"id": "x1"}, {"createdAt": "soon"}, {"createdAt": "2026-01-01T00:00:00"}])
def test_a_world_with_an_unreadable_id_or_instant_is_refused(serve: Serve, deal: dict[str, Any]) -> None:
    with pytest.raises(WorldError, match=r"deals\.jsonl"):
        serve(world_with_deal(**deal))


def test_a_value_without_a_definition_gets_one(serve: Serve) -> None:
    api = serve(world_with_deal(properties={"dealname": "X", "sector": "retail"}))
    assert api.deal("200", "sector")["sector"] == "retail"
    assert api.get("/crm/properties/2026-09/deals/sector").json()["hubspotDefined"] is False


@pytest.mark.parametrize("has_suffix", [False, True])
def test_a_snapshot_serves_again_with_nothing_lost(serve: Serve, has_suffix: bool) -> None:
    quirks = Quirks(stage_properties_have_suffix=has_suffix)
    world = world_with_deal(
        properties={"dealname": "Later", "dealstage": "closedwon", "pipeline": "default"},
        history={
            "dealstage": [
                {"value": "closedwon", "timestamp": "2026-11-10T12:00:00Z"},
                {"value": "appointmentscheduled", "timestamp": "2026-09-01T00:00:00Z"},
            ]
        },
    )
    world.hubspot.objects["deals"].append(
        {"id": "201", "properties": {"dealname": "Unborn"}, "createdAt": "2026-11-12T00:00:00Z"}
    )
    api = serve(world, quirks=quirks)
    api.post("/crm/properties/2026-09/deals/groups", {"name": "cadran", "label": "Cadran"})
    api.post(
        "/crm/properties/2026-09/deals",
        {"name": "cadran_roi", "label": "ROI", "type": "number", "fieldType": "number", "groupName": "cadran"},
    )
    api.post(f"{DEALS}/batch/update", {"inputs": [{"id": "101", "properties": {"cadran_roi": "0.5", "amount": ""}}]})
    api.control("edit", {"object": "deals", "id": "102", "properties": {"dealstage": "closedwon"}})
    api.control("merge", {"object": "contacts", "survivor": "12", "loser": "11"})
    api.control("archive", {"object": "deals", "id": "104"})
    api.control("clock", {"advance_seconds": 60})
    saved = snapshot(api.server.sandbox)
    again = serve(saved, quirks=quirks)
    history = {"propertiesWithHistory": "dealstage,amount,cadran_roi,dealname", "associations": "contacts,companies,line_items"}
    timing = ",".join(sorted(api.server.sandbox.portal.records["deals"].definitions.active))
    for path, query in (
        (DEALS, history),
        (DEALS, {"properties": timing}),
        (DEALS, {"archived": "true"}),
        ("/crm/objects/2026-09/contacts", {"associations": "companies,deals"}),
        ("/crm/objects/2026-09/contacts/11", {}),
        ("/crm/properties/2026-09/deals", {}),
        ("/crm/properties/2026-09/deals/groups", {}),
        ("/crm/properties/2026-09/contacts", {}),
        ("/crm/pipelines/2026-09/deals", {}),
        ("/crm/owners/2026-09", {}),
    ):
        first, second = api.get(path, **query), again.get(path, **query)
        assert first.status_code == 200, first.text
        assert in_order(first.json()) == in_order(second.json()), path
    for one in (api, again):
        one.control("clock", {"now": "2026-12-01T00:00:00Z"})
    assert api.deal("200", *CLOSED) == again.deal("200", *CLOSED)
    assert "201" in [one["id"] for one in again.get(DEALS).json()["results"]]


def test_a_survivor_of_a_worlds_merge_names_whom_it_took_in(api: Api) -> None:
    contact = api.get("/crm/objects/2026-09/contacts/11", properties="hs_merged_object_ids").json()
    assert contact["properties"]["hs_merged_object_ids"] == "19"
