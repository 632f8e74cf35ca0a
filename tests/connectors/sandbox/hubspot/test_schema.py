"""Property definitions, groups, pipelines (FACTS §18, points 6 and 9)."""

from typing import Any

import pytest

from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.quirks import Quirks
from tests.connectors.sandbox.hubspot.conftest import UUID_STAGE, Api, Serve
from tests.connectors.sandbox.hubspot.schemas import (
    ERROR,
    GROUP,
    GROUPS,
    PIPELINES,
    PROPERTIES,
    PROPERTY,
    batch,
    obeys,
    partial_batch,
)

PROPS = "/crm/properties/2026-09/deals"
ROI = {
    "name": "kpi_roi",
    "label": "ROI",
    "type": "number",
    "fieldType": "number",
    "groupName": "own",
    "numberDisplayHint": "percentage",
}


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve(lags=Lags(property_s=0))


@pytest.mark.parametrize("base", ["/crm/properties/2026-09", "/crm/properties/2026-03", "/crm/v3/properties"])
@pytest.mark.parametrize("object", ["deals", "0-1", "Company", "line_items", "products"])
def test_every_object_lists_its_definitions(api: Api, base: str, object: str) -> None:
    answer = api.get(f"{base}/{object}")
    assert answer.status_code == 200
    obeys(answer.json(), PROPERTIES)
    assert "hs_object_id" in {one["name"] for one in answer.json()["results"]}


def test_a_property_is_created_found_changed_archived_and_restored_with_its_values(api: Api) -> None:
    created = api.post(PROPS, ROI)
    assert created.status_code == 201
    obeys(created.json(), PROPERTY)
    assert created.json()["hubspotDefined"] is False
    api.patch("/crm/objects/2026-09/deals/101", {"properties": {"kpi_roi": "0.25"}})
    changed = api.patch(f"{PROPS}/kpi_roi", {"label": "Return", "description": "gain ÷ cost"})
    obeys(changed.json(), PROPERTY)
    assert (changed.json()["label"], changed.json()["numberDisplayHint"]) == ("Return", "percentage")
    assert api.call("DELETE", f"{PROPS}/kpi_roi").status_code == 204
    assert api.get(f"{PROPS}/kpi_roi").status_code == 404
    assert "kpi_roi" not in api.deal("101", "kpi_roi")
    assert [one["name"] for one in api.get(PROPS, archived="true").json()["results"]] == ["kpi_roi"]
    assert api.post(PROPS, ROI).status_code == 201
    assert api.deal("101", "kpi_roi")["kpi_roi"] == "0.25"


def test_an_existing_name_is_409_and_nothing_changes(api: Api) -> None:
    api.post(PROPS, ROI)
    answer = api.post(PROPS, ROI | {"label": "Other"})
    assert answer.status_code == 409
    obeys(answer.json(), ERROR)
    assert answer.json()["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"
    assert api.get(f"{PROPS}/kpi_roi").json()["label"] == "ROI"


def test_an_unknown_name_is_404(api: Api) -> None:
    answer = api.get(f"{PROPS}/kpi_nothing")
    assert (answer.status_code, answer.json()["category"]) == (404, "OBJECT_NOT_FOUND")


BOOLEAN = {"name": "kpi_flag", "label": "F", "type": "bool", "fieldType": "booleancheckbox", "groupName": "own"}
LOGICAL = [{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}]


@pytest.mark.parametrize(
    "body",
    [
        ROI | {"name": "Kpi_roi"},
        ROI | {"name": "1kpi"},
        ROI | {"name": "hs_kpi"},
        ROI | {"name": "a42_kpi"},
        ROI | {"name": "k" * 101},
        ROI | {"groupName": "nowhere"},
        ROI | {"fieldType": "text"},
        ROI | {"type": "money"},
        ROI | {"numberDisplayHint": "percent"},
        ROI | {"currencyPropertyName": "deal_currency_code"},
        ROI | {"colour": "red"},
        {key: value for key, value in ROI.items() if key != "label"},
        BOOLEAN,
        BOOLEAN | {"options": LOGICAL[:1]},
        ROI | {"type": "enumeration", "fieldType": "select", "numberDisplayHint": None},
        ROI | {"type": "enumeration", "fieldType": "select", "options": LOGICAL[:1] * 2},
        ROI | {"fieldType": "calculation_equation"},
    ],
)
def test_a_definition_beyond_the_rules_is_400(api: Api, body: dict[str, Any]) -> None:
    answer = api.post(PROPS, body)
    assert answer.status_code == 400, answer.text
    obeys(answer.json(), ERROR)


def test_a_boolean_has_exactly_two_options(api: Api) -> None:
    answer = api.post(PROPS, BOOLEAN | {"options": LOGICAL})
    assert answer.status_code == 201
    obeys(answer.json(), PROPERTY)


def test_a_calculation_refers_to_what_exists_and_protects_it(api: Api) -> None:
    api.post(PROPS, ROI)
    double = ROI | {"name": "kpi_double", "fieldType": "calculation_equation", "calculationFormula": "kpi_roi * 2"}
    assert api.post(PROPS, double | {"calculationFormula": "kpi_none * 2"}).status_code == 404
    assert api.post(PROPS, double).json()["modificationMetadata"]["readOnlyValue"] is True
    refused = api.call("DELETE", f"{PROPS}/kpi_roi")
    assert refused.json()["subCategory"] == "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"
    assert refused.json()["errors"][0]["context"]["parentName"] == ["kpi_double"]


def test_a_number_hint_can_not_be_taken_back(api: Api) -> None:
    api.post(PROPS, ROI)
    assert api.patch(f"{PROPS}/kpi_roi", {"numberDisplayHint": ""}).status_code == 400
    assert api.patch(f"{PROPS}/kpi_roi", {"numberDisplayHint": None}).json()["numberDisplayHint"] == "percentage"


def test_a_currency_symbol_stays_once_a_currency_property_was_named(api: Api) -> None:
    api.post(PROPS, ROI | {"numberDisplayHint": "currency", "showCurrencySymbol": True})
    assert api.patch(f"{PROPS}/kpi_roi", {"showCurrencySymbol": False}).status_code == 200
    api.patch(f"{PROPS}/kpi_roi", {"showCurrencySymbol": True, "currencyPropertyName": "deal_currency_code"})
    assert api.patch(f"{PROPS}/kpi_roi", {"showCurrencySymbol": False}).status_code == 400


def test_options_are_kept_unless_replaced(api: Api) -> None:
    body = {**ROI, "type": "enumeration", "fieldType": "select", "options": LOGICAL}
    del body["numberDisplayHint"]
    api.post(PROPS, body)
    assert len(api.patch(f"{PROPS}/kpi_roi", {"label": "R"}).json()["options"]) == 2
    assert len(api.patch(f"{PROPS}/kpi_roi", {"options": LOGICAL[:1]}).json()["options"]) == 1


def test_hubspots_own_definitions_are_not_archived(api: Api) -> None:
    assert api.call("DELETE", f"{PROPS}/amount").status_code == 400


def test_batches_of_definitions(api: Api) -> None:
    made = api.post(f"{PROPS}/batch/create", {"inputs": [ROI, ROI | {"name": "kpi_cac"}]})
    assert made.status_code == 201
    obeys(made.json(), batch(PROPERTY))
    read = api.post(f"{PROPS}/batch/read", {"archived": False, "inputs": [{"name": "kpi_cac"}, {"name": "kpi_none"}]})
    assert read.status_code == 207
    obeys(read.json(), partial_batch(PROPERTY))
    again = api.post(f"{PROPS}/batch/create", {"inputs": [ROI, ROI | {"name": "kpi_cpl"}]})
    assert (again.status_code, [one["name"] for one in again.json()["results"]]) == (207, ["kpi_cpl"])
    assert api.post(f"{PROPS}/batch/archive", {"inputs": [{"name": "kpi_cac"}]}).status_code == 204


def test_a_new_definition_is_visible_a_moment_later(serve: Serve) -> None:
    api = serve(lags=Lags(property_s=60))
    api.post(PROPS, ROI)
    assert api.get(f"{PROPS}/kpi_roi").status_code == 404
    assert api.post(PROPS, ROI).status_code == 409
    api.control("clock", {"advance_seconds": 61})
    assert api.get(f"{PROPS}/kpi_roi").status_code == 200


def test_an_object_holds_only_so_many_custom_properties(serve: Serve) -> None:
    api = serve(limits=HubSpotLimits(custom_properties_per_object=2), lags=Lags(property_s=0))
    assert api.post(PROPS, ROI).status_code == 201
    assert api.post(PROPS, ROI | {"name": "kpi_cac"}).status_code == 400


@pytest.mark.parametrize("longest", [100, 50])
def test_the_longest_name_is_a_quirk(serve: Serve, longest: int) -> None:
    api = serve(quirks=Quirks(property_name_max=longest))
    assert api.post(PROPS, ROI | {"name": "k" * longest}).status_code == 201
    assert api.post(PROPS, ROI | {"name": "k" * (longest + 1)}).status_code == 400


def test_groups_are_created_changed_and_archived_when_empty(api: Api) -> None:
    made = api.post(f"{PROPS}/groups", {"name": "cadran", "label": "Cadran", "displayOrder": -1})
    assert made.status_code == 201
    obeys(made.json(), GROUP)
    obeys(api.get(f"{PROPS}/groups").json(), GROUPS)
    assert api.post(f"{PROPS}/groups", {"name": "cadran", "label": "Again"}).status_code == 409
    assert api.patch(f"{PROPS}/groups/cadran", {"label": "KPIs"}).json()["label"] == "KPIs"
    api.post(PROPS, ROI | {"groupName": "cadran"})
    refused = api.call("DELETE", f"{PROPS}/groups/cadran")
    assert refused.json()["subCategory"] == "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
    api.call("DELETE", f"{PROPS}/kpi_roi")
    assert api.call("DELETE", f"{PROPS}/groups/cadran").status_code == 204
    assert api.get("/crm/properties/2026-09/contacts/groups/cadran").status_code == 404


def test_definitions_need_the_schema_scopes(serve: Serve) -> None:
    api = serve(token="sandbox-without:crm.schemas.deals.read")
    assert api.get(PROPS).json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.schemas.deals.read"]
    assert api.get("/crm/pipelines/2026-09/deals").status_code == 403
    assert api.get("/crm/properties/2026-09/contacts").status_code == 200


def test_pipelines_say_closed_by_probability_whatever_a_stage_is_called(api: Api) -> None:
    answer = api.get("/crm/pipelines/2026-09/deals").json()
    obeys(answer, PIPELINES)
    stages = {one["id"]: one["metadata"] for one in answer["results"][0]["stages"]}
    assert stages[UUID_STAGE] == {"probability": "0.6", "isClosed": "false"}
    assert stages["closedlost"]["isClosed"] == "true"
    assert api.get("/crm/v3/pipelines/deals").json() == answer
    assert api.get("/crm/pipelines/2026-09/deals/default").json() == answer["results"][0]


@pytest.mark.parametrize("has_suffix", [False, True])
def test_stage_timing_is_found_by_listing_never_by_composing(serve: Serve, has_suffix: bool) -> None:
    api = serve(quirks=Quirks(stage_properties_have_suffix=has_suffix))
    names = {one["name"] for one in api.get(PROPS).json()["results"]}
    assert ("hs_v2_date_entered_closedwon" in names) is not has_suffix
    [won] = [name for name in names if name.startswith("hs_v2_date_entered_closedwon")]
    [uuid] = [name for name in names if name.startswith("hs_v2_cumulative_time_in_0f1e2d3c_aaaa")]
    assert "-" not in uuid
    assert api.deal("101", won)[won] == "2026-03-01T00:00:00Z"


def test_lifecycle_stages_have_timing_on_contacts(api: Api) -> None:
    names = {one["name"] for one in api.get("/crm/properties/2026-09/contacts").json()["results"]}
    assert {"hs_v2_date_entered_customer", "hs_v2_cumulative_time_in_lead", "hs_lifecyclestage_customer_date"} <= names
