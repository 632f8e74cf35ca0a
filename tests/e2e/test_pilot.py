"""The first days of a new user: read with a key that cannot write, look at the plan, write ten records, then all."""

import shutil
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hubspot import HubSpot
from hubspot.crm.contacts import BatchReadInputSimplePublicObjectId, SimplePublicObjectId

from connectors.sandbox.faults import Fault
from connectors.sandbox.world import FULL_TOKEN
from tests.e2e.installation import READ_ONLY, Installation, acted_on, installed
from tests.small_world import small_world

PLAN_KEYS = {"plan_id", "changes", "calls", "calls_by_kind", "lookups", "seconds"}
CHANGE_KEYS = {"object", "record_id", "property", "old", "new", "kpi", "outcome", "reason"}
RUN_KEYS = {"run_id", "records_read", "set_aside", "kpis", "changes", "written", "rejected", "requests", "refused_429"}
SYNC_KEYS = RUN_KEYS - {"changes", "written", "rejected"}
SHOW_KEYS = {
    *("kpi", "by", "key", "period_start", "period_end", "value", "unit", "currency", "n", "inputs", "model"),
    *("as_of", "provisional_until", "reason", "flags", "at_maturity", "version", "interval"),
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("pilot"), small_world()) as installation:
        yield installation


def test_the_pilot_path_leads_from_a_read_only_key_to_a_crm_that_needs_nothing_more(fresh: Installation) -> None:
    """Each step is what ``cadran init`` tells a new user to do."""
    checked = fresh.run("check", secrets=READ_ONLY)
    assert checked.code == 0, checked.said
    assert "read-only" in checked.out

    synced = fresh.run("sync", "--json", secrets=READ_ONLY)
    assert synced.code == 0, synced.err
    planned = fresh.run("plan", secrets=READ_ONLY)
    assert planned.code == 0, planned.err
    assert "Nothing was written" in planned.out

    refused = fresh.run("apply", secrets=READ_ONLY)
    assert refused.code == 2
    assert "Missing scope" in refused.err
    assert ".write" in refused.err

    plan = fresh.json("plan")
    assert set(plan) == PLAN_KEYS
    assert all(set(change) == CHANGE_KEYS for change in plan["changes"])
    first = fresh.json("apply", "--limit", "10")
    records = {(c["object"], c["record_id"]) for c in acted_on(plan) if c["record_id"]}
    touched = {(o, r) for o, r in records if any(fresh.value(o, r, p) for p in ("cadran_summary", "cadran_channel"))}
    assert len(touched) == 10
    rest = fresh.json("apply")
    assert first["written"] + rest["written"] == sum(c["record_id"] is not None for c in acted_on(plan))
    assert first["rejected"] == rest["rejected"] == 0

    again = fresh.json("sync")
    assert set(again) >= SYNC_KEYS
    assert acted_on(fresh.json("plan")) == []


def test_what_was_planned_is_what_the_vendors_own_client_reads(planned: Installation) -> None:
    """No code of ours stands between the plan and the reader."""
    plan = planned.json("plan")
    planned.ok("apply")
    client = HubSpot(access_token=FULL_TOKEN, host=planned.server.base_url)
    apis = {"deals": client.crm.deals, "contacts": client.crm.contacts, "companies": client.crm.companies}
    wanted = {
        (c["object"], c["record_id"], c["property"]): c["new"] for c in acted_on(plan) if c["record_id"] and c["object"] in apis
    }
    held: dict[tuple[str, str, str], str | None] = {}
    for object_, api in apis.items():
        ids = sorted({r for o, r, _ in wanted if o == object_})
        names = sorted({p for o, _, p in wanted if o == object_})
        for start in range(0, len(ids), 100):
            inputs = [SimplePublicObjectId(id=i) for i in ids[start : start + 100]]
            body = BatchReadInputSimplePublicObjectId(inputs=inputs, properties=names, properties_with_history=[])
            for record in api.batch_api.read(body).results:
                held |= {(object_, record.id, name): record.properties[name] for name in names}
    assert {key: spelt(held[key]) for key in wanted} == {key: spelt(value) for key, value in wanted.items()}


def spelt(text: str | None) -> str | Decimal | None:
    """Numbers by value: HubSpot stores ``1045.00`` as it came or shortened."""
    try:
        return Decimal(text) if text else None
    except ArithmeticError:
        return text


def test_run_does_it_all_at_once_and_its_json_is_the_contract(settled: Installation) -> None:
    """What cron calls; on a CRM where nothing moved it writes nothing. A refusal as too fast is waited out and counted."""
    settled.server.sandbox.faults.add(Fault("status", vendor="hubspot", route="search", status=429, policy="SECONDLY"))
    done = settled.json("run")
    assert set(done) >= RUN_KEYS
    assert (done["changes"], done["written"], done["rejected"], done["refused_429"]) == (0, 0, 0, 1)
    assert done["requests"]["hubspot"] > 0


def test_a_lost_ledger_costs_a_full_read_and_not_one_write(settled: Installation) -> None:
    """The CRM's own values and their history are enough to know what is ours."""
    shutil.rmtree(settled.account)
    settled.ok("sync", "--full")
    plan = settled.json("plan")
    assert plan["changes"] == []
