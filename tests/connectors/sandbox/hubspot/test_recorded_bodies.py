"""Bodies recorded from a real test account have the shape that the sandbox answers. Skipped where they are absent."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.sandbox.hubspot.conftest import Serve, small_world
from tests.connectors.sandbox.hubspot.schemas import LIST, obeys

RECORDED = Path(__file__).parents[4] / ".." / "shared" / "data" / "hubspot_api_fixtures" / "api_v3_responses"

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded HubSpot bodies beside the repository")

KINDS = ["contacts", "companies", "deals", "products", "tickets"]


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / f"mock_{name}_data.json").read_text())
    return found


@pytest.mark.parametrize("name", [*KINDS, "quotes"])
def test_a_recorded_list_obeys_the_schema(name: str) -> None:
    obeys(recorded(name), LIST)


@pytest.mark.parametrize("name", KINDS)
def test_the_sandbox_answers_a_recorded_account_as_it_was(serve: Serve, name: str) -> None:
    body = recorded(name)
    raws = [{key: one[key] for key in ("id", "properties", "createdAt", "updatedAt")} for one in body["results"]]
    api = serve(small_world(objects={name: raws}))
    asked = ",".join(body["results"][0]["properties"])
    for query in ({}, {"properties": asked}):
        answer = api.get(f"/crm/v3/objects/{name}", **query).json()
        for one in answer["results"]:
            del one["url"]
        assert answer == body


def test_a_recorded_history_has_the_sandboxs_shape() -> None:
    obeys(json.loads((RECORDED / "mock_contacts_with_history.json").read_text()), LIST)
