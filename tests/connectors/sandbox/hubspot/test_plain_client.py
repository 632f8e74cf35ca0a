"""The vendor's own client, untouched by our code, works against the sandbox."""

import pytest
from hubspot import HubSpot

from connectors.sandbox.limits import Lags
from connectors.sandbox.world import FULL_TOKEN
from tests.connectors.sandbox.hubspot.conftest import Api, Serve


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(lags=Lags(search_s=0, property_s=0))


@pytest.fixture
def client(api: Api) -> HubSpot:
    return HubSpot(access_token=FULL_TOKEN, host=api.server.base_url)


def test_it_lists_every_object(client: HubSpot) -> None:
    assert [deal.id for deal in client.crm.deals.get_all()] == ["101", "102", "103", "104"]
    page = client.crm.contacts.basic_api.get_page(limit=2, properties=["email"], associations=["companies"])
    assert page.results[0].properties["email"] == "Person1@Example.com"
    assert page.paging.next.after == "13"
    assert page.results[0].associations["companies"].results[0].id == "1"
    assert client.crm.line_items.basic_api.get_page().results[0].properties["quantity"] == "3"


def test_it_reads_the_history_of_one_record(client: HubSpot) -> None:
    deal = client.crm.deals.basic_api.get_by_id("101", properties_with_history=["dealstage"])
    assert [entry.value for entry in deal.properties_with_history["dealstage"]] == ["closedwon", "appointmentscheduled"]


def test_it_searches(client: HubSpot) -> None:
    request = {
        "filterGroups": [{"filters": [{"propertyName": "amount", "operator": "GTE", "value": "1000"}]}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "DESCENDING"}],
        "properties": ["dealname"],
        "limit": 1,
    }
    found = client.crm.deals.search_api.do_search(public_object_search_request=request)
    assert (found.total, found.results[0].id, found.paging.next.after) == (2, "102", "1")


def test_it_makes_a_property_writes_a_batch_and_reads_it_back(client: HubSpot) -> None:
    client.crm.properties.groups_api.create("deals", {"name": "cadran", "label": "Cadran"})
    definition = {"name": "cadran_roi", "label": "ROI", "type": "number", "fieldType": "number", "groupName": "cadran"}
    assert client.crm.properties.core_api.create("deals", definition).hubspot_defined is False
    assert "cadran_roi" in {one.name for one in client.crm.properties.core_api.get_all("deals").results}
    written = client.crm.deals.batch_api.update({"inputs": [{"id": "101", "properties": {"cadran_roi": "0.25"}}]})
    assert (written.status, written.results[0].properties["cadran_roi"]) == ("COMPLETE", "0.25")
    body = {"inputs": [{"id": "101"}], "properties": ["cadran_roi"], "propertiesWithHistory": []}
    assert client.crm.deals.batch_api.read(body).results[0].properties["cadran_roi"] == "0.25"


def test_it_understands_a_partial_failure(client: HubSpot) -> None:
    inputs = [
        {"id": "101", "properties": {"amount": "1"}, "objectWriteTraceId": "a"},
        {"id": "102", "properties": {"amount": "x"}, "objectWriteTraceId": "b"},
    ]
    answer = client.crm.deals.batch_api.update({"inputs": inputs})
    assert (answer.num_errors, answer.errors[0].context["objectWriteTraceId"]) == (1, ["b"])


def test_it_reads_associations_pipelines_and_owners(client: HubSpot) -> None:
    links = client.crm.associations.v4.batch_api.get_page("deals", "companies", {"inputs": [{"id": "101"}]})
    assert [to.to_object_id for to in links.results[0].to] == ["1", "2"] or [to.to_object_id for to in links.results[0].to] == [
        1,
        2,
    ]
    pipelines = client.crm.pipelines.pipelines_api.get_all("deals")
    assert pipelines.results[0].stages[2].metadata["probability"] == "1.0"
    assert [owner.id for owner in client.crm.owners.owners_api.get_page().results] == ["41", "42"]
