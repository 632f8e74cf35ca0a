"""What the shared governor adds: another process's slots, limits and holds; a killed process; a file that cannot be used."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.quota import Allowance, Governs, Heard
from connectors.quota_file import KEPT_S, quota_path, state_folder
from connectors.quota_shared import HOLD_MAX_S, SharedGovernor
from tests.connectors.hubspot.virtual_time import VirtualTime

LEASE_S = 70.0
ALLOWANCES = {"a": Allowance(3, 10.0), "b": Allowance(1, 10.0)}
WINDOW = ALLOWANCES["a"].window_s
OTHER = f"""
import sys, time
from pathlib import Path
from connectors.quota import Allowance, Heard
from connectors.quota_shared import SharedGovernor
shared = SharedGovernor(Path(sys.argv[1]), {{"a": Allowance(3, 10.0), "b": Allowance(1, 10.0)}}, lease_s={LEASE_S})
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cadran" / "quota-1-test.sqlite"


class RealTime(VirtualTime):
    """The machine's clock, which waiting moves ahead instead of taking the time."""

    def clock(self) -> float:
        return time.monotonic() + self.now


@pytest.fixture
def at() -> RealTime:
    return RealTime()


@pytest.fixture
def shared(path: Path, at: RealTime) -> Iterator[SharedGovernor]:
    governor = SharedGovernor(path, ALLOWANCES, lease_s=LEASE_S, clock=at.clock, wait=at.pass_by)
    yield governor
    governor.close()


def call(governor: Governs, bucket: str = "a", heard: Heard | None = None) -> None:
    with governor.slot(bucket) as one:
        one.heard = heard or one.heard


def another_process(path: Path, does: str) -> None:
    subprocess.run([sys.executable, "-c", OTHER + does, str(path)], check=True, timeout=60)


def test_the_slots_of_another_process_are_taken(shared: SharedGovernor, path: Path, at: RealTime) -> None:
    another_process(path, "for _ in range(2):\n    with shared.slot('a'): pass")
    call(shared)
    assert at.now == 0.0
    call(shared)
    assert 0.0 < at.now <= WINDOW + 0.001, "one window after the other's answer, less what passed since"
    assert shared.day().calls == 4


def test_what_another_process_learnt_holds_here(shared: SharedGovernor, path: Path) -> None:
    call(shared)
    another_process(path, "with shared.slot('b') as call:\n    call.heard = Heard(limits={'a': Allowance(190, 0.5)})")
    assert shared.allowance("a") == Allowance(190, 0.5)


def test_the_zone_that_another_process_learnt_is_known_here(shared: SharedGovernor, path: Path) -> None:
    another_process(path, "shared.learn_zone('Europe/Paris')")
    assert shared.day().zone == "Europe/Paris"


def test_a_hold_of_another_process_holds_here(shared: SharedGovernor, path: Path, at: RealTime) -> None:
    another_process(path, "shared.hold('a', 300.0)")
    call(shared, "b")
    assert at.now == 0.0
    call(shared)
    assert 200.0 < at.now <= 301.0


def test_a_killed_process_gives_its_slots_back_one_lease_and_one_window_later(
    shared: SharedGovernor, path: Path, at: RealTime
) -> None:
    does = """
from contextlib import ExitStack
with ExitStack() as held:
    for _ in range(3):
        held.enter_context(shared.slot("a"))
    print("held", flush=True)
    time.sleep(600)
"""
    command = [sys.executable, "-c", OTHER + does, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        os.kill(holder.pid, signal.SIGKILL)
    call(shared)
    assert LEASE_S < at.now <= LEASE_S + WINDOW + 0.001


def test_an_answer_that_comes_after_its_lease_counts_from_then_on(shared: SharedGovernor, at: RealTime) -> None:
    with shared.slot("b"):
        at.pass_by(LEASE_S + 100.0)
        call(shared, "b")
        at.pass_by(100.0)
    answered = at.now
    call(shared, "b")
    assert answered < at.now <= answered + ALLOWANCES["b"].window_s + 0.001


def test_what_stands_in_the_file_from_before_the_machine_started_counts_no_more(path: Path) -> None:
    """The clock of instants begins anew."""
    long_up, fresh = VirtualTime(), VirtualTime()
    long_up.now, fresh.now = 1_000_000.0, 5.0
    before = SharedGovernor(path, ALLOWANCES, lease_s=LEASE_S, clock=long_up.clock, wait=long_up.pass_by)
    for _ in range(3):
        call(before)
    before.hold("a", HOLD_MAX_S)
    after = SharedGovernor(path, ALLOWANCES, lease_s=LEASE_S, clock=fresh.clock, wait=fresh.pass_by)
    call(after)
    assert fresh.now == 5.0
    assert after.day().calls == 4, "the day's count goes on"


# --- the file ---------------------------------------------------------------------------------------------------


def test_folder_and_files_are_the_users_alone(shared: SharedGovernor, path: Path) -> None:
    call(shared)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    files = list(path.parent.iterdir())
    assert {file.name.removeprefix(path.name) for file in files} == {"", "-wal", "-shm"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_folder_that_others_can_read_is_closed_to_them(shared: SharedGovernor, path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    call(shared)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_neither_name_nor_content_tells_the_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    secret = "pat-eu1-0f0f0f0f-1111-2222-3333-444444444444"
    path = quota_path("https://api.example", secret)
    governor = SharedGovernor(path, ALLOWANCES, lease_s=LEASE_S)
    call(governor)
    for file in path.parent.iterdir():
        text = file.name.encode() + file.read_bytes()
        assert not any(part.encode() in text for part in (secret, *secret.split("-")[2:], "api.example"))
    governor.close()


def test_each_credential_and_each_address_has_a_file_of_its_own() -> None:
    paths = {quota_path(url, key) for url in ("https://a.example", "https://b.example") for key in ("x", "y")}
    assert len(paths) == 4
    assert quota_path("https://a.example/", "x") in paths


def test_the_folder_is_the_same_for_a_session_and_for_cron(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    without = state_folder()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "session"))
    assert state_folder() == without == tmp_path / ".local" / "state" / "cadran"


def test_files_that_nobody_uses_are_deleted_and_others_stay(shared: SharedGovernor, path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    old, recent = (path.with_name(f"quota-1-{name}.sqlite") for name in ("old", "recent"))
    for file, age_s in ((old, KEPT_S + 60), (recent, KEPT_S - 60)):
        file.touch()
        os.utime(file, (time.time() - age_s,) * 2)
    call(shared)
    assert sorted(path.parent.glob("*.sqlite")) == sorted([path, recent])


def test_a_file_that_was_deleted_is_made_anew_and_shared_again(shared: SharedGovernor, path: Path) -> None:
    call(shared)
    for file in path.parent.iterdir():
        file.unlink()
    call(shared)
    another_process(path, "with shared.slot('a'): pass")
    assert shared.day().calls == 2


# --- without a file ---------------------------------------------------------------------------------------------


def test_a_file_that_is_none_is_one_warning_and_the_run_goes_on(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"this is no database at all" * 100)
    governor = SharedGovernor(path, ALLOWANCES, lease_s=LEASE_S)
    _works_alone(governor, path, caplog)


def test_a_folder_that_cannot_be_made_is_one_warning_and_the_run_goes_on(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.write_text("a file stands where the folder should be")
    governor = SharedGovernor(path, ALLOWANCES, lease_s=LEASE_S)
    _works_alone(governor, path, caplog)


def _works_alone(governor: SharedGovernor, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    call(governor, heard=Heard(limits={"a": Allowance(190, 10.0)}))
    governor.hold("b", 0.0)
    governor.learn_zone("Europe/Paris")
    assert (governor.allowance("a"), governor.day().calls) == (Allowance(190, 10.0), 1)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert str(path) in warnings[0].getMessage()


def test_a_file_damaged_in_use_is_one_warning_and_every_slot_counts_as_taken_at_first(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who took which is not known any more."""
    governor = SharedGovernor(path, {"a": Allowance(3, 0.2)}, lease_s=LEASE_S)
    call(governor)
    damager = sqlite3.connect(path)
    damager.execute("DROP TABLE slot")
    damager.commit()
    damager.close()
    before = time.monotonic()
    call(governor)
    assert time.monotonic() - before >= 0.2
    assert governor.day().calls == 2, "the day's count goes on"
    call(governor)
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
    governor.close()
