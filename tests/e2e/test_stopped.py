"""Stopped in the middle: killed, asked to end, or met by another run. Nothing is lost, nothing is doubled."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from connectors.sandbox.faults import Fault
from connectors.sandbox.hubspot.records import versions
from connectors.sandbox.world import FULL_TOKEN
from sync.in_flight import AT_ONCE
from tests.e2e.crowded import crowded
from tests.e2e.installation import Installation, acted_on, finished, installed

SLOW_S = 3.0


OBJECTS = ("companies", "contacts", "deals")
"""Records that people made; campaigns of ours are not there before the plan is applied."""


def slow_writing(installation: Installation, times: int = 1) -> Fault:
    """The next batch updates take a while before they are carried out."""
    fault = Fault("slow", vendor="hubspot", route="batch_update", seconds=SLOW_S, times=times)
    installation.server.sandbox.faults.add(fault)
    return fault


def wait_until(claim: Callable[[], bool], seconds: float = 60) -> None:
    """Look again and again; an assertion error when it never comes true."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def writes_of(installation: Installation, object: str, record_id: str, property: str) -> list[str]:
    """Every value that the property ever had, as the CRM's own history tells it."""
    stored = installation.server.sandbox.portal.find(object).by_id[record_id]
    return [entry["value"] for entry in versions(stored, property)]


@pytest.mark.parametrize("is_carried_out", [True, False], ids=["the batch arrived", "the batch was lost"])
def test_killed_while_a_batch_is_on_its_way_the_next_apply_ends_as_if_nothing_had_happened(
    planned: Installation, is_carried_out: bool
) -> None:
    """Whatever became of the batch: each value stands there at the end, and was written once."""
    lines = [c for c in acted_on(planned.json("plan")) if c["record_id"] and c["object"] in OBJECTS]
    fault = slow_writing(planned)
    apply = planned.start("apply")
    wait_until(lambda: fault.times == 0)
    apply.kill()
    assert finished(apply).code == -signal.SIGKILL
    if is_carried_out:
        carry_out(planned, [c for c in lines if c["object"] == "companies"])

    done = planned.json("apply")
    assert (done["rejected"], done["remaining"]) == (0, 0)
    for c in lines:
        assert len(writes_of(planned, c["object"], c["record_id"], c["property"])) == 1, c
    planned.ok("sync")
    assert planned.json("plan")["changes"] == []


def carry_out(installation: Installation, lines: list[dict[str, str]]) -> None:
    """What the vendor does with a batch whose sender died: it writes it."""
    inputs = [
        {"id": i, "properties": {c["property"]: c["new"] for c in lines if c["record_id"] == i}}
        for i in {c["record_id"] for c in lines}
    ]
    answer = requests.post(
        f"{installation.server.base_url}/crm/v3/objects/companies/batch/update",
        json={"inputs": inputs},
        headers={"Authorization": f"Bearer {FULL_TOKEN}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def test_asked_to_end_apply_finishes_the_batches_under_way(tmp_path: Path) -> None:
    """SIGTERM, as a container's end sends it: exit 143, and the next apply goes on with the following batch."""
    with installed(tmp_path / "crowd", crowded()) as crowd:
        crowd.ok("sync")
        lines = [c for c in acted_on(crowd.json("plan")) if c["record_id"]]
        fault = slow_writing(crowd, times=AT_ONCE)
        apply = crowd.start("apply")
        wait_until(lambda: fault.times == 0)
        apply.send_signal(signal.SIGTERM)
        stopped = finished(apply)
        assert stopped.code == 143, stopped.said
        assert "stopped after the batches under way; `cadran apply` goes on from there" in stopped.err
        written = sum(
            crowd.value(c["object"], c["record_id"], c["property"]) is not None for c in lines if c["object"] in OBJECTS
        )
        assert 0 < written < len(lines)

        rest = crowd.json("apply")
        assert (rest["written"], rest["remaining"]) == (len(lines) - written, 0)


def test_a_second_run_ends_at_once_and_says_who_holds_the_account(planned: Installation) -> None:
    """The first one is not disturbed, and readers are not held up."""
    fault = slow_writing(planned)
    first = planned.start("apply")
    wait_until(lambda: fault.times == 0)
    with planned.server.sandbox.lock:  # the first one's batch waits, however long the second takes to start
        second = planned.run("sync")
    assert second.code == 6
    assert f"another run holds the account default (process {first.pid})" in second.err
    assert planned.run("show", "deals_won").code == 0
    assert finished(first).code == 0
