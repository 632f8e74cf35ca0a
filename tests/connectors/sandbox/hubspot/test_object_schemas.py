"""Types that an account defines itself, their records and associations (FACTS §1, §6, §7)."""

from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.core import Sandbox
from connectors.sandbox.hubspot.state import snapshot
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.world import READONLY_TOKEN
from connectors.sandbox.worlds import save_folder
from connectors.sandbox.worlds.folder import load_folder
from tests.connectors.sandbox.hubspot.campaign_schemas import ASSOCIATION_LABELS, LINKED, TYPE, TYPE_CHANGED, TYPES
from tests.connectors.sandbox.hubspot.conftest import Api, Serve
from tests.connectors.sandbox.hubspot.schemas import ASSOCIATED, ERROR, PROPERTIES, UPSERTED, batch, obeys, partial_batch

SCHEMAS = "/crm-object-schemas/2026-09/schemas"
FULL = "p4242_promo"
OBJECTS = f"/crm/objects/2026-09/{FULL}"
LINKS = f"/crm/associations/2026-09/{FULL}/deals"
PROMO: dict[str, Any] = {
    "name": "promo",
    "labels": {"singular": "Promo", "plural": "Promos"},
    "primaryDisplayProperty": "title",
    "requiredProperties": ["code"],
    "searchableProperties": ["title"],
    "secondaryDisplayProperties": [],
    "properties": [
        {"name": "code", "label": "Code", "type": "string", "fieldType": "text", "hasUniqueValue": True},
        {"name": "title", "label": "Title", "type": "string", "fieldType": "text"},
    ],
    "associatedObjects": ["DEAL", "0-1"],
    "allowsSensitiveProperties": False,
}


@pytest.fixture
def api(serve: Serve) -> Api:
    """The type is there."""
    caller = serve(lags=Lags(property_s=0, search_s=0))
    assert caller.post(SCHEMAS, PROMO).status_code == 201
    return caller


def upsert(api: Api, *codes: str) -> Any:
    inputs = [{"id": code, "idProperty": "code", "properties": {"code": code, "title": f"T {code}"}} for code in codes]
    return api.post(f"{OBJECTS}/batch/upsert", {"inputs": inputs})


def test_a_type_is_shown_under_its_id_and_full_name(api: Api) -> None:
    """A bare name tells nothing."""
    listed = api.get(SCHEMAS).json()
    obeys(listed, TYPES)
    [one] = listed["results"]
    assert (one["objectTypeId"], one["fullyQualifiedName"], one["labels"]["plural"]) == ("2-1", FULL, "Promos")
    obeys(api.get(f"{SCHEMAS}/2-1").json(), TYPE)
    obeys(api.get(f"/crm/properties/2026-09/{FULL}").json(), PROPERTIES)
    refused = api.get("/crm/objects/2026-09/promo")
    assert refused.status_code == 400
    assert "Unable to infer" in refused.json()["message"]


def test_records_are_upserted_by_the_unique_property(api: Api) -> None:
    created = upsert(api, "a", "b")
    assert created.status_code == 200
    obeys(created.json(), batch(UPSERTED))
    assert [one["new"] for one in created.json()["results"]] == [True, True]
    assert [one["new"] for one in upsert(api, "b", "c").json()["results"]] == [False, True]
    read = api.post(f"{OBJECTS}/batch/read", {"inputs": [{"id": "c"}], "idProperty": "code", "properties": ["title"]})
    assert [one["properties"]["title"] for one in read.json()["results"]] == ["T c"]


def test_associations_are_made_and_ended_in_batches(api: Api) -> None:
    """An end that is not there is an error of its own; making one twice is one."""
    promo = upsert(api, "a").json()["results"][0]["id"]
    labels = api.get(f"{LINKS}/labels").json()
    obeys(labels, ASSOCIATION_LABELS)
    plain = labels["results"][0]
    types = [{"associationCategory": plain["category"], "associationTypeId": plain["typeId"]}]
    inputs = [{"from": {"id": promo}, "to": {"id": deal}, "types": types} for deal in ("101", "102", "999")]
    made = api.post(f"{LINKS}/batch/create", {"inputs": inputs})
    assert made.status_code == 207
    obeys(made.json(), partial_batch(LINKED))
    assert made.json()["errors"][0]["context"]["ids"] == ["999"]
    assert api.post(f"{LINKS}/batch/create", {"inputs": inputs[:2]}).status_code == 201
    ended = api.post(f"{LINKS}/batch/archive", {"inputs": [{"from": {"id": promo}, "to": [{"id": "101"}, {"id": "104"}]}]})
    assert ended.status_code == 204
    read = api.post(f"{LINKS}/batch/read", {"inputs": [{"id": promo}]})
    obeys(read.json(), batch(ASSOCIATED))
    assert [one["toObjectId"] for one in read.json()["results"][0]["to"]] == [102]


def test_an_association_of_an_unknown_type_is_refused(api: Api) -> None:
    promo = upsert(api, "a").json()["results"][0]["id"]
    wrong = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]
    refused = api.post(f"{LINKS}/batch/create", {"inputs": [{"from": {"id": promo}, "to": {"id": "101"}, "types": wrong}]})
    assert refused.status_code == 400
    obeys(refused.json(), ERROR)


def test_a_type_with_records_cannot_be_taken_away(api: Api) -> None:
    """Archive them first; then nothing is left of it."""
    promo = upsert(api, "a").json()["results"][0]["id"]
    refused = api.call("DELETE", f"{SCHEMAS}/{FULL}")
    assert refused.status_code == 400
    obeys(refused.json(), ERROR)
    api.post(f"{OBJECTS}/batch/archive", {"inputs": [{"id": promo}]})
    assert api.call("DELETE", f"{SCHEMAS}/{FULL}").status_code == 204
    assert api.get(SCHEMAS).json()["results"] == []
    assert api.get(OBJECTS).status_code == 400
    assert api.post(SCHEMAS, PROMO).status_code == 201


def test_labels_may_change_and_a_name_that_stands_is_a_conflict(api: Api) -> None:
    changed = api.patch(f"{SCHEMAS}/{FULL}", {"labels": {"singular": "Offre", "plural": "Offres"}, "clearDescription": False})
    obeys(changed.json(), TYPE_CHANGED)
    assert api.get(f"{SCHEMAS}/2-1").json()["labels"]["plural"] == "Offres"
    assert api.post(SCHEMAS, PROMO).status_code == 409


@pytest.mark.parametrize(
    ("limits", "token", "status"),
    [
        (HubSpotLimits(custom_object_types=0), None, 403),
        (HubSpotLimits(), READONLY_TOKEN, 403),
        (HubSpotLimits(), "sandbox-without:crm.schemas.custom.write", 403),
    ],
)
def test_tier_and_scope_decide_who_may_define_types(serve: Serve, limits: HubSpotLimits, token: str | None, status: int) -> None:
    refused = (serve(limits=limits, token=token) if token else serve(limits=limits)).post(SCHEMAS, PROMO)
    assert refused.status_code == status
    obeys(refused.json(), ERROR)


def test_an_account_has_only_so_many_types(serve: Serve) -> None:
    api = serve(limits=HubSpotLimits(custom_object_types=1))
    assert api.post(SCHEMAS, PROMO).status_code == 201
    assert api.post(SCHEMAS, PROMO | {"name": "other"}).status_code == 400


def test_a_bad_definition_leaves_nothing_behind(serve: Serve) -> None:
    api = serve()
    for wrong in ({"properties": [{"name": "hs_x", "label": "X", "type": "string", "fieldType": "text"}]}, {"name": "Promo!"}):
        assert api.post(SCHEMAS, PROMO | wrong).status_code == 400
    assert api.post(SCHEMAS, {key: value for key, value in PROMO.items() if key != "labels"}).status_code == 400
    assert api.get(SCHEMAS).json()["results"] == []


def test_a_saved_world_keeps_the_type_and_its_records(api: Api, tmp_path: Path) -> None:
    upsert(api, "a")
    world = snapshot(api.server.sandbox)
    save_folder(world, tmp_path / "world")
    assert load_folder(tmp_path / "world").hubspot.schemas == world.hubspot.schemas
    again = Sandbox(world).portal
    assert again.schemas["promo"]["labels"] == PROMO["labels"]
    promo = again.find(FULL)
    assert promo.with_value("code", {"a"})["a"].values["title"] == "T a"
    assert promo.definitions.active["code"]["hasUniqueValue"] is True
