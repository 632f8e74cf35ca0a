"""What we send and what the sandbox answers, held against the shapes that Sellsy describes (OpenAPI 3.0.2, version 2.128.0)."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from connectors.base import RecordWrite
from connectors.sellsy.client import SellsyClient
from connectors.transport import Response
from tests.connectors.sellsy.conftest import Company, read

FILE = Path(__file__).resolve().parents[4] / "shared" / "vendors" / "sellsy" / "sellsy_v2_subset.json"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="Sellsy's description is not at ../shared/vendors/sellsy")

Schema = dict[str, Any]


@cache
def described() -> Schema:
    found: Schema = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def resolved(part: Any) -> Any:
    """Without references, and in JSON Schema's own words: ``nullable`` is one of OpenAPI 3.0's. An object that is closed beside its
    ``allOf`` would fit nothing: there the description contradicts itself."""
    if isinstance(part, list):
        return [resolved(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        found: Any = described()
        for step in part["$ref"][2:].split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return resolved(found)
    dropped = {"nullable", "additionalProperties"} if "allOf" in part else {"nullable"}
    made = {key: resolved(value) for key, value in part.items() if key not in dropped}
    if part.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
    return made


def operation(method: str, path: str) -> Schema:
    """The described operation of a call; a literal step goes before a parameter."""
    fitting = [one for one in described()["paths"] if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", one), path)]
    found: Schema = resolved(described()["paths"][min(fitting, key=lambda one: one.count("{"))][method.lower()])
    return found


def content(part: Schema) -> Schema | None:
    found: Schema | None = (part.get("content") or {}).get("application/json", {}).get("schema")
    return found


class Witness:
    """Between the client and its transport: every exchange is judged as it happens."""

    def __init__(self, send: Callable[..., Response]) -> None:
        self._send = send
        self.seen: set[str] = set()

    def __call__(self, method: str, path: str, *, params: Any = None, json: Any = None, headers: Any = None) -> Response:
        described = operation(method, path)
        self.seen.add(f"{method} {re.sub('[0-9]+', 'N', path)}")
        parameters = {one["name"]: one["schema"] for one in described.get("parameters", ()) if one["in"] == "query"}
        for name, value in (params or {}).items():
            jsonschema.validate(value, parameters[name.removesuffix("[]")])
        if json is not None:
            jsonschema.validate(json, content(described["requestBody"]))
        response = self._send(method, path, params=params, json=json, headers=headers)
        shape = content(described["responses"][str(response.status)])
        if shape is not None and response.body:
            jsonschema.validate(response.json(), shape)
        return response


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> list[Witness]:
    found: list[Witness] = []
    begin = SellsyClient.__init__

    def watched(self: SellsyClient, *arguments: Any) -> None:
        begin(self, *arguments)
        found.append(Witness(self._transport.send))
        self._transport.send = found[-1]  # type: ignore[method-assign, assignment]

    monkeypatch.setattr(SellsyClient, "__init__", watched)
    return found


def test_every_exchange_is_as_sellsy_describes_it(company: Company, witness: list[Witness]) -> None:
    target = company.target()
    source = target._source
    source.check()
    target.property_states(["deals"])
    values = {
        "cadran_channel": "paid_search",
        "cadran_deal_roi": "1.5",
        "cadran_deal_acquisition_cost": "2",
        "cadran_start_on": "",
    }
    target.write("deals", [RecordWrite("301", values)])
    target.write("companies", [RecordWrite(id, {"cadran_deals_won": "1"}) for id in ("101", "individual-101")])
    target.write("contacts", [RecordWrite("201", {"cadran_summary": "One line"})])
    target.read_values("deals", ["301"], list(values))
    for stream in source.streams():
        read(source, stream.name)
    [seen] = witness
    assert seen.seen >= {
        "POST /companies/search",
        "GET /contacts",
        "GET /currencies",
        "GET /custom-fields",
        "POST /individuals/search",
        "GET /invoices",
        "GET /opportunities",
        "GET /opportunities/N/custom-fields",
        "GET /opportunities/pipelines",
        "GET /opportunities/pipelines/N/steps",
        "GET /quotas",
        "GET /scopes",
        "GET /staffs",
        "POST /credit-notes/search",
        "POST /invoices/search",
        "PUT /companies/N/custom-fields",
        "PUT /contacts/N/custom-fields",
        "PUT /individuals/N/custom-fields",
        "PUT /opportunities/N/custom-fields",
    }
