"""What keeps running: the schedule and the simulated vendors; and the help of every command."""

import re
import signal
import subprocess
import threading
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests
from click.testing import CliRunner

from config.settings import ScheduleSettings
from connectors.sandbox.world import FULL_TOKEN
from connectors.sandbox.worlds import save_folder
from kpi.measures.base import BYS
from kpi.periods import PERIODS, ROLLING
from sync import cli
from sync.schedule import StopSignal, run_forever, triggers
from tests.e2e.installation import COMMAND, Installation, finished
from tests.small_world import small_world

PARIS = ZoneInfo("Europe/Paris")


def test_serve_says_when_the_next_run_is_and_ends_with_143(planned: Installation) -> None:
    """SIGTERM, as a service manager sends it."""
    planned.configure(schedule={"at": ["03:15"], "days": ["sun"]})
    serve = planned.start("serve")
    assert serve.stderr is not None
    said = ""
    for line in serve.stderr:
        said += line
        if "next run at" in line:
            break
    assert "runs at 03:15 on sun (Europe/Paris)" in said
    assert re.search(r"next run at \d{4}-\d\d-\d\d 03:15:00\+0[12]:00", said)
    serve.send_signal(signal.SIGTERM)
    assert finished(serve).code == 143


def test_the_schedule_starts_runs_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trigger every second stands in for the day's times; the run in hand is waited for."""
    from apscheduler.triggers.interval import IntervalTrigger

    monkeypatch.setattr("sync.schedule.triggers", lambda _settings, zone: IntervalTrigger(seconds=1, timezone=zone))
    stop = StopSignal()
    ran = threading.Event()

    def job() -> None:
        stop._caught(signal.SIGTERM, None)
        ran.set()

    assert run_forever(ScheduleSettings(), PARIS, job, stop) == 143
    assert ran.is_set()


def test_runs_start_at_the_times_of_the_reporting_zone_also_when_clocks_change() -> None:
    """02:30 does not exist on 2027-03-28 in Paris; the day before and the day after it does."""
    trigger = triggers(ScheduleSettings(at=["06:30"], days=["mon", "fri"]), PARIS)
    friday = trigger.get_next_fire_time(None, datetime(2027, 3, 25, 12, tzinfo=PARIS))
    assert (friday.isoformat(), friday.strftime("%a")) == ("2027-03-26T06:30:00+01:00", "Fri")
    monday = trigger.get_next_fire_time(friday, friday + timedelta(seconds=1))
    assert monday.isoformat() == "2027-03-29T06:30:00+02:00"


def test_the_simulated_vendors_serve_until_stopped(tmp_path: Path) -> None:
    """On a free port, with the world's data behind the sandbox's key."""
    save_folder(small_world(), tmp_path / "world")
    command = [str(COMMAND), "sandbox", "--world", "world", "--port", "0"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    assert address is not None
    answer = requests.get(f"{address[0]}/crm/v3/objects/deals", headers={"Authorization": f"Bearer {FULL_TOKEN}"}, timeout=10)
    assert answer.json()["results"]
    process.send_signal(signal.SIGINT)
    assert finished(process).code == 0


def test_a_world_that_does_not_exist_is_named_with_the_choices(tmp_path: Path) -> None:
    done = subprocess.run([COMMAND, "sandbox", "--world", "nowhere"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no world 'nowhere'" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_is_there_for_the_program_and_for_every_command() -> None:
    """The program's own by the real command, the others in this process."""
    done = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True)
    for name, command in cli.cli.commands.items():
        assert name in done.stdout
        result = CliRunner().invoke(command, ["--help"], prog_name=f"cadran {name}")
        assert result.exit_code == 0
        assert result.output.startswith(f"Usage: cadran {name}")
        assert command.help


def test_the_command_line_offers_every_dimension_and_period_of_the_registry() -> None:
    """They are spelt out in the command line so that ``--help`` imports nothing."""
    assert set(cli.DIMENSIONS) == {*BYS, "contact"}
    assert set(cli.PERIODS) == {*PERIODS, *ROLLING}
