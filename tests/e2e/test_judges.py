"""Every call of a whole life with HubSpot, and every answer, before judges that know neither our connector nor our sandbox.

Sync, plan, apply, an increment, undo, resume, apply, uninstall, once in peace and once with everything refused that can be.
Requests are held against HubSpot's own description (:mod:`tests.openapi.judge`). Answers are held against it too, against schemas
written from the documentation, and are read by the vendor's own client models.
"""

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import orjson
import pytest

from connectors.sandbox.faults import Fault
from sync import runs
from sync.progress import LogProgress
from sync.write_back import uninstall
from tests.connectors.sandbox.hubspot import campaign_schemas
from tests.connectors.sandbox.hubspot import schemas as written
from tests.openapi.judge import faults_of_answer, faults_of_request, operation_of
from tests.small_world import small_world
from tests.soak.site import Site, served
from tests.soak.watch import Answered
from tests.soak.world import soak_world

HUBSPOT = re.compile(r"^/(crm|crm-object-schemas|account-info|marketing|settings|oauth/v2/private-apps)(/|$)")
TROUBLE = (
    Fault("status", vendor="hubspot", route="list", status=429),
    Fault("status", vendor="hubspot", route="search", status=429, policy="SECONDLY"),
    Fault("status", vendor="hubspot", route="batch_update", status=503),
    Fault("half_batch", vendor="hubspot", route="batch_update", status=502),
    Fault("status", vendor="hubspot", route="associations", status=500),
)


@dataclass(frozen=True)
class Judge:
    """Who reads the answers of one end point."""

    method: str
    path: str
    schema: written.Schema
    partial: written.Schema | None = None
    """Of a 207."""
    model: str | None = None
    """Package and class of the vendor's client, for whatever succeeds."""


V = r"\d{4}-\d{2}"
RECORDS = written.batch(written.RECORD)
SOME_RECORDS = written.partial_batch(written.RECORD)
JUDGES = (
    Judge("GET", rf"/crm/objects/{V}/[^/]+", written.LIST, model="crm.objects:CollectionResponseSimplePublicObjectWithAssociationsForwardPaging"),
    Judge("POST", rf"/crm/objects/{V}/[^/]+/search", written.SEARCH, model="crm.objects:CollectionResponseWithTotalSimplePublicObjectForwardPaging"),
    Judge("POST", rf"/crm/objects/{V}/[^/]+/batch/(read|update|create)", RECORDS, SOME_RECORDS, "crm.objects:BatchResponseSimplePublicObject"),
    Judge("POST", rf"/crm/objects/{V}/[^/]+/batch/upsert", written.batch(written.UPSERTED), written.partial_batch(written.UPSERTED), "crm.objects:BatchResponseSimplePublicUpsertObject"),
    Judge("POST", rf"/crm/associations/{V}/[^/]+/[^/]+/batch/read", written.batch(written.ASSOCIATED), written.partial_batch(written.ASSOCIATED), "crm.associations.v4:BatchResponsePublicAssociationMultiWithLabel"),
    Judge("GET", rf"/crm/properties/{V}/[^/]+", written.PROPERTIES, model="crm.properties:CollectionResponsePropertyNoPaging"),
    Judge("POST|PATCH", rf"/crm/properties/{V}/[^/]+(/[^/]+)?", written.PROPERTY, model="crm.properties:ModelProperty"),
    Judge("GET", rf"/crm/pipelines/{V}/[^/]+", written.PIPELINES, model="crm.pipelines:CollectionResponsePipelineNoPaging"),
    Judge("GET", rf"/crm/owners/{V}", written.OWNERS, model="crm.owners:CollectionResponsePublicOwnerForwardPaging"),
    Judge("GET", rf"/account-info/{V}/details", written.ACCOUNT),
    Judge("GET", rf"/crm/limits/{V}/custom-properties", written.LIMITS),
    Judge("POST", r"/oauth/v2/private-apps/get/access-token-info", written.TOKEN),
    Judge("GET", rf"/marketing/campaigns/{V}", campaign_schemas.CAMPAIGNS),
    Judge("GET", rf"/crm-object-schemas/{V}/schemas", campaign_schemas.TYPES),
)  # fmt: skip
"""The first that fits; those below are looked at before (:func:`judge_of`)."""
ARCHIVED_PROPERTIES = Judge("GET", "", written.an_object({"results": written.a_list(written.PROPERTY)}), model=JUDGES[5].model)
GROUPS = Judge("POST", rf"/crm/properties/{V}/[^/]+/groups", written.GROUP, model="crm.properties:PropertyGroup")


def live(site: Site, *, in_trouble: bool) -> None:
    """All that the program does to a CRM, from the first sync to the last property taken away."""
    if in_trouble:
        with site.sandbox.lock:
            for fault in TROUBLE:
                site.sandbox.faults.add(Fault(**vars(fault)))
    with site.open() as house:
        progress = LogProgress()
        runs.sync(house, progress)
        runs.plan(house)
        applied = runs.apply(house, None, progress)
        site.sandbox.clock.advance(timedelta(hours=1))
        runs.sync(house, progress)
        _, undone = runs.undo(house, applied.run_id, progress, through=False)
        assert undone.written
        house.ledger.release(None)
        runs.plan(house)
        assert runs.apply(house, None, progress).written
        assert uninstall(house)


@pytest.fixture(scope="module", params=[False, True], ids=["in peace", "in trouble"])
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Answered]]:
    """HubSpot's, all of them."""
    with served(tmp_path_factory.mktemp("life"), soak_world() if request.param else small_world()) as site:
        live(site, in_trouble=request.param)
        found = [one for one in site.watch.carried_out if HUBSPOT.match(one.call.path)]
        refused = sum(one.status == 429 or one.status >= 500 for one in found)
        assert refused >= len(TROUBLE) if request.param else refused == 0
        yield found


def found_in(answers: list[Answered], faults_of: Callable[[Answered], list[str]]) -> list[str]:
    """Each fault once, places in lists left out."""
    found = [re.sub(r"(?<=/)\d+(?=/|:)", "n", fault) for one in answers for fault in faults_of(one)]
    return list(dict.fromkeys(found))


def test_every_request_is_one_that_hubspot_describes(answers: list[Answered]) -> None:
    """Method, path, query and body."""
    assert len(answers) > 50
    assert found_in(answers, lambda one: faults_of_request(one.call.method, one.call.path, one.call.query, one.call.body)) == []


def test_every_answer_is_one_that_hubspot_describes(answers: list[Answered]) -> None:
    """The package's own models say which keys there are, of which type, and which may not be missing."""
    good = [one for one in answers if one.status < 300]
    assert found_in(good, lambda one: faults_of_answer(one.call.method, one.call.path, one.body)) == []


def test_every_answer_obeys_the_schema_written_from_the_documentation(answers: list[Answered]) -> None:
    """Refusals too. What no schema of ours knows, HubSpot's description must."""
    assert found_in(answers, faults_by_documentation) == []


def faults_by_documentation(one: Answered) -> list[str]:
    judge = judge_of(one)
    where = f"{one.call.method} {one.call.path}: {one.status}"
    if one.status >= 500:
        return []  # a test ordered it, body and all
    if one.status >= 400:
        schema: Mapping[str, Any] | None = written.ERROR
    elif judge is None:
        return [] if operation_of(one.call.method, one.call.path) else [f"{where}: nobody judges it"]
    else:
        schema = judge.partial if one.status == 207 else judge.schema
    if one.status == 204 or schema is None:
        return [] if not one.body else [f"{where}: a body where none is known"]
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{where} {error.json_path}: {error.message}" for error in validator.iter_errors(orjson.loads(one.body))]


def test_the_vendors_own_client_reads_every_answer(answers: list[Answered]) -> None:
    """Its models refuse what lacks a needed key or has a value outside its list."""
    judged = [one for one in answers if one.status < 300 and (judge := judge_of(one)) is not None and judge.model]
    assert len(judged) > 40
    for one in judged:
        judge = judge_of(one)
        assert judge is not None
        assert judge.model is not None
        package, model = judge.model.split(":")
        client = importlib.import_module(f"hubspot.{package}").ApiClient()
        read = client.deserialize(Body(one.body.decode()), model)
        assert type(read).__name__ == model


@dataclass(frozen=True)
class Body:
    """What the client's own transport would hand over."""

    data: str


def judge_of(one: Answered) -> Judge | None:
    if "/groups" in one.call.path:
        return GROUPS if one.call.method == "POST" else None
    if "/properties/" in one.call.path and "archived=true" in one.call.query:
        return ARCHIVED_PROPERTIES
    return next((j for j in JUDGES if re.fullmatch(j.method, one.call.method) and re.fullmatch(j.path, one.call.path)), None)


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "clue"),
    [
        ("GET", "/crm/objects/2026-09/deals", "limit=100&colour=red", b"", "?colour is not known"),
        ("GET", "/crm/objects/2026-09/deals", "limit=many", b"", "?limit=many is not of type integer"),
        ("GET", "/crm/deals", "", b"", "no such end point"),
        ("POST", "/crm/objects/2026-09/deals/batch/update", "", b'{"inputs": [{"id": 7, "properties": {}}]}', "7 is not of type"),
        ("POST", "/crm/objects/2026-09/deals/batch/update", "", b'{"inputs": [], "input": []}', "'input' was unexpected"),
        ("POST", "/crm/objects/2026-09/deals/search", "", b'{"sorts": ["amount"]}', "'amount' is not of type 'object'"),
        ("POST", "/crm/objects/2026-09/deals/search", "", b"", "has no body"),
    ],
)
def test_the_judge_finds_fault(method: str, path: str, query: str, body: bytes, clue: str) -> None:
    """A judge that lets everything through would say nothing."""
    [fault] = faults_of_request(method, path, query, body)
    assert clue in fault
