"""TikTok's own description of its end points as a judge of what is asked, and of what the sandbox answers. Skipped where it is absent."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from connectors.transport import Response, Transport
from tests.connectors.tiktok_ads.conftest import Ads, read

FOLDER = Path(__file__).parents[3].parent / "shared/vendors/tiktok_ads"
FILES = {"/report/integrated/get/": "report_integrated_get.yml", "/advertiser/info/": "advertiser_info.yml"}

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the vendor's description is not here")


def described(path: str) -> tuple[dict[str, tuple[dict[str, Any], bool]], dict[str, Any]]:
    """(query parameter -> its schema and whether it is JSON, schema of an answer)."""
    operation = yaml.safe_load((FOLDER / FILES[path]).read_text(encoding="utf-8"))["paths"][path]["get"]
    query = {
        one["name"]: (one["schema"], False) if "schema" in one else (one["content"]["application/json"]["schema"], True)
        for one in operation["parameters"]
        if one["name"] != "Access-Token"
    }
    return query, operation["responses"]["200"]["content"]["application/json"]["schema"]


def strict(schema: Any) -> Any:
    """The schema as JSON Schema has it: ``nullable`` and TikTok's own way to write an enumeration."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(value) for key, value in schema.items()}
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        found["type"] = [schema["type"], "null"]
    if isinstance(listed := schema.get("x-open-enum"), dict):
        found["enum"] = [one["key"] for one in listed["enums"]]
    return found


def judge_query(path: str, params: Mapping[str, str]) -> None:
    known, _ = described(path)
    for name, value in params.items():
        assert name in known, f"{path} has no parameter {name}"
        schema, is_json = known[name]
        read_as = json.loads(value) if is_json or schema["type"] != "string" else value
        jsonschema.validate(read_as, strict(schema))


def test_what_is_asked_and_answered_is_as_tiktok_describes_it(tiktok: Ads, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, int] = {}
    send = Transport.send

    def judged(self: Transport, method: str, path: str, **arguments: Any) -> Response:
        response = send(self, method, path, **arguments)
        if path in FILES:
            judge_query(path, arguments["params"])
            jsonschema.validate(response.json(), strict(described(path)[1]))
            seen[path] = seen.get(path, 0) + 1
        return response

    monkeypatch.setattr(Transport, "send", judged)
    read(tiktok.source(), since=tiktok.sandbox.clock.now().date())
    assert seen == {"/advertiser/info/": 1, "/report/integrated/get/": 2}


def test_the_judge_refuses_what_is_not_described() -> None:
    for params in ({"page_size": "1001"}, {"service_type": "AUCTIONS"}, {"metrics": '"spend"'}):
        with pytest.raises(jsonschema.ValidationError):
            judge_query("/report/integrated/get/", params)
    with pytest.raises(AssertionError, match="no parameter level"):
        judge_query("/report/integrated/get/", {"level": "campaign"})
