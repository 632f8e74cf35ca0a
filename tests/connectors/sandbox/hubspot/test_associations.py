"""Associations (FACTS §18, point 7)."""

import pytest

from connectors.sandbox.hubspot import associations
from connectors.sandbox.quirks import Quirks
from tests.connectors.sandbox.hubspot.conftest import Api, Serve
from tests.connectors.sandbox.hubspot.schemas import ASSOCIATED, ERROR, batch, obeys, partial_batch


@pytest.mark.parametrize("base", ["/crm/associations/2026-09", "/crm/associations/2026-03", "/crm/v4/associations"])
def test_the_primary_company_carries_a_type_of_its_own(api: Api, base: str) -> None:
    answer = api.post(f"{base}/deals/companies/batch/read", {"inputs": [{"id": "101"}]})
    assert answer.status_code == 200
    obeys(answer.json(), batch(ASSOCIATED))
    [result] = answer.json()["results"]
    assert [(to["toObjectId"], [one["typeId"] for one in to["associationTypes"]]) for to in result["to"]] == [
        (1, [5, 341]),
        (2, [341]),
    ]


def test_associations_read_the_same_from_the_other_side(api: Api) -> None:
    answer = api.post("/crm/associations/2026-09/companies/deals/batch/read", {"inputs": [{"id": "1"}]}).json()
    assert answer["results"][0]["to"][0]["toObjectId"] == 101
    assert [one["typeId"] for one in answer["results"][0]["to"][0]["associationTypes"]] == [6, 342]
    lines = api.post("/crm/associations/2026-09/0-8/0-3/batch/read", {"inputs": [{"id": "501"}]}).json()
    assert lines["results"][0]["to"][0]["associationTypes"] == [{"category": "HUBSPOT_DEFINED", "typeId": 20, "label": None}]


@pytest.mark.parametrize("are_errors", [True, False])
def test_a_from_without_any_is_an_error_or_silence(serve: Serve, are_errors: bool) -> None:
    api = serve(quirks=Quirks(missing_associations_are_errors=are_errors))
    answer = api.post("/crm/associations/2026-09/deals/contacts/batch/read", {"inputs": [{"id": "101"}, {"id": "104"}]})
    assert [one["from"]["id"] for one in answer.json()["results"]] == ["101"]
    assert answer.status_code == (207 if are_errors else 200)
    if are_errors:
        obeys(answer.json(), partial_batch(ASSOCIATED))
        assert answer.json()["errors"][0]["context"] == {"fromObjectId": ["104"]}


@pytest.mark.parametrize(("is_text", "id"), [(False, 11), (True, "11")])
def test_to_object_id_is_a_number_or_text(serve: Serve, is_text: bool, id: int | str) -> None:
    api = serve(quirks=Quirks(to_object_id_is_text=is_text))
    answer = api.post("/crm/associations/2026-09/deals/contacts/batch/read", {"inputs": [{"id": "101"}]}).json()
    assert answer["results"][0]["to"][0]["toObjectId"] == id


def test_each_from_has_its_own_paging(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(associations, "PAGE_MAX", 1)
    path = "/crm/associations/2026-09/deals/contacts/batch/read"
    first = api.post(path, {"inputs": [{"id": "101"}, {"id": "102"}]}).json()
    pages = {one["from"]["id"]: one.get("paging") for one in first["results"]}
    assert pages["102"] is None
    rest = api.post(path, {"inputs": [{"id": "101", "after": pages["101"]["next"]["after"]}]}).json()
    assert [one["toObjectId"] for one in rest["results"][0]["to"]] == [12]


def test_a_thousand_inputs_and_not_one_more(api: Api) -> None:
    path = "/crm/associations/2026-09/deals/contacts/batch/read"
    assert api.post(path, {"inputs": [{"id": str(n)} for n in range(1_000)]}).status_code == 207
    refused = api.post(path, {"inputs": [{"id": str(n)} for n in range(1_001)]})
    assert refused.status_code == 400
    obeys(refused.json(), ERROR)


def test_one_records_associations(api: Api) -> None:
    for path in ("/crm/objects/2026-09/deals/101/associations/contacts", "/crm/v4/objects/deals/101/associations/contacts"):
        assert [one["toObjectId"] for one in api.get(path).json()["results"]] == [11, 12]
    assert api.get("/crm/objects/2026-09/deals/101/associations/contacts", limit=501).status_code == 400


def test_archived_records_are_associated_with_nothing(api: Api) -> None:
    api.control("archive", {"object": "contacts", "id": "11"})
    answer = api.post("/crm/associations/2026-09/deals/contacts/batch/read", {"inputs": [{"id": "101"}]}).json()
    assert [one["toObjectId"] for one in answer["results"][0]["to"]] == [12]


def test_both_ends_need_their_scope(serve: Serve) -> None:
    api = serve(token="sandbox-without:crm.objects.contacts.read")
    answer = api.post("/crm/associations/2026-09/deals/contacts/batch/read", {"inputs": [{"id": "101"}]})
    assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.read"]


def test_a_contact_knows_its_primary_company(api: Api) -> None:
    contact = api.get("/crm/objects/2026-09/contacts/11", properties="associatedcompanyid").json()
    assert contact["properties"]["associatedcompanyid"] == "1"
