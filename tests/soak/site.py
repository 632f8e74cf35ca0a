"""One installation on the small CRM, and the two ways in which the campaigns run it: as a process that can be killed, and in this one.

Processes are forked from a server that has the program loaded already (the standard library's own), so that a run costs its work
and not its start.
"""

import itertools
import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import yaml

from connectors.hubspot import wire
from connectors.hubspot.streams import OPTIONAL_STREAMS
from connectors.quota import Allowance
from connectors.sandbox.app import build_app
from connectors.sandbox.core import Sandbox
from connectors.sandbox.hubspot.state import snapshot
from connectors.sandbox.limits import HubSpotLimits, Lags
from connectors.sandbox.server import LoopbackServer
from connectors.sandbox.world import World
from connectors.transport import no_waiting
from sync import bootstrap, grains, lake, runs
from sync.cli import main
from sync.demo import SECRETS, sandbox_settings
from sync.house import House
from sync.progress import LogProgress
from tests.soak.watch import Watch

PATIENCE_S = 60.0
AMPLE = HubSpotLimits(burst=10_000, window_s=0.05, search_per_second=10_000, associations=10_000)
"""Limits have tests of their own; here they would only be waited for, as would the window that a refusal closes."""
QUICK = Lags(search_s=0.05, property_s=0.0)
FEW_PERIODS: Mapping[str, tuple[str, ...]] = {"total": ("all",)}

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["sync.cli", "sync.commands", "sync.results", "connectors.hubspot.source", "tests.soak.site"])
_BOUNDS = ("SET memory_limit", "SET temp_directory", "SET threads")
_connect = duckdb.connect
_numbers = itertools.count(1)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One engine for a process, with a database of its own for whoever asks for one."""
    return _connect()


class _Engine:
    """One database of the shared engine; so are its cursors, as those of an engine of one's own would be."""

    def __init__(self, con: duckdb.DuckDBPyConnection, name: str) -> None:
        self._con, self._name = con, name
        con.execute(f"USE {name}")

    def cursor(self) -> "_Engine":
        return _Engine(self._con.cursor(), self._name)

    def execute(self, sql: str, *values: Any) -> duckdb.DuckDBPyConnection:
        """Bounds of an engine are left aside: they would be those of all, set anew for each."""
        return self._con if sql.startswith(_BOUNDS) else self._con.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


@dataclass
class Site:
    """``folder`` holds cadran.yaml and the home; the vendors are those of ``sandbox``, seen through ``watch``."""

    folder: Path
    base_url: str
    sandbox: Sandbox
    watch: Watch

    @property
    def account(self) -> Path:
        return self.folder / ".cadran" / "default"

    def configure(self) -> None:
        document = sandbox_settings(self.sandbox.world.settings_yaml, self.base_url, self.folder)
        document["kpis"] = {**document.get("kpis", {}), "compute": "followed"}
        document["sources"]["spend_file"]["path"] = "costs.csv"
        document["sources"]["hubspot"] |= {"skip_streams": sorted(OPTIONAL_STREAMS), "custom_objects": []}
        document["home"] = str(self.folder / ".cadran")
        (self.folder / "costs.csv").write_text(self.sandbox.world.costs_csv or "", encoding="utf-8")
        (self.folder / "cadran.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")

    def start(self, *arguments: str) -> ForkServerProcess:
        """The command as a process of its own; what it says is in ``output.txt`` of the folder."""
        process = PROCESSES.Process(target=_command, args=(self.folder, arguments), daemon=True)
        process.start()
        return process

    def said(self) -> str:
        return (self.folder / "output.txt").read_text(encoding="utf-8")

    @contextmanager
    def open(self) -> Iterator[House]:
        """The account, opened as a process would; retries do not wait."""
        loaded = bootstrap.settings(self.folder / "cadran.yaml", {**os.environ, **SECRETS})
        with no_waiting(), quick(), bootstrap.house(loaded, loaded.accounts["default"]) as house:
            yield house

    def run(self) -> "runs.Plan":
        """``cadran run`` in this process; the plan that was carried out. Raises what ends a run."""
        with self.open() as house:
            _synced, plan, _done = runs.run(house, LogProgress(), allowed=runs.Allowed())
            return plan


@contextmanager
def served(folder: Path, world: World) -> Iterator[Site]:
    """An installation on a world, for as long as the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(world, limits=AMPLE, lags=QUICK)
    watch = Watch(build_app(sandbox))
    with LoopbackServer(watch) as server:
        site = Site(folder, server.base_url, sandbox, watch)
        site.configure()
        yield site


@dataclass(frozen=True)
class Kept:
    """An installation put aside: its home, and its vendors as they stood."""

    home: Path
    world: World

    @classmethod
    def of(cls, site: Site, folder: Path) -> "Kept":
        shutil.copytree(site.folder / ".cadran", folder)
        return cls(folder, snapshot(site.sandbox))

    @contextmanager
    def again(self, folder: Path) -> Iterator[Site]:
        """A copy of it in ``folder``, going on from there."""
        shutil.copytree(self.home, folder / ".cadran")
        with served(folder, self.world) as site:
            yield site


@contextmanager
def quick() -> Iterator[None]:
    """Without what the campaigns do not look at and would spend most of their time on: values by period, the wait for a search's
    slot, and an engine started for every file."""
    names: list[str] = []
    limits = dict.fromkeys(wire.LIMITS, Allowance(10_000, AMPLE.window_s))

    def engine() -> _Engine:
        con, name = _engine().cursor(), f"engine_{next(_numbers)}"
        con.execute(f"ATTACH ':memory:' AS {name}")
        names.append(name)
        return _Engine(con, name)

    with (
        patch.object(grains, "PERIODS_BY", FEW_PERIODS),
        patch.object(wire, "LIMITS", limits),
        patch.object(lake.duckdb, "connect", engine),
    ):
        yield
    for name in names:
        _engine().execute(f"DETACH {name}")


def _command(folder: Path, arguments: tuple[str, ...]) -> None:
    os.chdir(folder)
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output, stream.fileno())
    os.environ |= SECRETS | {"XDG_STATE_HOME": str(folder / "state")}
    sys.argv = ["cadran", *arguments]
    with quick():
        main()
