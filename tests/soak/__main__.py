"""``make soak``: the long campaigns, shown as they go, and their outcome written to ``LAST.md`` beside this file."""

import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LOG = HERE / "LAST.md"
SIDE_BY_SIDE = ("-n", os.environ.get("SOAK_WORKERS", "2"), "--dist", "worksteal")
"""Processes, each with vendors, homes and ports of its own."""


class Progress:
    """How each kill and each part of the schedules ended."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}
        self.passed: dict[str, int] = {}
        self.failed: list[str] = []
        self.workers = 1

    def pytest_configure(self, config: pytest.Config) -> None:
        self.workers = config.getoption("numprocesses") or 1

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        campaign = Path(report.location[0]).stem
        self.took[campaign] = self.took.get(campaign, 0.0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)
        elif report.when == "call":
            self.passed[campaign] = self.passed.get(campaign, 0) + 1


def main() -> int:
    progress, began = Progress(), time.monotonic()
    code = pytest.main([str(HERE), "-vv", "--durations=10", *SIDE_BY_SIDE, *sys.argv[1:]], plugins=[progress])
    from tests.soak.test_killed import KILLS
    from tests.soak.test_schedules import OF_A_PART, SCHEDULES

    done = {
        "kills": (progress.passed.get("test_killed", 0), KILLS, "test_killed"),
        "schedules of trouble": (
            min(SCHEDULES, progress.passed.get("test_schedules", 0) * OF_A_PART),
            SCHEDULES,
            "test_schedules",
        ),
    }
    rows = [f"| {what} | {ok} of {asked} | {progress.took.get(name, 0):,.0f} |" for what, (ok, asked, name) in done.items()]
    machine = f"{os.cpu_count()} cores, {progress.workers} workers, Python {platform.python_version()}, {platform.system()}"
    lines = [
        "# The last `make soak`",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}, {(time.monotonic() - began) / 60:.0f} minutes in all.",
        "",
        "Seconds are those of all workers together.",
        "",
        "| campaign | ended as without trouble | seconds |",
        "|---|---|---|",
        *rows,
        "",
        *(["Failed:", "", *(f"- `{one}`" for one in progress.failed), ""] if progress.failed else []),
    ]
    LOG.write_text("\n".join(lines), encoding="utf-8")
    sys.stdout.write("\n".join(lines))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
