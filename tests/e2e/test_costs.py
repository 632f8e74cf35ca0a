"""What is said beforehand is what the vendor counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.server import SandboxServer
from sync import runs
from sync.apply import Selection
from sync.costs import cost_lines, least_seconds, reading_costs, total_of
from sync.progress import LogProgress
from tests.e2e.crowded import at_home, calls, crowd_server
from tests.e2e.installation import Installation


@pytest.fixture
def served() -> Iterator[SandboxServer]:
    with crowd_server() as server:
        yield server


def test_a_plan_costs_what_it_says(tmp_path: Path, served: SandboxServer) -> None:
    """First with the definitions, on one record; then more than a thousand, which are read back."""
    with at_home(tmp_path, served) as house:
        runs.sync(house, LogProgress())
        first = runs.plan(house)
        calls(served)
        runs.apply(house, None, LogProgress(), selection=Selection(limit=1))
        counted = calls(served)
        made = sum(counted.get(route, 0) for route in ("create_group", "create_property"))
        shown = first.calls_by_kind["definitions"] - made
        assert 0 < counted["properties"] <= shown, "one look for each kind of record that was written"

        runs.sync(house, LogProgress())
        plan = runs.plan(house)
        calls(served)
        done = runs.apply(house, None, LogProgress())
        counted = calls(served)
        assert done.read_back is not None
        assert counted.pop("account") == 1
        assert sum(counted.values()) == plan.calls, (counted, plan.calls_by_kind)
        assert plan.calls_by_kind["definitions"] == 0
        assert counted["batch_update"] == plan.calls_by_kind["update"]
        assert done.read_back.requests == plan.calls_by_kind["echo"]

        seconds = least_seconds(plan, house.target(), 1.0)
        [line] = cost_lines(plan, seconds, "fr")
        assert line.startswith(f"Coût : {plan.calls} appels (")
        assert "relecture de nos propres changements" in line


def test_a_read_costs_what_was_quoted(tmp_path: Path, served: SandboxServer) -> None:
    """An increment in which nothing changed; the one call more greets the account."""
    with at_home(tmp_path, served) as house:
        runs.sync(house, LogProgress())
        now = house.target().account().now
        quoted = total_of(reading_costs(house, (), False, now))
        calls(served)
        runs.sync(house, LogProgress())
        assert quoted["unknown"] == []
        assert sum(calls(served).values()) == quoted["calls"] + 1


def test_a_dry_run_says_what_each_stream_will_cost(settled: Installation) -> None:
    """Sources that cannot say are named; nothing is stored."""
    document = settled.json("sync", "--dry-run")
    assert {"source", "stream", "mode", "from", "lookback_days", "calls", "seconds", "note"} == set(document["streams"][0])
    assert document["calls"] == sum(line["calls"] or 0 for line in document["streams"])
    assert document["unknown"], "a file cannot say"
    assert not any(name.startswith("hubspot.") for name in document["unknown"])
    assert f"In all {document['calls']} API calls" in settled.ok("sync", "--dry-run")
