"""Writes (FACTS §18, points 4, 5 and 9)."""

from typing import Any

import pytest
import requests

from connectors.sandbox.hubspot.portal import APP_ID
from connectors.sandbox.quirks import Quirks
from tests.connectors.sandbox.hubspot.conftest import UUID_STAGE, Api, Serve, small_world
from tests.connectors.sandbox.hubspot.schemas import ERROR, RECORD, UPSERTED, batch, obeys, partial_batch

DEALS = "/crm/objects/2026-09/deals"
RULE = {"object": "deals", "when": {"dealstage": ["closedlost"]}, "require": ["closed_lost_reason"]}


def row(id: str, trace: bool = True, **values: str) -> dict[str, Any]:
    return {"id": id, "properties": values, **({"objectWriteTraceId": f"t-{id}"} if trace else {})}


def update(api: Api, *rows: dict[str, Any]) -> requests.Response:
    return api.post(f"{DEALS}/batch/update", {"inputs": list(rows)})


def test_what_is_written_reads_back_and_moves_the_modified_date(api: Api) -> None:
    before = api.deal("101")["hs_lastmodifieddate"]
    answer = update(api, row("101", hs_next_step="Call", amount="2000.50"), row("102", closedate="1772323200000"))
    assert answer.status_code == 200
    obeys(answer.json(), batch(RECORD))
    after = api.deal("101", "hs_next_step", "amount")
    assert (after["hs_next_step"], after["amount"]) == ("Call", "2000.50")
    assert before is not None
    assert after["hs_lastmodifieddate"] is not None
    assert after["hs_lastmodifieddate"] > before
    assert api.deal("102", "closedate")["closedate"] == "2026-03-01T00:00:00Z"


def test_a_write_is_the_apps_own_in_the_history(api: Api) -> None:
    update(api, row("101", amount="7"))
    history = api.get(f"{DEALS}/101", propertiesWithHistory="amount").json()["propertiesWithHistory"]["amount"]
    assert [entry["value"] for entry in history] == ["7", "1500.00"]
    assert (history[0]["sourceType"], history[0]["sourceId"]) == ("INTEGRATION", str(APP_ID))
    token = api.post("/oauth/v2/private-apps/get/access-token-info", {"tokenKey": "sandbox-full"}).json()
    assert str(token["appId"]) == history[0]["sourceId"]


@pytest.mark.parametrize(("is_empty", "read"), [(False, None), (True, "")])
def test_an_empty_text_clears(serve: Serve, is_empty: bool, read: str | None) -> None:
    api = serve(quirks=Quirks(cleared_reads_as_empty=is_empty))
    update(api, row("101", amount=""))
    assert api.deal("101", "amount", "amount_in_home_currency")["amount"] == read
    history = api.get(f"{DEALS}/101", propertiesWithHistory="amount").json()["propertiesWithHistory"]["amount"]
    assert history[0]["value"] == ""


@pytest.mark.parametrize("is_bumped", [True, False])
def test_an_equal_value_moves_the_modified_date_or_not(serve: Serve, is_bumped: bool) -> None:
    api = serve(quirks=Quirks(equal_value_bumps_modified=is_bumped))
    before = api.deal("101")["hs_lastmodifieddate"]
    update(api, row("101", amount="1500.00"))
    assert (api.deal("101")["hs_lastmodifieddate"] != before) is is_bumped


@pytest.mark.parametrize(("is_canonical", "read"), [(False, "12.50"), (True, "12.5")])
def test_the_spelling_of_numbers_is_a_quirk(serve: Serve, is_canonical: bool, read: str) -> None:
    api = serve(quirks=Quirks(numbers_read_canonical=is_canonical))
    update(api, row("101", amount="12.50"))
    assert api.deal("101", "amount")["amount"] == read


@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_order_of_results_is_a_quirk(serve: Serve, is_reversed: bool) -> None:
    api = serve(quirks=Quirks(batch_results_reversed=is_reversed))
    found = [one["id"] for one in update(api, row("101", amount="1"), row("102", amount="2")).json()["results"]]
    assert found == (["102", "101"] if is_reversed else ["101", "102"])


BAD = [
    ("amount", "1,500.00", "INVALID_INTEGER"),
    ("amount", "much", "INVALID_INTEGER"),
    ("dealtype", "oldbusiness", "INVALID_OPTION"),
    ("dealstage", "nowhere", "INVALID_OPTION"),
    ("deal_currency_code", "JPY", "INVALID_OPTION"),
    ("closedate", "01/02/2026", "INVALID_DATE"),
    ("hs_is_closed_won", "true", "READ_ONLY_VALUE"),
    ("no_such_thing", "1", "PROPERTY_DOESNT_EXIST"),
]


@pytest.mark.parametrize(("name", "value", "code"), BAD)
def test_a_bad_value_without_trace_ids_refuses_the_whole_batch(api: Api, name: str, value: str, code: str) -> None:
    bad = {"id": "102", "properties": {name: value}}
    answer = update(api, row("101", trace=False, amount="1"), bad)
    assert answer.status_code == 400
    obeys(answer.json(), ERROR)
    assert [(error["code"], error["context"]["propertyName"]) for error in answer.json()["errors"]] == [(code, [name])]
    assert answer.json()["message"].startswith("Property values were not valid: [{")
    assert api.deal("101", "amount")["amount"] == "1500.00"


@pytest.mark.parametrize(("name", "value", "code"), BAD)
@pytest.mark.parametrize("is_whole", [False, True])
def test_a_bad_value_with_trace_ids_is_its_own_records_error(
    serve: Serve, name: str, value: str, code: str, is_whole: bool
) -> None:
    api = serve(quirks=Quirks(invalid_value_refuses_batch=is_whole))
    bad = {"id": "102", "properties": {name: value}, "objectWriteTraceId": "t-102"}
    answer = update(api, row("101", amount="1"), bad)
    if is_whole or code == "PROPERTY_DOESNT_EXIST":
        assert answer.status_code == 400
        assert api.deal("101", "amount")["amount"] == "1500.00"
        return
    assert answer.status_code == 207
    obeys(answer.json(), partial_batch(RECORD))
    [error] = answer.json()["errors"]
    assert (error["context"], error["errors"][0]["code"]) == ({"objectWriteTraceId": ["t-102"], "ids": ["102"]}, code)
    assert [one["id"] for one in answer.json()["results"]] == ["101"]
    assert api.deal("101", "amount")["amount"] == "1"


def test_duplicate_ids_refuse_everything(api: Api) -> None:
    answer = update(api, row("101", amount="1"), row("101", amount="2"))
    assert answer.status_code == 400
    obeys(answer.json(), ERROR)
    assert answer.json()["context"]["ids"] == ["101"]
    assert "Duplicate IDs found in batch input: [101]" in answer.json()["message"]


def test_missing_archived_and_merged_ids_are_errors_of_a_207(api: Api) -> None:
    answer = update(api, row("101", amount="1"), row("999", amount="1"), row("105", amount="1"))
    assert answer.status_code == 207
    obeys(answer.json(), partial_batch(RECORD))
    assert [error["context"]["ids"] for error in answer.json()["errors"]] == [["999"], ["105"]]
    merged = api.post("/crm/objects/2026-09/contacts/batch/update", {"inputs": [row("19", firstname="X")]})
    assert merged.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"


@pytest.mark.parametrize(
    "rows",
    [
        [row(str(n)) for n in range(101)],
        [{"id": "101", "properties": {"amount": 5}}],
        [{"id": "101", "properties": {"amount": None}}],
        [{"id": "101"}],
        [{"properties": {}}],
        [{"id": "101", "properties": {}, "odd": 1}],
        [{"id": "101", "idProperty": "hs_object_id", "properties": {}}],
    ],
)
def test_a_batch_of_the_wrong_shape_is_400(api: Api, rows: list[dict[str, Any]]) -> None:
    answer = update(api, *rows)
    assert answer.status_code == 400
    obeys(answer.json(), ERROR)


@pytest.mark.parametrize(
    ("base", "is_everywhere", "is_obeyed"),
    [
        ("/crm/objects/2026-09", False, True),
        ("/crm/objects/2026-03", False, False),
        ("/crm/objects/2026-03", True, True),
        ("/crm/v3/objects", True, False),
    ],
)
def test_a_rule_of_the_account_refuses_one_record(serve: Serve, base: str, is_everywhere: bool, is_obeyed: bool) -> None:
    api = serve(small_world(rules=[RULE]), quirks=Quirks(rules_apply_to_2026_03=is_everywhere))
    answer = api.post(f"{base}/deals/batch/update", {"inputs": [row("101", amount="1"), row("104", amount="1")]})
    assert answer.status_code == (207 if is_obeyed else 200)
    if is_obeyed:
        [error] = answer.json()["errors"]
        assert error["errors"][0]["code"] == "MISSING_CONDITIONAL_REQUIRED_PROPERTY"
        assert error["context"]["ids"] == ["104"]
        assert update(api, row("104", amount="1", closed_lost_reason="Price")).status_code == 200


def test_a_new_deal_needs_name_pipeline_and_stage_and_a_company_nothing(api: Api) -> None:
    refused = api.post(DEALS, {"properties": {"amount": "5"}})
    assert {error["context"]["propertyName"][0] for error in refused.json()["errors"]} == {"dealname", "pipeline", "dealstage"}
    assert api.post("/crm/objects/2026-09/companies", {"properties": {}}).status_code == 201


def test_a_batch_create_answers_ids_and_associates(api: Api) -> None:
    new = {
        "properties": {"dealname": "New", "pipeline": "default", "dealstage": UUID_STAGE, "amount": "100"},
        "associations": [{"to": {"id": "1"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 341}]}],
    }
    answer = api.post(f"{DEALS}/batch/create", {"inputs": [new]})
    assert answer.status_code == 201
    obeys(answer.json(), batch(RECORD))
    created = answer.json()["results"][0]["id"]
    assert api.deal(created, "hs_deal_stage_probability")["hs_deal_stage_probability"] == "0.6"
    links = api.get(f"{DEALS}/{created}", associations="companies").json()["associations"]
    assert links["companies"]["results"][0]["id"] == "1"


def test_a_batch_create_with_trace_ids_goes_on_past_a_bad_one(api: Api) -> None:
    inputs = [
        {"properties": {"quantity": "1"}, "objectWriteTraceId": "a"},
        {"properties": {"quantity": "x"}, "objectWriteTraceId": "b"},
    ]
    answer = api.post("/crm/objects/2026-09/line_items/batch/create", {"inputs": inputs})
    assert (answer.status_code, len(answer.json()["results"])) == (207, 1)
    assert answer.json()["errors"][0]["context"] == {"objectWriteTraceId": ["b"]}


def test_a_second_contact_with_the_same_email_is_409_and_names_the_first(api: Api) -> None:
    answer = api.post("/crm/objects/2026-09/contacts", {"properties": {"email": "PERSON2@example.com"}})
    assert answer.status_code == 409
    obeys(answer.json(), ERROR)
    assert answer.json()["message"] == "Contact already exists. Existing ID: 12"


def test_an_upsert_by_email_says_which_are_new(api: Api) -> None:
    inputs = [
        {"id": "person1@example.com", "idProperty": "email", "properties": {"firstname": "One"}},
        {"id": "fresh@example.com", "idProperty": "email", "properties": {"firstname": "Fresh"}},
    ]
    answer = api.post("/crm/objects/2026-09/contacts/batch/upsert", {"inputs": inputs})
    assert answer.status_code == 200
    obeys(answer.json(), batch(UPSERTED))
    assert [one["new"] for one in answer.json()["results"]] == [False, True]
    refused = api.post("/crm/objects/2026-09/contacts/batch/upsert", {"inputs": [inputs[0] | {"idProperty": "firstname"}]})
    assert refused.status_code == 400


def test_archived_records_are_gone_from_reads_and_kept(api: Api) -> None:
    assert api.post(f"{DEALS}/batch/archive", {"inputs": [{"id": "101"}, {"id": "999"}]}).status_code == 204
    assert api.call("DELETE", f"{DEALS}/102").status_code == 204
    assert [one["id"] for one in api.get(DEALS).json()["results"]] == ["103", "104"]
    assert [one["id"] for one in api.get(DEALS, archived="true").json()["results"]] == ["101", "102", "105"]


def test_a_merge_keeps_the_survivor_and_redirects_the_loser(api: Api) -> None:
    answer = api.post("/crm/objects/2026-09/contacts/merge", {"primaryObjectId": "12", "objectIdToMerge": "11"})
    obeys(answer.json(), RECORD)
    assert answer.json()["properties"]["hs_merged_object_ids"] == "11"
    assert api.patch("/crm/objects/2026-09/contacts/11", {"properties": {"firstname": "Both"}}).json()["id"] == "12"
    links = api.get("/crm/objects/2026-09/contacts/12", associations="companies,deals").json()["associations"]
    assert [one["id"] for one in links["companies"]["results"]] == ["1", "2"]
    assert [one["id"] for one in links["deals"]["results"]] == ["101", "102"]


def test_several_options_are_appended_by_a_leading_semicolon(api: Api) -> None:
    api.post(
        "/crm/properties/2026-09/deals",
        {
            "name": "tags",
            "label": "Tags",
            "type": "enumeration",
            "fieldType": "checkbox",
            "groupName": "own",
            "options": [{"label": one, "value": one} for one in "abc"],
        },
    )
    update(api, row("101", tags="a;b"))
    update(api, row("101", tags=";c"))
    api.control("clock", {"advance_seconds": 2})
    assert api.deal("101", "tags")["tags"] == "a;b;c"


def test_a_read_only_key_reads_but_writes_nothing(serve: Serve) -> None:
    api = serve(token="sandbox-readonly")
    assert api.get(DEALS).status_code == 200
    answer = update(api, row("101", amount="1"))
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.deals.write"]
